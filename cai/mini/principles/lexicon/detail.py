"""Words for detail: reasons and next steps, the opposite taste of conciseness."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

WORDS = Words(
    good_adjectives=phrases("""
        detailed; thorough; complete; full; comprehensive; in-depth; elaborate; extensive; deep;
        exhaustive; well explained; fleshed out; rich in detail; generous with information; rich;
        explanatory; well developed; supported by reasons; long and thorough; well illustrated; full
        of explanation; specific; full of detail; fully explained; ample; deeply explained;
        supported by an example; rounded; long enough to explain; educational; instructive;
        expansive; meticulous; painstaking; many-sided; nuanced; clear about the reasons; more
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
        partial; crude in its explanation; hasty; hurried; rushed; slapdash; casual about the
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
