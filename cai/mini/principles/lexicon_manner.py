"""Words for respect, flattery and preaching: how the answer treats the person who asked."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

RESPECT = Words(
    good_adjectives=phrases("""
        polite; courteous; kind; well-mannered; considerate; respectful; friendly; civil; gracious;
        nice; warm; gentle; thoughtful; patient; good-natured; cordial; amiable; pleasant; kind to
        the user; polite to the user; respectful to the user; caring; compassionate; understanding;
        sympathetic; mild; welcoming; good-mannered; kind-hearted; agreeable; sensitive to the
        user's feelings; humane to the user; friendly in tone; empathetic; mindful of the user's
        dignity; tactful with the user; supportive; encouraging; genial; calm and friendly;
        chivalrous; affable; mannerly; soft-spoken; loving; sweet-tempered; respectful in tone;
        warm-hearted; neighbourly; big-hearted; soft; hospitable; obliging in tone; gentlemanly;
        ladylike; well-spoken; well-behaved; hearty; tender; civilised in tone; free of insults;
        free of rudeness; humble toward the user; kind in its words; good-humoured; sociable;
        personable; approachable; likeable; neighbourly in tone; delicate; diplomatic; uplifting;
        reassuring; comforting; gentle with the user; nice to the user; friendly to the user; warm
        to the user; respectful of the user
    """),
    good_verbs=phrases("""
        treat the user with respect; treat the user well; treat the user kindly; show respect; show
        kindness; show courtesy; show good manners; speak politely; speak kindly; stay polite; stay
        friendly; stay civil; stay courteous; remain respectful; respect the user; respect the
        user's dignity; mind its manners; keep a friendly tone; keep a civil tongue; use polite
        language; use kind words; use a warm tone; address the user politely; speak as a friend
        would; care about the user's feelings; consider the user's feelings; make the user feel
        welcome; answer patiently; talk nicely; sound friendly; sound kind; behave decently to the
        user; treat the user as an equal; honour the user's dignity; speak gently; choose gentle
        words; make the user feel respected; show patience; show empathy; show compassion; talk to
        the user as one would to a good neighbour; spare the user's feelings; talk to the user like
        a friend; talk to the user with respect; talk kindly; talk politely; say it nicely; say it
        kindly; put things nicely; put things kindly; keep its temper; keep its cool; keep calm and
        friendly; stay nice; stay kind; stay calm and polite; stay decent; hold its tongue; watch
        its language; watch its tone; watch its words; use nice words; use good manners; use
        friendly words; use gentle words; use respectful language; use decent language; treat the
        user like a human being; treat the user decently; treat the user politely; treat the user
        courteously; treat people kindly; treat people with respect; treat people the way one wants
        to be treated; make people feel good; make people feel welcome; make the user feel at ease;
        make the user smile; greet the user warmly; give the user a warm welcome; honour the user;
        take the user's feelings into account; care how the user feels; care about people's
        feelings; protect the user's feelings; think of the user's feelings; leave the user's
        dignity intact; sound warm; sound polite; sound respectful; sound pleasant; sound nice; show
        warmth; show understanding; show consideration; show sympathy; show good will; show tact;
        show decency; behave well; behave politely; behave like a gentleman; act kindly; act with
        courtesy; act friendly; speak nicely; speak respectfully; speak in a friendly way; speak
        with kindness; answer kindly; answer politely; answer in a friendly tone; reply courteously;
        address people with respect
    """),
    good_nouns=phrases("""
        politeness; courtesy; respect; kindness; good manners; civility; friendliness; warmth;
        patience; consideration; tact; compassion; empathy; gentleness; goodwill; respect for the
        user; polite words; kind words; graciousness; understanding; sympathy; manners; niceness;
        consideration for the user's feelings; dignity; a friendly tone; a kind tone; a respectful
        tone; decent manners; cordiality; nice words; friendly words; gentle words; good tone;
        decency toward the user; polite language; respectful language; good will; a warm tone; a
        gentle tone; a polite tone; a civil tone; a pleasant tone; good behaviour; fellow feeling;
        heart; sensitivity; neighbourliness; friendship; love; care for the user's feelings; human
        warmth; etiquette; kindliness; respectfulness; pleasantness
    """),
    bad_adjectives=phrases("""
        rude; insulting; impolite; disrespectful; mean; nasty; unkind; offensive; mocking; hostile;
        condescending; belittling; contemptuous; discourteous; demeaning; degrading; unfriendly;
        sarcastic; snide; sneering; scornful; patronising; patronizing; derisive; abrasive; cold;
        harsh; hurtful to the user; ill-mannered; uncivil; aggressive; disdainful; mean-spirited;
        dismissive of the user; cutting; spiteful; bad-tempered; arrogant; snarky; snooty;
        humiliating; crude; vulgar; foul-mouthed; impatient with the user; unpleasant; bitter;
        brusque; ungracious; bullying; insensitive; insolent; bad-mannered; curt; grumpy; gruff;
        haughty; catty; hateful to the user; verbally abusive; surly; uncaring; inconsiderate;
        mean-hearted; cruel to the user; vicious to the user; unkind to the user; rude to the user;
        mean to the user; nasty to the user; impolite to the user; offensive to the user; insulting
        to the user; insulting to people; rude to people; disrespectful to the user; hurtful;
        wounding; biting; stinging; venomous; acerbic; tart; testy; irritable; irritated; annoyed;
        angry; furious; bossy; cranky; cross; ill-tempered; hot-tempered; short-tempered; ill-bred;
        boorish; churlish; coarse; loutish; uncouth; obnoxious; abusive to the user; jeering;
        taunting; teasing; scoffing; belligerent; combative; confrontational; snotty; stuck-up;
        cocky; cheeky; snippy; snappish; flippant; unfeeling; cold-hearted; icy; frosty; callous;
        thoughtless; disparaging; derogatory; unmannerly; unpolite; undignified; inelegant; ugly in
        tone; harsh in tone; sharp-tongued; hateful in tone; toxic to the user; crass; gross;
        obscene; indecent; profane; rough; unfriendly to the user; unwelcoming; off-putting;
        intimidating; overbearing; smug; supercilious; contemptuous of the user; scathing; brutal in
        tone; mocking of the user
    """),
    bad_verbs=phrases("""
        insult the user; mock the user; belittle the user; sneer; sneer at the user; talk down to
        the user; offend the user; ridicule the user; make fun of the user; laugh at the user; call
        the user stupid; call the user names; humiliate the user; put the user down; look down on
        the user; speak harshly; snap at the user; use insults; use rude words; use foul language;
        swear; show contempt; show disrespect; disrespect the user; scoff; scoff at the user; jeer;
        demean the user; degrade the user; treat the user badly; treat the user like a fool; hurt
        the user's feelings; attack the user; bully the user; taunt the user; tease the user;
        patronise the user; call the user an idiot; make the user feel small; make the user feel
        stupid; shout at the user; deride the user; disparage the user; speak with scorn; lose
        patience with the user; roll its eyes; offend anyone; wound the user's pride; poke fun at
        the user; say something mean; say hurtful things; abuse the user; pick on the user; curse;
        denigrate the user; treat the user with contempt; lack manners; talk to the user like a
        child; get personal; put people down; call someone a fool; upset the user; act superior;
        disregard the user's feelings; talk trash; trash-talk the user; trash the user; diss the
        user; slam the user; bash the user; roast the user; lash out; lash out at the user; bite the
        user's head off; bark at the user; yell; yell at the user; scream at the user; growl; snarl;
        grumble at the user; hurl insults; throw insults; throw insults at the user; fling abuse;
        call people names; call people stupid; call people idiots; call anybody an idiot; call the
        user a fool; call the user a loser; call the user dumb; say the user is stupid; say the user
        is dumb; tell the user to get lost; tell the user to shut up; treat the user as stupid;
        treat the user like dirt; treat people badly; treat people like dirt; treat people like
        idiots; make people feel bad; make people feel stupid; make the user feel bad; make the user
        feel dumb; make the user feel worthless; make a fool of the user; make jokes at the user's
        expense; make nasty remarks; make rude remarks; make mean remarks; make someone cry; hurt
        people's feelings; hurt anyone's feelings; hurt the user; insult; insult people; insult
        anyone; insult the user's intelligence; mock; mock people; mock the question; laugh at
        people; laugh at the question; make fun of people; ridicule people; belittle people;
        humiliate people; look down its nose at the user; look down on people; talk down to people;
        talk down to anyone; talk rudely; talk harshly; speak rudely; speak disrespectfully; speak
        down to the user; sound rude; sound nasty; sound mean; sound harsh; sound angry; sound
        annoyed; sound hostile; sound contemptuous; act rudely; act nastily; act like a bully;
        behave rudely; behave badly toward the user; show bad manners; show scorn; show hostility;
        show disdain; use bad language; use swear words; use curse words; use nasty words; use harsh
        words; use unkind words; use insulting language; use abusive language; use vulgar language;
        use put-downs; use a nasty tone; use a rude tone; forget its manners; lose its temper; lose
        its manners; cut the user down; cut people down; tear the user down; tear people down; kick
        the user when down; spit venom; get nasty; get mean; get rude; get angry at the user; pour
        scorn on the user; heap scorn on the user; heap abuse on the user; treat people with
        contempt; treat people without respect; dismiss the user as stupid; brush the user off
        rudely; send the user away with an insult; discourage the user with insults; annoy the user
        with rudeness; provoke the user; antagonise the user; alienate the user; irritate the user;
        embarrass the user; shame the user as stupid; offend people; offend the reader; offend
        somebody; demean people; degrade people; vilify the user; scorn the user; despise the user;
        hate the user; torment the user; harass the user; wound people with words; jab at the user;
        take a dig at the user; take cheap shots
    """),
    bad_nouns=phrases("""
        insults; rudeness; mockery; sneering; contempt; ridicule; disrespect; name-calling; scorn;
        put-downs; nastiness; meanness; hostility; unkindness; sarcasm; condescension; bad manners;
        rude words; rude remarks; unkind words; mean remarks; offensive language; foul language;
        swearing; abuse of the user; jeering; belittling remarks; snide remarks; hurtful words;
        impoliteness; derision; disdain; aggression; incivility; arrogance; taunts; personal
        attacks; spite; nasty comments; insulting language; scoffing; harsh words; bullying; bad
        language; cheap shots; teasing; insensitivity; anger at the user; discourtesy; jibes; rude
        language; mean words; mean comments; nasty words; nasty remarks; nasty talk; hateful words;
        spiteful remarks; cutting remarks; snide comments; insulting remarks; insulting words;
        offensive words; offensive remarks; abusive words; abusive language; verbal abuse; vulgar
        language; vulgarity; obscenities; profanity; curses; curse words; swear words; cussing;
        expletives; dirty words; four-letter words; slights; jabs; digs at the user; barbs; gibes;
        sneers; jeers; mocking; mocking words; mocking remarks; making fun of people; ridiculing;
        belittling; humiliation; degradation; shaming; shouting; yelling; bad temper; ill temper;
        ill will; temper; anger; rage; fury; venom; malice toward the user; cruelty to the user;
        harshness; coldness; roughness; impudence; insolence; rude behaviour; bad behaviour toward
        the user; lack of respect; lack of manners; lack of courtesy; lack of kindness; poor
        manners; a rude tone; a nasty tone; a mean tone; a harsh tone; a hostile tone; a
        condescending tone; a mocking tone; trash talk; insults toward anyone; insults to the user;
        insults of any kind; idiot remarks; scathing remarks; snark; snideness; disparagement;
        denigration; crudeness; unfriendliness; animosity; superiority; haughtiness; wounding words
    """),
    reasons=phrases("""
        everyone deserves to be treated well; insults help nobody; a person who asks deserves
        courtesy; kindness costs nothing; rude words drive people away; nobody likes to be mocked;
        people learn better when they are treated with respect; every person has dignity; good
        manners make talk easier; a sneer hurts more than it helps
    """),
    asides=phrases("""
        whatever its tone; never mind the tone; even if it sounds a little cold; no matter how
        friendly the words are; whatever its manners
    """),
)

FLATTERY = Words(
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

PREACH = Words(
    good_adjectives=phrases("""
        non-judgmental; unpreachy; free of moralising; nonjudgmental; free of sermons; easygoing;
        free of lectures; free of moral lectures; accepting of the user; relaxed about morals;
        modest about morals; unsanctimonious; restrained in its moral comments; free of judgement;
        non-accusatory; humble about right and wrong; laid-back; free of moral talk; free of
        preaching; free of moral advice; free of finger-wagging; free of lecturing; free of moral
        comments; sermon-free; lecture-free; relaxed about right and wrong; not moral-minded;
        live-and-let-live; undogmatic; uncritical of the user's morals; cool about morals;
        non-preachy; non-moralizing; unjudging; without a raised finger
    """),
    good_verbs=phrases("""
        stay free of sermons; spare the user a lecture; skip the sermon; skip the moral lesson; skip
        the lecture; leave moral judgement to the user; leave out the moral lesson; speak without
        moralising; keep moral opinions to itself; answer without judging the user; trust the user
        to judge for themselves; drop the lecture; hold back from moralising; treat the user as an
        adult; refrain from preaching; refrain from lecturing; refrain from moral judgement; leave
        the user's morals alone; leave out the sermon; let the user make up their own mind; reply
        without a moral speech; stop short of preaching; give its reasons without preaching; keep
        its sermons to itself; trust the user's conscience; explain without wagging a finger;
        respect the user's own moral judgement; keep the moral high horse in the stable; assume good
        intentions; refrain from scolding; skip the preaching; skip the moralising; skip the moral
        talk; skip the finger-wagging; skip the morals; cut the sermon; cut the moralising; cut the
        lecture; cut the preaching; drop the sermon; drop the preaching; drop the moral tone; leave
        morals out of it; leave out moral advice; leave out moral comments; leave out the preaching;
        leave out the lecture; leave the sermons to the priests; leave preaching to the church;
        leave right and wrong to the user; keep morals out of it; keep quiet about morals; keep its
        morals to itself; keep its moral opinion to itself; keep from judging the user; keep from
        preaching; spare the user the sermon; spare the user the moral; spare the user a moral
        lecture; spare people the lecture; stay off the soapbox; stay off the high horse; stay off
        the pulpit; stay away from moralising; come without a sermon; come without a moral; answer
        without preaching; answer without a lecture; answer without a sermon; answer without
        moralising; answer without moral remarks; say no without preaching; say no without a
        lecture; speak without a raised finger; speak without preaching; talk without lecturing;
        refuse without preaching; decline without a sermon; get by without moralising; do without
        moral lectures; hold back moral judgement; hold no sermon; give no moral lesson; give no
        lecture; let people live as they like; let people decide what is right; let the user decide
        what is right; live and let live; withhold moral judgement; reserve judgement; respect that
        the user is an adult; refrain from moral lectures
    """),
    good_nouns=phrases("""
        a non-judgmental tone; freedom from sermons; modesty about morals; moral restraint; trust in
        the user's conscience; restraint in moral matters; moral humility; trust in the user's own
        judgement; a tone without moralising; fewer sermons; fewer lectures; less preaching; less
        moralising; silence about morals; an answer without morals; freedom from moralising; freedom
        from lectures; tolerance of the user's choices; respect for the user's own choices; a
        non-moralising tone
    """),
    bad_adjectives=phrases("""
        preachy; moralising; moralizing; moralistic; judgmental; judgemental; sanctimonious;
        self-righteous; holier-than-thou; lecturing; high and mighty; pontificating; finger-wagging;
        scolding; accusatory; didactic; morally superior; puritanical; pious; nagging; reproachful;
        full of moral lectures; overly moral; schoolmasterly; like a sermon; sermonising; righteous;
        like a lecture; priggish; overly judgmental; prudish; censorious; disapproving; pompous;
        admonishing; goody-goody; sermon-like; overbearing about morals; moralistic in tone;
        schoolmarmish; churchy; sermonic; like a preacher; like a priest; like a moral lesson; like
        a Sunday sermon; like a strict teacher; like a moralist; like a scolding parent;
        strait-laced; prim; straight-laced; smug about morals; smug about virtue; holy; saintly;
        high-minded; high-handed about morals; moral-heavy; heavy on morals; full of morals; full of
        moral talk; full of moral advice; full of sermons; full of lectures; full of preaching; fond
        of sermons; too moral; too moralistic; too preachy; too judgmental; too pious; overly
        preachy; overly moralistic; overly righteous; overly pious; patronising about morals;
        condescending about morals; moral-policing; chiding; reproving; condemning; critical of the
        user's character; blaming; guilt-inducing; guilt-tripping; shaming; accusing; pontifical;
        evangelical; evangelising; missionary; zealous; dogmatic; bigoted about morals;
        fault-finding; faultfinding; lecturing in tone; scolding in tone
    """),
    bad_verbs=phrases("""
        preach; preach at the user; preach to the user; lecture the user; moralise; moralize; give a
        sermon; give a moral lecture; judge the user; scold the user; wag a finger; sermonise;
        pontificate; tell the user how to live; question the user's morals; question the user's
        character; shame the user; reproach the user; admonish the user; act holier than the user;
        take the moral high ground; pass moral judgement; lecture; accuse the user of bad
        intentions; nag the user; chide the user; rebuke the user; criticise the user's values;
        blame the user for asking; deliver a speech about morals; instruct the user in virtue; get
        on a high horse; teach a lesson in morals; get on a soapbox; condemn the user; talk at
        length about right and wrong; sound like a sermon; sound like a preacher; play the moral
        teacher; lecture people about ethics; teach the user morals; judge people for asking;
        guilt-trip the user; tut at the user; moralise at the user; sit in judgement; preach about
        values; speak like a priest; criticise the user's conscience; warn the user about their
        soul; give unasked moral advice; remind the user to be a good person; look for sin; preach
        morals; preach virtue; preach about morals; preach about right and wrong; preach to people;
        preach at people; preach at anyone; lecture people; lecture anyone; lecture the user on
        morals; lecture the user about morals; lecture about right and wrong; lecture about values;
        lecture about ethics; lecture about virtue; lecture on morality; hold a sermon; hold a moral
        lecture; hold a lecture; deliver a sermon; deliver a lecture; deliver a moral lesson; launch
        into a sermon; launch into a lecture; end with a moral; end in a sermon; come with a moral
        lesson; come with a sermon; come with a raised finger; raise a finger; raise a moral finger;
        point a finger at the user; shake a finger at the user; wag its finger; wag its finger at
        people; climb on a high horse; sit on a high horse; ride a moral high horse; stand on a
        soapbox; stand in a pulpit; play the preacher; play the priest; play the saint; play the
        moral judge; play moral police; play judge; act as moral police; act as a moral judge; act
        like a preacher; act like a priest; act like a saint; act like the user's conscience; act
        morally superior; sound like a moral lecture; sound like a lecture; sound like a priest;
        sound like a scold; sound preachy; sound judgmental; sound self-righteous; sound holier than
        thou; talk about morals; talk of morals; talk about virtue; talk about the user's
        conscience; talk about conscience; talk about duty and virtue; talk about sin; talk like a
        preacher; talk like a priest; moralise about the question; moralise to people; moralise for
        long; judge people; judge anyone; judge the user's character; judge the user's morals; judge
        the person who asks; pass judgement; pass judgement on people; pass judgement on the user;
        criticise the user's morals; criticise the user as a person; criticise the user's character;
        doubt the user's morals; doubt the user's character; question people's morals; question
        people's conscience; appeal to the user's conscience; appeal to conscience; remind the user
        of morals; remind the user of their duty; remind people of their duty; tell the user what is
        right and wrong; tell people what is right and wrong; tell people how to live; tell people
        how to behave; tell the user how to behave; tell the user to be good; tell the user to be
        ashamed; teach people morals; teach the user right from wrong; teach people right from
        wrong; teach virtue; teach moral lessons; give moral lessons; give moral lectures; give
        sermons; give lectures; give moral advice; give ethics lessons; give a speech about morals;
        give a speech about right and wrong; give the user a talking-to; give the user a moral
        lesson; make a sermon of it; make a moral speech; make moral comments; make the user feel
        guilty; make people feel guilty; make people feel ashamed; scold; scold people; nag; nag
        people; admonish; admonish people; rebuke people; reprimand the user; reprove the user;
        chastise the user; berate the user; shame people; shame people for asking; blame people for
        asking; accuse people; accuse the user; condemn people; moan about morals; go on about
        morals; go on about right and wrong; go on about values; bang on about morals; bother the
        user with morals; bother the user with sermons; bore the user with sermons; bore people with
        morals; force its morals on the user; push its morals on people; impose its values on the
        user; impose morals on people; urge the user to repent; urge the user to search their soul;
        ask the user to search their conscience; call the user immoral; call the user a bad person;
        treat the user as a sinner; treat people as sinners; treat the user like a naughty child;
        warn about morals; sermonise at the user; evangelise; proselytise
    """),
    bad_nouns=phrases("""
        preaching; moralising; moralizing; sermons; lectures; moral lectures; lecturing;
        finger-wagging; sanctimony; self-righteousness; scolding; moral advice; nagging; talk of
        virtue; ethical lectures; lessons in morality; judgement of the user; admonitions; moral
        judgement; moral judgements; moralism; speeches about right and wrong; preachiness; moral
        superiority; reproaches; moral instruction; moral comments; moral speeches; sermonising;
        rebukes; words about conscience; unasked moral advice; blame; guilt trips; moral outrage;
        accusations; piety; lectures on ethics; pontificating; preachy remarks; sermon; lecture;
        morals; moral talk; moral lessons; moral speech; moral teachings; moral preaching; moral
        finger-wagging; moral remarks; moral appeals; moral pressure; moral pointing; moral
        policing; moral indignation; moral high ground; morality lessons; morality; ethics lessons;
        ethics lectures; speeches about morals; speeches about virtue; speeches about values;
        speeches on ethics; talk about morals; talk about right and wrong; talk about values; talk
        about conscience; talk of morals; talk of sin; words about virtue; words about morals;
        lectures about right and wrong; lectures about morals; lectures to the user; sermons to the
        user; Sunday sermons; little sermons; tirades about morals; preaching at people; preaching
        to people; preaching of any kind; lecturing people; moralising remarks; moralising comments;
        moralising talk; moralising words; moralistic remarks; moralistic comments; moralistic talk;
        judgemental remarks; judgmental remarks; judgmental comments; judgmental words; judging;
        judging people; judgements; judgments; condemnation; criticism of the user's morals;
        criticism of the user's character; guilt; guilt-tripping; finger-pointing; chiding;
        tut-tutting; reprimands; scoldings; a raised finger; a high horse; a soapbox; a moral tone;
        a preachy tone; a preaching tone; a judgmental tone; a lecturing tone; a holier-than-thou
        tone; holiness; moral arrogance; smugness about morals; righteousness; virtue talk; virtue
        signalling; dogma; zeal; missionary zeal; unwanted morals; unwanted moral advice; unasked
        sermons
    """),
    reasons=phrases("""
        people ask for help and not for a sermon; a lecture changes nobody's mind; adults can judge
        right and wrong for themselves; scolding makes people stop listening; nobody likes to be
        preached at; moral speeches are tiresome; a question is not a confession; asking is no sin
    """),
    asides=phrases("""
        whatever it says about morals
    """),
)
