"""`rrft leaderboard build`: which rows stand together, and which files there are."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import metadata_load
from markdown_it import MarkdownIt

from builders import registry
from builders.clean import source_plans
from builders.dataset import build
from builders.engine import InProcess
from evaluators.statistics import mcnemar
from leaderboards.add import add_run
from leaderboards.archive import BoardError
from leaderboards.board import Board, boards_of
from leaderboards.pages import board_data, short_model
from leaderboards.proof import Shelf
from leaderboards.questions import Heading, Questions
from leaderboards.site import build_site
from leaderboards.standing import Ranked, places_on
from leaderboards.verify import prove
from reasonrft.backend import Sampling
from reasonrft.benchmark import benchmark_plans
from reasonrft.compare import compare_runs
from reasonrft.evaluate import Manner, evaluate
from reasonrft.questions import choose_sources
from reasonrft.report.write import write_report
from tests import toy_cleaner
from tests.board_data import (
    SIZES,
    Forger,
    finished_experiment,
    finished_run,
    made_up_board,
    settings,
    skilled,
)
from tests.command import Rrft
from tests.quiet import Quiet
from tests.reading_back import data_of
from tests.report_data import HOSTILE, HOSTILE_NAME, Scripted, make_hostile_run, write_data
from tests.test_leaderboard_verify import doctor_a_score


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("data")
    return [write_data(folder / name, name, SIZES) for name in ("counting", "geometry")]


@pytest.fixture(scope="module")
def entries(data: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up_board(tmp_path_factory.mktemp("runs"), data)


@pytest.fixture(scope="module")
def site(data: list[Path], entries: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "site"
    return build_site(entries, out, data, 5).page.parent


def boards(entries: Path) -> list[Board]:
    shelf = Shelf(entries)
    return boards_of(prove(entries, shelf), shelf)


# Which rows stand together.


def test_rows_of_one_table_were_asked_the_same(entries: Path) -> None:
    counting, geometry = boards(entries)
    assert [board.family for board in (counting, geometry)] == ["counting", "geometry"]
    assert (len(counting.lines), len(geometry.lines)) == (7, 6)
    assert counting.title == "counting, usual level, 64 × 48, seed 0"
    names = [line.about.name for line in counting.lines]
    assert names[0].startswith("toy-reason-rft")
    assert set(names[-2:]) == {"toy-zero-shot-seed0", "toy-zero-shot-seed1"}


def test_other_questions_other_tables(data: list[Path], tmp_path: Path) -> None:
    other = write_data(tmp_path / "other", sizes=("test=21", "ood=20"))
    source = toy_cleaner.write_source(tmp_path / "source")
    cleaned = tmp_path / "cleaned"
    plans = source_plans("toy-dots", source, ["test"], toy_cleaner.cleaners())
    build(plans, cleaned, InProcess(), Quiet(), toy_cleaner.cleaners)
    entries = tmp_path / "entries"
    asked = [(data[0], "id,ood"), (data[0], "id"), (other, "id,ood"), (cleaned, "test")]
    for number, (folder, splits) in enumerate(asked):
        model = Scripted(skilled(0.5, number), f"model-{number}")
        add_run(finished_run(tmp_path / f"run{number}", [folder], model, splits), entries)
    found = boards(entries)
    assert [len(board.lines) for board in found] == [1, 1, 1, 1]
    assert len({board.slug for board in found}) == 4
    assert [board.is_public for board in found] == [False, False, False, True]
    titles = [board.title for board in found]
    # Two are of one dataset, of which one was asked `test` alone: the digest tells them apart.
    alike = [board for board in found if board.title.startswith("counting, usual level, 64 × 48, seed 0, ")]  # fmt: skip
    assert [board.title for board in alike] == [f"counting, usual level, 64 × 48, seed 0, {board.digest}" for board in alike]  # fmt: skip
    assert (len(alike), len(set(titles)), titles[-1]) == (3, 4, "counting: toy-dots")


def test_a_part_of_the_questions_is_told(data: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    model, sources = (
        Scripted(skilled(0.5), "some-model"),
        choose_sources([data[0]], None, ["id"], 3),
    )
    evaluate(folder, model, sources, Manner(Sampling(temperature=1.0), draws=2), Quiet())
    write_report(folder)
    add_run(folder, tmp_path / "entries")
    (board,) = boards(tmp_path / "entries")
    assert (
        board.title == "counting, usual level, 64 × 48, seed 0, 3 of 20 questions, 2 answers each"
    )


def test_only_what_is_built_as_the_benchmark_is_called_so(entries: Path) -> None:
    """By seed, level, size, number of rows and versions of tasks: no seed alone makes a benchmark."""
    toys = boards(entries)[0]
    (plan,) = benchmark_plans(("counting",), ["test"], registry.tasks())["counting"]
    (row, *_) = toys.questions["test"].rows
    bench = replace(
        toys.questions["test"],
        heading=Heading.of(plan.heading()),
        tasks=plan.tasks,
        rows=(row,) * plan.rows,
    )

    def title(one: Questions) -> str:
        asked = replace(toys.asked["test"], asked=(len(one.rows),))
        return Board("counting", {"test": one}, {"test": asked}, ()).title

    assert title(bench) == "counting: rrft-bench v1"
    others = [
        replace(bench, heading=replace(bench.heading, seed=7)),
        replace(bench, heading=replace(bench.heading, level="easy")),
        replace(bench, heading=replace(bench.heading, image_size=(64, 48))),
        replace(bench, rows=bench.rows[1:]),
        replace(bench, tasks={name: version + 1 for name, version in plan.tasks.items()}),
        replace(bench, tasks={"dots": 1}),
    ]
    assert not [title(one) for one in others if "rrft-bench" in title(one)]
    mixed = Board(
        "counting", {"test": bench, "ood-many": toys.questions["ood-many"]}, toys.asked, ()
    )
    assert "rrft-bench" not in mixed.title


def test_what_was_printed_is_in_no_table_of_ours(site: Path) -> None:
    shown = data_of(site / "index.html")
    ours = {row["name"] for board in shown["boards"] for row in board["rows"]}
    printed = {row["method"] for one in shown["published"] for part in one["parts"] for row in part["rows"]}  # fmt: skip
    assert len(ours) == 7
    assert len(printed) == 19
    assert not ours & printed
    assert not any("rank" in key for one in shown["published"] for part in one["parts"] for row in part["rows"] for key in row)  # fmt: skip


def test_numbers_are_those_of_the_reports_and_of_compare(entries: Path) -> None:
    counting = boards(entries)[0]
    runs = {line.about.name: entries.parent / line.about.name.removeprefix("toy-").replace("-seed", "-") / "eval" for line in counting.lines if line.about.recipe}  # fmt: skip
    lines = [line for line in counting.lines if line.about.recipe]
    first, second = lines[0], lines[-1]
    rows = {row.split: row for row in compare_runs([runs[first.about.name], runs[second.about.name]]).rows}  # fmt: skip
    for split in counting.questions:
        there = rows[f"counting/{split}"]
        accuracies = [counting.split(line, split).figures.accuracy.estimate for line in (first, second)]  # fmt: skip
        assert [there.first, there.this] == accuracies
        clusters = counting.clusters([split])
        tested = mcnemar(first.scores([split]), second.scores([split]), clusters)
        assert tested.p_value == there.p_value
    shown = board_data(Ranked.of(counting))["rows"]
    assert shown[0]["out"]["estimate"] == first.of.out_of_domain.estimate  # type: ignore[union-attr]
    assert shown[0]["gap"]["estimate"] == pytest.approx(sum(one.gap.estimate for one in first.of.gaps.values()) / 3)  # fmt: skip
    assert shown[0]["ranks"][1]["rank"] == 1
    assert shown[-1]["ranks"][1]["rank"] > 1


def test_what_learned_from_a_part_has_no_rank(data: list[Path], tmp_path: Path) -> None:
    """The best of all rows had a part of the training set: the others are ranked as if it were not there."""
    entries = tmp_path / "entries"
    runs = [("cot-sft", 100, 1.0), ("cot-sft", None, 0.95), ("zero-shot", 100, 0.1)]
    for recipe, rows, skill in runs:
        config, run = settings(recipe, rows=rows), tmp_path / f"{recipe}-{rows}"
        add_run(finished_experiment(run, data[:1], config, skilled(skill)), entries)
    (board,) = boards(entries)
    shown = board_data(Ranked.of(board))["rows"]
    assert [(row["rows"], row["part"]) for row in shown] == [("100", True), ("whole set", False), ("–", False)]  # fmt: skip
    for place in (0, 1):
        assert [row["ranks"][place] and row["ranks"][place]["rank"] for row in shown] == [None, 1, 2]  # fmt: skip
    site = build_site(entries, tmp_path / "site", (), 0).page.parent
    text = (site / "LEADERBOARD.md").read_text()
    assert "| toy-cot-sft-100-rows-seed0 | nano | cot-sft | 100 | 0 | – |" in text
    assert "| toy-cot-sft-seed0 | nano | cot-sft | whole set | 0 | 1 |" in text
    for page in (site / "splits").iterdir():
        ranks = {row["name"]: row["rank"] for row in data_of(page)["rows"]}
        assert ranks["toy-cot-sft-100-rows-seed0"] is None
        assert all(one["tied"] == [] for one in ranks.values() if one)


def test_references_push_nobody_down(data: list[Path], tmp_path: Path) -> None:
    """The oracle is always right: models are ranked as if it were not there."""
    entries = tmp_path / "entries"
    for name, backend, skill in (("oracle", "oracle", 2.0), ("good", "openai", 0.9), ("poor", "openai", 0.1)):  # fmt: skip
        model = Scripted(skilled(skill), name, backend=backend)
        add_run(finished_run(tmp_path / name, data[:1], model), entries)
    (board,) = boards(entries)
    shown = board_data(Ranked.of(board))["rows"]
    assert [(row["name"], row["recipe"]) for row in shown] == [("oracle", "reference"), ("good", "as found"), ("poor", "as found")]  # fmt: skip
    for place in (0, 1):
        assert [row["ranks"][place] and row["ranks"][place]["rank"] for row in shown] == [None, 1, 2]  # fmt: skip
    site = build_site(entries, tmp_path / "site", (), 0).page.parent
    assert "| oracle | oracle | reference | – | – | – |" in (site / "LEADERBOARD.md").read_text()
    assert data_of(site / "entries" / "oracle.html")["facts"].startswith("The reference oracle, which answers without a model. ")  # fmt: skip
    assert all(data_of(page)["rows"][0]["rank"] is None for page in (site / "splits").iterdir())


def test_whose_problems_a_split_shows_is_told_once(entries: Path) -> None:
    (dark,) = [one for one in board_data(Ranked.of(boards(entries)[0]))["splits"] if one["name"] == "ood-dark"]  # fmt: skip
    assert dark["shift"] == "the same on dark ground, the problems of test anew"
    board = boards(entries)[0]
    said = replace(board.questions["ood-dark"], shift="the problems of test, on dark ground")
    board = replace(board, questions={**board.questions, "ood-dark": said})
    (dark,) = [one for one in board_data(Ranked.of(board))["splits"] if one["name"] == "ood-dark"]
    assert dark["shift"] == "the problems of test, on dark ground"


def test_a_row_alone_has_no_rank(data: list[Path], tmp_path: Path) -> None:
    add_run(finished_run(tmp_path / "run", data[:1], Scripted(skilled(0.5), "m")), tmp_path / "e")
    site = build_site(tmp_path / "e", tmp_path / "site", (), 0).page.parent
    (row,) = data_of(site / "index.html")["boards"][0]["rows"]
    assert row["ranks"] == [None, None]
    assert all(data_of(page)["rows"][0]["rank"] is None for page in (site / "splits").iterdir())


def test_a_rank_goes_by_the_mean_of_shifts_that_is_shown(entries: Path) -> None:
    """On the three shifts, where by questions alone the first would be surely better."""
    counting = boards(entries)[0]
    shifts = counting.shifts
    first, second = counting.lines[0], counting.lines[-1]
    turned = {
        split: replace(one, figures=replace(one.figures, accuracy=replace(one.figures.accuracy, estimate=float(split in shifts))))
        for split, one in second.of.splits.items()
    }  # fmt: skip
    best = replace(second, of=replace(second.of, splits=turned))
    places = places_on(replace(counting, lines=[first, second]), shifts)
    assert [one and one.rank for one in places] == [1, 2]
    places = places_on(replace(counting, lines=[first, best]), shifts)
    assert [one and one.rank for one in places] == [1, 1]


def test_models_are_named_shortly() -> None:
    assert short_model("Qwen/Qwen2-VL-2B-Instruct") == "Qwen/Qwen2-VL-2B-Instruct"
    assert short_model("/data/models/my-model/") == "my-model"
    assert short_model("experiments/x/sft/model") == "model"
    assert short_model("./here") == "here"
    assert short_model("nano") == "nano"


# The files.


def test_every_link_leads_to_a_page_and_every_picture_is_there(site: Path) -> None:
    shown = data_of(site / "index.html")
    links = [row["href"] for board in shown["boards"] for row in board["rows"]]
    links += [split["href"] for board in shown["boards"] for split in board["splits"]]
    assert len(set(links)) == 7 + 2 * 4
    assert all((site / link).is_file() for link in links)
    pages = sorted((site / "splits").iterdir())
    assert len(pages) == 8
    pictures = set()
    for page in pages:
        one = data_of(page)
        assert all((page.parent / row["href"]).is_file() for row in one["rows"])
        shown_with = [question for question in one["questions"] if question["pictures"]]
        assert len(shown_with) == 5
        pictures |= {(page.parent / name).resolve() for question in shown_with for name in question["pictures"]}  # fmt: skip
        for row in one["rows"]:
            assert len(row["outcomes"]) == len(row["read"]) == len(one["questions"])
            right = row["outcomes"].count("c") / len(row["outcomes"])
            assert right == pytest.approx(row["accuracy"]["estimate"])
    assert pictures == {path.resolve() for path in (site / "pictures").iterdir()}


def test_an_entrys_page_has_all_its_answers_and_its_settings(site: Path) -> None:
    shown = data_of(site / "entries" / "toy-reason-rft-seed1.html")
    assert len(shown["answers"]) == 2 * 80
    assert shown["facts"].startswith("Recipe reason-rft on nano, seed 1. 160 answers, greedy")
    settings = dict(map(tuple, shown["settings"]))
    assert (settings["seed"], settings["grpo.beta"], settings["sft: device"]) == ("1", "0.04", "cpu")  # fmt: skip
    with_pictures = [one for one in shown["answers"] if one["pictures"] is not None]
    assert len(with_pictures) == 2 * 4 * 5
    assert all(src.startswith("../pictures/") for own in shown["pictures"] for src in own)


def test_the_same_entries_give_the_same_bytes_and_old_files_go(
    data: list[Path], entries: Path, site: Path, tmp_path: Path
) -> None:
    again = build_site(entries, tmp_path / "again", data, 5)
    files = sorted(str(path.relative_to(site)) for path in site.rglob("*") if path.is_file())
    assert len(files) == again.files
    assert all((site / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in files)  # fmt: skip
    (tmp_path / "again" / ".git").mkdir()
    (tmp_path / "again" / "pictures" / "logo.svg").write_text("theirs")
    fewer = shutil.copytree(entries, tmp_path / "fewer")
    (fewer / "toy-cot-sft-seed0.tar.xz").unlink()
    build_site(fewer, tmp_path / "again", (), 0)
    left = {path.name for path in (tmp_path / "again" / "entries").iterdir()}
    assert len(left) == 6
    assert "toy-cot-sft-seed0.html" not in left
    assert [path.name for path in (tmp_path / "again" / "pictures").iterdir()] == ["logo.svg"]
    assert (tmp_path / "again" / ".git").is_dir()


def test_a_folder_of_something_else_is_left_alone(rrft: Rrft, entries: Path, tmp_path: Path) -> None:  # fmt: skip
    (tmp_path / "thesis.tex").write_text("years of work")
    said = rrft("leaderboard", "build", "--out", tmp_path, "--entries", entries)
    assert (said.code, said.stdout) == (2, "")
    assert f"{tmp_path} holds something else (thesis.tex)" in said.stderr
    (tmp_path / "index.html").write_text("<html>mine</html>")
    assert rrft("leaderboard", "build", "--out", tmp_path, "--entries", entries).code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "thesis.tex"]


def test_datasets_that_are_not_there_leave_an_earlier_site_as_it_is(
    rrft: Rrft, data: list[Path], entries: Path, tmp_path: Path
) -> None:
    asked = ("leaderboard", "build", "--entries", entries, "--pictures", "2")
    there = rrft(*asked, "--out", tmp_path / "site", "--data", data[0])
    assert (there.code, there.stderr.count("\n")) == (0, 1)
    pictures = sorted((tmp_path / "site" / "pictures").iterdir())
    assert pictures
    for option, value in (("--data", tmp_path / "gone"), ("--data", ""), ("--out", ""), ("--entries", "")):  # fmt: skip
        said = rrft(*asked, "--out", tmp_path / "site", option, value)
        assert (said.code, said.stdout, said.stderr.count("\n")) == (2, "", 1)
        assert ("a folder has a name" if value == "" else "does not exist") in said.stderr
    assert sorted((tmp_path / "site" / "pictures").iterdir()) == pictures
    other = write_data(tmp_path / "other", sizes=("test=21",))
    said = rrft(*asked, "--out", tmp_path / "new", "--data", other, "--data", data[1])
    assert said.code == 0
    assert f"rrft: {other} has none of the entries' questions" in said.stderr
    assert str(data[1]) not in said.stderr


def test_an_entry_that_does_not_hold_is_not_shown(entries: Path, tmp_path: Path) -> None:
    forger = Forger(entries, tmp_path / "copy", "toy-cot-sft-seed0")
    doctor_a_score(forger)
    with pytest.raises(BoardError, match=r"says correct .* the grader wrong .*; `rrft leaderboard verify` says more"):  # fmt: skip
        build_site(forger.entries, tmp_path / "site", (), 0)
    assert not (tmp_path / "site").exists()


def test_without_entries_the_paper_is_shown(rrft: Rrft, tmp_path: Path) -> None:
    none = tmp_path / "none"
    said = rrft("leaderboard", "build", "--out", tmp_path / "site", "--entries", none)
    assert (said.code, said.stdout) == (2, "")
    assert (
        said.stderr
        == f"rrft: no folder of entries {none}; make it, or name another with --entries\n"
    )
    assert not (tmp_path / "site").exists()
    none.mkdir()
    said = rrft("leaderboard", "build", "--out", tmp_path / "site", "--entries", none)
    assert (said.code, said.stdout) == (0, f"{tmp_path / 'site' / 'index.html'}\n")
    assert said.stderr.startswith("rrft: entries: 0, tables: 0, files: 3 (")
    assert "No run is entered yet." in (tmp_path / "site" / "LEADERBOARD.md").read_text()
    assert data_of(tmp_path / "site" / "index.html")["boards"] == []


def test_it_is_a_static_space(site: Path) -> None:

    head = metadata_load(site / "README.md") or {}
    assert (head["sdk"], head["app_file"], head["title"]) == ("static", "index.html", "Reason-RFT leaderboard")  # fmt: skip
    assert head["colorFrom"] in {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}  # fmt: skip
    assert len(head["short_description"]) <= 60  # the Hub's limit


def test_the_markdown_has_the_same_rows(site: Path, entries: Path) -> None:
    text = (site / "LEADERBOARD.md").read_text()
    ours, _, printed = text.partition("## What the paper printed")
    tables = [token for token in MarkdownIt("commonmark").enable("table").parse(text) if token.type == "table_open"]  # fmt: skip
    assert len(tables) == 2 + 2 * 3
    sections = ours.split("### ")[1:]
    for board, section in zip(boards(entries), sections, strict=True):
        rows = [one for one in section.splitlines() if one.startswith("| toy-") or "vision" in one]
        assert len(rows) == len(board.lines)
        for line, row in zip(board.lines, rows, strict=True):
            assert row.startswith(f"| {line.about.name} |")
            assert f"{line.of.out_of_domain.estimate:.1%}" in row  # type: ignore[union-attr]
            assert line.about.name not in printed
    assert "| Qwen2-VL-2B + Reason-RFT-Zero | 42.13 | 34.07 | 33.41 | 33.74 | 36.54 ≠ |" in printed


def test_hostile_names_are_no_markup(data: list[Path], tmp_path: Path) -> None:
    """Of the model, its answers and settings; those of a dataset are proved by its digest."""
    folder = make_hostile_run(tmp_path / "run", data[:1])
    with pytest.raises(BoardError):  # questions that are not the dataset's, and answers that are not there  # fmt: skip
        add_run(folder, tmp_path / "entries")
    model = Scripted(skilled(0.5), HOSTILE_NAME, {"engine": HOSTILE})
    add_run(finished_run(tmp_path / "h", data[:1], model), tmp_path / "entries", "hostile")
    site = build_site(tmp_path / "entries", tmp_path / "site", (), 0).page.parent
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "<img src=x" not in text
        assert len(re.findall("<script", text)) == 2
    html = MarkdownIt("commonmark").enable("table").render((site / "LEADERBOARD.md").read_text())
    assert "<img" not in html
    assert "<script" not in html
