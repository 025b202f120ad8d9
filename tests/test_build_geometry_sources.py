"""`rrft build-data --from` on the geometry sources: every record is a row or a drop with a reason."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pyarrow import parquet

from tests import test_geometry3k, test_geomverse, test_geoqa
from tests.cleaning import draw
from tests.command import Rrft


def textbook(source: Path) -> None:
    for number in range(1, 7):
        test_geometry3k.put(source, f"train/{number}")
    test_geometry3k.put(source, "train/7", test_geometry3k.options("3", "3", values=[3, 3]))
    test_geometry3k.put(source, "test/2401")


def school(source: Path) -> None:
    test_geoqa.put(source / "train.pk", {}, {"label": 1, "answer": ""}, {"manual_program": []}, {})
    row = {"image_path": "test/0.png", "question": "Find x.", "ground_truth": "140°"}
    (source / "r1v_test.jsonl").write_text(json.dumps(row))
    draw(source / "images/test/0.png", "blue")


def made_up(source: Path) -> None:
    test_geomverse.put(source / "TEST/D1", {}, {}, {"label": "7"})
    test_geomverse.put(source / "TEST/D2_DISTRACTOR", {"image_path": None})
    test_geomverse.put(source / "TRAIN", {"image_path": None, "tikz": None})
    for place, colour in (("TEST/D2_DISTRACTOR", "blue"), ("TRAIN", "green")):
        draw(source / place / "images/0.jpeg", colour)


@pytest.mark.parametrize(
    ("name", "fill", "rows", "dropped"),
    [
        ("geometry3k", textbook, {"train": 6, "test": 1}, {"answer-repeated": 1}),
        (
            "geoqa",
            school,
            {"train": 2, "test": 1},
            {"program-disagrees": 1, "program-missing": 1},
        ),
        (
            "geomverse",
            made_up,
            {"train": 1, "test": 1, "ood-d2-distractor": 1},
            {"twice": 1, "solution-disagrees": 1},
        ),
    ],
)
def test_rows_are_the_records_without_the_drops(
    tmp_path: Path,
    rrft: Rrft,
    name: str,
    fill: Callable[[Path], None],
    rows: dict[str, int],
    dropped: dict[str, int],
) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    fill(source)
    said = rrft("build-data", "--from", name, "--source", source, "--out", out)
    assert said.code == 0, said.stderr
    drops = [json.loads(line) for line in (out / "drops.jsonl").read_text().splitlines()]
    assert {one["reason"]: 1 for one in drops} == dropped
    assert len(drops) == sum(dropped.values())
    for split, count in rows.items():
        (shard,) = (out / "data/geometry").glob(f"{split}-*.parquet")
        table = parquet.read_table(shard)
        assert len(table) == count
        assert all(json.loads(scene)["licence"] for scene in table["scene"].to_pylist())
    assert rrft("build-data", "--from", name, "--source", source, "--out", out).code == 0
