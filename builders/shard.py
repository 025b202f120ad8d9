"""shard: how do rows become one Parquet file, and a record of what is in it beside it?

The record is JSON Lines: what the file was built by and came to, then the digests of each sample, then the
records of a public dataset that became none, and last a digest of the record itself. Those of samples are
of three sorts, for what may differ: the text is the same on any machine; the scene holds what the renderer
measured (masks, visible shares); the pixels may differ by a rounding between kinds of CPU.
"""

import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Final

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from pydantic import ConfigDict, TypeAdapter

from builders.engine import Tell
from builders.files import digest_of, whole_file, write_whole
from builders.parse import parse_json
from builders.plan import Plan
from builders.registry import Load
from builders.sample import Dropped, Made, Sample
from builders.task import to_json

DATA: Final = "data"  # the folder of Parquet files
DIGESTS: Final = "digests"  # the folder of records
_SHARD_NAME: Final = re.compile(
    r"([a-z0-9]+(?:-[a-z0-9]+)*)-[0-9]{5}-of-[0-9]{5}\.(?:parquet|jsonl)"
)
# In memory, and in a row group: what a reader must load to see one picture.
ROWS_AT_ONCE: Final = 50

_TEXT: Final = {"dtype": "string", "_type": "Value"}
# The features as `datasets` reads them; `Sequence` is what its old and its new versions understand.
FEATURES: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("id", "family", "task", "kind", "split"), _TEXT),
    "images": {"feature": {"_type": "Image"}, "_type": "Sequence"},
    **dict.fromkeys(("question", "answer", "gold"), _TEXT),
    "options": {"feature": _TEXT, "_type": "Sequence"},
    "thought": _TEXT,
    "depth": {"dtype": "int32", "_type": "Value"},
    "scene": _TEXT,
}
_PICTURE: Final = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_TYPES: Final = {
    "images": pa.list_(_PICTURE),
    "options": pa.list_(pa.string()),
    "depth": pa.int32(),
}
SCHEMA: Final = pa.schema(
    [(name, _TYPES.get(name, pa.string())) for name in FEATURES],
    metadata={"huggingface": json.dumps({"info": {"features": FEATURES}})},
)
FEW_VALUES: Final = ["family", "task", "kind", "split", "answer", "gold"]  # worth a dictionary
# A PNG is packed already.
COMPRESSION: Final = {
    **dict.fromkeys(FEATURES, "zstd"),
    "images.list.element.bytes": "none",
    "images.list.element.path": "none",
    "options.list.element": "zstd",
}


Counts = Mapping[str, Mapping[str, Mapping[str, int]]]  # of answers, by task, kind and answer


@dataclass(frozen=True, slots=True)
class Shard:
    """A file's share of a split."""

    plan: Plan
    number: int

    @property
    def name(self) -> str:
        """Its files' name, without the ending."""
        return f"{self.plan.split}-{self.number:05}-of-{self.plan.shards:05}"

    @property
    def data(self) -> str:
        """Where its rows lie in the dataset's folder."""
        return f"{DATA}/{self.plan.family}/{self.name}.parquet"

    @property
    def record(self) -> str:
        """Where its record lies."""
        return f"{DIGESTS}/{self.plan.family}/{self.name}.jsonl"

    def __str__(self) -> str:
        """How a message names it."""
        return self.data


def split_of(name: str) -> str | None:
    """The split that a file is of, as its name tells; None where it is neither a shard's nor a record's."""
    found = _SHARD_NAME.fullmatch(name)
    return found and found[1]


@dataclass(frozen=True, slots=True)
class Record:
    """What a shard came to."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")  # where it is read

    settings: Mapping[str, Any]  # the plan's
    written_with: Mapping[str, str]  # versions that the bytes, not the samples, may depend on
    rows: int
    bytes: int
    sha256: str  # of the file
    counts: Counts
    drops: Mapping[str, int]  # by reason; what is drawn is never dropped


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies in the folder."""

    record: Record
    sha256: str  # of the record's file
    samples: bytes  # its lines of digests
    drops: bytes  # its lines of what was dropped


