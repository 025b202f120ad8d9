"""A picture that a record names is opened only below its folder, whole, and within limits."""

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from builders import source_pictures
from builders.cleaner import Drop, RefusedError
from builders.files import BuildError


def open_picture(root: Path, name: str) -> Image.Image | Drop:
    try:
        return source_pictures.picture(root, [name])
    except RefusedError as refused:
        return refused.drop


def reason(found: Image.Image | Drop) -> str:
    assert isinstance(found, Drop)
    assert found.reason in source_pictures.PICTURES
    return found.reason


def detail(found: Image.Image | Drop) -> str:
    assert isinstance(found, Drop)
    return found.detail


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    (root / "images").mkdir(parents=True)
    Image.new("RGB", (4, 3), "red").save(root / "images" / "a.png")
    Image.new("RGB", (4, 3), "blue").save(tmp_path / "secret.png")
    return root


def test_a_picture_below_the_folder_is_opened(root: Path) -> None:
    for name in ("images/a.png", "./images/a.png"):
        picture = open_picture(root, name)
        assert isinstance(picture, Image.Image), name
        assert (picture.mode, picture.size, picture.getpixel((0, 0))) == (
            "RGB",
            (4, 3),
            (255, 0, 0),
        )


def test_a_link_within_the_folder_is_followed_one_out_of_it_is_not(root: Path) -> None:
    (root / "in.png").symlink_to("images/a.png")
    (root / "out.png").symlink_to("../secret.png")
    (root / "up").symlink_to("..")
    (root / "round").symlink_to("round")
    assert isinstance(open_picture(root, "in.png"), Image.Image)
    assert reason(open_picture(root, "out.png")) == "picture-outside"
    assert reason(open_picture(root, "up/secret.png")) == "picture-outside"
    told = "out.png is a link out of the folder: copy it, or give --source the folder it leads to"
    assert detail(open_picture(root, "out.png")) == told
    assert reason(open_picture(root, "round")) == "picture-missing"


def test_a_path_out_of_the_folder_is_refused(root: Path) -> None:
    names = (
        "../secret.png",
        "images/../../secret.png",
        str(root.parent / "secret.png"),
        "..\\secret.png",
    )
    for name in names:
        assert reason(open_picture(root, name)) == "picture-outside", name


@pytest.mark.parametrize("name", ["none.png", "  ", "a" * 5000, "images/a.png/b", "images"])
def test_a_name_of_nothing_is_missing(root: Path, name: str) -> None:
    assert reason(open_picture(root, name)) == "picture-missing"


def test_what_is_no_file_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "pipe.png")
    assert reason(open_picture(root, "pipe.png")) == "picture-missing"


def test_broken_pictures_and_other_formats_are_unreadable(root: Path) -> None:
    whole, details = (root / "images" / "a.png").read_bytes(), list[str]()
    for number, content in enumerate((b"", b"no picture", whole[:40], whole[:-26], b"%PDF-1.4")):
        (root / f"{number}.png").write_bytes(content)
        assert reason(open_picture(root, f"{number}.png")) == "picture-unreadable", content
        details.append(detail(open_picture(root, f"{number}.png")))
    assert details[0] == "0.png: it is none of PNG, JPEG, WEBP, BMP, GIF: it begins with b''"
    assert details[2] == "2.png: it begins as PNG does, and is cut off or damaged"
    Image.new("RGB", (4, 3)).save(root / "a.ppm")
    assert reason(open_picture(root, "a.ppm")) == "picture-unreadable"


def bomb(width: int, height: int) -> bytes:
    """A PNG file that says a size and holds nothing of it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        end = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + end

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(4097, 4096), (10_000, 10_000), (60_000, 60_000)])
def test_a_bomb_is_refused_before_it_unpacks(root: Path, size: tuple[int, int]) -> None:
    (root / "bomb.png").write_bytes(bomb(*size))
    assert reason(open_picture(root, "bomb.png")) == "picture-too-large"


def test_a_large_file_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        source_pictures, "MOST_BYTES", (root / "images" / "a.png").stat().st_size - 1
    )
    assert reason(open_picture(root, "images/a.png")) == "picture-too-large"


def test_what_is_transparent_lies_on_white(root: Path) -> None:
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(root / "clear.png")
    Image.new("LA", (2, 2), (0, 255)).save(root / "dark.png")
    palette = Image.new("P", (2, 2), 0)
    palette.putpalette([10, 20, 30])
    palette.save(root / "palette.png", transparency=0)
    for name, colour in (("clear", 255), ("dark", 0), ("palette", 255)):
        picture = open_picture(root, f"{name}.png")
        assert isinstance(picture, Image.Image)
        assert picture.getpixel((0, 0)) == (colour,) * 3, name


def test_grey_of_16_bits_keeps_its_shades(root: Path) -> None:
    Image.new("I;16", (2, 2), 0x4020).save(root / "deep.png")
    picture = open_picture(root, "deep.png")
    assert isinstance(picture, Image.Image)
    assert (picture.mode, picture.getpixel((0, 0))) == ("RGB", (0x40,) * 3)


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_archive_is_told_of_whatever_it_was_packed_by(root: Path, packing: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        archive.writestr("images/b.bmp", Random(1).randbytes(2_000))
    whole, fates = buffer.getvalue(), set()
    for at in range(0, len(whole), 23):
        folder = root / str(at)
        folder.mkdir()
        content = bytearray(whole)
        content[at : at + 3] = bytes(255 - byte for byte in content[at : at + 3])
        (folder / "images.zip").write_bytes(content)
        try:
            fates.add(reason(open_picture(folder, "images/b.bmp")))
        except BuildError as problem:
            assert str(folder / "images.zip") in str(problem)
    assert "picture-unreadable" in fates


def test_a_name_in_archives_means_one_picture_or_none(root: Path) -> None:
    """One that several pictures end in is nobody's: a row would show what it does not ask about."""

    def content(colour: str) -> bytes:
        buffer = io.BytesIO()
        Image.new("RGB", (4, 3), colour).save(buffer, "PNG")
        return buffer.getvalue()

    packed = {
        "train.zip": {"1.png": "red", "x/2.png": "red", "y/2.png": "blue", "y/3.png": "red"},
        "images/test.zip": {"1.png": "blue", "z/3.png": "red", "x/4.png": "lime", "4.png": "red"},
    }
    for name, members in packed.items():
        with zipfile.ZipFile(root / name, "w") as archive:
            for member, colour in members.items():
                archive.writestr(member, content(colour))
    shown = {"red": (255, 0, 0), "blue": (0, 0, 255), "lime": (0, 255, 0)}
    for name, colour in (
        *(("train/1.png", "red"), ("test/1.png", "blue"), ("images/test/1.png", "blue")),
        *(("x/2.png", "red"), ("y/2.png", "blue"), ("3.png", "red"), ("4.png", "red")),
        ("x/4.png", "lime"),
    ):
        picture = open_picture(root, name)
        assert isinstance(picture, Image.Image), name
        assert picture.getpixel((0, 0)) == shown[colour], name
    for name in ("1.png", "2.png"):
        assert reason(open_picture(root, name)) == "picture-missing", name


def test_a_member_that_lies_too_deep_is_none(root: Path) -> None:
    """A name of many folders has as many endings, each of which would be kept."""
    with zipfile.ZipFile(root / "train.zip", "w") as archive:
        archive.writestr("a/" * 300 + "1.png", b"")
    assert reason(open_picture(root, "1.png")) == "picture-missing"
    (members,) = source_pictures._archives(root).values()
    assert not members
