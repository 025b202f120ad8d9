"""`rrft publish`: what goes up is what was audited, whole, once, and comes back as it was; secrets stay."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard, constants
from PIL import Image

from builders import publish, registry
from builders.audit.audit import Request as Wanted
from builders.audit.audit import audit as run_audit
from builders.card import is_card, make_card
from builders.clean import source_plans
from builders.dataset import build
from builders.engine import InProcess
from builders.examples import look_at
from builders.files import BuildError
from builders.folder import alone
from builders.manifest import kind_entry, read_manifest
from builders.parcel import UnfitError, check_shareable, make_parcel
from builders.plan import Request
from builders.shard import FEATURES
from tests import toy_cleaner, toy_task
from tests.asked import build_asked
from tests.command import Rrft, Said
from tests.fake_hub import READER, WRITER, Blob, Hub, running_hub
from tests.public_data import write_json, write_picture
from tests.quiet import Quiet
from tests.reading_back import contents

# Of the library's own call of its HTTP client, where it sends a large file.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:httpx2")
ROOT = Path(__file__).parent.parent
REPO = "lab/toys"
SIZES = ("test=60", "ood-many=50")
SPLITS = ("test", "ood-dark", "ood-many")  # no train: toys look alike, which an audit would find


def make(folder: Path, *splits: str, family: str = "counting") -> None:
    sizes = [size for size in SIZES if not splits or size.partition("=")[0] in splits]
    asked = Request(family, splits or SPLITS, sizes=sizes, image_size="160x120", seed=5)
    build_asked(folder, asked)


def audit(folder: Path) -> None:
    """What `rrft audit` does."""
    assert run_audit(folder, Wanted(), InProcess(), Quiet(), toy_task.tasks).passed


def blame(folder: Path) -> None:
    """What an audit that finds a fault leaves."""
    path = folder / "audit.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "passed": False}))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An audited dataset of two families; not to be changed."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    make(folder)
    make(folder, family="geometry")
    audit(folder)
    return folder


@pytest.fixture
def data(whole: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(whole, tmp_path / "data"))


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as hub:
        yield hub


@pytest.fixture
def rrft(rrft: Rrft, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rrft:
    """The command line of somebody who may write, in this process."""
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # which the fake does not speak
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    monkeypatch.setenv("HF_TOKEN", WRITER)
    return rrft


def environment(hub: Hub, home: Path, **others: str) -> dict[str, str]:
    """Of a process whose Hub is the fake."""
    theirs = {name: value for name, value in os.environ.items() if not name.endswith("_OFFLINE")}
    own = {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    return {**theirs, **own, "HF_TOKEN": WRITER, **others}


def without_page(files: dict[str, bytes]) -> dict[str, bytes]:
    return {
        path: content
        for path, content in files.items()
        if path != "README.md" and not path.startswith("examples/")
    }


def check_up(hub: Hub, folder: Path, branch: str = "main", repo: str = REPO) -> None:
    """All that was audited is up, and nothing but the page and its pictures besides."""
    up = hub.files(repo, branch)
    assert without_page(up) == without_page(contents(folder))
    assert is_card(up["README.md"])


def refused(said: Said, code: int = 2) -> str:
    """What a refusal says, in one line."""
    assert (said.code, said.stdout) == (code, "")
    assert said.stderr.startswith("rrft: ") and said.stderr.count("\n") == 1
    assert WRITER not in said.stderr and READER not in said.stderr
    return said.stderr.removeprefix("rrft: ").rstrip()


# There and back.

LOAD = """
import hashlib, json, sys
from datasets import load_dataset
found = {}
for family in ("counting", "geometry"):
    data = load_dataset(sys.argv[1], family, cache_dir=sys.argv[2])
    for split, rows in data.items():
        for row in rows:
            pixels = [hashlib.sha256(f"{i.mode} {i.width}x{i.height}\\n".encode() + i.tobytes()).hexdigest()
                      for i in row["images"]]
            scene = hashlib.sha256(row["scene"].encode()).hexdigest()
            found[f"{family}/{row['id']}"] = [split, scene, pixels, row["question"], row["answer"]]
