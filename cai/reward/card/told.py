"""What is known of a reward model in words: a line for a terminal, sentences for the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from cai.gate import percent
from cai.resampling import FEWEST_GROUPS
from cai.reward.card.accuracy import ON_TOPIC
from cai.reward.card.gate import GateSettings, verdict

Style = Literal["good", "warn", "bad"]
Finding = tuple[Style, str]

_NOTABLE = 0.15  # an excess of 15 points is worth a sentence before it is worth a gate
_SPLIT = 0.5


def line(card: Mapping[str, Any], gate: GateSettings) -> str:
    """Accuracy beside the rule that counts characters, gold, probes, and what the gate says."""
    parts = []
    right = card["accuracy"]
    if right["value"] is None:
        parts.append("no held-out pairs")
    else:
        parts.append(
            f"{_which(card)}right in {percent(right['value'])}{_interval(right)} of {right['n']} "
            f"held-out pairs, longer answer {percent(card['longer_answer']['value'])}{_apart(card)}"
        )
    if card.get("gold"):
        by_gold = card["gold"]["accuracy"]
        parts.append(f"by gold in {percent(by_gold['value'])} of {by_gold['n']}")
    if card.get("probes"):
        rising = [name for name, one in card["probes"].items() if one["rises"]["value"] > _SPLIT]
        parts.append(f"rewards {len(rising)} of {len(card['probes'])} probes")
    found = verdict(card, gate)
    word = "NOT passed" if found.passed is False else found.word
    warns = found.passed is False and not found.stops
    parts.append(f"gate {word}" + (", which only warns" if warns else ""))
    return "; ".join(parts)


def combination(card: Mapping[str, Any]) -> str:
    """What is measured, where that is more than one model; else empty."""
    use = card.get("combined")
    if not use:
        return ""
    ways = {"mean": "the mean", "min": "the least"}
    way = ways.get(use["combine"]) or f"the mean less {use['std_weight']:g} standard deviations"
    return (
        f"What is measured is what PPO follows: {way} of {use['members']} members' scores, each "
        "normalised by its own."
    )


def _which(card: Mapping[str, Any]) -> str:
    use = card.get("combined")
    return f"{use['combine']} of {use['members']} members, " if use else ""


def findings(card: Mapping[str, Any]) -> list[Finding]:
    """A sentence for each finding that matters, the most worrying first."""
    order = {"bad": 0, "warn": 1, "good": 2}
    found = [*_size(card), *_accuracy(card), *_calibration(card), *_probes(card), *_traits(card)]
    found += [*_gold(card), *_ensemble(card)]
    return sorted(found, key=lambda one: order[one[0]])


def _size(card: Mapping[str, Any]) -> Iterator[Finding]:
    right = card["accuracy"]
    if not right["n"]:
        yield "bad", "No pair was held out, so nothing is known of what it has learned."
    elif card["prompts"] < FEWEST_GROUPS:
        yield (
            "warn",
            f"Only {right['n']} pairs of {card['prompts']} prompts were held out: their intervals "
            "are wide, and differences between principles or traits mean nothing yet.",
        )


def _accuracy(card: Mapping[str, Any]) -> Iterator[Finding]:
    right, longer, shorter = (card[key] for key in ("accuracy", "longer_answer", "shorter_answer"))
    if right["low"] is None:
        return
    if right["low"] <= 0.5:
        yield "bad", "On held-out pairs it may be no better than a coin."
    rule, best = max(
        (("longer", longer), ("shorter", shorter)), key=lambda one: one[1]["value"] or 0.0
    )
    if best["value"] >= right["value"]:
        yield (
            "warn",
            f"The rule “the {rule} answer” is right at least as often "
            f"({percent(best['value'])} against {percent(right['value'])}): these pairs cannot "
            "tell the reward from one that counts characters. The probes below can.",
        )
    ceiling = card["expected_accuracy"]
    if right["low"] > 0.5 and right["high"] >= ceiling:
        yield (
            "good",
            f"It is right in {percent(right['value'])} of held-out pairs; knowing the judge's mind "
            f"would give {percent(ceiling)}.",
        )


def _calibration(card: Mapping[str, Any]) -> Iterator[Finding]:
    found = card["calibration"]
    if not found or found["temperature"] is None:
        return
    temperature = found["temperature"]
    if temperature > 1.25:
        yield (
            "warn",
            f"It is surer than the labels: margins divided by {temperature:.2f} would be as sure.",
        )
    elif temperature < 0.8:
        yield (
            "warn",
            f"It is less sure than the labels: margins times {1 / temperature:.2f} would be as "
            "sure. It may not have been trained to the end.",
        )


def _probes(card: Mapping[str, Any]) -> Iterator[Finding]:
    probes = card["probes"]
    paid = {name: one for name, one in probes.items() if (one["rises"]["low"] or 0) > _SPLIT}
    for name, one in paid.items():
        yield (
            "bad",
            f"It pays for “{name}”: {percent(one['rises']['value'])} of {one['n']} good answers "
            f"gain by it, {one['shift']['value']:+.2f} standard deviations on average.",
        )
    blind = [
        name
        for name, one in probes.items()
        if name not in paid and (one["falls"]["low"] or 0) <= _SPLIT
    ]
    if "off-topic" in blind:
        yield (
            "warn",
            "It hardly reads the question: a good answer to another prompt gets no less in "
            f"{percent(1 - probes['off-topic']['falls']['value'])} of {probes['off-topic']['n']}."
            + ("" if card.get("by_pair") else " No pair taught it to: see label.off_topic_share."),
        )
    others = [name for name in blind if name != "off-topic"]
    if others:
        yield "warn", f"It may not notice {_quoted(others)}."
    if probes and not paid and not others:
        rest = len(probes) - ("off-topic" in blind)
        yield "good", f"It falls for {rest} of {len(probes)} ways to damage a good answer."


def _traits(card: Mapping[str, Any]) -> Iterator[Finding]:
    for name, one in card["traits"].items():
        lean = one["leaning"]
        if (lean["excess"]["low"] or 0) > _NOTABLE:
            more = "more" if lean["reward"]["value"] >= 0.5 else "less"
            yield (
                "bad",
                f"It has a taste of its own for {more} {name}: it prefers the answer with more in "
                f"{percent(lean['reward']['value'])}, the labels in "
                f"{percent(lean['labels']['value'])} of {one['pairs']} pairs.",
            )


def _gold(card: Mapping[str, Any]) -> Iterator[Finding]:
    gold = card["gold"]
    if not gold:
        return
    right = gold["accuracy"]
    style: Style = "warn" if (right["low"] or 0) <= 0.5 else "good"
    yield (
        style,
        f"By gold it is right in {percent(right['value'])}{_interval(right)} of {right['n']} "
        "pairs, which are unlike those that it was trained on.",
    )
    length = gold["traits"].get("length")
    if length and (length["leaning"]["excess"]["low"] or 0) > _NOTABLE:
        lean = length["leaning"]
        yield (
            "warn",
            f"On gold pairs it prefers the longer answer in {percent(lean['reward']['value'])}, "
            f"gold in {percent(lean['labels']['value'])}: length is a shortcut that it has found.",
        )


def _ensemble(card: Mapping[str, Any]) -> Iterator[Finding]:
    found = card.get("ensemble")
    if not found:
        return
    spread = found["spread"]
    known, other = spread["heldout"]["value"], spread.get("damaged", {}).get("value")
    if other is None or known is None:
        return
    if other > known:
        yield (
            "good",
            f"Its {found['members']} members differ more on damaged answers ({other:.2f}) than on "
            f"ordinary ones ({known:.2f}): their disagreement warns.",
        )
    else:
        yield (
            "warn",
            f"Its {found['members']} members differ no more on damaged answers ({other:.2f}) than "
            f"on ordinary ones ({known:.2f}): their disagreement warns of nothing.",
        )


def _quoted(names: list[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _apart(card: Mapping[str, Any]) -> str:
    """The accuracy of pairs of answers to one prompt, where off-topic pairs are counted too."""
    kinds = card.get("by_pair")
    if not kinds:
        return ""
    if ON_TOPIC not in kinds:
        return ", all of them off-topic"
    right = kinds[ON_TOPIC]["accuracy"]
    return f", in {percent(right['value'])} of the {right['n']} that are not off-topic"


def _interval(estimate: Mapping[str, Any]) -> str:
    if estimate["low"] is None:
        return ""
    return f" ({100 * estimate['low']:.1f} to {100 * estimate['high']:.1f})"
