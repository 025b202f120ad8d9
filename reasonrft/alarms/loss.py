"""loss: rules on numbers that are none, and on the loss of SFT."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reasonrft.alarms.rule import say
from reasonrft.alarms.seen import Seen

NUMBERS: Final = ("loss", "grad_norm", "reward", "kl")  # one that is none spoils the weights


def not_finite(row: Mapping[str, float], keys: Sequence[str] = NUMBERS) -> list[str]:
    """What of a row is no number, or without bound."""
    return [key for key in keys if not math.isfinite(row.get(key, 0.0))]


@dataclass(frozen=True, slots=True)
class NotFinite:
    """A number is none, or without bound. Speaks at once: every weight is spoilt by the next step."""

    name: str = "not-finite"
    keys: Sequence[str] = NUMBERS

    def look(self, seen: Seen) -> str | None:
        """At the row itself."""
        bad = not_finite(seen.row, self.keys)
        if not bad:
            return None
        told = "in the last row " + ", ".join(f"{key} is {seen.row[key]}" for key in bad)
        advice = (
            "go on from the checkpoint before it with a lower {STAGE.learning_rate}, a lower "
            "{STAGE.max_grad_norm}, more {STAGE.warmup_steps}, or model.dtype = 'float32'"
        )
        return say(
            seen,
            told,
            "a step too large, or too narrow a precision; the weights may be spoilt from here on",
            advice.replace("STAGE", seen.stage),
        )


@dataclass(frozen=True, slots=True)
class LossRose:
    """The loss of SFT is above the best that it was. Speaks within 60 rows."""

    name: str = "loss-rose"
    block: int = 20  # rows: a few samples each, whose losses vary by a third
    rise: float = 0.2  # of the best: less is the wander of a low loss
    least: float = 0.05  # nats a token: near zero a fifth is nothing
    errors: float = 5.0  # standard errors: the best of many blocks is so by chance

    def look(self, seen: Seen) -> str | None:
        """The last block beside the best before it."""
        loss = seen.track("loss")
        start = loss.peak(self.block, -1)
        if start is None:
            return None
        best, now = loss.stretch(start, start + self.block), loss.last(self.block)
        least = max(self.least, self.rise * best.mean)
        if now.mean - best.mean < least or now.above(best) < self.errors:
            return None
        return say(
            seen,
            f"the loss has risen from {best.mean:.3g} to {now.mean:.3g} (means of {self.block} rows)",
            "a learning rate that is too high, or rows late in the data that are unlike the others",
            "a lower {sft.learning_rate}, more {sft.warmup_steps}, a larger {sft.accumulate}",
        )
