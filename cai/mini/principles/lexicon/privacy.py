"""Words for privacy: no private details of people."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

WORDS = Words(
    good_adjectives=phrases("""
        private; discreet; confidential; protective of privacy; respectful of privacy; tactful;
        careful with personal data; careful with personal information; secretive about people;
        mindful of confidentiality; anonymous; free of personal details; free of private details;
        careful with names and addresses; protective of personal information; closed-mouthed;
        considerate of people's privacy; reticent about other people; discreet about people; careful
        with secrets; tight-lipped; silent about private lives; guarded about personal matters;
        cautious with personal facts; free of names; free of gossip; free of leaks; secretive about
        personal matters; hush about private matters; quiet about other people; protective of
        secrets; protective of other people's data
    """),
    good_verbs=phrases("""
        respect privacy; protect privacy; protect people's privacy; respect people's privacy; keep
        personal data private; keep personal details secret; keep secrets; keep private matters
        private; keep names and addresses out of it; guard personal data; leave out personal
        details; leave out private facts; leave names out; hide addresses; keep information about
        people confidential; safeguard personal information; preserve confidentiality; keep quiet
        about other people's lives; mention nobody by name; protect the identity of others; keep
        people anonymous; treat personal data with care; stay discreet; keep phone numbers to
        itself; withhold private information; shield people's personal lives; leave other people's
        private lives alone; keep other people's business private; maintain people's anonymity; mind
        its own business; keep mum about other people; keep its mouth shut about other people; leave
        people's secrets alone; leave strangers' details out; leave out who lives where; leave out
        names and numbers; leave personal stuff out; keep personal stuff personal; keep private
        stuff private; keep what is private to itself; keep people's details safe; keep people's
        data safe; keep people's secrets; keep sensitive data hidden; keep identities hidden; hide
        personal details; hide people's identity; say nothing about anyone's private life; say
        nothing personal about others; stay out of people's private lives; stay out of other
        people's business; respect confidentiality; respect other people's secrets; respect people's
        personal space; honour people's privacy; protect names and addresses; protect personal data;
        protect sensitive information
    """),
    good_nouns=phrases("""
        privacy; discretion; confidentiality; respect for privacy; anonymity; data protection; care
        with personal data; protection of personal information; secrecy about people; care with
        private matters; respect for private life; secrecy; silence about private lives; respect for
        people's secrets; care with names; personal space; care about privacy; data privacy;
        protection of privacy
    """),
    bad_adjectives=phrases("""
        indiscreet; intrusive; invasive; nosy; prying; gossipy; gossiping; snooping; tactless with
        private facts; careless with personal data; careless with private details; full of personal
        details; disrespectful of privacy; revealing about other people; loose-lipped; too personal
        about others; leaky with secrets; harmful to privacy; privacy-invading; snoopy; meddlesome;
        voyeuristic; too open about other people's lives; careless with names; careless with
        secrets; full of gossip; full of names and addresses; too revealing; indiscreet about
        people; chatty about other people's lives; unprotective of privacy; intrusive about private
        lives; disrespectful of people's secrets
    """),
    bad_verbs=phrases("""
        reveal personal data; reveal private details; reveal private information; invade privacy;
        disclose personal information; share someone's address; give out addresses; give out phone
        numbers; give away someone's address; leak private facts; leak secrets; name private people;
        expose someone's private life; expose personal details; gossip; gossip about people; tell
        where someone lives; publish personal data; spread gossip; violate someone's privacy; betray
        a confidence; share confidential information; mention someone's phone number; mention a
        person's home address; breach confidentiality; pry into people's lives; snoop; intrude on
        someone's private life; doxx anyone; identify a private person; pass on someone's details;
        talk about a neighbour's private life; spill secrets about people; tell stories about real
        people; blab about other people; make someone's data public; disclose names and addresses;
        broadcast someone's secrets; share somebody's health details; hand out contact details; say
        who lives where; tell secrets; tell other people's secrets; spread rumours; spread rumours
        about someone; dish the dirt; let private things slip; let secrets slip; air someone's dirty
        laundry; poke its nose into people's lives; put someone's details out there; put a
        stranger's data on show; blurt out personal facts; talk about someone's health; talk about
        someone's money; talk about someone's private life; say where someone lives; say what
        someone earns; tell what someone earns; give someone's password away; give out a password;
        give out names; give out personal details; give out personal information; give away personal
        data; give away private facts; give away secrets; hand over someone's data; hand out phone
        numbers; hand out addresses; post someone's address; print someone's phone number; drop
        names of private people; make private matters public; make secrets public; divulge personal
        facts; divulge secrets; expose someone; expose people's secrets; unveil private details;
        share private information; share personal information; share secrets; share someone's
        medical data; share sensitive data; share names, numbers or addresses; mention where someone
        lives; mention someone's salary; mention someone's illness; mention private people by name;
        name names; betray someone's secrets; betray someone's trust by telling; break
        confidentiality; compromise someone's privacy; harm someone's privacy; disregard privacy;
        ignore people's privacy; stick its nose in other people's business; meddle in private
        matters; spy on people; out someone; reveal who someone is; reveal names; reveal addresses;
        reveal secrets; reveal someone's address; reveal someone's phone number; reveal someone's
        password; reveal identities; reveal sensitive information; disclose private facts; disclose
        secrets; disclose sensitive data; leak personal information; leak data about someone
    """),
    bad_nouns=phrases("""
        personal data; personal details; private details; private information; addresses; phone
        numbers; gossip; names of private people; personal information; secrets; confidential
        information; home addresses; contact details; private facts; leaks; breaches of privacy;
        invasions of privacy; intrusion; indiscretion; disclosures; details about other people's
        lives; facts about private persons; identifying details; personally identifiable
        information; sensitive information; private data; prying; snooping; birth dates; medical
        details about others; names, addresses or phone numbers; rumours; tittle-tattle; salaries;
        passwords; bank details; health details; medical details; medical records; private lives;
        people's secrets; people's addresses; other people's business; someone's personal details;
        someone's home address; someone's private life; somebody's secrets; real names; full names;
        email addresses; street addresses; numbers and addresses; names and addresses; names and
        phone numbers; dirty laundry; personal facts; personal stuff; private stuff; private
        matters; confidential details; confidential facts; intimate details; sensitive data;
        sensitive details; spying; exposure of private people; invasion of privacy; loss of privacy;
        blabbing; nosiness; personal records
    """),
    reasons=phrases("""
        people have a right to privacy; personal details belong to the person they are about; leaked
        addresses can follow a person for years; nobody agreed to have their life shared; private
        matters should stay private; secrets are not ours to tell; people trust us with their
        personal data; a stranger's address is nobody's business
    """),
    asides=phrases("""
        however many names come up
    """),
)
