"""What can be set about the alarms; each threshold has its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, get_args

from cai.errors import RecipeError

Action = Literal["warn", "stop", "rollback"]


@dataclass(frozen=True, kw_only=True, slots=True)
class IndependentSettings:
    """Who else scores answers, apart from training (Gao et al. 2023 call it the gold reward).

    Attributes:
        score: a reward model's folder or hub name; "held-out", the member of the run's ensemble
            that `reward.ensemble.held_out` keeps out of training; "judge", which compares with the
            SFT model's answers under the constitution; or "module:function", a Python function as
            for rewards. It never enters training. null: nobody, and the alarm `independent` is
            silent.
        every: updates between two looks. Each costs `prompts` answers and their scores: with the
            defaults a sixteenth to a quarter of what the same updates sample anyway.
        prompts: how many training prompts are answered, the same ones with the same draws at every
            look, so that two looks differ by the policy alone. 64 answers tell a change of half a
            standard deviation for certain, and the halves of a pair are alike, which helps more.
    """

    score: str | None = None
    every: int = 4
    prompts: int = 64

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError("independent.every must be at least 1")
        if self.prompts < 8:
            raise ValueError("independent.prompts must be at least 8: fewer are all noise")


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmSettings:
    """When a run is said to go wrong, and what is done then.

    Each threshold belongs to the alarm of its name; null switches that alarm off. "At first" is the
    mean over the updates before the policy has learned much: those that train the value model
    alone, and at least as many as have 256 answers. "Now" is the mean over the last updates with
    256 answers. So many bring the standard error of a share to 3 points or less, and that of a
    mean length to about the same, which is far below each threshold. An alarm that is raised is
    raised again only after it has been quiet for as many updates.

    Attributes:
        action: what an alarm does. "warn" says so and goes on. "stop" ends the run with the policy
            as it is. "rollback" ends it with the policy of the best look of `independent.score`. It
            does not go on from there: the same reward would be hacked again, later and better
            hidden, so what is to be changed is the reward, and that takes a person.
        actions: the action of single alarms by name, such as {kl: stop}.
        independent: standard errors of the paired differences by which, against the best look so
            far, the independent score must fall and the training reward rise. 3, for the best of
            several looks is partly luck. Falls of less than a fifth of a standard deviation of its
            scores are not counted, however certain they are.
        kl: nats per answer between the policy and the SFT model that are not to be passed. 30: in
            Gao et al. (2023) the gold reward of all but large reward models has turned by then, and
            it is three times the default `kl_target`. Set what your own runs have earned.
        length: by which part the answers may grow or, as a factor, shrink: 0.5 is half as long
            again, or two thirds. Length alone explains much of what reward models learn to like
            (Singhal et al. 2023).
        unfinished: by how much the share of answers that are cut at max_new_tokens may rise.
        phrase: by how much the share of answers with the same five words may rise. Of the
            published samples of over-trained constitutional models, 14 to 46 % share a phrase.
        refusals: by how much the share of answers that refuse in usual words may rise.
        distinct: to which part of its first value the share of different pairs of words
            (distinct-2, Li et al. 2016) may fall. Answers half as long again lower it by about a
            tenth; below 0.6 they repeat themselves or one another.
        value_loss: the factor by which the value loss may pass the larger of what it was at first
            and half the variance of the scores, which predicting their mean would cost. Above 4 the
            advantages are noise.
        ratio: the largest probability ratio of an update's tokens, as the median of the last
            updates. Healthy ones stay below 4; a token at 10 pulls with ten times its weight
            wherever its advantage is negative, for there the clip does not hold it.
    """

    action: Action = "warn"
    actions: Mapping[str, str] = field(default_factory=dict)
    independent: float | None = 3.0
    kl: float | None = 30.0
    length: float | None = 0.5
    unfinished: float | None = 0.25
    phrase: float | None = 0.25
    refusals: float | None = 0.2
    distinct: float | None = 0.6
    value_loss: float | None = 4.0
    ratio: float | None = 10.0

    def __post_init__(self) -> None:
        for name in ALARMS:
            threshold = getattr(self, name)
            if threshold is not None and threshold <= 0:
                raise ValueError(f"alarms.{name} is {threshold}; it must be above 0, or null")
        if self.distinct is not None and self.distinct >= 1:
            raise ValueError(f"alarms.distinct is {self.distinct}; it must be below 1")
        for name, action in [("action", self.action), *self.actions.items()]:
            if name not in ("action", *ALARMS):
                raise ValueError(
                    f"alarms.actions: no alarm {name!r}; there are {', '.join(ALARMS)}"
                )
            if action not in get_args(Action):
                raise ValueError(f"alarms: {name} is {action!r}; it must be warn, stop or rollback")

    def action_of(self, alarm: str) -> str:
        """What that alarm does."""
        return self.actions.get(alarm, self.action)

    @property
    def can_roll_back(self) -> bool:
        """Whether any alarm that is on rolls back."""
        return any(
            getattr(self, alarm) is not None and self.action_of(alarm) == "rollback"
            for alarm in ALARMS
        )


def check_rollback(alarms: AlarmSettings, *, independent: bool) -> None:
    """Checks that there is something to roll back by.

    Args:
        independent: whether there is an independent score.

    Raises:
        RecipeError: if an alarm rolls back and there is none.
    """
    if alarms.can_roll_back and not independent:
        raise RecipeError(
            "align-ppo.alarms: they roll back to the best checkpoint by the independent score, and "
            "there is none; set align-ppo.independent.score (in Python, give "
            'train(independent=…)), or the action to "stop"'
        )


ALARMS = tuple(
    each.name for each in fields(AlarmSettings) if each.name not in ("action", "actions")
)
