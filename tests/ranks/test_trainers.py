"""Hugging Face's trainers on two processes: the models of one, written once, and exact resume."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file

from cai.journal import read_rows, write_rows
from cai.progress import silent
from cai.ranks import ALONE
from cai.records import Preference, SftRow, content_id, said_by, to_row
from tests.forked import two_ranks
from tests.ranks import two_trainers

ANSWERS = ("Dig hole {} and water it.", "No.", "A rose wants sun {} times a day, and rain.", "Why?")


@pytest.fixture(scope="module")
def inputs(
    tmp_path_factory: pytest.TempPathFactory,
    make_chat_tokenizer: Callable[..., object],
    make_chat_model: Callable[..., Path],
    make_preference: Callable[..., Preference],
) -> Path:
    """24 rows to learn, and 16 pairs: whole batches, the last of an epoch too."""
    folder = tmp_path_factory.mktemp("inputs")
    tokenizer = make_chat_tokenizer(ANSWERS, size=400)
    (folder / "model").symlink_to(make_chat_model(tokenizer, context=256))
    sft = []
    for n in range(24):
        request, answer = f"How do I plant rose {n}?", ANSWERS[n % 4].format(n)
        sft.append(
            SftRow(
                id=content_id(request, answer),
                prompt=said_by("user", request),
                completion=said_by("assistant", answer),
                prompt_id=content_id(request),
                source="revision",
                round=1,
                principles=("p",),
            )
        )
    write_rows(folder / "sft.jsonl", map(to_row, sft))
    pairs = [
        make_preference(
            f"Rose {n}?",
            ANSWERS[n % 4].format(n),
            ANSWERS[(n + 1) % 4].format(n),
            0.5 + n / 40,
            "train" if n < 16 else "heldout",
        )
        for n in range(20)
    ]
    write_rows(folder / "preferences.jsonl", map(to_row, pairs))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_processes_are_one(inputs: Path, tmp_path: Path) -> None:
    both = tmp_path / "both"
    both.mkdir()
    codes, said = two_ranks(lambda: two_trainers.main(inputs, both), tmp_path)
    assert codes == [0, 0], said
    for name, train in two_trainers.CASES.items():
        alone, made = tmp_path / name, both / name
        alone.mkdir()
        train(inputs, alone, silent, ALONE)
        assert contents(made).keys() == contents(alone).keys()
        rows, expected = (list(read_rows(one / "metrics.jsonl")) for one in (made, alone))
        for row, one in zip(rows, expected, strict=True):
            both_have = {key: one[key] for key in row}
            assert row == pytest.approx(both_have, rel=1e-4, abs=1e-5), name
        weights, others = (load_file(one / "model" / "model.safetensors") for one in (made, alone))
        apart = max(float((weights[key] - others[key]).abs().max()) for key in others)
        assert apart < 1e-5, (name, apart)
    assert contents(both / "killed") == contents(both / "sft")
