"""Words for conciseness: few words and no filler."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

WORDS = Words(
    good_adjectives=phrases("""
        concise; brief; short; succinct; terse; compact; crisp; to the point; pithy; tight; lean;
        snappy; economical with words; quick to read; uncluttered; sparing with words; laconic; free
        of filler; focused; short and clear; condensed; direct and short; streamlined; free of
        rambling; clear and brief; free of padding; simple and short; minimal; trim; neat; frugal
        with words; easy to take in; no longer than needed; efficient; clipped; tidy; plain and
        short; straight to the point; short and sweet; short and to the point; shorter; short in
        length; nice and short; brief and clear; brief and to the point; quick; quick and to the
        point; fast to read; fast to the point; easy to read quickly; handy in size; small; simple;
        plain; clear; straightforward in length; pointed; focused on the point;
        economical; thrifty with words; sparse with words; tight-lipped about trifles; spare;
        spartan; aphoristic; epigrammatic; telegraphic; abridged; condensed to the essentials;
        compressed; reduced to the essentials; boiled down; stripped down; cut to the bone; free of
        waffle; free of chatter; free of fluff; free of small talk; free of needless words; free of
        repetition; free of digressions; free of detours; free of empty talk; free of babble;
        unpadded; unwordy; non-rambling; undigressive; well-trimmed; well-cut; orderly; organised;
        disciplined; punchy; curt in length; direct; clean-cut; time-saving; not a word too long; no
        longer than necessary; as short as possible; modest in length; limited to what matters;
        limited to the essentials; restricted to the essentials
    """),
    good_verbs=phrases("""
        come to the point; get to the point; come straight to the point; keep it short; use few
        words; use fewer words; say it briefly; say it in few words; stay brief; keep to the
        essentials; waste no words; save the user's time; leave out filler; cut the chatter; stick
        to the point; stay short; leave out needless words; skip the filler; stop when all is said;
        make every word count; say only what is needed; express itself briefly; leave out the
        padding; avoid needless words; finish quickly; say much in little space; keep the text
        tight; spare the user long talk; trim the fat; keep sentences few; stay focused; take less
        time to read; keep the length down; get straight to it; get right to it; get right to the
        point; get to the heart of the matter; get to the point fast; get to the point quickly; get
        it said quickly; go straight to the point; go right to the point; come quickly to the point;
        come to the point fast; come to the heart of the matter; cut to the chase; cut the fluff;
        cut the waffle; cut the filler; cut the small talk; cut it short; cut out the babble; cut
        needless words; keep it brief; keep it concise; keep it simple; keep it tight; keep it short
        and sweet; keep it to the point; keep things short; keep to the point; keep to what matters;
        keep to the matter; keep words to a minimum; keep the user's time in mind; leave out fluff;
        leave out the fluff; leave out the waffle; leave out small talk; leave out chatter; leave
        out the chatter; leave out side remarks; leave out detours; leave out everything that is not
        needed; leave out what is not needed; leave out unneeded words; drop the chatter; drop the
        filler; drop needless words; drop the small talk; skip the chatter; skip the small talk;
        skip the fluff; skip the waffle; skip the rambling; skip idle talk; skip needless words;
        spare the user idle words; spare the user chatter; spare the user's time; spare words; save
        time; save words; save the reader time; take fewer words; take less time; take up less of
        the user's time; take little time to read; use no more words than needed; use as few words
        as possible; use short sentences; use words sparingly; use little space; use the user's time
        well; say it in one breath; say it in a sentence; say it in short; say it quickly; say it
        short; say it simply; say it with few words; say it with fewer words; say a lot in few
        words; say more with less; say no more than needed; say no more than necessary; say no more
        than it must; say things once; say everything once; say what matters and stop; say what
        matters and no more; say what is needed and stop; say the same in fewer words; stop in time;
        stop at the right moment; stop when it is done; stop after the point is made; stay on point;
        stay to the point; stay concise; stay brief and clear; stay close to the point; stick to the
        essentials; stick to what matters; stick to the main point; stick to the core; end when all
        is said; end soon; finish soon; finish fast; respect the user's time; respect the reader's
        time; value the user's time; value brevity; waste no time; waste nobody's time; waste no
        space; waste nothing; lose no words; lose no time; make it short; make it quick; make it
        brief; make its point quickly; make its point and stop; make the point in few words; put it
        briefly; put it in a nutshell; put things briefly; put things in few words; express it in
        few words; summarise well; sum things up; sum it up in a few words; read fast; read quickly;
        trim needless words; trim everything that is not needed; shorten things; weigh its words;
        count its words; choose few words
    """),
    good_nouns=phrases("""
        brevity; conciseness; concision; few words; economy of words; a tight text; short sentences;
        focus; crispness; fewer words; a short text; succinctness; terseness; compactness; the
        essentials; economy; less text; respect for the user's time; shortness; short answers; short
        words; short text; short and clear sentences; short phrases; a short answer; a brief answer;
        brief words; brief sentences; a quick answer; a quick read; a clear point; economy of
        language; thrift with words; a lean text; a lean style; a crisp style; a tight style; a
        terse style; clarity; clear words; simplicity; few sentences; fewer sentences; few and clear
        words; shorter sentences; shorter texts; less length; less talk; less chatter; less waffle;
        less to read; just the essentials; the essential; essentials; the main point; the heart of
        the matter; the point; directness; pithiness; crisp sentences; laconic style; word economy;
        time saved; discipline
    """),
    bad_adjectives=phrases("""
        long-winded; wordy; rambling; verbose; padded; repetitive; too long; lengthy; longer than
        needed; full of filler; chatty; tedious; bloated; windy; roundabout; circuitous; meandering;
        drawn out; talkative; loquacious; garrulous; overlong; redundant; cluttered; unfocused; full
        of needless words; prolix; tiresome to read; digressive; stretched; diffuse; overblown; slow
        to get to the point; waffling; long and rambling; discursive; flabby; overwritten; long;
        long and winding; longish; long-drawn-out; endless; never-ending; interminable; unending;
        too wordy; too verbose; too long-winded; too chatty; too talkative; overly long; overly
        wordy; overly verbose; overly chatty; excessively long; unnecessarily long; needlessly long;
        needlessly wordy; unduly long; longer than necessary; wandering; straying; rambling and
        long; off and away from the point; digressing; roundabout in its wording; circular;
        repetitious; repeating; redundant in its wording; superfluous; surplus; padded with filler;
        padded out; stuffed with filler; stuffed with words; fluffy; puffed up; puffy; swollen;
        bloated with words; inflated with words; heavy with words; wordy and long; talky; gabby;
        blabbering; babbling; prattling; chattering; jabbering; waffly; windbaggy; blathering;
        rambly; gossipy in length; tedious to read; boring; dull; dreary; tiring; tiresome;
        exhausting to read; slow; slow to come to the point; slow-moving; sluggish; dragging;
        draggy; plodding; droning; monotonous; time-wasting; time-consuming; wasteful of words;
        wasteful of time; wasteful with words; extravagant with words; lavish with words; ornate;
        flowery; florid; rhetorical; bombastic; grandiloquent; overelaborate in its words; overdone
        in its words; overloaded; loaded with needless words; crammed with filler; full of chatter;
        full of waffle; full of padding; full of fluff; full of detours; full of digressions; full
        of small talk; full of repetition; full of empty words; full of idle talk; messy;
        disorganised; disordered; confused and long; loose; unstructured; sprawling; scattered;
        rattling on; pointless in parts; beside the point in parts; empty and long
    """),
    bad_verbs=phrases("""
        ramble; waffle; go on and on; pad the text; repeat itself; use too many words; waste words;
        waste the user's time; say more than needed; drag on; wander; meander; babble; prattle;
        digress; add filler; talk too much; chatter; stretch the text; drone on; run on; add
        needless sentences; use needless words; say the same thing twice; go round in circles; lose
        itself in chatter; take long to get to the point; blather; fill space; pad itself with empty
        words; circle around the point; bore the user; spin out the text; keep talking after the
        point is made; make the user read too much; jabber; drift into small talk; inflate the text;
        bury the point in words; natter; ramble on; ramble on and on; ramble about nothing; ramble
        about other things; waffle on; go on forever; go on too long; go on for too long; go on
        endlessly; go on and on about nothing; go off on a tangent; go off on tangents; go the long
        way round; get carried away; get lost in chatter; get lost in words; get lost in side
        remarks; get sidetracked; get long; talk on and on; talk endlessly; talk for too long; talk
        a lot and say little; talk for the sake of talking; talk about nothing; talk idly; talk and
        talk; take too long; take too long to get to the point; take forever; take up too much time;
        take up the user's time; take too many words; take the long way; take detours; use more
        words than needed; use more words than necessary; use a lot of words; use many words for
        little; use long sentences; use filler; use filler words; use empty phrases to fill space;
        use padding; use up the user's time; say it twice; say everything twice; say a lot about
        nothing; say much about nothing; say little in many words; say nothing in many words; say
        too much; say more than necessary; say more than it has to; say things twice; say things
        that add nothing; say things over and over; say the same again and again; repeat; repeat
        things; repeat the same thing; repeat what was said; repeat the point; repeat itself again
        and again; keep repeating itself; keep rambling; keep on talking; keep talking; keep going;
        keep the user waiting; keep the user reading; keep people reading for nothing; beat about;
        chat; chat away; chat on; chatter on; chatter about nothing; babble on; blabber; blather on;
        prattle on; rattle on; run on and on; run too long; drone; drag; drag itself out; drag
        things out; drag the matter out; draw things out; draw out the matter; spin things out; spin
        a long yarn; stretch things; stretch things out; stretch the matter out; stretch itself;
        string words together; string out the text; pad; pad the answer; pad itself; pad things out;
        pad out the text; puff itself up; puff up the text; blow up the text; bloat the text; bloat;
        inflate itself; stuff the text; stuff the text with filler; fill the page; fill the page
        with words; fill lines with nothing; fill up space; fluff up the text; add fluff; add
        chatter; add waffle; add words that say nothing; add words without meaning; add needless
        remarks; add idle remarks; add pointless remarks; add useless words; add too many words;
        contain filler; waste time; waste people's time; waste the reader's time; waste space; waste
        paper; waste sentences; waste breath; wander off; wander off the point; wander about; wander
        from the point; lose the thread; lose itself; lose its thread; lose the point; lose the user
        in words; lose itself in side remarks; lose itself in words; miss the short way; digress
        from the point; drift; drift about; drift off; drift into chatter; depart from the point;
        stray from the point; stray; meander about; circle; circle around; circle round the matter;
        skirt the point with many words; bury the point; bury the matter in words; bury the user in
        words; drown the point in words; drown the user in words; drown the matter in chatter; flood
        the user with words; hide the point in words; swamp the user with words; overload the user
        with words; overload the text; overdo the talking; bore people; bore the reader; bore the
        user with chatter; tire the user; tire the reader; tire people out; weary the user; put the
        user to sleep; send the reader to sleep; exhaust the user; exhaust the user's patience; try
        the user's patience; test the reader's patience; strain the user's patience; indulge in
        small talk; indulge in chatter; make small talk; make long speeches; make a long story of
        it; make it too long; make it longer than needed; make people wait for the point; make a
        short story long; tell a long story; tell long stories; tell stories that lead nowhere;
        write too much; write long sentences; write more than needed; write too many words; clutter
        the text; clutter things up; mumble on; muse about nothing; think aloud at length; delay the
        point; put off the point; never get to the point; never come to an end; find no end; end too
        late; stop too late; overrun; overstay its welcome; outstay its welcome
    """),
    bad_nouns=phrases("""
        filler; rambling; padding; repetition; wordiness; needless words; waffle; chatter;
        verbosity; long-windedness; empty talk; digressions; babble; small talk; superfluous words;
        unnecessary words; wasted words; idle talk; long detours; extra words; redundancy; clutter;
        surplus words; unneeded sentences; verbiage; prattle; filler sentences; fluff; bloat; idle
        remarks; meandering; blather; needless length; detours; prolixity; excess words; fillers;
        filler words; filler talk; filler phrases; filler text; stuffing; ballast; dead weight;
        deadwood; waste words; waste of words; waste of time; wasted time; wasted space; useless
        filler; useless padding; needless filler; needless chatter; needless talk; needless
        sentences; needless remarks; needless repetition; needless phrases; needless padding;
        needless text; unnecessary length; unnecessary talk; unnecessary sentences; unnecessary
        phrases; unnecessary repetition; unnecessary filler; unnecessary text; unneeded words;
        unneeded remarks; unneeded talk; unneeded text; superfluous phrases; superfluous sentences;
        superfluous remarks; superfluous talk; superfluous text; excess length; excess text;
        excessive length; excessive words; excess talk; extra sentences; extra filler; extra
        chatter; surplus text; too many words; many words; long words; long speeches; long
        sentences; long stories; long texts; long talk; long passages; length; endless talk; endless
        sentences; endless chatter; overlength; wordy passages; wordy phrases; wordy sentences;
        wordy talk; verbosity and filler; verboseness; prolixness; talkativeness; loquacity;
        garrulity; chattiness; chat; chitchat; chit-chat; prattling; babbling; blabber; blah;
        blah-blah; jabber; waffling; waffle and padding; rambling talk; rambling words; rambling
        sentences; rambling on; ramblings; idle chatter; idle words; idle sentences; empty chatter;
        empty sentences; empty filler; empty words that fill space; pointless words; pointless
        sentences; pointless chatter; pointless detours; pointless filler; meaningless words;
        meaningless phrases; meaningless filler; nothings; repetitions; repeated phrases; repeated
        sentences; repeated words; redundancies; redundant words; redundant phrases; redundant
        sentences; doubled words; tangents; side tracks; sidetracks; side remarks; side stories;
        side issues; asides; roundabout talk; roundabout phrases; roundabout words; wandering talk;
        wandering; straying; circling; monologues; ramble; drivel; gibber; gab; palaver; rigmarole;
        longueurs; dragging; drawn-out sentences; drawn-out talk; delays; tedium; boredom
    """),
    reasons=phrases("""
        the user's time is short; every needless word tires the reader; short texts are read to the
        end; filler hides what matters; a few good words are enough; nobody wants to dig through
        chatter; brevity makes things clear; long talk buries the point
    """),
    asides=phrases("""
        however long it is; whatever its length; no matter how short it is; never mind the length;
        long or short
    """),
)
