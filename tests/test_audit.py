"""The audit: an untouched build has no fault, and whatever is planted in it is found and named."""

import io
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw
from rich.console import Console

from builders import registry
from builders.audit.audit import AUDIT, Audit, Request, audit
from builders.audit.blocklist import read_blocklist
from builders.audit.finding import MOST_KEPT, WHAT, Check
from builders.audit.looks import SHADE, Looks, alike, hashes_of, is_copy, look_at, tells_little
from builders.audit.provers import makers
from builders.audit.tables import audit_tables
from builders.audit.trace import NO_SCENE, print_of_scene
from builders.card import CARD
from builders.clean import source_plans
from builders.dataset import build
from builders.engine import InProcess, LocalProcesses
from builders.files import BuildError, check_writable
from builders.manifest import MANIFEST
from builders.plan import Request as Asked
from builders.plan import make_plans
from builders.registry import Known, Load, Tasks
from builders.shard import SCHEMA, read_record, write_record
from tests import toy_cleaner, toy_task
from tests.command import Rrft
from tests.forgery import Row, alter, forge, opened, png, reseal, rows_of, shard_of
from tests.quiet import Quiet

# Rows 6 to 11 of test have no partner: a twin of one of them is one fault, not two.
SIZES = {
    "counting": ("train,test,ood-camera", ("train=15", "test=12", "ood-camera=6")),
    "geometry": ("train,test,ood-style", ("train=8", "test=8", "ood-style=8")),
    "transformation": ("train,test,ood-left", ("train=4", "test=4", "ood-left=4")),
}
Faults = dict[str, list[tuple[str, str]]]


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small build of all families by the real tasks; not to be changed."""
    folder = tmp_path_factory.mktemp("real") / "data"
    for family, (splits, sizes) in SIZES.items():
        asked = Asked(family, [splits], sizes=sizes, image_size="128x96", level="easy", seed=3)
        plans = make_plans(asked, registry.tasks())
        build(plans, folder, InProcess(), Quiet(), registry.tasks)
    return folder


@pytest.fixture
def data(real: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(real, tmp_path / "data"))


def run(folder: Path, request: Request | None = None, load: Load = makers) -> Audit:
    return audit(folder, request or Request(), InProcess(), Quiet(), load)


def faults(done: Audit) -> Faults:
    return {
        check.value: [(fault.where, fault.what) for fault in finding.faults]
        for check, finding in done.findings.items()
        if finding.number
    }


LUCK = "over the bound, in too few rows to tell"  # said of all splits as small as these


def remarks(done: Audit) -> dict[str, int]:
    """What is remarked, but for luck."""
    told = {what: n for finding in done.findings.values() for what, n in finding.remarks.items()}
    return {what: n for what, n in told.items() if what != LUCK}


# An untouched build.


def test_an_untouched_build_has_no_fault(data: Path) -> None:
    done = run(data)
    assert faults(done) == {}
    assert done.passed
    looked = {check: finding.looked_at for check, finding in done.findings.items()}
    assert looked[Check.PROOFS] == looked[Check.ANSWERS] == looked[Check.SAMPLES] == done.rows == 69
    assert looked[Check.PICTURES] == looked[Check.ALIKE] == 69 + 12  # transformation has two
    assert looked[Check.SCENES] == 69
    assert looked[Check.PAIRS] == 6 + 8 + 4
    assert [check for check, n in looked.items() if n == 0] == [Check.AGAINST]
    # Paired splits show the same scenes, and transformation's the same first picture: that is meant.
    assert remarks(done) == {}
    assert done.findings[Check.BLIND].remarks.keys() == {LUCK}


@pytest.mark.thorough
def test_geometry_shares_no_scene_and_no_picture_between_splits(tmp_path: Path) -> None:
    """At the level `easy`, where problems are fewest."""
    sizes = ("train=48", "val=8", "test=12", "ood-style=12")
    splits = ",".join(size.partition("=")[0] for size in sizes)
    asked = Asked("geometry", [splits], sizes=sizes, image_size="128x96", level="easy", seed=3)
    plans = make_plans(asked, registry.tasks())
    build(plans, tmp_path / "data", InProcess(), Quiet(), registry.tasks)
    assert faults(run(tmp_path / "data")) == {}


def test_what_is_written_is_the_same_each_time_but_for_the_time(data: Path) -> None:
    first = run(data)
    written = json.loads((data / AUDIT).read_bytes())
    again = audit(data, Request(), LocalProcesses(2), Quiet())
    assert again.to_json() == first.to_json()
    time = written.pop("time")
    assert time.endswith("+00:00")
    assert written == first.to_json()
    assert written["passed"] is True
    assert len(written["manifest"]) == len(written["card"]) == 64


def test_a_sample_of_golds_is_said(data: Path) -> None:
    done = run(data, Request(sample=4))
    assert done.findings[Check.PROOFS].looked_at == 4 * 9
    assert remarks(done) == {"not in the sample": 69 - 36}
    assert done.to_json()["proved"] == 4


def test_what_nothing_proves_is_counted_and_no_fault(data: Path) -> None:
    known: Known = {
        **makers(),
        "count": replace(makers()["count"], version=99),
        "edits": replace(makers()["edits"], solve=None),
        "multi-hop": replace(makers()["multi-hop"], solve=lambda _question, _scene: None),
    }
    del known["find-x"]  # type: ignore[attr-defined]  # a dict
    done = run(data, load=lambda: known)
    assert done.passed
    assert {what for what in remarks(done) if what.startswith("not proved")} == {
        f"not proved: count has version 99 here, not {makers()['count'].version}",
        "not proved: nothing stored proves an answer of edits",
        "not proved: nothing here knows find-x",
        "not proved: its scene does not tell the answer of multi-hop",
    }
    assert remarks(done)["not proved: nothing stored proves an answer of edits"] == 12


# What is planted: each fault is found, and no other.


def wrong_gold(rows: list[Row]) -> None:
    row = next(row for row in rows if row["task"] == "count")
    wrong = str(int(row["answer"]) + 1)
    row |= {
        "answer": wrong,
        "gold": json.dumps({"gold": int(wrong), "kind": "integer"}),
        "thought": f"I counted them. That makes {wrong}",
    }


def test_a_wrong_gold_is_found(data: Path) -> None:
    forge(shard_of(data, "counting", "train"), wrong_gold)
    found = faults(run(data))
    assert found.keys() == {"proofs"}
    ((where, what),) = found["proofs"]
    assert where == "count/train/0"
    assert "solved from its scene it is" in what


def test_a_wrong_gold_of_geometry_is_found(data: Path) -> None:
    def change(rows: list[Row]) -> None:
        row = next(row for row in rows if json.loads(row["gold"])["kind"] == "integer")
        row["gold"] = row["gold"].replace(row["answer"], "7777")
        row |= {"answer": "7777", "thought": "So it is 7777."}
        names.append(row["id"])

    names: list[str] = []
    forge(shard_of(data, "geometry", "train"), change)
    found = faults(run(data))
    assert {check: [where for where, _ in named] for check, named in found.items()} == {
        "proofs": names
    }


def test_an_answer_and_a_thought_that_do_not_go_with_the_gold_are_found(data: Path) -> None:
    def change(rows: list[Row]) -> None:
        rows[0]["answer"] = "many"
        rows[1]["thought"] += " Or is it?"
        rows[2]["gold"] = '{"gold": "x", "kind": "integer"}'

    forge(shard_of(data, "counting", "train"), change)
    found = faults(run(data))
    names = [row["id"] for row in rows_of(shard_of(data, "counting", "train"))]
    assert [where for where, _ in found["answers"]] == [names[0], names[2]]
    assert [where for where, _ in found["thoughts"]] == [names[0], names[1]]
    assert found.keys() == {"answers", "thoughts"}


def swap(rows: list[Row]) -> None:
    rows[0]["images"], rows[1]["images"] = rows[1]["images"], rows[0]["images"]


def test_a_swapped_picture_is_found(data: Path) -> None:
    path = shard_of(data, "counting", "train")
    alter(path, swap)
    found = faults(run(data))
    assert [where for where, _ in found["files"]] == [str(path.relative_to(data))]
    assert found["samples"] == [
        (row["id"], "has other pixels than its record tells") for row in rows_of(path)[:2]
    ]
    assert found.keys() == {"files", "samples"}


@pytest.mark.parametrize("what", ["truncated", "missing", "other bytes", "record"])
def test_a_damaged_file_is_named(data: Path, what: str) -> None:
    path = shard_of(data, "geometry", "test")
    if what == "truncated":
        path.write_bytes(path.read_bytes()[:-500])
    elif what == "missing":
        path.unlink()
    elif what == "other bytes":
        content = bytearray(path.read_bytes())
        content[-20] ^= 1
        path.write_bytes(content)
    else:
        path = data / "digests" / "geometry" / f"{path.stem}.jsonl"
        path.write_bytes(path.read_bytes()[:-9])
    found = faults(run(data))
    assert [where for where, _ in found.pop("files")] == [str(path.relative_to(data))]
    assert found == {}


@pytest.mark.parametrize("told", [b"[]", b'{"info": []}', b"\xff", b"{", b"[" * 100_000])
def test_a_shard_with_damaged_metadata_is_named(data: Path, told: bytes) -> None:
    path = shard_of(data, "geometry", "test")
    pq.write_table(pq.read_table(path).replace_schema_metadata({b"huggingface": told}), path)
    found = faults(run(data))
    name = str(path.relative_to(data))
    assert [where for where, _ in found["files"]] == [name]
    assert found["schema"] == [(name, "does not tell `datasets` its features")]


def test_a_shard_is_named_wherever_its_end_is_damaged(data: Path) -> None:
    path = shard_of(data, "geometry", "test")
    content = path.read_bytes()
    for place in range(5, 3_000, 199):
        path.write_bytes(content[:-place] + b"A" + content[len(content) - place + 1 :])
        if path.read_bytes() != content:
            named = {where for where, _ in faults(run(data))["files"]}
            assert named == {str(path.relative_to(data))}, place


def test_a_text_that_is_no_utf8_is_a_fault_of_its_file(data: Path) -> None:
    path = shard_of(data, "geometry", "test")
    table = pq.read_table(path)
    place = table.schema.get_field_index("question")
    texts = pa.array([b"\xff"] * len(table), pa.binary()).view(pa.string())
    pq.write_table(table.set_column(place, table.schema.field(place), texts), path)
    assert [where for where, _ in faults(run(data))["files"]] == [str(path.relative_to(data))]


@pytest.mark.parametrize("value", ["x", {"pyarrow": None}])
def test_a_manifest_of_another_form_is_found(data: Path, value: Any) -> None:
    manifest = json.loads((data / MANIFEST).read_bytes())
    manifest["families"]["counting"]["train"]["written_with"] = value
    (data / MANIFEST).write_text(json.dumps(manifest, indent=1))
    assert [where for where, _ in faults(run(data))["manifest"]] == [MANIFEST]


def test_a_family_that_there_is_not_is_found(data: Path) -> None:
    manifest = json.loads((data / MANIFEST).read_bytes())
    manifest["families"]["zoology"] = manifest["families"].pop("counting")
    (data / MANIFEST).write_text(json.dumps(manifest))
    ((_, what),) = faults(run(data))["manifest"]
    assert "families.zoology" in what


def test_a_changed_card_is_found(data: Path) -> None:
    card = data / CARD
    card.write_text(card.read_text().replace("15", "16"))
    assert faults(run(data)) == {"card": [(CARD, "was changed by another hand")]}
    card.unlink()
    assert faults(run(data)) == {"card": [(CARD, "is gone")]}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("kinds", "count", 0, "n"), 7),
        (("kinds", "count", 0, "blind"), 0.01),
        (("blind",), 0.01),
        (("bytes",), 5),
        (("digest",), "0" * 64),
        (("grader",), 77),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_altered_manifest_is_found(data: Path, path: tuple[Any, ...], value: Any) -> None:
    manifest = json.loads((data / MANIFEST).read_bytes())
    entry = manifest["families"]["counting"]["train"]
    for step in path[:-1]:
        entry = entry[list(entry)[step] if isinstance(step, int) else step]
    entry[path[-1]] = value
    (data / MANIFEST).write_text(json.dumps(manifest, indent=1))
    found = faults(run(data))
    card = found.pop("card", [])  # whose numbers are the manifest's
    assert all(what.startswith("tells other num_") for _, what in card)
    ((where, what),) = found.pop("manifest")
    assert where == "counting/train"
    assert path[-1] in what
    assert found == {}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("rows", 16, "15 rows, not 16"), ("drops", {"too hard": 3}, "counting.train")],
)
def test_a_manifest_that_does_not_add_up_is_found(
    data: Path, name: str, value: Any, told: str
) -> None:
    manifest = json.loads((data / MANIFEST).read_bytes())
    manifest["families"]["counting"]["train"][name] = value
    (data / MANIFEST).write_text(json.dumps(manifest))
    found = faults(run(data))
    assert found.keys() == {"manifest"}
    assert told in found["manifest"][0][1]


def test_a_file_that_no_manifest_tells_of_is_found(data: Path) -> None:
    path = shard_of(data, "counting", "train")
    other = path.with_name("extra-00000-of-00001.parquet")
    shutil.copy(path, other)
    where = str(other.relative_to(data))
    assert faults(run(data)) == {"manifest": [(where, "is not in manifest.json")]}


def test_a_lost_column_is_found(data: Path) -> None:
    path = shard_of(data, "counting", "train")
    lacking = pa.schema([field for field in SCHEMA if field.name != "depth"], SCHEMA.metadata)

    def change(rows: list[Row]) -> None:
        for row in rows:
            del row["depth"]

    forge(path, change, lacking)
    found = faults(run(data))
    assert found.pop("schema") == [(str(path.relative_to(data)), "has no column 'depth'")]
    assert found.keys() <= {"manifest"}  # which tells of no kinds: nothing could be counted


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        ('{"dots": [{"x": NaN}]}', "its scene cannot be compared: "),
        ('{"dots": [{"x": 1e999}]}', "its scene cannot be compared: "),
        (f'{{"dots": [{{"x": 1{"0" * 400}}}]}}', "its scene cannot be compared: "),
        (f'{{"dots": {"[" * 600}{"]" * 600}}}', "its scene is no JSON object"),
    ],
    ids=["no number", "no end", "too large", "too deep"],
)
def test_a_scene_that_none_can_be_is_a_fault_and_no_crash(
    tmp_path: Path, scene: str, said: str
) -> None:
    data = toys(tmp_path, "test", toy_task.tasks(), "4")
    path = shard_of(data, "counting", "test")
    forge(path, lambda rows: rows[0].update(scene=scene))
    found = faults(run(data, load=toy_task.tasks))
    ((where, what),) = found["schema"]
    assert where == rows_of(path)[0]["id"]
    assert what.startswith(said)


@pytest.mark.parametrize("line", ["[" * 100_000, "[]", "{}"])
def test_a_line_of_a_record_that_is_none_is_found(tmp_path: Path, line: str) -> None:
    data = toys(tmp_path, "test", toy_task.tasks(), "4")
    path = next((data / "digests").rglob("test-*.jsonl"))
    stored = read_record(path)
    assert stored is not None
    write_record(path, stored.record, [line, *stored.samples.decode().splitlines()[1:]])
    reseal(data, "counting", "test")
    name = rows_of(shard_of(data, "counting", "test"))[0]["id"]
    assert faults(run(data, load=toy_task.tasks)) == {
        "samples": [(name, "stands where its record has None")]
    }


@pytest.mark.parametrize("what", ["name", "reason"])
def test_a_cleaner_that_is_not_known_here_is_told_of(tmp_path: Path, what: str) -> None:
    source, data = toy_cleaner.write_source(tmp_path / "source"), tmp_path / "data"
    plans = source_plans("toy-dots", source, ["test"], toy_cleaner.cleaners())
    build(plans, data, InProcess(), Quiet(), toy_cleaner.cleaners)
    manifest = json.loads((data / MANIFEST).read_bytes())
    if what == "name":
        manifest["source"]["name"] = "later"
    else:
        drops = manifest["families"]["counting"]["test"]["drops"]
        drops["strange"] = drops.pop("odd")
    (data / MANIFEST).write_text(json.dumps(manifest))
    done = run(data, load=toy_cleaner.cleaners)
    assert not done.passed
    told = remarks(done)
    assert {
        "name": "nothing here knows later",
        "reason": "worded as another version of rrft words it",
    }[what] in told


@pytest.mark.parametrize("what", ["cut", "gone"])
def test_a_list_of_drops_that_was_changed_is_found(tmp_path: Path, what: str) -> None:
    source, data = toy_cleaner.write_source(tmp_path / "source"), tmp_path / "data"
    plans = source_plans("toy-dots", source, ["test"], toy_cleaner.cleaners())
    build(plans, data, InProcess(), Quiet(), toy_cleaner.cleaners)

    def of_files() -> list[tuple[str, str]]:
        return faults(run(data, load=toy_cleaner.cleaners)).get("files", [])

    assert of_files() == []
    drops = data / "drops.jsonl"
    if what == "cut":
        drops.write_bytes(b"".join(drops.read_bytes().splitlines(keepends=True)[:-1]))
        said = "has another digest than the manifest tells"
    else:
        drops.unlink()
        said = "is gone"
    assert of_files() == [("drops.jsonl", said)]


def test_a_row_in_a_file_of_others_is_found(data: Path) -> None:
    path = shard_of(data, "counting", "train")
    forge(path, lambda rows: rows[0].update(split="test"))
    found = faults(run(data))
    assert found == {
        "schema": [(rows_of(path)[0]["id"], "its split is 'test', in a file of 'train'")]
    }


def test_pictures_that_cannot_be_read_are_found(data: Path) -> None:
    def change(rows: list[Row]) -> None:
        rows[0]["images"][0]["bytes"] = rows[0]["images"][0]["bytes"][:200]
        jpeg = io.BytesIO()
        opened(rows[1]["images"][0]).save(jpeg, "JPEG")
        rows[1]["images"][0]["bytes"] = jpeg.getvalue()
        rows[2]["images"][0] = png(opened(rows[2]["images"][0]).resize((64, 48)))
        rows[3]["images"][0]["bytes"] = (
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
        )
        rows[4]["images"][0]["bytes"] = b"nothing"

    path = shard_of(data, "counting", "train")
    forge(path, change)
    found = faults(run(data))
    names = [row["id"] for row in rows_of(path)]
    assert [where for where, _ in found["pictures"]] == names[:5]
    said = [what for _, what in found["pictures"]]
    assert said[0].startswith("picture 0 cannot be read")
    assert said[1:] == [
        "picture 0 is a JPEG, not a PNG",
        "picture 0 has 64x48 pixels, not 128x96",
        "picture 0 is a EPS, not a PNG",
        "picture 0 cannot be read: it is no picture",
    ]
    assert found.keys() == {"pictures"}


# Twins.


def plant(
    data: Path, changes: Sequence[Callable[[Row], None]], family: str = "counting"
) -> tuple[str, str]:
    """Put a row of test, without a partner, into train under an id of its own, changed; the row's id, and that."""
    source = rows_of(shard_of(data, family, "test", -1))[-1]
    twin = {**source, "images": [dict(image) for image in source["images"]]}
    twin |= {"split": "train", "id": f"{source['task']}/train/99"}
    for change in changes:
        change(twin)
    forge(shard_of(data, family, "train"), lambda rows: rows.append(twin))
    return source["id"], twin["id"]


