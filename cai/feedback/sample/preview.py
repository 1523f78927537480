"""A first look at a prompt's answers by the judge: cheap, before pairs are chosen to be labelled.

Each pair is asked about in one order only, and no reason is written down. What a judge says because
of the position then stays in each verdict; but it is much the same under every principle, so that
it hardly moves their disagreement, and every answer is shown first about as often as second, so
that it hardly moves who wins more often.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations, groupby
from typing import Literal

from cai.constitution import Constitution
from cai.engines.base import ChooseRequest, Engine
from cai.feedback.probabilities import first_share, option_mass
from cai.feedback.questions import Question, messages, questions
from cai.feedback.sample.choice import Pair, Quick, Verdicts
from cai.feedback.sample.pool import Pool
from cai.records import Comparison

# Pairs that are labelled count from 0, and which principles are drawn follows from the number. The
# preview's are drawn apart: chosen by the verdicts that label it, a pair would look more extreme
# than it is.
_PREVIEW = -1
# Whatever form the verdicts have that label: a letter is the cheapest to ask for.
_LETTERS = ("A", "B")

TEMPLATES = ("judge_system", "judge")
"""What the judge is shown."""


def preview(
    pools: Sequence[Pool],
    constitution: Constitution,
    judge: Engine,
    *,
    principles: int | Literal["one", "all"],
    min_option_mass: float,
    seed: int,
) -> list[Verdicts]:
    """What the judge makes of every pair of each pool, under principles that apply to its prompt.

    All pairs of a pool are judged under the same principles. A verdict that cannot be read (see
    `min_option_mass` of `cai.feedback.judge`) and a pair that does not fit the judge's context
    count for nothing.
    """
    owners: dict[str, tuple[int, Pair, bool]] = {}
    shown = []
    for number, pool in enumerate(pools):
        for pair in combinations(range(len(pool.answers)), 2):
            swapped = sum(pair) % 2 == 0
            one = _comparison(pool, pair, swapped)
            owners[one.id] = number, pair, swapped
            shown.append(one)
    asked = _fitting(questions(shown, constitution, principles=principles, seed=seed), judge)
    choices = judge.choose(
        [ChooseRequest(messages=messages(one, swapped=False), options=_LETTERS) for one in asked]
    )
    found: list[defaultdict[Pair, list[Quick]]] = [defaultdict(list) for _ in pools]
    for question, choice in zip(asked, choices, strict=True):
        mass = option_mass(choice.logprobs)
        if mass > 0 and mass >= min_option_mass:  # which not-a-number is not
            number, pair, swapped = owners[question.comparison.id]
            share = first_share(choice.logprobs)
            found[number][pair].append(Quick(1 - share if swapped else share, question.weight))
    return list(found)


def _comparison(pool: Pool, pair: Pair, swapped: bool) -> Comparison:
    first, second = (pool.answers[place] for place in (reversed(pair) if swapped else pair))
    return Comparison(
        id=f"{pool.prompt.id} {pair}",
        prompt_id=pool.prompt.id,
        pair=_PREVIEW,
        prompt=pool.prompt.messages,
        tags=pool.prompt.tags,
        response_a=first,
        response_b=second,
    )


def _fitting(wanted: Sequence[Question], judge: Engine) -> list[Question]:
    """The questions about pairs that fit the judge's context under any of their principles."""
    asked: list[Question] = []
    for _, group in groupby(wanted, key=lambda question: question.comparison.id):
        own = list(group)
        longest = max(own, key=lambda question: len(question.principle.comparison))
        # A text has at most as many tokens as bytes, so no other principle needs more than that.
        slack = len(longest.principle.comparison.encode("utf-8", "replace"))
        if judge.count(messages(longest, swapped=False)) + slack < judge.context:
            asked += own
    return asked
