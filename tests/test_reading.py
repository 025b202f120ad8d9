"""Where an answer may stand: the layout, and free text that commits to one answer."""

import time

import pytest

from evaluators import (
    AnyAnswer,
    Choice,
    Expression,
    Integer,
    Number,
    Reading,
    Status,
    grade,
    layout,
)

FIVE = Integer(5)
ANGLE = Number("140")
SIDE = Choice("B", ("30°", "60°", "90°", "120°"))


@pytest.mark.parametrize(
    ("response", "status", "well_formed"),
    [
        ("<think>a</think><answer>5</answer>", "correct", True),
        ("  <think>a</think>\n\n<answer>\n5\n</answer>\n", "correct", True),
        ("<think></think><answer>5</answer>", "correct", True),
        ("<think>a</think><answer>6</answer>", "wrong", True),
        ("<think>a</think><answer></answer>", "unread", True),
        ("<answer>5</answer>", "correct", False),
        ("a</think><answer>5</answer>", "correct", False),  # the prompt opened the thought
        ("<think>a</think>So: <answer>5</answer>", "correct", False),
        ("<think>a</think><answer>5</answer> Done.", "correct", False),
        ("<think>a</think><answer>5</answer><answer>5</answer>", "correct", False),
        ("<think>a</think><answer>5</answer><answer> 5.0 </answer>", "correct", False),
        ("<think>a</think><answer>3</answer><answer>5</answer>", "unread", False),
        ("<think>a</think><answer>5</answer><answer>3</answer>", "unread", False),
        ("<think>a</think><answer>3</answer><answer>4</answer>", "unread", False),  # not even wrong
        ("<think>a</think><answer></answer><answer>5</answer>", "unread", False),
        ("<think>a</think><answer>3<answer>5</answer>", "unread", False),  # reopened: two claims
        ("<think>is it <answer>3</answer>?</think><answer>5</answer>", "correct", False),
        ("<think>a<answer>5</answer></think>", "unread", False),
        (
            "<think>a<think>b</think><answer>5</answer>c</think>",
            "unread",
            False,
        ),  # in the outer one
        ("<think>a<answer>5</answer>", "unread", False),
        ("<think>a</think><answer>5", "unread", False),
        ("<think>a</think>5</answer>", "unread", False),
        ("<think>a</think><ANSWER>5</ANSWER>", "unread", False),
        ("<think>a</think>&lt;answer&gt;5&lt;/answer&gt;", "unread", False),
        ("<think>a</think>The answer is 5", "unread", False),
        ("5", "unread", False),
        ("", "unread", False),
    ],
)
def test_strict_reading(response: str, status: str, well_formed: bool) -> None:
    verdict = grade(response, FIVE)
    assert (verdict.status.value, verdict.well_formed) == (status, well_formed)


@pytest.mark.parametrize(
    ("response", "status"),
    [
        ("<think>a</think><answer>5</answer>", "correct"),
        ("<Answer>5</Answer>", "correct"),
        ("<think>never closed <answer>5</answer>", "correct"),
        ("<think>is it <answer>5</answer>? no</think>", "unread"),
        ("The answer is 3.\n<answer>5</answer>", "correct"),
        ("We get \\boxed{5}.", "correct"),
        ("First \\boxed{3}\nthen, in the end, \\boxed{5}", "correct"),
        ("\\boxed{3} or \\boxed{5}", "unread"),
        ("\\boxed{\\text{five}}", "correct"),
        ("The answer is 3, no: \\boxed{5}", "correct"),
        ("#### 5", "correct"),
        ("5", "correct"),
        ("**5**", "correct"),
        ("Answer: 5", "correct"),
        ("**Answer:** 5", "correct"),
        ("**Final answer: 5**", "correct"),
        ("Final Answer:\n5", "correct"),
        ("The final answer is: $5$.", "correct"),
        ("There are 3 red and 2 blue cubes. So there are 5 cubes.", "correct"),
        ("Count them: 1, 2, 3.\nTherefore, there are 5 objects in the image.", "correct"),
        ("The answer is 3. The answer is 5.", "unread"),
        ("The answer is 5. Or perhaps the answer is 6.", "unread"),
        ("The answer is not 5.", "unread"),
        ("The answer is 5 or 6.", "unread"),
        ("I see 5 things, perhaps 6.", "unread"),
        ("1, 2, 3, 4, 5", "unread"),
        ("I cannot answer that.", "unread"),
        ("<think>the answer is 5</think>", "unread"),
        ("", "unread"),
    ],
)
def test_lenient_reading(response: str, status: str) -> None:
    assert grade(response, FIVE, Reading.LENIENT).status.value == status


@pytest.mark.parametrize(
    "response",
    [
        "Therefore, the measure of ∠CED is 140°.",
        "∠CED = 180° - ∠C = 140°",
        "So $\\angle CED = 140^\\circ$.",
        "Thus the angle is\n\n$$\\boxed{140^{\\circ}}$$",
        "The final answer is 140 degrees, because DE ∥ BC.",
        "Step 1: ∠C = 40°.\nStep 2: ∠CED = 140°.\n\nFinal answer: **140°**",
        "所以∠CED的度数是140°。\n答案：140°",
    ],
)
def test_lenient_reading_of_geometry(response: str) -> None:
    assert grade(response, ANGLE, Reading.LENIENT).status is Status.CORRECT


@pytest.mark.parametrize(
    "response",
    [
        "So the answer is (B) 60°.",
        "Answer:B",
        "**Answer: B. 60°**",
        "The correct option is B.",
        "Therefore, option B is correct.",
        "Hence ∠A = 60°. The answer is B, because the triangle is equilateral.",
        "故选B",
        "Therefore, the angle is 60°.",
        "\\boxed{\\text{B}}",
    ],
)
def test_lenient_reading_of_choices(response: str) -> None:
    assert grade(response, SIDE, Reading.LENIENT).status is Status.CORRECT


@pytest.mark.parametrize(
    "response", ["A, B, C, D", "The answer is A or B.", "B. 90°", "Answer: A\nAnswer: B", "not B"]
)
def test_a_choice_that_does_not_commit_is_not_right(response: str) -> None:
    assert grade(response, SIDE, Reading.LENIENT).status is not Status.CORRECT


@pytest.mark.parametrize("reading", list(Reading))
@pytest.mark.parametrize("gold", [FIVE, ANGLE, SIDE, Number("5√3")])
def test_a_perfect_model_is_right(gold: Integer | Number | Choice, reading: Reading) -> None:
    verdict = grade(layout("a thought with 3 <b>tags</b>", gold.text()), gold, reading)
    assert (verdict.status, verdict.score, verdict.well_formed) == (Status.CORRECT, 1.0, True)


@pytest.mark.parametrize(
    "piece",
    ["<answer>", "</answer>", "<think>", "</think>", "<answer>5</answer>", "<think></think>", "\\boxed{", "the answer is ", "A. ", "(", "**", "5, ", "$", "\n\n", ".", "=", "\\frac", "#### 1 "],
)  # fmt: skip
@pytest.mark.parametrize("reading", list(Reading))
@pytest.mark.parametrize("gold", [FIVE, SIDE, Expression("2x")], ids=lambda gold: gold.kind)
def test_a_megabyte_of_anything_costs_little(piece: str, reading: Reading, gold: AnyAnswer) -> None:
    response = piece * (1_000_000 // len(piece))
    start = time.process_time()
    assert grade(response, gold, reading).status is not Status.CORRECT
    assert time.process_time() - start < 1  # the hard bound of one verdict
