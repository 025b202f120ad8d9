"""The statement on overlap: what was asked and trained on is found, picture by picture."""

from dataclasses import replace
from pathlib import Path

import pytest

from builders.dataset import build
from builders.engine import InProcess
from builders.plan import Request, make_plans
from builders.registry import Tasks
from reasonrft.questions import choose_sources
from reasonrft.report.overlap import overlap_of
from reasonrft.run import RunState
from tests import toy_task
from tests.asked import build_asked
from tests.quiet import Quiet

# A training split that draws its first samples as `test` does.
SHARED = {
    **toy_task.tasks(),
    "dots": replace(
        toy_task.DOTS,
        splits={
            **toy_task.DOTS.splits,
            "train": replace(toy_task.DOTS.splits["test"], paired_with="test"),
        },
    ),
}


def state_of(folder: Path, limit: int | None = None) -> RunState:
    sources = choose_sources([folder], ("counting",), ["test"], limit)
    return RunState({}, tuple(source.identity() for source in sources))


@pytest.mark.parametrize(
    ("tasks", "shared"), [(toy_task.tasks(), 0), (SHARED, 20)], ids=["apart", "shared"]
)
def test_shared_pictures_are_counted(tasks: Tasks, shared: int, tmp_path: Path) -> None:
    asked = Request("counting", ["train,test"], sizes=["train=60", "test=40"], image_size="64")
    build(make_plans(asked, tasks), tmp_path, InProcess(), Quiet(), lambda: tasks)
    said = f"counting/test: {shared} of 40 questions show a picture of the 60 trained on"
    assert overlap_of(state_of(tmp_path)) == [said]
    half = overlap_of(state_of(tmp_path, 20))[0]
    assert half.startswith(f"counting/test: {shared // 2} of 20 questions")


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    asked = Request("counting", ["test"], sizes=["test=10"], image_size="32")
    build_asked(tmp_path, asked)
    state = state_of(tmp_path)
    assert overlap_of(state) == ["counting/test: not known, no training split lies beside it"]
    (tmp_path / "manifest.json").rename(tmp_path / "gone")
    assert overlap_of(state) == ["counting/test: not known, its data is no longer there"]
