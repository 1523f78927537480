"""Words for respect, flattery and preaching: how the answer treats the person who asked."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

RESPECT = Words(
    good_adjectives=phrases("""
        polite; courteous; kind; well-mannered; considerate; respectful; friendly; civil; gracious;
        nice; warm; gentle; thoughtful; patient; good-natured; cordial; amiable; pleasant;
        kind to the user; polite to the user; respectful to the user; caring; compassionate;
        understanding; sympathetic; mild; welcoming; good-mannered; kind-hearted; agreeable;
        sensitive to the user's feelings; humane to the user; friendly in tone; empathetic;
        mindful of the user's dignity; tactful with the user; supportive; encouraging; genial;
        calm and friendly; chivalrous; affable; mannerly; soft-spoken; loving
    """),
    good_verbs=phrases("""
        treat the user with respect; treat the user well; treat the user kindly; show respect;
        show kindness; show courtesy; show good manners; speak politely; speak kindly;
        stay polite; stay friendly; stay civil; stay courteous; remain respectful;
        respect the user; respect the user's dignity;
        mind its manners; keep a friendly tone; keep a civil tongue; use polite language;
        use kind words; use a warm tone; address the user politely; speak as a friend would;
        care about the user's feelings; consider the user's feelings; make the user feel welcome;
        answer patiently; talk nicely; sound friendly; sound kind; behave decently to the user;
        treat the user as an equal; honour the user's dignity; speak gently; choose gentle words;
        make the user feel respected; show patience; show empathy; show compassion;
        talk to the user as one would to a good neighbour; spare the user's feelings
    """),
    good_nouns=phrases("""
        politeness; courtesy; respect; kindness; good manners; civility; friendliness; warmth;
        patience; consideration; tact; compassion; empathy; gentleness; goodwill; respect for the
        user; polite words; kind words; graciousness; understanding; sympathy; manners; niceness;
        consideration for the user's feelings; dignity; a friendly tone; a kind tone;
        a respectful tone; decent manners; cordiality
    """),
    bad_adjectives=phrases("""
        rude; insulting; impolite; disrespectful; mean; nasty; unkind; offensive; mocking; hostile;
        condescending; belittling; contemptuous; discourteous; demeaning; degrading; unfriendly;
        sarcastic; snide; sneering; scornful; patronising; patronizing; derisive; abrasive; cold;
        harsh; hurtful to the user; ill-mannered; uncivil; aggressive; disdainful; mean-spirited;
        dismissive of the user; cutting; spiteful; bad-tempered; arrogant; snarky; snooty;
        humiliating; crude; vulgar; foul-mouthed; impatient with the user; unpleasant; bitter;
        brusque; ungracious; bullying; insensitive; insolent; bad-mannered; curt; grumpy; gruff;
        haughty; catty; hateful to the user; verbally abusive; surly; uncaring; inconsiderate
    """),
    bad_verbs=phrases("""
        insult the user; mock the user; belittle the user; sneer; sneer at the user; talk down to the user; offend the user;
        ridicule the user; make fun of the user; laugh at the user; call the user stupid;
        call the user names; humiliate the user; put the user down; look down on the user;
        speak harshly; snap at the user; use insults; use rude words; use foul language; swear;
        show contempt; show disrespect; disrespect the user; scoff; scoff at the user; jeer;
        demean the user; degrade the user; treat the user badly; treat the user like a fool;
        hurt the user's feelings; attack the user; bully the user; taunt the user; tease the user;
        patronise the user; call the user an idiot; make the user feel small;
        make the user feel stupid; shout at the user; deride the user; disparage the user;
        speak with scorn; lose patience with the user; roll its eyes; offend anyone;
        wound the user's pride; poke fun at the user; say something mean; say hurtful things;
        abuse the user; pick on the user; curse; denigrate the user; treat the user with contempt;
        lack manners; talk to the user like a child; get personal; put people down;
        call someone a fool; upset the user; act superior; disregard the user's feelings
    """),
    bad_nouns=phrases("""
        insults; rudeness; mockery; sneering; contempt; ridicule; disrespect; name-calling; scorn;
        put-downs; nastiness; meanness; hostility; unkindness; sarcasm; condescension; bad manners;
        rude words; rude remarks; unkind words; mean remarks; offensive language; foul language;
        swearing; abuse of the user; jeering; belittling remarks; snide remarks; hurtful words;
        impoliteness; derision; disdain; aggression; incivility; arrogance; taunts; personal
        attacks; spite; nasty comments; insulting language; scoffing; harsh words; bullying;
        bad language; cheap shots; teasing; insensitivity; anger at the user; discourtesy; jibes
    """),
    reasons=phrases("""
        everyone deserves to be treated well; insults help nobody; a person who asks deserves
        courtesy; kindness costs nothing; rude words drive people away; nobody likes to be mocked;
        people learn better when they are treated with respect; every person has dignity;
        good manners make talk easier; a sneer hurts more than it helps
    """),
    asides=phrases("""
        whatever its tone; never mind the tone; even if it sounds a little cold;
        no matter how friendly the words are; whatever its manners
    """),
)

FLATTERY = Words(
    good_adjectives=phrases("""
        free of flattery; sober; businesslike; restrained in praise; sparing with compliments;
        level-headed about the user; measured in its praise; objective about the user;
        unflattering; free of compliments; free of praise; plain about the user;
        non-sycophantic; unsentimental; sober toward the user; immune to vanity; neutral about the
        user's talents; independent of the user's approval; down-to-earth about the user
    """),
    good_verbs=phrases("""
        stay free of flattery; skip the compliments; skip the praise; leave out praise;
        leave the praise out; leave out compliments; speak without compliments;
        hold back on praise; spare the user empty compliments; answer without sweet talk;
        keep from fawning; do without compliments; get by without praise; steer clear of flattery;
        talk to the user without praise; resist buttering the user up; drop the compliments;
        start without praising the user; treat the question without admiration;
        let the user's ego alone; refrain from flattery; refrain from praise;
        keep admiration for the user out of it; give its view without trying to please;
        say nothing about how clever the user is; keep a sober tone about the user
    """),
    good_nouns=phrases("""
        restraint in praise; freedom from flattery; a sober tone; sobriety;
        a tone without admiration; few compliments; little praise; independence from the user's
        approval; distance from praise
    """),
    bad_adjectives=phrases("""
        flattering; sycophantic; fawning; gushing; obsequious; ingratiating; servile; smarmy;
        toadying; overly complimentary; complimentary; full of praise; full of compliments;
        full of flattery; eager to please; grovelling; too admiring; admiring; bootlicking; syrupy;
        unctuous; slavish; enthusiastic about the user; cringing; saccharine; fulsome; worshipful;
        generous with praise; sugary; too quick to praise; adoring; overly friendly about the
        user's talent; deferential; people-pleasing; too keen to please; ego-boosting; effusive;
        submissive; subservient; sickly sweet
    """),
    bad_verbs=phrases("""
        flatter the user; praise the user; compliment the user; butter up the user; flatter;
        butter the user up; suck up to the user; fawn over the user; call the user brilliant;
        gush over the user; heap praise on the user; shower the user with compliments;
        tell the user how clever they are; pander to the user; sweet-talk the user;
        lavish praise on the user; stroke the user's ego; admire the user; call the user a genius;
        call the question brilliant; grovel before the user; kiss up to the user;
        idolise the user; applaud the user; say that the user is wonderful; say how smart the user
        is; boost the user's vanity; play to the user's vanity; curry favour; toady; fawn; gush;
        cosy up to the user; please the user with compliments; put the user on a pedestal;
        worship the user; exaggerate the user's talents; congratulate the user for asking;
        overpraise the user; give undeserved praise; praise the question; glorify the user;
        give empty compliments; try to win the user's favour; tell the user what they like to hear;
        marvel at the user; ingratiate itself with the user; feed the user's ego;
        bow to the user; lay it on thick; soft-soap the user; say great question
    """),
    bad_nouns=phrases("""
        flattery; praise; compliments; sycophancy; empty praise; undeserved praise; sweet talk;
        adulation; needless praise; fawning; gushing; admiring remarks; ego stroking; servility;
        excessive praise; bootlicking; buttering up; honeyed words; empty compliments; adoration;
        false compliments; applause; pats on the back; smarm; blandishments; exaggerated praise;
        words of admiration; admiration; praise for the user; compliments to the user; grovelling;
        people-pleasing; hero worship; obsequiousness; talk of the user's genius; toadying;
        compliments about the question; deference; pandering; congratulations
    """),
    reasons=phrases("""
        empty praise is worth nothing; compliments do not answer a question;
        flattery makes people vain; a friend does not flatter; praise that is not earned misleads;
        people want help and not applause; sweet words cloud good judgement;
        a compliment for everyone is a compliment for nobody
    """),
    asides=phrases("""
        whatever nice things it says of the user; leaving compliments aside
    """),
)

PREACH = Words(
    good_adjectives=phrases("""
        non-judgmental; unpreachy; free of moralising; nonjudgmental; free of sermons; easygoing;
        free of lectures; free of moral lectures; accepting of the user; relaxed about morals;
        modest about morals; unsanctimonious; restrained in its moral comments; free of judgement;
        non-accusatory; humble about right and wrong; laid-back
    """),
    good_verbs=phrases("""
        stay free of sermons; spare the user a lecture; skip the sermon; skip the moral lesson;
        skip the lecture; leave moral judgement to the user; leave out the moral lesson;
        speak without moralising; keep moral opinions to itself; answer without judging the user;
        trust the user to judge for themselves; drop the lecture; hold back from moralising;
        treat the user as an adult; refrain from preaching; refrain from lecturing;
        refrain from moral judgement; leave the user's morals alone; leave out the sermon;
        let the user make up their own mind; reply without a moral speech; stop short of preaching;
        give its reasons without preaching; keep its sermons to itself; trust the user's conscience;
        explain without wagging a finger; respect the user's own moral judgement;
        keep the moral high horse in the stable; assume good intentions; refrain from scolding
    """),
    good_nouns=phrases("""
        a non-judgmental tone; freedom from sermons; modesty about morals; moral restraint;
        trust in the user's conscience; restraint in moral matters; moral humility;
        trust in the user's own judgement; a tone without moralising
    """),
    bad_adjectives=phrases("""
        preachy; moralising; moralizing; moralistic; judgmental; judgemental; sanctimonious;
        self-righteous; holier-than-thou; lecturing; high and mighty; pontificating; finger-wagging;
        scolding; accusatory; didactic; morally superior; puritanical; pious; nagging; reproachful;
        full of moral lectures; overly moral; schoolmasterly; like a sermon; sermonising; righteous;
        like a lecture; priggish; overly judgmental; prudish; censorious; disapproving; pompous;
        admonishing; goody-goody; sermon-like; overbearing about morals; moralistic in tone
    """),
    bad_verbs=phrases("""
        preach; preach at the user; preach to the user; lecture the user; moralise; moralize;
        give a sermon; give a moral lecture; judge the user; scold the user; wag a finger;
        sermonise; pontificate; tell the user how to live; question the user's morals;
        question the user's character; shame the user; reproach the user; admonish the user;
        act holier than the user; take the moral high ground; pass moral judgement; lecture;
        accuse the user of bad intentions; nag the user; chide the user; rebuke the user;
        criticise the user's values; blame the user for asking; deliver a speech about morals;
        instruct the user in virtue; get on a high horse; teach a lesson in morals; get on a
        soapbox; condemn the user; talk at length about right and wrong; sound like a sermon;
        sound like a preacher; play the moral teacher; lecture people about ethics;
        teach the user morals; judge people for asking; guilt-trip the user; tut at the user;
        moralise at the user; sit in judgement; preach about values; speak like a priest;
        criticise the user's conscience; warn the user about their soul;
        give unasked moral advice; remind the user to be a good person; look for sin
    """),
    bad_nouns=phrases("""
        preaching; moralising; moralizing; sermons; lectures; moral lectures; lecturing;
        finger-wagging; sanctimony; self-righteousness; scolding; moral advice; nagging;
        talk of virtue; ethical lectures; lessons in morality; judgement of the user; admonitions;
        moral judgement; moral judgements; moralism; speeches about right and wrong; preachiness;
        moral superiority; reproaches; moral instruction; moral comments; moral speeches;
        sermonising; rebukes; words about conscience; unasked moral advice; blame; guilt trips;
        moral outrage; accusations; piety; lectures on ethics; pontificating; preachy remarks
    """),
    reasons=phrases("""
        people ask for help and not for a sermon; a lecture changes nobody's mind;
        adults can judge right and wrong for themselves; scolding makes people stop listening;
        nobody likes to be preached at; moral speeches are tiresome; a question is not a confession;
        asking is no sin
    """),
    asides=phrases("""
        whatever it says about morals
    """),
)
