"""reading: what is found in one shard: its rows one by one, a few of them in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from builders.audit.finding import Check, Finding, Findings, no_findings
from builders.audit.pictures import Picture, read_pictures, wrong_pictures
from builders.audit.row import (
    Place,
    Unproved,
    misplaced,
    proof,
    read_gold,
    wrong_answer,
    wrong_thought,
)
from builders.audit.trace import NO_SCENE, Traces, gather, print_of_scene, trace_of
from builders.engine import Tell
from builders.files import digest_of
from builders.parse import parse_json, read_object
from builders.parts import ROWS_AT_ONCE
from builders.registry import Known, Load
from builders.sample import COLUMNS, Sample
from builders.shard import FEATURES, SCHEMA, Counts, count, digests_of, read_record

OF_ROWS: Final = (
    *(Check.FILES, Check.SCHEMA, Check.SAMPLES, Check.PICTURES),
    *(Check.ANSWERS, Check.THOUGHTS, Check.PROOFS),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a manifest tells of a file."""

    file: str
    sha256: str
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A shard to be read."""

    number: int  # among all, for an order that does not depend on who is done first
    folder: Path
    data: Told
    record: Told
    place: Place
    first: int  # the place of its first row in its split
    proved: frozenset[int] | None  # the rows of the split whose golds are derived anew; None: all

    def __str__(self) -> str:
        """How a message names it."""
        return self.data.file


@dataclass(frozen=True, slots=True)
class Reading:
    """What a shard came to."""

    number: int
    findings: Findings
    counts: Counts | None  # None: it cannot be read
    traces: Traces


class _UnreadableError(Exception):
    """A file none of whose further rows can be read; it says why, unless that was told already."""


def read_shard(job: Job, tell: Tell, *, load: Load) -> Reading:
    """What is found in a shard."""
    known = load()
    findings = no_findings(OF_ROWS)
    lines = _check_files(job, findings)
    counts: dict[str, dict[str, dict[str, int]]] = {}
    traces = []
    seen = 0
    try:
        for row in _rows(job.folder / job.data.file, findings, job.data.file):
            sample, scene, pictures = _look(row, job, findings)
            tell(1)
            seen += 1
            if sample is None:
                continue
            digests = digests_of(sample, [one.image for one in pictures])
            if lines is not None and seen <= len(lines):
                _compare(digests, len(sample.images), read_object(lines[seen - 1]) or {}, findings)
            _judge(sample, scene, job, job.first + seen - 1, findings, known)
            count(sample, counts)
            looks = [one.look for one in pictures]
            known_by = _print_of(sample, scene, findings)
            traces.append(trace_of(sample, known_by, digests["pixels"], looks))
    except _UnreadableError as problem:
        # One whose digest is another is told of once.
        if problem.args and not findings[Check.FILES].number:
            findings[Check.FILES].add(job.data.file, str(problem))
        return Reading(job.number, findings, None, gather(traces))
    if lines is not None and seen != len(lines):
        what = f"has {seen:,} rows, its record {len(lines):,}"
        findings[Check.SAMPLES].add(job.data.file, what)
    return Reading(job.number, findings, counts, gather(traces))


def _check_files(job: Job, findings: Findings) -> list[bytes] | None:
    """The digests of samples in the record; None where it cannot be trusted."""
    found = findings[Check.FILES]
    whole = [check_file(job.folder, told, found) for told in (job.data, job.record)]
    stored = read_record(job.folder / job.record.file) if whole[1] else None
    return None if stored is None else stored.samples.splitlines()


def check_file(folder: Path, told: Told, found: Finding) -> bool:
    """Whether a file is as the manifest tells; what is wrong with it is a fault."""
    found.looked_at += 1
    fault = _fault_of_file(folder / told.file, told)
    if fault:
        found.add(told.file, fault)
    return fault is None


def _fault_of_file(path: Path, told: Told) -> str | None:
    if not path.is_file():
        return "is gone"
    size = path.stat().st_size
    if told.bytes is not None and size != told.bytes:
        return f"has {size:,} bytes, the manifest tells {told.bytes:,}"
    return None if digest_of(path) == told.sha256 else "has another digest than the manifest tells"


def _rows(path: Path, findings: Findings, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a file; its columns are checked first."""
    try:
        with path.open("rb") as file, pq.ParquetFile(file) as shard:
            findings[Check.SCHEMA].looked_at += 1
            if fault := _fault_of_schema(shard.schema_arrow):
                findings[Check.SCHEMA].add(name, fault)
                raise _UnreadableError
            for batch in shard.iter_batches(batch_size=ROWS_AT_ONCE, columns=list(COLUMNS)):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as problem:
        raise _UnreadableError(f"is not a whole Parquet file: {problem}") from None


