"""The journal of a stage: what a kill leaves of it, and where it goes on."""

import math
from pathlib import Path

import pytest

from builders.files import BuildError
from reasonrft.journal import append, cut_back, read


def test_lines_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    assert read(path) == []
    rows = [{"step": 1, "loss": 2.5}, {"step": 5, "loss": 1e-9, "kl": 0.0}]
    for row in rows:
        append(path, row)
    assert read(path) == rows


def test_a_line_cut_short_is_none_and_is_not_written_on(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    append(path, {"step": 1, "loss": 1.0})
    path.write_bytes(path.read_bytes() + b'{"step": 2, "lo')
    assert read(path) == [{"step": 1, "loss": 1.0}]
    cut_back(path, 9)
    append(path, {"step": 2, "loss": 0.5})
    assert [row["step"] for row in read(path)] == [1, 2]


@pytest.mark.parametrize(("step", "left"), [(0, []), (4, [1, 3]), (5, [1, 3, 5]), (99, [1, 3, 5])])
def test_lines_after_a_step_go(tmp_path: Path, step: int, left: list[int]) -> None:
    path = tmp_path / "log.jsonl"
    for number in (1, 3, 5):
        append(path, {"step": number})
    cut_back(path, step)
    assert [row["step"] for row in read(path)] == left
    assert [found.name for found in tmp_path.iterdir()] == ["log.jsonl"]


def test_where_there_is_none_there_is_none_to_cut(tmp_path: Path) -> None:
    cut_back(tmp_path / "log.jsonl", 3)
    assert not list(tmp_path.iterdir())


def test_a_loss_may_be_no_number(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    append(path, {"step": 1, "loss": math.nan, "grad_norm": math.inf})
    cut_back(path, 1)
    (row,) = read(path)
    assert math.isnan(row["loss"])
    assert math.isinf(row["grad_norm"])


def test_what_the_system_refuses_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="No such file or directory"):
        append(tmp_path / "none" / "log.jsonl", {"step": 1})
