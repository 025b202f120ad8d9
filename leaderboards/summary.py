"""summary: what do an entry's answers come to, and is that what it says?"""

import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from leaderboards.entry import Entry
from reasonrft.questions import Identity
from reasonrft.record import Record
from reasonrft.report.overlap import NO_DATA, NO_TRAIN
from reasonrft.report.summary import Report, make_report

CLOSE: Final = 1e-9  # sums of floats may differ in their last digits from machine to machine
# As `reasonrft.report.overlap` writes them.
COUNT: Final = "([0-9]{1,3}(?:,[0-9]{3}){0,9})"
SHARED: Final = re.compile(f"{COUNT} of {COUNT} questions show a picture of the {COUNT} trained on")


def report_on(entry: Entry, records: Sequence[Record]) -> Report:
    """The report on an entry, made anew; what was said of the overlap with training is taken over."""
    return make_report(entry.state, records, entry.about.name, told_overlap(entry))


def told_overlap(entry: Entry) -> list[str]:
    """What its report says of the overlap with training; nothing where our code would not say it so."""
    said = entry.report.get("overlap")
    data = entry.state.data
    if not isinstance(said, list) or len(said) != len(data):
        return []
    fits = all(_says_overlap(sentence, one) for sentence, one in zip(said, data, strict=True))
    return said if fits else []


def _says_overlap(sentence: Any, one: Identity) -> bool:
    before = f"{'/'.join(one.key)}: "
    if not isinstance(sentence, str) or not sentence.startswith(before):
        return False
    told = sentence.removeprefix(before)
    counts = SHARED.fullmatch(told)
    if counts is None:
        return told in (NO_DATA, NO_TRAIN)
    return counts[2] == f"{one.rows:,}" and int(counts[1].replace(",", "")) <= one.rows


def as_stored(report: Report) -> dict[str, Any]:
    """A report as it is when it was written and read."""
    stored: dict[str, Any] = json.loads(json.dumps(report.to_json()))
    return stored


def difference(there: Any, made: Any, name: str = "") -> str | None:
    """Where what is there is not what was made, in words; None: nowhere."""
    if isinstance(there, dict) and isinstance(made, dict):
        for key in [*made, *(key for key in there if key not in made)]:
            inner = f"{name}.{key}" if name else key
            if key not in there:
                return f"no {inner}"
            if key not in made:
                return f"{inner} = {_short(there[key])}, of which nothing is known"
            if found := difference(there[key], made[key], inner):
                return found
        return None
    if isinstance(there, list) and isinstance(made, list) and len(there) == len(made):
        for place, (one, other) in enumerate(zip(there, made, strict=True)):
            if found := difference(one, other, f"{name}[{place}]"):
                return found
        return None
    return None if _alike(there, made) else f"{name} = {_short(there)}, not {_short(made)}"


def _alike(one: Any, other: Any) -> bool:
    if type(one) is type(other) is int:  # of any length
        return bool(one == other)
    is_number = all(type(value) in {int, float} for value in (one, other))
    if is_number and all(abs(value) <= sys.float_info.max for value in (one, other)):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return type(one) is type(other) and one == other


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def without(report: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """A report without some of its parts."""
    return {name: value for name, value in report.items() if name not in names}
