"""tables: how do the tasks, and what a build came to or goes up, look in a terminal and as JSON?"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builders.blind import ROWS_THAT_TELL, blind_of, luck
from builders.fitted import FittedTable
from builders.manifest import level_of
from builders.plan import in_usual_order, preset_sizes, presets_of, shift_of, splits_of
from builders.progress import duration, number_of
from builders.registry import Cleaners, Tasks

if TYPE_CHECKING:
    from builders.dataset import Built
    from builders.parcel import Parcel
    from builders.publish import Target

SHIFT: Final = "differs from training"
WORST: Final = "blind, worst kind"
EASY: Final = "; easy: "  # how a task says what differs at that level


def built_table(built: "Built") -> FittedTable:
    """A row for each split that was asked for; `blind` is what the best constant answers reach."""
    columns = ("split", "rows", "MB", "blind", WORST, SHIFT)
    table = FittedTable(
        built.family, columns, left=(WORST,), prose=(SHIFT,), least=(WORST, "MB", SHIFT)
    )
    for split in built.splits:
        entry = built.manifest["families"][built.family][split]
        numbers = f"{entry['rows']:,}", f"{entry['bytes'] / 1e6:,.1f}", f"{entry['blind']:.1%}"
        shift = _shift_at(level_of(built.manifest), entry["shift"])
        table.add_texts(split, *numbers, _worst(entry["kinds"]), shift)
    return table


def _shift_at(level: str, shift: str) -> str:
    """What differs at a level, where a task says it of both."""
    usual, _, easy = shift.partition(EASY)
    return easy if easy and level == "easy" else usual


def _worst(kinds_of: Mapping[str, Mapping[str, Any]]) -> str:
    """The kind that is guessed most easily."""
    kinds = [item for kinds in kinds_of.values() for item in kinds.items()]
    if not kinds:
        return "–"
    kind, most = max(kinds, key=lambda item: item[1]["blind"])
    return f"{most['blind']:.1%} {kind} (n = {most['n']:,})"


def drops_table(built: "Built", cleaners: Cleaners) -> FittedTable:
    """How many records of a public dataset became no rows, by reason and split."""
    splits = built.manifest["families"][built.family]
    reasons = cleaners[built.manifest["source"]["name"]].reasons
    what = ("what it is",)
    table = FittedTable("dropped", ("reason", *built.splits, *what), prose=what, least=what)
    for reason, sentence in reasons.items():
        counts = [splits[split]["drops"].get(reason, 0) for split in built.splits]
        if any(counts):
            table.add_texts(reason, *(f"{count:,}" for count in counts), sentence)
    totals = [splits[split]["records"] - splits[split]["rows"] for split in built.splits]
    table.add_texts("all", *(f"{total:,}" for total in totals), "")
    return table


def built_sentence(built: "Built", folder: Path, seconds: float) -> str:
    """How much was done, and how much was there."""
    if not built.drawn:
        teller = "manifest.json says" if built.was_told else "their records say"
        what = "record" if "source" in built.manifest else "row"
        return f"{folder} is complete: {number_of(built.kept, what)}, all files as {teller}"
    kept = f", {built.kept:,} {_were(built.kept)} there" if built.kept else ""
    if "source" in built.manifest:
        rows = sum(built.manifest["families"][built.family][one]["rows"] for one in built.splits)
        none = "" if rows else "; none of them became a row"
        return (
            f"{folder}: {number_of(built.drawn, 'record')} read in {duration(seconds)}{kept}{none}"
        )
    return f"{folder}: {number_of(built.drawn, 'row')} drawn in {duration(seconds)}{kept}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def guessed(built: "Built", tasks: Tasks) -> Iterator[str]:
    """A sentence for each task that constant answers solve better than it allows, in large splits."""
    level = level_of(built.manifest)
    for split in built.splits:
        entry = built.manifest["families"][built.family][split]
        if entry["rows"] < ROWS_THAT_TELL:
            continue
        for name, kinds in entry["kinds"].items():
            bound, blind = tasks[name].at(level).blind_bound, blind_of(kinds)
            if blind > bound + luck(kinds, bound):
                yield f"{split}: constant answers reach {blind:.1%} of {name}, whose bound is {bound:.0%}"


def built_json(built: "Built") -> dict[str, Any]:
    """The same for a program, with all kinds."""
    splits = built.manifest["families"][built.family]
    return {
        "family": built.family,
        **_made_of(built.manifest),
        "drawn": built.drawn,
        "kept": built.kept,
        "splits": {
            split: {name: value for name, value in splits[split].items() if name != "shards"}
            for split in built.splits
        },
    }


def parcel_table(parcel: "Parcel", target: "Target") -> FittedTable:
    """The files that go up, and where to."""
    visibility = "private" if target.private else "public"
    title = f"{target.repo}, branch {target.revision}, {visibility} where it is new"
    table = FittedTable(title, ("file", "bytes"))
    for item in parcel.items:
        table.add_texts(item.path, f"{item.size:,}")
    table.add_section()
    table.add_texts(f"{len(parcel.items):,} files", f"{parcel.bytes:,}")
    return table


def parcel_json(parcel: "Parcel", target: "Target") -> dict[str, Any]:
    """The same for a program, with digests."""
    return {
        "repo": target.repo,
        "revision": target.revision,
        "private": target.private,
        "bytes": parcel.bytes,
        "files": [
            {"path": item.path, "bytes": item.size, "sha256": item.sha256} for item in parcel.items
        ],
    }


def _made_of(manifest: Mapping[str, Any]) -> dict[str, Any]:
    if "source" in manifest:
        return {"source": manifest["source"]}
    return {
        "seed": manifest["seed"],
        "image_size": manifest["image_size"],
        "level": level_of(manifest),
    }


def task_tables(tasks: Tasks) -> list[FittedTable]:
    """The tasks, and the splits of each family."""
    tables = [
        FittedTable(
            "tasks",
            ("task", "family", "version", "what is asked"),
            [(task.name, task.family, str(task.version), task.summary) for task in tasks.values()],
            left=("family",),
            prose=("what is asked",),
            least=("version", "family"),
        )
    ]
    for family, entry in tasks_json(tasks).items():
        presets = list(presets_of(family))
        told = ("tasks", SHIFT)
        columns = ("split", *presets, *told)
        tables.append(FittedTable(f"{family}: rows by preset", columns, prose=told, least=told))
        for split, one in entry["splits"].items():
            rows = [f"{one['rows'][preset]:,}" for preset in presets]
            tables[-1].add_texts(split, *rows, ", ".join(one["tasks"]), one["shift"])
    return tables


def tasks_json(tasks: Tasks) -> dict[str, Any]:
    """By family: its tasks, and its splits with their sizes by preset."""
    families = dict.fromkeys(task.family for task in tasks.values())
    return {family: _family_json(family, tasks) for family in families}


def _family_json(family: str, tasks: Tasks) -> dict[str, Any]:
    sizes = {preset: preset_sizes(family, preset, tasks) for preset in presets_of(family)}
    splits = {}
    for split, names in splits_of(family, tasks).items():
        shift, paired_with = shift_of([tasks[name].splits[split] for name in names])
        splits[split] = {
            "shift": shift,
            "paired_with": paired_with,
            "tasks": names,
            "rows": {preset: rows[split] for preset, rows in sizes.items()},
        }
    own = {name: task for name, task in tasks.items() if task.family == family}
    return {
        "tasks": {
            name: {
                "version": task.version,
                "summary": task.summary,
                "blind_bound": task.blind_bound,
                "splits": in_usual_order(task.splits),
            }
            for name, task in own.items()
        },
        "splits": splits,
    }