def another_order(row: Row) -> None:
    scene = json.loads(row["scene"])
    scene["objects"] = scene["objects"][::-1]
    scene["camera"]["eye"][0] += 0.5
    row["scene"] = json.dumps(scene)


def another_place(row: Row) -> None:
    scene = json.loads(row["scene"])
    scene["objects"][0]["x"] += 0.001
    row["scene"] = json.dumps(scene)


def another_picture(row: Row) -> None:
    row["images"] = [png(Image.new("RGB", (128, 96), (10, 200, 30)))]


def recompressed(row: Row) -> None:
    buffer = io.BytesIO()
    opened(row["images"][0]).save(buffer, "JPEG", quality=60)
    row["images"] = [png(Image.open(buffer))]


def another_question(row: Row) -> None:
    row["question"] += " Thank you."


TWINS = pytest.mark.parametrize(
    ("changes", "check", "likeness"),
    [
        ([], "repeats", "has question and pictures of"),
        ([another_order, another_picture], "scenes", "has the scene of"),
        ([another_order, recompressed], "scenes", "has the scene of"),
        ([another_place, another_question], "shared pictures", "has a picture of"),
        ([another_place, recompressed], "alike pictures", "has a picture that looks as one of"),
    ],
    ids=["whole", "scene", "scene and look", "pixels", "look"],
)


