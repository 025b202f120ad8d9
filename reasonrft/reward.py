"""reward: what a verdict is worth in GRPO: an accuracy part and a format part, logged apart."""

from dataclasses import dataclass
from enum import StrEnum

from evaluators import Status, Verdict


class Variant(StrEnum):
    """How the accuracy part values an answer that is not wholly right."""

    EXACT = "exact"  # nothing; a program's exactly right edits by their share (the paper's default)
    PARTIAL = "partial"  # its partial credit
    PENALTY = "penalty"  # the paper's ladder for programs, below zero for wrong pairings


@dataclass(frozen=True, slots=True)
class RewardWeights:
    """The size of each part. The defaults are the paper's: equal weights, full matches only."""

    accuracy: float = 1.0
    format: float = 1.0
    variant: Variant = Variant.EXACT


@dataclass(frozen=True, slots=True)
class RewardParts:
    """The two parts of a reward, weighted."""

    accuracy: float
    format: float


def reward_parts(verdict: Verdict, weights: RewardWeights) -> RewardParts:
    """The reward of one verdict, in its parts."""
    return RewardParts(
        accuracy=weights.accuracy * _accuracy(verdict, weights.variant),
        format=weights.format * verdict.well_formed,
    )


def _accuracy(verdict: Verdict, variant: Variant) -> float:
    if verdict.status is Status.CORRECT:
        return 1.0
    # A program keeps the paper's credits in its detail; one that ends in a wrong state earns no more than its score.
    match variant:
        case Variant.EXACT:
            return min(verdict.detail.get("paper_exact", 0.0), verdict.score)
        case Variant.PARTIAL:
            return verdict.score
        case Variant.PENALTY:
            return min(verdict.detail.get("paper_penalty", verdict.score), verdict.score)
