"""Ranks: rows that cannot be told apart share one, and those that can do not."""

from random import Random

import pytest

from leaderboards.ranks import standings

Row = list[float]


def row(share: float, n: int = 400, seed: int = 0) -> Row:
    """Right on the questions that are easy enough."""
    rng = Random(seed)
    return [float(rng.random() < share) for _ in range(n)]


def ranks(*rows: Row, clusters: list[int] | None = None) -> list[int]:
    return [one.rank for one in standings(rows, clusters)]


def test_better_rows_come_first_and_equal_ones_share() -> None:
    good, other, bad = row(0.9), row(0.9), row(0.5)
    assert ranks(good, other, bad) == [1, 1, 3]
    assert ranks(bad, good, other) == [3, 1, 1]
    assert [one.tied for one in standings([good, other, bad])] == [(1,), (0,), ()]


def test_chance_gives_no_rank() -> None:
    rows = [row(0.5, seed=seed) for seed in range(6)]
    assert len({sum(one) for one in rows}) > 1
    assert ranks(*rows) == [1] * 6


def test_the_same_share_on_other_questions_is_a_tie() -> None:
    half = [1.0] * 200 + [0.0] * 200
    assert ranks(half, half[::-1]) == [1, 1]


def test_a_row_alone_and_none() -> None:
    (alone,) = standings([row(0.3)])
    assert (alone.rank, alone.tied) == (1, ())
    assert standings([]) == []


def test_one_row_in_the_middle_is_tied_with_both_sides() -> None:
    """Who is surely better counts, not who is next: the middle shares the first rank, the last does not."""
    base = [1.0] * 300 + [0.0] * 100
    middle = [0.0] * 9 + base[9:]
    last = [0.0] * 18 + base[18:]
    found = standings([base, middle, last])
    assert [one.tied for one in found] == [(), (), ()]
    few = [0.0] * 6 + base[6:]
    more = [0.0] * 12 + base[12:]
    found = standings([base, few, more])
    assert [one.rank for one in found] == [1, 1, 2]
    assert [one.tied for one in found] == [(1,), (0, 2), (1,)]


def test_more_rows_ask_for_more_proof() -> None:
    """Of seven disagreements all are one's: p = 0.016 alone, and not enough among six pairs."""
    base = [1.0] * 100
    worse = [0.0] * 7 + [1.0] * 93
    assert ranks(base, worse) == [1, 2]
    assert ranks(base, worse, base, base) == [1, 1, 1, 1]


def test_questions_of_one_picture_count_once() -> None:
    base, worse = [1.0] * 100, [0.0] * 30 + [1.0] * 70
    pictures = [place // 10 for place in range(100)]  # the thirty are three pictures
    assert ranks(base, worse) == [1, 2]
    assert ranks(base, worse, clusters=pictures) == [1, 1]


def test_rows_of_other_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        standings([[1.0, 0.0], [1.0]])


def test_a_rank_is_never_against_the_test() -> None:
    """30 pictures to one favour the first, by questions 40 to 30 the second: neither is surely better."""
    first, second = [1.0] * 30 + [0.0] * 40, [0.0] * 30 + [1.0] * 40
    pictures = [*range(30), *[99] * 40]
    assert [one.rank for one in standings([first, second], pictures)] == [1, 1]
    assert [one.tied for one in standings([first, second], pictures)] == [(1,), (0,)]
    assert ranks([1.0] * 70, [0.0] * 70, clusters=pictures) == [1, 2]


def test_a_rank_is_never_against_the_numbers_that_are_shown() -> None:
    """Shifts of 200 and of 20 questions: the first is right more often, and has the lower mean of shifts."""
    first = [1.0] * 14 + [0.0] * 206
    second = [0.0] * 200 + [1.0] * 3 + [0.0] * 17
    assert ranks(first, second) == [1, 2]
    worth = [(14 / 200 + 0) / 2, (0 + 3 / 20) / 2]
    assert worth == [0.035, 0.075]
    for rows, shown in (([first, second], worth), ([second, first], worth[::-1])):
        assert [one.rank for one in standings(rows, worth=shown)] == [1, 1]


def test_rows_that_are_shown_alike_are_alike() -> None:
    """Means of shifts that are the same, but for the last digit of a float."""
    first, second = [1.0] * 14 + [0.0] * 206, [0.0] * 220
    assert [one.rank for one in standings([first, second], worth=[0.1 + 0.2, 0.3])] == [1, 1]
