"""Runs on the disk beside each other: differences, tests, corrections, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from scipy import stats

from evaluators.statistics import holm
from reasonrft.compare import ALL, compare_runs
from reasonrft.record import Record
from reasonrft.run import RunError, write_records
from tests.command import Rrft
from tests.hand_made import FAILED, RIGHT, WRONG, drawn, record, records, write_run

# What two runs make of the same questions: both right, only the first, only the second, none.
FIRST = [RIGHT] * 6 + [RIGHT] * 9 + [WRONG] * 2 + [WRONG] * 3
SECOND = [RIGHT] * 6 + [WRONG] * 9 + [RIGHT] * 2 + [WRONG] * 3


def two(folder: Path, first: list[Record], second: list[Record]) -> list[Path]:
    return [write_run(folder / "first", first), write_run(folder / "second", second)]


def test_a_row_is_mcnemar_on_the_same_questions(tmp_path: Path) -> None:
    folders = two(tmp_path, records(FIRST), records(SECOND))
    comparison = compare_runs(folders)
    (row,) = comparison.rows
    assert (comparison.first, row.run, row.split) == (str(folders[0]), str(folders[1]), "counting/test")  # fmt: skip
    assert (row.n, row.left_out, row.only_first, row.only_this) == (20, 0, 9, 2)
    assert (row.first, row.this) == (15 / 20, 8 / 20)
    assert row.difference.estimate == pytest.approx(-7 / 20)
    assert row.difference.low < -7 / 20 < row.difference.high < 0
    # 2 (1 + 11 + 55) ÷ 2¹¹
    assert row.p_value == row.p_corrected == pytest.approx(2 * 67 / 2048)


def test_every_run_is_compared_with_the_first_and_all_rows_are_corrected(tmp_path: Path) -> None:
    first = [*records(FIRST), *records(FIRST[:12], split="ood-x")]
    second = [*records(SECOND), *records(SECOND[:12], split="ood-x")]
    runs = [*two(tmp_path, first, second), write_run(tmp_path / "third", first)]
    rows = compare_runs(runs).rows
    assert [(Path(row.run).name, row.split, row.n) for row in rows] == [
        ("second", "counting/test", 20),
        ("second", "counting/ood-x", 12),
        ("second", ALL, 32),
        ("third", "counting/test", 20),
        ("third", "counting/ood-x", 12),
        ("third", ALL, 32),
    ]
    wins = [(9, 2), (6, 0), (15, 2), (0, 0), (0, 0), (0, 0)]
    assert [(row.only_first, row.only_this) for row in rows] == wins
    expected = [stats.binomtest(a, a + b).pvalue if a + b else 1.0 for a, b in wins]
    assert [row.p_value for row in rows] == pytest.approx(expected)
    assert [row.p_corrected for row in rows] == pytest.approx(holm(expected))
    assert rows[2].p_corrected == pytest.approx(6 * expected[2])


def test_a_failed_answer_is_left_out_and_counted(tmp_path: Path) -> None:
    first: list[str | None] = [*FIRST]
    second: list[str | None] = [*SECOND]
    first[0] = second[1] = first[6] = FAILED  # each alone
    first[19] = second[19] = FAILED  # both: there is nothing to leave out
    (row,) = compare_runs(two(tmp_path, records(first), records(second))).rows
    assert (row.n, row.left_out, row.only_first, row.only_this) == (16, 3, 8, 2)
    assert (row.first, row.this) == (12 / 16, 6 / 16)


def test_only_questions_that_both_were_asked_are_compared(tmp_path: Path) -> None:
    first = [*records(FIRST), *records([RIGHT] * 5, split="ood-x")]
    (row,) = compare_runs(two(tmp_path, first, records(SECOND[:10]))).rows
    assert (row.split, row.n, row.left_out) == ("counting/test", 10, 10)


def test_several_answers_are_compared_by_the_sign_test(tmp_path: Path) -> None:
    first = drawn(*[[RIGHT, RIGHT]] * 6, [WRONG, WRONG], [RIGHT, WRONG], [RIGHT, RIGHT])
    second = drawn(*[[RIGHT, WRONG]] * 6, [WRONG, RIGHT], [WRONG, RIGHT], [RIGHT, RIGHT])
    (row,) = compare_runs(two(tmp_path, first, second)).rows
    assert (row.n, row.only_first, row.only_this) == (9, 6, 1)
    assert row.p_value == pytest.approx(stats.binomtest(1, 7).pvalue)
    assert (row.first, row.this) == pytest.approx((7.5 / 9, 5 / 9))


def test_other_numbers_of_answers_favour_no_run(tmp_path: Path) -> None:
    # A model that is right three times of four beside itself asked once: its one answer beats the mean of
    # its four wherever it is right. The first draws of both are compared, and what both have.
    often = drawn(*[[RIGHT, RIGHT, RIGHT, WRONG]] * 12, [FAILED, RIGHT, RIGHT, RIGHT])
    once = records([RIGHT] * 13)
    (row,) = compare_runs(two(tmp_path, often, once)).rows
    assert (row.n, row.left_out, row.only_first, row.only_this) == (12, 1, 0, 0)
    assert row.p_value == 1


def test_questions_of_one_picture_are_one_observation(tmp_path: Path) -> None:
    first, second = (
        [replace(one, pictures=str(one.row % 4)) for one in records(outputs)]
        for outputs in ([RIGHT] * 20, [WRONG] * 20)
    )
    (row,) = compare_runs(two(tmp_path, first, second)).rows
    assert (row.only_first, row.only_this) == (20, 0)
    assert row.p_value == pytest.approx(2 / 2**4)


def test_a_problem_shown_twice_is_one_observation_over_all(tmp_path: Path) -> None:
    # The shift has the problems of test, in another order, and two splits have none of them.
    def run(name: str, output: str) -> Path:
        made = [
            *records([output] * 6),
            *(record(output, row, split="ood-x", index=5 - row) for row in range(6)),
            *records([output] * 4, split="ood-y"),
        ]
        return write_run(tmp_path / name, made, paired_with={"ood-x": "test"})

    rows = compare_runs([run("first", RIGHT), run("second", WRONG)]).rows
    assert [row.only_first for row in rows] == [6, 6, 4, 16]
    assert [row.p_value for row in rows] == pytest.approx([2 / 2**6, 2 / 2**6, 2 / 2**4, 2 / 2**10])


# What is refused.


def test_other_samples_are_refused(tmp_path: Path) -> None:
    runs = [
        write_run(tmp_path / "first", records(FIRST)),
        write_run(tmp_path / "second", records(SECOND), digest="another"),
    ]
    with pytest.raises(RunError, match=r"first and \S+second have other samples in counting/test"):
        compare_runs(runs)


def test_other_graders_are_refused(tmp_path: Path) -> None:
    second = records(SECOND)
    assert second[3].judged is not None
    second[3] = replace(second[3], judged=replace(second[3].judged, grader=99))
    runs = two(tmp_path, records(FIRST), second)
    write_records(runs[1], second)  # a run that is finished is regraded where need be
    with pytest.raises(RunError, match=r"graded by versions \d+ and 99; `rrft regrade` them first"):
        compare_runs(runs)


def test_runs_without_a_common_answer_are_refused(tmp_path: Path) -> None:
    other = [replace(one, family="geometry") for one in records(SECOND)]
    with pytest.raises(RunError, match="have no split in common"):
        compare_runs(two(tmp_path / "a", records(FIRST), other))
    failed = records([FAILED] * 20)
    with pytest.raises(RunError, match="have no answers to the same questions"):
        compare_runs(two(tmp_path / "b", records(FIRST), failed))


# The command.


def test_the_command_shows_a_table_or_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rrft: Rrft
) -> None:
    monkeypatch.chdir(tmp_path)
    two(Path(), records(FIRST), records(SECOND))
    code, stdout, stderr = rrft("compare", "first", "second")
    assert (code, stderr) == (0, "")
    assert "beside first; p corrected by Holm for all rows" in stdout
    heads = " ".join(next(line for line in stdout.splitlines() if "left out" in line).split())
    assert heads.startswith("run split n left out first this difference (95%)")
    line = " ".join(next(line for line in stdout.splitlines() if "second" in line).split())
    assert line.startswith("second counting/test 20 0 75.0% 40.0% −35.0 (−")
    assert line.endswith(") 9 2 0.065 0.065")

    code, stdout, stderr = rrft("compare", "first", "second", "--json")
    assert (code, stderr) == (0, "")
    (row,) = json.loads(stdout)["rows"]
    assert (row["n"], row["only_first"], row["difference"]["estimate"]) == (20, 9, -0.35)


def test_a_run_is_compared_once_however_often_it_is_named(tmp_path: Path) -> None:
    first, second = two(tmp_path, records(FIRST), records(SECOND))
    once = compare_runs([first, second])
    assert (
        compare_runs([first, second, second.parent / "first" / ".." / second.name, first]) == once
    )


@pytest.mark.parametrize(
    ("runs", "complaint"),
    [
        (("first",), "name two different runs or more; the others are compared with the first"),
        (("first", "./first"), "name two different runs or more; the others are compared with the first"),
        (("first", "nothing"), "Invalid value for 'RUN': folder 'nothing' does not exist (see rrft compare --help)"),
        (("first", "other"), "first and other have other samples in counting/test"),
        (("first", "damaged"), "damaged/records.jsonl, line 2 is damaged: not a JSON object but list; delete the line: its question is asked again"),
    ],
    ids=str,
)  # fmt: skip
def test_the_command_refuses_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rrft: Rrft,
    runs: tuple[str, ...],
    complaint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(Path("first"), records(FIRST))
    write_run(Path("other"), records(SECOND), digest="another")
    damaged = write_run(Path("damaged"), records(SECOND)) / "records.jsonl"
    lines = damaged.read_text().splitlines(keepends=True)
    damaged.write_text("".join([lines[0], "[]\n", *lines[2:]]))
    assert rrft("compare", *runs) == (2, "", f"rrft: {complaint}\n")
