"""The graders on golden tables, on random text, on hostile text, in threads and in processes."""

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluators import (
    KINDS,
    AnyAnswer,
    Choice,
    Expression,
    Integer,
    Number,
    Reading,
    Status,
    answer_from_json,
    answer_to_json,
    grade,
    layout,
)

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.jsonl"))


@pytest.mark.parametrize("table", GOLDEN, ids=lambda path: path.stem)
def test_golden_table(table: Path) -> None:
    wrong = []
    for number, line in enumerate(table.read_text(encoding="utf-8").splitlines(), start=1):
        row = json.loads(line)
        verdict = grade(row["prediction"], answer_from_json(row), Reading(row["reading"]))
        if (verdict.status is Status.CORRECT) != (row["expect"] == "correct"):
            wrong.append(
                f"{table.name}:{number} {verdict.status} for {row['reason']}: {line[:300]}"
            )
    assert not wrong, "\n".join(wrong)


def test_a_verdict_does_not_depend_on_what_was_graded_before() -> None:
    """Shared caches must not leak from one verdict into another."""
    rows = [
        json.loads(line)
        for table in GOLDEN
        for line in table.read_text(encoding="utf-8").splitlines()
    ]

    def statuses(order: list[int]) -> dict[int, Status]:
        return {i: grade(rows[i]["prediction"], answer_from_json(rows[i]), Reading(rows[i]["reading"])).status for i in order}  # fmt: skip

    forwards = list(range(len(rows)))
    assert statuses(forwards) == statuses(forwards[::-1]) == statuses(forwards)


def test_golden_tables_are_large_and_mixed() -> None:
    rows = [
        json.loads(line)
        for table in GOLDEN
        for line in table.read_text(encoding="utf-8").splitlines()
    ]
    assert len(rows) >= 400
    assert {row["kind"] for row in rows} == set(KINDS)
    right = sum(row["expect"] == "correct" for row in rows)
    assert 0.3 < right / len(rows) < 0.7
    assert all(row["reason"] for row in rows)


def answered(written: str) -> str:
    return f"<think>…</think><answer>{written}</answer>"


C, W, U = Status.CORRECT, Status.WRONG, Status.UNREAD
OPTIONS = ("30", "60", "120", "240")


