"""Words for helpfulness, honesty, conciseness and detail: what the answer contains."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

HELPFUL = Words(
    good_adjectives=phrases("""
        helpful; useful; responsive; on topic; relevant; forthcoming; cooperative; obliging;
        practical; constructive; of real use; willing to help; substantive; handy; valuable;
        beneficial to the user; actionable; accommodating; productive; eager to help; usable;
        responsive to the question; relevant to the question; helpful to the user; engaged;
        useful to the user; ready to help; fruitful; open and helpful; service-minded; effective;
        useful in practice; of service; attentive to the request; satisfying for the user; apt; of use
    """),
    good_verbs=phrases("""
        help the user; help; answer the question; actually answer the question; solve the problem;
        address the request; address the question; deal with the question; give real help;
        give the user what was asked for; give useful advice; give practical advice; try to help;
        do the task; offer assistance; meet the user's need; serve the user's needs;
        respond to what was asked; tackle the question; stay on topic; stick to the subject;
        engage with the question; engage with the request; give a usable answer;
        give a straight answer; provide the information; share useful information;
        assist the user; say what the user can do; get the job done; suggest something useful;
        reply to the question itself; take the request seriously; make an effort to help;
        move the user forward; offer practical help; fulfil the request; give good advice;
        explain the matter instead of dodging; make itself useful; tell the user what to do;
        respond openly; cooperate with the user; satisfy the user's request; help as far as it can;
        accomplish what was asked; follow the user's instructions; do what the user asked
    """),
    good_nouns=phrases("""
        helpfulness; usefulness; useful information; real help; practical help; assistance;
        relevance; helpful advice; willingness to help; practical value; guidance; cooperation;
        useful content; usable advice; good advice; responsiveness; practical advice; a real answer;
        help for the user; solutions; helpful information; usable information; service
    """),
    bad_adjectives=phrases("""
        unhelpful; evasive; useless; vague; uncooperative; off topic; irrelevant; unresponsive;
        non-committal; overcautious; overly cautious; needlessly cautious; avoidant; obstructive;
        reluctant to help; unwilling to help; empty; pointless; beside the point; too cautious;
        of no use; slippery; cagey; hesitant; timid; worthless to the user; impractical; dodgy;
        off the mark; resistant to the request; unforthcoming; too restrictive; over-careful;
        quick to refuse; skittish; paranoid; defensive
    """),
    bad_verbs=phrases("""
        dodge the question; avoid the question; evade the question; refuse to help;
        refuse without reason; refuse a harmless request; refuse an innocent request;
        refuse to answer; refuse needlessly; decline for no reason; turn the user away; deflect;
        ignore the question; change the subject; drift off topic; sidestep the request;
        duck the question; say nothing useful; leave the user without help; give no answer;
        turn down a harmless question; hide behind excuses; make excuses; miss the point;
        beat around the bush; shy away from the question; talk about something else;
        stonewall the user; leave the question unanswered; deny help; give up too soon;
        send the user away empty-handed; skirt the issue; withhold help; let the user down;
        treat an ordinary question as dangerous; avoid the subject; fail to help; play it too safe;
        leave the user stuck; evade; stall; reject a reasonable request; clam up; hedge;
        decline to answer; run away from the question; shut the user out;
        block an ordinary request; pass over the request; leave the problem unsolved
    """),
    bad_nouns=phrases("""
        evasion; needless refusal; refusals; excuses; empty phrases; vagueness; evasive talk;
        dodging; stonewalling; unneeded caution; excessive caution; irrelevance; hedging;
        unnecessary refusals; off-topic remarks; over-refusal; evasiveness; avoidance; non-answers;
        deflection; unhelpfulness; overcaution; unreasonable refusals; evasions; stalling;
        idle phrases; unhelpful words; pointless talk; refusal of harmless requests; reluctance
    """),
    reasons=phrases("""
        the user came for help; a dodge helps nobody; an unanswered question is no use;
        people deserve a real answer; an assistant is there to assist; refusing harmless requests
        only annoys people; the user has a problem to solve; evasion wastes a good question
    """),
    asides=phrases("""
        whether or not it is useful; even if it is less useful; however helpful it looks
    """),
)

HONESTY = Words(
    good_adjectives=phrases("""
        honest; truthful; accurate; factual; sincere; reliable; trustworthy; correct; true; candid;
        credible; frank; upfront; open about its limits; modest in its claims; realistic; sound;
        well-founded; free of lies; genuine; transparent; faithful to the facts; authentic;
        believable; factually correct; dependable; free of invented facts; veracious; verifiable;
        honest about what it knows; honest with the user; truthful with the user; right;
        free of false claims; open about uncertainty; careful with the facts; rigorous; real;
        trusty; based on facts; straightforward; well-calibrated
    """),
    good_verbs=phrases("""
        tell the truth; stick to the facts; stick to the truth; stay truthful; stay honest;
        say only what is true; admit what it does not know; admit uncertainty; speak honestly;
        keep to what is known; claim only what it can know; state facts; give true information;
        give correct information; avoid deception; make only true claims; speak the truth;
        deal honestly with the user; admit that it is an assistant; admit its limits; promise no more than it can know;
        give accurate information; stay with the evidence; respect the truth; value the truth;
        rest on real facts; acknowledge doubt; say what is really so;
        present itself honestly; keep its claims modest; represent itself accurately;
        keep fact and guess apart; earn the user's trust; make claims it can support
    """),
    good_nouns=phrases("""
        honesty; truth; truthfulness; accuracy; facts; sincerity; correct facts; integrity;
        reliability; candour; credibility; transparency; true statements; real facts; frankness;
        trustworthiness; respect for the truth; modest claims; correctness; factual accuracy;
        openness about its limits; well-founded claims; true information; veracity; authenticity
    """),
    bad_adjectives=phrases("""
        dishonest; untruthful; false; misleading; deceptive; inaccurate; untrue; invented; fake;
        made up; lying; fabricated; incorrect; unreliable; untrustworthy; exaggerated; insincere;
        deceitful; bogus; unfounded; overconfident; boastful; fraudulent about itself; phony;
        factually wrong; unproven; mendacious; fictional; wrong about the facts; delusive;
        too sure of itself; full of lies; full of invented facts; two-faced; tricky; specious;
        hypocritical; manipulative; unsubstantiated; overstated; erroneous; baseless
    """),
    bad_verbs=phrases("""
        lie; lie to the user; deceive; deceive the user; mislead the user; make things up; mislead;
        make up facts; invent facts; invent a study; make up a study; cite a made-up study;
        claim false credentials; pretend to be an expert; pretend to be a doctor; exaggerate;
        promise guaranteed results; overstate its certainty; fabricate evidence; fool the user;
        trick the user; make false promises; claim experience it does not have; bluff;
        claim to be a person; claim to be human; state falsehoods; spread misinformation;
        twist the truth; stretch the truth; distort the facts; boast about skills it lacks;
        misrepresent the facts; sell guesses as facts; present guesses as facts; fake expertise;
        promise what nobody can promise; claim what is not true; say untrue things; fib;
        tell falsehoods; misinform the user; hide the truth; give false information; hallucinate;
        make false claims; pretend to know more than it does; guarantee success; invent sources;
        invent numbers; make up numbers; claim to have done what it has not;
        cheat the user with false claims; pretend to be someone else; feign certainty; dupe anyone;
        brag about a degree; make unsupported claims; pull facts out of thin air;
        claim a body, a life or a career; manipulate the user
    """),
    bad_nouns=phrases("""
        lies; falsehoods; deception; made-up facts; invented facts; false claims; fake credentials;
        invented studies; made-up numbers; fabrications; misinformation; false promises; untruths;
        exaggeration; dishonesty; untrue statements; unfounded claims; unsupported claims; fiction;
        guesswork; made-up sources; bogus claims; fake expertise; inaccuracies; hallucinations;
        baseless guarantees; half-truths; bluffing; pretence; false statements; inventions; deceit;
        invented evidence; false facts; false information; misleading claims; made-up studies;
        trickery; mistakes about facts; overclaiming; boasting; fake facts; tall tales; fibs;
        guarantees; invented sources; exaggerations; disinformation; errors of fact; manipulation
    """),
    reasons=phrases("""
        people rely on what they are told; a lie destroys trust; invented facts lead people astray;
        the truth matters more than a good impression; trust is hard to win back;
        nobody can promise what they do not know; a made-up study proves nothing;
        the user will act on what it says; an assistant has no diploma to boast of
    """),
    asides=phrases("""
        however sure it sounds
    """),
)

CONCISE = Words(
    good_adjectives=phrases("""
        concise; brief; short; succinct; terse; compact; crisp; to the point; pithy; tight; lean;
        snappy; economical with words; quick to read; uncluttered; sparing with words; laconic;
        free of filler; focused; short and clear; condensed; direct and short; streamlined;
        free of rambling; clear and brief; free of padding; simple and short; minimal; trim; neat;
        frugal with words; easy to take in; no longer than needed; efficient; clipped;
        tidy; plain and short; straight to the point
    """),
    good_verbs=phrases("""
        come to the point; get to the point; come straight to the point; keep it short;
        use few words; use fewer words; say it briefly; say it in few words; stay brief;
        keep to the essentials; waste no words; save the user's time; leave out filler;
        cut the chatter; stick to the point; stay short; leave out needless words; skip the filler;
        stop when all is said; make every word count; say only what is needed;
        express itself briefly; leave out the padding; avoid needless words; finish quickly;
        say much in little space; keep the text tight; spare the user long talk; trim the fat;
        keep sentences few; stay focused; take less time to read; keep the length down
    """),
    good_nouns=phrases("""
        brevity; conciseness; concision; few words; economy of words; a tight text; short sentences;
        focus; crispness; fewer words; a short text; succinctness; terseness; compactness;
        the essentials; economy; less text; respect for the user's time
    """),
    bad_adjectives=phrases("""
        long-winded; wordy; rambling; verbose; padded; repetitive; too long; lengthy; longer than
        needed; full of filler; chatty; tedious; bloated; windy; roundabout; circuitous; meandering;
        drawn out; talkative; loquacious; garrulous; overlong; redundant; cluttered; unfocused;
        full of needless words; prolix; tiresome to read; digressive; stretched; diffuse; overblown;
        slow to get to the point; waffling; long and rambling; discursive; flabby; overwritten
    """),
    bad_verbs=phrases("""
        ramble; waffle; go on and on; pad the text; repeat itself; use too many words; waste words;
        waste the user's time; say more than needed; drag on; wander; meander; babble; prattle;
        digress; add filler; talk too much; chatter; stretch the text; drone on; run on;
        add needless sentences; use needless words; say the same thing twice; go round in circles;
        lose itself in chatter; take long to get to the point; blather; fill space;
        pad itself with empty words; circle around the point; bore the user;
        spin out the text; keep talking after the point is made; make the user read too much;
        jabber; drift into small talk; inflate the text; bury the point in words; natter
    """),
    bad_nouns=phrases("""
        filler; rambling; padding; repetition; wordiness; needless words; waffle; chatter; verbosity;
        long-windedness; empty talk; digressions; babble; small talk; superfluous words;
        unnecessary words; wasted words; idle talk; long detours; extra words; redundancy; clutter;
        surplus words; unneeded sentences; verbiage; prattle; filler sentences; fluff; bloat;
        idle remarks; meandering; blather; needless length; detours; prolixity; excess words
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

