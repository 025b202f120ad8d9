"""manifest: what does a dataset's folder hold, and what was it made by: counts, baselines, digests."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from builders.files import BuildError
from builders.manifest_file import fault_of
from builders.parse import parse_json
from builders.plan import FORMAT, Plan, in_usual_order
from builders.registry import Known
from builders.shard import Counts, Shard, Stored
from builders.task import LEVELS, Level

MANIFEST: Final = "manifest.json"
MOST_ANSWERS: Final = 40  # that are counted one by one: programs are all different


class ManifestError(BuildError):
    """A manifest that is not as it was written, or of another version."""

    def __init__(self, sentence: str, *, mendable: bool) -> None:
        """Say what is wrong; mendable: the records of the shards may still have all that it said."""
        super().__init__(sentence)
        self.mendable = mendable


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder; None where there is none.

    Raises:
        ManifestError: it is not as it was written, or of another version.
    """
    path = folder / MANIFEST
    try:
        manifest: Any = parse_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as problem:
        raise ManifestError(f"{path} is damaged ({problem})", mendable=True) from None
    version = manifest.get("format", FORMAT) if isinstance(manifest, dict) else FORMAT
    if version != FORMAT:
        sentence = f"{path} has format {version!r}; this version reads {FORMAT}"
        raise ManifestError(sentence, mendable=False)
    if fault := fault_of(manifest):
        raise ManifestError(f"{path} is damaged ({fault})", mendable=True)
    whole: dict[str, Any] = manifest
    return whole


def level_of(manifest: Mapping[str, Any]) -> Level:
    """The level of a dataset; where it is the usual one, a manifest does not say it."""
    level = manifest.get("level", "usual")
    return next(one for one in LEVELS if one == level)


def entries_of(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a manifest says of each split of each family."""
    return [entry for splits in manifest["families"].values() for entry in splits.values()]


def merge(
    manifest: Mapping[str, Any] | None, plan: Plan, entries: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The manifest with so many splits of a family put in; the order of building leaves no trace."""
    families = dict(manifest["families"]) if manifest else {}
    splits = {**families.get(plan.family, {}), **entries}
    families[plan.family] = {split: splits[split] for split in in_usual_order(splits)}
    return {
        **plan.heading(),
        "families": {family: families[family] for family in sorted(families)},
    }


def as_text(manifest: Mapping[str, Any]) -> bytes:
    """The file of a manifest."""
    return (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()


def split_entry(plan: Plan, stored: Sequence[Stored], known: Known) -> dict[str, Any]:
    """What the manifest says of a split, from the records of its shards."""
    records = [one.record for one in stored]
    counted = count_all(record.counts for record in records)
    settings = plan.settings()
    shift, paired_with = plan.shift(known)
    return {
        "rows": counted["rows"],
        # Of a public dataset, those that became no rows among them.
        **({"records": settings["records"]} if "records" in settings else {}),
        "bytes": sum(record.bytes for record in records),
        "shift": shift,
        "paired_with": paired_with,
        "tasks": settings["tasks"],
        "grader": settings["grader"],
        # Of every sample, one after the other: the same however they are spread over files.
        "digest": sha256(b"".join(one.samples + one.drops for one in stored)).hexdigest(),
        "blind": counted["blind"],
        "kinds": counted["kinds"],
        "drops": dict(
            sorted(sum((Counter(record.drops) for record in records), Counter()).items())
        ),
        "written_with": versions_of(record.written_with for record in records),
        "shards": [
            {
                "file": shard.data,
                "rows": one.record.rows,
                "bytes": one.record.bytes,
                "sha256": one.record.sha256,
                "record": {"file": shard.record, "sha256": one.sha256},
            }
            for shard, one in zip(shards_of(plan), stored, strict=True)
        ],
    }


def count_all(parts: Iterable[Counts]) -> dict[str, Any]:
    """What the manifest says of the answers in several files."""
    counts = add_up(parts)
    kinds = [answers for kinds in counts.values() for answers in kinds.values()]
    rows = sum(answers.total() for answers in kinds)
    best = sum(max(answers.values()) for answers in kinds)  # with a constant answer to each kind
    return {"rows": rows, "blind": round(best / max(rows, 1), 4), "kinds": kinds_of(counts)}


def shards_of(plan: Plan) -> list[Shard]:
    """The shards of a split, in their order."""
    return [Shard(plan, number) for number in range(plan.shards)]


def kinds_of(counts: Counts) -> dict[str, dict[str, dict[str, Any]]]:
    """What the manifest says of the kinds of questions of each task."""
    return {
        task: {kind: kind_entry(answers) for kind, answers in sorted(kinds.items())}
        for task, kinds in sorted(counts.items())
    }


def kind_entry(answers: Mapping[str, int]) -> dict[str, Any]:
    """What the manifest says of a question kind, of which so many samples have each answer."""
    by_number = sorted(answers, key=lambda answer: (-answers[answer], by_value(answer)))
    total = sum(answers.values())
    return {
        "n": total,
        "blind": round(answers[by_number[0]] / total, 4),  # what the best constant answer reaches
        "best_constant": by_number[0],
        "distinct": len(answers),
        "answers": {
            answer: answers[answer] for answer in sorted(by_number[:MOST_ANSWERS], key=by_value)
        },
    }


def by_value(answer: str) -> tuple[bool, int, str]:
    """Orders whole numbers by value, before other answers by letters."""
    is_number = answer.isascii() and answer.isdigit() and len(answer) < 19
    return not is_number, int(answer) if is_number else 0, answer


def add_up(parts: Iterable[Counts]) -> dict[str, dict[str, Counter[str]]]:
    """The answers of several files by task and kind, and how often each is right."""
    total: dict[str, dict[str, Counter[str]]] = {}
    for part in parts:
        for task, kinds in part.items():
            for kind, answers in kinds.items():
                total.setdefault(task, {}).setdefault(kind, Counter()).update(answers)
    return total


def versions_of(parts: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    """All versions of each library that wrote a part."""
    found: dict[str, set[str]] = {}
    for part in parts:
        for library, version in part.items():
            found.setdefault(library, set()).add(version)
    return {library: sorted(found[library]) for library in sorted(found)}