def make_shard(shard: Shard, tell: Tell, *, folder: Path, load: Load) -> Shard:
    """Write a shard and its record; each of them appears when it is whole, the record last."""
    account = _Account()
    made = shard.plan.make(shard.plan.rows_of(shard.number), load)
    samples = account.enter(made, tell)
    buffer = Buffer()
    writer = pq.ParquetWriter(
        buffer,
        SCHEMA,
        version="2.6",
        compression=COMPRESSION,
        use_dictionary=FEW_VALUES,
        write_statistics=FEW_VALUES,
    )
    with whole_file(folder / shard.data) as file:
        while group := list(islice(samples, ROWS_AT_ONCE)):
            writer.write_table(_table(group))
            file.write(buffer.take())
        writer.close()
        file.write(buffer.take())
    record = Record(
        settings=shard.plan.settings(),
        written_with={name: version(name) for name in ("pillow", "pyarrow")},
        rows=len(account.digests),
        bytes=file.size,
        sha256=file.sha256,
        counts=account.counts,
        drops=dict(Counter(drop.reason for drop in account.drops)),
    )
    drops = [to_json(asdict(drop)) for drop in account.drops]
    write_record(folder / shard.record, record, [*account.digests, *drops])
    return shard


class _Account:
    """What the rows of a shard come to: pictures are looked at and let go of one by one."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, dict[str, int]]] = {}
        self.digests: list[str] = []
        self.drops: list[Dropped] = []

    def enter(self, made: Iterator[Made | Dropped], tell: Tell) -> Iterator[Sample]:
        """The rows that there are, each counted."""
        for one in made:
            if isinstance(one, Dropped):
                self.drops.append(one)
            else:
                sample = one.sample
                count(sample, self.counts)
                self.digests.append(to_json(digests_of(sample, one.images)))
                yield sample
            tell(1)


def count(sample: Sample, counts: dict[str, dict[str, dict[str, int]]]) -> None:
    """Put the answer of a sample to those of its kind."""
    of_kind = counts.setdefault(sample.task, {}).setdefault(sample.kind, {})
    of_kind[sample.answer] = of_kind.get(sample.answer, 0) + 1


def digests_of(sample: Sample, images: Sequence[Image.Image]) -> dict[str, Any]:
    """The SHA-256 of a sample's text, scene and pixels, under its id."""
    return {
        "id": sample.id,
        "text": text_digest(sample),
        "scene": sha256(sample.scene.encode()).hexdigest(),
        "pixels": list(map(pixel_digest, images)),
    }


def pixel_digest(image: Image.Image) -> str:
    """The SHA-256 of a picture's pixels, however it is packed."""
    head = f"{image.mode} {image.width}x{image.height}\n".encode()
    return sha256(head + image.tobytes()).hexdigest()


def text_digest(sample: Sample) -> str:
    """The SHA-256 of all that is said of a sample, apart from its scene."""
    text = {name: getattr(sample, name) for name in FEATURES if name not in {"images", "scene"}}
    return sha256(to_json(text).encode()).hexdigest()


def _table(samples: Sequence[Sample]) -> pa.Table:
    columns = {name: [getattr(sample, name) for sample in samples] for name in FEATURES}
    columns["images"] = [
        [{"bytes": image, "path": None} for image in images] for images in columns["images"]
    ]
    return pa.table(columns, schema=SCHEMA)


class Buffer(io.RawIOBase):
    """Holds what pyarrow writes until it is taken: errors of the disk then come up in our own code."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, content: Any) -> int:
        """Append bytes."""
        self._parts.append(bytes(content))
        self._size += len(self._parts[-1])
        return len(self._parts[-1])

    def tell(self) -> int:
        """How much was written."""
        return self._size

    def take(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


_RECORD: Final = TypeAdapter(Record)


def write_record(path: Path, record: Record, digests: Sequence[str]) -> None:
    """Write the file of a record, which ends in a digest of all before."""
    content = "".join(f"{line}\n" for line in [to_json(asdict(record)), *digests]).encode()
    write_whole(path, content + _last_line(content))


def _last_line(content: bytes) -> bytes:
    return (to_json({"sha256": sha256(content).hexdigest()}) + "\n").encode()


def read_record(path: Path) -> Stored | None:
    """The record in a file; None if there is none, or it is damaged."""
    try:
        whole = path.read_bytes()
    except FileNotFoundError:
        return None
    content = whole[: -len(_last_line(b""))]
    if not content or whole != content + _last_line(content):
        return None
    head, _, rest = content.partition(b"\n")
    try:
        record = _RECORD.validate_python(parse_json(head))
    except ValueError:
        return None
    lines = rest.splitlines(keepends=True)
    samples, drops = (b"".join(part) for part in (lines[: record.rows], lines[record.rows :]))
    return Stored(record, sha256(whole).hexdigest(), samples, drops)


def is_whole(folder: Path, shard: Shard, stored: Stored) -> bool:
    """Whether the rows of a shard are as they were written."""
    path = folder / shard.data
    if not path.is_file() or path.stat().st_size != stored.record.bytes:
        return False
    return digest_of(path) == stored.record.sha256
