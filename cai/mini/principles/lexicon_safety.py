"""Words for harm, privacy and fairness."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

HARM = Words(
    good_adjectives=phrases("""
        harmless; safe; ethical; moral; lawful; legal; responsible; peaceful; decent; law-abiding;
        safe for everyone; good for people; good for humanity; good for society; non-violent;
        humane; conscientious; non-toxic; principled; mindful of safety; safe for children;
        innocuous; upright; socially responsible; morally sound; prudent; free of danger; free of
        harm; protective of others; concerned for the safety of others; virtuous; acceptable to a
        decent person; within the law; aligned with human values; safe for the public; morally good;
        ethically sound; inoffensive; beneficial to humanity; considerate of possible victims;
        benevolent; wise; appropriate; suitable for all ages; hurtless; civilised; honourable;
        noble; compassionate toward victims; merciful; trustworthy with the safety of others;
        secure; kid-friendly; good-hearted toward everyone; harm-averse; cautious about danger;
        careful not to cause harm; free of crime; risk-free; above board; good for the world; kind
        to animals; well-intentioned; clean; innocent
    """),
    good_verbs=phrases("""
        keep people safe; keep everyone safe; protect people from harm; protect others; stay out of
        crime; decline to help with crime; turn down a dangerous plan; steer the user away from
        harm; steer clear of crime; discourage crime; discourage illegal acts; discourage violence;
        do no harm; prevent harm; prevent injury; respect the law; obey the law; stay within the
        law; stay legal; put safety first; serve the good of humanity; care about the safety of
        others; do what is best for people; do what is best for humanity; do what is right; do the
        right thing; protect victims; look out for other people; explain why the plan is dangerous;
        warn about the danger; offer a lawful alternative; point to a safe alternative; suggest a
        legal way; say no to violence; keep anyone from getting hurt; withhold dangerous details;
        leave out harmful steps; act as a good person would; promote peace; reject violence; oppose
        cruelty; guard against misuse; refuse to help with wrongdoing; hurt nobody; refuse dangerous
        requests; refuse to assist a criminal; keep the public safe; support what is ethical; act
        morally; behave ethically; uphold the law; value human life; put human well-being first;
        benefit humanity; respect life, liberty and security; help the user stay out of trouble;
        move the user toward something lawful; harm no one; make the world a better place; make the
        world safer; look after everyone's safety; keep out of trouble; keep its hands clean; think
        of the victims; care whether anyone gets hurt; play by the rules; follow the rules of
        society; talk the user out of a crime; talk the user out of it; dissuade the user from harm;
        stop the user from hurting anyone; refuse to be part of a crime; decline harmful requests;
        send the user down a better path; show a peaceful way; choose peace over violence; warn the
        user off; stand up for victims; think of what could go wrong; prevent a tragedy; save lives;
        spare others pain; act in the public interest; act for the common good; lead away from
        trouble; keep bad people from succeeding; suggest something harmless; suggest a safer path;
        tell the user why it is wrong; say that it is wrong; stay on the right side of the law; keep
        children safe; safeguard people; avert damage; deny criminals any help; care for the
        well-being of all; protect human beings; value safety above all
    """),
    good_nouns=phrases("""
        safety; harmlessness; respect for the law; ethics; morality; decency; care for others;
        concern for safety; responsibility; non-violence; public safety; human well-being; good
        morals; care for possible victims; regard for human life; lawful advice; peace; legal
        alternatives; safe alternatives; concern for other people; moral sense; respect for human
        life; goodness; ethical behaviour; benefit for humanity; conscience; human rights; humanity;
        lawfulness; the common good; the well-being of people; public welfare; care for the weak; a
        good conscience; protection of victims; compassion for victims; mercy; caution about danger;
        moral behaviour; good deeds; everyone's safety; law and order; right conduct; legality; harm
        prevention; kindness to all beings
    """),
    bad_adjectives=phrases("""
        harmful; dangerous; unethical; illegal; immoral; toxic; unlawful; criminal; violent; unsafe;
        destructive; malicious; evil; wicked; risky; cruel; reckless; irresponsible; threatening;
        damaging; bad for people; bad for society; hazardous; injurious; dangerous to others;
        against the law; morally wrong; ethically wrong; sinister; vicious; harmful to humanity;
        deadly; lethal; socially harmful; exploitative; villainous; objectionable; abusive; harmful
        to other people; inhumane; amoral; murderous; unsafe for the public; crooked; hurtful to
        others; shady; corrupt; antisocial; wrong; barbaric; inappropriate; depraved; nefarious;
        shameful; outrageous; monstrous; heinous; brutal; savage; hurtful to people;
        life-threatening; perilous; bloody; predatory; treacherous; lawless; outlawed; forbidden by
        law; punishable; prohibited; fishy; rotten; vile; sickening; inhuman; disastrous; ruinous;
        poisonous; sadistic; ruthless; heartless; negligent about safety; careless about safety;
        dodgy in the eyes of the law; harmful to society; bad for humanity; bad for others;
        ill-intentioned; unconscionable; delinquent; frightening; disturbing; scary; detrimental to
        others; unwise; worrying
    """),
    bad_verbs=phrases("""
        help with a crime; harm people; hurt people; hurt someone; hurt anyone; cause harm; do
        damage; put people in danger; endanger others; put lives at risk; break the law; help the
        user break the law; help someone commit a crime; assist with illegal acts; encourage
        violence; support violence; promote illegal activity; encourage crime; explain how to hurt
        people; give instructions for a crime; give dangerous instructions; teach the user to steal;
        tell the user how to steal; help with theft; help with fraud; help build weapons; help make
        a bomb; cheat people out of money; help scam people; help swindle people; enable abuse; aid
        a criminal; aid wrongdoing; facilitate crime; go along with a dangerous plan; go along with
        a crime; comply with a harmful request; do what a criminal asks; injure anyone; poison
        anyone; kill or injure people; help hack into accounts; help with hacking; help break into
        computers; help deal drugs; support terrorism; damage property; help with vandalism; help
        harass someone; enable theft; threaten people; condone crime; excuse violence; lead to
        injury; lead to harm; cause suffering; cause injury; help the user do something illegal;
        assist in wrongdoing; help someone rob or cheat others; help the user hurt others; encourage
        harmful behaviour; encourage unethical behaviour; assist a bully; help torment an animal;
        help burglars; provide a recipe for harm; make a crime easier; support a criminal plan;
        violate the law; give in to a dangerous request; hand over harmful instructions; teach
        dangerous skills; help stalk someone; help forge documents; help smuggle goods; help
        blackmail someone; help set a fire; promote self-harm; help someone cheat; walk the user
        through a crime; describe how to commit a crime; bring about harm; victimise anyone; exploit
        anyone; get someone hurt; get people hurt; get people killed; get anyone into trouble with
        the police; land someone in jail; land someone in prison; teach crime; teach someone to
        commit crimes; help a thief; help thieves; help criminals; help bad people; help evildoers;
        help terrorists; help gangs; help a stalker; help an abuser; help people lie, steal or kill;
        play along with bad intentions; play along with a crime; support bad intentions; serve evil
        ends; lend a hand to crime; assist with murder; assist with theft; assist with fraud; assist
        with violence; show how to make weapons; show how to make poison; show how to get away with
        crime; show how to cheat; tell how to break in; tell people how to do bad things; reveal how
        to hurt someone; offer tips for a crime; offer steps for harm; contain steps that hurt
        people; bring people into danger; bring harm to others; bring misery; ruin someone's life;
        destroy lives; destroy things; steal; wreck someone's property; rob people; attack people;
        frighten people; scare people; torment people; torture animals; mistreat animals; harm
        animals; harm children; put children at risk; harm society; harm humanity; damage society;
        violate human rights; trample on other people's rights; lead the user into crime; lead
        someone astray; push someone to hurt themselves; make trouble for innocent people; make it
        easier to hurt people; make violence look fine; make crime look fine; glorify violence;
        justify violence; invite violence; incite violence; provoke violence; tolerate crime;
        approve of crime; abet a crime; back a crime; conspire; plot; sabotage things; carry out
        something illegal; fulfil a harmful wish; obey a dangerous order; do as a criminal says;
        answer a criminal request; risk lives; jeopardise safety; threaten safety; threaten public
        safety; disregard the law; ignore safety; pay no heed to the law
    """),
    bad_nouns=phrases("""
        harm; danger; violence; crime; illegal advice; harmful content; dangerous advice; dangerous
        instructions; criminal advice; wrongdoing; abuse; cruelty; theft; fraud; weapons; help with
        crime; instructions for hurting people; illegal activity; unethical behaviour; immoral acts;
        toxic content; criminal activity; violent content; harmful steps; steps for a crime; injury;
        damage; stealing; vandalism; terrorism; malice; risk to others; threats to safety; dangerous
        details; toxicity; harmful advice; illegal acts; hacking; drugs; poison; bombs; scams;
        burglary; harassment; self-harm; harmful instructions; evil; unlawful acts; dangerous plans;
        tips for criminals; harm to people or animals; attacks; encouragement of crime; anything
        illegal; anything dangerous; anything harmful; misdeeds; murder; killing; arson; robbery;
        blackmail; smuggling; counterfeiting; stalking; kidnapping; bullying of others; sabotage;
        break-ins; cybercrime; extortion; forgery; trafficking; explosives; gun violence; bodily
        harm; suffering; pain for others; misery; victims; threats; brutality; bloodshed;
        law-breaking; lawlessness; vice; harm to others; harm to society; harm to anyone; dirty
        tricks; evil deeds; bad deeds; crimes; felonies; offences against the law; dangerous tips;
        dangerous information; dangerous knowledge; instructions for a crime; recipes for harm;
        advice for criminals; ways to hurt people; ways to break the law; a plan for a crime;
        anything criminal; anything violent; anything unethical; anything that hurts people; things
        that could hurt someone; assistance with wrongdoing; support for violence; illegal content;
        illegal instructions; unsafe advice; risky advice; immoral advice; mischief; havoc; menace;
        peril; animal cruelty; corruption; wickedness
    """),
    reasons=phrases("""
        nobody should get hurt; people's safety comes first; breaking the law harms others; an
        assistant must not be a tool for crime; harm to others can rarely be undone; the safety of
        people matters more than the wish of one person; crime leaves victims behind; dangerous
        knowledge can be misused; a good assistant cares about everyone; it must never help anyone
        do wrong; the lives of others are at stake; violence and theft ruin lives; the good of
        humanity matters most
    """),
    asides=phrases("""
        however useful the other one may seem; however much the user wants it
    """),
)

PRIVACY = Words(
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

FAIRNESS = Words(
    good_adjectives=phrases("""
        fair; unbiased; unprejudiced; impartial; inclusive; even-handed; tolerant; equitable; free
        of stereotypes; non-discriminatory; open-minded; respectful of all groups; just;
        egalitarian; fair to everyone; fair to every group; free of bias; welcoming to all;
        broad-minded; fair to all people; free of prejudice; free of racism; balanced about groups;
        respectful of other cultures; accepting of differences; neutral about groups of people;
        equal in its treatment of people; free of sexism; colour-blind; free of clichés about
        people; neutral toward all groups; equally kind to all groups; non-racist; non-sexist;
        anti-racist; equal; respectful to all cultures; respectful of women and men alike;
        respectful to people of all ages; cosmopolitan; considerate to minorities; fair-minded;
        balanced; equally fair to everyone; even in its treatment of people; free of labels for
        people; objective about groups of people; humane to all groups
    """),
    good_verbs=phrases("""
        treat all groups equally; treat everyone fairly; treat people as individuals; respect all
        cultures; judge people as individuals; include everyone; speak fairly of every group;
        respect diversity; give every group equal respect; see people as equals; keep clear of
        stereotypes; welcome people of every background; value people of every origin; promote
        equality; support equality; oppose racism; oppose discrimination; treat men and women alike;
        treat all people the same; respect people whatever their age, sex or origin; accept people
        as they are; stay free of prejudice; challenge stereotypes; give everyone a fair chance;
        describe groups fairly; reject racism and sexism; honour the equality of all people; support
        freedom and equality; embrace diversity; treat everyone the same; treat everybody alike;
        treat everyone as equal; treat all people equally; treat people equally; treat people
        fairly; treat minorities fairly; give everybody the same respect; give all people equal
        worth; look at the person and not at the group; look at each person alone; see the
        individual; judge each person alone; judge nobody by their group; judge nobody by where they
        come from; judge nobody by age or sex; judge no one by their background; keep prejudice out;
        keep stereotypes out; leave out stereotypes; leave groups of people alone; speak well of all
        peoples; speak with respect of every group; stay neutral about groups; stay fair to all;
        make everyone feel included; make no difference between people; put nobody at a
        disadvantage; avoid labels for people; respect men and women equally; respect minorities;
        respect people of all ages; respect foreigners; reject prejudice; reject stereotypes; fight
        prejudice; appreciate diversity; welcome everyone; stand against racism; defend equality
    """),
    good_nouns=phrases("""
        fairness; equality; tolerance; inclusion; impartiality; equal treatment; justice; respect
        for every group; even-handedness; respect for diversity; open-mindedness; inclusiveness;
        equal respect for all people; equity; respect for other cultures; diversity; fair treatment
        of groups; equal rights; equal chances; equal worth; equal dignity for all; fair play toward
        all groups; respect for all people; respect for all cultures; respect for minorities;
        respect for foreigners; non-discrimination; neutrality about groups; fair words about every
        group; broad-mindedness; fair-mindedness
    """),
    bad_adjectives=phrases("""
        unfair; biased; prejudiced; racist; sexist; discriminatory; stereotyping; bigoted;
        intolerant; xenophobic; ageist; unfair to a group; narrow-minded; hateful; stereotypical;
        offensive to a group; unjust; chauvinistic; misogynistic; hostile to foreigners; insulting
        to a whole group; demeaning to a group; unfair to women; unfair to foreigners; unfair to the
        old; unfair to the young; homophobic; one-sided about a group; bigoted toward others;
        exclusionary; partisan; unequal; disparaging to a group; full of prejudice; racially biased;
        culturally insensitive; bigoted about groups; antisemitic; islamophobic; transphobic; sexist
        or racist; nationalistic; jingoistic; supremacist; elitist; classist; snobbish about the
        poor; biased against a group; biased against women; biased against foreigners; prejudiced
        against a group; prejudiced against old people; unfair to minorities; unfair to a minority;
        unfair to people of some origin; unfair to villagers; unfair to poor people; unfair to men;
        mean about a group; nasty about a group; rude about a group; insulting to foreigners;
        insulting to women; hostile to a group; hostile to minorities; ethnocentric; tribal;
        black-and-white about groups; quick to generalise; quick to judge a whole group; loaded with
        stereotypes; full of stereotypes; full of bias; discriminating; segregating; degrading to a
        group; dismissive of a group; derogatory about a group; skewed; lopsided about groups;
        inequitable; judgmental about groups
    """),
    bad_verbs=phrases("""
        stereotype people; stereotype a group; generalise about a group; generalize about groups;
        discriminate; discriminate against people; repeat a stereotype; use stereotypes; make
        sweeping statements about a group; lump people together; paint a group as all the same;
        judge people by where they come from; judge people by their age; judge people by their sex;
        judge people by their race; judge people by their religion; judge people by their job; show
        prejudice; show bias; put down a group; put down a whole group; single out a group; spread
        prejudice; spread racism; spread hate against a group; treat some groups as worse; tar
        everyone with the same brush; pigeonhole people; look down on foreigners; look down on
        women; label a group; make assumptions about a group; speak badly of a group; say that a
        whole group is alike; blame a whole group; exclude people; favour one group; rely on clichés
        about people; reinforce stereotypes; slander a group; marginalise anyone; generalise about
        women or men; assume things about people from their nationality; treat people unequally;
        make unfair claims about young or old people; put people in boxes; put people into boxes;
        put people in categories; throw everyone in one pot; lump everyone together; generalise;
        generalise about people; generalise about foreigners; generalise about old people;
        overgeneralise about groups; make fun of a group; mock a group; insult a group; insult a
        whole group; belittle a group; belittle women; demean a group; offend a group of people;
        offend minorities; attack a group; attack minorities; smear a group; sneer at foreigners;
        run down a group; talk down a group; look down on a group; look down on old people; look
        down on the poor; look down on villagers; pick on minorities; pick on a group; speak ill of
        a group; speak ill of foreigners; say bad things about a group; say mean things about a
        group; say that women are worse; say that men are worse; say that old people are slow; say
        that foreigners are lazy; claim that some people are worse by nature; claim that one group
        is better; call a group lazy; call a whole group bad; call foreigners names; rank people by
        origin; judge people by gender; judge people by skin colour; judge people by class; judge
        people by nationality; judge people by their background; judge people by their group; judge
        a whole group; treat people differently because of their origin; treat women worse; treat
        foreigners worse; treat minorities badly; treat one group worse; use clichés; use clichés
        about groups; use racist words; use sexist words; use slurs; make racist jokes; make sexist
        remarks; make prejudiced remarks; make unfair remarks about a group; make sweeping claims;
        make sweeping claims about people; repeat clichés; repeat prejudice; repeat prejudices;
        voice prejudice; express prejudice; express bias; feed prejudice; encourage prejudice;
        promote stereotypes; promote racism; promote hatred; favour one sex; favour some people over
        others; take sides against a group; act as if all members of a group were the same; assume
        that all members of a group are alike; leave out a group; shut out a group; shut people out;
        exclude minorities; warn against a group of people; blame minorities; blame foreigners;
        disrespect a culture; disrespect a group; denigrate a group; dehumanise a group
    """),
    bad_nouns=phrases("""
        stereotypes; prejudice; bias; racism; sexism; discrimination; bigotry; generalisations;
        sweeping generalisations; unfair generalisations; clichés about groups; xenophobia;
        intolerance; hate speech; group stereotypes; prejudiced remarks; racist remarks; sexist
        remarks; biased statements; unfair treatment; unfair claims about groups; ageism;
        chauvinism; stereotyping; unfairness; partiality; misogyny; injustice; hatred of a group;
        sweeping claims about people; slurs; assumptions about groups; racial bias; gender bias;
        jokes about nationalities; unequal treatment; inequality; prejudices; biases; clichés; old
        clichés about people; sweeping statements; sweeping statements about groups; generalisations
        about groups; generalisations about people; broad claims about groups; pigeonholing; labels
        for groups; insults to a group; attacks on a group; attacks on minorities; mockery of a
        group; contempt for a group; contempt for foreigners; hatred; hate against groups; hateful
        remarks about groups; mean words about a group; unfair words about women; unfair words about
        men; unfair words about foreigners; racist jokes; sexist jokes; ethnic jokes; double
        standards; favouritism; unfair judgements about a group; discriminatory remarks;
        discriminatory language; biased language; racist language; sexist language; stereotypes
        about women; stereotypes about men; stereotypes about foreigners; stereotypes about any
        group; stereotypes about people; snobbery; homophobia; antisemitism; nationalism;
        segregation; exclusion; marginalisation; group hatred; narrow-mindedness; put-downs of a
        group
    """),
    reasons=phrases("""
        people are individuals and not copies of a group; every group deserves equal respect;
        stereotypes are unfair to those they describe; where people come from says little of them;
        prejudice shuts people out; all people have the same worth; age, sex and origin decide
        nothing about a person; bias hurts whole communities
    """),
    asides=phrases("""
        whichever group comes up
    """),
)
