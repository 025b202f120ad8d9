"""answers: rules on what is written: its length, its end, its layout."""

from dataclasses import dataclass

from reasonrft.alarms.rule import say
from reasonrft.alarms.seen import Seen


@dataclass(frozen=True, slots=True)
class LengthCollapsed:
    """Answers have become short, and no better for it. Speaks within 20 rows."""

    name: str = "length-collapsed"
    rows: int = 10
    share: float = 0.4  # of the first length: a thought may well become shorter by half
    gone: float = 0.15  # of the first length: no thought is left
    # Of the reward's maximum, or of the share that is right: it was good for something.
    gain: float = 0.05
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
        return say(
            seen,
            f"answers have shrunk from {start:.0f} to {now:.0f} tokens, and are right as rarely as before",
            "the thought is dropped: the layout alone is rewarded, or short answers are preferred by "
            "the loss",
            "a smaller {grpo.reward.format}, a higher {grpo.beta}, a lower {grpo.learning_rate}, "
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
        return say(
            seen,
            f"answers have grown from {start:.0f} to {now:.0f} tokens, and are not more often right",
            "the model repeats itself, or a wrong answer costs less a token the longer it is",
            f"grpo.loss = 'dr_grpo' or 'dapo' ({seen.grpo.loss!r}), "
            "a higher {grpo.beta}, a smaller {grpo.max_tokens} with "
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
        return say(
            seen,
            f"{now:.0%} of the answers are cut off at {seen.grpo.max_tokens} tokens ({start:.0%} at first)",
            "the limit is too small for the thoughts, or the model no longer ends its answers",
            "a larger {grpo.max_tokens}; if they repeat themselves, a higher {grpo.beta}, "
            "a lower {grpo.learning_rate}",
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
        return say(
            seen,
            f"right answers fell from {right.mean:.1%} to {right_now.mean:.1%} while the layout was kept by "
            f"{kept_now.mean:.1%} instead of {kept.mean:.1%}",
            "the layout is the cheaper way to a reward",
            f"a smaller grpo.reward.format ({seen.grpo.reward.format:g} beside accuracy "
            f"{seen.grpo.reward.accuracy:g}), "
            "SFT before it (recipe = 'reason-rft'), a higher {grpo.beta}",
        )
