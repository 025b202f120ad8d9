"""balance: how evenly are the answers of a split spread, and how far does guessing get?"""

import math
from collections.abc import Sequence
from typing import Any, Final

from builders.audit.finding import Check, Findings
from builders.blind import ROWS_THAT_TELL, blind_of, luck, rows_of
from builders.manifest import add_up, kinds_of
from builders.registry import Known
from builders.shard import Counts
from builders.task import Level, Task

UNEVEN: Final = 0.5  # of the evenness that as many different answers could have


def check_blind(
    key: tuple[str, str], counts: Sequence[Counts], known: Known, level: Level, findings: Findings
) -> None:
    """Count the blind baseline of each task again, and hold it against the task's bound."""
    finding = findings[Check.BLIND]
    for name, kinds in kinds_of(add_up(counts)).items():
        rows, maker = rows_of(kinds), known.get(name)
        finding.looked_at += len(kinds)
        if not isinstance(maker, Task):
            finding.remarks[f"{name} states no bound"] += len(kinds)
            continue
        bound, blind = maker.at(level).blind_bound, blind_of(kinds)
        if blind <= bound:
            continue
        if rows < ROWS_THAT_TELL:
            finding.remarks["over the bound, in too few rows to tell"] += len(kinds)
        elif blind <= bound + luck(kinds, bound):
            finding.remarks["over the bound, by no more than chance may make"] += len(kinds)
        else:
            what = f"constant answers reach {blind:.1%} of {name} (n = {rows:,}), whose bound is {bound:.0%}"
            finding.add("/".join(key), what)


def spread(key: tuple[str, str], counts: Sequence[Counts], findings: Findings) -> dict[str, Any]:
    """How evenly the answers of each kind of a split are spread."""
    finding = findings[Check.BALANCE]
    told: dict[str, Any] = {}
    for task, kinds in sorted(add_up(counts).items()):
        for kind, answers in sorted(kinds.items()):
            total, most = sum(answers.values()), max(answers.values())
            even = evenness(list(answers.values()))
            finding.looked_at += 1
            if even < UNEVEN:
                finding.remarks[f"{'/'.join(key)}: {kind} of {task} is uneven ({even:.2f})"] += 1
            told.setdefault(task, {})[kind] = {
                "n": total,
                "answers": len(answers),
                "most": round(most / total, 4),  # the share of the most frequent answer
                "evenness": round(even, 4),
            }
    return told


def evenness(counts: Sequence[int]) -> float:
    """The entropy of answers as a share of what as many answers can have at most: 1 is quite even."""
    total = sum(counts)
    if len(counts) < 2:
        return 1.0
    entropy = -sum(count / total * math.log(count / total) for count in counts)
    return entropy / math.log(min(len(counts), total))
