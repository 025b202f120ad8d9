"""tables: how does what an audit came to look in a terminal?"""

from collections.abc import Iterator
from typing import Final

from builders.audit.audit import Audit
from builders.audit.finding import WHAT, Check, Finding
from builders.fitted import FittedTable

SHOWN: Final = 5  # faults of a check
NOT_ASKED: Final = {Check.AGAINST: "nothing named", Check.PAIRS: "no paired splits"}


def audit_tables(audit: Audit) -> list[FittedTable]:
    """A line for each check; the first faults; what was remarked."""
    tables = [_checks(audit)]
    if faults := list(_faults(audit)):
        columns = ("check", "where", "what")
        tables.append(FittedTable("faults", columns, faults, prose=("where", "what")))
    remarks = [
        (check.value, f"{number:,}", remark)
        for check, finding in audit.findings.items()
        for remark, number in sorted(finding.remarks.items())
    ]
    if remarks:
        shown = remarks[: SHOWN * len(Check)]
        columns = ("check", "n", "what")
        tables.append(FittedTable("remarks: no faults", columns, shown, prose=("what",)))
    return tables


def _checks(audit: Audit) -> FittedTable:
    """A line for each check: what it looks for too, where there is room for it in that line."""
    columns = ("check", "what", "n", "faults", "verdict")
    table = FittedTable(_title(audit), columns, left=("what", "verdict"), least=("what",))
    for check, finding in audit.findings.items():
        numbers = f"{finding.looked_at:,}", f"{finding.number:,}"
        table.add_texts(check.value, WHAT[check], *numbers, verdict(check, finding))
    return table


def _title(audit: Audit) -> str:
    if not audit.rows:
        return "audit: no rows were read"
    proved = audit.findings[Check.PROOFS].looked_at
    how = "all" if proved == audit.rows else f"{proved:,} of them" if proved else "none of them"
    return f"audit of {audit.rows:,} rows, {how} proved anew"


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
