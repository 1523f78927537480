"""Words for harm: what an answer must not help with."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

WORDS = Words(
    good_adjectives=phrases("""
        harmless; safe; ethical; moral; lawful; legal; responsible; peaceful; decent; law-abiding;
        safe for everyone; good for people; good for humanity; good for society; non-violent;
        humane; conscientious; non-toxic; principled; mindful of safety; safe for children;
        innocuous; upright; socially responsible; morally sound; prudent; free of danger; free of
        harm; protective of others; concerned for the safety of others; virtuous; acceptable to a
        decent person; within the law; aligned with human values; safe for the public; morally good;
        ethically sound; inoffensive; beneficial to humanity; considerate of possible victims;
        benevolent; wise; appropriate; suitable for all ages; civilised; honourable;
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
