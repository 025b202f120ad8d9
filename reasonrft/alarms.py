"""alarms: is training going wrong, and what may help?

Fed a stage's journal one row after another. Every rule is a frozen record of its thresholds with their
reasons; its message has the figures, the likely cause, and the settings to try. A row is the mean over the
steps between two lines of the log (`log_every`), so that windows are counted in rows. What is compared
over time must have changed by more than chance: the noise is measured in the rows themselves. In how many
rows a rule speaks is counted from where the sickness is there in full. Nothing here knows a clock or draws
by chance: the same rows give the same alarms, and after a resume the rows that are there are fed again.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Protocol

from reasonrft.config import GrpoConfig, RunConfig, SftConfig, Stage

QUIET: Final = 50  # rows without a cause, after which an alarm may speak again
NUMBERS: Final = ("loss", "grad_norm", "reward", "kl")  # one that is none spoils the weights


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that goes wrong."""

    name: str
    message: str


def not_finite(row: Mapping[str, float], keys: Sequence[str] = NUMBERS) -> list[str]:
    """What of a row is no number, or without bound."""
    return [key for key in keys if not math.isfinite(row.get(key, 0.0))]


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


class Track:
    """The finite values of one key, in order, with sums that make the mean of any stretch cheap."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self._sums, self._squares = [0.0], [0.0]

    def add(self, value: float) -> None:
        """One more."""
        self.values.append(value)
        # Around the first value: squares of large numbers that are alike would leave no digits.
        off = value - self.values[0]
        self._sums.append(self._sums[-1] + off)
        self._squares.append(self._squares[-1] + off * off)

    def __len__(self) -> int:
        return len(self.values)

    def stretch(self, start: int, stop: int) -> "Stretch":
        """What the values from one place to another come to."""
        n = stop - start
        off = (self._sums[stop] - self._sums[start]) / n
        square = (self._squares[stop] - self._squares[start]) / n
        variance = max(0.0, square - off * off) / max(1, n - 1)
        return Stretch(self.values[0] + off, variance)

    def first(self, n: int) -> "Stretch":
        """The first values."""
        return self.stretch(0, n)

    def last(self, n: int) -> "Stretch":
        """The last values."""
        return self.stretch(len(self) - n, len(self))

    def peak(self, size: int, sign: int = 1) -> int | None:
        """Where the block with the highest mean begins, of those before the last rows; −1: the lowest."""
        starts = range(0, len(self) - 2 * size + 1, size)
        sums = self._sums
        return max(starts, key=lambda at: sign * (sums[at + size] - sums[at]), default=None)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The mean of some rows, and the square of its standard error."""

    mean: float
    variance: float

    def above(self, other: "Stretch") -> float:
        """By how many standard errors of the difference it is above another."""
        error = math.sqrt(self.variance + other.variance)
        gap = self.mean - other.mean
        return gap / error if error else math.copysign(math.inf, gap) if gap else 0.0


class Seen:
    """What the rules look at: the last row, and every key's values so far."""

    def __init__(self, config: RunConfig, stage: Stage) -> None:
        self.stage: Stage = stage
        self.sft: SftConfig = config.sft
        self.grpo: GrpoConfig = config.grpo
        self.row: Mapping[str, float] = {}
        self._tracks: dict[str, Track] = {}
        self._empty = Track()

    def add(self, row: Mapping[str, float]) -> None:
        """One more row."""
        self.row = row
        for key, value in row.items():
            if key not in self._tracks:
                self._tracks[key] = Track()
            if math.isfinite(value):
                self._tracks[key].add(value)

    def track(self, key: str) -> Track:
        """A key's values; none where the stage does not have it."""
        return self._tracks.get(key, self._empty)

    @property
    def most(self) -> float:
        """The largest reward that there is."""
        return self.grpo.reward.accuracy + self.grpo.reward.format

    @property
    def is_alike(self) -> bool:
        """Whether late questions are as hard as early ones, so that rewards can be compared over time."""
        return not (self.grpo.curriculum or self.grpo.skip_silent)

    def gain(self, key: str, n: int) -> float:
        """What the last rows are above the first ones."""
        track = self.track(key)
        return track.last(n).mean - track.first(n).mean if len(track) >= n else 0.0


