"""tables: how does what an audit came to look in a terminal?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from builders.audit.audit import Audit
from builders.audit.finding import WHAT, Check, Finding
from builders.progress import printable

SHOWN: Final = 5  # faults of a check
WIDE: Final = 100  # characters: in a narrower terminal the names of the checks must do
NOT_ASKED: Final = {Check.AGAINST: "nothing named", Check.PAIRS: "no paired splits"}


@dataclass(frozen=True, slots=True)
class _Checks:
    """A line for each check: what it looks for too, where there is room."""

    audit: Audit

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The table for this width."""
        yield _checks(self.audit, said=options.max_width >= WIDE)


def audit_tables(audit: Audit) -> list[RenderableType]:
    """A line for each check; the first faults; what was remarked."""
    tables: list[RenderableType] = [_Checks(audit)]
    if faults := list(_faults(audit)):
        tables.append(_lines("faults", ("check", "where", "what"), faults))
    remarks = [
        (check.value, f"{number:,}", remark)
        for check, finding in audit.findings.items()
        for remark, number in sorted(finding.remarks.items())
    ]
    if remarks:
        shown = remarks[: SHOWN * len(Check)]
        tables.append(_lines("remarks: no faults", ("check", "n", "what"), shown))
    return tables


def _lines(title: str, columns: tuple[str, ...], lines: list[tuple[str, str, str]]) -> Table:
    table = _table(title, columns)
    for line in lines:
        table.add_row(*map(_plain, line))
    return table


def _checks(audit: Audit, *, said: bool) -> Table:
    proved = audit.request.sample
    how = "all" if proved is None else f"{proved:,} of each split"
    title = f"audit of {audit.rows:,} rows, {how} proved anew"
    what = ("what",) if said else ()
    table = _table(title, ("check", *what, "n", "faults", "verdict"))
    for check, finding in audit.findings.items():
        numbers = f"{finding.looked_at:,}", f"{finding.number:,}"
        what = (WHAT[check],) if said else ()
        table.add_row(check.value, *what, *numbers, verdict(check, finding))
    return table


def verdict(check: Check, finding: Finding) -> str:
    """What a check says, in a word or two."""
    if finding.number:
        return "FAULT"
    return "ok" if finding.looked_at else NOT_ASKED.get(check, "nothing looked at")


def _faults(audit: Audit) -> Iterator[tuple[str, str, str]]:
    for check, finding in audit.findings.items():
        for fault in finding.faults[:SHOWN]:
            yield check.value, fault.where, fault.what
        if finding.number > SHOWN:
            yield check.value, f"and {finding.number - SHOWN:,} more", "see audit.json"


def _plain(text: str) -> Text:
    """Text of others, nothing of which is markup."""
    return Text(printable(text))


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if name in {"n", "faults"} else "left")
    return table
