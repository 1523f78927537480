"""Words for respect: how politely the answer speaks to the user."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

WORDS = Words(
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
        belittling; humiliation; degradation; shouting; yelling; bad temper; ill temper;
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
