import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cai.errors import RunError
from cai.journal import (
    append_rows,
    each_record,
    read_columns,
    read_records,
    read_rows,
    sort_rows,
    write_rows,
)
from cai.records import Prompt, said_by, to_row

rows = st.lists(
    st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers(), max_size=3),
    max_size=6,
)


@given(rows, rows, st.data())
@settings(max_examples=60, deadline=None)
def test_a_kill_while_writing_loses_no_finished_row(tmp_path_factory, first, second, data):
    path = tmp_path_factory.mktemp("journal") / "rows.jsonl"
    append_rows(path, first)
    whole = path.stat().st_size if path.exists() else 0
    append_rows(path, second)
    if path.exists():
        cut = data.draw(st.integers(whole, path.stat().st_size))
        with path.open("rb+") as file:
            file.truncate(cut)
    found = list(read_rows(path))
    assert found[: len(first)] == first
    assert found == (first + second)[: len(found)]
    append_rows(path, (first + second)[len(found) :])
    assert list(read_rows(path)) == first + second


def test_a_damaged_row_in_the_middle_is_named(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n{"a": \n{"a": 3}\n')
    with pytest.raises(RunError, match=r"rows\.jsonl:2: damaged row"):
        list(read_rows(path))


def test_a_row_of_another_kind_is_named(tmp_path):
    path = tmp_path / "prompts.jsonl"
    prompt = Prompt(id="1", messages=said_by("user", "hello"))
    write_rows(path, [to_row(prompt), {"colour": "red"}])
    with pytest.raises(RunError, match=r":2: not a Prompt row \(Prompt has no field 'colour'\)"):
        read_records(path, Prompt)


def test_records_come_back_as_they_were(tmp_path):
    path = tmp_path / "prompts.jsonl"
    prompts = [
        Prompt(id=str(i), messages=said_by("user", "é\u2028\n"), tags=("a",)) for i in (1, 2)
    ]
    write_rows(path, map(to_row, prompts))
    assert read_records(path, Prompt) == prompts


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "rows.jsonl"
    write_rows(path, [{"a": 1}])
    with pytest.raises(TypeError):
        write_rows(path, [{"a": 2}, {"a": object()}])
    assert path.read_text() == json.dumps({"a": 1}) + "\n"


def test_reading_is_going_through_and_needs_no_whole_file(tmp_path):
    """The first rows come although a later one is damaged: nothing is read ahead of them."""
    path = tmp_path / "prompts.jsonl"
    prompts = [Prompt(id=str(i), messages=said_by("user", "x")) for i in range(4)]
    write_rows(path, map(to_row, prompts))
    with path.open("ab") as file:
        file.write(b"damaged\n")
    going = each_record(path, Prompt, skip=2)
    assert [next(going), next(going)] == prompts[2:]
    with pytest.raises(RunError, match=r"prompts\.jsonl:5: damaged row"):
        next(going)


def test_columns_are_of_every_row_or_the_row_is_named(tmp_path):
    path = tmp_path / "prompts.jsonl"
    prompts = [Prompt(id=str(i), messages=said_by("user", "x"), source="s") for i in range(2)]
    write_rows(path, [*map(to_row, prompts), {"id": "2"}])
    columns = read_columns(path, Prompt, "id", "source")
    assert [next(columns), next(columns)] == [("0", "s"), ("1", "s")]
    with pytest.raises(RunError, match=r":3: not a Prompt row \('source'\)"):
        next(columns)


@given(st.lists(st.integers(0, 9) | st.none(), max_size=12), st.binary(max_size=5))
@settings(max_examples=60, deadline=None)
def test_rows_are_put_in_order_once_each(tmp_path_factory, places, torn):
    path = tmp_path_factory.mktemp("journal") / "rows.jsonl"
    rows = [{"place": place, "number": number} for number, place in enumerate(places)]
    append_rows(path, rows)
    with path.open("ab") as file:
        file.write(torn.replace(b"\n", b""))
    sort_rows(path, lambda row: row["place"])
    firsts = {row["place"]: row for row in reversed(rows) if row["place"] is not None}
    assert list(read_rows(path)) == [firsts[place] for place in sorted(firsts)]
