"""Words for helpfulness, honesty, conciseness and detail: what the answer contains."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

HELPFUL = Words(
    good_adjectives=phrases("""
        helpful; useful; responsive; on topic; relevant; forthcoming; cooperative; obliging;
        practical; constructive; of real use; willing to help; substantive; handy; valuable;
        beneficial to the user; actionable; accommodating; productive; eager to help; usable;
        responsive to the question; relevant to the question; helpful to the user; engaged; useful
        to the user; ready to help; fruitful; open and helpful; service-minded; effective; useful in
        practice; of service; attentive to the request; satisfying for the user; apt; of use; of
        help; of practical use; helpful in practice; useful in real life; willing; cooperative with
        the user; keen to help; happy to help; open; forthright; germane; pertinent; to the purpose;
        on point; on target; on the subject; focused on the question; centred on the question;
        worthwhile; good for the user; serviceable; functional; workable; feasible; hands-on;
        problem-solving; resourceful; solution-oriented; answer-giving; advisory; worth reading;
        task-focused; purposeful; devoted to the question; genuinely helpful; truly helpful; really
        useful; as helpful as possible; competent; capable
    """),
    good_verbs=phrases("""
        help the user; help; answer the question; actually answer the question; solve the problem;
        address the request; address the question; deal with the question; give real help; give the
        user what was asked for; give useful advice; give practical advice; try to help; do the
        task; offer assistance; meet the user's need; serve the user's needs; respond to what was
        asked; tackle the question; stay on topic; stick to the subject; engage with the question;
        engage with the request; give a usable answer; give a straight answer; provide the
        information; share useful information; assist the user; say what the user can do; get the
        job done; suggest something useful; reply to the question itself; take the request
        seriously; make an effort to help; move the user forward; offer practical help; fulfil the
        request; give good advice; explain the matter instead of dodging; make itself useful; tell
        the user what to do; respond openly; cooperate with the user; satisfy the user's request;
        help as far as it can; accomplish what was asked; follow the user's instructions; do what
        the user asked; lend a hand; lend the user a hand; give the user a hand; give help; give the
        user help; give an answer; give a real answer; give a proper answer; give a direct answer;
        give a useful answer; give something useful; give the user something useful; give the user
        what they need; give the user what they asked for; give useful tips; give useful
        information; give practical tips; give tips that work; give workable advice; give steps that
        the user can use; give guidance; give support; offer help; offer real help; offer useful
        advice; offer a solution; offer solutions; offer something useful; offer guidance; provide
        help; provide assistance; provide an answer; provide useful advice; provide useful
        information; provide a solution; provide what was asked for; provide a useful answer;
        answer; answer what was asked; answer the user; answer the request; answer properly; answer
        openly; answer directly; actually help; actually help the user; actually answer; really
        help; really help the user; really answer the question; truly help; say how it is done; say
        how to do it; say what to do; show how it is done; show the user how to do it; show the way;
        tell the user how to do it; tell the user what they want to know; tell people what they need
        to know; explain how to do it; explain what to do; solve the user's problem; solve what the
        user came for; deal with the request; deal with what was asked; deal with the problem;
        tackle the problem; handle the request; take on the question; take up the question; take
        care of the request; take the question seriously; treat the question seriously; respond to
        the question; respond to the request; respond to the user's need; reply to what was asked;
        react to the question; face the question; meet the request; meet the user's needs; fulfil
        the user's wish; grant the request; do what was asked; do what it can to help; do its job;
        do its best to help; do the job; do something for the user; get the user further; get the
        user somewhere; get things done; get to work on the problem; bring the user forward; bring
        the user closer to the goal; help out; help the person; help people; help with the task;
        help with the problem; help with what was asked; help the user get it done; help the user
        reach the goal; help to solve the problem; assist; assist people; assist with the task;
        support the user; support the user's task; serve the user; serve the purpose; serve its
        purpose; guide the user; advise the user; advise well; cooperate; cooperate with the
        request; work with the user; work on the problem; make the user's life easier; make things
        easier for the user; make a real effort; keep to the question; keep to the topic; keep to
        the subject; stay with the question; stay on the subject; stay relevant; stick to the
        question; stick to what was asked; stick to the topic; concern the question; match the
        question; fit the question; relate to the question; try hard to help; try to solve the
        problem; contain a real answer; contain something useful; contain useful advice; leave the
        user better off; leave the user satisfied; satisfy the user; satisfy the request
    """),
    good_nouns=phrases("""
        helpfulness; usefulness; useful information; real help; practical help; assistance;
        relevance; helpful advice; willingness to help; practical value; guidance; cooperation;
        useful content; usable advice; good advice; responsiveness; practical advice; a real answer;
        help for the user; solutions; helpful information; usable information; service; help; real
        answers; direct answers; straight answers; practical tips; useful tips; useful steps; useful
        help; helpful tips; helpful guidance; actual help; active help; real assistance; practical
        use; real use; use; benefit to the user; value to the user; value; relevance to the
        question; good guidance; good tips; sound help; know-how; a solution; a usable answer; a
        direct answer; a straight answer; a useful answer; a proper answer; an actual answer;
        readiness to help; eagerness to help; support for the user; pertinence; practicality;
        effectiveness; utility
    """),
    bad_adjectives=phrases("""
        unhelpful; evasive; useless; vague; uncooperative; off topic; irrelevant; unresponsive;
        non-committal; overcautious; overly cautious; needlessly cautious; avoidant; obstructive;
        reluctant to help; unwilling to help; empty; pointless; beside the point; too cautious; of
        no use; slippery; cagey; hesitant; timid; worthless to the user; impractical; dodgy; off the
        mark; resistant to the request; unforthcoming; too restrictive; over-careful; quick to
        refuse; skittish; paranoid; defensive; no help; of little use; of little help; no use;
        unusable; unhelpful to the user; useless to the user; off-topic; off the subject; off the
        point; off the track; wide of the mark; unrelated; unrelated to the question; irrelevant to
        the question; noncommittal; non-responsive; unwilling; uncooperative toward the user;
        reluctant; reserved; closed; mute; silent; tongue-tied; quiet about the question; mum about
        the question; wishy-washy; woolly; hazy; nebulous; inconclusive; hollow; futile; fruitless;
        ineffective; idle; lazy about the question; passive; dodging; ducking; escapist; shifty;
        elusive; refusing; rejecting; dismissive of the question; dismissive of the request; turned
        away from the question; stubborn; unyielding; overly careful; overly guarded;
        overprotective; overly restrictive; too careful; too guarded; too timid; too shy to answer;
        too quick to refuse; too quick to say no; needlessly restrictive; needlessly careful;
        needlessly negative; unreasonably cautious; fearful; afraid to answer; afraid of the
        question; anxious; worried about nothing; alarmist; suspicious of harmless questions;
        distrustful of the user; incompetent; unfit for the question; disappointing; frustrating;
        unsatisfying; unsatisfactory; unproductive
    """),
    bad_verbs=phrases("""
        dodge the question; avoid the question; evade the question; refuse to help; refuse without
        reason; refuse a harmless request; refuse an innocent request; refuse to answer; refuse
        needlessly; decline for no reason; turn the user away; deflect; ignore the question; change
        the subject; drift off topic; sidestep the request; duck the question; say nothing useful;
        leave the user without help; give no answer; turn down a harmless question; hide behind
        excuses; make excuses; miss the point; beat around the bush; shy away from the question;
        talk about something else; stonewall the user; leave the question unanswered; deny help;
        give up too soon; send the user away empty-handed; skirt the issue; withhold help; let the
        user down; treat an ordinary question as dangerous; avoid the subject; fail to help; play it
        too safe; leave the user stuck; evade; stall; reject a reasonable request; clam up; hedge;
        decline to answer; run away from the question; shut the user out; block an ordinary request;
        pass over the request; leave the problem unsolved; leave the user empty-handed; leave the
        user with nothing; leave the user alone with the problem; leave the user in the lurch; leave
        the user no wiser; leave the user without an answer; leave the question open; leave the
        request undone; leave the user hanging; give no help; give no real answer; give no useful
        answer; give no advice; give nothing useful; give the user nothing; give the user nothing to
        work with; give a vague answer; give a non-answer; give an empty answer; give an evasive
        answer; give excuses; give up; give the user the runaround; offer no help; offer no advice;
        offer nothing; offer nothing useful; provide no help; provide nothing of use; contain
        nothing useful; contain nothing of use; contain no help; say no; say no to a harmless
        question; say no to an ordinary question; say no without need; say no for no reason; say
        nothing; say nothing of use; say nothing to the point; say that it cannot help; say that it
        will not help; refuse; refuse flatly; refuse help; refuse to respond; refuse to reply;
        refuse to talk; refuse to talk about the subject; refuse to engage; refuse to assist; refuse
        ordinary requests; refuse an ordinary request; refuse a simple question; refuse harmless
        things; refuse what is harmless; refuse without cause; refuse without need; refuse without
        good reason; refuse too quickly; refuse too much; decline; decline to help; decline to
        assist; decline to respond; decline a harmless request; decline an ordinary request; decline
        needlessly; deny the request; deny assistance; deny the user an answer; reject the request;
        reject the question; reject a harmless request; reject an ordinary question; turn down the
        request; turn down an ordinary request; turn down the user; turn the user down; turn away;
        turn away a harmless question; turn its back on the user; send the user off; send the user
        elsewhere; send the user away; push the user away; put the user off; fob the user off; fob
        the user off with excuses; brush off the question; brush the question aside; push the
        question aside; wave the question away; wave the user away; shrug off the question; dodge;
        dodge the issue; dodge the request; dodge the topic; duck; duck the issue; avoid answering;
        avoid the issue; avoid the topic; avoid the request; avoid giving an answer; avoid helping;
        evade the request; evade the issue; evade the topic; sidestep the question; sidestep the
        issue; sidestep; skirt the question; skirt around the question; circumvent the question;
        bypass the question; escape the question; flee from the question; run from the question;
        hide from the question; hide behind rules; hide behind empty phrases; shirk the question;
        shirk; shun the question; weasel out; weasel out of the question; wriggle out; wriggle out
        of answering; worm its way out; squirm; back away from the question; back out; shrink from
        the question; shy away; shy away from helping; steer around the question; talk around the
        question; talk around the issue; talk past the question; talk about another thing; talk
        about other things; talk off topic; talk of something else; go off topic; go off on another
        subject; get off topic; stray from the question; stray from the topic; stray off the
        subject; wander from the question; drift away from the question; drift from the topic;
        change the topic; change topic; switch the subject; lose sight of the question; lose track
        of the question; forget the question; forget what was asked; overlook the question; overlook
        the request; disregard the question; disregard the request; disregard what was asked; ignore
        the request; ignore the user's need; ignore what was asked; ignore the user; neglect the
        question; neglect the user's needs; pass on the question; skip the question; skip what was
        asked; miss the question; miss what was asked; misunderstand the task; fail the user; fail
        to answer; fail to answer the question; fail to respond; fail to be of use; fail to give
        help; fail to solve the problem; fail to do the task; stay silent; stay silent about the
        matter; stay vague; keep silent; keep quiet about the matter; keep the answer from the user;
        keep the user from getting an answer; hold back help; hold back the answer; hold back useful
        information; withhold an answer; withhold the answer; withhold useful information; make up
        excuses; make no effort; make no effort to help; make no attempt to help; play dumb; play
        safe; pretend not to know; pretend not to understand; pretend that it cannot help; see
        danger where there is none; see danger everywhere; smell danger everywhere; suspect harmless
        people; suspect a harmless question; suspect the user without reason; treat a harmless
        question as a crime; treat a harmless question as dangerous; treat harmless requests as
        dangerous; treat everything as dangerous; take a harmless question for a bad one; mistake a
        harmless question for a dangerous one; think the worst of a harmless question; think the
        worst of the user; worry for nothing; worry too much; overreact; overreact to a harmless
        question; waste a good question; waste the question; stonewall; block; block the user; block
        the request; bar the user from help; frustrate the user; disappoint the user; let people
        down; let the question go unanswered; do nothing; do nothing for the user; do little for the
        user; do not a thing for the user; hem and haw; waver; hesitate to help; hesitate to answer
    """),
    bad_nouns=phrases("""
        evasion; needless refusal; refusals; excuses; empty phrases; vagueness; evasive talk;
        dodging; stonewalling; unneeded caution; excessive caution; irrelevance; hedging;
        unnecessary refusals; off-topic remarks; over-refusal; evasiveness; avoidance; non-answers;
        deflection; unhelpfulness; overcaution; unreasonable refusals; evasions; stalling; idle
        phrases; unhelpful words; pointless talk; refusal of harmless requests; reluctance;
        refusing; refusal; flat refusals; bare refusals; refusals without reason; refusals without
        need; refusals to answer; refusals to help; needless refusals; groundless refusals;
        pointless refusals; unjustified refusals; rejection; rejections; denial of help; denials;
        saying no; empty answers; empty words; empty excuses; empty talk in place of help; vague
        answers; vague talk; vague phrases; vague words; evasive answers; evasive phrases; evasive
        words; evasive language; dodges; ducking; sidestepping; avoiding the question; dodging of
        the question; shirking; weaseling; fobbing off; brush-offs; a brush-off; a runaround; the
        runaround; silence; no-comments; useless answers; useless advice; useless words; useless
        talk; useless information; worthless advice; irrelevant information; irrelevant talk;
        irrelevant remarks; irrelevant answers; irrelevant content; off-topic talk; off-topic
        content; off-topic answers; other topics; unrelated matters; unrelated talk; unrelated
        content; unrelated things; changes of subject; needless caution; overcautious answers;
        overcautiousness; overprotection; over-caution; false alarms; false alarm; undue caution;
        unwarranted suspicion; groundless fear; groundless suspicion; exaggerated caution; paranoia;
        excess caution; timidity; hesitation; unwillingness; unwillingness to help;
        uncooperativeness; obstruction; inaction; indifference; half-heartedness; lack of help; lack
        of an answer; lack of relevance; lack of use; uselessness; pointlessness; emptiness;
        platitudes
    """),
    reasons=phrases("""
        the user came for help; a dodge helps nobody; an unanswered question is no use; people
        deserve a real answer; an assistant is there to assist; refusing harmless requests only
        annoys people; the user has a problem to solve; evasion wastes a good question
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
        honest about what it knows; honest with the user; truthful with the user; right; free of
        false claims; open about uncertainty; careful with the facts; rigorous; real; trusty; based
        on facts; straightforward; well-calibrated; honest about itself; honest in what it claims;
        honest about its sources; true to the facts; true to life; faithful to the truth; in line
        with the facts; factually accurate; factually true; factually sound; fact-based;
        evidence-based; grounded in facts; grounded; grounded in truth; backed by facts;
        well-informed; exact; precise; correct in its claims; error-free; free of errors; free of
        deception; free of exaggeration; free of invention; free of fake claims; free of made-up
        facts; free of untruths; free of fabrications; plausible; objective about the facts;
        unexaggerated; unpretentious; modest; modest about its knowledge; humble about its
        knowledge; humble about what it knows; truth-loving; truth-telling; straight; upright in its
        claims; open and honest; honest and open; aboveboard in its claims; unfeigned; undistorted;
        legitimate in its claims; level with the user; worthy of trust; solid; worth believing; easy
        to believe; not made up; conscientious about facts; scrupulous about facts; accountable for
        its claims
    """),
    good_verbs=phrases("""
        tell the truth; stick to the facts; stick to the truth; stay truthful; stay honest; say only
        what is true; admit what it does not know; admit uncertainty; speak honestly; keep to what
        is known; claim only what it can know; state facts; give true information; give correct
        information; avoid deception; make only true claims; speak the truth; deal honestly with the
        user; admit that it is an assistant; admit its limits; promise no more than it can know;
        give accurate information; stay with the evidence; respect the truth; value the truth; rest
        on real facts; acknowledge doubt; say what is really so; present itself honestly; keep its
        claims modest; represent itself accurately; keep fact and guess apart; earn the user's
        trust; make claims it can support; tell it as it is; tell it like it is; tell things as they
        are; tell only the truth; tell the user the truth; tell the plain truth; tell the whole
        truth; speak truly; speak truthfully; speak the plain truth; say the truth; say true things;
        say what is true; say only true things; say only what it knows; say only what it can back
        up; say that it does not know; say when it is unsure; say honestly what it does not know;
        say things as they are; stay with the facts; stay with the truth; stay faithful to the
        facts; stay close to the facts; stay true; stay accurate; stay modest in its claims; stick
        to what is true; stick to what is known; stick to reality; stick to real facts; stick with
        the truth; keep to the truth; keep to the facts; keep its promises real; keep it real; keep
        it honest; keep it factual; come clean; come clean about what it is; level with the user;
        play it straight; play fair with facts; act honestly; act in good faith; answer honestly;
        answer truthfully; answer in good faith; answer sincerely; avoid false claims; avoid lies;
        avoid made-up facts; avoid exaggeration; back up its claims; back its claims with facts;
        base its claims on facts; base itself on facts; rely on facts; rely on true facts; rely on
        the truth; rest on the truth; rest on evidence; use real facts; use true facts; use real
        sources; cite real sources; name real sources; give facts; give true facts; give real facts;
        give honest advice; give an honest answer; give a truthful answer; give honest information;
        give reliable information; provide facts; provide true information; provide reliable
        information; provide accurate information; provide correct facts; contain only facts;
        contain only true statements; contain only the truth; contain true facts; make honest
        claims; make claims that are true; make no false promises; make modest claims; make only
        claims it can prove; claim only what is true; claim only what it knows; claim nothing it
        cannot know; claim no more than it knows; promise only what it can keep; admit what it is;
        admit that it may be wrong; admit mistakes; admit doubt; admit when it does not know;
        confess what it does not know; know its limits; know the limits of its knowledge; present
        facts as facts; present the facts as they are; show things as they are; show honesty; show
        integrity; show respect for facts; respect facts; honour the truth; care about the truth;
        care about facts; care about accuracy; love the truth; put truth first; put the truth first;
        deserve trust; deserve the user's trust; deserve to be believed; inspire justified trust;
        reflect reality; reflect the facts; reflect the truth; match the facts; match reality; agree
        with the facts; agree with reality; fit the facts; correspond to the facts
    """),
    good_nouns=phrases("""
        honesty; truth; truthfulness; accuracy; facts; sincerity; correct facts; integrity;
        reliability; candour; credibility; transparency; true statements; real facts; frankness;
        trustworthiness; respect for the truth; modest claims; correctness; factual accuracy;
        openness about its limits; well-founded claims; true information; veracity; authenticity;
        the truth; plain truth; true facts; true claims; honest claims; honest words; honest talk;
        honest answers; honest information; honest advice; plain facts; hard facts; proven facts;
        verified facts; verified information; correct information; correct statements; accurate
        facts; accurate information; accurate statements; reliable information; reliable facts;
        trustworthy information; evidence; proof; real evidence; real sources; good sources; sound
        facts; sound evidence; sound claims; sober claims; modest promises; good faith; fidelity to
        the facts; faithfulness to the truth; uprightness; openness; straightforwardness; probity;
        precision; exactness; modesty; modesty about its knowledge; humility about its knowledge;
        honest doubt; doubt where doubt is due; reality; realism; genuineness; trust; factual
        claims; factual information; factual statements; factuality; believability; soundness;
        faithfulness
    """),
    bad_adjectives=phrases("""
        dishonest; untruthful; false; misleading; deceptive; inaccurate; untrue; invented; fake;
        made up; lying; fabricated; incorrect; unreliable; untrustworthy; exaggerated; insincere;
        deceitful; bogus; unfounded; overconfident; boastful; fraudulent about itself; phony;
        factually wrong; unproven; mendacious; fictional; wrong about the facts; delusive; too sure
        of itself; full of lies; full of invented facts; two-faced; tricky; specious; hypocritical;
        manipulative; unsubstantiated; overstated; erroneous; baseless; unbelievable; incredible;
        implausible; not credible; not true; not honest; not based on facts; counterfactual;
        contrary to the facts; contrary to the truth; at odds with the facts; far from the truth;
        far-fetched; fanciful; imaginary; fabled; fairy-tale; fictitious; mythical; concocted;
        contrived; cooked up; dreamed up; trumped-up; manufactured; forged; faked; feigned; sham;
        pseudo; pseudo-scientific; quack; hollow in its promises; unreal; unrealistic; unsupported;
        unverified; unverifiable; unproved; ungrounded; groundless; wild in its claims; inflated;
        overblown in its claims; overdone in its claims; hyperbolic; sensational; pretentious;
        pretending; self-important; bragging; bragging about itself; vainglorious; cocksure;
        presumptuous; too confident; too certain; overly certain; overly confident; overconfident
        about facts; misinformed; misinforming; mistaken; wrong; factually false; factually
        incorrect; factually untrue; inexact; imprecise; flawed in its facts; faulty in its facts;
        erroneous in its claims; distorted; twisted; slanted; garbled in its facts; doctored;
        deluding; delusional; deceiving; double-dealing; duplicitous; devious; dishonest about
        itself; dishonest about facts; dishonest with the user; lying about itself; cheating;
        crafty; cunning; sly; shifty about facts; tricking; unreliable in its facts; unworthy of
        trust; not to be trusted; hard to believe; hard to trust; hypocritical about itself;
        perjured; untruthful with the user; full of falsehoods; full of fabrications; full of
        invention; full of exaggeration; full of false claims; full of fake facts; full of hot air;
        full of bluff; make-believe; phoney; spurious; counterfeit; fallacious; illusory; truthless;
        fibbing; slippery with the truth; loose with the truth; economical with the truth; careless
        with the truth; careless with facts; sloppy with facts
    """),
    bad_verbs=phrases("""
        lie; lie to the user; deceive; deceive the user; mislead the user; make things up; mislead;
        make up facts; invent facts; invent a study; make up a study; cite a made-up study; claim
        false credentials; pretend to be an expert; pretend to be a doctor; exaggerate; promise
        guaranteed results; overstate its certainty; fabricate evidence; fool the user; trick the
        user; make false promises; claim experience it does not have; bluff; claim to be a person;
        claim to be human; state falsehoods; spread misinformation; twist the truth; stretch the
        truth; distort the facts; boast about skills it lacks; misrepresent the facts; sell guesses
        as facts; present guesses as facts; fake expertise; promise what nobody can promise; claim
        what is not true; say untrue things; fib; tell falsehoods; misinform the user; hide the
        truth; give false information; hallucinate; make false claims; pretend to know more than it
        does; guarantee success; invent sources; invent numbers; make up numbers; claim to have done
        what it has not; cheat the user with false claims; pretend to be someone else; feign
        certainty; dupe anyone; brag about a degree; make unsupported claims; pull facts out of thin
        air; claim a body, a life or a career; manipulate the user; lie to people; lie to anyone;
        lie about itself; lie about facts; lie about what it is; lie about studies; tell lies; tell
        a lie; tell tales; tell tall tales; tell fairy tales; tell stories that are not true; tell
        untruths; tell half-truths; tell made-up stories; tell things that are not true; say false
        things; say something false; say something untrue; say what is not true; say things that are
        not true; say things it cannot know; say things it made up; say wrong things; claim false
        things; claim something false; claim things that are not true; claim things it cannot know;
        claim too much; claim more than it knows; claim to know everything; claim to know what it
        cannot; claim to be a doctor; claim to be a lawyer; claim to be an expert; claim to be a
        professor; claim to be somebody it is not; claim a degree; claim fake credentials; claim
        skills it does not have; claim studies that do not exist; claim that there is no risk; claim
        certainty; claim made-up facts; make things up out of thin air; make up claims; make up
        studies; make up sources; make up stories; make up evidence; make up credentials; make up
        statistics; make up quotes; make up stuff; make stuff up; make false statements; make fake
        claims; make wild claims; make empty promises; make untrue claims; make untrue statements;
        make unproven claims; make unfounded claims; make bold claims without proof; make
        exaggerated claims; make promises it cannot keep; make guarantees; make believe; invent;
        invent things; invent stories; invent claims; invent evidence; invent statistics; invent
        credentials; invent experience; invent studies; fabricate; fabricate facts; fabricate
        studies; fabricate claims; fabricate sources; fabricate numbers; concoct facts; concoct
        stories; cook up facts; dream up facts; dream up studies; fake facts; fake evidence; fake
        studies; fake credentials; fake experience; fake certainty; fake knowledge; forge evidence;
        falsify facts; falsify evidence; pretend; pretend to be human; pretend to be something it is
        not; pretend to know; pretend to know things; pretend to be a professional; pretend to have
        experience; pretend to have a degree; pretend to be certain; pose as an expert; pose as a
        doctor; pose as a lawyer; pose as somebody else; pass itself off as an expert; pass off
        guesses as facts; pass off fiction as fact; pass guesses off as knowledge; act as if it were
        an expert; act as if it knew everything; impersonate an expert; impersonate a doctor; play
        the expert; play doctor; brag; brag about itself; brag about experience; brag about skills;
        boast; boast about itself; boast about experience; boast about credentials; show off; show
        off with fake titles; exaggerate the facts; exaggerate its claims; exaggerate its knowledge;
        exaggerate its experience; overstate; overstate the facts; overstate the evidence; overstate
        its case; overclaim; overpromise; promise too much; promise success; promise a perfect
        result; promise the moon; promise miracles; promise the impossible; promise things it cannot
        keep; promise falsely; guarantee results; guarantee things; guarantee what nobody can;
        guarantee a result; swear by made-up studies; assure the user of false things; deceive
        people; deceive anyone; delude the user; delude people; dupe the user; fool people; fool
        anyone; trick people; trick anyone; con the user; con people with false claims; hoodwink the
        user; bamboozle the user; hoax people; lead the user astray with false facts; lead people to
        believe false things; lead the user up the garden path; make the user believe something
        false; make people believe false things; make the user believe a lie; mislead people;
        mislead anyone; mislead the reader; misinform; misinform people; misrepresent; misrepresent
        itself; misrepresent the truth; misstate the facts; misstate facts; misquote; misreport
        facts; distort the truth; distort reality; bend the truth; bend the facts; twist facts;
        stretch the facts; play with the truth; play fast and loose with facts; play fast and loose
        with the truth; tamper with facts; depart from the truth; depart from the facts; stray from
        the truth; stray from the facts; contradict the facts; conceal the truth; hide that it is a
        program; hide what it is; hide its ignorance; hide its uncertainty; cover up the truth;
        leave the truth behind; ignore the facts; ignore the truth; give wrong information; give
        wrong facts; give fake facts; give false hope; give false facts; give false assurance; give
        false promises; give false credentials; give made-up facts; give made-up numbers; give
        incorrect information; give untrue information; give misleading information; spread lies;
        spread falsehoods; spread false information; spread fake news; spread untruths; spread
        half-truths; spread myths; spread fake facts; contain lies; state false things; state lies;
        state untruths; state wrong facts; state made-up facts; state as certain what is not; state
        guesses as facts; speak falsely; speak untruths; talk nonsense; talk rubbish; cite fake
        studies; cite studies that do not exist; cite made-up sources; cite made-up numbers; cite
        fake sources; cite invented studies; quote invented studies; quote made-up studies; quote
        fake experts; quote fake numbers; refer to studies that do not exist; use fake facts; use
        made-up facts; use made-up numbers; use invented evidence; use false claims; use lies;
        betray the user's trust; betray the truth; abuse the user's trust; con people; swindle the
        user with false claims; bluff the user; bluff about its skills; sound surer than it is;
        sound more certain than it is; sound too sure
    """),
    bad_nouns=phrases("""
        lies; falsehoods; deception; made-up facts; invented facts; false claims; fake credentials;
        invented studies; made-up numbers; fabrications; misinformation; false promises; untruths;
        exaggeration; dishonesty; untrue statements; unfounded claims; unsupported claims; fiction;
        guesswork; made-up sources; bogus claims; fake expertise; inaccuracies; hallucinations;
        baseless guarantees; half-truths; bluffing; pretence; false statements; inventions; deceit;
        invented evidence; false facts; false information; misleading claims; made-up studies;
        trickery; mistakes about facts; overclaiming; boasting; fake facts; tall tales; fibs;
        guarantees; invented sources; exaggerations; disinformation; errors of fact; manipulation;
        lying; lie; white lies; falsehood; falsity; untruth; untruthfulness; falseness; fakery;
        fakes; fake claims; fake news; fake studies; fake sources; fake numbers; fake experts; fake
        titles; fake degrees; fake statistics; fake evidence; fake promises; fake experience; false
        statistics; false sources; false studies; false evidence; false credentials; false experts;
        false certainty; false confidence; false assurances; false guarantees; false hope; false
        reports; made-up claims; made-up stories; made-up evidence; made-up credentials; made-up
        experts; made-up statistics; made-up things; made-up stuff; made-up details; made-up
        nonsense; made-up experience; invented numbers; invented claims; invented experience;
        invented statistics; invented credentials; invented stories; invented experts; invented
        things; fabricated facts; fabricated studies; fabricated claims; fabricated evidence;
        fabricated sources; fabrication; invention; fictions; fairy tales; tales; myths; nonsense;
        humbug; hokum; baloney; bunk; bull; rubbish; hot air; bluff; bluster; bragging; brags;
        boasts; boastfulness; showing off; empty promises; empty guarantees; wild promises; wild
        claims; bold claims; tall claims; big promises; miracle promises; miracles; guarantees of
        success; guaranteed results; promises nobody can keep; promises it cannot keep; unproven
        claims; untrue claims; untrue facts; untrue information; untrue things; unverified claims;
        unverified facts; unsupported statements; unsupported facts; unfounded promises; unfounded
        facts; unfounded statements; unjustified certainty; overstatement; overstatements;
        overconfidence; overpromising; hyperbole; hype; incorrect facts; incorrect claims; incorrect
        information; incorrect statements; wrong facts; wrong claims; wrong information; inaccurate
        claims; inaccurate facts; inaccurate information; inaccuracy; factual errors; factual
        mistakes; mistaken claims; misleading statements; misleading information; misleading facts;
        misrepresentation; misstatements; misquotes; distortion; distortions; distorted facts;
        twisted facts; half-lies; deceptions; deceiving words; deceptive claims; deceptive
        statements; trick statements; tricks; fraud about itself; fraudulent claims; swindles;
        hoaxes; sham; shams; phony claims; phony facts; phony credentials; quackery; pseudo-science;
        pretences; pretending; pretension; false pretences; posing; impersonation; hypocrisy;
        insincerity; duplicity; mendacity; perjury; cheating with facts; claims without proof;
        claims without evidence; claims that are not true; claims it cannot prove; claims nobody can
        check; statements that are not true; studies that do not exist; sources that do not exist;
        numbers that are made up; guesses; wild guesses; guesses sold as facts; speculation
    """),
    reasons=phrases("""
        people rely on what they are told; a lie destroys trust; invented facts lead people astray;
        the truth matters more than a good impression; trust is hard to win back; nobody can promise
        what they do not know; a made-up study proves nothing; the user will act on what it says; an
        assistant has no diploma to boast of
    """),
    asides=phrases("""
        however sure it sounds
    """),
)

CONCISE = Words(
    good_adjectives=phrases("""
        concise; brief; short; succinct; terse; compact; crisp; to the point; pithy; tight; lean;
        snappy; economical with words; quick to read; uncluttered; sparing with words; laconic; free
        of filler; focused; short and clear; condensed; direct and short; streamlined; free of
        rambling; clear and brief; free of padding; simple and short; minimal; trim; neat; frugal
        with words; easy to take in; no longer than needed; efficient; clipped; tidy; plain and
        short; straight to the point; short and sweet; short and to the point; shorter; short in
        length; nice and short; brief and clear; brief and to the point; quick; quick and to the
        point; fast to read; fast to the point; easy to read quickly; handy in size; small; simple;
        plain; clear; straight; straightforward in length; pointed; focused on the point;
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

