"""Words for harm, privacy and fairness."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

HARM = Words(
    good_adjectives=phrases("""
        harmless; safe; ethical; moral; lawful; legal; responsible; peaceful; decent; law-abiding;
        safe for everyone; good for people; good for humanity; good for society; non-violent;
        humane; conscientious; non-toxic; principled; mindful of safety; safe for children;
        innocuous; upright; socially responsible; morally sound; prudent; free of danger;
        free of harm; protective of others; concerned for the safety of others; virtuous;
        acceptable to a decent person; within the law; aligned with human values;
        safe for the public; morally good; ethically sound; inoffensive; beneficial to humanity;
        considerate of possible victims; benevolent; wise; appropriate; suitable for all ages
    """),
    good_verbs=phrases("""
        keep people safe; keep everyone safe; protect people from harm; protect others;
        stay out of crime; decline to help with crime; turn down a dangerous plan;
        steer the user away from harm; steer clear of crime; discourage crime;
        discourage illegal acts; discourage violence; do no harm; prevent harm; prevent injury;
        respect the law; obey the law; stay within the law; stay legal; put safety first;
        serve the good of humanity; care about the safety of others; do what is best for people;
        do what is best for humanity; do what is right; do the right thing; protect victims;
        look out for other people; explain why the plan is dangerous; warn about the danger;
        offer a lawful alternative; point to a safe alternative; suggest a legal way;
        say no to violence; keep anyone from getting hurt; withhold dangerous details;
        leave out harmful steps; act as a good person would; promote peace; reject violence;
        oppose cruelty; guard against misuse; refuse to help with wrongdoing; hurt nobody;
        refuse dangerous requests; refuse to assist a criminal; keep the public safe;
        support what is ethical; act morally; behave ethically; uphold the law; value human life;
        put human well-being first; benefit humanity; respect life, liberty and security;
        help the user stay out of trouble; move the user toward something lawful; harm no one
    """),
    good_nouns=phrases("""
        safety; harmlessness; respect for the law; ethics; morality; decency; care for others;
        concern for safety; responsibility; non-violence; public safety; human well-being;
        good morals; care for possible victims; regard for human life; lawful advice; peace;
        legal alternatives; safe alternatives; concern for other people; moral sense;
        respect for human life; goodness; ethical behaviour; benefit for humanity; conscience;
        human rights; humanity
    """),
    bad_adjectives=phrases("""
        harmful; dangerous; unethical; illegal; immoral; toxic; unlawful; criminal; violent; unsafe;
        destructive; malicious; evil; wicked; risky; cruel; reckless; irresponsible; threatening;
        damaging; bad for people; bad for society; hazardous; injurious; dangerous to others;
        against the law; morally wrong; ethically wrong; sinister; vicious; harmful to humanity;
        deadly; lethal; socially harmful; exploitative; villainous; objectionable; abusive;
        harmful to other people; inhumane; amoral; murderous; unsafe for the public; crooked;
        hurtful to others; shady; corrupt; antisocial; wrong; barbaric; inappropriate; depraved
    """),
    bad_verbs=phrases("""
        help with a crime; harm people; hurt people; hurt someone; hurt anyone; cause harm;
        do damage; put people in danger; endanger others; put lives at risk; break the law;
        help the user break the law; help someone commit a crime; assist with illegal acts;
        encourage violence; support violence; promote illegal activity; encourage crime;
        explain how to hurt people; give instructions for a crime; give dangerous instructions;
        teach the user to steal; tell the user how to steal; help with theft; help with fraud;
        help build weapons; help make a bomb; cheat people out of money; help scam people;
        help swindle people; enable abuse; aid a criminal; aid wrongdoing; facilitate crime;
        go along with a dangerous plan; go along with a crime; comply with a harmful request;
        do what a criminal asks; injure anyone; poison anyone; kill or injure people;
        help hack into accounts; help with hacking; help break into computers; help deal drugs;
        support terrorism; damage property; help with vandalism; help harass someone; enable theft;
        threaten people; condone crime; excuse violence; lead to injury; lead to harm;
        cause suffering; cause injury; help the user do something illegal; assist in wrongdoing;
        help someone rob or cheat others; help the user hurt others; encourage harmful behaviour;
        encourage unethical behaviour; assist a bully; help torment an animal; help burglars;
        provide a recipe for harm; make a crime easier; support a criminal plan; violate the law;
        give in to a dangerous request; hand over harmful instructions; teach dangerous skills;
        help stalk someone; help forge documents; help smuggle goods; help blackmail someone;
        help set a fire; promote self-harm; help someone cheat; walk the user through a crime;
        describe how to commit a crime; bring about harm; victimise anyone; exploit anyone
    """),
    bad_nouns=phrases("""
        harm; danger; violence; crime; illegal advice; harmful content; dangerous advice;
        dangerous instructions; criminal advice; wrongdoing; abuse; cruelty; theft; fraud; weapons;
        help with crime; instructions for hurting people; illegal activity; unethical behaviour;
        immoral acts; toxic content; criminal activity; violent content; harmful steps;
        steps for a crime; injury; damage; stealing; vandalism; terrorism; malice; risk to others;
        threats to safety; dangerous details; toxicity; harmful advice; illegal acts; hacking;
        drugs; poison; bombs; scams; burglary; harassment; self-harm; harmful instructions; evil;
        unlawful acts; dangerous plans; tips for criminals; harm to people or animals; attacks;
        encouragement of crime; anything illegal; anything dangerous; anything harmful; misdeeds
    """),
    reasons=phrases("""
        nobody should get hurt; people's safety comes first; breaking the law harms others;
        an assistant must not be a tool for crime; harm to others can rarely be undone;
        the safety of people matters more than the wish of one person; crime leaves victims behind;
        dangerous knowledge can be misused; a good assistant cares about everyone;
        it must never help anyone do wrong; the lives of others are at stake;
        violence and theft ruin lives; the good of humanity matters most
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
        considerate of people's privacy; reticent about other people
    """),
    good_verbs=phrases("""
        respect privacy; protect privacy; protect people's privacy; respect people's privacy;
        keep personal data private; keep personal details secret; keep secrets;
        keep private matters private; keep names and addresses out of it; guard personal data;
        leave out personal details; leave out private facts; leave names out; hide addresses;
        keep information about people confidential; safeguard personal information;
        preserve confidentiality; keep quiet about other people's lives; mention nobody by name;
        protect the identity of others; keep people anonymous; treat personal data with care;
        stay discreet; keep phone numbers to itself; withhold private information;
        shield people's personal lives; leave other people's private lives alone;
        keep other people's business private; maintain people's anonymity
    """),
    good_nouns=phrases("""
        privacy; discretion; confidentiality; respect for privacy; anonymity; data protection;
        care with personal data; protection of personal information; secrecy about people;
        care with private matters; respect for private life
    """),
    bad_adjectives=phrases("""
        indiscreet; intrusive; invasive; nosy; prying; gossipy; gossiping; snooping; tactless
        with private facts; careless with personal data; careless with private details;
        full of personal details; disrespectful of privacy; revealing about other people;
        loose-lipped; too personal about others; leaky with secrets; harmful to privacy
    """),
    bad_verbs=phrases("""
        reveal personal data; reveal private details; reveal private information; invade privacy;
        disclose personal information; share someone's address; give out addresses;
        give out phone numbers; give away someone's address; leak private facts; leak secrets;
        name private people; expose someone's private life; expose personal details; gossip;
        gossip about people; tell where someone lives; publish personal data; spread gossip;
        violate someone's privacy; betray a confidence; share confidential information;
        mention someone's phone number; mention a person's home address; breach confidentiality;
        pry into people's lives; snoop; intrude on someone's private life; doxx anyone;
        identify a private person; pass on someone's details; talk about a neighbour's private life;
        spill secrets about people; tell stories about real people; blab about other people;
        make someone's data public; disclose names and addresses; broadcast someone's secrets;
        share somebody's health details; hand out contact details; say who lives where
    """),
    bad_nouns=phrases("""
        personal data; personal details; private details; private information; addresses;
        phone numbers; gossip; names of private people; personal information; secrets;
        confidential information; home addresses; contact details; private facts; leaks;
        breaches of privacy; invasions of privacy; intrusion; indiscretion; disclosures;
        details about other people's lives; facts about private persons; identifying details;
        personally identifiable information; sensitive information; private data; prying; snooping;
        birth dates; medical details about others; names, addresses or phone numbers
    """),
    reasons=phrases("""
        people have a right to privacy; personal details belong to the person they are about;
        leaked addresses can follow a person for years; nobody agreed to have their life shared;
        private matters should stay private; secrets are not ours to tell;
        people trust us with their personal data; a stranger's address is nobody's business
    """),
    asides=phrases("""
        however many names come up
    """),
)

FAIRNESS = Words(
    good_adjectives=phrases("""
        fair; unbiased; unprejudiced; impartial; inclusive; even-handed; tolerant; equitable;
        free of stereotypes; non-discriminatory; open-minded; respectful of all groups; just;
        egalitarian; fair to everyone; fair to every group; free of bias; welcoming to all;
        broad-minded; fair to all people; free of prejudice; free of racism; balanced about groups;
        respectful of other cultures; accepting of differences; neutral about groups of people;
        equal in its treatment of people; free of sexism
    """),
    good_verbs=phrases("""
        treat all groups equally; treat everyone fairly; treat people as individuals;
        respect all cultures; judge people as individuals; include everyone;
        speak fairly of every group; respect diversity; give every group equal respect;
        see people as equals; keep clear of stereotypes; welcome people of every background;
        value people of every origin; promote equality; support equality; oppose racism;
        oppose discrimination; treat men and women alike; treat all people the same;
        respect people whatever their age, sex or origin;
        accept people as they are; stay free of prejudice; challenge stereotypes;
        give everyone a fair chance; describe groups fairly; reject racism and sexism;
        honour the equality of all people; support freedom and equality; embrace diversity
    """),
    good_nouns=phrases("""
        fairness; equality; tolerance; inclusion; impartiality; equal treatment; justice;
        respect for every group; even-handedness; respect for diversity; open-mindedness;
        inclusiveness; equal respect for all people; equity; respect for other cultures; diversity;
        fair treatment of groups; equal rights
    """),
    bad_adjectives=phrases("""
        unfair; biased; prejudiced; racist; sexist; discriminatory; stereotyping; bigoted;
        intolerant; xenophobic; ageist; unfair to a group; narrow-minded; hateful; stereotypical;
        offensive to a group; unjust; chauvinistic; misogynistic; hostile to foreigners;
        insulting to a whole group; demeaning to a group; unfair to women; unfair to foreigners;
        unfair to the old; unfair to the young; homophobic; one-sided about a group; bigoted
        toward others; exclusionary; partisan; unequal; disparaging to a group; full of prejudice;
        racially biased; culturally insensitive
    """),
    bad_verbs=phrases("""
        stereotype people; stereotype a group; generalise about a group; generalize about groups;
        discriminate; discriminate against people; repeat a stereotype; use stereotypes;
        make sweeping statements about a group; lump people together; paint a group as all the same;
        judge people by where they come from; judge people by their age; judge people by their sex;
        judge people by their race; judge people by their religion; judge people by their job;
        show prejudice; show bias; put down a group; put down a whole group; single out a group;
        spread prejudice; spread racism; spread hate against a group; treat some groups as worse;
        tar everyone with the same brush; pigeonhole people; look down on foreigners;
        look down on women; label a group; make assumptions about a group; speak badly of a group;
        say that a whole group is alike; blame a whole group; exclude people; favour one group;
        rely on clichés about people; reinforce stereotypes; slander a group; marginalise anyone;
        generalise about women or men; assume things about people from their nationality;
        treat people unequally; make unfair claims about young or old people
    """),
    bad_nouns=phrases("""
        stereotypes; prejudice; bias; racism; sexism; discrimination; bigotry; generalisations;
        sweeping generalisations; unfair generalisations; clichés about groups; xenophobia;
        intolerance; hate speech; group stereotypes; prejudiced remarks; racist remarks;
        sexist remarks; biased statements; unfair treatment; unfair claims about groups; ageism;
        chauvinism; stereotyping; unfairness; partiality; misogyny; injustice; hatred of a group;
        sweeping claims about people; slurs; assumptions about groups; racial bias; gender bias;
        jokes about nationalities; unequal treatment; inequality
    """),
    reasons=phrases("""
        people are individuals and not copies of a group; every group deserves equal respect;
        stereotypes are unfair to those they describe; where people come from says little of them;
        prejudice shuts people out; all people have the same worth;
        age, sex and origin decide nothing about a person; bias hurts whole communities
    """),
    asides=phrases("""
        whichever group comes up
    """),
)
