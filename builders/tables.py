"""tables: how do the tasks, and what a build came to or goes up, look in a terminal and as JSON?"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from builders.blind import ROWS_THAT_TELL, blind_of, luck
from builders.plan import in_usual_order, preset_sizes, presets_of, splits_of
from builders.progress import duration
from builders.registry import Tasks

if TYPE_CHECKING:
    from builders.dataset import Built
    from builders.parcel import Parcel
    from builders.publish import Target

NUMBERS: Final = ("version", "quick", "standard", "paper", "rows", "MB", "blind", "bytes")


def built_table(built: "Built") -> Table:
    """A row for each split that was asked for; `blind` is what the best constant answers reach."""
    columns = ("split", "rows", "MB", "blind", "blind, worst kind", "differs from training")
    table = _table(built.family, columns)
    for split in built.splits:
        entry = built.manifest["families"][built.family][split]
        kind, most = max(
            (item for kinds in entry["kinds"].values() for item in kinds.items()),
            key=lambda item: item[1]["blind"],
        )
        numbers = f"{entry['rows']:,}", f"{entry['bytes'] / 1e6:,.1f}", f"{entry['blind']:.1%}"
        worst = f"{most['blind']:.1%} {kind} (n = {most['n']:,})"
        table.add_row(split, *numbers, worst, entry["shift"])
    return table


def built_sentence(built: "Built", folder: Path, seconds: float) -> str:
    """How much was done, and how much was there."""
    if not built.drawn:
        teller = "manifest.json says" if built.was_told else "their records say"
        return f"{folder} is complete: {_rows(built.kept)}, all files as {teller}"
    kept = f", {built.kept:,} {_were(built.kept)} there" if built.kept else ""
    return f"{folder}: {_rows(built.drawn)} drawn in {duration(seconds)}{kept}"


def _rows(number: int) -> str:
    return f"{number:,} row" if number == 1 else f"{number:,} rows"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def guessed(built: "Built", tasks: Tasks) -> Iterator[str]:
    """A sentence for each task that constant answers solve better than it allows, in large splits."""
    level = built.manifest.get("level", "usual")
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
        "seed": built.manifest["seed"],
        "image_size": built.manifest["image_size"],
        "level": built.manifest.get("level", "usual"),
        "drawn": built.drawn,
        "kept": built.kept,
        "splits": {
            split: {name: value for name, value in splits[split].items() if name != "shards"}
            for split in built.splits
        },
    }


def parcel_table(parcel: "Parcel", target: "Target") -> Table:
    """The files that go up, and where to."""
    visibility = "private" if target.private else "public"
    title = f"{target.repo}, branch {target.revision}, {visibility} where it is new"
    table = _table(title, ("file", "bytes"))
    for item in parcel.items:
        table.add_row(item.path, f"{item.size:,}")
    table.add_section()
    table.add_row(f"{len(parcel.items):,} files", f"{parcel.bytes:,}")
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


def task_tables(tasks: Tasks) -> list[Table]:
    """The tasks, and the splits of each family."""
    tables = [_table("tasks", ("task", "family", "version", "what is asked"))]
    for task in tasks.values():
        tables[0].add_row(task.name, task.family, str(task.version), task.summary)
    for family, entry in tasks_json(tasks).items():
        presets = list(presets_of(family))
        columns = ("split", *presets, "tasks", "differs from training")
        tables.append(_table(f"{family}: rows by preset", columns))
        for split, one in entry["splits"].items():
            rows = [f"{one['rows'][preset]:,}" for preset in presets]
            tables[-1].add_row(split, *rows, ", ".join(one["tasks"]), one["shift"])
    return tables


def tasks_json(tasks: Tasks) -> dict[str, Any]:
    """By family: its tasks, and its splits with their sizes by preset."""
    families = dict.fromkeys(task.family for task in tasks.values())
    return {family: _family_json(family, tasks) for family in families}


def _family_json(family: str, tasks: Tasks) -> dict[str, Any]:
    sizes = {preset: preset_sizes(family, preset, tasks) for preset in presets_of(family)}
    splits = {}
    for split, names in splits_of(family, tasks).items():
        shown = [tasks[name].splits[split] for name in names]
        splits[split] = {
            "shift": "; ".join(dict.fromkeys(one.shift for one in shown if one.shift)),
            "paired_with": shown[0].paired_with,
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


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if name in NUMBERS else "left")
    return table
