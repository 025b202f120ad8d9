"""The pace that long work is told to have."""

import pytest

from builders.progress import WorkProgress, number_of


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds, to be set by hand."""
    now = [1_000.0]
    monkeypatch.setattr("builders.progress.time.monotonic", lambda: now[0])
    return now


def test_one_is_no_plural() -> None:
    counts = [number_of(count, "step") for count in (0, 1, 2000)]
    assert counts == ["0 steps", "1 step", "2,000 steps"]


def test_what_has_to_begin_first_does_not_count(clock: list[float]) -> None:
    """Compiling a renderer or loading a model takes a minute: no reason to tell of hours."""
    progress = WorkProgress("work")
    progress.start(total=110, kept=0)
    clock[0] += 60
    progress.advance(10)
    assert progress.pace() == ""
    clock[0] += 10
    progress.advance(20)
    assert progress.pace() == "2.0 rows/s, 40 s left"
    assert progress.seconds == 70


def test_what_was_there_is_neither_counted_nor_left(clock: list[float]) -> None:
    progress = WorkProgress("work", "answers")
    progress.start(total=100, kept=50)
    progress.advance(1)
    clock[0] += 1
    progress.advance(9)
    assert progress.pace() == "9.0 answers/s, 4 s left"


def test_each_part_of_the_work_has_a_pace_of_its_own(clock: list[float]) -> None:
    progress = WorkProgress("work")
    for _ in range(2):
        progress.start(total=30, kept=0)
        progress.advance(10)
        assert progress.pace() == ""
        clock[0] += 5
        progress.advance(10)
        assert progress.pace() == "2.0 rows/s, 5 s left"


def test_rows_of_a_worker_that_died_are_taken_back(clock: list[float]) -> None:
    progress = WorkProgress("work")
    progress.start(total=30, kept=0)
    progress.advance(10)
    clock[0] += 5
    progress.advance(-10)
    assert progress.pace() == ""


def test_a_line_without_a_pace_ends_with_what_is_done(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with WorkProgress("work") as progress:
        progress.start(total=30, kept=0)
        clock[0] += 60
        progress.advance(10)
        clock[0] += 60
        progress.advance(10)
    assert capsys.readouterr().err.splitlines() == [
        "rrft: work: 10 of 30 rows",
        "rrft: work: 20 of 30 rows, one every 6.0 s, 1 min 00 s left",
    ]


def test_a_terminal_that_cannot_go_back_has_lines(
    clock: list[float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # for rich: it is a terminal
    monkeypatch.setenv("TERM", "dumb")
    with WorkProgress("work") as progress:
        progress.start(total=30, kept=0)
        clock[0] += 60
        progress.advance(10)
    assert capsys.readouterr().err == "rrft: work: 10 of 30 rows\n"