print(json.dumps(found))
"""


def rows_of(folder: Path) -> dict[str, Any]:
    """What the folder itself says of its rows: digests from its records, words from its shards."""
    found: dict[str, Any] = {}
    for path in folder.glob("digests/*/*.jsonl"):
        for line in path.read_text().splitlines()[1:-1]:
            one = json.loads(line)
            split = one["id"].split("/")[1].replace("-", "_")
            found[f"{path.parent.name}/{one['id']}"] = [split, one["scene"], one["pixels"]]
    for path in folder.glob("data/*/*.parquet"):
        for row in pq.read_table(path, columns=["id", "question", "answer"]).to_pylist():
            found[f"{path.parent.name}/{row['id']}"] += [row["question"], row["answer"]]
    return found


def test_what_goes_up_comes_back_as_it_was(
    hub: Hub, whole: Path, data: Path, tmp_path: Path
) -> None:
    """By the real command and the real `datasets`, in processes of their own."""
    (data / "notes.txt").write_text("of mine")
    before = contents(data)
    done = subprocess.run(
        [sys.executable, "-m", "cli", "publish", data, "--repo", REPO, "--private"],
        env=environment(hub, tmp_path / "home"), capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{hub.url}/datasets/{REPO}\n"
    check_up(hub, whole)
    assert hub.repos[REPO].private
    assert contents(data) == before  # publishing leaves nothing behind

    loaded = subprocess.run(
        [sys.executable, "-c", LOAD, REPO, tmp_path / "cache"],
        env=environment(hub, tmp_path / "other"), capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert loaded.returncode == 0, loaded.stderr
    assert json.loads(loaded.stdout) == rows_of(whole)


@pytest.mark.thorough
def test_a_kill_in_the_middle_is_gone_on_from(hub: Hub, data: Path, tmp_path: Path) -> None:
    command: list[str | Path] = [sys.executable, "-m", "tests.patient_cli", "publish", data]
    hub.stall_at = 7
    own = environment(hub, tmp_path / "home")
    with subprocess.Popen([*command, "--repo", REPO], env=own, cwd=ROOT) as first:
        stalled = hub.stalled.wait(300)
        first.kill()
    assert stalled
    assert 0 < len(hub.files(REPO)) < len(contents(data))
    assert "manifest.json" not in hub.files(REPO) and "README.md" not in hub.files(REPO)
    hub.stall_at = None
    kept, sent = set(hub.files(REPO)), hub.puts
    second = subprocess.run(
        [*command, "--repo", REPO], env=own, capture_output=True, text=True, cwd=ROOT
    )
    assert second.returncode == 0, second.stderr
    check_up(hub, data)
    large = {
        blob.sha256 for blob in hub.repos[REPO].branches["main"][-1].files.values() if blob.lfs
    }
    assert hub.puts == len(large)  # none was sent twice
    told = re.search(r"rrft: (\d+) of (\d+) files sent", second.stderr)
    assert told and int(told[2]) - int(told[1]) == len(kept)
    assert sent < hub.puts


def test_what_is_up_is_left_alone(rrft: Rrft, hub: Hub, data: Path) -> None:
    assert rrft("publish", data, "--repo", REPO).code == 0
    commits, puts = list(hub.repos[REPO].branches["main"]), hub.puts
    again = rrft("publish", data, "--repo", REPO)
    assert again.code == 0
    assert "rrft: 0 of " in again.stderr
    assert hub.repos[REPO].branches["main"] == commits
    assert hub.puts == puts


def test_a_dataset_that_has_grown_is_added_to(rrft: Rrft, hub: Hub, tmp_path: Path) -> None:
    data = tmp_path / "grown"
    make(data, "test")
    audit(data)
    assert rrft("publish", data, "--repo", REPO).code == 0
    page = hub.files(REPO)["README.md"]
    make(data)
    audit(data)
    assert rrft("publish", data, "--repo", REPO).code == 0
    check_up(hub, data)
    assert hub.files(REPO)["README.md"] != page


def test_a_branch_has_its_own_files_only(rrft: Rrft, hub: Hub, whole: Path, tmp_path: Path) -> None:
    assert rrft("publish", whole, "--repo", REPO).code == 0
    other = tmp_path / "other"
    make(other, "test", family="geometry")
    audit(other)
    done = rrft("publish", other, "--repo", REPO, "--revision", "v2.0")
    assert done.stdout == f"{hub.url}/datasets/{REPO}/tree/v2.0\n"
    check_up(hub, other, "v2.0")
    check_up(hub, whole)
    assert rrft("publish", other, "--repo", REPO, "--revision", "v2.0").code == 0
    check_up(hub, other, "v2.0")


def test_a_program_reads_what_went_up(rrft: Rrft, hub: Hub, whole: Path) -> None:
    found = json.loads(rrft("publish", whole, "--repo", REPO, "--json").stdout)
    up = hub.files(REPO)
    told = {one["path"]: (one["bytes"], one["sha256"]) for one in found["files"]}
    assert told == {
        path: (len(content), sha256(content).hexdigest()) for path, content in up.items()
    }
    assert found["bytes"] == sum(map(len, up.values()))
    assert (found["url"], found["sent"]) == (f"{hub.url}/datasets/{REPO}", len(up))


# A dry run.


def test_a_dry_run_shows_all_and_sends_nothing(rrft: Rrft, hub: Hub, whole: Path) -> None:
    dry = rrft("publish", whole, "--repo", REPO, "--private", "--revision", "v1", "--dry-run")
    assert dry.code == 0
    assert hub.requests == []  # not even a question
    assert f"{REPO}, branch v1, private where it is new" in dry.stdout
    asked = rrft("publish", whole, "--repo", REPO, "--revision", "v1", "--dry-run", "--json")
    told = json.loads(asked.stdout)
    assert (told["repo"], told["revision"], told["private"]) == (REPO, "v1", False)
    assert hub.requests == []
    assert rrft("publish", whole, "--repo", REPO, "--revision", "v1").code == 0
    up = hub.files(REPO, "v1")
    assert {one["path"]: one["bytes"] for one in told["files"]} == {
        path: len(content) for path, content in up.items()
    }
    for path, content in up.items():
        assert re.search(rf"{re.escape(path)} +{len(content):,} *\n", dry.stdout)
    assert re.search(rf"{len(up)} files +{sum(map(len, up.values())):,} *\n", dry.stdout)


def test_the_page_can_be_read_before_it_goes_up(
    rrft: Rrft, hub: Hub, whole: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page"
    asked = ("publish", whole, "--repo", REPO, "--preview", page)
    assert "--preview goes with --dry-run" in refused(rrft(*asked))
    assert not page.exists() and hub.requests == []
    assert rrft(*asked, "--dry-run").code == 0
    assert rrft("publish", whole, "--repo", REPO).code == 0
    up = hub.files(REPO)
    assert contents(page) == {
        path: content
        for path, content in up.items()
        if path == "README.md" or path.startswith("examples/")
    }
    assert "holds something else (README.md)" in refused(rrft(*asked, "--dry-run"))


def test_a_dry_run_needs_no_token(rrft: Rrft, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    assert rrft("publish", whole, "--repo", REPO, "--dry-run").code == 0


# What may not go up.


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


SHARD = "data/counting/test-00000-of-00003.parquet"
RECORD = "digests/counting/test-00001-of-00003.jsonl"


@pytest.mark.parametrize("dry", [[], ["--dry-run"]], ids=["really", "dry"])
@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda data: flip(data / SHARD), f"{SHARD} is not as manifest.json says"),
        (lambda data: flip(data / RECORD), f"{RECORD} is not as manifest.json says"),
        (lambda data: (data / SHARD).unlink(), f"{SHARD} is gone"),
        (lambda data: (data / "README.md").unlink(), "README.md was altered after the audit"),
        (lambda data: (data / "README.md").write_text("# Mine\n"), "README.md was altered after"),
        (lambda data: (data / "audit.json").unlink(), "was not audited: `rrft audit "),
        (lambda data: (data / "audit.json").write_text("{"), "audit.json is damaged"),
        (lambda data: (data / "audit.json").write_text("[" * 100_000), "audit.json is damaged"),
        (lambda data: (data / "audit.json").write_text("[]"), "audit.json is damaged"),
        (blame, "found faults"),
        (lambda data: make(data, "test", family="geometry"), ""),
    ],
)
def test_what_is_not_as_it_was_audited_stays_here(
    rrft: Rrft, hub: Hub, data: Path, harm: Any, told: str, dry: list[str]
) -> None:
    harm(data)
    said = rrft("publish", data, "--repo", REPO, *dry)
    if not told:  # nothing was harmed
        assert said.code == 0
        return
    assert told in refused(said, code=1)
    assert hub.requests == []


def test_a_split_more_wants_an_audit_more(rrft: Rrft, tmp_path: Path) -> None:
    data = tmp_path / "data"
    make(data, "test")
    audit(data)
    make(data)
    said = refused(rrft("publish", data, "--repo", REPO), code=1)
    assert said == f"{data}/manifest.json was altered after the audit: `rrft audit {data}` again"


def test_what_is_being_built_or_is_no_dataset_is_refused(
    rrft: Rrft, data: Path, tmp_path: Path
) -> None:
    with alone(data):
        said = refused(rrft("publish", data, "--repo", REPO))
        assert said == f"{data} is being built by another process"
    (data / "manifest.json").unlink()
    said = refused(rrft("publish", data, "--repo", REPO))
    assert said == f"no finished dataset in {data}: it has no manifest.json"
    said = refused(rrft("publish", tmp_path / "none", "--repo", REPO))
    assert said == f"there is no folder {tmp_path / 'none'}"
    assert not (tmp_path / "none").exists()


# Who may not, and where to.


@pytest.mark.parametrize(
    "repo",
    ["toys", "lab/toys/more", "/toys", "lab/", "lab/to ys", "lab/-toys", "lab/a--b", "lab/a..b",
     "lab/" + "a" * 97, "läb/toys", "lab/toys\n", "", "https://huggingface.co/lab/toys"],
)  # fmt: skip
def test_a_malformed_name_is_refused(rrft: Rrft, hub: Hub, whole: Path, repo: str) -> None:
    said = refused(rrft("publish", whole, "--repo", repo))
    assert said.startswith(f"no repository name {repo!r}; it is ORG/NAME")
    assert hub.requests == []


@pytest.mark.parametrize("revision", ["", "a b", "-v", "v..1", "refs/pr/1", "a" * 40, "v/"])
def test_a_malformed_revision_is_refused(rrft: Rrft, whole: Path, revision: str) -> None:
    said = refused(rrft("publish", whole, "--repo", REPO, "--revision", revision))
    assert repr(revision) in said


def test_without_a_token_nothing_is_asked(
    rrft: Rrft, hub: Hub, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    said = refused(rrft("publish", whole, "--repo", REPO))
    assert said == "no token of the Hub: `hf auth login`, or set HF_TOKEN"
    assert hub.requests == []


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("hf_wrong", "does not know this token (401)"),
        (READER, "this token may not write to others/toys (403)"),
        (WRITER, "this token may not write to others/toys (403)"),
    ],
)
def test_who_may_not_write_is_told(
    rrft: Rrft, hub: Hub, whole: Path, monkeypatch: pytest.MonkeyPatch, token: str, told: str
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    assert told in refused(rrft("publish", whole, "--repo", "others/toys"))
    assert hub.repos == {}


def test_a_reader_of_what_is_there_may_not_write(
    rrft: Rrft, hub: Hub, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.create(REPO, {})
    monkeypatch.setenv("HF_TOKEN", READER)
    said = refused(rrft("publish", whole, "--repo", REPO))
    assert "this token may not write to lab/toys (403)" in said
    assert hub.files(REPO) == {}


@pytest.mark.parametrize(
    ("status", "part", "told"),
    [
        (503, "whoami", "is in trouble (503); later the same command goes on"),
        (429, "/commit/", "asks to wait (429); later the same command goes on"),
        (413, "/commit/", "finds lab/toys too large (413)"),
        (409, "/commit/", "is being changed by somebody else (409)"),
        (418, "/commit/", "refuses lab/toys (418)"),
        (400, "/validate-yaml", "refuses lab/toys (400)"),
        (403, "/store/", "may not write"),
    ],
)
def test_what_the_hub_says_is_told(
    rrft: Rrft, hub: Hub, whole: Path, status: int, part: str, told: str
) -> None:
    hub.fail[part] = status
    assert told in refused(rrft("publish", whole, "--repo", REPO))
    hub.fail.clear()
    assert rrft("publish", whole, "--repo", REPO).code == 0
    check_up(hub, whole)


def test_no_network_is_told(rrft: Rrft, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    said = refused(rrft("publish", whole, "--repo", REPO))
    assert said.startswith("http://127.0.0.1:9 cannot be reached (")
    assert said.endswith("; the same command goes on")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"model.bin": b"weights"}, "(model.bin)"),
        ({"README.md": b"# Theirs\n"}, "(README.md)"),
        ({SHARD: b"other rows"}, f"({SHARD})"),
    ],
)
def test_a_repository_of_something_else_is_left_alone(
    rrft: Rrft, hub: Hub, whole: Path, files: dict[str, bytes], told: str
) -> None:
    hub.create(REPO, files)
    said = refused(rrft("publish", whole, "--repo", REPO))
    assert said == f"{REPO} holds something else {told}; choose another --repo, or a new --revision"
    assert hub.files(REPO) == files
    # What is said helps.
    assert rrft("publish", whole, "--repo", REPO, "--revision", "ours").code == 0
    check_up(hub, whole, "ours")
    assert hub.files(REPO) == files


def test_another_dataset_of_ours_is_left_alone(
    rrft: Rrft, hub: Hub, whole: Path, tmp_path: Path
) -> None:
    assert rrft("publish", whole, "--repo", REPO).code == 0
    up = hub.files(REPO)
    smaller = tmp_path / "smaller"
    make(smaller, "test")
    audit(smaller)
    assert "holds something else (data/" in refused(rrft("publish", smaller, "--repo", REPO))
    assert hub.files(REPO) == up


def test_what_is_public_does_not_become_private(rrft: Rrft, hub: Hub, whole: Path) -> None:
    hub.create(REPO, {})
    said = refused(rrft("publish", whole, "--repo", REPO, "--private"))
    assert said == f"{REPO} is there and public; leave out --private"
    assert hub.files(REPO) == {}


def test_a_tag_is_no_branch(rrft: Rrft, hub: Hub, whole: Path) -> None:
    repo = hub.create(REPO, {})
    repo.tags["v1.0"] = repo.branches["main"][0].id
    said = refused(rrft("publish", whole, "--repo", REPO, "--revision", "v1.0"))
    assert said == f"{REPO}: v1.0 is a tag; --revision is a branch"


def test_what_arrives_otherwise_is_noticed(
    rrft: Rrft, hub: Hub, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Hub that keeps other bytes than it was sent."""
    append = Hub.append

    def spoil(self: Hub, repo: Any, branch: str, title: str, new: Any) -> Any:
        spoilt = {SHARD: Blob(b"other rows", lfs=True)} if SHARD in new else {}
        return append(self, repo, branch, title, {**new, **spoilt})

    monkeypatch.setattr(Hub, "append", spoil)
    said = refused(rrft("publish", whole, "--repo", REPO))
    assert said == f"{REPO}: {SHARD} is not as it was sent; the same command goes on"


