"""transformation: do the problems hold: executed, solved anew, permuted, with single edits wrong, guessed, drawn.

Run with `python -m benchmarks.transformation --workers 2`: 2,000 problems of each split. Masks of all are
compared; so many of each split as `--drawn` says are drawn in full. What was counted is kept in a file, so
that the same command goes on where it was stopped; a change of the code begins anew.
"""

import argparse
import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.transformation_counts import Held, Part, count
from builders.engine import make_engine
from builders.tasks.transformation.edits import SPLITS
from evaluators import Status, answer_from_json, grade
from evaluators.world import LOOKS

ROOT: Final = Path(__file__).parent.parent
KEPT: Final = Path("build/benchmark-transformation.jsonl")
PART: Final = 25  # problems that are counted at one go


def main() -> None:
    """Print the tables; exit code 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", nargs="+", default=list(SPLITS), choices=list(SPLITS))
    parser.add_argument("--problems", type=int, default=2000, help="of each split")
    parser.add_argument("--drawn", type=int, default=20, help="of each split")
    parser.add_argument("--level", default="usual", choices=("usual", "easy"))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kept", type=Path, default=KEPT, help="the file to go on with")
    wanted = parser.parse_args()
    parts = {
        split: parts_of(wanted.level, split, wanted.problems, wanted.drawn)
        for split in wanted.split
    }
    done = counted_parts([one for some in parts.values() for one in some], wanted)
    found = {split: total([done[one] for one in some]) for split, some in parts.items()}
    console = Console(width=190)
    for table in (held_table, seen_table, balance_table):
        console.print(table(found))
    faults = [f"{split}: {fault}" for split, held in found.items() for fault in held.faults()]
    console.print("\n".join(faults) or "All holds.")
    sys.exit(bool(faults))


def parts_of(level: str, split: str, problems: int, drawn: int) -> list[Part]:
    """The parts of a split's first problems."""
    stops = [*range(PART, problems, PART), problems]
    return [
        Part(level, split, start, stop, min(max(drawn - start, 0), stop - start))
        for start, stop in zip([0, *stops], stops, strict=False)
    ]


def counted_parts(parts: Sequence[Part], wanted: argparse.Namespace) -> Mapping[Part, Held]:
    """All parts: those that the file has, and the others, which are written to it."""
    code = sources()
    done = dict(read_kept(wanted.kept, code))
    left = [part for part in parts if part not in done]
    print(f"{len(parts) - len(left)} of {len(parts)} parts were there", file=sys.stderr)
    wanted.kept.parent.mkdir(parents=True, exist_ok=True)
    engine = make_engine("local", wanted.workers)
    with wanted.kept.open("a") as file:
        for number, (part, held) in enumerate(engine.run(count, left, lambda _: None), 1):
            done[part] = held
            counts = {name: getattr(held, name) for name in Held.__slots__}
            row = {"code": code, "part": part, "held": counts}
            print(json.dumps(row), file=file, flush=True)
            print(f"{number} of {len(left)}: {part.split}", file=sys.stderr, flush=True)
    return done


