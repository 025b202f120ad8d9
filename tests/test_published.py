"""The paper's rows: as they were printed, with what follows from them."""

import re
from itertools import product

import pytest

from evaluators.statistics import wilson
from leaderboards.published.tables import (
    Published,
    average_of,
    interval_of,
    is_whole,
    notes_on,
    notes_on_column,
    published,
    recipe_of,
)

V3, V1 = published()
TABLES = pytest.mark.parametrize("table", published(), ids=lambda table: table.name)


def value(table: Published, method: str, column: str) -> str:
    return next(row for row in table.rows if row["method"] == method)[column]


def test_there_are_both_tables() -> None:
    assert [(one.name, len(one.rows)) for one in published()] == [("v3", 18), ("v1", 19)]
    assert value(V3, "Qwen2-VL-2B + Reason-RFT", "vc_ds_m") == "28.40"
    assert value(V1, "Llava-OneVision-7B", "sp_id_geomath") == "77.63"


@TABLES
def test_every_value_is_a_percentage_in_two_digits(table: Published) -> None:
    columns = [column.key for part in table.parts for column in part.columns]
    columns += [part.average for part in table.parts]
    assert {"method", "group", *columns} == set(table.rows[0])
    for row, column in product(table.rows, columns):
        assert re.fullmatch(r"\d{1,2}\.\d\d", row[column]), (row["method"], column)
    assert len({row["method"] for row in table.rows}) == len(table.rows)
    assert all(word in table.source for word in ("arXiv 2503.20752", table.name, "tanhuajie/Reason-RFT"))  # fmt: skip


@TABLES
def test_every_note_is_on_something_that_is_there(table: Published) -> None:
    columns = {column.key for part in table.parts for column in part.columns}
    columns |= {part.average for part in table.parts}
    methods = {row["method"] for row in table.rows}
    for note in table.notes:
        assert note.columns
        assert set(note.columns) <= columns
        assert set(note.methods) <= methods


def test_an_average_is_held_against_its_columns() -> None:
    row = next(row for row in V3.rows if row["method"] == "Qwen2-VL-2B + Reason-RFT-Zero")
    average = average_of(row, V3.parts[2])
    assert (average.printed, average.holds) == (33.74, False)
    assert average.made["columns"] == pytest.approx((42.13 + 34.07 + 33.41) / 3)
    assert average.told == "the mean out of domain alone"
    gpt = next(row for row in V3.rows if row["method"].startswith("GPT-4o"))
    assert (
        average_of(gpt, V3.parts[2]).told == "the mean of in domain and of the mean out of domain"
    )
    pixtral = next(row for row in V3.rows if row["method"] == "Pixtral-12B")
    assert average_of(pixtral, V3.parts[2]).told == "none of the means of its columns"


@TABLES
def test_an_average_that_does_not_hold_has_a_note(table: Published) -> None:
    wrong = [
        (row["method"], part.average)
        for row in table.rows
        for part in table.parts
        if not average_of(row, part).holds
    ]
    assert len(wrong) == {"v3": 12, "v1": 13}[table.name]
    for method, column in wrong:
        assert notes_on(table, method, column) or notes_on_column(table, column), (method, column)


def test_the_columns_of_both_versions_agree_where_they_must() -> None:
    """v1 mixed 750 direct and 250 mathematical questions, but for two rows, which a note names."""
    other = []
    for row in V3.rows:
        mixed = 0.75 * float(row["vc_ds_d"]) + 0.25 * float(row["vc_ds_m"])
        before = float(value(V1, row["method"], "vc_ood_super_clevr"))
        if abs(mixed - before) > 0.011:
            other.append((row["method"], f"{before:.2f}, not {mixed:.2f}"))
    assert [method for method, _ in other] == ["Qwen2-VL-2B + ANS-SFT", "Qwen2-VL-2B + Reason-RFT"]
    (note,) = [one.text for one in V3.notes if "750" in one.text]
    assert all(told in note for _, told in other)


def test_an_interval_is_that_of_the_questions() -> None:
    part = V3.parts[0]
    interval = interval_of(28.40, part.columns[2], part)
    assert interval == wilson(71, 250)
    assert interval_of(42.13, V3.parts[2].columns[0], V3.parts[2]) is None  # partial credit


def test_values_that_no_count_gives_are_known() -> None:
    assert is_whole(51.34, 820)
    assert not is_whole(36.75, 820)  # 294 of 800
    assert not is_whole(37.44, 800)  # 307 of 820
    marked = {
        (row["method"], column.key)
        for row, part in product(V3.rows, V3.parts)
        for column in part.columns
        if part.counted and not is_whole(float(row[column.key]), column.n)
    }
    assert {column for _, column in marked} == {"sp_id", "sp_ds"}
    assert {method for method, _ in marked} == {
        *("GPT-4o-2024-08-06", "Qwen2.5-VL-3B-Instruct", "Qwen2.5-VL-7B-Instruct"),
        *("InternVL-2.5-8B", "Llama-3.2-11B-Vision", "Pixtral-12B"),
    }


def test_recipes_are_told_apart() -> None:
    named = {row["method"]: recipe_of(row["method"]) for row in V3.rows}
    assert named["Qwen2-VL-2B + Reason-RFT-Zero"] == "Reason-RFT-Zero"
    assert named["Qwen2-VL-2B + Reason-RFT"] == "Reason-RFT"
    assert named["Qwen2-VL-7B Zero-Shot"] == "Zero-Shot"
    assert named["GPT-4o-2024-08-06"] is None
