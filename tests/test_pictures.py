"""Pictures in a dataset that nobody audited: a line for what is none, and no other program is started for it."""

import io
import subprocess
from typing import NoReturn

import pytest
from PIL import Image

from builders.files import BuildError
from reasonrft.pictures import in_rgb, opened
from reasonrft.report.page import small_picture

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n%%EndProlog\nshowpage\n%%EOF\n"


def file_of(form: str, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (32, 24), 7).save(buffer, form)
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1"])
def test_a_png_of_any_mode_is_seen_in_colours(mode: str) -> None:
    png = file_of("PNG", mode)
    assert opened(png).size == (32, 24)
    assert (in_rgb(png).mode, in_rgb(png).size) == ("RGB", (32, 24))


@pytest.mark.parametrize("content", [b"", b"no picture", file_of("JPEG"), file_of("GIF"), EPS])
def test_what_is_no_png_is_told_and_never_decoded(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(*_: object, **__: object) -> NoReturn:
        raise AssertionError("another program was started")

    monkeypatch.setattr(subprocess, "Popen", started)
    for use in (opened, in_rgb, small_picture):
        with pytest.raises(BuildError, match=r"^a picture in the data is no PNG that can be read"):
            use(content)


@pytest.mark.parametrize("change", ["cut", "bits"])
def test_a_damaged_png_is_one_line(change: str) -> None:
    whole = file_of("PNG")
    place = whole.index(b"IDAT") + 6
    damaged = whole[:place] if change == "cut" else whole[:place] + b"\xff\xff" + whole[place + 2 :]
    with pytest.raises(
        BuildError, match=r"^a picture in the data is damaged \(.*rrft audit"
    ) as told:
        in_rgb(damaged)
    assert "\n" not in str(told.value)
