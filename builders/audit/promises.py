"""promises: do manifest, card and records say what is there?"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from builders.audit.finding import Check, Finding, Findings
from builders.audit.reading import Told, check_file
from builders.card import CARD, is_card, make_card
from builders.manifest import MANIFEST, count_all, entries_of, versions_of
from builders.registry import Known
from builders.shard import DATA, Counts, Stored, read_record


def check_card(folder: Path, manifest: Mapping[str, Any], known: Known, findings: Findings) -> None:
    """Hold README.md against the manifest."""
    finding = findings[Check.CARD]
    finding.looked_at += 1
    path = folder / CARD
    if not path.is_file():
        finding.add(CARD, "is gone")
        return
    content = path.read_bytes()
    if not is_card(content):
        finding.add(CARD, "was changed by another hand")
    elif (cleaner := manifest.get("source", {}).get("name")) and cleaner not in known:
        finding.remarks[f"nothing here knows {cleaner}"] += 1
    elif content != (ours := make_card(manifest, known)).encode():
        for fault in _other_numbers(content.decode(errors="replace"), ours):
            finding.add(CARD, fault)
        finding.remarks["worded as another version of rrft words it"] += 1


def _other_numbers(card: str, ours: str) -> Iterator[str]:
    """What the head of a card, by which `datasets` finds its way, tells otherwise than the manifest."""
    for name in ("num_examples:", "num_bytes:", "path:"):
        said, there = _said(card, name), _said(ours, name)
        if said != there:
            yield f"tells other {name.removesuffix(':')} than {MANIFEST}"


def _said(card: str, name: str) -> list[str]:
    lines = (line.strip() for line in card.partition("\n---\n")[0].splitlines())
    return [line for line in lines if line.startswith(name)]


def check_unlisted(folder: Path, manifest: Mapping[str, Any], findings: Findings) -> None:
    """Look for Parquet files that no manifest tells of: a reader would take them for the dataset's."""
    listed = {shard["file"] for entry in entries_of(manifest) for shard in entry["shards"]}
    finding = findings[Check.MANIFEST]
    for path in sorted((folder / DATA).glob("*/*.parquet")):
        name = str(path.relative_to(folder))
        if name not in listed:
            finding.add(name, f"is not in {MANIFEST}")


def check_drops(folder: Path, manifest: Mapping[str, Any], findings: Findings) -> None:
    """Hold the list of a public dataset's dropped records against the manifest."""
    if told := manifest.get("drops"):
        check_file(folder, Told(told["file"], told["sha256"]), findings[Check.FILES])


def check_entry(
    folder: Path,
    manifest: Mapping[str, Any],
    key: tuple[str, str],
    counts: Sequence[Counts | None],
    findings: Findings,
) -> None:
    """Hold what a manifest says of a split against its rows and its records."""
    family, split = key
    entry = manifest["families"][family][split]
    finding = findings[Check.MANIFEST]
    finding.looked_at += 1
    where = f"{family}/{split}"
    records = [read_record(folder / shard["record"]["file"]) for shard in entry["shards"]]
    whole = [one for one in records if one is not None]
    if len(whole) == len(records):
        _check_records(manifest, entry, whole, where, finding)
    there = [one for one in counts if one is not None]
    if len(there) == len(counts):
        counted = count_all(there)
        _tell(finding, where, {name: entry[name] for name in counted}, counted)


def _check_records(
    manifest: Mapping[str, Any],
    entry: Mapping[str, Any],
    stored: Sequence[Stored],
    where: str,
    finding: Finding,
) -> None:
    drops = sum((Counter(one.record.drops) for one in stored), Counter[str]())
    settings = stored[0].record.settings if stored else {}
    both = {**manifest, **entry}
    told = {name: both[name] for name in settings if name in both and name != "rows"}
    told |= {
        "bytes": entry["bytes"],
        "drops": entry.get("drops", {}),
        "written_with": entry.get("written_with"),
        "shards": [[shard["rows"], shard["bytes"], shard["sha256"]] for shard in entry["shards"]],
    }
    there = {name: settings[name] for name in told if name in settings}
    there |= {
        "bytes": sum(one.record.bytes for one in stored),
        "drops": dict(drops),
        "written_with": versions_of(one.record.written_with for one in stored),
        "shards": [[one.record.rows, one.record.bytes, one.record.sha256] for one in stored],
    }
    if not any(one.record.drops for one in stored):  # records of what is dropped are digested too
        told["digest"] = entry["digest"]
        there["digest"] = sha256(b"".join(one.samples for one in stored)).hexdigest()
    _tell(finding, where, told, there)


def _tell(finding: Finding, where: str, told: Any, there: Any) -> None:
    for path, said, found in _differences(told, there):
        finding.add(where, f"{path} is {_short(said)} in {MANIFEST}, and {_short(found)} there")


def _differences(told: Any, there: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two values are not the same, as deep as they have names."""
    if isinstance(told, dict) and isinstance(there, dict):
        for name in sorted({*told, *there}):
            yield from _differences(told.get(name), there.get(name), f"{path}.{name}".lstrip("."))
    elif told != there:
        yield path, told, there


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}…"
