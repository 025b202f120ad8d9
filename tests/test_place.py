"""Places: a dataset under a URL has the bytes of one in a folder, and is gone on with in the same way."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pytest
from fsspec.spec import AbstractFileSystem

from builders.dataset import Built, build, rows_there
from builders.engine import InProcess, LocalProcesses
from builders.files import BuildError
from builders.manifest import shards_of
from builders.place import at_folder, place_of
from builders.plan import Request, make_plans
from reasonrft.commands.options import read_place
from tests import toy_task
from tests.asked import build_asked
from tests.command import Rrft
from tests.quiet import Quiet
from tests.reading_back import files_of

ASKED = Request(
    "counting", sizes=("train=60", "test=30", "ood-many=50"), image_size="64x48", seed=5
)


@pytest.fixture
def url() -> Iterator[str]:
    """A place in memory that nobody else has."""
    url = f"memory://{uuid4()}/data"
    yield url
    fsspec.filesystem("memory").rm("/", recursive=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "data"
    return build_asked(folder, ASKED)


def make(url: str, asked: Request = ASKED, engine: Any = InProcess()) -> Built:  # noqa: B008 - frozen
    plans = make_plans(asked, toy_task.tasks())
    return build(plans, url, engine, Quiet(), toy_task.tasks)


def held(url: str, folder: Path) -> dict[str, str]:
    """The digests of all files under a URL."""
    files = fsspec.filesystem("memory")
    if files.exists(url):
        files.get(url, str(folder), recursive=True)
    return files_of(folder)


def test_a_url_holds_what_a_folder_does(url: str, whole: Path, tmp_path: Path) -> None:
    assert make(url).drawn == 60 + 30 + 15 + 50 + 200  # ood-dark has one of test's tasks
    assert held(url, tmp_path / "got") == files_of(whole)
    assert make(url).drawn == 0
    assert rows_there(url, "counting")["train"] == 60
    assert rows_there(f"{url}-none", "counting") == {}


def test_what_is_missing_under_a_url_is_made(url: str, whole: Path, tmp_path: Path) -> None:
    make(url, replace(ASKED, splits=("test",), sizes=("test=30",)))
    files = fsspec.filesystem("memory")
    lost, cut = (
        "data/counting/test-00000-of-00002.parquet",
        "data/counting/test-00001-of-00002.parquet",
    )
    files.rm(f"{url}/{lost}")
    files.pipe_file(f"{url}/{cut}", files.cat_file(f"{url}/{cut}")[:-1])
    assert make(url, replace(ASKED, splits=("test",), sizes=("test=30",))).drawn == 30
    make(url)
    assert held(url, tmp_path / "got") == files_of(whole)


def test_several_processes_write_to_a_url(whole: Path, tmp_path: Path) -> None:
    make(f"local://{tmp_path / 'data'}", engine=LocalProcesses(2))
    assert files_of(tmp_path / "data") == files_of(whole)


def test_a_url_of_something_else_is_left_alone(url: str, tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe_file(f"{url}/thesis.tex", b"mine")
    with pytest.raises(BuildError, match=r"^memory://\S+/data holds something else \(thesis.tex\)"):
        make(url)
    assert held(url, tmp_path / "got").keys() == {"thesis.tex"}


def test_what_is_wrong_names_the_url(url: str) -> None:
    make(url, replace(ASKED, splits=("test",), sizes=("test=30",)))
    with pytest.raises(BuildError) as caught:
        make(url, replace(ASKED, seed=6))
    assert str(caught.value) == f"{url} was built with seed 5, not 6; choose another --out"
    fsspec.filesystem("memory").pipe_file(f"{url}/manifest.json", b"{")
    with pytest.raises(BuildError, match=rf"^{url}/manifest.json is damaged"):
        rows_there(url, "counting")


def test_a_url_that_cannot_be_opened_is_told_of(tmp_path: Path) -> None:
    for wrong in ("nowhere://x/y", f"zip://x::{tmp_path}/none.zip"):
        with pytest.raises(BuildError) as caught:
            make(wrong)
        assert str(caught.value).startswith(wrong) and "\n" not in str(caught.value)


class Locked(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A store whose library has an error of its own, as that of S3 has where there is no key."""

    class NoKeyError(Exception):
        """Of no class that Python knows."""

    def find(self, *_: Any, **__: Any) -> Any:
        raise self.NoKeyError("no key\nwas found")


def test_an_error_of_a_stores_own_library_is_one_line(rrft: Rrft) -> None:
    fsspec.register_implementation("locked", Locked, clobber=True)
    said = rrft("build-data", "--family", "counting", "--out", "locked://bucket/name")
    assert (said.code, said.stderr) == (2, "rrft: locked://bucket/name: no key was found\n")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("data/quick", Path("data/quick")),
        ("file:///data/quick", Path("/data/quick")),
        ("s3://bucket/name/", "s3://bucket/name"),
    ],
)
def test_where_a_text_leads(written: str, read: Path | str) -> None:
    assert read_place(written) == read


def test_a_password_is_in_no_url(rrft: Rrft) -> None:
    said = rrft("build-data", "--family", "counting", "--out", "ftp://me:s3cret@host/name")
    assert said.code == 2 and "a ftp:// URL with a password in it" in said.stderr
    assert "s3cret" not in said.stdout + said.stderr


def test_the_command_takes_a_url(rrft: Rrft, url: str, whole: Path, tmp_path: Path) -> None:
    from builders import registry

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "tasks", toy_task.tasks)
        sizes = ("--size", ",".join(ASKED.sizes), "--workers", "1", "--seed", "5")
        command = ("build-data", "--family", "counting", "--image-size", "64x48", *sizes)
        said = rrft(*command, "--out", url)
    assert said.code == 0, said.stderr
    assert f"rrft: {url}: 355 rows drawn" in said.stderr
    assert held(url, tmp_path / "got") == files_of(whole)
    assert "names nothing below s3://" in rrft(*command, "--out", "s3://").stderr


def test_a_place_is_a_folder_or_a_url(tmp_path: Path, url: str) -> None:
    with place_of(tmp_path / "data") as place, at_folder(tmp_path / "other") as other:
        assert (place.folder, other.folder) == (tmp_path / "data", tmp_path / "other")
    with place_of(url) as place:
        assert place.folder.name.startswith("rrft-")
    assert not place.folder.exists()


def test_workers_need_not_be_at_home_where_the_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    (shard, *_) = shards_of(make_plans(ASKED, toy_task.tasks())[0])
    with at_folder(Path("data")) as place:
        work = place.work(toy_task.tasks)
        monkeypatch.chdir(tmp_path / "elsewhere")
        work(shard, lambda _: None)
    assert (tmp_path / "data" / shard.record).is_file()
