"""export: how does a dataset become the files that another program reads?

An export is written beside its place and appears there when it is whole. It holds what it was made of, so
that the same command knows it again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from shutil import rmtree
from typing import Any, Final

from builders.dataset import Progress
from builders.files import BuildError, digest_of, write_whole
from builders.folder import alone, check_is_folder
from builders.manifest import MANIFEST
from builders.parse import object_in
from builders.sample import Sample
from reasonrft import exports
from reasonrft.exports._form import Form, Named, Sheet
from reasonrft.exports._writing import Taker, sheet_file
from reasonrft.prompt import VERSION
from reasonrft.questions import Source, choose_sources

EXPORT: Final = "export.json"  # what an export was made of, and its files
FORMAT: Final = 1  # of that file
PICTURES: Final = "images"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export came to."""

    folder: Path
    files: Sequence[Named]
    pictures: int  # files
    without_thought: int  # rows that a form for thoughts leaves out
    was_there: bool = False

    def to_json(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            "folder": str(self.folder),
            "files": {named.file: named.rows for named in self.files},
            "pictures": self.pictures,
            "without_thought": self.without_thought,
            "was_there": self.was_there,
        }


@cache
def forms() -> Mapping[str, Form]:
    """All forms by name: every public module of `exports/` defines one."""
    names = sorted(module.name for module in iter_modules(exports.__path__))
    found = [
        import_module(f"{exports.__name__}.{name}").FORM
        for name in names
        if not name.startswith("_")
    ]
    return {form.name: form for form in found}


def form_of(name: str) -> Form:
    """The form of a name.

    Raises:
        BuildError: there is none.
    """
    if name not in forms():
        raise BuildError(f"no format {name!r}; there are: {', '.join(forms())}")
    return forms()[name]


def export(
    sources: Sequence[Path],
    form: Form,
    out: Path,
    families: tuple[str, ...] | None,
    splits: Sequence[str],
    progress: Progress,
) -> Exported:
    """Write splits of datasets in a form.

    Raises:
        BuildError: a folder is no finished dataset, or is not as its manifest says; there is no such split,
            or no row; `out` holds something else.
    """
    chosen = choose_sources(sources, families, splits, None)
    _check_outside(out, sources)
    if not any(source.rows for source in chosen):
        names = ", ".join(f"{one.family}/{one.split}" for one in chosen)
        raise BuildError(
            f"no rows to export: {names} of {' and '.join(map(str, sources))} have none"
        )
    made_of = _made_of(form, chosen)
    check_is_folder(out, "an export")
    if out.is_dir() and any(out.iterdir()):
        return _known(out, form, made_of)
    _check_sources(chosen)
    partial = out.with_name(f"{out.name}.partial")
    with alone(partial, "an export", "written"):
        _clear(partial)
        progress.start(sum(source.rows for source in chosen), 0)
        writing = _Writing(partial, form)
        for source in chosen:
            writing.write(source, progress)
        writing.finish(made_of)
        if out.is_dir():
            out.rmdir()
        partial.rename(out)
    return Exported(out, writing.files, len(writing.pictures), writing.without_thought)


def _check_outside(out: Path, sources: Sequence[Path]) -> None:
    """Refuse to write into a dataset, which has the files of its manifest and no others."""
    for source in sources:
        if out.resolve().is_relative_to(source.resolve()):
            raise BuildError(f"{out} lies in the dataset {source}; choose another --out")


def _made_of(form: Form, sources: Sequence[Source]) -> dict[str, Any]:
    """All that the files of an export follow from."""
    return {
        "format": FORMAT,
        "form": form.name,
        "prompt": VERSION,
        "of": {f"{one.family}/{one.split}": one.entry["digest"] for one in sources},
    }


def _known(out: Path, form: Form, made_of: Mapping[str, Any]) -> Exported:
    """An export that is there already, if it is the same and whole."""
    told = object_in(out / EXPORT)
    if told is None and (out / EXPORT).exists():
        raise BuildError(f"{out / EXPORT} cannot be read; delete {out} to write it anew")
    if told is None or "made_of" not in told:
        name = sorted(path.name for path in out.iterdir())[0]
        raise BuildError(f"{out} holds something else ({name}); choose another --out")
    if told["made_of"] != made_of:
        raise BuildError(f"{out} holds another export; choose another --out")
    changed = next(_changed(out, told), None)
    if changed is not None:
        raise BuildError(f"{changed} was changed or is gone; delete {out} to write it anew")
    sheets = {sheet.ending: sheet for sheet in form.sheets}
    files = [
        Named(one["file"], one["family"], one["split"], sheets[one["ending"]], one["rows"])
        for one in told["files"]
    ]
    return Exported(out, files, told["pictures"], told["without_thought"], was_there=True)


