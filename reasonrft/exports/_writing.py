"""_writing: how do rows get into a file one after the other, whatever its layout?"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from builders.files import NewFile, whole_file
from builders.shard import Buffer
from reasonrft.exports._form import Layout, Row, Sheet

ROWS_AT_ONCE: Final = 50  # of Parquet: a row group
ARROW: Final[Mapping[str, Any]] = {"string": pa.string()}
PICTURE: Final = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


class Taker(Protocol):
    """Takes rows."""

    def take(self, row: Row) -> None:
        """One row more."""

    def end(self) -> None:
        """There are no more."""


@contextmanager
def sheet_file(path: Path, sheet: Sheet) -> Iterator[Taker]:
    """A file that takes rows; it appears under its name when it has all of them."""
    with whole_file(path) as file:
        taker = _taker(sheet, file)
        yield taker
        taker.end()


def _taker(sheet: Sheet, file: NewFile) -> Taker:
    if sheet.features is not None:
        return _Parquet(file, sheet.features)
    return _Json(file, sheet.layout)


class _Json:
    """Lines; for `json`, of one list."""

    def __init__(self, file: NewFile, layout: Layout) -> None:
        self._file = file
        self._opened, self._between, self._closed = (
            (b"[\n", b",\n", b"\n]\n") if layout == "json" else (b"", b"\n", b"\n")
        )
        self._empty = True

    def take(self, row: Row) -> None:
        self._file.write(self._opened if self._empty else self._between)
        self._file.write(json.dumps(row, ensure_ascii=False, allow_nan=False).encode())
        self._empty = False

    def end(self) -> None:
        if self._empty:
            self._file.write(self._opened)
        self._file.write(self._closed)


class _Parquet:
    """Row groups, with features that `datasets` reads."""

    def __init__(self, file: NewFile, features: Mapping[str, Any]) -> None:
        self._file = file
        self._schema = pa.schema(
            [(name, arrow_type(feature)) for name, feature in features.items()],
            metadata={"huggingface": json.dumps({"info": {"features": features}})},
        )
        self._buffer = Buffer()
        self._writer = pq.ParquetWriter(
            self._buffer, self._schema, version="2.6", compression="zstd"
        )
        self._rows: list[Row] = []

    def take(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) == ROWS_AT_ONCE:
            self._flush()

    def end(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()
        self._pass_on()

    def _flush(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []
        self._pass_on()

    def _pass_on(self) -> None:
        self._file.write(self._buffer.take())


def arrow_type(feature: Mapping[str, Any]) -> Any:
    """The type of a feature in Arrow."""
    match feature.get("_type"):
        case "Value":
            return ARROW[feature["dtype"]]
        case "Image":
            return PICTURE
        case "List":
            return pa.list_(arrow_type(feature["feature"]))
        case _:
            return pa.struct([(name, arrow_type(one)) for name, one in feature.items()])