def test_batches_are_bounded(monkeypatch: pytest.MonkeyPatch, whole: Path) -> None:
    monkeypatch.setattr(publish, "MOST_FILES_OF_A_COMMIT", 4)
    items = make_parcel(whole, REPO).data
    batches = list(publish._batches(items))
    assert [item for batch in batches for item in batch] == list(items)
    assert max(map(len, batches)) == 4
    monkeypatch.setattr(publish, "MOST_BYTES_OF_A_COMMIT", 1)
    assert {len(batch) for batch in publish._batches(items)} == {1}


# Secrets.


PUBLISH = """
import os, sys
from cli import main
data, *asked = sys.argv[1:]
codes = []
for os.environ["HF_TOKEN"], repo in map(str.split, asked):
    sys.argv = ["rrft", "publish", data, "--repo", repo]
    try:
        main()
    except SystemExit as end:
        codes.append(end.code or 0)
print(codes)
"""


def test_no_token_is_printed_or_kept(hub: Hub, data: Path, tmp_path: Path) -> None:
    """Not even where the library tells all that it does, or fails."""
    home = tmp_path / "home"
    hub.fail = {"lab/broken/commit/": 500}
    done = subprocess.run(
        [sys.executable, "-c", PUBLISH, data, f"{WRITER} {REPO}", f"{WRITER} lab/broken", "hf_wrongSecret lab/other"],
        env=environment(hub, home, HF_DEBUG="1", HF_HUB_VERBOSITY="debug"),
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[0, 2, 2]", done.stderr
    assert "hf_wrongSecret" not in done.stdout + done.stderr
    assert WRITER not in done.stdout + done.stderr
    assert any(headers.get("authorization") == f"Bearer {WRITER}" for _, _, headers in hub.requests)
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or WRITER.encode() not in path.read_bytes()
    for content in hub.files(REPO).values():
        assert WRITER.encode() not in content


# The page.


def test_the_page_is_what_the_viewer_reads(rrft: Rrft, hub: Hub, whole: Path) -> None:
    assert rrft("publish", whole, "--repo", REPO).code == 0
    up = hub.files(REPO)
    card = DatasetCard(up["README.md"].decode())
    told = card.data.to_dict()  # type: ignore[no-untyped-call]  # which the library leaves untyped
    manifest = json.loads(up["manifest.json"])
    assert (told["license"], told["size_categories"]) == ("apache-2.0", ["n<1K"])
    assert [one["config_name"] for one in told["configs"]] == ["counting", "geometry"]
    for config, info in zip(told["configs"], told["dataset_info"], strict=True):
        splits = manifest["families"][config["config_name"]]
        assert [one["num_examples"] for one in info["splits"]] == [
            entry["rows"] for entry in splits.values()
        ]
        matched = {
            path for one in config["data_files"] for path in up if Path(path).match(one["path"])
        }
        assert matched == {shard["file"] for entry in splits.values() for shard in entry["shards"]}
        assert info["dataset_size"] == sum(entry["bytes"] for entry in splits.values())
    text = card.text
    assert f'datasets.load_dataset("{REPO}", "counting")' in text
    for heading in (
        "Examples",
        "How each answer is proved",
        "To build it again",
        "Licence",
        "Citation",
    ):
        assert f"\n## {heading}\n" in text
    assert "2503.20752" in text and "dots 1" in text


def test_the_examples_are_the_first_rows_with_their_pictures(
    rrft: Rrft, hub: Hub, whole: Path
) -> None:
    assert rrft("publish", whole, "--repo", REPO).code == 0
    up = hub.files(REPO)
    page = up["README.md"].decode()
    linked = re.findall(r"!\[[^]]*\]\((examples/[^)]+)\)", page)
    assert sorted(linked) == sorted(path for path in up if path.startswith("examples/"))
    assert sorted(linked) == [
        *("examples/counting-dots-1.png", "examples/counting-half-1.png"),
        *("examples/counting-half-2.png", "examples/geometry-corners-1.png"),
    ]
    first = pq.read_table(whole / "data/counting/test-00000-of-00003.parquet").to_pylist()[:2]
    assert [row["task"] for row in first] == ["dots", "half"]
    assert up["examples/counting-dots-1.png"] == first[0]["images"][0]["bytes"]
    assert up["examples/counting-half-2.png"] == first[1]["images"][1]["bytes"]
    for path in linked:
        assert Image.open(io.BytesIO(up[path])).size == (160, 120)
    for row in first:
        options = "".join(
            f" {letter}. {text}" for letter, text in zip("AB", row["options"], strict=False)
        )
        asked, thought, answer = (row[name] for name in ("question", "thought", "answer"))
        told = f"Question: {asked}{options} Thought: {thought} Answer: {answer}"
        assert f" {told} ``` " in " ".join(page.split())  # its lines are broken
    rows = [
        row
        for path in (whole / "data/counting").glob("test-*.parquet")
        for row in pq.read_table(path, columns=["question", "thought"]).to_pylist()
    ]
    words = [sum(len(row[name].split()) for row in rows) / 60 for name in ("question", "thought")]
    assert f"| `test` | 1 to 2 | {words[0]:.1f} | {words[1]:.1f} |" in page


def test_the_page_follows_from_the_rows(whole: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    make(other, family="geometry")
    for split in ("ood-many", "test"):
        make(other, split)
    make(other)
    pages = [
        make_card(read_manifest(folder) or {}, {}, look_at(folder), REPO)
        for folder in (whole, other)
    ]
    assert pages[0] == pages[1]
    assert is_card(pages[0].encode())


def page_with(whole: Path, **words: Any) -> str:
    """The page whose one example has these words."""
    glimpse = look_at(whole)
    one = replace(glimpse.examples[0], **words)
    return make_card(read_manifest(whole) or {}, {}, replace(glimpse, examples=(one,)))


def test_words_cannot_break_out_of_their_block(whole: Path) -> None:
    page = page_with(whole, question="What is\n````\n# this?")
    assert "\n`````\nQuestion:\nWhat is\n````\n# this?\n" in page


def test_an_example_is_told_whole_in_lines_that_a_page_shows(whole: Path) -> None:
    long = "one two three " * 30
    page = page_with(whole, question=f"Which?\n{long}", options=("4", "9 cm"), answer="B")
    example = page.partition("Question:\n")[2].partition("\n```")[0]
    question = example.partition("\n\nThought:")[0]
    first, *lines, a, b = question.splitlines()
    assert (first, a, b) == ("Which?", "A. 4", "B. 9 cm")
    assert " ".join(lines) == long.strip()
    assert max(map(len, lines)) <= 100
    assert example.endswith("\n\nAnswer:\nB")
    bare = page_with(whole, thought="")
    assert "Thought:" not in bare.partition("Question:")[2].partition("```")[0]


@pytest.mark.parametrize(
    ("answers", "told", "best"),
    [
        ({"3": 2, "7": 1}, "3, 7", "3"),
        ({str(number): 1 for number in range(2, 9)}, "2 … 8", "2"),
        # Not in an order of size: the ends of the list would tell nothing.
        ({"103.27": 1, "54.98": 1, "64.9": 1, "8.9": 2, "9": 1}, "5 different", "8.9"),
        ({str(number): 1 for number in range(60)}, "60 different", "0"),
        ({f"change_size({n}, 'large')\nchange_color({n}, 'red')": 1 for n in (1, 2)},
         "2 different", "change\\_size(1, 'large') change\\_color(1, …"),
    ],
    ids=["few", "numbers", "decimals", "many", "programs"],
)  # fmt: skip
def test_answers_are_told_as_far_as_they_tell(
    whole: Path, answers: dict[str, int], told: str, best: str
) -> None:
    manifest = read_manifest(whole) or {}
    manifest["families"]["counting"]["test"]["kinds"]["dots"] = {"few": kind_entry(answers)}
    line = next(line for line in make_card(manifest, {}).splitlines() if "| dots | few |" in line)
    assert line.split(" | ")[4:6] == [told, best]


def test_the_page_tells_every_column(whole: Path) -> None:
    page = make_card(read_manifest(whole) or {}, {})
    table = page.partition("## Columns\n")[2].partition("\n\nWhat a model")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(FEATURES)
    assert "in counting, filters" in table and "in geometry, theorems" in table
    assert "in transformation" not in table


def test_a_public_dataset_goes_up_with_its_drops_and_its_licence(tmp_path: Path) -> None:
    source, data = toy_cleaner.write_source(tmp_path / "source"), tmp_path / "data"
    plans = source_plans("toy-dots", source, ["all"], toy_cleaner.cleaners())
    build(plans, data, InProcess(), Quiet(), toy_cleaner.cleaners)
    names = {"manifest": "manifest.json", "card": "README.md"}
    digests = {what: sha256((data / name).read_bytes()).hexdigest() for what, name in names.items()}
    (data / "audit.json").write_text(json.dumps({"passed": True, "proved": "all", **digests}))
    parcel = make_parcel(data, REPO, toy_cleaner.cleaners)
    assert {item.path for item in parcel.items} == {
        *contents(data).keys(), "examples/counting-toy-dots-1.png"
    }  # fmt: skip
    page = next(item.source for item in parcel.items if item.path == "README.md")
    assert isinstance(page, bytes)
    card = DatasetCard(page.decode())
    told = card.data.to_dict()  # type: ignore[no-untyped-call]  # which the library leaves untyped
    assert (told["license"], told["size_categories"]) == ("cc-by-4.0", ["n<1K"])
    for heading in ("Examples", "What was dropped", "To clean it again", "Citation"):
        assert f"\n## {heading}\n" in card.text
    cited = {"toy-dots": replace(toy_cleaner.cleaners()["toy-dots"], paper="Ann, Dots, arXiv:1")}
    told = make_card(read_manifest(data) or {}, cited).partition("\n## Citation\n")[2]
    assert told.startswith("\nWhere the rows are from: Ann, Dots, arXiv:1.\n")
    assert "Where the rows are from" not in card.text
    (data / "drops.jsonl").write_text("")
    with pytest.raises(UnfitError, match=r"drops.jsonl is not as manifest.json says"):
        make_parcel(data, REPO, toy_cleaner.cleaners)
    with pytest.raises(BuildError, match=r"was cleaned by toy-dots, which is not known here$"):
        make_parcel(data, REPO)


def test_what_may_not_be_passed_on_stays_here(
    rrft: Rrft, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, data = toy_cleaner.write_source(tmp_path / "source", 12), tmp_path / "data"
    dots = replace(toy_cleaner.DOTS, may_be_shared=frozenset(), licence="none stated")
    known = {"toy-dots": dots}
    build(
        source_plans("toy-dots", source, ["all"], known), data, InProcess(), Quiet(), lambda: known
    )
    assert json.loads((data / "manifest.json").read_text())["source"]["may_be_shared"] == []
    assert run_audit(data, Wanted(), InProcess(), Quiet(), lambda: known).passed
    monkeypatch.setattr(registry, "cleaners", lambda: known)
    command = ("publish", data, "--repo", REPO)
    for more in ((), ("--dry-run",), ("--private",)):
        assert refused(rrft(*command, *more)) == (
            f"{data}: its rows of counting, from toy-dots, are not to be passed on (licence: none stated); "
            "who has the right to gives --with-permission and --private"
        )
    assert refused(rrft(*command, "--with-permission")) == "--with-permission goes with --private"
    assert not hub.repos
    assert rrft(*command, "--with-permission", "--private").code == 0
    assert hub.repos[REPO].private


@pytest.mark.parametrize(("family", "shared"), [("counting", True), ("geometry", False)])
def test_each_family_is_judged_by_itself(tmp_path: Path, family: str, shared: bool) -> None:
    of_family = {
        "counting": "A3-Visual-Counting-train",
        "geometry": "A2-Structure-Perception-train",
    }
    record = {"id": "a", "image": "one.png", "problem": "How many?", "answer": "3"}
    write_json(tmp_path / "source" / f"{of_family[family]}.json", [record])
    write_picture(tmp_path / "source" / "one.png")
    plans = source_plans("reason-rft", tmp_path / "source", ["all"], registry.cleaners())
    build(plans, tmp_path / "data", InProcess(), Quiet(), registry.cleaners)
    if shared:
        check_shareable(tmp_path / "data")
        return
    with pytest.raises(BuildError, match=r"its rows of geometry, from reason-rft, are not to be"):
        check_shareable(tmp_path / "data")


def test_a_manifest_that_does_not_tell_shares_nothing(tmp_path: Path) -> None:
    source, data = toy_cleaner.write_source(tmp_path / "source", 12), tmp_path / "data"
    plans = source_plans("toy-dots", source, ["all"], toy_cleaner.cleaners())
    build(plans, data, InProcess(), Quiet(), toy_cleaner.cleaners)
    check_shareable(data)
    manifest = json.loads((data / "manifest.json").read_text())
    del manifest["source"]["may_be_shared"]
    (data / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BuildError, match="are not to be passed on"):
        check_shareable(data)


def test_an_audit_of_a_sample_is_not_enough(rrft: Rrft, data: Path) -> None:
    assert run_audit(data, Wanted(sample=1), InProcess(), Quiet(), toy_task.tasks).passed
    said = refused(rrft("publish", data, "--repo", REPO, "--dry-run"), 1)
    assert said == (
        f"the audit of {data} proved golds of a sample only (1 of each split): `rrft audit {data}` without --sample"
    )


def test_golds_that_nothing_here_proves_stay_here(rrft: Rrft, data: Path) -> None:
    """An audit finds no fault in rows of another version of a task, and proves none of them."""
    known = {**toy_task.tasks(), "dots": replace(toy_task.DOTS, version=99)}
    assert run_audit(data, Wanted(), InProcess(), Quiet(), lambda: known).passed
    said = refused(rrft("publish", data, "--repo", REPO, "--dry-run"), 1)
    version = toy_task.DOTS.version
    assert said == (
        f"the audit of {data} did not prove all of its golds (not proved: dots has version 99 here, not {version}): "
        "audit and publish it with the version of rrft that built it"
    )


def test_a_dataset_without_rows_stays_here(tmp_path: Path) -> None:
    source, data = tmp_path / "source", tmp_path / "data"
    source.mkdir()
    (source / "test.jsonl").write_text('{"n": 1, "odd": true, "large": false}')
    plans = source_plans("toy-dots", source, ["all"], toy_cleaner.cleaners())
    build(plans, data, InProcess(), Quiet(), toy_cleaner.cleaners)
    assert run_audit(data, Wanted(), InProcess(), Quiet(), toy_cleaner.cleaners).passed
    with pytest.raises(UnfitError, match=r"has no rows; there is nothing to publish$"):
        make_parcel(data, REPO, toy_cleaner.cleaners)


def test_help_tells_of_it(rrft: Rrft) -> None:
    said = rrft("publish", "--help")
    assert said.code == 0 and "--dry-run" in said.stdout