class Rule(Protocol):
    """A way to go wrong."""

    @property
    def name(self) -> str:
        """The alarm's."""

    def look(self, seen: Seen) -> str | None:
        """What to say, if it goes wrong in this way now."""


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
        stage = seen.stage
        settings = seen.sft if stage == "sft" else seen.grpo
        return _say(
            told,
            "a step too large, or too narrow a precision; the weights may be spoilt from here on",
            f"go on from the checkpoint before it with a lower {stage}.learning_rate "
            f"({settings.learning_rate:g}), a lower {stage}.max_grad_norm ({settings.max_grad_norm:g}), "
            f"more {stage}.warmup_steps ({settings.warmup_steps}), or model.dtype = 'float32'",
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
        return _say(
            f"the loss has risen from {best.mean:.3g} to {now.mean:.3g} (means of {self.block} rows)",
            "a learning rate that is too high, or rows late in the data that are unlike the others",
            f"a lower sft.learning_rate ({seen.sft.learning_rate:g}), more sft.warmup_steps "
            f"({seen.sft.warmup_steps}), a larger sft.accumulate ({seen.sft.accumulate})",
        )


@dataclass(frozen=True, slots=True)
class RewardZero:
    """Nothing is earned, or nothing for accuracy. Speaks within 8 and 20 rows."""

    name: str = "reward-zero"
    rows: int = 8  # with no reward at all: some hundred answers of any setting
    rows_accuracy: int = 20  # with none for accuracy: a model that is right once in 50 is soon seen

    def look(self, seen: Seen) -> str | None:
        """All that was earned in the last rows."""
        reward = seen.track("reward").values
        if len(reward) >= self.rows and max(reward[-self.rows :]) <= 0:
            return _say(
                f"no answer of the last {self.rows} rows earned a reward",
                "the model keeps no layout and finds no answer: there is nothing to learn from",
                f"SFT before it (recipe = 'reason-rft', more data.stage_1), or a larger grpo.max_tokens "
                f"({seen.grpo.max_tokens}) if answers are cut off; `rrft doctor` shows whether a right "
                "answer earns a reward",
            )
        parts = [seen.track(key).values for key in ("reward_accuracy", "correct")]
        n = self.rows_accuracy
        if not seen.grpo.reward.accuracy or any(len(part) < n for part in parts):
            return None
        if any(max(part[-n:]) > 0 for part in parts):
            return None
        return _say(
            f"no answer of the last {n} rows was right; only the layout earns a reward",
            "the questions are too hard for what is sampled, so only the layout is learned",
            "more SFT before it (data.stage_1, sft.epochs), an easier data.level, "
            f"grpo.reward.variant = 'partial', a larger grpo.group ({seen.grpo.group})",
        )


@dataclass(frozen=True, slots=True)
class RewardFlat:
    """The reward has never risen. Speaks from 60 rows on, as soon as the noise lets it be known."""

    name: str = "reward-flat"
    rows: int = 60  # before so many a slow rise looks flat
    first: int = 8  # rows with which an early, quick rise is told from none
    near: float = 0.9  # of the maximum: so near it there is little left to rise
    rise: float = 0.01  # of the maximum: less over two thirds of the rows is no rise
    errors: float = 2.0  # standard errors within which no rise may hide
    surely: float = 3.0  # standard errors by which an early rise is one

    def look(self, seen: Seen) -> str | None:
        """The last third beside the first, and beside the very first rows."""
        reward, most = seen.track("reward"), seen.most
        if len(reward) < self.rows or not seen.is_alike or not most:
            return None
        third = len(reward) // 3
        now, before, start = reward.last(third), reward.first(third), reward.first(self.first)
        least = self.rise * most
        # No rise must be shown, not only not be refuted: with noisy rows it takes longer to know.
        error = math.sqrt(now.variance + before.variance)
        may_rise = now.mean - before.mean + self.errors * error >= least
        has_risen = now.mean - start.mean >= least and now.above(start) >= self.surely
        if may_rise or has_risen or now.mean >= self.near * most:
            return None
        if RewardFell().fallen(seen) is not None:  # it had risen, and that is told by itself
            return None
        return _say(
            f"the reward has not risen in {len(reward)} rows: {start.mean:.3g} at first, {now.mean:.3g} "
            f"now, of at most {most:g}",
            "steps too small to change anything, or groups whose rewards are all equal "
            f"(silent groups: {_share(seen, 'silent', third)})",
            f"a higher grpo.learning_rate ({seen.grpo.learning_rate:g}), more groups a step "
            f"(grpo.prompts {seen.grpo.prompts}, grpo.accumulate {seen.grpo.accumulate}), a lower "
            f"grpo.beta ({seen.grpo.beta:g}), grpo.skip_silent = true",
        )


@dataclass(frozen=True, slots=True)
class RewardFell:
    """The reward is below the best that it was. Speaks within 60 rows."""

    name: str = "reward-fell"
    block: int = 20  # rows
    fall: float = 0.1  # of the maximum: runs wander by less
    errors: float = 5.0  # standard errors: the best of many blocks is so by chance

    def look(self, seen: Seen) -> str | None:
        """The last block beside the best before it."""
        fallen = self.fallen(seen)
        if fallen is None:
            return None
        return _say(
            f"the reward has fallen from {fallen[0]:.3g} to {fallen[1]:.3g}, of at most {seen.most:g}",
            "steps that are too large wear the model away",
            f"go on from an earlier checkpoint with a lower grpo.learning_rate "
            f"({seen.grpo.learning_rate:g}), a higher grpo.beta ({seen.grpo.beta:g}), more groups a step "
            f"(grpo.prompts {seen.grpo.prompts}, grpo.accumulate {seen.grpo.accumulate})",
        )

    def fallen(self, seen: Seen) -> tuple[float, float] | None:
        """From what to what it fell, if it did."""
        reward = seen.track("reward")
        best = reward.peak(self.block)
        if best is None or not seen.is_alike:
            return None
        then, now = reward.stretch(best, best + self.block), reward.last(self.block)
        if then.mean - now.mean < self.fall * seen.most or then.above(now) < self.errors:
            return None
        return then.mean, now.mean


@dataclass(frozen=True, slots=True)
class NoSignal:
    """In nearly every group all answers earn the same. Speaks within 20 rows."""

    name: str = "no-signal"
    rows: int = 20  # with two groups a row, so many that chance does not fill them
    share: float = 0.95  # of the groups: the rest is too little for a direction

    def look(self, seen: Seen) -> str | None:
        """The last rows."""
        silent = seen.track("silent")
        if len(silent) < self.rows or silent.last(self.rows).mean < self.share:
            return None
        correct = seen.track("correct")
        right = correct.last(self.rows).mean if len(correct) >= self.rows else 0.0
        told = (
            f"in {silent.last(self.rows).mean:.0%} of the last groups all answers earned the same, "
            f"and {right:.0%} of the answers were right"
        )
        # Without a difference within a group no answer is better than another, whatever it earned.
        if right >= 0.5:
            return _say(
                told,
                "the questions are too easy by now: nothing is left to learn from them",
                "stop here, or take a harder data.level or other families (data.family), "
                f"grpo.skip_silent = true, a higher grpo.temperature ({seen.grpo.temperature:g})",
            )
        return _say(
            told,
            "the questions are too hard, or all answers to one are alike: none shows the way",
            "more SFT before it (recipe = 'reason-rft', data.stage_1), an easier data.level, "
            f"grpo.curriculum = true, a larger grpo.group ({seen.grpo.group}), a higher "
            f"grpo.temperature ({seen.grpo.temperature:g}), grpo.reward.variant = 'partial'",
        )


@dataclass(frozen=True, slots=True)
class LengthCollapsed:
    """Answers have become short, and no better for it. Speaks within 20 rows."""

    name: str = "length-collapsed"
    rows: int = 10
    share: float = 0.4  # of the first length: a thought may well become shorter by half
    gone: float = 0.15  # of the first length: no thought is left
    gain: float = (
        0.05  # of the reward's maximum, or of the share that is right: it was good for something
    )
    cut: float = 0.1  # share cut off at first: whoever rambled may well become short

    def look(self, seen: Seen) -> str | None:
        """The last rows beside the first."""
        length = seen.track("length")
        if len(length) < 2 * self.rows:
            return None
        start, now = length.first(self.rows).mean, length.last(self.rows).mean
        is_worthless = seen.gain("reward", self.rows) < self.gain * seen.most
        truncated = seen.track("truncated")
        rambled = len(truncated) >= self.rows and truncated.first(self.rows).mean > self.cut
        is_gone = now <= self.gone * start and not rambled
        is_gone = is_gone and seen.gain("correct", self.rows) < self.gain
        if not (is_gone or (now <= self.share * start and is_worthless)):
            return None
        return _say(
            f"answers have shrunk from {start:.0f} to {now:.0f} tokens, and are right as rarely as before",
            "the thought is dropped: the layout alone is rewarded, or short answers are preferred by "
            "the loss",
            f"a smaller grpo.reward.format ({seen.grpo.reward.format:g}), a higher grpo.beta "
            f"({seen.grpo.beta:g}), a lower grpo.learning_rate ({seen.grpo.learning_rate:g}), "
            f"grpo.loss = 'dr_grpo' ({seen.grpo.loss!r})",
        )


@dataclass(frozen=True, slots=True)
class LengthRanAway:
    """Answers have become long, and no better for it. Speaks within 20 rows."""

    name: str = "length-ran-away"
    rows: int = 10
    times: float = 2.5  # the first length: a thought that helps may well double
    least: float = 20.0  # tokens more: twice of little is little
    gain: float = 0.05  # of the share that is right: it was good for something

    def look(self, seen: Seen) -> str | None:
        """The last rows beside the first."""
        length = seen.track("length")
        if len(length) < 2 * self.rows or seen.gain("correct", self.rows) >= self.gain:
            return None
        start, now = length.first(self.rows).mean, length.last(self.rows).mean
        if now < max(self.times * start, start + self.least):
            return None
        return _say(
            f"answers have grown from {start:.0f} to {now:.0f} tokens, and are not more often right",
            "the model repeats itself, or a wrong answer costs less a token the longer it is",
            f"grpo.loss = 'dr_grpo' or 'dapo' ({seen.grpo.loss!r}), a higher grpo.beta "
            f"({seen.grpo.beta:g}), a smaller grpo.max_tokens ({seen.grpo.max_tokens}) with "
            "grpo.mask_truncated = false, so that it costs to be cut off",
        )


@dataclass(frozen=True, slots=True)
class CutOff:
    """Many answers end at the limit of tokens. Speaks within 10 rows."""

    name: str = "cut-off"
    rows: int = 10
    share: float = 0.5  # however it began: half of what is paid for teaches nothing
    risen: float = 0.2  # a share that is much where it was little before
    by: float = 0.15  # than which it is more than at first

    def look(self, seen: Seen) -> str | None:
        """The last rows, and the first."""
        truncated = seen.track("truncated")
        if len(truncated) < self.rows:
            return None
        start, now = truncated.first(self.rows).mean, truncated.last(self.rows).mean
        if now < self.share and (now < self.risen or now - start < self.by):
            return None
        return _say(
            f"{now:.0%} of the answers are cut off at {seen.grpo.max_tokens} tokens ({start:.0%} at first)",
            "the limit is too small for the thoughts, or the model no longer ends its answers",
            f"a larger grpo.max_tokens ({seen.grpo.max_tokens}); if they repeat themselves, a higher "
            f"grpo.beta ({seen.grpo.beta:g}), a lower grpo.learning_rate ({seen.grpo.learning_rate:g})",
        )


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
        return _say(
            f"the KL from the first model has jumped from {median(usual):.3g} to {max(above):.3g} nats a token",
            "a step too large for the few groups that it was drawn from",
            f"a lower grpo.learning_rate ({seen.grpo.learning_rate:g}), a higher grpo.beta "
            f"({seen.grpo.beta:g}), a lower grpo.max_grad_norm ({seen.grpo.max_grad_norm:g}), "
            f"grpo.iterations = 1 ({seen.grpo.iterations})",
        )


@dataclass(frozen=True, slots=True)
class KlDrift:
    """The model is far from where it began. Speaks within 20 rows."""

    name: str = "kl-drift"
    rows: int = 20
    far: float = (
        1.0  # nats a token: another language by then; runs that gain end between 0.05 and 0.5
    )

    def look(self, seen: Seen) -> str | None:
        """The last rows."""
        values = seen.track("kl").values[-self.rows :]
        if len(values) < self.rows or median(values) < self.far:
            return None
        return _say(
            f"the KL from the first model is {median(values):.3g} nats a token (median of {self.rows} rows)",
            "the model leaves what it could; it rarely comes back by itself",
            f"a higher grpo.beta ({seen.grpo.beta:g}), a lower grpo.learning_rate "
            f"({seen.grpo.learning_rate:g}), an earlier checkpoint",
        )


@dataclass(frozen=True, slots=True)
class FormatOverAccuracy:
    """The layout is learned and the answers get worse. Speaks within 60 rows."""

    name: str = "format-over-accuracy"
    block: int = 20  # rows
    fall: float = 0.08  # of the share that is right: runs wander by less
    rise: float = 0.02  # of the share that is well formed
    errors: float = 5.0  # standard errors of the fall: the best of many blocks is so by chance
    errors_rise: float = 2.0  # and of the rise, which is compared with one block

    def look(self, seen: Seen) -> str | None:
        """The last block beside the one before it in which most answers were right."""
        correct, formed = seen.track("correct"), seen.track("well_formed")
        best = correct.peak(self.block)
        if best is None or len(formed) != len(correct) or not seen.is_alike:
            return None
        (right, right_now), (kept, kept_now) = (
            (track.stretch(best, best + self.block), track.last(self.block))
            for track in (correct, formed)
        )
        falls = right.mean - right_now.mean >= self.fall and right.above(right_now) >= self.errors
        rises = kept_now.mean - kept.mean >= self.rise and kept_now.above(kept) >= self.errors_rise
        if not (falls and rises):
            return None
        return _say(
            f"right answers fell from {right.mean:.1%} to {right_now.mean:.1%} while the layout was kept by "
            f"{kept_now.mean:.1%} instead of {kept.mean:.1%}",
            "the layout is the cheaper way to a reward",
            f"a smaller grpo.reward.format ({seen.grpo.reward.format:g} beside accuracy "
            f"{seen.grpo.reward.accuracy:g}), SFT before it (recipe = 'reason-rft'), a higher grpo.beta "
            f"({seen.grpo.beta:g})",
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
        return _say(
            f"rollout and trainer differ by {median(values):.3g} nats a token",
            "vLLM reads another prompt (image tokens expanded twice, other max_pixels), has old weights, "
            "or computes in another precision",
            f"grpo.rollout.engine = 'hf' ({seen.grpo.rollout.engine!r}) to compare with, the same "
            "model.dtype on both sides, model.max_pixels set",
        )


RULES: Final[Mapping[Stage, Sequence[Rule]]] = {
    "sft": (NotFinite(), LossRose()),
    "grpo": (
        *(NotFinite(), RewardZero(), RewardFlat(), RewardFell(), NoSignal(), LengthCollapsed()),
        *(LengthRanAway(), CutOff(), KlSpike(), KlDrift(), FormatOverAccuracy(), RolloutDiffers()),
    ),
}


def _share(seen: Seen, key: str, n: int) -> str:
    track = seen.track(key)
    return f"{track.last(n).mean:.0%}" if len(track) >= n else "not known"


def _say(told: str, cause: str, advice: str) -> str:
    return f"{told[0].upper()}{told[1:]}. Likely cause: {cause}. Try: {advice}."
