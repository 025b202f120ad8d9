"""What an evaluation of an experiment asks: its own families, and no others that lie there."""

from pathlib import Path
from typing import Any

import pytest

from builders.files import BuildError
from builders.parts import choose_parts
from builders.plan import Request
from reasonrft import exam
from reasonrft.config_file import make_config
from reasonrft.evaluation import Request as Asked
from reasonrft.experiment import Experiment
from reasonrft.families import chosen
from tests.asked import build_asked, build_toys


@pytest.mark.parametrize(
    ("wanted", "families"),
    [
        (["counting"], ("counting",)),
        (["geometry", "counting"], ("geometry", "counting")),
        (["all"], None),
        (["all", "counting"], None),
    ],
)
def test_an_evaluation_asks_the_families_of_its_experiment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wanted: list[str], families: Any
) -> None:
    asked: list[Asked] = []
    monkeypatch.setattr(exam, "run_evaluation", lambda request, *_: asked.append(request))
    monkeypatch.setattr(exam, "finish", lambda _folder: None)  # there is nothing to finish
    data = tmp_path / "data"
    for family in ("counting", "geometry"):
        every = Request(family, ["all"], sizes=("train=4", "test=4", "ood=4"), image_size="40")
        build_asked(data, every)
    changes = ["recipe=zero-shot", "model.path=oracle", f"data.family={wanted}"]
    changes += [f"data.path=['{data}']", "data.splits=all"]
    config = make_config({"name": "toy"}, changes, "toy.toml")
    exam.examine(Experiment(tmp_path / "run", config), "final")
    assert asked[0].families == families
    assert "test" in asked[0].splits
    assert "train" not in asked[0].splits  # though all are asked for: it is for learning


def test_some_of_the_families_that_lie_there_are_chosen(tmp_path: Path) -> None:
    folder = build_toys(tmp_path, "test=4", "ood=4")
    build_toys(folder, "test=4", "ood=4", family="geometry")
    aside = folder / "data" / "transformation"
    aside.mkdir()
    for shard in (folder / "data" / "geometry").glob("*.parquet"):
        (aside / shard.name).write_bytes(shard.read_bytes())
    two = choose_parts([folder], ("geometry", "counting"), ["test"])
    assert {part.family for part in two} == {"counting", "geometry"}
    assert len(choose_parts([folder], None, ["test"])) == 3
    with pytest.raises(
        BuildError, match=r"no family 'x' in .*; it has: counting, geometry, transf"
    ):
        choose_parts([folder], ("counting", "x"), ["test"])


def test_all_among_names_is_every_family() -> None:
    assert chosen(("all", "a"), ["b", "a", "b"]) == ["b", "a"]
    assert chosen(("c", "a", "c"), ["a"]) == ["c", "a"]
