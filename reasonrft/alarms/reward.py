"""reward: rules on what is earned."""

import math
from dataclasses import dataclass

from reasonrft.alarms.rule import say
from reasonrft.alarms.seen import Seen


@dataclass(frozen=True, slots=True)
class RewardZero:
    """Nothing is earned, or nothing for accuracy. Speaks within 8 and 20 rows."""

    name: str = "reward-zero"
    rows: int = 8  # with no reward at all: some hundred answers of any setting
    rows_accuracy: int = 20  # with none for accuracy: a model that is right once in 50 is soon seen

    def look(self, seen: Seen) -> str | None:
        """All that was earned in the last rows."""
        reward, correct = (seen.track(key).values[-self.rows :] for key in ("reward", "correct"))
        # With `penalty` a mean below nothing may have answers above it.
        if len(reward) == self.rows and max(reward) <= 0 and max(correct, default=0) <= 0:
            return say(
                seen,
                f"the answers of the last {self.rows} rows earned nothing, and none was right",
                "the model keeps no layout and finds no answer: there is nothing to learn from",
                "SFT before it (recipe = 'reason-rft', more data.stage_1), or a larger {grpo.max_tokens} "
                "if answers are cut off; `rrft doctor` shows whether a right "
                "answer earns a reward",
            )
        parts = [seen.track(key).values for key in ("reward_accuracy", "correct")]
        n = self.rows_accuracy
        if not seen.grpo.reward.accuracy or any(len(part) < n for part in parts):
            return None
        if any(max(part[-n:]) > 0 for part in parts):
            return None
        return say(
            seen,
            f"no answer of the last {n} rows was right; only the layout earns a reward",
            "the questions are too hard for what is sampled, so only the layout is learned",
            "more SFT before it (data.stage_1, sft.epochs), an easier data.level, "
            "grpo.reward.variant = 'partial', a larger {grpo.group}",
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
        return say(
            seen,
            f"the reward has not risen in {len(reward)} rows: {start.mean:.3g} at first, {now.mean:.3g} "
            f"now, of at most {most:g}",
            "steps too small to change anything, or groups whose rewards are all equal "
            f"(silent groups: {seen.recent_share('silent', third)})",
            "a higher {grpo.learning_rate}, more groups a step "
            f"(grpo.prompts {seen.grpo.prompts}, grpo.accumulate {seen.grpo.accumulate}), "
            "a lower {grpo.beta}, grpo.skip_silent = true",
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
        return say(
            seen,
            f"the reward has fallen from {fallen[0]:.3g} to {fallen[1]:.3g}, of at most {seen.most:g}",
            "steps that are too large wear the model away",
            "go on from an earlier checkpoint with a lower {grpo.learning_rate}, a higher {grpo.beta}, "
            "more groups a step "
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
            return say(
                seen,
                told,
                "the questions are too easy by now: nothing is left to learn from them",
                "stop here, or take a harder data.level or other families (data.family), "
                "grpo.skip_silent = true, a higher {grpo.temperature}",
            )
        return say(
            seen,
            told,
            "the questions are too hard, or all answers to one are alike: none shows the way",
            "more SFT before it (recipe = 'reason-rft', data.stage_1), an easier data.level, "
            "grpo.curriculum = true, a larger {grpo.group}, a higher {grpo.temperature}, "
            "grpo.reward.variant = 'partial'",
        )
