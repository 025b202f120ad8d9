"""audit: does a dataset's folder keep what its card promises: files, golds, baselines, and nothing shared?

Every shard is read once, by as many processes as there are workers, a few rows at a time; what is kept of a
row for the comparison with all others is about half a kilobyte a picture.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from builders.audit.balance import check_blind, spread
from builders.audit.blocklist import check_blocklist, write_blocklist
from builders.audit.finding import WHAT, Check, Findings, add_up, no_findings
from builders.audit.outside import Other, compare, read_list
from builders.audit.promises import check_card, check_drops, check_entry, check_unlisted
from builders.audit.provers import makers
from builders.audit.reading import Job, Reading, Told, read_shard
from builders.audit.row import Place
from builders.audit.trace import joined
from builders.audit.twins import Key, Part, check_pairs, find_twins
from builders.card import CARD
from builders.dataset import Progress
from builders.engine import Engine
from builders.files import BuildError, write_whole
from builders.manifest import MANIFEST, ManifestError, level_of, read_manifest
from builders.parts import find_parts
from builders.registry import Load

AUDIT: Final = "audit.json"
FORMAT: Final = 1  # of that file


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of an audit."""

    sample: int | None = None  # golds of each split that are derived anew; None: all
    against: Sequence[Path] = ()  # other datasets, blocklists, and questions of others
    write_hashes: Path | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit came to."""

    findings: Findings
    rows: int
    request: Request
    digests: Mapping[str, str | None]  # of manifest and card as they were audited
    balance: Mapping[str, Any] = field(default_factory=dict)  # by family, split, task and kind
    unwritten: str | None = None  # why it is not in its folder, which may be for reading only

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not any(finding.number for finding in self.findings.values())

    def to_json(self) -> dict[str, Any]:
        """All of it for a program."""
        return {
            "format": FORMAT,
            "passed": self.passed,
            "manifest": self.digests[MANIFEST],  # SHA-256; it tells those of all other files
            "card": self.digests[CARD],
            "rows": self.rows,
            "proved": "all" if self.request.sample is None else self.request.sample,
            "against": sorted(path.name for path in self.request.against),
            "checks": {
                check.value: {
                    "what": WHAT[check],
                    "n": finding.looked_at,
                    "faults": finding.number,
                    "named": [{"where": one.where, "what": one.what} for one in finding.faults],
                    "remarks": dict(sorted(finding.remarks.items())),
                }
                for check, finding in self.findings.items()
            },
            "balance": self.balance,
        }


def audit(
    folder: Path,
    request: Request,
    engine: Engine,
    progress: Progress,
    load: Load = makers,
) -> Audit:
    """Audit a dataset, and leave what was found in its folder.

    Raises:
        BuildError: there is no finished dataset, or nothing to compare with where that was asked for.
    """
    done = _audit(folder, request, engine, progress, load)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    text = json.dumps({**done.to_json(), "time": when}, indent=1, ensure_ascii=False)
    try:
        write_whole(folder / AUDIT, (text + "\n").encode(errors="backslashreplace"))
    except BuildError as problem:
        return replace(done, unwritten=str(problem))  # what was found is worth more than the file
    return done


def _audit(folder: Path, request: Request, engine: Engine, progress: Progress, load: Load) -> Audit:
    findings = no_findings()
    digests = {name: _digest(folder / name) for name in (MANIFEST, CARD)}
    try:
        manifest = read_manifest(folder)
    except ManifestError as problem:
        findings[Check.MANIFEST].looked_at += 1
        findings[Check.MANIFEST].add(MANIFEST, str(problem))
        return Audit(findings, 0, request, digests)
    if manifest is None:
        raise BuildError(f"no finished dataset in {folder}: it has no {MANIFEST}")
    plan = _plan(folder, manifest, request)
    if request.write_hashes is not None:
        check_blocklist(request.write_hashes, plan.partners)
    lists = [path for path in request.against if path.is_file()]
    others = [read_list(path) for path in lists]
    outside = [job for path in request.against if path not in lists for job in _jobs_of_other(path)]
    readings = _read([*plan.jobs, *outside], engine, progress, load)
    ours, theirs = readings[: len(plan.jobs)], readings[len(plan.jobs) :]
    for reading in ours:
        add_up(findings, reading.findings)
    parts = plan.parts(ours)
    check_card(folder, manifest, load(), findings)
    check_unlisted(folder, manifest, findings)
    check_drops(folder, manifest, findings)
    balance = _check_splits(folder, manifest, plan, ours, load, findings)
    check_pairs(parts, findings)
    find_twins(list(parts.values()), findings)
    compare(list(parts.values()), [*others, *_others(outside, theirs)], findings)
    if request.write_hashes is not None:
        write_blocklist(request.write_hashes, list(parts.values()))
    rows = sum(len(part.traces) for part in parts.values())
    return Audit(findings, rows, request, digests, balance)


def _digest(path: Path) -> str | None:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else None


@dataclass(frozen=True, slots=True)
class _Plan:
    """The shards to be read, and the split of each."""

    jobs: Sequence[Job]
    partners: Mapping[Key, Key | None]  # of each split, in its order

    def of(self, key: Key, readings: Sequence[Reading]) -> list[Reading]:
        """The readings of a split."""
        return [
            reading
            for job, reading in zip(self.jobs, readings, strict=True)
            if (job.place.family, job.place.split) == key
        ]

    def parts(self, readings: Sequence[Reading]) -> dict[Key, Part]:
        """The rows of each split."""
        return {
            key: Part(key, partner, joined([one.traces for one in self.of(key, readings)]))
            for key, partner in self.partners.items()
        }


def _plan(folder: Path, manifest: Mapping[str, Any], request: Request) -> _Plan:
    jobs: list[Job] = []
    partners: dict[Key, Key | None] = {}
    size = manifest.get("image_size")
    pictures = manifest.get("source", {}).get("pictures", True)
    for family, splits in manifest["families"].items():
        for split, entry in splits.items():
            partner = entry["paired_with"]
            partners[family, split] = (family, partner) if partner else None
            shape = tuple(size) if size else None
            place = Place(family, split, entry["tasks"], shape, pictures)
            proved, first = _proved(entry["rows"], f"{family}/{split}", request.sample), 0
            for shard in entry["shards"]:
                data = Told(shard["file"], shard["sha256"], shard["bytes"])
                record = Told(shard["record"]["file"], shard["record"]["sha256"])
                jobs.append(Job(0, folder, data, record, place, first, proved))
                first += shard["rows"]
    return _Plan(jobs, partners)


def _proved(rows: int, name: str, sample: int | None) -> frozenset[int] | None:
    """Which golds of a split are derived anew; None: all. The same ones each time."""
    if sample is None or sample >= rows:
        return None
    return frozenset(Random(f"audit/{name}").sample(range(rows), sample))


def _jobs_of_other(folder: Path) -> list[Job]:
    """What is read of a dataset that is compared with, finished or not."""
    nothing = frozenset[int]()
    return [
        Job(
            number=0,
            folder=folder,
            data=Told(str(path.relative_to(folder)), ""),
            record=Told("", ""),
            place=Place(part.family, part.split, {}, None),
            first=0,
            proved=nothing,
        )
        for part in find_parts(folder)
        for path in part.shards
    ]


def _read(jobs: Sequence[Job], engine: Engine, progress: Progress, load: Load) -> list[Reading]:
    """The readings of all shards, in their order."""
    numbered = [replace(job, number=number) for number, job in enumerate(jobs)]
    rows = sum(_rows_of(job.folder / job.data.file) for job in jobs)
    progress.start(rows, 0)
    found: dict[int, Reading] = {}
    with closing(engine.run(partial(read_shard, load=load), numbered, progress.advance)) as done:
        for reading in done:
            found[reading.number] = reading
    return [found[number] for number in range(len(jobs))]


def _rows_of(path: Path) -> int:
    """How many rows a file says that it has; 0 where it says nothing that can be read."""
    try:
        with path.open("rb") as file, pq.ParquetFile(file) as shard:
            rows: int = shard.metadata.num_rows
            return rows
    except (pa.ArrowException, OSError):
        return 0


def _check_splits(
    folder: Path,
    manifest: Mapping[str, Any],
    plan: _Plan,
    readings: Sequence[Reading],
    load: Load,
    findings: Findings,
) -> dict[str, Any]:
    """Hold manifest and bounds against what was read; how the answers of each split are spread."""
    balance: dict[str, dict[str, Any]] = {}
    for key in plan.partners:
        counts = [one.counts for one in plan.of(key, readings)]
        check_entry(folder, manifest, key, counts, findings)
        there = [one for one in counts if one is not None]
        check_blind(key, there, load(), level_of(manifest), findings)
        balance.setdefault(key[0], {})[key[1]] = spread(key, there, findings)
    return balance


def _others(jobs: Sequence[Job], readings: Sequence[Reading]) -> list[Other]:
    """The shards of other datasets, to compare with."""
    found = []
    for job, reading in zip(jobs, readings, strict=True):
        if reading.counts is None:
            why = [fault.what for fault in reading.findings[Check.SCHEMA].faults]
            why = why or ["is not a whole Parquet file"]
            raise BuildError(f"{job.folder / job.data.file} {why[0]}")
        found.append(Other(job.folder.name, reading.traces, job.place.split))
    return found
