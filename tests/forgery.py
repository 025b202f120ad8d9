"""Datasets that were altered: openly, or with all digests, counts and the card made to fit."""

import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from builders.card import CARD, make_card
from builders.manifest import MANIFEST, as_text, kind_entry
from builders.sample import Sample
from builders.shard import SCHEMA, digests_of, read_record, write_record
from builders.task import to_json

Row = dict[str, Any]
Change = Callable[[list[Row]], None]


def shard_of(folder: Path, family: str, split: str, number: int = 0) -> Path:
    """A Parquet file of a split."""
    return sorted((folder / "data" / family).glob(f"{split}-?????-of-*.parquet"))[number]


def rows_of(path: Path) -> list[Row]:
    rows: list[Row] = pq.read_table(path).to_pylist()
    return rows


def alter(path: Path, change: Change, schema: pa.Schema = SCHEMA) -> list[Row]:
    """Change the rows of a file, and nothing else."""
    rows = rows_of(path)
    change(rows)
    table = pa.Table.from_pylist(rows, schema=schema)
    pq.write_table(table, path)
    return rows


def forge(path: Path, change: Change, schema: pa.Schema = SCHEMA) -> None:
    """Change the rows of a file, and make its record, the manifest and the card fit."""
    rows = alter(path, change, schema)
    folder, record_path = _beside(path)
    stored = read_record(record_path)
    assert stored is not None
    samples = [_sample(row) for row in rows if len(row) == len(SCHEMA)]
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for sample in samples:
        of_kind = counts.setdefault(sample.task, {}).setdefault(sample.kind, {})
        of_kind[sample.answer] = of_kind.get(sample.answer, 0) + 1
    content = path.read_bytes()
    record = replace(
        stored.record,
        rows=len(rows),
        bytes=len(content),
        sha256=sha256(content).hexdigest(),
        counts=counts,
    )
    digests = [to_json(digests_of(sample, _pictures(sample))) for sample in samples]
    write_record(record_path, record, digests or stored.samples.decode().splitlines())
    reseal(folder, path.parent.name, path.name.rsplit("-", 3)[0])


def _beside(path: Path) -> tuple[Path, Path]:
    folder = path.parents[2]
    return folder, folder / "digests" / path.parent.name / f"{path.stem}.jsonl"


def reseal(folder: Path, family: str, split: str) -> None:
    """Write manifest and card anew from the records of a split."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    entry = manifest["families"][family][split]
    total: dict[str, dict[str, Counter[str]]] = {}
    lines = b""
    for shard in entry["shards"]:
        stored = read_record(folder / shard["record"]["file"])
        assert stored is not None
        told = asdict(stored.record)
        shard |= {name: told[name] for name in ("rows", "bytes", "sha256")}
        shard["record"]["sha256"] = stored.sha256
        lines += stored.samples
        for task, kinds in told["counts"].items():
            for kind, answers in kinds.items():
                total.setdefault(task, {}).setdefault(kind, Counter()).update(answers)
    entry["rows"] = sum(shard["rows"] for shard in entry["shards"])
    entry["bytes"] = sum(shard["bytes"] for shard in entry["shards"])
    entry["digest"] = sha256(lines).hexdigest()
    best = sum(max(a.values()) for kinds in total.values() for a in kinds.values())
    entry["blind"] = round(best / entry["rows"], 4)
    entry["kinds"] = {
        task: {kind: kind_entry(answers) for kind, answers in sorted(kinds.items())}
        for task, kinds in sorted(total.items())
    }
    (folder / MANIFEST).write_bytes(as_text(manifest))
    (folder / CARD).write_text(make_card(manifest, {}))


def _sample(row: Row) -> Sample:
    images = tuple(image["bytes"] for image in row["images"])
    return Sample(**{**row, "images": images, "options": tuple(row["options"])})


def _pictures(sample: Sample) -> Sequence[Image.Image]:
    found = []
    for file in sample.images:
        try:
            image = Image.open(io.BytesIO(file))
            image.load()
        except OSError:
            continue
        found.append(image)
    return found


def png(image: Image.Image) -> dict[str, Any]:
    """A picture as a row has it."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return {"bytes": buffer.getvalue(), "path": None}


def opened(picture: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(picture["bytes"])).convert("RGB")