def _changed(out: Path, told: Mapping[str, Any]) -> Iterator[Path]:
    """Files of an export that are not as they were written; the folder of its pictures if one lacks."""
    for name, digest in told["sha256"].items():
        if _digest(out / name) != digest:
            yield out / name
    pictures = sorted((out / PICTURES).glob("*/*.png"))
    for path in pictures:
        if _picture_name(digest_of(path)) != path.relative_to(out).as_posix():
            yield path
    if len(pictures) != told["pictures"]:
        yield out / PICTURES


def _picture_name(digest: str) -> str:
    return f"{PICTURES}/{digest[:2]}/{digest[2:34]}.png"


def _check_sources(sources: Sequence[Source]) -> None:
    """Refuse rows that are not those which the manifest tells of."""
    for source in sources:
        for shard in source.entry["shards"]:
            path = source.part.folder / shard["file"]
            if _digest(path) != shard["sha256"]:
                raise BuildError(
                    f"{path} is not as {MANIFEST} says; `rrft build-data` makes it anew"
                )


def _digest(path: Path) -> str | None:
    return digest_of(path) if path.is_file() else None


def _clear(folder: Path) -> None:
    """Remove what a killed export left."""
    for path in folder.iterdir():
        if path.is_dir():
            rmtree(path)
        else:
            path.unlink()


@dataclass(slots=True)
class _Writing:
    """An export while it is written."""

    folder: Path
    form: Form
    files: list[Named] = field(default_factory=list)
    pictures: set[str] = field(default_factory=set)  # names of the files that are there
    without_thought: int = 0

    def write(self, source: Source, progress: Progress) -> None:
        """The files of a split; none where no row is in it."""
        names = {
            sheet: f"{source.family}-{source.split}{sheet.ending}.{sheet.layout}"
            for sheet in self.form.sheets
        }
        rows = dict.fromkeys(self.form.sheets, 0)
        with ExitStack() as stack:
            takers = {
                sheet: stack.enter_context(sheet_file(self.folder / name, sheet))
                for sheet, name in names.items()
            }
            for sample in source.samples():
                written = self._row(sample, takers)
                self.without_thought += not sample.thought and len(written) < len(takers)
                for sheet in written:
                    rows[sheet] += 1
                progress.advance(1)
        for sheet, name in names.items():
            if rows[sheet]:
                self.files.append(Named(name, source.family, source.split, sheet, rows[sheet]))
            else:
                (self.folder / name).unlink()

    def _row(self, sample: Sample, takers: Mapping[Sheet, Taker]) -> list[Sheet]:
        """Write a row to the files that it is for; which these are."""
        beside = any(sheet.layout != "parquet" for sheet in takers)
        pictures = [self._picture(one) for one in sample.images] if beside else []
        written = []
        for sheet, taker in takers.items():
            try:
                row = sheet.row(sample, pictures)
            except ValueError as problem:
                raise BuildError(f"{sample.id}: {problem}") from None
            if row is not None:
                taker.take(row)
                written.append(sheet)
        return written

    def _picture(self, png: bytes) -> str:
        """The file of a picture, which is written once however many rows show it."""
        name = _picture_name(sha256(png).hexdigest())
        if name not in self.pictures:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png)
            self.pictures.add(name)
        return name

    def finish(self, made_of: Mapping[str, Any]) -> None:
        """Write what else there is, and what all of it was made of."""
        also = self.form.also(self.files)
        for name, content in also.items():
            write_whole(self.folder / name, content)
        told = {
            "made_of": made_of,
            "files": [
                {
                    "file": named.file,
                    "family": named.family,
                    "split": named.split,
                    "ending": named.sheet.ending,
                    "rows": named.rows,
                }
                for named in self.files
            ],
            "pictures": len(self.pictures),
            "without_thought": self.without_thought,
            "sha256": {
                name: _digest(self.folder / name)
                for name in [*(named.file for named in self.files), *also]
            },
        }
        write_whole(self.folder / EXPORT, (json.dumps(told, indent=1) + "\n").encode())
