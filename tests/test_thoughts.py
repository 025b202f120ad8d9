"""What a model saw beside what it concluded: its thoughts against those that prove the gold answers."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.thoughts import Compared, compared, facts_of, lines
from evaluators import layout
from reasonrft.backend import Ask, Completion, Outcome
from tests.board_data import finished_experiment, settings
from tests.report_data import other_than, write_data


@pytest.mark.parametrize(
    ("family", "thought", "facts"),
    [
        ("counting", "A small red rubber cube, a large blue metal cube, a small red rubber cube: 3.",
         {"small red rubber cube": 2, "large blue metal cube": 1}),
        ("geometry", "∠ABC = 40°, so ∠ACB = 40°.", {"40": 2}),
        ("transformation", "First change_size(1, 'large').", {"change_size(1, 'large')": 1}),
    ],
)  # fmt: skip
def test_facts_are_counted(family: str, thought: str, facts: dict[str, int]) -> None:
    assert facts_of(family, thought) == Counter(facts)


def seen_or_right(ask: Ask) -> Outcome:
    """In turns: the right thought and a wrong answer, no fact and the right answer."""
    if ask.row % 2:
        return Completion(layout("It is so.", ask.sample.answer), "stop", 50, 9)
    return Completion(layout(ask.sample.thought, other_than(ask.sample)), "stop", 50, 9)


def test_seeing_is_told_from_concluding(tmp_path: Path) -> None:
    """What stands in the answer alone was not seen."""
    data = write_data(tmp_path / "data", "transformation", ("test=4", "ood=2"))
    run = finished_experiment(tmp_path / "run", [data], settings("zero-shot"), seen_or_right)
    found = list(compared(run, 7))
    assert [(one.part[1], one.seen, one.correct) for one in found] == [
        *[("test", 1, 0), ("test", 0, 1)] * 2,
        *[("ood-many", 1, 0), ("ood-many", 0, 1)],
    ]
    assert {one.picture[0] for one in found} == {7}


def test_the_table_parts_answers_by_what_was_seen() -> None:
    seen = [(1.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.5, 0.0)]
    test = [Compared(("counting", "test"), (0, str(at)), *one) for at, one in enumerate(seen)]
    all_seen = [Compared(("counting", "ood"), one.picture, 1.0, 1.0) for one in test]
    *_, first, second = lines([*test, *all_seen])
    cells = [cell.split(" (")[0] for cell in first.strip("| ").split(" | ")]
    assert cells == ["counting", "test", "4", "87.5", "75.0", "50.0", "66.7", "0.0"]
    assert first.endswith("n = 1 |")
    assert second.endswith("n = 4 | – |")
