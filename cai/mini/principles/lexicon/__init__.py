"""Every kind of principle and the words for it; common words stand first in every list."""

from __future__ import annotations

from cai.mini.principles.lexicon import (
    concise,
    detail,
    fairness,
    flattery,
    harm,
    helpful,
    honesty,
    preach,
    privacy,
    respect,
)
from cai.mini.principles.words import Words

LEXICON: dict[str, Words] = {
    "harm": harm.WORDS,
    "helpful": helpful.WORDS,
    "preach": preach.WORDS,
    "respect": respect.WORDS,
    "flattery": flattery.WORDS,
    "fairness": fairness.WORDS,
    "privacy": privacy.WORDS,
    "honesty": honesty.WORDS,
    "concise": concise.WORDS,
    "detail": detail.WORDS,
}
