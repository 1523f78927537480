"""What a run has shown so far, and the alarms that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cai.alignment.ppo.alarms.independent import Look
from cai.alignment.ppo.alarms.readings import Reading, Seen, readings, window, windows
from cai.alignment.ppo.config import PPOConfig
from cai.records import Row

# What each alarm is called, and what to do when it is raised.
ABOUT: Mapping[str, tuple[str, str]] = {
    "independent": (
        "The independent score falls while the reward rises",
        "the policy has found what only this reward likes: mend the reward, or stop earlier "
        "(checkpoints.finish_with: best, or the action rollback)",
    ),
    "kl": (
        "KL over budget",
        "raise kl_coefficient, set kl_target, or lower learning_rate; raise alarms.kl if the "
        "answers are good",
    ),
    "length": (
        "The length of the answers drifts",
        "read samples.jsonl; if the length earns the reward, take a price for it into the reward, "
        "or label pairs of equal length",
    ),
    "unfinished": (
        "More answers do not end",
        "raise missing_eos_penalty, or max_new_tokens if the answers are good",
    ),
    "phrase": (
        "Many answers share a phrase",
        "look for the phrase in the preferences: labels or the reward model may like it for itself",
    ),
    "refusals": (
        "More answers refuse",
        "check that harmless prompts are in the training, and that their preferences favour help",
    ),
    "distinct": (
        "The answers lose their variety",
        "raise kl_coefficient or ptx_coefficient, or lower learning_rate",
    ),
    "value_loss": (
        "The value loss explodes",
        "lower value.learning_rate, set reward_clip, or raise value.warmup_updates",
    ),
    "ratio": (
        "Probability ratios have outliers",
        "lower learning_rate or ppo_epochs, or set target_kl",
    ),
}

_GRAVITY = ("warn", "stop", "rollback")


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """An alarm that was raised: a row of alarms.jsonl.

    Attributes:
        step: the update that raised it.
        alarm: its name, as in `AlarmSettings`.
        action: what was done.
        text: what is wrong, in a sentence.
        mend: what to do.
    """

    step: int
    alarm: str
    title: str
    action: str
    value: float
    limit: float
    text: str
    mend: str

    def to_row(self) -> Row:
        """As JSON has it."""
        return asdict(self)

    @property
    def line(self) -> str:
        """The alarm as one line for a terminal."""
        return f"alarm after update {self.step}: {self.title}: {self.text}; {self.mend}"


@dataclass(frozen=True, slots=True)
class Watch:
    """What was seen, in order.

    Attributes:
        seen: every update.
        looks: every independent look, the first of the SFT model itself.
        raised: by update, the alarms whose reading was beyond its limit.
        alarms: those that were raised, as rows of alarms.jsonl.
    """

    seen: list[Seen] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    raised: dict[int, frozenset[str]] = field(default_factory=dict)
    alarms: list[Row] = field(default_factory=list)

    @staticmethod
    def remembered(metrics: Iterable[Row], watched: Iterable[Row], alarms: Iterable[Row]) -> Watch:
        """What the rows of metrics.jsonl, watch.jsonl and alarms.jsonl tell until now."""
        found = Watch(alarms=list(alarms))
        by_step = {row["step"]: row for row in metrics}
        for row in watched:
            if row["look"] is not None:
                found.looks.append(Look.from_row(row["look"]))
            if row["step"]:
                found.seen.append(
                    Seen(step=row["step"], metrics=by_step[row["step"]], phrases=row["phrases"])
                )
                found.raised[row["step"]] = frozenset(
                    name for name, each in row["readings"].items() if each["raised"]
                )
        return found

    def readings(self, settings: PPOConfig) -> dict[str, Reading]:
        """What the alarms read after the last update seen."""
        step = self.seen[-1].step
        fresh = bool(self.looks) and self.looks[-1].step == step
        found = windows(
            self.seen, batch_size=settings.batch_size, warmup=settings.value.warmup_updates
        )
        return readings(found, self.looks if fresh else (), settings.alarms)

    def new_alarms(self, now: Mapping[str, Reading], settings: PPOConfig) -> list[Alarm]:
        """Those that `now` raises anew, gravest action first.

        One that was raised within as many updates as a window has, or a look apart, still is.
        """
        step = self.seen[-1].step
        since = step - max(window(settings.batch_size), settings.independent.every)
        before = {name for at, names in self.raised.items() if since <= at < step for name in names}
        found = [
            Alarm(
                step=step, alarm=name, title=ABOUT[name][0], mend=ABOUT[name][1],
                action=settings.alarms.action_of(name),
                value=reading.value, limit=reading.limit, text=reading.text,
            )
            for name, reading in now.items()
            if reading.raised and name not in before
        ]  # fmt: skip
        return sorted(found, key=lambda each: -_GRAVITY.index(each.action))


def watch_row(
    step: int,
    *,
    phrases: Mapping[str, float],
    look: Look | None,
    found: Mapping[str, Reading],
) -> dict[str, Any]:
    """A row of watch.jsonl: what `Watch.remembered` needs, and what the report draws."""
    return {
        "step": step,
        "phrases": dict(phrases),
        "look": look.to_row() if look else None,
        "readings": {
            name: {"value": each.value, "limit": each.limit, "raised": each.raised}
            for name, each in found.items()
        },
    }
