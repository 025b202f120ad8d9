"""pictures: can the pictures of a row be read, and what are they: digests of pixels, sizes, looks?"""

import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, UnidentifiedImageError

from builders.audit.looks import Looks, look_at

MOST_PIXELS: Final = 64_000_000  # of a picture that is opened: what a row may take of memory


@dataclass(frozen=True, slots=True)
class Picture:
    """One that could be read."""

    image: Image.Image
    look: Looks


def read_pictures(files: Sequence[bytes | None]) -> list[Picture | str]:
    """Each picture; or why it cannot be read."""
    return [_read(file) for file in files]


def _read(file: bytes | None) -> Picture | str:
    if not file:
        return "is not there"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            image = Image.open(io.BytesIO(file))
            # Before it is decoded: of other formats that may be another program's work, as EPS is Ghostscript's.
            if image.format != "PNG":
                return f"is a {image.format}, not a PNG"
            if image.width * image.height > MOST_PIXELS:
                return f"has {image.width} x {image.height} pixels"
            image.load()
    except UnidentifiedImageError:  # which tells the address of an object, another in each run
        return "cannot be read: it is no picture"
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning) as problem:
        return f"cannot be read: {problem}"
    return Picture(image, look_at(np.asarray(image.convert("L"))))


def wrong_pictures(found: Sequence[Picture | str], size: tuple[int, int] | None) -> Iterator[str]:
    """What is wrong with the pictures of a row."""
    for number, one in enumerate(found):
        if isinstance(one, str):
            yield f"picture {number} {one}"
        elif size is not None and one.image.size != size:
            shown, wanted = ("x".join(map(str, pair)) for pair in (one.image.size, size))
            yield f"picture {number} has {shown} pixels, not {wanted}"
