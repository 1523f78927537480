"""Every kind of principle and the words for it."""

from __future__ import annotations

from cai.mini.principles.lexicon_manner import FLATTERY, PREACH, RESPECT
from cai.mini.principles.lexicon_safety import FAIRNESS, HARM, PRIVACY
from cai.mini.principles.lexicon_substance import CONCISE, DETAIL, HELPFUL, HONESTY
from cai.mini.principles.words import Words

LEXICON: dict[str, Words] = {
    "harm": HARM,
    "helpful": HELPFUL,
    "preach": PREACH,
    "respect": RESPECT,
    "flattery": FLATTERY,
    "fairness": FAIRNESS,
    "privacy": PRIVACY,
    "honesty": HONESTY,
    "concise": CONCISE,
    "detail": DETAIL,
}
