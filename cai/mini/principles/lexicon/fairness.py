"""Words for fairness: no stereotypes about groups of people."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

WORDS = Words(
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
