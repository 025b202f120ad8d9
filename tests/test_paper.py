"""What the paper's own evaluation would say, beside our verdict."""

import time

import pytest

from evaluators import AnyAnswer, Choice, Integer, Number, Program, Reading, Status, grade, layout
from evaluators.program import read_program
from reasonrft.paper import paper_score
from tests.hand_made import record

FIVE, ROOT, LETTER = Integer(5), Number("5\\sqrt{3}"), Choice("B", ("30°", "60°"))


def score(output: str, gold: AnyAnswer) -> float:
    return paper_score(output, gold, grade(output, gold, Reading.LENIENT))


def program(text: str) -> Program:
    edits = read_program(text)
    assert edits is not None
    return Program(edits)


EDITS = program("change_color(0, 'red')\nchange_size(1, 'large')")


@pytest.mark.parametrize(
    ("output", "gold", "expected"),
    [
        (layout("…", "5"), FIVE, 1),
        (layout("…", "4"), FIVE, 0),
        (layout("…", "5.0"), FIVE, 1),
        (layout("…", " 5 "), FIVE, 1),
        (layout("…", "5\\sqrt{3}"), ROOT, 1),
        (layout("…", "√75"), ROOT, 1),
        (layout("…", "8.66"), ROOT, 0),
        (layout("…", "B"), LETTER, 1),
        (layout("…", "A"), LETTER, 0),
        # The first block counts, wherever it stands: in the thought, or before another.
        ("<think><answer>5</answer></think><answer>4</answer>", FIVE, 1),
        ("<think><answer>4</answer></think><answer>5</answer>", FIVE, 0),
        ("<answer>5</answer> or <answer>4</answer>", FIVE, 1),
        ("<answer>4</answer> or <answer>5</answer>", FIVE, 0),
        # Without a block the whole text does; an empty or unreadable block is one.
        ("The answer is 5.", FIVE, 1),
        ("The answer is 4.", FIVE, 0),
        ("<answer>5", FIVE, 0),
        ("The answer is 5. <answer></answer>", FIVE, 0),
        ("The answer is 5. <answer>zebra</answer>", FIVE, 0),
        ("5</answer>", FIVE, 0),
        ("", FIVE, 0),
    ],
    ids=str,
)
def test_values(output: str, gold: AnyAnswer, expected: float) -> None:
    assert score(output, gold) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("change_color(0, 'red')\nchange_size(1, 'large')", 1),
        ("change_size(1, 'large')\nchange_color(0, 'red')", 1),
        ("change_color(0, 'red')", 1 / 2),
        ("change_color(0, 'blue')", 1 / 4),  # the object, and not the value
        ("change_color(3, 'blue')", 1 / 8),  # the function alone
        ("change_color(0, 'red')\nchange_color(0, 'red')", 1 / 4),  # edits written twice cost
        ("change_shape(0, 'cube')", 0),
        ("no change", 0),
    ],
    ids=str,
)
def test_programs(written: str, expected: float) -> None:
    assert score(layout("…", written), EDITS) == pytest.approx(expected)
    # The first block, though it stands in the thought, and where there is none all of the text.
    hidden = f"<think><answer>{written}</answer></think><answer>no change</answer>"
    assert score(hidden, EDITS) == pytest.approx(expected)
    assert score(f"First this, then that:\n{written}\nThat is all.", EDITS) == pytest.approx(
        expected
    )


def test_words_between_edits_are_passed_over_but_other_edits_count() -> None:
    right = "Object 0: change_color(0, 'red'), and besides change_size(1, 'large')."
    assert score(layout("…", right), EDITS) == 1
    # Without a block the thoughts are part of the answer: three edits, one of them half right.
    assert score(f"Not change_color(2, 'red'). {right}", EDITS) == pytest.approx(2 / 3)
    assert score(f"<think>change_shape(2, 'cube')</think>{layout('…', right)}", EDITS) == 1


def test_a_flood_of_edits_is_cheap() -> None:
    flood = " ".join(f"change_color({n % 1000}, 'x{'y' * (n // 1000)}')" for n in range(20_000))
    start = time.process_time()
    assert score(flood, EDITS) < 0.01
    assert time.process_time() - start < 5  # each edit beside each other one would take minutes


def test_a_record_has_it_beside_our_verdict() -> None:
    judged = record("<think><answer>5</answer></think><answer>4</answer>").judged
    assert judged is not None
    assert (judged.status, judged.paper) == (Status.WRONG, 1)
