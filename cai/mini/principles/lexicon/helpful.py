"""Words for helpfulness: answering rather than dodging or refusing."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

WORDS = Words(
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