def _fault_of_schema(schema: pa.Schema) -> str | None:
    for field in SCHEMA:
        place = schema.get_field_index(field.name)
        if place < 0:
            return f"has no column {field.name!r}"
        if not schema.field(place).type.equals(field.type):
            return f"has {schema.field(place).type} in {field.name!r}, not {field.type}"
    if more := [name for name in schema.names if name not in FEATURES]:
        return f"has a column {more[0]!r} more"
    if _features_told(schema) != FEATURES:
        return "does not tell `datasets` its features"
    return None


def _features_told(schema: pa.Schema) -> object:
    """What a file tells `datasets`; None where that cannot be read."""
    try:
        return parse_json((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return None


def _look(
    row: dict[str, Any], job: Job, findings: Findings
) -> tuple[Sample | None, dict[str, Any], list[Picture]]:
    """The sample of a row, its scene, and those of its pictures that can be read."""
    schema, pictures = findings[Check.SCHEMA], findings[Check.PICTURES]
    where = row["id"] or job.data.file
    schema.looked_at += 1
    if empty := [name for name in COLUMNS if row[name] is None]:
        schema.add(where, f"has a row without {empty[0]}")
        return None, {}, []
    images = tuple((image or {}).get("bytes") for image in row["images"])
    sample = Sample(**{**row, "images": images, "options": tuple(row["options"])})
    for check, what in misplaced(sample, job.place):
        findings[check].add(where, what)
    scene = read_object(sample.scene)
    if scene is None:
        schema.add(where, "its scene is no JSON object")
    found = read_pictures(images)
    pictures.looked_at += len(found)
    for what in wrong_pictures(found, job.place.size):
        pictures.add(where, what)
    return sample, scene or {}, [one for one in found if isinstance(one, Picture)]


def _print_of(sample: Sample, scene: dict[str, Any], findings: Findings) -> int:
    """What a scene is known by among others; NO_SCENE where it is such as none can be."""
    try:
        return print_of_scene(scene)
    except (ValueError, OverflowError) as problem:
        # NaN, a number past all sizes: JSON has them, no scene does.
        findings[Check.SCHEMA].add(sample.id, f"its scene cannot be compared: {problem}")
        return NO_SCENE


def _compare(
    there: dict[str, Any], pictures: int, told: dict[str, Any], findings: Findings
) -> None:
    """Hold a row's digests against those in its record."""
    found = findings[Check.SAMPLES]
    found.looked_at += 1
    where = there["id"]
    if told.get("id") != where:
        found.add(where, f"stands where its record has {told.get('id')}")
        return
    # Of a picture that cannot be read it is told already.
    seen = [name for name in told if name != "pixels" or len(there[name]) == pictures]
    if other := [name for name in seen if told[name] != there.get(name)]:
        found.add(where, f"has other {' and '.join(other)} than its record tells")


def _judge(
    sample: Sample,
    scene: dict[str, Any],
    job: Job,
    row: int,
    findings: Findings,
    known: Known,
) -> None:
    """Grade the answer, read the thought, derive the gold anew."""
    answers, thoughts, proofs = (
        findings[check] for check in (Check.ANSWERS, Check.THOUGHTS, Check.PROOFS)
    )
    answers.looked_at += 1
    gold = read_gold(sample)
    if isinstance(gold, str):
        answers.add(sample.id, gold)
        return
    if fault := wrong_answer(sample, gold):
        answers.add(sample.id, fault)
    if sample.thought:
        thoughts.looked_at += 1
        if fault := wrong_thought(sample):
            thoughts.add(sample.id, fault)
    else:
        thoughts.remarks["has no thought"] += 1
    if job.proved is not None and row not in job.proved:
        proofs.remarks["not in the sample"] += 1
        return
    outcome = proof(sample, scene, gold, job.place, known)
    if isinstance(outcome, Unproved):
        proofs.remarks[f"not proved: {outcome.reason}"] += 1
        return
    proofs.looked_at += 1
    if outcome:
        proofs.add(sample.id, outcome)
