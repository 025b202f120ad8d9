"""order: in which order are the rows learned from? By seed alone, and by what the model made of them."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final

from reasonrft.stream import ENDLESS

BATCHES_SORTED_TOGETHER: Final = 50
LONGEST_REST: Final = 7  # rounds that a question sits out at most
# A curriculum begins with the easiest share, and has all questions from the middle of the run on.
FIRST_SHARE: Final = 0.2
ALL_FROM: Final = 0.5


def by_length(lengths: Sequence[int], wanted: int, batch: int, seed: int) -> list[int]:
    """Rows for so many places, round after round, each round in an order of its own.

    Rows of a batch are of about one length, so that little is padded; batches come in any order.
    """
    order: list[int] = []
    turn = 0
    while len(order) < wanted:
        order += _round_by_length(lengths, batch, Random(f"rows/{seed}/{turn}"))
        turn += 1
    return order[:wanted]


def _round_by_length(lengths: Sequence[int], batch: int, rng: Random) -> Iterator[int]:
    rows = rng.sample(range(len(lengths)), len(lengths))
    size = batch * BATCHES_SORTED_TOGETHER
    batches = []
    for start in range(0, len(rows), size):
        some = sorted(rows[start : start + size], key=lambda row: lengths[row])
        batches += [some[place : place + batch] for place in range(0, len(some), batch)]
    # A batch that is not full must come last: the next ones would not begin at their own first row.
    full = [one for one in batches if len(one) == batch]
    rng.shuffle(full)
    for one in [*full, *(one for one in batches if len(one) < batch)]:
        yield from one


class Draw:
    """Which questions each block of a run asks: a round after the other, all of a block different.

    With `skip_silent` a question whose answers all earned the same sits out 1, 3, then 7 rounds as that
    happens again. With `ranks` (0: the easiest) the rounds begin with the easiest questions. A block is
    drawn before the one before it is graded, since loaders look ahead; the state is what a checkpoint keeps.
    """

    def __init__(
        self,
        questions: int,
        size: int,
        seed: int,
        ranks: Sequence[int] | None = None,
        blocks: int = 1,
        *,
        skip_silent: bool = False,
    ) -> None:
        """Begin.

        Args:
            questions: How many there are.
            size: Of a block.
            seed: Of the order.
            ranks: How difficult each question is; None: no curriculum.
            blocks: That the run has.
            skip_silent: Whether questions sit out.
        """
        self._questions, self.size, self._seed = questions, size, seed
        self._ranks, self._blocks, self._skip = ranks, blocks, skip_silent
        self._turn = self._place = self._drawn = 0
        self._order: list[int] = []
        self._ahead: dict[int, list[int]] = {}  # blocks that are drawn and not yet graded
        self._silences: dict[int, int] = {}  # in a row, of a question
        self._back: dict[int, int] = {}  # the round in which it comes again

    def block(self, number: int) -> list[int]:
        """The questions of a block; blocks are asked for in order, each as often as is wanted."""
        while self._drawn <= number:
            self._ahead[self._drawn] = self._next(self._drawn)
            self._drawn += 1
        # Of a block that was graded before a checkpoint nobody wants to know more than its size.
        return self._ahead.get(number, [0] * self.size)

    def graded(self, number: int, silent: Sequence[bool]) -> None:
        """Tell which questions of a block had no signal."""
        block = self._ahead.pop(number, [])
        if not self._skip:
            return
        for question, is_silent in zip(block, silent, strict=False):
            if is_silent:
                times = self._silences[question] = self._silences.get(question, 0) + 1
                self._back[question] = self._turn + 1 + min(2**times - 1, LONGEST_REST)
            else:
                self._silences.pop(question, None)

    def _next(self, number: int) -> list[int]:
        if self._questions >= ENDLESS:
            return list(range(number * self.size, (number + 1) * self.size))
        pool = self._pool(number)
        block: dict[int, None] = {}
        tried = 0
        while len(block) < self.size:
            if self._place == len(self._order):
                if self._order:
                    self._turn += 1
                self._order = self._shuffled()
                self._place = 0
            question = self._order[self._place]
            self._place += 1
            tried += 1
            # Where all others rest, those who rest are asked after all.
            rests = self._back.get(question, 0) > self._turn and tried <= 2 * self._questions
            if not rests and (self._ranks is None or self._ranks[question] < pool):
                block[question] = None
        return list(block)

    def _shuffled(self) -> list[int]:
        rng = Random(f"questions/{self._seed}/{self._turn}")
        return rng.sample(range(self._questions), self._questions)

    def _pool(self, number: int) -> int:
        """How many of the easiest questions are asked now."""
        share = FIRST_SHARE + (1 - FIRST_SHARE) * number / (ALL_FROM * self._blocks)
        return max(self.size, round(min(1.0, share) * self._questions))

    def state(self) -> dict[str, Any]:
        """All that the blocks to come follow from, as JSON has it."""
        return {
            "turn": self._turn,
            "place": self._place,
            "drawn": self._drawn,
            "ahead": {str(number): block for number, block in self._ahead.items()},
            "silences": {str(question): times for question, times in self._silences.items()},
            "back": {str(question): turn for question, turn in self._back.items()},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self._turn, self._place, self._drawn = (state[name] for name in ("turn", "place", "drawn"))
        endless = self._questions >= ENDLESS
        self._order = [] if endless or not self._drawn else self._shuffled()
        self._ahead = {int(number): list(block) for number, block in state["ahead"].items()}
        self._silences = {int(question): times for question, times in state["silences"].items()}
        self._back = {int(question): turn for question, turn in state["back"].items()}
