"""An experiment goes on with the data that it began with, and with no others."""

from pathlib import Path

import pytest

from builders.files import ExpectedError
from reasonrft.experiment import Experiment
from reasonrft.learned import DATA, hold_data
from tests.toy_job import build_train, config_of


def on(run: Path, *folders: Path, family: tuple[str, ...] = ("counting",)) -> Experiment:
    run.mkdir(exist_ok=True)
    data = {"path": [str(folder) for folder in folders], "family": family}
    return Experiment(run, config_of(data=data))


def test_changed_data_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, other = tmp_path / "old", tmp_path / "new", tmp_path / "other"
    build_train(old, 6)
    build_train(new, 7)
    build_train(other, 5, "geometry")
    run = tmp_path / "run"
    with monkeypatch.context() as several:
        several.setenv("RANK", "1")
        hold_data(on(run, old))
        assert not (run / DATA).exists()
    hold_data(on(run, old))
    kept = (run / DATA).read_bytes()
    hold_data(on(run, old.rename(tmp_path / "moved")))
    moved = tmp_path / "moved"
    hold_data(on(run, moved, other))  # a family that is not learned from
    with pytest.raises(ExpectedError, match=r"^the data have changed since .*: train of counting;"):
        hold_data(on(run, new))
    with pytest.raises(ExpectedError, match="train of geometry;"):
        hold_data(on(run, moved, other, family=("all",)))
    assert (run / DATA).read_bytes() == kept


@pytest.mark.parametrize(
    "content", ["", "[]", "{", "[" * 100_000], ids=["empty", "list", "open", "deep"]
)
def test_a_damaged_file_is_told_in_a_line(tmp_path: Path, content: str) -> None:
    experiment = on(tmp_path / "run", build_train(tmp_path / "data", 4))
    (tmp_path / "run" / DATA).write_text(content)
    with pytest.raises(ExpectedError, match=r"data\.json cannot be read: ") as told:
        hold_data(experiment)
    assert "\n" not in str(told.value)
