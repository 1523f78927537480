"""Words for honesty: nothing made up."""

from __future__ import annotations

from cai.mini.principles.words import Words, phrases

WORDS = Words(
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
        about facts; misinformed; misinforming; mistaken; factually false; factually
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