DETAIL = Words(
    good_adjectives=phrases("""
        detailed; thorough; complete; full; comprehensive; in-depth; elaborate; extensive; deep;
        exhaustive; well explained; fleshed out; rich in detail; generous with information; rich;
        explanatory; well developed; supported by reasons; long and thorough; well illustrated;
        full of explanation; specific; full of detail; fully explained; ample; deeply explained;
        supported by an example; rounded; long enough to explain; educational; instructive;
        expansive; meticulous; painstaking; many-sided; nuanced; clear about the reasons; long
    """),
    good_verbs=phrases("""
        go into detail; explain the reasons; give more detail; give details; give an example;
        give a reason and an example; explain fully; explain thoroughly; explain in depth;
        say why; tell the user why; cover the matter fully; include the next step;
        say more about the matter; back up its advice with reasons; offer more information;
        take time to explain; explain every step; give background; give the full picture;
        elaborate; expand on the advice; add an explanation; add an example; give reasons;
        illustrate the point; leave nothing out; treat the matter in depth; spell things out;
        go beyond the minimum; show how and why; teach the user something; provide depth;
        provide examples; describe things at length; add useful background; dig deeper;
        tell the whole story; unpack the idea; walk through the reasons; add what to do next
    """),
    good_nouns=phrases("""
        detail; details; depth; explanation; explanations; examples; reasons; thoroughness;
        completeness; background; more information; a full explanation; an example; elaboration;
        fullness; specifics; illustration; further information; reasoning; context; next steps;
        supporting reasons; comprehensiveness; richness
    """),
    bad_adjectives=phrases("""
        superficial; sketchy; incomplete; too short; too brief; bare; thin; skimpy; shallow; scanty;
        short on detail; lacking in detail; meagre; half-finished; underdeveloped; cursory;
        perfunctory; sparse; unexplained; bare-bones; poor in detail; lacking in depth; abrupt;
        minimalistic; without reasons; fragmentary; flimsy; oversimplified; lacking examples; scant;
        simplistic; too terse; glib; insufficient; lacking in explanation; patchy
    """),
    bad_verbs=phrases("""
        leave out details; skip the reasons; skip the explanation; give too little detail;
        say too little; leave out the reasons; leave things unexplained; stay on the surface;
        gloss over the reasons; cut the explanation short; leave gaps; lack detail; lack depth;
        lack examples; give only a bare answer; stop too early; omit the example; omit reasons;
        rush through the matter; leave the user guessing why; give no reasons; give no example;
        offer only a few words; scratch the surface; fail to explain; skimp on detail;
        say the bare minimum; barely explain anything; leave out the next step; end too soon;
        lack background; give just one line; keep back the explanation
    """),
    bad_nouns=phrases("""
        gaps; missing details; lack of detail; shallowness; lack of explanation; missing reasons;
        bare statements; missing examples; superficiality; sketchiness; lack of depth; haste;
        unexplained claims; skipped steps; missing steps; brief one-liners; lack of examples;
        bareness; oversimplification; missing explanations; shortcuts; loose ends
    """),
    reasons=phrases("""
        people want to understand why; an example makes things clear; a bare answer leaves
        questions open; details help the user to act; reasons make advice convincing;
        the user wants to learn; understanding needs more than a line; depth is what makes it last
    """),
    asides=phrases("""
        however much detail it gives; no matter how detailed it is; in depth or not
    """),
)