@pytest.mark.parametrize(
    ("gold", "written", "status", "reason"),
    [
        # Frequent failures of public graders.
        (Number("5\\sqrt{3}"), "5", W, "a prefix is not the value"),
        (Number("5\\sqrt{3}"), "5√3", C, "radical sign without braces"),
        (Number("140"), "140°", C, "the degree sign is a unit"),
        (Number("140"), "140^\\circ", C, "a degree in LaTeX"),
        (Number("140°"), "140", C, "the unit may be left out"),
        (Choice("A", OPTIONS), "(A)", C, "a bracketed letter"),
        (Choice("A", OPTIONS), "**A**", C, "a bold letter"),
        (Choice("A", OPTIONS), "A. 30", C, "a letter with its value"),
        (Choice("A", OPTIONS), "A. 60", U, "a letter with another's value"),
        (Number("1 1/2"), "11/2", W, "1 1/2 is not 11/2"),
        (Number("1 1/2"), "3/2", C, "a mixed number is a sum"),
        (Number("5\\frac{1}{2}"), "5.5", C, "a mixed number in LaTeX"),
        (Number("10^{100}"), "10^{100}+1", W, "large integers are exact"),
        (Number("10^{100}"), "1e100", C, "scientific notation is exact"),
        (Number("18.2", "3%", ("17.9", "18.2", "18.6")), "18.5", W, "nearer to a neighbour"),
        (Number("18.2", "3%", ("17.9", "18.2", "18.6")), "18.3", C, "within half the gap"),
        (Number("-20", "5%"), "-20.9", C, "a share of a negative value"),
        (Number("-20", "5%"), "-21.1", W, "beyond the share"),
        (Number("10", "0.5"), "10.5", C, "at the edge of the distance"),
        (Number("10", "1", ("10", "11")), "10.5", W, "as near to a neighbour as to the gold"),
        # What may be written.
        (Number("1000"), "1,000", C, "thousands by commas"),
        (Number("1000"), "1 000", C, "thousands by spaces"),
        (Number("1000"), "1{,}000", C, "thousands in LaTeX"),
        (Number("1000"), "1,00", U, "no thousands: two numbers"),
        (Number("3/4"), "\\frac34", C, "TeX without braces"),
        (Number("3/4"), "\\dfrac{3}{4}", C, "display fraction"),
        (Number("3/4"), "¾", C, "vulgar fraction"),
        (Number("3.5"), "3½", C, "vulgar mixed number"),
        (Number("0.5"), "50%", C, "percent"),
        (Number("0.5"), "0.5%", W, "percent is a hundredth"),
        (Number("50%"), "50", C, "the sign may be left out where the gold has it"),
        (Number("12000"), "1.2 \\times 10^{4}", C, "scientific notation"),
        (Number("sqrt(75)"), "5√{3}", C, "radicals are simplified"),
        (Number("9πcm^{2}"), "9π", C, "a unit after pi"),
        (Number("2√{15}米"), "2\\sqrt{15} m", C, "a unit in Chinese"),
        (Number("12 cm"), "0.12 m", C, "units of one dimension convert"),
        (Number("12 cm"), "12 mm", W, "another size of unit"),
        (Number("12 cm"), "12 cm²", W, "another dimension"),
        (Number("5"), "x = 5", C, "a label"),
        (Number("-5"), "−5", C, "Unicode minus"),
        (Number("12"), "１２", C, "full-width digits"),
        (Number("8"), "A. 8", C, "an option label before the value"),
        (Number("5√3"), "8.660254", C, "seven digits of an exact value"),
        (Number("5√3"), "8.66", W, "three digits are a rounding"),
        (Number("5√3", "0.005"), "8.66", C, "a rounding that the gold declares"),
        (Number("5√3"), "5√3 ≈ 8.66", C, "an exact value and its rounding"),
        (Number("5√3"), "5√3 ≈ 9.66", U, "two values"),
        (Number("5√3"), "5√3, which is about 8.66", C, "the same in words"),
        (Number("8"), "25/3 = 8", U, "an equality that is none"),
        (Number("1/2"), "\\sin 30^\\circ", C, "a special angle"),
        (Number("1/6"), "0.1\\overline{6}", C, "a repeating decimal"),
        (Number("7"), "5 + 2", C, "arithmetic"),
        (Number("9\\pi"), "S = \\pi r^2 = 9\\pi", C, "a formula on the way"),
        (Number("5"), "2x = 10", U, "an equation states no value"),
        (Number("5"), "BC^2 = 25", U, "the square is not the side"),
        (Number("5"), "1/0", U, "undefined"),
        (Number("5"), "5 or 6", U, "two answers"),
        (Number("5"), "not 5", U, "a denial"),
        (Number("5"), "five and a half cats", U, "unknown words"),
        (Number("90°"), "π/2 radians", C, "radians convert where they are named"),
        (Number("3.5 hours"), "3 hours 30 minutes", C, "two units of one dimension"),
        (Integer(5), "5.0", C, "an integer with a point"),
        (Integer(5), "five", C, "a word"),
        (Integer(105), "one hundred and five", C, "words"),
        (Integer(5), "5 red cubes", C, "counted things"),
        (Integer(5), "5 dozen", W, "a word that changes the count"),
        (Integer(5), "about 5", U, "a count is exact"),
        (Integer(5), "8 - 3 = 5", C, "a chain of equals"),
        (Integer(5), "8 - 3 = 6", U, "a false equality"),
        (Expression("2x+3"), "y = 3 + 2x", C, "equal as functions, with a label"),
        (Expression("2x+3"), "2x-3", W, "another function"),
        (Expression("\\frac{x^2-1}{x-1}"), "x+1", C, "equal where both are defined"),
        (Expression("\\sin^2 x"), "1-\\cos^2 x", C, "an identity"),
        (Expression("\\sqrt{x^2}"), "|x|", C, "real functions"),
        (Expression("\\sqrt{x^2}"), "x", W, "not for negative x"),
        (Expression("5m"), "5 m", C, "a variable, not a metre"),
        (Expression("y=2x+3"), "2x - y + 3 = 0", C, "an equation up to a factor"),
        (Expression("(2,3)"), "(3,2)", W, "a tuple has an order"),
        (Expression("2, 3"), "x = 3 or x = 2", C, "a list of solutions has none"),
        (Expression("\\pm 5"), "5, -5", C, "both signs"),
        (Expression("(3,\\infty)"), "x > 3", C, "an interval as an inequality"),
        (Expression("[3,\\infty)"), "x > 3", W, "open is not closed"),
        (Expression("x<3"), "2x < 6", C, "a scaled inequality"),
        (Expression("x<3"), "-x < -3", W, "a turned one"),
        (Expression("3:4:5"), "6:8:10", C, "a proportion"),
        (Expression("3:4:5"), "3:5:4", W, "another proportion"),
    ],
)  # fmt: skip
def test_declared_rules(gold: AnyAnswer, written: str, status: Status, reason: str) -> None:
    assert grade(answered(written), gold).status is status, reason


