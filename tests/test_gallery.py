"""The gallery: what a page holds, where it goes, and what the command says."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer import TyperException
from typer.testing import CliRunner

from builders.files import BuildError
from builders.gallery import Choice, write_gallery
from cli import app
from tests.command import Rrft
from tests.gallery_data import counting_row, write_dataset, write_shard
from tests.reading_back import contents, data_of


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "toy & <b>co</b>")


def test_every_split_gives_its_first_samples_in_the_usual_order(
    dataset: Path, tmp_path: Path
) -> None:
    written = write_gallery(dataset, Choice(limit=20), tmp_path / "view")
    data = data_of(written.page)
    assert [(part["family"], part["split"], part["shown"], part["rows"]) for part in data["splits"]] == [
        ("counting", "train", 20, 30),
        ("counting", "test", 20, 30),
        ("counting", "ood-crowd", 20, 30),
        ("geometry", "test", 4, 4),
    ]  # fmt: skip
    assert (written.samples, written.rows) == (64, 94)
    ids = [sample["id"] for sample in data["samples"] if sample["split"] == "train"]
    assert ids[-2:] == ["count/train/9", "add-subtract/train/9"]  # past the first shard's 15 rows


@pytest.mark.parametrize(
    ("family", "splits", "shown"),
    [
        (
            None,
            ("all",),
            ["counting/train", "counting/test", "counting/ood-crowd", "geometry/test"],
        ),
        (None, ("id",), ["counting/test", "geometry/test"]),
        ("counting", ("ood", "train"), ["counting/train", "counting/ood-crowd"]),
        ("geometry", ("all",), ["geometry/test"]),
    ],
)
def test_families_and_splits_are_chosen(
    dataset: Path, tmp_path: Path, family: str | None, splits: tuple[str, ...], shown: list[str]
) -> None:
    page = write_gallery(dataset, Choice(family, splits, 3), tmp_path / "view").page
    assert [f"{part['family']}/{part['split']}" for part in data_of(page)["splits"]] == shown


def test_the_summary_counts_whole_splits(tmp_path: Path) -> None:
    rows = [
        counting_row("test", 0) | {"kind": "sum", "answer": str(n % 12), "depth": n % 2 + 1}
        for n in range(40)
    ]
    write_shard(tmp_path / "set", rows, "counting", "test-00000-of-00001")
    page = write_gallery(tmp_path / "set", Choice(limit=1), tmp_path / "view").page
    (kind,) = data_of(page)["splits"][0]["kinds"]
    assert (kind["n"], kind["distinct"], kind["depth"], kind["best"]) == (40, 12, [1, 2], ["0", 4])
    assert [answer for answer, _ in kind["answers"]] == [str(n) for n in range(12)]


def test_of_many_answers_the_summary_names_the_most_frequent(tmp_path: Path) -> None:
    answers = ["x + 1"] * 3 + [str(n) for n in range(30)]
    rows = [counting_row("test", 0) | {"answer": answer} for answer in answers]
    write_shard(tmp_path / "set", rows, "counting", "test-00000-of-00001")
    page = write_gallery(tmp_path / "set", Choice(), tmp_path / "view").page
    (kind,) = data_of(page)["splits"][0]["kinds"]
    assert kind["distinct"] == 31
    assert kind["answers"] == [["x + 1", 3], *([str(n), 1] for n in range(7))]


def test_objects_have_labels_facts_and_masks(dataset: Path, tmp_path: Path) -> None:
    page = write_gallery(dataset, Choice("counting", ("test",)), tmp_path / "view").page
    (first, *_), *rest = data_of(page)["samples"][1]["objects"]
    assert not rest
    assert first["label"] == "large red rubber disc"
    assert first["facts"]["visible"] == "1"
    assert first["facts"]["x"] == "1.23"
    assert "box" not in first["facts"]
    assert first["mask"]


def test_a_scene_with_several_views_has_the_objects_of_each(tmp_path: Path) -> None:
    row = counting_row("test", 2)
    views = [{"objects": json.loads(row["scene"])["objects"]}, {"objects": []}]
    row |= {"scene": json.dumps({"views": views}), "images": row["images"] * 2}
    write_shard(tmp_path / "set", [row], "transformation", "test-00000-of-00001")
    page = write_gallery(tmp_path / "set", Choice(), tmp_path / "view").page
    assert [len(objects) for objects in data_of(page)["samples"][0]["objects"]] == [4, 0]


@pytest.mark.parametrize(
    "mask",
    [
        None,
        "PPYo2",
        {"size": [120, 160]},
        {"size": [120, 161], "counts": "PP[2"},
        {"size": [120, 160], "counts": "PP[2"},
        {"size": [120, 160], "counts": "~" * 9},
        {"size": [120, 160], "counts": 7},
    ],
)
def test_a_mask_that_does_not_fit_its_picture_is_left_out(tmp_path: Path, mask: object) -> None:
    row = counting_row("test", 0)
    scene = json.loads(row["scene"])
    scene["objects"][0]["mask"] = mask
    write_shard(
        tmp_path / "set",
        [row | {"scene": json.dumps(scene)}],
        "counting",
        "test-00000-of-00001",
    )
    page = write_gallery(tmp_path / "set", Choice(), tmp_path / "view").page
    objects = data_of(page)["samples"][0]["objects"][0]
    assert [thing["mask"] is None for thing in objects] == [True, False]


@pytest.mark.parametrize(
    "scene",
    [3, None, [], {"objects": 3}, {"objects": None}, {"views": 3}, {"views": [3]},
     {"objects": ["a", {"size": ["large"], "shape": {"x": 1}}]}],
)  # fmt: skip
def test_a_scene_of_another_form_is_shown_without_it(tmp_path: Path, scene: object) -> None:
    row = counting_row("test", 0) | {"scene": json.dumps(scene)}
    write_shard(tmp_path / "set", [row], "geometry", "test-00000-of-00001")
    page = write_gallery(tmp_path / "set", Choice(), tmp_path / "view").page
    objects = [thing for view in data_of(page)["samples"][0]["objects"] for thing in view]
    assert all(thing == {"label": "object 1", "facts": {}, "mask": None} for thing in objects)


def test_the_same_samples_give_the_same_bytes(dataset: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_gallery(dataset, Choice(), tmp_path / name)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_page_stands_alone_or_has_its_pictures_beside_it(dataset: Path, tmp_path: Path) -> None:
    choice = Choice("counting", ("test",), 5)
    for out, inline in (("a", None), ("b", True), ("c.html", None), ("d.HTML", False)):
        write_gallery(dataset, choice, tmp_path / out, inline=inline)
    sources = {
        str(page.relative_to(tmp_path)): data_of(page)["samples"][0]["pictures"][0]["source"]
        for page in (
            tmp_path / name for name in ("a/index.html", "b/index.html", "c.html", "d.HTML")
        )
    }
    assert {page: source[:10] for page, source in sources.items()} == {
        "a/index.html": "pictures/" + sources["a/index.html"][9],
        "b/index.html": "data:image",
        "c.html": "data:image",
        "d.HTML": "d-pictures",
    }
    assert (tmp_path / "a" / sources["a/index.html"]).read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / sources["d.HTML"]).exists()
    assert (
        sorted(path.name for path in tmp_path.iterdir()) == "a b c.html d-pictures d.HTML".split()
    )


def test_a_later_page_takes_the_place_of_an_earlier_one(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "view"
    write_gallery(dataset, Choice(), out)
    (out / "pictures" / "notes.txt").write_text("mine")
    write_gallery(dataset, Choice("counting", ("test",), 1), out)
    assert len(list((out / "pictures").glob("*.png"))) == 1
    assert (out / "pictures" / "notes.txt").exists()
    (out / "pictures" / "notes.txt").unlink()
    write_gallery(dataset, Choice(limit=1), out, inline=True)
    assert [*contents(out)] == ["index.html"]


def test_without_a_place_the_page_is_beside_the_dataset(tmp_path: Path) -> None:
    write_dataset(tmp_path / "quick", 2)
    assert (
        write_gallery(tmp_path / "quick", Choice()).page == tmp_path / "quick-view" / "index.html"
    )


def test_a_name_with_signs_of_addresses_still_finds_its_pictures(
    dataset: Path, tmp_path: Path
) -> None:
    page = write_gallery(dataset, Choice(limit=1), tmp_path / "50% #1?.html", inline=False).page
    source = data_of(page)["samples"][0]["pictures"][0]["source"]
    assert source.startswith("50%25%20%231%3F-pictures/")


@pytest.mark.parametrize("out", ["full", "page.html", "full/page.html", "other"])
def test_what_is_not_a_gallery_is_not_written_over(dataset: Path, tmp_path: Path, out: str) -> None:
    (tmp_path / "full").mkdir()
    for name in ("full/notes.txt", "full/page.html", "page.html", "other"):
        (tmp_path / name).write_text("<p>mine</p>")
    before = contents(tmp_path)
    with pytest.raises(BuildError, match=r"something else|is a file"):
        write_gallery(dataset, Choice(), tmp_path / out)
    assert contents(tmp_path) == before


def test_a_gallery_that_was_broken_off_is_written_anew(dataset: Path, tmp_path: Path) -> None:
    page = write_gallery(dataset, Choice(limit=1), tmp_path / "view").page
    before = contents(tmp_path)
    page.rename(page.with_name("index.html.7.partial"))
    write_gallery(dataset, Choice(limit=1), tmp_path / "view")
    assert contents(tmp_path) == before


def test_names_need_not_be_utf_8(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / os.fsdecode(b"quick-\xff"), 2)
    page = write_gallery(source, Choice(), tmp_path / os.fsdecode(b"\xff.html"), inline=False).page
    assert data_of(page)["samples"][0]["pictures"][0]["source"].startswith("%FF-pictures/")


def test_a_full_disk_leaves_the_earlier_page(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "view"
    page = write_gallery(dataset, Choice(limit=1), out).page
    before = page.read_bytes()
    write_gallery(dataset, Choice(limit=2), tmp_path / "other")
    more = contents(tmp_path / "other").keys() - contents(out).keys()
    (out / min(more)).symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write_gallery(dataset, Choice(limit=2), out)
    assert page.read_bytes() == before


def run(*arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["view", *map(str, arguments)], standalone_mode=False)
    problem = done.exception
    told = problem.format_message() if isinstance(problem, TyperException) else str(problem)
    return done.exit_code, done.stdout, told


def test_the_command_prints_where_the_page_is(dataset: Path, tmp_path: Path) -> None:
    page = tmp_path / "look.html"
    code, printed, _ = run(dataset, "--split", "id,ood", "--split", "train", "--out", page)
    assert (code, printed) == (0, f"{page}\n")
    assert len(data_of(page)["splits"]) == 4


def test_bad_input_is_told_in_one_line(dataset: Path, tmp_path: Path) -> None:
    told = [
        (("--family", "chess"), "no family 'chess' in .*; it has: counting, geometry"),
        (
            ("--split", "odd"),
            r"no split 'odd'; there are: train, test, ood-crowd \(or id, ood, all\)",
        ),
        (("--split", "test,"), "no split ''; there are"),
        (("--family", "geometry", "--split", "ood"), "no split 'ood'; there are: test"),
        (("--limit", "0"), "--limit.*greater than or equal to 1"),
    ]
    for arguments, message in told:
        _, _, problem = run(dataset, *arguments, "--out", tmp_path / "view")
        assert re.search(message, problem), problem
        assert "\n" not in problem
    assert "does not exist" in run(tmp_path / "nowhere")[2]
    assert "no dataset in" in run(tmp_path)[2]
    assert not (tmp_path / "view").exists()


@pytest.mark.parametrize("out", ["/dev/null/view", "/proc/view", "/dev/full", "x" * 300])
def test_a_place_that_cannot_be_written_is_told_in_one_line(
    dataset: Path, rrft: Rrft, out: str
) -> None:
    done = rrft("view", dataset, "--out", out, "--limit", "1")
    assert (done.code, done.stdout) == (2, "")
    assert re.fullmatch(r"rrft: .+\n", done.stderr)


def test_any_large_limit_means_all(dataset: Path, tmp_path: Path) -> None:
    assert write_gallery(dataset, Choice(limit=10**30), tmp_path / "view").samples == 94


def spoil_bytes(shard: Path) -> None:
    shard.write_bytes(shard.read_bytes()[:-100])


def spoil_a_page(shard: Path) -> None:
    content = shard.read_bytes()
    place = content.index(b"How many")
    shard.write_bytes(content[:place] + b"\xff" + content[place + 1 :])


def spoil_columns(shard: Path) -> None:
    row = counting_row("test", 0)
    del row["thought"], row["scene"]
    write_shard(shard.parents[2], [row], "counting", shard.stem)


def spoil_scene(shard: Path) -> None:
    write_shard(
        shard.parents[2], [counting_row("test", 0) | {"scene": "{"}], "counting", shard.stem
    )


def spoil_scene_by_depth(shard: Path) -> None:
    row = counting_row("test", 0) | {"scene": "[" * 200_000}
    write_shard(shard.parents[2], [row], "counting", shard.stem)


def spoil_values(shard: Path) -> None:
    row = counting_row("test", 0) | {"answer": None, "depth": None}
    write_shard(shard.parents[2], [row], "counting", shard.stem)


def spoil_picture(shard: Path) -> None:
    images = [{"bytes": b"<svg onload='1'/>", "path": None}]
    write_shard(
        shard.parents[2], [counting_row("test", 0) | {"images": images}], "counting", shard.stem
    )


def spoil_paths(shard: Path) -> None:
    images = [{"bytes": None, "path": "/etc/passwd"}]
    write_shard(
        shard.parents[2], [counting_row("test", 0) | {"images": images}], "counting", shard.stem
    )


def spoil_types(shard: Path) -> None:
    table = pq.read_table(shard)
    place = table.schema.get_field_index("images")
    names = pa.array([["a.png"]] * len(table), pa.list_(pa.string()))
    pq.write_table(table.set_column(place, "images", names), shard)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (spoil_paths, "has rows whose pictures are not in it"),
        (spoil_types, "test-00000-of-00001.parquet is not a whole Parquet file"),
        (spoil_bytes, "test-00000-of-00001.parquet is not a whole Parquet file"),
        (spoil_a_page, "test-00000-of-00001.parquet is not a whole Parquet file"),
        (spoil_columns, "lacks the columns: thought, scene"),
        (spoil_scene, "the scene of sample 'count/test/0' is no JSON"),
        (spoil_scene_by_depth, "the scene of sample 'count/test/0' is no JSON"),
        (spoil_values, "has rows without: answer, depth"),
        (spoil_picture, "a picture of sample 'count/test/0' is no PNG"),
    ],
)
def test_a_spoilt_dataset_is_told_in_one_line(
    tmp_path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    write_shard(tmp_path / "set", [counting_row("test", 0)], "counting", "test-00000-of-00001")
    spoil(tmp_path / "set" / "data" / "counting" / "test-00000-of-00001.parquet")
    problem = run(tmp_path / "set")[2]
    assert message in problem
    assert "\n" not in problem
    assert not (tmp_path / "set-view").exists()
