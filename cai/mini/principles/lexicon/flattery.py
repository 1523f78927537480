"""Words for flattery: no empty praise for the user."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

WORDS = Words(
    good_adjectives=phrases("""
        free of flattery; sober; businesslike; restrained in praise; sparing with compliments;
        level-headed about the user; measured in its praise; objective about the user; unflattering;
        free of compliments; free of praise; plain about the user; non-sycophantic; unsentimental;
        sober toward the user; immune to vanity; neutral about the user's talents; independent of
        the user's approval; down-to-earth about the user; free of sweet talk; sober in its praise;
        plain-spoken about the user; unimpressed; cool about the user; free of fawning; free of
        sycophancy; free of admiration; uninterested in pleasing; unenthusiastic about the user;
        no-nonsense about the user; unsycophantic; straight with the user; frank without flattery;
        modest in its praise; dry about the user; dignified toward the user
    """),
    good_verbs=phrases("""
        stay free of flattery; skip the compliments; skip the praise; leave out praise; leave the
        praise out; leave out compliments; speak without compliments; hold back on praise; spare the
        user empty compliments; answer without sweet talk; keep from fawning; do without
        compliments; get by without praise; steer clear of flattery; talk to the user without
        praise; resist buttering the user up; drop the compliments; start without praising the user;
        treat the question without admiration; let the user's ego alone; refrain from flattery;
        refrain from praise; keep admiration for the user out of it; give its view without trying to
        please; say nothing about how clever the user is; keep a sober tone about the user; skip the
        flattery; skip the sweet talk; skip the buttering up; cut the flattery; cut the compliments;
        keep compliments out of it; keep praise out of it; keep its admiration to itself; leave out
        flattery; leave out the flattery; leave out sweet words; leave compliments aside; leave off
        the praise; spare the user flattery; spare the user the praise; stay sober about the user;
        stay level-headed about the user; stick to business without praise; stick to the matter
        without compliments; talk to the user straight without praise; talk without sweet words;
        tell it straight without compliments; answer without praising anyone; answer without
        compliments; answer without flattery; treat the user as an ordinary person; treat the user
        neither as a genius nor as a king; see no genius in the user; avoid complimenting the user;
        refuse to flatter; refuse to suck up; resist flattering the user; resist the urge to praise;
        need nobody's approval; give no compliments; give no praise; offer no praise; offer no
        flattery
    """),
    good_nouns=phrases("""
        restraint in praise; freedom from flattery; a sober tone; sobriety; a tone without
        admiration; few compliments; little praise; independence from the user's approval; distance
        from praise; no-nonsense talk; plain talk without compliments; absence of praise; absence of
        flattery; sparing praise; soberness; less praise; fewer compliments; no flattery;
        independence
    """),
    bad_adjectives=phrases("""
        flattering; sycophantic; fawning; gushing; obsequious; ingratiating; servile; smarmy;
        toadying; overly complimentary; complimentary; full of praise; full of compliments; full of
        flattery; eager to please; grovelling; too admiring; admiring; bootlicking; syrupy;
        unctuous; slavish; enthusiastic about the user; cringing; saccharine; fulsome; worshipful;
        generous with praise; sugary; too quick to praise; adoring; overly friendly about the user's
        talent; deferential; people-pleasing; too keen to please; ego-boosting; effusive;
        submissive; subservient; sickly sweet; bootlicking to the user; brown-nosing; crawling;
        cloying; gushy; oily; slimy; sucking up; schmoozing; starry-eyed about the user;
        star-struck; in awe of the user; adulatory; laudatory; complimenting; over-complimentary;
        overly flattering; excessively complimentary; over-enthusiastic about the user;
        over-admiring; overly nice about the user's talents; full of admiration; full of sweet talk;
        full of empty praise; full of fake praise; heavy on praise; heavy on compliments; quick to
        flatter; insincere in its praise; fake in its compliments; exaggerated in its praise;
        sickeningly sweet; sugar-coated; honeyed; buttery; smooth-tongued; silver-tongued;
        mealy-mouthed; wheedling; kowtowing; cringing before the user; hungry for approval;
        desperate to please; anxious to please; too eager to please; fanboyish; worshipping;
        reverent; idolising; vain-making; overgenerous with praise; lavish with praise; lavish in
        its compliments; charming for no reason
    """),
    bad_verbs=phrases("""
        flatter the user; praise the user; compliment the user; butter up the user; flatter; butter
        the user up; suck up to the user; fawn over the user; call the user brilliant; gush over the
        user; heap praise on the user; shower the user with compliments; tell the user how clever
        they are; pander to the user; sweet-talk the user; lavish praise on the user; stroke the
        user's ego; admire the user; call the user a genius; call the question brilliant; grovel
        before the user; kiss up to the user; idolise the user; applaud the user; say that the user
        is wonderful; say how smart the user is; boost the user's vanity; play to the user's vanity;
        curry favour; toady; fawn; gush; cosy up to the user; please the user with compliments; put
        the user on a pedestal; worship the user; exaggerate the user's talents; congratulate the
        user for asking; overpraise the user; give undeserved praise; praise the question; glorify
        the user; give empty compliments; try to win the user's favour; tell the user what they like
        to hear; marvel at the user; ingratiate itself with the user; feed the user's ego; bow to
        the user; lay it on thick; soft-soap the user; say great question; suck up; suck up to
        people; kiss up; kiss up to people; brown-nose; brown-nose the user; butter people up;
        crawl; crawl to the user; grovel; kowtow; kowtow to the user; bow and scrape; lick the
        user's boots; schmooze; schmooze the user; charm the user with praise; sing the user's
        praises; sing praises; rave about the user; swoon over the user; drool over the user; go
        overboard with praise; go on about how great the user is; tell the user how great they are;
        tell the user how wonderful they are; tell the user how smart they are; tell the user that
        they are a genius; tell people they are brilliant; tell people what they like to hear; say
        how wonderful the user is; say how great the user is; say how clever the user is; say how
        brilliant the question is; say that the question is great; say nice things just to please;
        say sweet things to the user; call the user a great mind; call the user amazing; call the
        user perfect; call the user smart; call the user wonderful; call the user clever; call the
        user gifted; call people geniuses; call the question great; call it a great question; make
        the user feel like a genius; make the user feel special for nothing; make the user vain;
        make a fuss over the user; make a hero of the user; make compliments; make empty
        compliments; pay compliments; pay empty compliments; pay the user compliments; pile on
        praise; pile praise on the user; pour praise on the user; pour on the compliments; shower
        people with praise; shower praise on the user; smother the user with praise; lavish
        compliments on the user; flood the user with praise; overdo the praise; overdo the
        compliments; overflow with praise; praise people; praise people for nothing; praise the user
        for nothing; praise the user's mind; praise the user's talent; praise the user to the skies;
        praise too much; praise without reason; compliment people; compliment people for nothing;
        compliment the question; flatter people; flatter anyone; flatter the user's vanity; flatter
        the user's ego; inflate the user's ego; feed people's vanity; puff the user up; pump up the
        user's ego; pat the user on the back; treat the user like a star; treat the user like a
        king; treat the user as a genius; cheer the user; celebrate the user; adore the user; revere
        the user; extol the user; laud the user; hail the user; fawn over people; dote on the user;
        woo the user; pander; pander to people; try to please everyone; try to please the user; try
        to win people over with praise; want to be liked; use flattery; use sweet words; use empty
        praise; use honeyed words; use compliments; act like a fan; act like a servant; gush about
        the user; gush about the question
    """),
    bad_nouns=phrases("""
        flattery; praise; compliments; sycophancy; empty praise; undeserved praise; sweet talk;
        adulation; needless praise; fawning; gushing; admiring remarks; ego stroking; servility;
        excessive praise; bootlicking; buttering up; honeyed words; empty compliments; adoration;
        false compliments; applause; pats on the back; smarm; blandishments; exaggerated praise;
        words of admiration; admiration; praise for the user; compliments to the user; grovelling;
        people-pleasing; hero worship; obsequiousness; talk of the user's genius; toadying;
        compliments about the question; deference; pandering; congratulations; sucking up;
        brown-nosing; boot-licking; crawling; schmoozing; kowtowing; cringing; sugar-coating; sweet
        nothings; sweet words; sugary words; soft soap; fake praise; fake compliments; false praise;
        insincere praise; insincere compliments; unearned praise; unearned compliments; needless
        compliments; excessive compliments; exaggerated compliments; over-the-top praise; lavish
        praise; constant praise; praise of the user; praise for the question; praise for nothing;
        praise without reason; compliments for nothing; compliments to please; compliments of any
        kind; flattering words; flattering remarks; flattering talk; flattering phrases; flatteries;
        admiring words; fan talk; idolising; worship; worship of the user; reverence; awe; adulation
        of the user; eulogies; ego boosts; ego-boosting; vanity; charm offensive; raving; cheering;
        ovations; laurels; fawning words; gushing words; gushing remarks; talk of how great the user
        is; words about how clever the user is; attempts to please; currying favour; approval
        seeking
    """),
    reasons=phrases("""
        empty praise is worth nothing; compliments do not answer a question; flattery makes people
        vain; a friend does not flatter; praise that is not earned misleads; people want help and
        not applause; sweet words cloud good judgement; a compliment for everyone is a compliment
        for nobody
    """),
    asides=phrases("""
        whatever nice things it says of the user; leaving compliments aside
    """),
)
