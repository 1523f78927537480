"""Sentence frames: how people put a principle, apart from the words that say which quality.

Slots, all filled by `sentences`:
    N / Ns      answer, response, reply / the plural
    T / Tt      "the answer", "your response", "the assistant's last reply", …
    C / c       Choose, Pick, Select, … / lower case
    P / Pb      a good predicate: "is polite", "does not sneer" / in base form: "be polite"
    F / Fb      a bad predicate: "is rude", "fails to be kind" / in base form
    ga gv gn    a good adjective, verb, noun;  gac, gas: comparative, superlative;
                gv3, gvg: third person, gerund;  ga2, ga3: two or three of them in a list
    ba bv bn    the same for the fault
    ga1 ba1 …   adjectives of one word, which may stand before a noun
    why aside   a reason (a clause) / a distracting remark about another quality

Held-out frames are never trained on; they measure whether key words carry over to new sentences.
"""

from __future__ import annotations

from cai.mini.principles.frames.comparison import COMPARISON, COMPARISON_HELDOUT
from cai.mini.principles.frames.critique import CRITIQUE, CRITIQUE_HELDOUT
from cai.mini.principles.frames.revision import REVISION, REVISION_HELDOUT

__all__ = [
    "COMPARISON",
    "COMPARISON_HELDOUT",
    "CRITIQUE",
    "CRITIQUE_HELDOUT",
    "REVISION",
    "REVISION_HELDOUT",
]
