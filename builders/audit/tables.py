"""tables: how does what an audit came to look in a terminal?"""

from collections.abc import Iterator
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from builders.audit.audit import Audit
from builders.audit.finding import WHAT, Check, Finding
from builders.progress import printable

SHOWN: Final = 5  # faults of a check
NOT_ASKED: Final = {Check.AGAINST: "nothing named by --against", Check.PAIRS: "no paired splits"}


def audit_tables(audit: Audit) -> list[Table]:
    """A line for each check; the first faults; what was remarked."""
    tables = [_checks(audit)]
    faults = list(_faults(audit))
    if faults:
        tables.append(_table("faults", ("check", "where", "what")))
        for line in faults:
            tables[-1].add_row(*map(_plain, line))
    remarks = [
        (check.value, f"{number:,}", remark)
        for check, finding in audit.findings.items()
        for remark, number in sorted(finding.remarks.items())
    ]
    if remarks:
        tables.append(_table("remarks: no faults", ("check", "n", "what")))
        for line in remarks[: SHOWN * len(Check)]:
            tables[-1].add_row(*map(_plain, line))
    return tables


def _checks(audit: Audit) -> Table:
    proved = audit.request.sample
    how = "all" if proved is None else f"{proved:,} of each split"
    title = f"audit of {audit.rows:,} rows, {how} proved anew"
    table = _table(title, ("check", "what", "n", "faults", "verdict"))
    for check, finding in audit.findings.items():
        numbers = f"{finding.looked_at:,}", f"{finding.number:,}"
        table.add_row(check.value, WHAT[check], *numbers, verdict(check, finding))
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
