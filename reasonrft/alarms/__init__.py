"""alarms: is training going wrong, and what may help?

Fed a stage's journal one row after another. Every rule is a frozen record of its thresholds with their
reasons; its message has the figures, the likely cause, and the settings to try. A row is the mean over the
steps between two lines of the log (`log_every`), so that windows are counted in rows. What is compared
over time must have changed by more than chance: the noise is measured in the rows themselves. In how many
rows a rule speaks is counted from where the sickness is there in full. Nothing here knows a clock or draws
by chance: the same rows give the same alarms, and after a resume the rows that are there are fed again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reasonrft.alarms.answers import CutOff, FormatOverAccuracy, LengthCollapsed, LengthRanAway
from reasonrft.alarms.distance import KlDrift, KlSpike, RolloutDiffers
from reasonrft.alarms.loss import LossRose, NotFinite
from reasonrft.alarms.reward import NoSignal, RewardFell, RewardFlat, RewardZero
from reasonrft.alarms.rule import Rule
from reasonrft.alarms.seen import Seen
from reasonrft.config import RunConfig, Stage

QUIET: Final = 50  # rows without a cause, after which an alarm may speak again

RULES: Final[Mapping[Stage, Sequence[Rule]]] = {
    "sft": (NotFinite(), LossRose()),
    "grpo": (
        *(NotFinite(), RewardZero(), RewardFlat(), RewardFell(), NoSignal(), LengthCollapsed()),
        *(LengthRanAway(), CutOff(), KlSpike(), KlDrift(), FormatOverAccuracy(), RolloutDiffers()),
    ),
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that goes wrong."""

    name: str
    message: str


class Alarms:
    """The alarms of a stage, fed row after row."""

    def __init__(self, config: RunConfig, stage: Stage) -> None:
        self._seen = Seen(config, stage)
        self._rules = RULES[stage]
        self._quiet: dict[str, int] = {}  # rows since the cause of an alarm was last there

    def look(self, row: Mapping[str, float]) -> list[Alarm]:
        """What a further row tells: an alarm speaks once until it has been quiet for a while."""
        self._seen.add(row)
        raised = []
        for rule in self._rules:
            message = rule.look(self._seen)
            silence = self._quiet.get(rule.name, QUIET)
            if message is not None and silence >= QUIET:
                raised.append(Alarm(rule.name, message))
            self._quiet[rule.name] = 0 if message is not None else silence + 1
        return raised
