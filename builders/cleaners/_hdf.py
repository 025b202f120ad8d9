"""_hdf: how is TRANCE read where its texts and pictures are packed in one HDF5 file?"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from PIL import Image

from builders.cleaner import RefusedError
from builders.files import BuildError
from builders.source import MOST_PIXELS

SPLITS: Final = ("train", "val", "test")


@cache
def _opened(path: Path) -> Any:
    """The file, open for reading.

    Raises:
        BuildError: it is none, or the package that reads it is not there.
    """
    try:
        import h5py
    except ImportError:
        raise BuildError(f"{path} is read with the package h5py; pip install h5py") from None
    try:
        return h5py.File(path, "r")
    except OSError as problem:
        raise BuildError(f"{path} is no HDF5 file: {problem}") from None


def samples(path: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The split, the key and the content of each sample, by their numbers.

    Raises:
        BuildError: the file is not one of TRANCE's.
    """
    file = _opened(path)
    for split in SPLITS:
        data = file[split]["data"] if split in file and "data" in file[split] else {}
        for key in sorted(data, key=lambda one: (len(one), one)):
            yield split, key, _sample(data[key][()], f"{split} {key} of {path}")


def _sample(text: Any, place: str) -> dict[str, Any]:
    try:
        sample = json.loads(text)
    except (ValueError, TypeError, RecursionError) as problem:
        raise BuildError(f"{place} is no JSON: {problem}") from None
    return sample if isinstance(sample, dict) else {"record": sample}


def image(path: Path, split: str, name: str) -> Image.Image:
    """A picture by its name.

    Raises:
        RefusedError: there is none, or it is too large.
    """
    pictures = _opened(path)[split].get("image", {})
    if name not in pictures:
        raise RefusedError("picture-missing", name)
    shape, kind = pictures[name].shape, pictures[name].dtype
    if len(shape) != 3 or shape[2] not in (3, 4) or kind != "uint8":
        raise RefusedError("picture-unreadable", f"{name} is {kind} of shape {shape}")
    if shape[0] * shape[1] > MOST_PIXELS:
        raise RefusedError("picture-too-large", f"{name} has {shape[1]} x {shape[0]} pixels")
    return Image.fromarray(pictures[name][()]).convert("RGB")
