"""dataset: how is a dataset built in a folder, kept whole through any crash, and taken up again?

What is finished says so itself: a shard is finished when its record lies beside it and its bytes have
the digest that the record tells. There is no other state, so a folder is the same after any number of
kills as after none, and a build is taken up by giving the same command again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

from builders import registry
from builders.card import CARD, make_card
from builders.engine import Engine
from builders.files import BuildError, write_whole
from builders.folder import (
    DROPS,
    check_card,
    check_owner,
    manifest_of,
    no_partials,
    record_paths,
)
from builders.manifest import MANIFEST, as_text, entries_of, merge, shards_of, split_entry
from builders.place import Place, place_of, with_manifest
from builders.plan import Plan
from builders.registry import Load
from builders.shard import DATA, DIGESTS, Shard, Stored, read_record, split_of
from builders.stop import Stopped


class Progress(Protocol):
    """Hears how a build goes."""

    def start(self, total: int, kept: int) -> None:
        """So many rows are wanted, of which so many are there already."""

    def advance(self, rows: int) -> None:
        """So many rows more are drawn; fewer, where a worker died."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to."""

    manifest: Mapping[str, Any]
    family: str
    splits: tuple[str, ...]  # that were asked for
    drawn: int  # rows
    kept: int  # rows that were there already
    was_told: bool  # a manifest told of all these splits before


def rows_there(out: Path | str, family: str) -> dict[str, int]:
    """The rows of each split of a family that is finished in a folder, or under a URL.

    Raises:
        BuildError: its manifest cannot be read.
    """
    with with_manifest(out) as folder:
        manifest = manifest_of(folder)
    splits = manifest["families"].get(family, {}) if manifest else {}
    return {split: entry["rows"] for split, entry in splits.items()}


def check_built(folder: Path, plans: Sequence[Plan], *, any_version: bool = False) -> None:
    """Refuse plans that a folder cannot be built by any more; where there is none, there is nothing to refuse.

    Args:
        folder: Of a dataset.
        plans: Of its splits.
        any_version: Whether tasks and grader may have been others: of what is not built on any more.

    Raises:
        BuildError: what is there was built otherwise, or is damaged.
    """
    if folder.is_dir():
        _check_settings(folder, plans, manifest_of(folder), any_version=any_version)


def build(
    plans: Sequence[Plan],
    out: Path | str,
    engine: Engine,
    progress: Progress,
    load: Load = registry.tasks,
) -> Built:
    """Build splits of a family in a place that may hold parts of them, or other splits.

    Args:
        plans: Of the splits.
        out: Where: a folder, or a URL if it is a text.
        engine: What does the work.
        progress: Hears how it goes.
        load: Finds what the plans name: the tasks, or the cleaners.

    Raises:
        BuildError: the place holds something else or cannot be written, or workers die.
        Stopped: Ctrl-C or SIGTERM came while rows were drawn.
    """
    with place_of(out) as place:
        folder = place.folder
        manifest = _check_folder(folder, plans)
        with no_partials(folder):
            _clear(folder, plans)
            shards = [shard for plan in plans for shard in shards_of(plan)]
            missing = [shard for shard in shards if not _is_finished(place, shard, manifest)]
            drawn, total = sum(map(_rows, missing)), sum(plan.rows for plan in plans)
            progress.start(total, total - drawn)
            with closing(engine.run(place.work(load), missing, progress.advance)) as finished:
                _wait_for(place, finished, total - drawn, f"{total:,} {plans[0].things}")
            after = _finish(place, plans, manifest, load)
    splits = tuple(plan.split for plan in plans)
    was_told = all(_entry(manifest, plan) for plan in plans)
    return Built(after, plans[0].family, splits, drawn, total - drawn, was_told)


def _rows(shard: Shard) -> int:
    return len(shard.plan.rows_of(shard.number))


def _wait_for(place: Place, finished: Iterator[Shard], done: int, total: str) -> None:
    """Until all shards are finished; what comes between says how many rows are done."""
    try:
        for shard in finished:
            place.take(shard)
            done += _rows(shard)
    except BuildError as problem:
        raise BuildError(f"{problem} ({_so_far(done, total)})") from None
    except KeyboardInterrupt as cause:
        raise Stopped(f"stopped: {_so_far(done, total)}", cause) from None


def _so_far(done: int, total: str) -> str:
    return f"{done:,} of {total} are done; the same command goes on from there"


def _check_folder(folder: Path, plans: Sequence[Plan]) -> dict[str, Any] | None:
    """The manifest of the folder, if it has one; BuildError if the plans do not go with it."""
    check_owner(folder)
    manifest = manifest_of(folder)
    _check_settings(folder, plans, manifest)
    check_card(folder)
    (folder / DIGESTS).mkdir(exist_ok=True)  # what tells a folder of ours
    return manifest


def _check_settings(
    folder: Path,
    plans: Sequence[Plan],
    manifest: Mapping[str, Any] | None,
    *,
    any_version: bool = False,
) -> None:
    """BuildError if what is in the folder does not go with the plans."""
    for settings in [*_finished_settings(manifest), *_recorded_settings(folder)]:
        for plan in plans:
            if difference := _difference(settings, plan.settings(), any_version=any_version):
                raise BuildError(f"{folder} was built with {difference}; choose another --out")


# What all splits of a folder have in common, and what it is where a folder does not say.
FOLDER_WIDE: Final = {
    "format": None,
    "source": None,
    "seed": None,
    "image_size": None,
    "level": "usual",
}


