"""seen: what has training logged so far: every key's values, and what any stretch of them comes to."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from reasonrft.config import GrpoConfig, RunConfig, SftConfig, Stage


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

    def recent_share(self, key: str, n: int) -> str:
        """A share in the last rows, in words."""
        track = self.track(key)
        return f"{track.last(n).mean:.0%}" if len(track) >= n else "not known"

    def setting(self, name: str) -> str:
        """A setting's name and what it is: `grpo.beta (0.04)`."""
        section, *keys = name.split(".")
        value: object = self.sft if section == "sft" else self.grpo
        for key in keys:
            value = getattr(value, key)
        return f"{name} ({value:g})" if isinstance(value, float) else f"{name} ({value})"
