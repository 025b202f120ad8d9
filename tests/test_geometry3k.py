"""Geometry3K: a row is kept where its parts agree; every fault is dropped under its own name."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from builders.cleaners.geometry3k import CLEANER
from builders.files import BuildError
from builders.sample import Draft
from evaluators import Choice
from tests.cleaning import cleaned, draw, reasons, untested
from tests.public_data import SAMPLES as PUBLIC

SAMPLES = PUBLIC / "geometry3k"
DATA: dict[str, Any] = {
    "problem_text": "Find x.",
    "choices": ["6", "6 \\sqrt { 2 }", "6 \\sqrt { 3 }", "12"],
    "answer": "B",
    "problem_type_graph": ["Triangle"],
    "problem_type_goal": ["Length"],
    "compact_choices": ["6", "6\\sqrt{2}", "6\\sqrt{3}", "12"],
    "precise_value": [6.0, 8.48528137423857, 10.392304845413264, 12.0],
    "rough_value": [6, 8.49, 10.39, 12],
    "compact_text": "Find x.",
    "annotat_text": "Find $x$.",
    "unit": "",
}
FORM: dict[str, Any] = {
    "text_logic_form": ["Find(x)"],
    "diagram_logic_form": [
        "Equals(LengthOf(Line(A, B)), 6)",
        "",
        "Equals(LengthOf(Line(B, C)), x)",
    ],
    "line_instances": ["AB", "BC", "AC"],
    "point_positions": {"A": [0.0, 0.0], "B": [60.0, 0.0], "C": [0.0, 60.0]},
    "circle_instances": [""],
}
EMPTY = {"diagram_logic_form": [""], "line_instances": [""], "circle_instances": [""]}


def put(
    source: Path, name: str, data: dict[str, Any] | None = None, form: dict[str, Any] | None = None
) -> Path:
    """A record, by its split and number, that differs from the usual one as told; a picture of its own."""
    folder = source / name
    folder.mkdir(parents=True)
    (folder / "data.json").write_text(json.dumps({**DATA, **(data or {})}))
    number = int(folder.name)
    places = {"point_positions": {**FORM["point_positions"], "A": [0.0, float(number)]}}
    (folder / "logic_form.json").write_text(json.dumps({**FORM, **places, **(form or {})}))
    draw(folder / "img_diagram.png", number)
    return folder


def options(*texts: str, values: list[Any] | None = None, answer: str = "A") -> dict[str, Any]:
    return {"compact_choices": list(texts), "precise_value": values, "answer": answer}


def test_a_good_record_becomes_a_choice_among_its_values(tmp_path: Path) -> None:
    put(tmp_path, "train/7")
    assert reasons(CLEANER, tmp_path) == {"7": None}
    row = cleaned(CLEANER, tmp_path)["7"]
    assert isinstance(row, Draft)
    assert (row.question, row.kind, row.thought) == ("Find $x$.", "length", "")
    assert row.answer == Choice("B", ("6", "6\\sqrt{2}", "6\\sqrt{3}", "12"), "0.084")
    assert row.scene["forms"] == [FORM["diagram_logic_form"][0], FORM["diagram_logic_form"][2]]
    assert "answer" not in row.scene


@pytest.mark.parametrize(
    ("written", "score"), [("B", 1), ("6√2", 1), ("8.49", 1), ("8.6", None), ("C", 0), ("10.4", 0)]
)
def test_what_a_value_scores(tmp_path: Path, written: str, score: float | None) -> None:
    put(tmp_path, "train/7")
    row = cleaned(CLEANER, tmp_path)["7"]
    assert isinstance(row, Draft)
    given = row.answer.score(written)
    assert (given and given.value) == score


@pytest.mark.parametrize(("near", "least"), [("30.2", 0.08), ("31.5", 0.3), ("60", 0.3)])
def test_a_tolerance_never_reaches_half_way_to_another_option(
    tmp_path: Path, near: str, least: float
) -> None:
    """245 of the 3,002 have a wrong option within 5 % of the right one."""
    put(
        tmp_path,
        "train/7",
        options("30", near, "90", "120", values=[30.0, float(near), 90.0, 120.0]),
    )
    row = cleaned(CLEANER, tmp_path)["7"]
    assert isinstance(row, Draft)
    assert isinstance(row.answer, Choice)
    assert least <= float(row.answer.tolerance or 0) < (float(near) - 30) / 2
    wrong = row.answer.score(near)
    assert wrong is not None
    assert wrong.value == 0


@pytest.mark.parametrize(
    ("data", "form", "reason"),
    [
        ({"annotat_text": " "}, {}, "text-missing"),
        ({"annotat_text": None}, {}, "text-missing"),
        ({"annotat_text": "Find $\\frac{1}{2 x$."}, {}, "text-malformed"),
        ({"annotat_text": "Find $m\\angle 2."}, {}, "text-malformed"),
        ({"annotat_text": "Find $x"}, {}, "text-malformed"),
        ({"annotat_text": "Find $2x if it is right."}, {}, "text-malformed"),
        ({"annotat_text": "Find x if $12 + x is right."}, {}, "text-malformed"),
        ({"annotat_text": "Find x$"}, {}, "text-malformed"),
        ({"annotat_text": "Find $x$ if it is $12$ or $y"}, {}, "text-malformed"),
        ({"annotat_text": "If $12 is \\overline{AB}, find $x$."}, {}, "text-malformed"),
        ({}, {"point_positions": {}}, "points-missing"),
        ({}, {"point_positions": {"A": [1, 2], "B": [3]}}, "points-missing"),
        ({}, {"point_positions": {"A": [1, 10**400]}}, "points-missing"),
        ({}, {"point_positions": {"A": [1, math.inf]}}, "points-missing"),
        ({}, EMPTY, "figure-empty"),
        (options("Yes", "No", values=["Yes", "No"]), {}, "answer-not-a-number"),
        (options("x + 3", "4", "5", "6", values=[None, 4, 5, 6]), {}, "answer-not-a-number"),
        (options("3", "none of these", values=[3, None]), {}, "option-not-a-number"),
        (options("30", "30", "40", "50", values=[30, 30, 40, 50]), {}, "answer-repeated"),
        (options("0.5", "\\frac{1}{2}", "2", "3", values=[0.5, 0.5, 2, 3]), {}, "answer-repeated"),
        (
            options("5\\sqrt{2}", "7.07", "5", "9", values=[7.07106, 7.07, 5, 9]),
            {},
            "answer-repeated",
        ),
        (options("13.3", "\\frac{40}{3}", values=[13.3, 13.3333]), {}, "answer-repeated"),
        (options("5", "7.1", "5\\sqrt{2}", values=[5, 7.1, 7.07106]), {}, "option-repeated"),
        (options("30", "40", "50", "40.0", values=[30, 40, 50, 40]), {}, "option-repeated"),
        (options("30", "40", values=[30, 45]), {}, "value-mismatch"),
        (options("5\\sqrt{2}", "40", values=[7.5, 40]), {}, "value-mismatch"),
        (options("30", "40", values=[30, 40, 50]), {}, "value-mismatch"),
        (options("5", "7", values=[5, 5]), {}, "answer-repeated"),
        (options("12, 16", "4", values=[12, 4]), {}, "answer-not-a-number"),
        (options("\\angle 6", "\\angle 7", values=[6, 7]), {}, "answer-not-a-number"),
        (options("6", "\\pm 7", values=[6, 7]), {}, "option-not-a-number"),
        (options("6", "1:2:3", values=[6, 1]), {}, "option-not-a-number"),
        (options("30", values=[30]), {}, "options-missing"),
        (options("30", "40", values=[30, 40], answer="C"), {}, "options-missing"),
        (options("30", "40", values=[30, 40], answer=""), {}, "options-missing"),
        ({"compact_choices": None}, {}, "options-missing"),
        ({"compact_choices": 1.5}, {}, "options-missing"),
        (options("9" * 320, "40", values=[None, 40]), {}, "answer-not-a-number"),
        (options("30", "40", values=[10**400, 40]), {}, "answer-not-a-number"),
        (options("3:5", "4", values=["3:5", 4]), {}, "answer-not-a-number"),
        (options("30", "3:5", values=[30, None]), {}, "option-not-a-number"),
    ],
)
def test_each_fault_has_its_reason(
    tmp_path: Path, data: dict[str, Any], form: dict[str, Any], reason: str
) -> None:
    put(tmp_path, "train/7", data, form)
    put(tmp_path, "train/8")
    assert reasons(CLEANER, tmp_path) == {"7": reason, "8": None}


@pytest.mark.parametrize(
    "data",
    [
        options("12\\%", "40\\%", values=[12.0, 40.0]),
        options("\\frac{1}{3}", "\\frac{1}{4}", values=[0.33, 0.25]),
        options("36 \\pi", "18 \\pi", values=[113.1, 56.55]),
        options("3:5", "5:3", values=[0.6, 1.667]),
        options("30^\\circ", "40^\\circ", values=[30.0, 40.0]),
        options("30", "2.\\overline{6}", values=[30.0, 2.67]),
        options("30", "4\\sqrt{3", values=[30.0, 6.93]),
        options("30", "40", "50", "60", values=None),
        options("30", "40", values=[30, 40], answer=" B\n"),
        options("7.07", "7.1", values=[7.07, 7.1]),  # neither is written as exact
        options("7", "5\\sqrt{2}", values=[7.0, 7.07106]),
        options("7.08", "5\\sqrt{2}", values=[7.08, 7.07106]),
    ],
)
def test_good_options_in_every_notation_are_kept(tmp_path: Path, data: dict[str, Any]) -> None:
    put(tmp_path, "train/7", data)
    assert reasons(CLEANER, tmp_path) == {"7": None}


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("$\\ln \\odot K, M N=8$\r\nFind  $K L$", "In $\\odot K, MN=8$ Find $KL$"),
        ("$\\triangle R S T \\cong \\triangle X Y Z$", "$\\triangle RST \\cong \\triangle XYZ$"),
        ("Find $x$ $y$ and $\\ln x$.", "Find $x$ $y$ and In $x$."),
        ("A fence costs $12.50 a foot.", "A fence costs $12.50 a foot."),
        ("Of a fence for $1,250, find x.", "Of a fence for $1,250, find x."),
        ("It costs \\$5. Find $A B$.", "It costs \\$5. Find $AB$."),
        ("At $1.50 a foot, find $A B$.", "At $1.50 a foot, find $AB$."),
        ("Find $\\overline{A B}$ at $5.", "Find $\\overline{AB}$ at $5."),
        ("At $5, $x$ is $12$ ft.", "At $5, $x$ is $12$ ft."),
        ("In R S T, find x.", "In R S T, find x."),
        ("If $A=B C$ and $\\sin A$", "If $A=BC$ and $\\sin A$"),
    ],
)
def test_the_text_is_mended(tmp_path: Path, text: str, question: str) -> None:
    put(tmp_path, "train/7", {"annotat_text": text})
    row = cleaned(CLEANER, tmp_path)["7"]
    assert isinstance(row, Draft)
    assert row.question == question


def test_a_text_with_the_value_nan_is_no_number(tmp_path: Path) -> None:
    put(tmp_path, "train/7", options("rhombus", "square", values=[float("nan"), float("nan")]))
    assert reasons(CLEANER, tmp_path) == {"7": "answer-not-a-number"}


def test_a_diagram_stays_in_one_split(tmp_path: Path) -> None:
    same = {"point_positions": {"A": [1.0, 2.0]}}
    for name in ("train/1", "val/2", "test/3"):
        put(tmp_path, name, form=same)  # the same figure, another picture
    for name in ("train/4", "val/5", "train/6", "train/7"):
        draw(put(tmp_path, name) / "img_diagram.png", "blue" if name < "train/6" else "green")
    draw(tmp_path / "val/5/img_diagram.png", "blue")  # the same picture, another figure
    assert reasons(CLEANER, tmp_path) == {
        "1": "twin-in-test",
        "2": "twin-in-test",
        "3": None,
        "4": "twin-in-val",
        "5": None,
        "6": None,
        "7": None,
    }


def test_two_figures_without_points_are_no_twins(tmp_path: Path) -> None:
    for name in ("train/1", "test/2"):
        put(tmp_path, name, form={"point_positions": {}})
    assert set(reasons(CLEANER, tmp_path).values()) == {"points-missing"}


def test_a_picture_that_is_missing_or_leads_out_is_named(tmp_path: Path) -> None:
    source = tmp_path / "data"
    (put(source, "train/1") / "img_diagram.png").unlink()
    (put(source, "train/2") / "img_diagram.png").unlink()
    draw(tmp_path / "secret.png")
    (source / "train/2/img_diagram.png").symlink_to(tmp_path / "secret.png")
    (put(source, "train/3") / "img_diagram.png").write_bytes(b"no picture")
    assert reasons(CLEANER, source) == {
        "1": "picture-missing",
        "2": "picture-outside",
        "3": "picture-unreadable",
    }


def test_records_come_split_by_split_and_by_number(tmp_path: Path) -> None:
    for name in ("data/geometry3k/train/10", "data/geometry3k/train/9", "data/geometry3k/val/2101"):
        put(tmp_path, name)
    found = [(one.id, one.split, one.place) for one in CLEANER.records(tmp_path)]
    assert found == [
        ("9", "train", "data/geometry3k/train/9/data.json"),
        ("10", "train", "data/geometry3k/train/10/data.json"),
        ("2101", "val", "data/geometry3k/val/2101/data.json"),
    ]
    assert len(CLEANER.files(tmp_path)) == 6


def test_another_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="is not Geometry3K: it has no folder train, val, test"):
        list(CLEANER.records(tmp_path))


@pytest.mark.parametrize("name", ["data.json", "logic_form.json"])
@pytest.mark.parametrize("content", ["{", "[]", "7", "", "[" * 100_000])
def test_a_broken_record_stops_no_other(tmp_path: Path, name: str, content: str) -> None:
    (put(tmp_path, "train/1") / name).write_text(content)
    put(tmp_path, "train/2")
    assert reasons(CLEANER, tmp_path) == {"1": "bad-record", "2": None}


def test_a_folder_without_its_data_is_told_of(tmp_path: Path) -> None:
    (put(tmp_path, "train/1") / "data.json").unlink()
    put(tmp_path, "train/2")
    (put(tmp_path, "train/3") / "data.json").unlink()
    (tmp_path / "train/3/logic_form.json").unlink()
    assert reasons(CLEANER, tmp_path) == {"1": "bad-record", "2": None, "3": "bad-record"}


@pytest.mark.parametrize("home", ["geometry3k", "geometry3k/train", "geometry3k/train/1"])
def test_no_folder_outside_of_the_source_is_read(tmp_path: Path, home: str) -> None:
    put(tmp_path, "elsewhere/train/1")
    link = tmp_path / "source" / home
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / home.replace("geometry3k", "elsewhere"))
    for read in (CLEANER.files, lambda source: list(CLEANER.records(source))):
        with pytest.raises(BuildError, match=r"data\.json is a link to .*, outside of the source"):
            read(tmp_path / "source")


def test_a_number_without_an_end_is_none(tmp_path: Path) -> None:
    form = (
        put(tmp_path, "train/1", {"precise_value": [6.0, 1234.5, 10.39, 12.0]}) / "logic_form.json"
    )
    form.write_text(form.read_text().replace("[60.0, 0.0]", "[1e999, 0.0]"))
    data = put(tmp_path, "train/2", {"precise_value": [6.0, 1234.5, 10.39, 12.0]}) / "data.json"
    data.write_text(data.read_text().replace("1234.5", "1e999"))
    (put(tmp_path, "train/3") / "data.json").write_text(
        '{"a": ' + "[" * 700 + '"\\u0041"' + "]" * 700 + "}"
    )
    assert reasons(CLEANER, tmp_path) == {
        "1": "points-missing",
        "2": "answer-not-a-number",
        "3": "bad-record",
    }


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_the_real_samples_are_kept_where_they_have_pictures(tmp_path: Path) -> None:
    assert set(reasons(CLEANER, SAMPLES).values()) == {"picture-missing"}
    shutil.copytree(SAMPLES / "with_images", tmp_path / "train")
    found = reasons(CLEANER, tmp_path)
    assert len(found) == 10
    assert set(found.values()) == {None}


def test_every_reason_is_tested() -> None:
    assert not untested(CLEANER, __file__)
