"""pictures: a row's pictures, opened for a model or a page."""

import io
from typing import Final

from PIL import Image

from builders.files import BuildError

# Of other formats decoding may be another program's work, as EPS is Ghostscript's: nobody has audited these bytes yet.
FORMATS: Final = ("PNG",)


def opened(png: bytes) -> Image.Image:
    """A picture whose size is known; its pixels are not decoded yet.

    Raises:
        BuildError: it is none.
    """
    try:
        return Image.open(io.BytesIO(png), formats=FORMATS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BuildError(
            f"a picture in the data is no PNG that can be read ({len(png):,} bytes, beginning with "
            f"{png[:8]!r}); `rrft audit` says which"
        ) from None


def in_rgb(png: bytes) -> Image.Image:
    """A picture as models and pages take it.

    Raises:
        BuildError: it is none.
    """
    image = opened(png)
    try:
        return image.convert("RGB")
    except (
        OSError,
        ValueError,
        SyntaxError,
    ) as problem:  # all that Pillow raises at a damaged file
        raise BuildError(
            f"a picture in the data is damaged ({problem}); `rrft audit` says which"
        ) from None
