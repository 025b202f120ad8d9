"""Journals of made-up training: healthy ones with the noise of real ones, and one of each sickness."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np

Row = dict[str, float]
GROUP = 8  # answers to a question


def sft_rows(rng: Random, rows: int = 200) -> list[Row]:
    """A loss that falls to a floor, with a tenth to a third of noise; a little lower in a second epoch."""
    start, floor = rng.uniform(0.5, 4.0), rng.uniform(0.02, 0.6)
    pace, noise = rng.uniform(0.02, 0.3) * rows, rng.uniform(0.05, 0.35)
    wander = Wander(rng, 0.04)
    made = []
    for at in range(rows):
        mean = (floor + (start - floor) * math.exp(-at / pace)) * (1 - 0.1 * (at > rows / 2))
        loss = mean * math.exp(rng.gauss(0, noise) + wander.step())
        made.append(
            {
                "step": 5 * (at + 1),
                "epoch": 2 * (at + 1) / rows,
                "loss": loss,
                "learning_rate": 1e-5 * _cosine(at, rows),
                "grad_norm": 2 * math.exp(rng.gauss(0, 0.4)) * (0.2 + mean / start),
                "seconds": 2.5 * (at + 1),
                "tokens": 10 * 400 * (at + 1),
                "entropy": 0.3 + mean / 3,
            }
        )
    return made


class Wander:
    """The slow noise of a run: what is drawn next is near to what was drawn."""

    def __init__(self, rng: Random, size: float, memory: float = 0.9) -> None:
        self._rng, self._size, self._memory = rng, size, memory
        self._at = rng.gauss(0, size)

    def step(self) -> float:
        new = math.sqrt(1 - self._memory**2) * self._size
        self._at = self._memory * self._at + self._rng.gauss(0, new)
        return self._at


@dataclass(frozen=True)
class Course:
    """The true course of a GRPO run, which its rows show with noise; shares run from 0 to 1."""

    rows: int
    groups: int  # a row
    right: tuple[float, float]  # first and last share of right answers
    formed: tuple[float, float]
    middle: float  # share of the run at which half of the way is made
    kl: float  # at the end
    length: tuple[float, float]
    cut: tuple[float, float]
    agreement: float  # how alike the answers of a group are: 0 not, 1 wholly


def healthy_course(rng: Random) -> Course:
    """Weak and strong starts, quick and slow rises, plateaus, few and many answers a row."""
    right = rng.uniform(0.05, 0.6)
    length = rng.uniform(30, 400)
    return Course(
        rows=rng.choice([60, 120, 200, 400]),
        groups=rng.choice([4, 10, 20, 80]),
        right=(right, right + rng.uniform(0.1, 0.95 - right)),
        formed=(rng.uniform(0.1, 0.95), rng.uniform(0.95, 1.0)),
        middle=rng.uniform(0.1, 0.5),
        kl=rng.uniform(0.02, 0.4),
        length=(length, length * rng.uniform(0.5, 1.8)),
        cut=(rng.uniform(0, 0.3), rng.uniform(0, 0.1)),
        agreement=rng.uniform(0.1, 0.6),
    )


def grpo_rows(rng: Random, course: Course) -> list[Row]:
    """The journal of a run of this course."""
    wander = Wander(rng, 0.015)
    ways = [
        1 / (1 + math.exp(-10 * (at / course.rows - course.middle))) for at in range(course.rows)
    ]
    groups = _groups(
        rng, [_clip(_along(course.right, way) + wander.step()) for way in ways], course
    )
    made = []
    for at, (correct, silent) in enumerate(groups):
        early = 1 - math.exp(-4 * at / course.rows)
        answers = course.groups * GROUP
        formed = _share(rng, _along(course.formed, early), answers)
        length = _along(course.length, early) * math.exp(rng.gauss(0, 0.1))
        made.append(
            {
                "step": 5 * (at + 1),
                "epoch": (at + 1) / course.rows,
                "loss": rng.gauss(0.002, 0.02),
                "learning_rate": 1e-6 * _cosine(at, course.rows),
                "grad_norm": 0.4 * math.exp(rng.gauss(0, 0.3)),
                "seconds": 20.0 * (at + 1),
                "tokens": 5 * answers * 150 * (at + 1),
                "entropy": 0.5 - 0.3 * early,
                "reward": correct + formed,
                "reward_accuracy": correct,
                "reward_format": formed,
                "reward_spread": 0.4 * (1 - silent),
                "correct": correct,
                "well_formed": formed,
                "silent": silent,
                "kl": course.kl * early * math.exp(rng.gauss(0, 0.4)),
                "clipped": abs(rng.gauss(0, 0.004)),
                "length": length,
                "length_longest": 2.2 * length,
                "truncated": _share(rng, _along(course.cut, early), answers),
                "logp_gap": 0.01 * math.exp(rng.gauss(0, 0.3)),
            }
        )
    return made


def healthy_grpo(rng: Random) -> list[Row]:
    return grpo_rows(rng, healthy_course(rng))


def _groups(rng: Random, shares: list[float], course: Course) -> list[tuple[float, float]]:
    """Of each row, the share of right answers and of groups that are all right or all wrong."""
    numbers = np.random.default_rng(rng.getrandbits(32))
    spread, mean = 1 / course.agreement - 1, np.array(shares)[:, None]
    sizes = (len(shares), course.groups)
    chances = numbers.beta(np.maximum(1e-3, mean * spread), np.maximum(1e-3, (1 - mean) * spread), sizes)  # fmt: skip
    rights = numbers.binomial(GROUP, chances)
    silent = ((rights == 0) | (rights == GROUP)).mean(axis=1)
    return list(zip((rights.mean(axis=1) / GROUP).tolist(), silent.tolist(), strict=True))


def _share(rng: Random, share: float, n: int) -> float:
    """A binomial share, by its normal image."""
    return _clip(rng.gauss(share, math.sqrt(max(0.0, share * (1 - share)) / n)))


def _clip(share: float) -> float:
    return min(1.0, max(0.0, share))


def _along(ends: tuple[float, float], way: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * way


def _cosine(at: int, rows: int) -> float:
    return min(1.0, (at + 1) / 10) * (1 + math.cos(math.pi * at / rows)) / 2


# Sicknesses: each changes a healthy journal from a row on. What is given is the way since then, 0 to 1.

STEADY = Course(
    300, 20, (0.4, 0.75), (0.8, 0.98), 0.3, 0.15, (120.0, 110.0), (0.05, 0.02), 0.3
)  # fmt: skip
BEGIN = 150  # the row from which a run is sick
Change = Callable[[Random, Row, float], Row]


def sicken(rng: Random, rows: list[Row], change: Change, begin: int = BEGIN, over: int = 30) -> list[Row]:  # fmt: skip
    """A journal that goes wrong from a row on, in full after some rows."""
    return [
        row if at < begin else row | change(rng, row, min(1.0, (at - begin + 1) / over))
        for at, row in enumerate(rows)
    ]


def _earned(correct: float, formed: float) -> Row:
    return {
        "correct": correct,
        "well_formed": formed,
        "reward": correct + formed,
        "reward_accuracy": correct,
        "reward_format": formed,
    }


def _noisy(rng: Random, share: float, n: int = 160) -> float:
    return _share(rng, _clip(share), n)


def nan_loss(_rng: Random, _row: Row, _way: float) -> Row:
    return {"loss": math.nan}


def endless_grad(_rng: Random, _row: Row, _way: float) -> Row:
    return {"grad_norm": math.inf}


def loss_up(_rng: Random, row: Row, way: float) -> Row:
    return {"loss": row["loss"] + way}


def nothing_earned(_rng: Random, _row: Row, _way: float) -> Row:
    return _earned(0.0, 0.0)


def only_format(rng: Random, _row: Row, _way: float) -> Row:
    return _earned(0.0, _noisy(rng, 0.9))


def never_rising(rng: Random, _row: Row, _way: float) -> Row:
    return _earned(_noisy(rng, 0.4), _noisy(rng, 0.8))


def worn_away(rng: Random, row: Row, way: float) -> Row:
    return _earned(_noisy(rng, row["correct"] - 0.35 * way), _noisy(rng, row["well_formed"] - way * 0.2))  # fmt: skip


def all_wrong(rng: Random, _row: Row, _way: float) -> Row:
    return {**_earned(_noisy(rng, 0.01), 1.0), "silent": 1 - abs(rng.gauss(0, 0.01))}


def all_right(rng: Random, _row: Row, _way: float) -> Row:
    return {**_earned(_noisy(rng, 0.99), 1.0), "silent": 1 - abs(rng.gauss(0, 0.01))}


def shrunk(rng: Random, row: Row, way: float) -> Row:
    start = STEADY.right[0]
    return {**_earned(_noisy(rng, start), row["well_formed"]), "length": row["length"] * (1 - 0.9 * way)}  # fmt: skip


def run_away(rng: Random, row: Row, way: float) -> Row:
    right = _noisy(rng, STEADY.right[0])
    grown = {key: row[key] * (1 + 4 * way) for key in ("length", "length_longest")}
    return {**_earned(right, row["well_formed"]), **grown}


def cut_off(rng: Random, _row: Row, way: float) -> Row:
    return {"truncated": _noisy(rng, 0.5 * way)}


def kl_jumps(rng: Random, row: Row, _way: float) -> Row:
    return {"kl": row["kl"] * 30 * math.exp(rng.gauss(0, 0.3))}


def kl_drifts(rng: Random, _row: Row, way: float) -> Row:
    return {"kl": (0.2 + 1.6 * way) * math.exp(rng.gauss(0, 0.2))}


def format_only_learned(rng: Random, _row: Row, way: float) -> Row:
    return _earned(_noisy(rng, 0.7 - 0.4 * way), _noisy(rng, 0.9 + 0.1 * way, 1000))


def other_rollout(rng: Random, _row: Row, _way: float) -> Row:
    return {"logp_gap": 0.4 * math.exp(rng.gauss(0, 0.2))}
