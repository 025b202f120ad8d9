"""_hdf: how is TRANCE read where its texts and pictures are packed in one HDF5 file?"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from PIL import Image

from builders.cleaner import RefusedError
from builders.extras import install
from builders.files import BuildError
from builders.source import is_inside, json_text
from builders.source_pictures import MOST_PIXELS

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
        raise BuildError(f"{path} is read with the package h5py; {install('hdf')}") from None
    try:
        return h5py.File(path, "r")
    except OSError as problem:
        raise BuildError(f"{path} is no HDF5 file: {problem}") from None


def samples(path: Path) -> Iterator[tuple[str, str, Any]]:
    """The split, the key and the content of each sample, by their numbers.

    Raises:
        BuildError: the file is not one of TRANCE's.
    """
    file = _opened(path)
    for split in SPLITS:
        data = _held(_held(file, split), "data")
        keys = list(data) if hasattr(data, "keys") else []  # an array has none
        for key in sorted(keys, key=lambda one: (len(one), one)):
            place = f"{split} {key} of {path}"
            text = _held(data, key)
            if getattr(text, "shape", None) != ():
                raise BuildError(f"{place} is no text that lies in the file")
            yield split, key, json_text(text[()], place)


def _held(group: Any, name: str) -> Any:
    """What lies under a name in a group; None for nothing, and for what the file has from another file."""
    import h5py

    if not isinstance(group, h5py.Group) or not isinstance(
        group.get(name, getlink=True), h5py.HardLink
    ):
        return None
    thing = group[name]
    is_elsewhere = isinstance(thing, h5py.Dataset) and (thing.external or thing.is_virtual)
    return None if is_elsewhere else thing


def image(source: Path, file: str, split: str, name: str) -> Image.Image:
    """A picture by its name in a file of a source.

    Raises:
        RefusedError: there is none, or it is too large, or the file is not in the source.
    """
    path = source / file
    if not is_inside(source, path):
        raise RefusedError("picture-outside", f"{file} is out of the folder")
    pixels = _held(_held(_held(_opened(path), split), "image"), name)
    if pixels is None:
        raise RefusedError("picture-missing", name)
    shape: tuple[int, ...] = getattr(pixels, "shape", ())
    kind = getattr(pixels, "dtype", "no picture")
    if len(shape) != 3 or shape[2] not in (3, 4) or kind != "uint8" or 0 in shape:
        raise RefusedError("picture-unreadable", f"{name} is {kind} of shape {shape}")
    if shape[0] * shape[1] > MOST_PIXELS:
        raise RefusedError("picture-too-large", f"{name} has {shape[1]} x {shape[0]} pixels")
    try:
        content = pixels[()]
    except OSError:  # packed in a way that is not known here, or damaged
        raise RefusedError("picture-unreadable", f"{name} cannot be unpacked") from None
    return Image.fromarray(content).convert("RGB")
