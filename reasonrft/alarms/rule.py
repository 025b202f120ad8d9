"""rule: what is a way to go wrong, and how is it told?"""

import re
from typing import Final, Protocol

from reasonrft.alarms.seen import Seen

SETTING: Final = re.compile(r"\{([a-z_.]+)\}")


class Rule(Protocol):
    """A way to go wrong."""

    @property
    def name(self) -> str:
        """The alarm's."""

    def look(self, seen: Seen) -> str | None:
        """What to say, if it goes wrong in this way now."""


def say(seen: Seen, told: str, cause: str, advice: str) -> str:
    """What a rule says: what is seen, a likely cause, and what to try.

    In the advice `{grpo.beta}` stands for a setting, which is told with its value: `grpo.beta (0.04)`.
    """
    filled = SETTING.sub(lambda found: seen.setting(found[1]), advice)
    return f"{told[0].upper()}{told[1:]}. Likely cause: {cause}. Try: {filled}."