def sources() -> str:
    """A digest of the code that the figures follow from."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("transformation*.py")):
        digest.update(path.read_bytes())
    for folder in ("builders/tasks/transformation", "builders/scenes", "evaluators"):
        for path in sorted((ROOT / folder).glob("*.py")):
            digest.update(path.read_bytes())
    digest.update((ROOT / "builders" / "task.py").read_bytes())
    return digest.hexdigest()[:16]


def read_kept(path: Path, code: str) -> Iterator[tuple[Part, Held]]:
    """What was counted with this code; a line that a kill cut short is taken off."""
    text = path.read_text() if path.exists() else ""
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole)
    for line in whole.splitlines():
        row = json.loads(line)
        if row["code"] == code:
            yield Part(*row["part"]), Held(**{**row["held"], "seen": Counter(row["held"]["seen"])})


def total(parts: Sequence[Held]) -> Held:
    """The counts of several parts together."""
    whole = Held()
    for part in parts:
        for name in Held.__slots__:
            mine, other = getattr(whole, name), getattr(part, name)
            if name in ("fewest", "share"):
                setattr(whole, name, min(mine, other))
            else:
                setattr(whole, name, max(mine, other) if name == "shade" else mine + other)
    return whole


def held_table(found: Mapping[str, Held]) -> Table:
    """What must hold of each split.

    Executed: the gold gives the final scene. Solved: it is among the solver's programs. Constant: what the
    best constant answer to each kind gets; guess: a likely change, from the question alone.
    """
    table = _table(
        "what holds of the problems",
        *("problems", "executed", "solved", "orders right", "one edit wrong: refused"),
        *("looks the same", "constant", "guess"),
    )
    for split, held in found.items():
        table.add_row(
            split,
            f"{held.problems:,}",
            f"{held.executed:,}",
            f"{held.solved:,}",
            f"{held.right_orders:,} of {held.orders:,}",
            f"{held.refused:,} of {held.corrupted:,}",
            f"{held.alike:,}",
            f"{constant_share(held):.2%}",
            f"{held.guessed / held.problems:.2%}",
        )
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title)
    table.add_column("split")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def constant_share(held: Held) -> float:
    """What the most frequent answer to each kind gets, graded by execution."""
    golds = [(kind, answer_from_json(json.loads(gold))) for kind, gold in held.golds]
    answers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for kind, gold in golds:
        answers[kind][gold.text()] += 1
    best = {kind: texts.most_common(1)[0][0] for kind, texts in answers.items()}
    right = sum(
        grade(f"<answer>{best[kind]}</answer>", gold).status is Status.CORRECT
        for kind, gold in golds
    )
    return right / held.problems


def seen_table(found: Mapping[str, Held]) -> Table:
    """What the pictures show, of all problems by their masks alone, of some as they are stored; CPU seconds.

    Unedited: things in sight; changed: in look, place or turn; masks: away from what is edited, both
    scenes seen by the second camera. Shade: how much an unedited thing's pixels change on the mean. Masks
    and pixels of what is stored are compared where both pictures are taken from the same side.
    """
    table = _table(
        "what the pictures show (320 × 240), and CPU-s a problem",
        *("unedited", "changed", "masks changed", "fewest pixels", "least share"),
        *("drawn", "changed", "masks changed", "shade", "search", "checks", "drawn whole"),
    )
    for split, held in found.items():
        is_turned = SPLITS[split].params.view != "center"
        table.add_row(
            split,
            f"{held.unedited:,}",
            str(held.changed),
            str(held.uncovered),
            str(held.fewest),
            f"{held.share:.0%}",
            str(held.drawn),
            str(held.drawn_changed),
            "–" if is_turned else str(held.drawn_uncovered),
            "–" if is_turned else f"{held.shade:.1f}",
            f"{held.search / held.problems:.3f}",
            f"{held.checks / held.problems:.3f}",
            f"{held.drawing / held.drawn:.3f}" if held.drawn else "–",
        )
    return table


def balance_table(found: Mapping[str, Held]) -> Table:
    """How evenly each trait's values come: the least and the most frequent, as shares."""
    table = Table(title="balance: least and most frequent value, share of its trait")
    table.add_column("split")
    traits = ("edits", "seen", "attribute", *LOOKS, "direction", "steps", "move", "thing")
    for trait in traits:
        table.add_column(trait, justify="right")
    for split, held in found.items():
        table.add_row(split, *(_spread(held.seen, trait) for trait in traits))
    return table


def _spread(seen: Counter[str], trait: str) -> str:
    counts = [n for name, n in seen.items() if name.split()[0] == trait]
    return f"{min(counts) / sum(counts):.1%} {max(counts) / sum(counts):.1%}" if counts else "–"


if __name__ == "__main__":
    main()