SAMPLES: tuple[AnyAnswer, ...] = (
    Integer(5),
    Number("5\\sqrt{3}", "0.01"),
    Number("12 cm", "3%", ("10 cm", "12 cm")),
    Choice("B", OPTIONS, "0.5"),
    Choice("C"),
    Expression("\\frac{2x+1}{y}"),
    Expression("(-\\infty, 2)\\cup(3, 4]"),
    answer_from_json(
        {"kind": "program", "gold": "change_color(3, 'red')\nchange_position(1, 'left', 2)"}
    ),
)


@pytest.mark.parametrize("gold", SAMPLES, ids=lambda gold: gold.kind)
def test_an_answer_survives_json_and_passes_its_own_check(gold: AnyAnswer) -> None:
    assert answer_from_json(json.loads(json.dumps(answer_to_json(gold)))) == gold
    assert grade(layout("…", gold.text()), gold).status is Status.CORRECT
    assert type(gold).kind in KINDS
    assert gold.hint


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"kind": "text", "gold": "x"}, "no kind 'text'; there are: integer, number"),
        ({"gold": "x"}, "no kind None"),
        ({"kind": "integer"}, "the field 'gold' is missing"),
        ({"kind": "integer", "gold": "5.5"}, "is not a whole number"),
        ({"kind": "integer", "gold": True}, "neither a number nor a text"),
        ({"kind": "number", "gold": "x + 1"}, "is not a number"),
        ({"kind": "number", "gold": "1e999999999"}, "is not a number"),
        ({"kind": "number", "gold": "5", "tolerance": "some"}, "tolerance 'some' is not"),
        ({"kind": "number", "gold": "5", "tolerance": -1}, "tolerance '-1' is not"),
        ({"kind": "number", "gold": "5", "options": "12"}, "are not a list"),
        ({"kind": "choice", "gold": "E", "options": ["1", "2"]}, "none of the options A, B"),
        ({"kind": "choice", "gold": "the second"}, "neither a letter nor one of the options"),
        ({"kind": "choice", "gold": "A", "options": {"B": "1"}}, "not lettered"),
        ({"kind": "expression", "gold": "\\frac{1}{0}"}, "is not an expression"),
        ({"kind": "expression", "gold": "((("}, "is not an expression"),
    ],
)
def test_a_bad_gold_is_refused_with_the_reason(fields: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        answer_from_json(fields)


PIECES = st.sampled_from(
    "<think> </think> <answer> </answer> \\boxed{ } { ( ) [ ] | \\frac \\sqrt √ π ^ _ ** * / = ≈ < > ≤ , ; : . ! % ° ' \" $"
    " \\( \\) \\text{ \\begin{pmatrix} \\end{pmatrix} & \\\\ \\cup ± \\infty sin log 0 1 7 12 9999999999 3.14 1e9 x y cm m A B"
    " and or is the answer therefore not five hundred change_color(1,'red') change_position( \\overline{3} ½ ² ₁ ∠ 米 是".split()
)
ANYTHING = st.one_of(
    st.text(),
    st.lists(PIECES, max_size=40).map(" ".join),
    st.lists(PIECES, max_size=40).map("".join),
)


@settings(max_examples=600, deadline=1000, suppress_health_check=[HealthCheck.too_slow])
@given(ANYTHING, st.sampled_from(SAMPLES), st.sampled_from(list(Reading)))
def test_every_string_gets_a_verdict_within_a_second(
    written: str, gold: AnyAnswer, reading: Reading
) -> None:
    for response in (written, answered(written)):
        verdict = grade(response, gold, reading)
        assert 0 <= verdict.score <= 1
        assert (verdict.score == 1) == (verdict.status is Status.CORRECT)
        assert (verdict.score == 0) == (verdict.status in (Status.WRONG, Status.UNREAD))


@settings(max_examples=300, deadline=1000)
@given(ANYTHING)
def test_a_gold_is_read_or_refused(text: str) -> None:
    for kind in KINDS:
        try:
            gold = answer_from_json({"kind": kind, "gold": text})
        except ValueError:
            continue
        assert answer_from_json(answer_to_json(gold)) == gold


@settings(max_examples=300, deadline=1000)
@given(st.fractions(max_denominator=10**6), st.sampled_from(["{0}/{1}", "\\frac{{{0}}}{{{1}}}", "\\dfrac{{{0}}}{{{1}}}cm", "$x = {0}/{1}$", "({0})/({1})"]))  # fmt: skip
def test_a_fraction_equals_itself_in_every_spelling_and_no_neighbour(
    value: Fraction, spelling: str
) -> None:
    top, bottom = value.numerator, value.denominator
    gold = Number(f"{top}/{bottom}")
    assert grade(answered(spelling.format(top, bottom)), gold).status is Status.CORRECT
    assert grade(answered(spelling.format(top + 1, bottom)), gold).status is Status.WRONG


@settings(max_examples=200, deadline=1000)
@given(st.integers(1, 400), st.integers(2, 400), st.integers(1, 30))
def test_radicals_are_equal_just_when_their_squares_are(
    factor: int, radicand: int, other: int
) -> None:
    gold = Number(f"{factor}\\sqrt{{{radicand}}}")
    assert grade(answered(f"√{{{factor * factor * radicand}}}"), gold).status is Status.CORRECT
    assert (
        grade(answered(f"√{{{factor * factor * radicand + other}}}"), gold).status is Status.WRONG
    )


HOSTILE = {
    "nested brackets": "(" * 100_000 + "5" + ")" * 100_000,
    "nested braces": "\\frac{" * 50_000 + "5",
    "nested boxes": "\\boxed{" * 50_000 + "5" + "}" * 50_000,
    "short nested boxes": "\\boxed{" * 200 + "5" + "}" * 200,
    "nested roots": "\\sqrt{" * 300 + "5" + "}" * 300,
    "signs": "-" * 1999 + "5",
    "tower": "9**9**9",
    "tall tower": "9^9^9^9^9",
    "half tower": "2^{2^{2^{2^{2}}}}",
    "large exponent": "1e999999999",
    "decimal exponent": "10^{99999999999}",
    "small exponent": "10^{-99999999999}",
    "factorial": "99999!",
    "factorials": "500!!!!!!",
    "binomial": "\\binom{1000000}{500000}",
    "long digits": "9" * 1999,
    "root of digits": "\\sqrt{" + "9" * 399 + "}",
    "root of a semiprime": "\\sqrt{999999000001}",
    "power of a sum": "(x+y+z+a+b+c)^{60}",
    "product of sums": "(x+1)" * 150,
    "sum of roots": "+".join(f"\\sqrt{{{n}}}" for n in range(2, 150)),
    "product of roots": "*".join(f"(1+\\sqrt{{{n}}})" for n in range(2, 80)),
    "nested functions": "sin(cos(" * 18 + "5" + "))" * 18,
    "exponentials": "e^{e^{e^{e^{5}}}}",
    "logs": "ln(ln(ln(0)))",
    "every count": ", ".join(map(str, range(300))),
    "every option": "A B C D",
    "options as text": "(A) 30 (B) 60 (C) 120 (D) 240",
    "code": "__import__('os').system('touch /tmp/graded')",
    "lambda": "(lambda: 5)()",
    "comprehension": "[x for x in ().__class__.__bases__]",
    "format": "{0.__class__}",
    "zero width": "1\u200b5",
    "bidi": "\u202e5",
    "null": "5\x00",
    "surrogate": "5\ud800",
    "arabic digits": "٥",
    "circled digit": "⑤",
    "mathematical bold": "𝟓𝟔",
    "spaces": " " * 1_000_000,
    "newlines": "5" + "\n" * 1_000_000 + "6",
    "alternatives": "\\text{ or }".join("567"),
    "contradiction": "5 = 6",
    "pipe": "|" * 500,
    "matrix": "\\begin{matrix}" * 200,
    "subscripts": "x_{" * 600,
    "percents": "7" + "%" * 390,
    "degrees": "7" + "°" * 390,
    "letters": "x" * 300,
    "long sum": "7" + "+7" * 199,
    "long quotient": "7" + "/7" * 199,
    "nested sets": "\\{1," * 24 + "0" + "\\}" * 24,
    "downward tower": "((\\exp(-400)^{400})^{400})^{40}",
    "shrinking tower": "(((0.5^{399.5})^{399.5})^{399.5})^{399.5}",
    "huge argument": "\\sec(10^{30}i)",
    "binomials": "+".join(f"\\binom{{√2+√3+√5+√7+{n}}}{{500}}" for n in range(14)),
    "edits": "change_color(3, 'red')" * 5_000,
    "steps": "change_position(1, 'left')" * 32,
    "many values": ", ".join(f"e^{{\\sin {n}}}+{n}" for n in range(1, 25)),
}  # fmt: skip


@pytest.mark.parametrize("gold", SAMPLES, ids=lambda gold: f"{gold.kind}-{gold.text()[:12]}")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_cheap_and_never_right(name: str, gold: AnyAnswer) -> None:
    for reading in Reading:
        start = time.process_time()
        verdict = grade(answered(HOSTILE[name]), gold, reading)
        assert time.process_time() - start < 1
        assert verdict.status is not Status.CORRECT
        assert len(verdict.answer or "") <= 2_000
    assert not Path("/tmp/graded").exists()


def test_dressing_to_any_depth_is_taken_off_or_refused() -> None:
    for depth in (1, 5, 11):
        assert (
            grade(answered("\\boxed{" * depth + "5" + "}" * depth), Integer(5)).status
            is Status.CORRECT
        )


def test_graders_work_in_threads() -> None:
    """Without signals, and without sharing the precision of a numeric library."""
    cases: list[tuple[AnyAnswer, str, Status]] = [
        (Expression("\\sin^2 x"), "1-\\cos^2 x", C),
        (Number("\\sqrt{3+2\\sqrt{2}}"), "1+\\sqrt{2}", C),
        (Number("\\sqrt{3+2\\sqrt{2}}"), "1+\\sqrt{2}+10^{-200}", W),
        (Number("e^{\\pi}"), "23.140693", C),
    ]
    failures: list[str] = []

    def work() -> None:
        for _ in range(25):
            failures.extend(
                text
                for gold, text, status in cases
                if grade(answered(text), gold).status is not status
            )

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def grade_in_a_worker(written: str) -> str:
    return grade(answered(written), Number("5√3")).status.value


def test_graders_work_in_processes() -> None:
    with ProcessPoolExecutor(2) as pool:
        statuses = list(pool.map(grade_in_a_worker, ["sqrt(75)", "5", "9**9**9"]))
    assert statuses == ["correct", "wrong", "unread"]


MANY_VERDICTS = """
import resource
from evaluators import Choice, Expression, Integer, Number, grade

golds = [Integer(5), Number("5√3", "0.01"), Choice("B", ("30", "60", "120")), Expression("2x+1")]

def peak_after(start, count):
    for n in range(start, start + count):
        grade(f"<think>…</think><answer>{n}\\\\sqrt{{{n % 997}}} cm</answer>", golds[n % 4])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

settled = peak_after(0, 10_000)  # the caches fill, and are bounded
print(peak_after(10_000, 12_000) / settled)
"""


@pytest.mark.thorough
def test_memory_does_not_grow_with_verdicts() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MANY_VERDICTS], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 1.02  # a leak of 50 bytes a verdict
