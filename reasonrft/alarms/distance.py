"""distance: rules on how far apart two models are: the first one and this one, the writer and the trainer."""

from dataclasses import dataclass
from statistics import median

from reasonrft.alarms.rule import say
from reasonrft.alarms.seen import Seen


@dataclass(frozen=True, slots=True)
class KlSpike:
    """The distance from the first model jumps. Speaks at the second high row."""

    name: str = "kl-spike"
    before: int = 20  # rows that say what is usual
    fewest: int = 5  # of them
    among: int = 3  # last rows
    high: int = 2  # of which must be high: a single one is the estimate's own (its tail is long)
    times: float = 8.0  # the usual one
    least: float = 0.5  # nats a token: a good run stays well below

    def look(self, seen: Seen) -> str | None:
        """The last rows beside those before."""
        values = seen.track("kl").values
        usual = values[-self.before - self.among : -self.among]
        if len(usual) < self.fewest:
            return None
        bound = max(self.least, self.times * median(usual))
        above = [value for value in values[-self.among :] if value >= bound]
        if len(above) < self.high:
            return None
        return say(
            seen,
            f"the KL from the first model has jumped from {median(usual):.3g} to {max(above):.3g} nats a token",
            "a step too large for the few groups that it was drawn from",
            "a lower {grpo.learning_rate}, a higher {grpo.beta}, a lower {grpo.max_grad_norm}, "
            f"grpo.iterations = 1 ({seen.grpo.iterations})",
        )


@dataclass(frozen=True, slots=True)
class KlDrift:
    """The model is far from where it began. Speaks within 20 rows."""

    name: str = "kl-drift"
    rows: int = 20
    # Nats a token: another language by then; runs that gain end between 0.05 and 0.5.
    far: float = 1.0

    def look(self, seen: Seen) -> str | None:
        """The last rows."""
        values = seen.track("kl").values[-self.rows :]
        if len(values) < self.rows or median(values) < self.far:
            return None
        return say(
            seen,
            f"the KL from the first model is {median(values):.3g} nats a token (median of {self.rows} rows)",
            "the model leaves what it could; it rarely comes back by itself",
            "a higher {grpo.beta}, a lower {grpo.learning_rate}, an earlier checkpoint",
        )


@dataclass(frozen=True, slots=True)
class RolloutDiffers:
    """What samples and what trains disagree on how likely a token is. Speaks within 3 rows."""

    name: str = "rollout-differs"
    rows: int = 3
    # Mean |difference| of log-probabilities, nats: bfloat16 makes 0.01 to 0.03, float32 less than 1e-5. At
    # 0.1 the ratio is off by 10 %, half of the usual clipping range, and the gradient is of another model.
    far: float = 0.1

    def look(self, seen: Seen) -> str | None:
        """The last rows."""
        values = seen.track("logp_gap").values[-self.rows :]
        if len(values) < self.rows or median(values) < self.far:
            return None
        return say(
            seen,
            f"rollout and trainer differ by {median(values):.3g} nats a token",
            "vLLM reads another prompt (image tokens expanded twice, other max_pixels), has old weights, "
            "or computes in another precision",
            f"grpo.rollout.engine = 'hf' ({seen.grpo.rollout.engine!r}) to compare with, the same "
            "model.dtype on both sides, model.max_pixels set",
        )
