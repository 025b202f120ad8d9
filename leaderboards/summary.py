"""summary: what do an entry's answers come to, and is that what it says?"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from leaderboards.entry import Entry
from reasonrft.record import Record
from reasonrft.report.summary import Report, make_report

CLOSE: Final = 1e-9  # sums of floats may differ in their last digits from machine to machine


def report_on(entry: Entry, records: Sequence[Record]) -> Report:
    """The report on an entry, made anew; what was said of the overlap with training is taken over."""
    said = entry.report.get("overlap")
    overlap = [one for one in said if isinstance(one, str)] if isinstance(said, list) else []
    return make_report(entry.state, records, entry.about.name, overlap)


def as_stored(report: Report) -> dict[str, Any]:
    """A report as it is when it was written and read."""
    stored: dict[str, Any] = json.loads(json.dumps(report.to_json()))
    return stored


def difference(there: Any, made: Any, name: str = "") -> str | None:
    """Where what is there is not what was made, in words; None: nowhere."""
    if isinstance(there, dict) and isinstance(made, dict):
        for key in [*made, *(key for key in there if key not in made)]:
            inner = f"{name}.{key}" if name else key
            if found := difference(there.get(key), made.get(key), inner):
                return found
        return None
    if isinstance(there, list) and isinstance(made, list) and len(there) == len(made):
        for place, (one, other) in enumerate(zip(there, made, strict=True)):
            if found := difference(one, other, f"{name}[{place}]"):
                return found
        return None
    return None if _alike(there, made) else f"{name} = {_short(there)}, not {_short(made)}"


def _alike(one: Any, other: Any) -> bool:
    is_number = all(type(value) in {int, float} for value in (one, other))
    if is_number:
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return type(one) is type(other) and one == other


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def without(report: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """A report without some of its parts."""
    return {name: value for name, value in report.items() if name not in names}
