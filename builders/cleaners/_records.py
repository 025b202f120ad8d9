"""_records: what do the fields of a record say that every dataset has?"""

import re
from typing import Final

_WHOLE: Final = re.compile(r"([0-9]{1,8})(?:\.0+)?")


def whole_number(value: object) -> int | None:
    """The whole number that a value is, `6.0` and "6.0" too; None where it is none.

    Python's booleans, which are numbers for it, are none.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    match = _WHOLE.fullmatch(str(value).strip())
    return int(match[1]) if match else None
