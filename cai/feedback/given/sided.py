"""Forms whose two answers have a name each, A and B or 1 and 2, which they keep."""

from __future__ import annotations

from cai.errors import DataError
from cai.feedback.given import fields
from cai.feedback.given.pair import Found, Pair, Verdict
from cai.records import Row, Said
from cai.row_files import Place

_SIDES = {"a": 1.0, "b": 0.0, "tie": 0.5}
_NUMBERS = {"1": 1.0, "2": 0.0, "0": 0.5}
_FIVE_WAYS = {
    "a-is-better": 1.0,
    "a-is-slightly-better": 1.0,
    "tie": 0.5,
    "b-is-slightly-better": 0.0,
    "b-is-better": 0.0,
}


def own(place: Place, row: Row) -> Found:
    """Our own: `prompt, response_a, response_b`, and `label`, `annotator`, models if known.

    A label is a, b, tie, or the probability that A is better. `comparisons.jsonl` of a run is of
    this form too. Answers are kept to the letter.
    """
    first, second = (
        fields.answer(place, name, row[name], row.get(model))
        for name, model in (("response_a", "model_a"), ("response_b", "model_b"))
    )
    given = row.get("label")
    annotator = row.get("annotator")
    verdicts = () if given is None or given == "" else (
        Verdict(
            p_first=_probability(place, given),
            annotator=annotator if isinstance(annotator, str) and annotator else "gold",
        ),
    )  # fmt: skip
    number = row.get("pair")
    return _found(
        Pair(
            prompt=fields.prompt(place, row),
            first=first,
            second=second,
            verdicts=verdicts,
            sided=True,
            number=number if isinstance(number, int) and not isinstance(number, bool) else None,
        )
    )


def llmbar(place: Place, row: Row) -> Found:
    """LLMBar (Zeng et al. 2023): `input, output_1, output_2`, `label` 1 or 2, 0 for a tie."""
    first, second = (_stripped(place, name, row) for name in ("output_1", "output_2"))
    given = row.get("label")
    verdicts = () if given is None or given == "" else (
        Verdict(p_first=fields.one_of(place, "label", given, _NUMBERS)),
    )  # fmt: skip
    prompt = fields.prompt(place, row)
    return _found(Pair(prompt=prompt, first=first, second=second, verdicts=verdicts, sided=True))


def pandalm(place: Place, row: Row) -> Found:
    """PandaLM (Wang et al. 2023): `instruction, input, response1, response2`, `annotator1` and on,
    each 1, 2, or 0 for a tie. The models are in `cmp_key`, as `ONE_OTHER`.
    """
    models = str(row.get("cmp_key") or "").split("_")
    one, other = models if len(models) == 2 else ("", "")
    verdicts = tuple(
        Verdict(p_first=fields.one_of(place, name, row[name], _NUMBERS), annotator=name)
        for name in row
        if name.startswith("annotator") and row[name] is not None and row[name] != ""
    )
    return _found(
        Pair(
            prompt=fields.prompt(place, row),
            first=_stripped(place, "response1", row, one),
            second=_stripped(place, "response2", row, other),
            verdicts=verdicts,
            sided=True,
        )
    )


def tulu(place: Place, row: Row) -> Found:
    """Tulu's human evaluation (Wang et al. 2023, open-instruct): five ways to prefer, and whether
    each answer is acceptable, by an `evaluator`; several may have judged one pair, a row each.

    Slightly better is better: p is who is right, not by how much. The words are kept.
    """
    preference = row["preference"]
    words = [str(preference)]
    for side in "ab":
        acceptable = row.get(f"completion_{side}_is_acceptable")
        if acceptable:
            words.append(f"{side} acceptable: {acceptable}")
    words += [str(row[name]) for name in ("comment",) if row.get(name)]
    evaluator = row.get("evaluator")
    verdict = Verdict(
        p_first=fields.one_of(place, "preference", preference, _FIVE_WAYS),
        annotator=evaluator if isinstance(evaluator, str) and evaluator else "gold",
        words=tuple(words),
    )
    return _found(
        Pair(
            prompt=fields.prompt(place, row),
            first=_stripped(place, "completion_a", row, row.get("model_a")),
            second=_stripped(place, "completion_b", row, row.get("model_b")),
            verdicts=(verdict,),
            sided=True,
        )
    )


def _probability(place: Place, value: object) -> float:
    if isinstance(value, str) and value.strip().lower() in _SIDES:
        return _SIDES[value.strip().lower()]
    try:
        found = fields.number(place, "label", value)
    except DataError:
        found = None
    if found is None or not 0 <= found <= 1:
        raise DataError(
            f"{place}: label: {value!r} is not possible; use a, b, tie, or the probability that A "
            "is better, from 0 to 1"
        )
    return found


def _stripped(place: Place, name: str, row: Row, model: object = None) -> Said:
    said = fields.answer(place, name, row[name], model)
    return Said(text=said.text.strip(), call="", model=said.model)


def _found(pair: Pair) -> Found:
    return Found(pairs=(pair,))