def _finished_settings(manifest: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """The settings of the splits that a manifest tells of."""
    if manifest is None:
        return
    folder_wide = {name: manifest[name] for name in FOLDER_WIDE if name in manifest}
    for family, splits in manifest["families"].items():
        for split, entry in splits.items():
            size = "records" if "records" in entry else "rows"
            own = {name: entry[name] for name in (size, "tasks", "grader")}
            yield {**folder_wide, **own, "family": family, "split": split}


def _recorded_settings(folder: Path) -> Iterator[Mapping[str, Any]]:
    """The settings of the splits of which there are shards."""
    seen = set()
    for path, split in record_paths(folder):
        key = path.parent.name, split
        if key not in seen and (stored := read_record(path)):
            seen.add(key)
            yield stored.record.settings


def _difference(
    there: Mapping[str, Any], asked: Mapping[str, Any], *, any_version: bool = False
) -> str | None:
    """In what a split in the folder and one that is asked for do not go together; None: they do."""
    for name, usual in FOLDER_WIDE.items():
        built, wanted = there.get(name, usual), asked.get(name, usual)
        if built != wanted:
            return f"{name.replace('_', ' ')} {_shown(built)}, not {_shown(wanted)}"
    if there["family"] != asked["family"]:
        return None
    if not any_version and (other := _other_version(there, asked)):
        return other
    if there["split"] != asked["split"]:
        return None
    if there["tasks"].keys() != asked["tasks"].keys():
        return f"{_shown(there['tasks'])} in {there['split']}, not {_shown(asked['tasks'])}"
    size = "records" if "records" in asked else "rows"
    if there[size] != asked[size]:
        return f"{there[size]:,} {size} of {there['split']}, not {asked[size]:,}"
    return None


def _other_version(there: Mapping[str, Any], asked: Mapping[str, Any]) -> str | None:
    for task in sorted(there["tasks"].keys() & asked["tasks"].keys()):
        if there["tasks"][task] != asked["tasks"][task]:
            return f"version {there['tasks'][task]} of {task}, not {asked['tasks'][task]}"
    if there["grader"] != asked["grader"]:
        return f"version {there['grader']} of the grader, not {asked['grader']}"
    return None


def _shown(setting: Any) -> str:
    if isinstance(setting, list):
        return "x".join(map(str, setting))
    if setting is None:
        return "none"
    if isinstance(setting, dict) and "sha256" in setting:  # a source
        texts = "" if setting.get("pictures", True) else ", no pictures"
        return f"{setting['name']} ({setting['sha256'][:8]}…{texts})"
    return ", ".join(sorted(setting)) if isinstance(setting, dict) else str(setting)


def _clear(folder: Path, plans: Sequence[Plan]) -> None:
    """Remove what killed builds left of these splits: shards of another count, without a record."""
    for plan in plans:
        wanted = {Path(path).name for one in shards_of(plan) for path in (one.data, one.record)}
        homes = (folder / name / plan.family for name in (DATA, DIGESTS))
        for path in [path for home in homes for path in home.glob("*")]:
            if split_of(path.name) == plan.split and path.name not in wanted:
                path.unlink()


def _is_finished(place: Place, shard: Shard, manifest: Mapping[str, Any] | None) -> bool:
    stored = read_record(place.folder / shard.record)
    if stored is None or stored.record.settings != shard.plan.settings():
        return False
    entry = _entry(manifest, shard.plan)
    records = [one["record"] for one in entry["shards"]] if entry else []
    if any(one["file"] == shard.record and one["sha256"] != stored.sha256 for one in records):
        return False
    return place.holds(shard, stored)


def _entry(manifest: Mapping[str, Any] | None, plan: Plan) -> Mapping[str, Any] | None:
    """What a manifest says of a split."""
    splits: Mapping[str, Any] = manifest["families"].get(plan.family, {}) if manifest else {}
    return splits.get(plan.split)


def _finish(
    place: Place, plans: Sequence[Plan], before: Mapping[str, Any] | None, load: Load
) -> Mapping[str, Any]:
    """Write card and manifest, and the list of drops, from the records of all shards."""
    folder = place.folder
    entries = {}
    for plan in plans:
        entries[plan.split] = split_entry(plan, _records(folder, plan), load())
        old = _entry(before, plan)
        if old and old["digest"] != entries[plan.split]["digest"]:
            raise BuildError(
                f"{plan.family}/{plan.split}: what was damaged came out otherwise than {MANIFEST} says: "
                "it is from another kind of machine or other code; choose another --out"
            )
    manifest = merge(before, plans[0], entries)
    if "source" in manifest:
        drops = _drops(folder, manifest)
        manifest["drops"] = {"file": DROPS, "sha256": sha256(drops).hexdigest()}
        _update(folder / DROPS, drops)
        place.keep(DROPS)
    _update(folder / CARD, make_card(manifest, load()).encode())
    _update(folder / MANIFEST, as_text(manifest))
    for name in (CARD, MANIFEST):  # last: who sees it sees a finished dataset
        place.keep(name)
    return manifest


def _drops(folder: Path, manifest: Mapping[str, Any]) -> bytes:
    """All records that became no rows, those of each split in their order."""
    shards = [shard for entry in entries_of(manifest) for shard in entry["shards"]]
    paths = [shard["record"]["file"] for shard in shards]
    return b"".join(one.drops for one in _stored(folder, paths))


def _records(folder: Path, plan: Plan) -> list[Stored]:
    return _stored(folder, [shard.record for shard in shards_of(plan)])


def _stored(folder: Path, records: Sequence[str]) -> list[Stored]:
    """What these records say.

    Raises:
        BuildError: one of another split is damaged, or gone.
    """
    stored = []
    for name in records:
        one = read_record(folder / name)
        if one is None:
            raise BuildError(f"{folder / name} is damaged; build its split again")
        stored.append(one)
    return stored


def _update(path: Path, content: bytes) -> None:
    if not path.is_file() or path.read_bytes() != content:
        write_whole(path, content)