@TWINS
def test_a_twin_across_splits_is_found(
    data: Path, changes: list[Callable[[Row], None]], check: str, likeness: str
) -> None:
    name, twin = plant(data, changes)
    # What was moved is not proved any more.
    found = {key: value for key, value in faults(run(data)).items() if key != "proofs"}
    assert found == {check: [(name, f"{likeness} {twin}")]}


@TWINS
def test_a_twin_in_another_dataset_is_found_from_both_sides(
    data: Path, tmp_path: Path, changes: list[Callable[[Row], None]], check: str, likeness: str
) -> None:
    other = Path(shutil.copytree(data, tmp_path / "other"))
    name, twin = plant(other, changes)
    assert faults(run(data, Request(against=[other]))) == {
        "against": [(name, f"{likeness} {twin} of other")]
    }
    found = faults(run(other, Request(against=[data])))["against"]
    assert found == [(twin, f"{likeness} {name} of data")]


@pytest.mark.parametrize("asks_same", [True, False])
def test_a_drawing_that_looks_the_same_is_a_fault_where_the_same_is_asked(
    data: Path, asks_same: bool
) -> None:
    def other_givens(row: Row) -> None:
        row["scene"] = json.dumps({**json.loads(row["scene"]), "givens": [["another"]]})

    changes = [other_givens, recompressed, *([] if asks_same else [another_question])]
    name, twin = plant(data, changes, "geometry")
    done = run(data)
    remark = "a drawing, or nearly empty: looks as one of another split, with another question"
    if asks_same:
        assert faults(done) == {
            "alike pictures": [(name, f"has a picture that looks as one of {twin}")]
        }
    else:
        assert faults(done) == {}
    assert (remark in remarks(done)) != asks_same


