"""The runs that are entered: they hold, and copies of one of them that were tampered with do not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboards.command import own_entries
from leaderboards.entry import ENDING, entry_paths
from leaderboards.verify import verify
from tests import test_leaderboard_verify as forgeries
from tests.board_data import Forger

MOST_BYTES = 30_000_000
# Each copies and reads all that is entered: on made-up entries all forgeries are tried.
QUICK = (forgeries.doctor_a_score, forgeries.alter_a_gold, forgeries.cut_short)
THOROUGH = (
    forgeries.doctor_a_score_and_the_report,
    forgeries.doctor_the_partial_credit,
    forgeries.drop_an_answer,
    forgeries.drop_an_answer_and_sum,
    forgeries.double_an_answer_in_place_of_another,
    forgeries.lose_the_questions,
    forgeries.change_the_sampling,
    forgeries.add_nothing_to_the_report,
    forgeries.grade_answers_by_another_version,
)


def test_all_entries_hold_and_are_small() -> None:
    assert verify(own_entries()).findings == []
    assert sum(path.stat().st_size for path in own_entries().rglob("*.xz")) <= MOST_BYTES


@pytest.mark.parametrize(
    "tamper",
    [*QUICK, *(pytest.param(one, marks=pytest.mark.thorough) for one in THOROUGH)],
    ids=lambda tamper: tamper.__name__,
)
def test_a_tampered_copy_is_found(tamper: Callable[[Forger], None], tmp_path: Path) -> None:
    name = entry_paths(own_entries())[0].name.removesuffix(ENDING)
    forger = Forger(own_entries(), tmp_path / "copy", name)
    tamper(forger)
    assert name in {one.entry for one in verify(forger.entries, [name]).findings}
