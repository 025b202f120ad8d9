"""overlap: do the pictures that were asked about stand in the training split too?

Known only where the training split lies beside the data that was asked: the digests that a build keeps of
every picture are compared. Pictures that are alike but not the same, pixel for pixel, are not found.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from builders.files import BuildError
from builders.manifest import read_manifest
from builders.parse import read_object
from builders.plan import TRAIN
from builders.shard import read_record
from reasonrft.questions import Identity
from reasonrft.run import RunState

NO_DATA: Final = "not known, its data is no longer there"
NO_TRAIN: Final = "not known, no training split lies beside it"
Pixels = tuple[str, ...]  # digests of a sample's pictures


def overlap_of(state: RunState) -> list[str]:
    """A sentence on each family and split."""
    return [f"{'/'.join(one.key)}: {_sentence(one)}" for one in state.data]


def _sentence(one: Identity) -> str:
    folder = Path(one.folder)
    try:
        splits = _splits(folder, one.family)
    except BuildError:
        splits = {}
    entry = splits.get(one.split)
    if entry is None or entry["digest"] != one.digest:
        return NO_DATA
    if TRAIN not in splits:
        return NO_TRAIN
    trained, asked = _pixels(folder, splits[TRAIN]), _pixels(folder, entry)[: one.rows]
    known = set(trained)
    shared = sum(pixels in known for pixels in asked)
    return (
        f"{shared:,} of {len(asked):,} questions show a picture of the {len(trained):,} trained on"
    )


def _splits(folder: Path, family: str) -> Mapping[str, Any]:
    manifest = read_manifest(folder)
    splits: Mapping[str, Any] = manifest["families"].get(family, {}) if manifest else {}
    return splits


def _pixels(folder: Path, entry: Mapping[str, Any]) -> list[Pixels]:
    """The digests of each sample's pictures, in order; fewer where records are damaged."""
    stored = [read_record(folder / shard["record"]["file"]) for shard in entry["shards"]]
    lines = [line for one in stored if one for line in one.samples.splitlines()]
    return [tuple(row["pixels"]) for line in lines if (row := read_object(line))]
