"""Tables in terminals of any width: names and numbers stand whole, and what is left out is named."""

import io
import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from builders import registry
from builders.fitted import HOW_TO_SEE, FittedTable
from builders.plan import splits_of
from tests.command import Rrft
from tests.hand_made import RIGHT, WRONG, records, write_run
from tests.terminal import shown_in_terminal

WIDTHS = (120, 80, 40)
# How many of ten answers are right.
FIRST = {"test": 9, "ood-camera": 8, "ood-crowd": 7, "ood-vehicles": 6, "ood-vehicles-math": 5}
OTHER = {"test": 4, "ood-camera": 3, "ood-crowd": 2, "ood-vehicles": 1, "ood-vehicles-math": 0}


def run_of(folder: Path, right: dict[str, int]) -> Path:
    made = [
        one
        for split, count in right.items()
        for one in records([RIGHT] * count + [WRONG] * (10 - count), split=split)
    ]
    return write_run(folder, made)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("r")
    return run_of(folder / "first", FIRST), run_of(folder / "other", OTHER)


@pytest.fixture(scope="module", params=WIDTHS)
def shown(
    request: pytest.FixtureRequest,
    runs: tuple[Path, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, list[str]]:
    """What a terminal of some width shows of commands."""
    cases = tmp_path_factory.mktemp("cases") / "cases.jsonl"
    usual = {"gold": "5", "prediction": RIGHT}
    kinds = ["expression"] * 321 + ["integer"] * 7
    cases.write_text(
        "".join(json.dumps({"id": n, "kind": k} | usual) + "\n" for n, k in enumerate(kinds))
    )
    first, other = runs
    commands: list[Sequence[str | Path]] = [
        ["report", first],
        ["compare", first.name, other.name],  # names that fit: of longer ones a line is broken
        ["check", cases],
        ["tasks"],
    ]
    lines = shown_in_terminal(request.param, *commands, folder=first.parent)
    return {str(command[0]): one for command, one in zip(commands, lines, strict=True)}


def parts(lines: list[str]) -> list[str]:
    """The lines, and what stands between two blanks in one: a block, whose cells are named."""
    blocks = "\n".join(lines).split("\n\n")
    return [*lines, *(one for one in blocks if re.match(r"\S+\n  [^\n]+: ", one))]


def says(lines: list[str], *words: str) -> bool:
    """Whether one line, or one block, has all these words, each whole."""
    return any(
        all(re.search(rf"(?<!\S){re.escape(word)}(?!\S)", part) for word in words)
        for part in parts(lines)
    )


def test_a_report_shows_each_split_and_its_accuracy_whole(shown: dict[str, list[str]]) -> None:
    lines = shown["report"]
    for split, right in FIRST.items():
        told = [one for one in parts(lines) if f" {right / 10:.1%} (" in one]  # and its interval
        assert says(told, split)
        if split != "test":  # in domain, shifted
            assert says(lines, split, "90.0%", f"{right / 10:.1%}")
    assert "…" not in "".join(lines)


def test_a_comparison_shows_each_split_and_both_accuracies_whole(
    shown: dict[str, list[str]],
) -> None:
    lines = shown["compare"]
    for split, right in FIRST.items():
        assert says(lines, f"counting/{split}", f"{right / 10:.1%}", f"{OTHER[split] / 10:.1%}")
    assert "…" not in "".join(lines)


def test_a_check_shows_each_kind_how_many_and_how_well(shown: dict[str, list[str]]) -> None:
    lines = shown["check"]
    assert says(lines, "kind", "n", "accuracy")
    assert says(lines, "expression", "321", "100.0%")
    assert says(lines, "integer", "7", "100.0%")


def test_tasks_and_splits_have_their_whole_names(shown: dict[str, list[str]]) -> None:
    lines = shown["tasks"]
    tasks = registry.tasks()
    for task in tasks.values():
        assert says(lines, task.name)
        for split in splits_of(task.family, tasks):
            assert says(lines, split)


def test_a_pipe_gets_whole_lines_that_end_in_no_blanks(runs: tuple[Path, Path], rrft: Rrft) -> None:
    for said in (rrft("compare", *runs), rrft("report", runs[0]), rrft("tasks")):
        lines = said.stdout.splitlines()
        assert [line for line in lines if line != line.rstrip()] == []
        assert "not shown" not in said.stdout
    assert "the problems of test, seen from another side and from higher up" in said.stdout


TABLE = FittedTable(
    "a title that is longer than the table below it",
    ("name", "n", "share", "told", "why"),
    [("a-long-name", "1,234", "50.0%", "told-you", "because of this and that, and so on"),
     ("b", "5", "[red]", "", "no")],
    left=("told",),
    prose=("why",),
    least=("told", "n"),
)  # fmt: skip


def drawn(width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(TABLE)
    return [line.rstrip() for line in console.export_text().splitlines()]


def heads(lines: list[str]) -> list[str]:
    (line,) = [line for line in lines if line.split()[:1] == ["name"]]
    return line.split()


def test_prose_is_broken_before_a_column_goes_and_the_least_goes_first() -> None:
    # 11 + 5 + 5 + 8 + 35 characters in five columns, two signs after each and two before.
    assert heads(drawn(76)) == ["name", "n", "share", "told", "why"]
    assert len(drawn(76)) == 7
    assert heads(drawn(61)) == ["name", "n", "share", "told", "why"]
    assert len(drawn(61)) == 8
    assert heads(drawn(60)) == ["name", "n", "share", "why"]
    assert f"not shown: told; {HOW_TO_SEE}" in " ".join(" ".join(drawn(60)).split())
    assert heads(drawn(50)) == ["name", "share", "why"]
    assert "told" not in heads(drawn(50))


def test_where_nothing_more_may_go_a_row_is_a_block_with_all_it_has() -> None:
    lines = drawn(36)
    start = lines.index("a-long-name")
    assert lines[start + 1 : start + 4] == ["  n: 1,234", "  share: 50.0%", "  told: told-you"]
    assert lines[start + 4 : start + 6] == ["  why: because of this and that, and", "  so on"]
    assert lines[lines.index("b") + 1 :][:3] == ["  n: 5", "  share: [red]", "  why: no"]
    assert not any("not shown" in line for line in lines)


def test_no_text_commands_the_terminal() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None)
    with console.capture() as shown:
        console.print(FittedTable("a\x9b", ("b",), [("\x1b]0;taken\x07\r",), ("c\nd",)]))
    assert "\\u001b]0;taken\\u0007\\u000d" in shown.get() and "a\\u009b" in shown.get()
    assert set(shown.get()) - {"\n"} == {sign for sign in shown.get() if sign.isprintable()}


@pytest.mark.parametrize("width", [200, 76, 60])
def test_a_title_is_broken_at_the_terminals_edge_alone(width: int) -> None:
    assert drawn(width)[0] == "a title that is longer than the table below it"
