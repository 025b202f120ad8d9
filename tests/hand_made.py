"""Records and runs made by hand, whose figures are known beforehand."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from evaluators import AnyAnswer, Integer, answer_to_json, layout
from reasonrft.questions import Identity
from reasonrft.record import Record, judge
from reasonrft.run import RunState, Session, open_run

FIVE = Integer(5)
RIGHT = layout("one by one", "5")
WRONG = layout("one by one", "4")
UNREAD = layout("hm", "four, or five")
LENIENT = "I count them. The answer is 5."  # right, and not where it was asked for
FAILED = None


def record(
    output: str | None = RIGHT, row: int = 0, gold: AnyAnswer = FIVE, **fields: Any
) -> Record:
    """The record of an answer; its picture and its index are its row's where nothing else is said."""
    split, task = fields.get("split", "test"), fields.get("task", "count")
    usual = {
        "id": f"{task}/{split}/{fields.pop('index', row)}",
        "draw": 0,
        "row": row,
        "key": "",
        "family": "counting",
        "task": task,
        "kind": task,
        "split": split,
        "depth": 1,
        "blind": 0.25,
        "prompt": "",
        "pictures": f"{split}/{row}",
        "question": "How many?",
        "gold": answer_to_json(gold),
        "output": output,
        "finish": "stop" if output is not None else "failed",
        "failure": None if output is not None else "timed out",
        "prompt_tokens": 50,
        "tokens": 10,
        "cost": None,
        "judged": None if output is None else judge(output, gold),
    }
    return Record(**usual | fields)


def records(outputs: Iterable[str | None], **fields: Any) -> list[Record]:
    """A record of each, row by row."""
    return [record(output, row, **fields) for row, output in enumerate(outputs)]


def drawn(*questions: Sequence[str | None], **fields: Any) -> list[Record]:
    """Several answers to each question."""
    return [
        record(output, row, draw=draw, **fields)
        for row, outputs in enumerate(questions)
        for draw, output in enumerate(outputs)
    ]


def state_of(
    made: Sequence[Record], paired_with: dict[str, str] | None = None, **fields: Any
) -> RunState:
    """The state of a run with these answers."""
    rows: dict[tuple[str, str], int] = {}
    for one in made:
        rows[one.family, one.split] = max(rows.get((one.family, one.split), 0), one.row + 1)
    draws = 1 + max((one.draw for one in made), default=0)
    data = tuple(
        Identity(
            family=family,
            split=split,
            asked=(count,) * draws,
            digest=fields.get("digest", f"digest of {family}/{split}"),
            shift="another" if split.startswith("ood-") else "",
            paired_with=(paired_with or {}).get(split),
            tasks={"count": 1},
            folder="data",
        )
        for (family, split), count in rows.items()
    )
    sampling = {"temperature": 0.0, "max_tokens": 100}
    settings = {"model": "made by hand", "sampling": sampling}
    return RunState(settings, data)


def write_run(folder: Path, made: Sequence[Record], **fields: Any) -> Path:
    """A finished run on the disk."""
    with open_run(folder, state_of(made, **fields)) as run:
        run.begin(Session("2026-01-01T00:00:00+00:00", 1.0, len(made), 0, {}))
        for one in made:
            run.append(one)
        run.finish()
    return folder