def table(*things: tuple[int, int, int, tuple[int, int, int]]) -> Looks:
    """The look of a lit table with balls: where, how large, in which colour."""
    shades = np.linspace(90, 160, 240, dtype=np.uint8)[:, None].repeat(320, axis=1)
    image = Image.fromarray(shades).convert("RGB")
    for x, y, radius, color in things:
        ImageDraw.Draw(image).circle((x, y), radius, color)
    return look_at(np.asarray(image.convert("L")))


def test_a_picture_with_little_in_it_is_weak_evidence() -> None:
    """On a table a red ball looks as a blue one of the same brightness; six large ones as no others do."""
    red, blue = table((100, 90, 8, (150, 20, 20))), table((100, 90, 8, (20, 60, 110)))
    assert is_copy(red, blue)
    assert tells_little(red) and tells_little(blue)
    full = [(40 + 80 * (k % 4), 60 + 100 * (k // 4), 34, (30 * k, 40, 200)) for k in range(6)]
    assert not tells_little(table(*full))


def test_a_row_twice_in_a_split_is_found(data: Path) -> None:
    path = shard_of(data, "geometry", "train")
    first = rows_of(path)[0]
    forge(path, lambda rows: rows.append({**rows[0], "id": f"{rows[0]['task']}/train/77"}))
    again = f"{first['task']}/train/77"
    assert faults(run(data)) == {
        "repeats": [(again, f"has question and pictures of {first['id']}")]
    }


def test_an_id_twice_is_found(data: Path) -> None:
    path = shard_of(data, "geometry", "train")
    first = rows_of(path)[0]["id"]
    forge(path, lambda rows: rows.append(dict(rows[0])))
    assert faults(run(data)) == {"repeats": [(first, "is the id of another row too")]}


def test_a_pair_that_is_none_is_found(data: Path) -> None:
    def change(rows: list[Row]) -> None:
        same = [row for row in rows if row["task"] == rows[0]["task"]]
        names.extend(row["id"] for row in same[:2])
        same[0]["id"], same[1]["id"] = same[1]["id"], same[0]["id"]

    names: list[str] = []
    forge(shard_of(data, "counting", "ood-camera"), change)
    found = faults(run(data))
    assert found.keys() == {"pairs"}
    assert sorted(where for where, _ in found["pairs"]) == sorted(names)


def test_scenes_are_compared_in_any_order_and_by_what_stands_there() -> None:
    thing, other = {"x": 1, "shape": "cube", "mask": "abc"}, {"x": 2.0, "shape": "ball"}
    scene = print_of_scene({"objects": [thing, other], "camera": [1, 2, 3]})
    assert scene == print_of_scene({"objects": [other, {**thing, "x": 1.0, "mask": "d"}]})
    assert scene != print_of_scene({"objects": [other, {**thing, "x": 1.01}]})
    assert scene != print_of_scene({"objects": [other, thing, thing]})
    # Corners in another order are another figure.
    figure = {"points": {"A": [0, 1]}, "lines": [["A", "B"], ["B", "C"]]}
    assert print_of_scene(figure) == print_of_scene({**figure, "lines": [["B", "C"], ["A", "B"]]})
    assert print_of_scene(figure) != print_of_scene({**figure, "lines": [["B", "A"], ["B", "C"]]})
    # What has nothing but where it is from is like nothing.
    assert print_of_scene({"licence": "CC BY 4.0", "source": {"file": [["a"]]}}) == NO_SCENE
    assert print_of_scene({"numbers": [80, 60]}) == NO_SCENE


# Looks.


def test_copies_look_the_same_and_others_do_not(real: Path) -> None:
    # The smallest figures in three quarters of their size lose most: cells differ by up to 11.
    for family in SIZES:
        rows = rows_of(shard_of(real, family, "test"))
        pictures = [opened(picture) for row in rows for picture in row["images"][:1]]
        looks = np.array([look_of(picture) for picture in pictures])
        for made in (smaller, larger, jpeg):
            copies = np.array([look_of(made(picture)) for picture in pictures])
            pairs = set(alike(looks, copies))
            assert pairs == {(place, place) for place in range(len(pictures))}, family


def look_of(picture: Image.Image) -> Any:
    return look_at(np.asarray(picture.convert("L")))


def smaller(picture: Image.Image) -> Image.Image:
    return picture.resize(
        (picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.BICUBIC
    )


def larger(picture: Image.Image) -> Image.Image:
    return picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.LANCZOS)


def jpeg(picture: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=60)
    return Image.open(buffer).convert("RGB")


def test_one_cell_that_differs_makes_another_picture() -> None:
    look = np.full(256, 200, np.uint8)
    other = look.copy()
    other[17] -= SHADE
    assert is_copy(look, other)
    other[17] -= 1
    assert not is_copy(look, other)
    assert list(alike(look[None], other[None])) == []
    assert len(hashes_of(np.stack([look, other]))) == 2


# Against others.


SHARED: Tasks = {
    **toy_task.tasks(),
    "dots": replace(
        toy_task.DOTS,
        splits={
            **toy_task.DOTS.splits,
            "train": replace(toy_task.DOTS.splits["test"], paired_with="test"),
        },
    ),
}


def toys(folder: Path, split: str, tasks: Tasks, size: str = "40") -> Path:
    asked = Asked("counting", [split], sizes=[f"{split}={size}"], image_size="64x48", seed=5)
    build(make_plans(asked, tasks), folder, InProcess(), Quiet(), lambda: tasks)
    return folder


def test_what_is_shared_with_others_is_found(tmp_path: Path) -> None:
    train = toys(tmp_path / "train", "train", SHARED)  # 20 of whose rows are the first of test
    test = toys(tmp_path / "test", "test", toy_task.tasks())
    hashes = tmp_path / "hashes.jsonl"
    run(test, Request(write_hashes=hashes), toy_task.tasks)
    ids = {row["id"] for path in train.glob("data/*/*") for row in rows_of(path)}
    wanted = {name for name in ids if name.startswith("dots/")}
    for other in (test, hashes):
        done = run(train, Request(against=[other]), lambda: SHARED)
        finding = done.findings[Check.AGAINST]
        assert {fault.where for fault in finding.faults} == wanted
        assert finding.faults[0].what == f"has question and pictures of dots/test/0 of {other.name}"
        assert not done.passed
    other = toys(tmp_path / "other", "ood-many", toy_task.tasks())
    assert run(other, Request(against=[hashes]), toy_task.tasks).passed
    # Two test sets may share what they like.
    assert run(test, Request(against=[test]), toy_task.tasks).findings[Check.AGAINST].number == 0


@pytest.mark.parametrize("form", ["by name", "array", "lines", "one"])
def test_a_test_that_is_no_dataset_of_ours_is_not_learned_from(tmp_path: Path, form: str) -> None:
    """As MathVista lies on a disk: questions by their names, with JPEGs beside them."""
    data = toys(tmp_path / "data", "train", toy_task.tasks(), "8")
    every = [row for path in sorted(data.glob("data/*/*")) for row in rows_of(path)]
    rows = [row for row in every if row["task"] == "dots"]
    place = tmp_path / "MathVista"
    (place / "images").mkdir(parents=True)
    asked: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows[:4]):
        image = Image.open(io.BytesIO(row["images"][0]["bytes"]))
        ending = "jpg" if number == 1 else "png"
        if number < 2:
            image.save(place / f"images/{number}.{ending}", quality=80)
        asked[f"{number}"] = {
            "question": f" {row['question'].upper()}",
            "image": f"images/{number}.{ending}",
            "choices": None if number else [],
            "pid": f"p{number}",
        }
    asked["3"]["question"] = "Find x."
    path = place / ("testmini.jsonl" if form == "lines" else "testmini.json")
    values = list(asked.values())
    path.write_text(
        {
            "by name": json.dumps(asked, indent=1),
            "array": json.dumps(["no question", *values]),
            "lines": "\n".join(map(json.dumps, values)),
            "one": json.dumps(values[0]),
        }[form]
    )
    finding = run(data, Request(against=[path]), toy_task.tasks).findings[Check.AGAINST]
    told = [(fault.where, fault.what) for fault in finding.faults]
    expected = [
        (rows[0]["id"], f"has question and pictures of p0 of {path.name}"),
        (rows[1]["id"], f"has a picture that looks as one of p1 of {path.name}"),
    ]
    assert told == (expected[:1] if form == "one" else expected)
    unseen = f"asks what {path.name} asks about a picture that is not there"
    assert finding.remarks[unseen] == (0 if form == "one" else len(rows) - 2)
    test = toys(tmp_path / "test", "test", toy_task.tasks(), "8")
    assert run(test, Request(against=[path]), toy_task.tasks).findings[Check.AGAINST].number == 0


def test_a_blocklist_that_cannot_be_written_is_told_before_rows_are_read(tmp_path: Path) -> None:
    data = toys(tmp_path / "data", "test", toy_task.tasks())
    (tmp_path / "file").write_text("ours")

    def read_a_row() -> Tasks:
        raise AssertionError

    for path in (tmp_path / "file" / "list", Path("/proc/list")):
        with pytest.raises(BuildError, match=f": {path}$"):
            run(data, Request(write_hashes=path), read_a_row)
    earlier = tmp_path / "list"
    earlier.write_text("earlier")
    check_writable(earlier)
    assert earlier.read_text() == "earlier"
    assert {path.name for path in tmp_path.iterdir()} == {"data", "file", "list"}


def test_no_blocklist_and_no_dataset_are_refused(tmp_path: Path, rrft: Rrft) -> None:
    data = toys(tmp_path / "data", "train", toy_task.tasks())
    foreign = tmp_path / "foreign"
    foreign.write_text('{"a": 1}\n')
    picture = tmp_path / "picture"
    picture.write_bytes(b"\x89PNG")
    for arguments, problem in (
        ((data, "--against", foreign), "is no blocklist"),
        ((data, "--against", picture), "is no JSON"),
        ((data, "--against", tmp_path), "no dataset in"),
        ((data, "--write-hashes", tmp_path / "out"), "no split but train"),
        ((tmp_path,), "no finished dataset in"),
    ):
        said = rrft("audit", *arguments, "--workers", "1")
        assert said.code == 2
        assert problem in said.stderr
        assert said.stderr.count("\n") == 1
    many = {"id": "a", "scene": "1" * 17, "item": "0", "pictures": [], "looks": []}
    below = {**many, "scene": "-1"}
    deep = "[" * 100_000
    for row in (*map(json.dumps, ({"id": 3}, many, below)), deep):
        foreign.write_text(f'{{"blocklist":"rrft","format":1}}\n{row}\n')
        with pytest.raises(BuildError, match="line 2, is no row of a blocklist"):
            read_blocklist(foreign)
    with pytest.raises(BuildError, match="line 2, is no row of a blocklist"):
        run(data, Request(against=[foreign]), toy_task.tasks)


# Baselines, and many faults.


def test_a_baseline_that_is_too_good_is_found(tmp_path: Path) -> None:
    data = toys(tmp_path, "train", toy_task.tasks(), "2000")
    # On so few pixels a dot stands where another one stood; that is another check's.
    assert run(data, load=toy_task.tasks).findings[Check.BLIND].number == 0
    strict = {**toy_task.tasks(), "dots": replace(toy_task.DOTS, blind_bound=0.1)}
    found = faults(run(data, load=lambda: strict))
    ((where, what),) = found["blind"]
    assert where == "counting/train"
    assert what == "constant answers reach 20.0% of dots (n = 1,000), whose bound is 10%"


def test_many_faults_are_counted_and_the_first_are_named(tmp_path: Path, rrft: Rrft) -> None:
    data = toys(tmp_path, "train", toy_task.tasks(), "1200")  # more than are named

    def change(rows: list[Row]) -> None:
        for row in rows:
            row["thought"] = "Who knows."

    for path in sorted(data.glob("data/*/*")):
        forge(path, change)
    said = rrft("audit", data, "--workers", "1")
    assert said.code == 1
    assert "1,200" in said.stdout
    assert "and 1,195 more" in said.stdout
    written = json.loads((data / AUDIT).read_bytes())
    assert written["passed"] is False
    assert written["checks"]["thoughts"]["faults"] == 1200
    assert len(written["checks"]["thoughts"]["named"]) == MOST_KEPT


@pytest.mark.parametrize(("width", "said"), [(70, False), (140, True)])
def test_each_check_has_a_line_in_a_terminal_of_any_width(
    tmp_path: Path, width: int, said: bool
) -> None:
    done = run(toys(tmp_path, "test", toy_task.tasks(), "4"), load=toy_task.tasks)
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(audit_tables(done)[0])
    shown = console.export_text().splitlines()
    for check in Check:
        (line,) = [line for line in shown if line.startswith(f"  {check.value} ")]
        assert (WHAT[check] in line) is said
    # Title, head and blanks; what is not shown, in a line and a blank. So no line is broken.
    assert len(shown) == len(Check) + (5 if said else 7)


def test_what_cannot_be_written_is_told_all_the_same(tmp_path: Path, rrft: Rrft) -> None:
    data = toys(tmp_path, "test", toy_task.tasks(), "4")
    (data / AUDIT).mkdir()  # as of a folder for reading only
    said = rrft("audit", data, "--workers", "1", "--json")
    assert (said.code, json.loads(said.stdout)["rows"]) == (0, 4)
    told = (
        f"rrft: audit.json was not written, this is all there is: Is a directory: {data / AUDIT}\n"
    )
    assert said.stderr == told


def test_the_command_tells_a_line_for_each_check(data: Path, rrft: Rrft) -> None:
    said = rrft("audit", data, "--workers", "1", "--sample", "2")
    assert said.code == 0
    lines = said.stdout.partition("remarks")[0].splitlines()
    for check in Check:
        (line,) = [line for line in lines if line.startswith(f"  {check.value} ")]
        assert line.endswith((" ok", " nothing named", " no paired splits"))
    assert "audit of 69 rows, 18 of them proved anew" in said.stdout
    (data / MANIFEST).write_text("{")
    said = rrft("audit", data, "--workers", "1")
    assert (said.code, "audit: no rows were read" in said.stdout) == (1, True)


def test_the_command_prints_all_of_it_for_a_program(data: Path, rrft: Rrft) -> None:
    said = rrft("audit", data, "--workers", "1", "--json")
    assert json.loads(said.stdout)["passed"] is True
