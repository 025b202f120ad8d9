"""_paths: where is a picture whose name begins above the folder that there is, or below it?"""

from pathlib import Path
from typing import Final

from PIL import Image

from builders.cleaner import RefusedError
from builders.source_pictures import picture

ABOVE: Final = 3  # folders at the beginning of a name that may not be there


def places_of(name: object) -> list[str]:
    """Where the picture of a name in a record may be; nowhere, where it is no name."""
    if not isinstance(name, str) or not name.strip():
        return []
    parts = name.strip().removeprefix("./").split("/")
    # Its own folder stays: in another one the same name may be another picture's.
    starts = range(max(1, min(len(parts) - 1, ABOVE + 1)))
    return [*("/".join(parts[start:]) for start in starts), "/".join(["images", *parts])]


def named_picture(source: Path, name: object, *others: str) -> Image.Image:
    """The picture of a name in a record, or of one of the other names.

    Raises:
        RefusedError: for one of PICTURES.
    """
    if places := [*places_of(name), *others]:
        return picture(source, places)
    raise RefusedError("picture-missing", f"the picture is called {name!r}")