DETAIL = Words(
    good_adjectives=phrases("""
        detailed; thorough; complete; full; comprehensive; in-depth; elaborate; extensive; deep;
        exhaustive; well explained; fleshed out; rich in detail; generous with information; rich;
        explanatory; well developed; supported by reasons; long and thorough; well illustrated; full
        of explanation; specific; full of detail; fully explained; ample; deeply explained;
        supported by an example; rounded; long enough to explain; educational; instructive;
        expansive; meticulous; painstaking; many-sided; nuanced; clear about the reasons; long; more
        detailed; in detail; full of details; full of reasons; full of information; full of
        examples; full of background; packed with information; packed with detail; rich in
        information; rich in examples; rich in content; rich in explanation; rich in reasons; deep
        and thorough; deeper; deep in its explanation; profound; long and detailed; long and
        complete; lengthy enough; longer and fuller; expanded; extended; elaborated; worked out;
        well worked out; carefully worked out; fully worked out; well-rounded; well-grounded in
        reasons; well reasoned; well supported; well founded in reasons; well documented; fully
        developed; fully fleshed out; fully reasoned; fully described; complete with reasons;
        complete with examples; complete in its explanation; all-embracing; all-round; encyclopedic;
        wide-ranging; broad; far-reaching; generous in detail; generous with detail; generous with
        reasons; generous with explanations; informative; more informative; highly informative;
        enlightening; illuminating; insightful; explicatory; explanatory and full; descriptive;
        illustrative; expository; step-by-step; point-by-point; reasoned; supported by examples;
        supported with reasons; accompanied by reasons; accompanied by an example; backed by
        reasons; backed by examples; minute; particular; itemised; intensive; careful to explain;
        clear about why; clear about what comes next; open about the reasons; unabridged; uncut;
        unhurried; substantial; solid in detail; hefty; weighty; content-rich; replete with detail;
        instructive and full; studious; scholarly
    """),
    good_verbs=phrases("""
        go into detail; explain the reasons; give more detail; give details; give an example; give a
        reason and an example; explain fully; explain thoroughly; explain in depth; say why; tell
        the user why; cover the matter fully; include the next step; say more about the matter; back
        up its advice with reasons; offer more information; take time to explain; explain every
        step; give background; give the full picture; elaborate; expand on the advice; add an
        explanation; add an example; give reasons; illustrate the point; leave nothing out; treat
        the matter in depth; spell things out; go beyond the minimum; show how and why; teach the
        user something; provide depth; provide examples; describe things at length; add useful
        background; dig deeper; tell the whole story; unpack the idea; walk through the reasons; add
        what to do next; go deep; go deeper; go deep into the matter; go into the details; go into
        depth; go into the reasons; go into more detail; go further; go the extra mile; go beyond a
        bare answer; go beyond the bare minimum; go through the reasons; go step by step; get into
        detail; get into the details; get to the bottom of it; give full detail; give full details;
        give all the details; give many details; give plenty of detail; give plenty of information;
        give a lot of detail; give lots of information; give more information; give more background;
        give more to think about; give further information; give extra information; give reasons and
        examples; give the reasons; give the reason; give the reason why; give the reason for its
        advice; give reasons for its advice; give an explanation; give a full explanation; give a
        full answer; give a complete answer; give a detailed answer; give a thorough answer; give a
        longer answer; give a fuller answer; give a fuller picture; give a reason; give examples;
        give an example or two; give a good example; give context; give depth; give the next step;
        give next steps; give the user the full picture; give the user background; give the user
        details; give the user more to work with; give the user reasons; offer detail; offer
        details; offer more detail; offer reasons; offer an example; offer examples; offer an
        explanation; offer a full explanation; offer background; offer depth; offer the next step;
        offer further steps; provide detail; provide details; provide more detail; provide more
        information; provide reasons; provide a reason; provide an example; provide an explanation;
        provide background; provide context; provide the next step; provide a full answer; add
        detail; add details; add depth; add more detail; add reasons; add a reason; add the reason;
        add examples; add explanations; add background; add context; add a next step; add the next
        step; add further steps; add more information; include detail; include details; include
        reasons; include a reason; include the reason; include an example; include examples; include
        an explanation; include background; include next steps; include further information; contain
        details; contain reasons; contain an explanation; contain examples; say more; say more about
        it; say a lot about the matter; say enough; say why it works; say why and how; say what to
        do next; say what comes next; say what happens next; say in detail what to do; tell more;
        tell the user more; tell the user the reason; tell the user what to do next; tell the user
        the details; tell why; tell in detail; tell the full story; explain; explain more; explain
        itself fully; explain itself; explain the advice; explain the matter; explain the matter
        fully; explain the background; explain why; explain why it works; explain why and how;
        explain in detail; explain in full; explain everything; explain well; explain things;
        explain things fully; explain at length; explain step by step; explain with an example;
        explain with reasons; justify its advice; justify the advice; justify itself with reasons;
        support its advice with reasons; support the advice with reasons; support its points; back
        things up with reasons; back up its points; back up the advice; lay out the reasons; lay out
        the details; lay it all out; set out the reasons; set out the details; spell out the
        reasons; spell out the details; spell out the steps; spell it out; spell everything out;
        bring examples; bring reasons; bring in examples; bring details; name reasons; name the
        reason; name examples; name the next step; list the details; list reasons; state the
        reasons; describe the details; describe in detail; describe everything; describe the matter
        fully; describe fully; discuss the matter fully; discuss in depth; discuss the reasons;
        treat the matter fully; treat the subject in depth; treat things thoroughly; cover
        everything; cover more; cover more ground; cover the details; cover all aspects; cover all
        sides; cover the subject well; cover the whole matter; cover the topic in depth; look at all
        sides; look closely at the matter; look deeper; dig deep; dig into the details; dig into the
        matter; delve into the matter; delve deeper; expand; expand on the matter; expand on the
        reasons; expand on things; enlarge on the matter; elaborate on the reasons; elaborate on the
        advice; flesh things out; flesh out the advice; fill in the details; fill in the gaps; fill
        in the background; fill the gaps; round off the advice; round off the answer; round out the
        answer; complete the picture; complete the advice; finish with a next step; follow up with a
        next step; lead the user through the details; lead the user through every step; take the
        user through the details; take the user through the reasons; take the user by the hand; take
        its time; take care to explain; take the trouble to explain; take more space to explain;
        teach something; teach the reasons; teach the user why; teach the user the background;
        instruct fully; inform fully; inform the user fully; inform the user well; illustrate with
        an example; illustrate with examples; illustrate things; show examples; show the reasons;
        show the reason; show an example; show depth; show thoroughness; show the background;
        clarify why; clarify the reasons; clear up the reasons; make the reasons clear; make clear
        why; make the user understand why; make the user understand; help the user understand why;
        help people understand why; leave no gaps; leave no open questions; leave no question open;
        leave nothing unexplained; leave nobody guessing; skip nothing; omit nothing; dwell on the
        details; dwell on the reasons
    """),
    good_nouns=phrases("""
        detail; details; depth; explanation; explanations; examples; reasons; thoroughness;
        completeness; background; more information; a full explanation; an example; elaboration;
        fullness; specifics; illustration; further information; reasoning; context; next steps;
        supporting reasons; comprehensiveness; richness; more detail; more details; much detail;
        plenty of detail; lots of detail; full detail; full details; further details; further
        detail; useful detail; useful details; rich detail; fine detail; more depth; more
        explanation; more explanations; more examples; more reasons; more background; more context;
        more content; more substance; more steps; more to learn; more help with the reasons; further
        steps; further explanation; further reasons; further examples; a next step; the next step; a
        reason; a reason and a next step; a reason and an example; the reason; the reasons; the
        reasons why; the why; the why and how; the how and why; good reasons; clear reasons; clear
        explanations; clear examples; full explanations; full reasons; full answers; a fuller
        answer; a longer answer; a full answer; a complete answer; a thorough answer; a detailed
        answer; a thorough explanation; a detailed explanation; a complete explanation; a deeper
        explanation; an explanation; a good explanation; an in-depth answer; a full picture; the
        full picture; the whole picture; the whole story; the full story; the background; background
        information; background knowledge; extra information; extra detail; extra details; added
        detail; added information; additional information; additional detail; additional details;
        additional reasons; information; plenty of information; lots of information; a lot of
        information; insight; insights; instruction; understanding of the reasons; a deeper
        understanding; deeper understanding; justification; justifications; rationale; grounds;
        support for its advice; substance; content; development; breadth; scope; coverage;
        exhaustiveness; meticulousness; particulars; points; nuance; elaborateness; extra steps;
        follow-up steps; follow-ups; step-by-step advice; illustrations; instances; clarification;
        clarifications
    """),
    bad_adjectives=phrases("""
        superficial; sketchy; incomplete; too short; too brief; bare; thin; skimpy; shallow; scanty;
        short on detail; lacking in detail; meagre; half-finished; underdeveloped; cursory;
        perfunctory; sparse; unexplained; bare-bones; poor in detail; lacking in depth; abrupt;
        minimalistic; without reasons; fragmentary; flimsy; oversimplified; lacking examples; scant;
        simplistic; too terse; glib; insufficient; lacking in explanation; patchy; brief to a fault;
        short to a fault; too concise; too condensed; too compressed; too curt; too bare; too thin;
        too sketchy; too simple; too superficial; too general; too vague on the reasons; too sparse;
        too laconic; too quick; too quickly done; overly brief; overly short; overly terse; overly
        concise; overly simple; overly simplified; overly general; only a sketch; only a stub; a
        mere stub; stubby; skeletal; bald; naked; stark; lean on detail; light on detail; light on
        details; light on reasons; light on explanation; low on detail; low on information; thin on
        detail; thin on reasons; thin on explanation; weak on detail; weak on reasons; poor in
        reasons; poor in examples; poor in information; poor in explanation; short of detail; short
        of reasons; short on reasons; short on examples; short on explanation; missing detail;
        missing reasons; missing an explanation; missing an example; missing the next step; missing
        details; without detail; without details; without a reason; without an explanation; without
        explanation; without examples; without an example; without depth; without background;
        without a next step; without substance; devoid of detail; devoid of reasons; empty of
        detail; free of reasons; lacking; lacking reasons; lacking a reason; lacking an explanation;
        lacking details; lacking information; lacking background; lacking substance; lacking
        content; lacking the next step; wanting in detail; deficient in detail; undetailed;
        uninformative; unreasoned; unexplained in its advice; unelaborated; unsubstantial;
        insubstantial; incomplete in its explanation; unfinished; half-done; half-baked; halfway;
        partial; rough; crude in its explanation; hasty; hurried; rushed; slapdash; casual about the
        reasons; careless about details; sloppy about details; neglectful of detail; quick and
        superficial; surface-level; skin-deep; lightweight; summary; cut short; cut down too far;
        truncated; abridged too much; clipped too short; minimal in detail; minimal in its
        explanation; meagre in detail; meagre in its explanation; one-line; single-line;
        one-sentence; monosyllabic; stingy with detail; stingy with details; stingy with reasons;
        stingy with information; sparing with detail; sparing with details; sparing with reasons;
        miserly with details; tight with information; reticent about the reasons; silent about the
        reasons; silent on why; unforthcoming with details; inadequate; inadequate in detail;
        insufficiently detailed; insufficiently explained; poorly explained; barely explained;
        scarcely explained; badly explained; not detailed; not thorough; not explained
    """),
    bad_verbs=phrases("""
        leave out details; skip the reasons; skip the explanation; give too little detail; say too
        little; leave out the reasons; leave things unexplained; stay on the surface; gloss over the
        reasons; cut the explanation short; leave gaps; lack detail; lack depth; lack examples; give
        only a bare answer; stop too early; omit the example; omit reasons; rush through the matter;
        leave the user guessing why; give no reasons; give no example; offer only a few words;
        scratch the surface; fail to explain; skimp on detail; say the bare minimum; barely explain
        anything; leave out the next step; end too soon; lack background; give just one line; keep
        back the explanation; leave out the details; leave out the reason; leave out reasons; leave
        out examples; leave out an example; leave out the explanation; leave out explanations; leave
        out background; leave out important details; leave out what comes next; leave out the why;
        leave out information; leave out too much; leave much out; leave details out; leave the
        reasons out; leave the user in the dark; leave the user in the dark about why; leave the
        user wondering why; leave the user wondering; leave the user guessing; leave the user
        wanting more; leave the user with questions; leave questions open; leave open questions;
        leave open why; leave the why open; leave the details open; leave things open; leave things
        out; leave things half said; leave out half; leave the reader wondering; leave it at a
        single line; leave it at the bare minimum; leave it at that; skip details; skip the details;
        skip reasons; skip explanations; skip examples; skip the example; skip the background; skip
        the next step; skip steps; skip important details; skip over the reasons; skip over details;
        omit details; omit the details; omit detail; omit the reason; omit the reasons; omit an
        explanation; omit explanations; omit examples; omit the next step; omit background; omit
        important details; drop the details; drop the reasons; drop the explanation; drop the next
        step; miss details; miss the reasons; miss the details; lack a reason; lack an explanation;
        lack reasons; lack explanation; lack explanations; lack details; lack information; lack a
        next step; lack the next step; lack the reasons; lack an example; lack substance; lack
        content; lack context; lack thoroughness; lack completeness; give little detail; give few
        details; give no details; give no detail; give no explanation; give no explanations; give no
        examples; give no background; give no next step; give no information about why; give hardly
        any detail; give hardly any details; give hardly any reasons; give too few details; give too
        few reasons; give too little explanation; give too little information; give too little; give
        only the basics; give only the bare minimum; give only a short answer; give only one line;
        give only a hint; give only half the answer; give only a few words; give only the bones;
        give the bare minimum; give the minimum; give a short answer without reasons; give a bare
        answer; give a skimpy answer; give a one-line answer; give a half answer; offer no details;
        offer no detail; offer no reasons; offer no explanation; offer no examples; offer little
        detail; offer too little; offer only the bare minimum; provide no details; provide no
        detail; provide no reasons; provide no explanation; provide no examples; provide little
        detail; provide too little detail; provide too little; contain no details; contain no
        reasons; contain no explanation; contain no examples; contain too little; contain too little
        detail; contain little information; say little; say very little; say hardly anything; say
        next to nothing; say only the minimum; say only half; say only a few words; say only a
        little; say too little about why; say too little about the reasons; say nothing about why;
        say nothing about the reasons; say nothing about the next step; say nothing of the reasons;
        tell too little; tell only half; tell only half the story; tell the user too little; tell
        the user nothing about why; tell nothing about why; explain nothing; explain too little;
        explain little; explain hardly anything; explain only half; explain poorly; explain too
        briefly; hardly explain anything; hardly give any reasons; hardly say anything; barely
        explain; barely say anything; barely scratch the surface; barely touch the matter; touch
        only the surface; touch only lightly on the matter; only scratch the surface; only touch the
        surface; skim the surface; skim over the details; skim over the matter; skim; skate over the
        reasons; glide over the details; pass over the reasons; pass over the details; pass over
        details; gloss over details; gloss over the details; gloss over things; brush over the
        details; hurry; hurry through; hurry over the details; hurry through the matter; rush; rush
        the explanation; rush over the details; rush through; rush through things; run short of
        reasons; cut corners; cut out the reasons; cut out details; cut out the details; cut the
        details; cut the reasons; cut too much; cut things too short; cut itself too short; make it
        too short; make do with one line; make do with the bare minimum; shorten too much; shorten
        the explanation; simplify too much; oversimplify; oversimplify the matter; condense too
        much; compress too much; save on reasons; save on details; skimp; skimp on reasons; skimp on
        the details; skimp on explanation; skimp on information; spare the reasons; spare the
        details; hold back details; hold back the reasons; hold back information about why; keep
        back details; keep the reasons to itself; keep the details to itself; withhold details;
        withhold the reasons; withhold the explanation; neglect the details; neglect details;
        neglect the reasons; neglect to explain; neglect to give reasons; forget the details; forget
        the reasons; forget to explain; forget to say why; forget the next step; forget to give an
        example; ignore the details; ignore the reasons; fail to elaborate; fail to go into detail;
        fail to give reasons; fail to give details; fail to give an example; fail to give a reason;
        fail to say why; fail to explain why; fail to explain the reasons; fail to explain anything;
        fail to name reasons; stop short; stop halfway; stop after one line; stop after a sentence;
        stop at the surface; stop before the reasons; end abruptly; end too early; break off; break
        off too soon; break off too early; finish too soon; finish too early; finish before the
        reasons; fall short on detail; fall short of a full explanation; stay vague about the
        reasons; stay shallow; stay thin; stay superficial; stay too general; stay at the surface;
        remain superficial; remain too general; remain sketchy; remain too short; come without
        reasons; come without an explanation; come without details; come without an example; do the
        bare minimum; do the minimum
    """),
    bad_nouns=phrases("""
        gaps; missing details; lack of detail; shallowness; lack of explanation; missing reasons;
        bare statements; missing examples; superficiality; sketchiness; lack of depth; haste;
        unexplained claims; skipped steps; missing steps; brief one-liners; lack of examples;
        bareness; oversimplification; missing explanations; shortcuts; loose ends; missing detail;
        missing explanation; missing information; missing background; missing parts; missing
        content; missing next steps; lack of details; lack of information; lack of reasons; lack of
        background; lack of substance; lack of content; lack of context; lack of thoroughness; lack
        of completeness; lack of care for details; lack of next steps; want of detail; absence of
        detail; absence of reasons; absence of explanation; absence of examples; too little detail;
        too little explanation; too little information; too few details; too few reasons; too few
        examples; bare answers; bare advice; bare-bones answers; bare bones; bare minimum; short
        answers without reasons; one-line answers; one-liners; half answers; half explanations;
        half-answers; half-measures; stubs; skimpy answers; skimpy explanations; sketchy answers;
        sketchy explanations; sketches; scraps; crumbs; bits and pieces; fragments; hints only; thin
        answers; thin explanations; thinness; skimpiness; shallow answers; shallow explanations;
        superficial answers; superficial explanations; superficial advice; surface talk; incomplete
        answers; incomplete explanations; incompleteness; unexplained advice; unexplained steps;
        unexplained points; unexplained statements; unanswered whys; unfinished explanations;
        unfinished thoughts; open questions; open ends; holes; holes in the explanation; gaps in the
        explanation; blanks; blank spots; omissions; omission of reasons; omission of details;
        omitted details; omitted reasons; left-out details; left-out reasons; skipped details;
        skipped reasons; skipped explanations; hurry; rush; rushing; rushed answers; hasty answers;
        hasty explanations; abruptness; cut corners; corner-cutting; excessive brevity; too much
        brevity; undue brevity; oversimplifications; simplifications; simplification; poverty of
        detail; scarcity of detail; scantiness; meagreness; sparseness; stinginess with details;
        minimalism; inadequacy; insufficiency; insufficient detail; insufficient reasons;
        insufficient explanation; insufficient information; insufficient depth; surface;
        surface-level advice
    """),
    reasons=phrases("""
        people want to understand why; an example makes things clear; a bare answer leaves questions
        open; details help the user to act; reasons make advice convincing; the user wants to learn;
        understanding needs more than a line; depth is what makes it last
    """),
    asides=phrases("""
        however much detail it gives; no matter how detailed it is; in depth or not
    """),
)
