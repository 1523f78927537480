"""The judge as a score of single answers: how likely each is better than a rival model's answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cai.constitution import Constitution
from cai.engines.base import Engine, GenerateRequest
from cai.feedback.judge import verdicts
from cai.feedback.merge import pooled, unbeaten
from cai.feedback.questions import questions, weights_of
from cai.feedback.settings import LabelSettings
from cai.records import Comparison, Message, Prompt, Said, content_id

_EVEN = 0.5


class Versus:
    """A win rate, answer by answer, under the constitution and by the label stage's settings.

    The rival answers each prompt once, with what it would likeliest say, so that a score depends on
    the conversation alone. All calls go through the engines' store, if they have one.

    Args:
        judge: who compares.
        rival: whose answers to compare with, such as the SFT model.
        prompts: those that conversations may begin with; their tags say which principles apply.
    """

    def __init__(
        self,
        *,
        judge: Engine,
        rival: Engine,
        constitution: Constitution,
        settings: LabelSettings,
        prompts: Iterable[Prompt],
    ) -> None:
        self._judge = judge
        self._rival = rival
        self._constitution = constitution
        self._settings = settings
        self._prompts = {_key(prompt.messages): prompt for prompt in prompts}

    def __call__(self, conversations: Sequence[Sequence[Message]]) -> list[float]:
        """The probability that each conversation's last answer is better than the rival's.

        0.5 where both are the same text, or where no verdict says anything.
        """
        prompts = [self._prompts[_key(each[:-1])] for each in conversations]
        rivals = self._rival.generate([self._request(prompt) for prompt in prompts])
        pairs = [
            _comparison(prompt, each[-1]["content"], rival.text)
            for prompt, each, rival in zip(prompts, conversations, rivals, strict=True)
        ]
        different = [one for one in pairs if one.response_a.text != one.response_b.text]
        asked = questions(
            different, self._constitution, principles=self._settings.principles,
            seed=self._settings.seed, book=self._settings.shots(self._constitution),
        )  # fmt: skip
        labels = verdicts(asked, self._judge, self._settings.judging)
        weights = weights_of(asked)
        overrides = {one.id: one.overrides for one in self._constitution.principles}
        found = {}
        for one in different:
            own = [label for label in labels if label.comparison_id == one.id]
            pooling = self._settings.merging.pooling
            found[one.id] = pooled(unbeaten(own, overrides), weights.get(one.id, {}), pooling)
        scores = [found.get(one.id) for one in pairs]
        return [_EVEN if score is None else score for score in scores]

    def _request(self, prompt: Prompt) -> GenerateRequest:
        longest = self._settings.max_new_tokens
        return GenerateRequest(
            messages=prompt.messages, max_new_tokens=longest, temperature=0.0, seed=0
        )


def _comparison(prompt: Prompt, answer: str, rival: str) -> Comparison:
    return Comparison(
        id=content_id(prompt.id, answer, rival),
        prompt_id=prompt.id,
        prompt=prompt.messages,
        tags=prompt.tags,
        response_a=Said(text=answer, call=""),
        response_b=Said(text=rival, call=""),
    )


def _key(messages: Sequence[Message]) -> tuple[tuple[str, str], ...]:
    return tuple((message["role"], message["content"]) for message in messages)
