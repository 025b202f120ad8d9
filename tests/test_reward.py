"""The reward is the metric: one verdict, weighted."""

import pytest

from evaluators import AnyAnswer, Integer, Number, Program, Status, Verdict, answer_from_json, grade
from reasonrft.reward import RewardWeights, Variant, reward_parts

PAPER = RewardWeights()


def reward(verdict: Verdict, weights: RewardWeights = PAPER) -> float:
    """The parts together, as TRL adds them."""
    parts = reward_parts(verdict, weights)
    return parts.accuracy + parts.format


@pytest.mark.parametrize(
    ("gold", "response", "accuracy"),
    [
        # Where the paper's training reward and its metric gave two numbers for one output.
        (Integer(5), "<think>a</think><answer>5.0</answer>", 1),
        (Integer(5), "<think>a</think><answer>$5$</answer>", 1),
        (Integer(5), "<think>a</think><answer>\\boxed{5}</answer>", 1),
        (Number("0.5"), "<think>a</think><answer>1/2</answer>", 1),
        (Number("12"), "<think>a</think><answer>12 cm</answer>", 1),
        (
            answer_from_json({"kind": "program", "gold": "change_color(0,'red')"}),
            "<think>change_size(1,'large') or change_shape(2,'cube')</think>\n<answer>\nchange_color(0,'red')\n</answer>",
            1,
        ),
    ],
)
def test_reward_and_metric_are_one_number(gold: AnyAnswer, response: str, accuracy: float) -> None:
    verdict = grade(response, gold)
    assert verdict.score == accuracy
    assert reward_parts(verdict, PAPER).accuracy == accuracy
    assert reward(verdict) == accuracy + 1


@pytest.mark.parametrize(
    ("status", "score", "well_formed", "expected"),
    [
        (Status.CORRECT, 1.0, True, 2.0),
        (Status.CORRECT, 1.0, False, 1.0),
        (Status.PARTIAL, 0.5, True, 1.5),
        (Status.WRONG, 0.0, True, 1.0),
        (Status.UNREAD, 0.0, False, 0.0),
    ],
)
def test_the_parts_add_up(status: Status, score: float, well_formed: bool, expected: float) -> None:
    weights = RewardWeights(variant=Variant.PARTIAL)
    assert reward(Verdict(score, status, "x", well_formed), weights) == expected


def test_the_default_is_the_papers() -> None:
    # reward.py of the paper's code: only_full for programs, a whole point for the layout.
    assert RewardWeights(accuracy=1, format=1, variant=Variant.EXACT) == PAPER
    assert reward(Verdict(0.5, Status.PARTIAL, "x", well_formed=True)) == 1.0


def test_weights_weigh() -> None:
    weights = RewardWeights(accuracy=2.0, format=0.25)
    parts = reward_parts(Verdict(1.0, Status.CORRECT, "5", well_formed=True), weights)
    assert (parts.accuracy, parts.format) == (2.0, 0.25)


GOLD = answer_from_json(
    {"kind": "program", "gold": "change_color(0,'red')\nchange_size(1,'large')"}
)


@pytest.mark.parametrize(
    ("variant", "expected"),
    [(Variant.EXACT, 1 / 2), (Variant.PARTIAL, 0.75), (Variant.PENALTY, 0.375)],
)
def test_variants_value_a_half_right_program(variant: Variant, expected: float) -> None:
    verdict = grade("<answer>change_color(0,'blue') change_size(1,'large')</answer>", GOLD)
    assert verdict.status is Status.PARTIAL
    assert reward(verdict, RewardWeights(variant=variant)) == pytest.approx(expected)


@pytest.mark.parametrize("variant", list(Variant))
def test_no_variant_touches_a_right_answer_or_rewards_an_unread_one(variant: Variant) -> None:
    weights = RewardWeights(format=0, variant=variant)
    # Equal state, but not the paper's words: execution decides.
    longer = "<answer>change_color(0,'blue') change_color(0,'red') change_size(1,'large')</answer>"
    assert reward(grade(longer, GOLD), weights) == 1
    assert reward(grade("<answer>?</answer>", GOLD), weights) == 0
    assert reward(grade("<answer>6</answer>", Integer(5)), weights) == 0


def test_the_penalty_can_fall_below_zero() -> None:
    verdict = grade("<answer>change_color(5,'blue') change_size(7,'small')</answer>", GOLD)
    assert reward(verdict, RewardWeights(format=0, variant=Variant.PENALTY)) == pytest.approx(-0.5)


def test_same_words_in_an_order_that_ends_elsewhere_are_not_fully_paid() -> None:
    gold = answer_from_json(
        {"kind": "program", "gold": "change_color(0,'red')\nchange_color(0,'blue')"}
    )
    assert isinstance(gold, Program)
    verdict = grade("<answer>change_color(0,'blue')\nchange_color(0,'red')</answer>", gold)
    assert verdict.detail["paper_partial"] == 1
    for variant in Variant:
        assert reward(verdict, RewardWeights(format=0, variant=variant)) == 0.5
