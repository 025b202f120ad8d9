"""The report's three files: what they hold, and that nobody's text does anything in them."""

import base64
import io
import json
import random
import re
import shutil
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image

from evaluators import layout
from evaluators.statistics import Interval
from reasonrft.backend import Ask, Completion, Failure, Outcome
from reasonrft.report import page
from reasonrft.report.figures import Figures
from reasonrft.report.gaps import Gap, Paired
from reasonrft.report.markdown import facts_line
from reasonrft.report.page import choose_answers, outcome_of, shorten
from reasonrft.report.summary import FORMAT, FamilyReport, Report, SplitReport, make_report
from reasonrft.report.write import write_report
from reasonrft.run import RECORDS, Session, read_run
from tests.reading_back import data_of, raw_data
from tests.report_data import (
    FAMILIES,
    HOSTILE,
    HOSTILE_MODEL,
    Scripted,
    change_records,
    make_hostile_run,
    make_run,
    mixed,
    right,
    write_data,
    write_families,
)

DOCUMENT = Path(__file__).parent.parent / "docs" / "report.md"
DOCUMENTED = (Report, FamilyReport, SplitReport, Figures, Gap, Paired, Interval, Session)
FILES = ("report.json", "report.md", "report.html")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_families(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def run(data: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with answers of every sort and its report; not to be changed."""
    folder = make_run(tmp_path_factory.mktemp("run") / "mixed", data, Scripted(mixed))
    write_report(folder)
    return folder


@pytest.fixture(scope="module")
def hostile(data: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_hostile_run(tmp_path_factory.mktemp("run") / "hostile", data)
    write_report(folder)
    return folder


def report_of(folder: Path) -> dict[str, Any]:
    def refuse(name: str) -> float:
        raise AssertionError(f"{name} is no JSON")

    text = (folder / "report.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return read


# report.json


def always_wrong(ask: Ask) -> Outcome:
    return Completion(layout("", "77" if ask.sample.answer.isdigit() else "C"))


def no_answer(_ask: Ask) -> Outcome:
    return Failure("the server is down")


def fails_in_crowds(ask: Ask) -> Outcome:
    return no_answer(ask) if ask.sample.split == "ood-many" else right(ask)


@pytest.mark.parametrize(("splits", "draws"), [("id", 1), ("ood", 3), ("id,ood", 1), ("id,ood", 3)])
@pytest.mark.parametrize("write", [right, mixed, always_wrong, no_answer, fails_in_crowds])
def test_every_number_is_one_or_null(
    data: list[Path], tmp_path: Path, write: Any, splits: str, draws: int
) -> None:
    folder = make_run(tmp_path / "run", data[:2], Scripted(write), draws=draws, splits=splits)
    report = write_report(folder).report
    read = report_of(folder)
    assert read == report.to_json()
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert not re.search(r"(\bnan|\binf\b|\bNone\b|\bnull\b)", text)
    shown = read["families"]["counting"]["splits"]
    assert list(shown) == [
        *(["test"] if "id" in splits else []),
        *(["ood-dark", "ood-many", "ood-many-dark"] if "ood" in splits else []),
    ]
    if write is no_answer:
        assert all(one["figures"]["accuracy"]["estimate"] is None for one in shown.values())
        assert all(one["figures"]["failed"] for one in shown.values())


def test_a_ratio_to_nothing_is_null(data: list[Path], tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", data[:1], Scripted(always_wrong))
    write_report(folder)
    gap = report_of(folder)["families"]["counting"]["gaps"]["ood-many"]
    assert gap["retention"] | {"n": 0} == {"estimate": None, "low": 0.0, "high": None, "n": 0}
    assert gap["gap"]["estimate"] == 0


def test_a_mean_without_a_part_is_none(data: list[Path], tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", data[:2], Scripted(fails_in_crowds))
    write_report(folder)
    read = report_of(folder)
    for mean in (read["families"]["counting"]["out_of_domain"], read["out_of_domain"]):
        assert mean == {"estimate": None, "low": None, "high": None, "n": 0}
    assert read["in_domain"]["estimate"] == 1
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "In domain, mean of families: 100.0%" in text
    assert "out of domain, mean" not in text


def sections_of(document: str) -> dict[str, list[str]]:
    """The fields that each section's table names."""
    document = document.partition("\n# The report on an experiment\n")[0]  # which has its own test
    parts = re.split(r"^## (\w+)\n", document, flags=re.MULTILINE)[1:]
    return {
        name: re.findall(r"^\| `(\w+)` \| \S", text, re.MULTILINE)
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_field_is_documented_and_no_other() -> None:
    sections = sections_of(DOCUMENT.read_text(encoding="utf-8"))
    assert sections == {one.__name__: [f.name for f in fields(one)] for one in DOCUMENTED}
    assert f"| `format` | of this file: {FORMAT} |" in DOCUMENT.read_text(encoding="utf-8")


def test_the_documented_fields_are_those_of_the_file(run: Path) -> None:
    read = report_of(run)
    family = read["families"]["counting"]
    split = family["splits"]["ood-dark"]
    gap = family["gaps"]["ood-dark"]
    found = {
        Report: read,
        FamilyReport: family,
        SplitReport: split,
        Figures: split["figures"],
        Gap: gap,
        Paired: gap["paired"],
        Interval: gap["gap"],
        Session: read["sessions"][0],
    }
    sections = sections_of(DOCUMENT.read_text(encoding="utf-8"))
    assert {one.__name__: list(value) for one, value in found.items()} == sections
    # No dataclass is in the report that is not documented.
    _, records = read_run(run)
    assert not {type(one) for one in parts_of(write_report(run).report)} - set(DOCUMENTED)
    assert records


def parts_of(value: Any) -> list[Any]:
    """Every dataclass in a value."""
    if is_dataclass(value):
        inner = [getattr(value, field.name) for field in fields(value)]
        return [value, *(part for one in inner for part in parts_of(one))]
    if isinstance(value, dict):
        return [part for one in value.values() for part in parts_of(one)]
    return [part for one in value for part in parts_of(one)] if isinstance(value, tuple | list) else []  # fmt: skip


# report.md


def tokens_of(folder: Path) -> list[Token]:
    """What a reader of Markdown makes of it."""
    text = (folder / "report.md").read_bytes().decode("utf-8")
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return [part for token in reader.parse(text) for part in (token, *(token.children or ()))]


def headings_of(folder: Path) -> list[tuple[str, str]]:
    tokens = tokens_of(folder)
    return [
        (token.tag, tokens[place + 1].content)
        for place, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


FAMILY = [("h3", "Generalization"), ("h3", "By kind of question"), ("h3", "By depth")]


def test_markdown_has_its_parts(run: Path) -> None:
    assert headings_of(run) == [
        ("h1", "toy model"),
        *(heading for family in FAMILIES for heading in [("h2", family), *FAMILY]),
        ("h2", "How it was measured"),
    ]
    rows = Counter(token.type for token in tokens_of(run))
    assert rows["table_open"] == 3 * 4
    text = (run / "report.md").read_text(encoding="utf-8")
    assert "| split | n | accuracy (95%) | blind |" in text
    assert "**Before you quote these numbers**\n\n- Answers that could not be had: " in text


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({}, "greedy"),
        ({"reasoning_effort": "low"}, "greedy"),
        ({"temperature": None}, "the server's own temperature"),
        ({"temperature": 0.7}, "temperature 0.7"),
    ],
)
def test_what_a_server_was_told_of_drawing_goes_before_what_the_run_says(
    run: Path, request_: dict[str, Any], told: str
) -> None:
    """By `--engine-arg temperature=null`, which servers want that draw as they like."""
    state, _ = read_run(run)
    asked = replace(state, settings={**state.settings, "request": request_})
    assert f" answers, {told}, at most " in facts_line(make_report(asked, [], "a model"))


def test_no_text_is_markup_in_markdown(run: Path, hostile: Path) -> None:
    tokens = tokens_of(hostile)
    assert {token.type for token in tokens} == {token.type for token in tokens_of(run)}
    assert not {"html_block", "html_inline", "image", "link_open"} & {t.type for t in tokens}
    headings = headings_of(hostile)
    assert [tag for tag, _ in headings] == [tag for tag, _ in headings_of(run)]
    assert headings[1:] == headings_of(run)[1:]
    # As it was written, but on one line, and whole in its cell.
    told = [texts_in(token) for token in tokens if token.type == "inline"]
    assert told[0] == on_one_line(HOSTILE_MODEL)
    assert on_one_line(f"dots {HOSTILE}") in told
    text = (hostile / "report.md").read_text(encoding="utf-8")
    assert "<" not in re.sub(r"\\[!-/:-@\[-`{-~]", "", text)


def texts_in(token: Token) -> str:
    return "".join(one.content for one in token.children or () if one.type.startswith("text"))


def on_one_line(text: str) -> str:
    return " ".join(text.splitlines())


# report.html


class Tags(HTMLParser):
    """The tags of a page, with the texts of style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags:
            self.texts.setdefault(self.tags[-1][0], []).append(data)


def html_of(folder: Path) -> str:
    return (folder / "report.html").read_bytes().decode("utf-8")


def test_the_page_fetches_nothing(run: Path, hostile: Path) -> None:
    for folder in (run, hostile):
        html = html_of(folder)
        parsed = Tags(html)
        metas = [attributes for tag, attributes in parsed.tags if tag == "meta"]
        (policy,) = [
            m["content"] for m in metas if m.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policy is not None
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules["default-src"] == "'none'"
        assert rules["img-src"] == "'self' file: data:"
        assert set(rules) == {
            *("default-src", "img-src", "style-src", "script-src", "base-uri", "form-action"),
        }
        # The policy comes before anything that it could forbid.
        assert [tag for tag, _ in parsed.tags[:4]] == ["html", "head", "meta", "meta"]
        links = [
            (tag, name, value)
            for tag, attributes in parsed.tags
            for name, value in attributes.items()
            if name in {"src", "href", "srcset", "action", "poster", "data", "style"}
            or name.startswith("on")
        ]
        assert links == [("a", "href", "#answers")]
        ours = html.replace(raw_data(html), "").replace("http://example.org", "")
        assert not re.search(r"https?:|[\"'(=]//|@import|url\(", ours)


def test_no_text_is_a_tag_in_the_page(run: Path, hostile: Path) -> None:
    assert [tag for tag, _ in Tags(html_of(hostile)).tags] == [
        tag for tag, _ in Tags(html_of(run)).tags
    ]
    assert not set(raw_data(html_of(hostile))) & set("<>&")
    # And no text is lost by it.
    shown = data_of(hostile / "report.html")
    assert shown["report"]["title"] == HOSTILE_MODEL
    assert {answer["question"] for answer in shown["answers"]} == {HOSTILE}
    written = [one["written"] for one in shown["answers"] if one["outcome"] == "wrong"]
    assert written
    assert all(HOSTILE in one for one in written)
    failed = [one["failure"] for one in shown["answers"] if one["outcome"] == "failed"]
    assert failed
    assert set(failed) == {f"refused: {HOSTILE}"}


def test_texts_of_a_megabyte_keep_the_page_small(data: list[Path], tmp_path: Path) -> None:
    def endless(ask: Ask) -> Outcome:
        # Three bytes a character, as in much of the world's writing.
        thought = "思" * (1_000_000 if ask.row == 0 else 20_000)
        wrong = {"edits": "change_size(3, 'large')", "half": "AB".replace(ask.sample.answer, "")}
        answer = (ask.sample.answer, wrong.get(ask.sample.task, "77"), "zebra")[ask.row // 2 % 3]
        return Completion(f"{layout(thought, answer)}")

    folder = make_run(tmp_path / "run", data, Scripted(endless), draws=2)
    change_records(
        folder, lambda one: replace(one, question="問" * (300_000 if one.row == 1 else 9))
    )
    written = write_report(folder)
    answers = data_of(folder / "report.html")["answers"]
    assert len(answers) >= 150
    assert written.page.stat().st_size < 2_000_000
    right_ones = [one for one in answers if one["outcome"] == "correct"]
    assert right_ones
    for one in right_ones:  # the end, where the answer stands, is there
        assert one["written"].endswith("</answer>")
        assert "characters, in records.jsonl" in one["written"]


def test_a_text_is_cut_only_where_it_is_long() -> None:
    most = page.BEGINNING + page.ENDING
    assert shorten("x" * most) == "x" * most
    cut = shorten("a" * page.BEGINNING + "b" * 1234 + "c" * page.ENDING)
    assert cut == f"{'a' * page.BEGINNING}\n[… 1,234 characters, in records.jsonl …]\n{'c' * page.ENDING}"  # fmt: skip


def test_a_lone_surrogate_is_no_obstacle(data: list[Path], tmp_path: Path) -> None:
    lone = "\ud83d no pair \x00 \u2028"

    def odd(ask: Ask) -> Outcome:
        return Completion(f"{lone} {ask.sample.answer}")

    folder = make_run(tmp_path / "run", data[:1], Scripted(odd))
    change_records(folder, lambda one: replace(one, kind=lone))
    write_report(folder)
    assert {one["kind"] for one in data_of(folder / "report.html")["answers"]} == {lone}
    kinds = report_of(folder)["families"]["counting"]["splits"]["test"]["kinds"]
    assert list(kinds) == [lone]


# The same run, the same files.


def test_the_same_answers_give_the_same_bytes(run: Path, tmp_path: Path) -> None:
    before = {name: (run / name).read_bytes() for name in FILES}
    copy = tmp_path / "elsewhere"
    shutil.copytree(run, copy)
    for name in FILES:
        (copy / name).unlink()
    lines = (copy / RECORDS).read_bytes().splitlines(keepends=True)
    random.Random(1).shuffle(lines)  # as several requests at once bring them
    (copy / RECORDS).write_bytes(b"".join(lines))
    write_report(copy)
    assert {name: (copy / name).read_bytes() for name in FILES} == before


def test_some_answers_of_each_sort_are_chosen(run: Path) -> None:
    _, records = read_run(run)
    chosen = choose_answers(records)
    sorts = Counter((one.family, one.split, outcome_of(one)) for one in records)
    shown = Counter((one.family, one.split, outcome_of(one)) for one in chosen)
    assert shown == {sort: min(count, page.SHOWN[sort[2]]) for sort, count in sorts.items()}
    assert any(shown[sort] < sorts[sort] for sort in sorts)
    assert [one.place for one in chosen] == [r.place for r in records if r in chosen]
    # By chance: not the first ones.
    first = [r.row for r in records if (*r.place[:2], outcome_of(r)) == ("counting", "test", "correct")]  # fmt: skip
    rows = [c.row for c in chosen if (*c.place[:2], outcome_of(c)) == ("counting", "test", "correct")]  # fmt: skip
    assert rows != first[: len(rows)]


# Pictures


def shown_pictures(folder: Path) -> dict[str, list[bytes]]:
    """The pictures on a page, by the sample that they are shown with."""
    read = data_of(folder / "report.html")
    return {
        one["id"]: [base64.b64decode(url.partition(",")[2]) for url in read["pictures"][place]]
        for one in read["answers"]
        if (place := one["pictures"]) is not None
    }


def pixels(picture: bytes) -> np.ndarray[Any, np.dtype[np.float64]]:
    with Image.open(io.BytesIO(picture)) as image:
        return np.asarray(image.convert("RGB"), dtype=np.float64)


def asked_pictures(data: Path, family: str) -> dict[str, list[bytes]]:
    shards = sorted((data / "data" / family).glob("*.parquet"))
    rows = [row for shard in shards for row in pq.read_table(shard).to_pylist()]
    return {row["id"]: [image["bytes"] for image in row["images"]] for row in rows}


def test_every_answer_has_the_pictures_of_its_question(data: list[Path], run: Path) -> None:
    shown = shown_pictures(run)
    assert set(shown) == {answer["id"] for answer in data_of(run / "report.html")["answers"]}
    asked = {
        name: [pixels(image) for image in images]
        for folder in data
        for name, images in asked_pictures(folder, folder.name).items()
    }
    for name, pictures in shown.items():
        assert len(pictures) == len(asked[name])
        for place, picture in enumerate(map(pixels, pictures)):
            far = {
                other: np.abs(picture - images[place]).mean()
                for other, images in asked.items()
                if place < len(images)
            }
            assert far[name] == min(far.values())


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Path]:
    """A dataset and a run on it, to be spoilt."""
    data = write_data(tmp_path / "counting")
    folder = make_run(tmp_path / "run", [data], Scripted(mixed))
    write_report(folder)
    return data, folder


GONE = ": not known, its data is no longer there"


def test_without_the_dataset_only_pictures_and_overlap_are_gone(own: tuple[Path, Path]) -> None:
    data, folder = own
    before = {name: (folder / name).read_bytes() for name in FILES}
    answers = data_of(folder / "report.html")["answers"]
    assert shown_pictures(folder)
    shutil.rmtree(data)
    write_report(folder)
    report, anew = (
        json.loads(one) for one in (before["report.json"], (folder / "report.json").read_bytes())
    )
    gone = [sentence.partition(":")[0] + GONE for sentence in report["overlap"]]
    assert anew == report | {"overlap": gone}
    assert data_of(folder / "report.html")["pictures"] == []
    assert data_of(folder / "report.html")["answers"] == [
        one | {"pictures": None} for one in answers
    ]


def test_a_damaged_dataset_costs_only_pictures(own: tuple[Path, Path]) -> None:
    data, folder = own
    for shard in (data / "data" / "counting").glob("*.parquet"):
        content = bytearray(shard.read_bytes())
        content[4 : len(content) // 2] = bytes(len(content) // 2 - 4)  # its pages, not its footer
        shard.write_bytes(content)
    write_report(folder)
    assert shown_pictures(folder) == {}


def test_other_pictures_are_not_shown(own: tuple[Path, Path]) -> None:
    data, folder = own
    before = shown_pictures(folder)
    (shard,) = (data / "data" / "counting").glob("ood-many-dark-*.parquet")
    table = pq.read_table(shard)
    rows = table.to_pylist()
    for first, second in ((0, 1), (4, 7)):
        rows[first]["images"], rows[second]["images"] = rows[second]["images"], rows[first]["images"]  # fmt: skip
    pq.write_table(type(table).from_pylist(rows, table.schema), shard)
    write_report(folder)
    swapped = {rows[place]["id"] for place in (0, 1, 4, 7)}
    assert swapped & set(before)
    assert shown_pictures(folder) == {n: p for n, p in before.items() if n not in swapped}


def test_answers_to_one_question_share_its_pictures(data: list[Path], tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", data[:1], Scripted(mixed), draws=4)
    write_report(folder)
    read = data_of(folder / "report.html")
    questions = {(one["split"], one["id"]) for one in read["answers"]}
    assert len(read["pictures"]) == len(questions) < len(read["answers"])
    assert {one["draw"] for one in read["answers"]} == {0, 1, 2, 3}
