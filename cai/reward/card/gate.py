"""The gate: what PPO asks of a reward model before it follows it, and the answer in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from cai.gate import Verdict, percent
from cai.resampling import FEWEST_GROUPS

_SHARE = {"minimum": 0, "maximum": 1}
_THRESHOLDS = ("min_accuracy", "max_rise", "max_excess", "min_gold")
_FEWEST = 10  # prompts, or answers probed: with fewer even the clearest result blames nobody


@dataclass(frozen=True, kw_only=True, slots=True)
class GateSettings:
    """What the reward model must reach before PPO follows it; null asks nothing.

    Attributes:
        min_accuracy: what the lower end of the 95 % interval of the held-out accuracy must be
            above. The default is a coin's: labels that a coin tells as well were not learned.
        max_rise: at most this share of the answers may gain reward by a probe, such as being said
            twice; it fails where the lower end of the interval is above. The default is what a
            reward gives that does not see the damage.
        max_excess: by how much more the reward may lean to answers with more of a trait, such as
            length, than the labels do; it fails where the lower end of the interval is above. The
            default is a quarter: in 75 of 100 pairs where the labels see no difference.
        min_gold: as `min_accuracy`, of the accuracy by gold, which is null by default: gold is
            often about a single principle, and the reward is about all of them.
        on_fail: "stop" lets no PPO begin, "warn" says so and goes on.
    """

    min_accuracy: float | None = field(default=0.5, metadata=_SHARE)
    max_rise: float | None = field(default=0.5, metadata=_SHARE)
    max_excess: float | None = field(default=0.25, metadata=_SHARE)
    min_gold: float | None = field(default=None, metadata=_SHARE)
    on_fail: Literal["stop", "warn"] = "stop"

    def __post_init__(self) -> None:
        for name in _THRESHOLDS:
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"gate.{name} must be between 0 and 1: shares are not in percent")

    @property
    def asks(self) -> bool:
        """Whether there is any threshold."""
        return any(getattr(self, name) is not None for name in _THRESHOLDS)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the gate asks: its setting, whether it passed (None: unknown), and why."""

    name: str
    passed: bool | None
    text: str


def verdict(card: Mapping[str, Any] | None, gate: GateSettings) -> Verdict:
    """What the gate says of a reward model, by its `reward/card.json`.

    It fails if one check does. A check is open where there are too few prompts for its interval to
    tell; what is open stops nothing.
    """
    if not gate.asks:
        text = "All thresholds of reward.gate are null."
        return Verdict(passed=None, text=text, stops=False, asked=False)
    if card is None or "probes" not in card:
        text = "Not measured: this reward model was made before cards had what the gate asks for."
        return Verdict(passed=None, text=text, stops=False)
    found = checks(card, gate)
    failed = [check for check in found if check.passed is False]
    if failed:
        mends = dict.fromkeys(_MENDS[check.name] for check in failed)
        mend = f"{'; '.join(mends)}; or align all the same with reward.gate.on_fail=warn."
        text = " ".join([*(check.text for check in failed), mend[0].upper() + mend[1:]])
        return Verdict(passed=False, text=text, stops=gate.on_fail == "stop")
    known = [check for check in found if check.passed]
    text = " ".join(check.text for check in found) or "The card has nothing of what it asks."
    open_accuracy = any(c.name == "accuracy" and c.passed is None for c in found)
    return Verdict(passed=True if known and not open_accuracy else None, text=text, stops=False)


def checks(card: Mapping[str, Any], gate: GateSettings) -> list[Check]:
    """What the gate asks of the card, one by one."""
    return list(_checks(card, gate))


def _checks(card: Mapping[str, Any], gate: GateSettings) -> Iterator[Check]:
    if gate.min_accuracy is not None:
        yield _least("accuracy", card, gate.min_accuracy, "the chosen answer", "held-out pairs")
    if gate.min_gold is not None:
        gold = card["gold"]
        if gold is None:
            yield Check("gold", None, f"By gold nothing is known: {card['missing']['gold']}.")
        else:
            yield _least("gold", gold, gate.min_gold, "the answer that gold prefers", "gold pairs")
    if gate.max_rise is not None and card["probes"]:
        yield _probes(card["probes"], gate.max_rise)
    if gate.max_excess is not None and card["traits"]:
        yield from _traits(card["traits"], gate.max_excess)


def _least(name: str, card: Mapping[str, Any], least: float, what: str, pairs: str) -> Check:
    figure, prompts = card["accuracy"], card["prompts"]
    if not figure["n"] or figure["low"] is None:
        return Check(name, None, f"How often the reward prefers {what} is not known: no {pairs}.")
    text = (
        f"The reward prefers {what} in {percent(figure['value'])} of {figure['n']} {pairs} "
        f"(95 % interval {100 * figure['low']:.1f} to {percent(figure['high'])})"
    )
    if figure["low"] > least:
        return Check(name, True, f"{text}, and the gate asks for more than {percent(least)}.")
    if prompts < (FEWEST_GROUPS if figure["high"] > least else _FEWEST):
        few = f"too few to tell if that is more than {percent(least)}, with {prompts} prompts"
        return Check(name, None, f"{text}, {few}.")
    return Check(name, False, f"{text}; the lower end must be above {percent(least)}.")


def _probes(probes: Mapping[str, Any], most: float) -> Check:
    known = {name: one for name, one in probes.items() if one["n"] >= _FEWEST}
    if not known:
        return Check("probes", None, f"Fewer than {_FEWEST} answers were probed: too few to tell.")
    bad = {name: one for name, one in known.items() if _above(one["rises"], most)}
    if not bad:
        text = f"No probe is rewarded in more than {percent(most)} of the answers."
        return Check("probes", True, text)
    told = _listed([f"“{name}” in {percent(one['rises']['value'])}" for name, one in bad.items()])
    text = f"Damaged answers get more reward than the good ones that they were made of: {told}."
    return Check("probes", False, f"{text} The gate allows {percent(most)}.")


def _traits(traits: Mapping[str, Any], most: float) -> Iterator[Check]:
    known = {
        name: one for name, one in traits.items() if one["leaning"]["excess"]["low"] is not None
    }
    bad = {name: one for name, one in known.items() if _above(one["leaning"]["excess"], most)}
    if known and not bad:
        text = "No trait of style is liked much more, or less, than the labels like it."
        yield Check("traits", True, text)
    for name, one in bad.items():
        lean = one["leaning"]
        yield Check(
            "traits",
            False,
            f"It has a taste of its own for {name}: where answers differ in it, the reward "
            f"prefers the one with more in {percent(lean['reward']['value'])}, the labels in "
            f"{percent(lean['labels']['value'])} of {one['pairs']} pairs.",
        )


def _above(figure: Mapping[str, Any], most: float) -> bool:
    return figure["low"] is not None and figure["low"] > most


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


_MENDS = {
    "accuracy": "label more prompts, train longer (reward.epochs) or at another "
    "reward.learning_rate, and look whether the labels are sure of anything",
    "gold": "look at which principles gold and reward differ in, and at the judge's own accuracy",
    "probes": "label pairs that show the difference, or train less (reward.epochs)",
    "traits": "label pairs in which the answer with less of it is the better one",
}
