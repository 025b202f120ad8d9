"""gallery_page: how a page of samples is made and written: its texts, its pictures, its place."""

import base64
import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from builders.files import BuildError, whole_name, write_whole
from builders.page import render_page
from builders.parse import parse_json
from builders.scenes.rle import decode

GENERATOR = "rrft view"  # in the head of a page: what tells our own earlier page from another's
PICTURE = re.compile(r"[0-9a-f]{16}\.png")  # the name of a picture beside the page
PNG = b"\x89PNG\r\n\x1a\n"
LOOK = ("size", "color", "material", "shape")  # in the order of speech: large red metal cube
APART = ("mask", "box")  # of an object: seen in the picture, not in the table


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page goes, and where its pictures go."""

    page: Path
    pictures: Path  # a folder
    inline: bool  # the pictures stand in the page, and the folder has none


def find_place(source: Path, out: Path | None, *, inline: bool | None) -> Place:
    """Where the page goes: nothing is there yet, or an earlier page of ours."""
    if out is None:
        out = source.resolve().with_name(f"{source.resolve().name}-view")
    if out.suffix.lower() == ".html":
        place = Place(out, out.with_name(f"{out.stem}-pictures"), inline is not False)
    else:
        place = Place(out / "index.html", out / "pictures", inline is True)
        if out.exists() and not out.is_dir():
            raise BuildError(f"{out} is a file; name a folder, or a page that ends in .html")
        if out.exists() and not place.page.exists() and _has_other_things(out):
            raise BuildError(f"{out} holds something else; name a new folder or a gallery's")
    if place.page.exists() and not _is_ours(place.page):
        raise BuildError(f"{place.page} is a page of something else; name another")
    return place


def _has_other_things(folder: Path) -> bool:
    """Whether a folder holds more than a gallery that was broken off."""
    names = {whole_name(path.name) or path.name for path in folder.iterdir()}
    return not names <= {"pictures", "index.html"}


def _is_ours(page: Path) -> bool:
    with page.open("rb") as file:
        return f'name="generator" content="{GENERATOR}"'.encode() in file.read(2000)


def link_pictures(
    samples: list[dict[str, Any]], pictures: Mapping[str, bytes], place: Place
) -> None:
    """Turn the names of the pictures into what a page can show."""
    for picture in (picture for sample in samples for picture in sample["pictures"]):
        name = picture["source"]
        if place.inline:
            picture["source"] = f"data:image/png;base64,{base64.b64encode(pictures[name]).decode()}"
        else:
            picture["source"] = f"{quote(os.fsencode(place.pictures.name))}/{name}"


def write_page(place: Place, page: str, pictures: Mapping[str, bytes]) -> None:
    """Write the pictures, then the page, then remove what only an earlier page showed."""
    beside = {} if place.inline else pictures
    followed = place.page.exists()
    place.page.parent.mkdir(parents=True, exist_ok=True)
    if beside:
        place.pictures.mkdir(exist_ok=True)
    for path in (place.pictures / name for name in beside):
        # One that is there whole stays as it is, so that an earlier page has all of its own at any moment.
        if not path.is_file() or path.read_bytes() != beside[path.name]:
            path.write_bytes(beside[path.name])
    # A folder's name, the title of the page, need not be UTF-8.
    write_whole(place.page, page.encode("utf-8", errors="replace"))
    for path in place.page.parent.iterdir():
        if whole_name(path.name) == place.page.name:  # of a page that was broken off
            path.unlink()
    if followed and place.pictures.is_dir():
        _remove_all_but(beside, place.pictures)


def _remove_all_but(kept: Mapping[str, bytes], folder: Path) -> None:
    for path in folder.iterdir():
        if PICTURE.fullmatch(path.name) and path.name not in kept:
            path.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def page_sample(row: Mapping[str, Any], pictures: dict[str, bytes]) -> dict[str, Any]:
    """A row for the page; its pictures are added to `pictures` and stand in it by name."""
    images = [_picture(image["bytes"], row["id"], pictures) for image in row["images"]]
    texts = ("id", "family", "task", "kind", "split", "question", "answer", "thought", "depth")
    return {
        **{name: row[name] for name in texts},
        "options": row["options"],
        "pictures": images,
        "objects": [
            [_object(thing, place, image) for place, thing in enumerate(objects, start=1)]
            for objects, image in zip(_objects(row), images, strict=False)
        ],
    }


def _picture(png: bytes | None, owner: str, pictures: dict[str, bytes]) -> dict[str, Any]:
    if not png or not png.startswith(PNG):
        raise BuildError(f"a picture of sample {owner!r} is no PNG")
    name = f"{hashlib.sha256(png).hexdigest()[:16]}.png"
    pictures[name] = png
    # The header comes first in a PNG, and begins with the size in pixels.
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    return {"source": name, "width": width, "height": height}


def _objects(row: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """The objects of each picture; families without objects have none."""
    try:
        scene = parse_json(row["scene"])
    except ValueError as problem:
        raise BuildError(f"the scene of sample {row['id']!r} is no JSON: {problem}") from problem
    views = scene.get("views", [scene]) if isinstance(scene, dict) else []
    return [_records(view.get("objects")) for view in _records(views)]


def _records(value: Any) -> list[dict[str, Any]]:
    """The JSON objects in an array; none in anything else: scenes of other families differ."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _object(thing: Mapping[str, Any], place: int, image: Mapping[str, Any]) -> dict[str, Any]:
    facts = {
        name: _fact(value)
        for name, value in sorted(thing.items(), key=lambda item: _speech_place(item[0]))
        if name not in APART and isinstance(value, str | int | float)
    }
    label = " ".join(facts[name] for name in LOOK if facts.get(name)) or f"object {place}"
    return {"label": label, "facts": facts, "mask": _mask(thing.get("mask"), image)}


def _speech_place(name: str) -> tuple[int, str]:
    return (LOOK.index(name) if name in LOOK else len(LOOK)), name


def _fact(value: str | float) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _mask(mask: Any, image: Mapping[str, Any]) -> str | None:
    """The runs of a mask, if they fit the picture: the page's script takes them at their word."""
    size = [image["height"], image["width"]]
    if not isinstance(mask, dict) or mask.get("size") != size:
        return None
    try:
        decode(str(mask.get("counts")), *size)
    except ValueError:
        return None
    return str(mask["counts"])


def make_page(
    title: str, splits: Sequence[Mapping[str, Any]], samples: Sequence[Mapping[str, Any]]
) -> str:
    """The page as text; the same samples give the same text."""
    texts = {"title": title, "generator": GENERATOR}
    return render_page("builders", "gallery", texts, {"splits": splits, "samples": samples})
