"""What a set of answers comes to: hand-made records with known figures."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from evaluators import Choice, Integer, Program, Status, layout
from evaluators.program import read_program
from evaluators.statistics import average, difference, ratio, wilson
from evaluators.world import Thing
from reasonrft.record import Record
from reasonrft.report.figures import figures_of, items_of, majority_score
from reasonrft.report.gaps import Gap, find_gaps
from reasonrft.report.markdown import gap_row, to_markdown
from reasonrft.report.remarks import remarks_on
from reasonrft.report.summary import Report, confusion_of, make_report, to_text
from tests.hand_made import (
    FAILED,
    LENIENT,
    RIGHT,
    UNREAD,
    WRONG,
    drawn,
    record,
    records,
    state_of,
)


def say(answer: str) -> str:
    return layout("one by one", answer)


# A set of answers.


def test_every_share_has_its_denominator() -> None:
    made = records([RIGHT] * 4 + [WRONG] * 2 + [UNREAD, LENIENT, FAILED])
    made.append(record("one, two, three, fo", 9, finish="length"))
    figures = figures_of(made)
    assert (figures.n, figures.answers, figures.failed, figures.right) == (9, 9, 1, 4)
    assert (figures.accuracy.low, figures.accuracy.high) == pytest.approx(
        (wilson(4, 9).low, wilson(4, 9).high)
    )
    shares = {
        "accuracy": 4, "lenient": 5, "partial": 4, "paper": 5,
        "well_formed": 7, "unread": 3, "truncated": 1,
    }  # fmt: skip
    for name, count in shares.items():
        interval = getattr(figures, name)
        assert (interval.estimate, interval.n) == (pytest.approx(count / 9), 9), name
    assert (figures.pass_at, figures.majority, figures.detail) == ({}, None, {})


def test_means_leave_out_what_is_not_known() -> None:
    made = [
        record("abc", 0, tokens=10, prompt_tokens=None, blind=0.2),
        record("abcde", 1, tokens=None, prompt_tokens=None, blind=0.4),
        record(FAILED, 2, tokens=None, prompt_tokens=None, blind=0.9),
    ]
    figures = figures_of(made)
    assert (figures.tokens, figures.prompt_tokens, figures.characters) == (10, None, 4)
    assert figures.blind == pytest.approx(0.3)


def test_nothing_but_failures_is_no_accuracy() -> None:
    figures = figures_of(records([FAILED, FAILED]))
    assert (figures.n, figures.failed, figures.accuracy.n) == (0, 2, 0)
    assert math.isnan(figures.accuracy.estimate)
    assert math.isnan(figures_of([]).accuracy.estimate)


def test_a_question_counts_once_however_often_it_was_asked() -> None:
    # Of eight answers five are right, yet the questions' mean is (1 + 1/4) ÷ 2.
    made = drawn([RIGHT] * 4, [RIGHT, WRONG, WRONG, WRONG])
    assert figures_of(made).accuracy.estimate == pytest.approx(0.625)
    # A failed answer is not a wrong one: the question is judged by those that it has.
    failed = figures_of(drawn([RIGHT, FAILED, FAILED, FAILED], [RIGHT, WRONG, WRONG, WRONG]))
    assert failed.accuracy.estimate == pytest.approx(0.625)
    assert (failed.n, failed.answers, failed.failed, failed.right) == (2, 5, 3, 2)


def test_the_same_row_of_another_split_or_family_is_another_question() -> None:
    made = [record(), record(split="ood-many"), record(family="geometry"), record(draw=1)]
    assert len(items_of(made)) == 3


def test_questions_of_one_picture_widen_the_interval() -> None:
    outputs = [RIGHT if picture % 3 else WRONG for picture in range(80) for _ in range(4)]
    alone = figures_of(records(outputs)).accuracy
    shared = figures_of(
        [record(output, row, pictures=str(row // 4)) for row, output in enumerate(outputs)]
    ).accuracy
    assert shared.estimate == alone.estimate
    assert shared.n == alone.n == 320
    assert shared.high - shared.low == pytest.approx(2 * (alone.high - alone.low), rel=0.03)


# Several answers to each question.


def test_pass_at_k() -> None:
    made = drawn([WRONG] * 4, [WRONG, RIGHT, WRONG, WRONG], [RIGHT] * 4)
    found = {k: one.estimate for k, one in figures_of(made).pass_at.items()}
    assert found == pytest.approx({"1": 5 / 12, "2": (0 + 1 / 2 + 1) / 3, "4": 2 / 3})
    three = figures_of(drawn([WRONG, UNREAD, RIGHT], [RIGHT] * 3)).pass_at
    assert {k: one.estimate for k, one in three.items()} == pytest.approx(
        {"1": 2 / 3, "2": (2 / 3 + 1) / 2, "3": 1}
    )


def test_pass_at_k_is_of_the_questions_that_have_k_answers() -> None:
    made = drawn(
        [WRONG, RIGHT, WRONG, WRONG],
        [RIGHT, FAILED, FAILED, FAILED],
        [WRONG, FAILED, RIGHT, RIGHT],
    )
    found = figures_of(made).pass_at
    assert {k: one.n for k, one in found.items()} == {"1": 3, "2": 2, "4": 1}
    assert [one.estimate for one in found.values()] == pytest.approx(
        [(1 / 4 + 1 + 2 / 3) / 3, (1 / 2 + 1) / 2, 1]
    )


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        (["5", "5", "4"], 1),
        (["5", "4", "4"], 0),
        (["5", "5", "4", "4"], 1 / 2),
        (["5", "4", "3"], 1 / 3),
        (["5", "4", "3", "4", "5"], 1 / 2),
        (["5", "5.0", "five", "4", "4"], 1),  # right answers are one vote
        (["3", "4", "5", "5"], 1),  # and wrong ones are not
        (["4", " 4 ", "5"], 0),
        (["5", "4 or 3", "2 or 1", "2 or 1"], 1),  # what cannot be read does not vote
        (["4 or 3", "2 or 1"], 0),
    ],
    ids=str,
)
def test_the_majority(answers: Sequence[str], score: float) -> None:
    made = drawn([say(answer) for answer in answers])
    assert majority_score(items_of(made)[0]) == pytest.approx(score)
    interval = figures_of(made).majority
    assert interval is not None
    assert interval.estimate == pytest.approx(score)


# Partial credit.

SCENE = tuple(
    Thing("small", "gray", "metal", "cube", place) for place in ((-15, -15), (15, 15), (0, 0))
)


def edits(*texts: str) -> Program:
    program = read_program("\n".join(texts))
    assert program is not None
    return Program(program, SCENE)


def test_partial_credit_and_distances_of_programs() -> None:
    gold = edits("change_color(0, 'red')", "change_size(1, 'large')")
    none = "change_shape(2, 'sphere')\nchange_material(2, 'rubber')\nchange_color(1, 'blue')"
    made = [
        record(say(gold.text()), 0, gold),
        record(say("change_color(0, 'red')"), 1, gold),
        record(say(none), 2, gold),
        record(UNREAD, 3, gold),
    ]
    assert [one.judged.status for one in made if one.judged] == [
        Status.CORRECT, Status.PARTIAL, Status.PARTIAL, Status.UNREAD,
    ]  # fmt: skip
    figures = figures_of(made)
    assert figures.accuracy.estimate == 0.25
    # A quarter of a point for the right function alone, of three edits.
    assert figures.partial.estimate == pytest.approx((1 + 0.5 + 0.25 / 3 + 0) / 4)
    # Distances are no shares: their mean may pass 1. What could not be read has none.
    assert (figures.detail["ad"].estimate, figures.detail["ad"].n) == (2, 3)
    assert figures.detail["and"].estimate == pytest.approx(1)
    assert figures.detail["lacc"].estimate == pytest.approx(1 / 3)
    assert figures.detail["paper_penalty"].estimate == pytest.approx((1 + 0.5 - 0.5 / 3) / 3)
    assert figures.detail["ad"].low < figures.detail["ad"].estimate < figures.detail["ad"].high


# Which counts are taken for which.


def test_confusion_counts_answers() -> None:
    made = [
        *records([RIGHT, say("five"), WRONG, say("04"), UNREAD, FAILED, say("-3"), say("1000")]),
        record(say("2"), 8, Integer(2)),
        record(WRONG, 0, draw=1),
    ]
    assert confusion_of(made) == {"2": {"2": 1}, "5": {"5": 2, "4": 3, "unread": 1, "other": 2}}
    assert list(confusion_of(made)) == ["2", "5"]


def test_confusion_is_of_counts_that_fit_a_table() -> None:
    choices = [record(say("A"), 0, Choice("A", ("one", "two")))]
    assert confusion_of(choices) == {}
    many = [record(say("1"), row, Integer(row)) for row in range(41)]
    assert confusion_of(many) == {}
    assert len(confusion_of(many[:40])) == 40


# Gaps.


def gap_of(
    test: Sequence[Record], shifted: Sequence[Record], paired_with: str | None = None
) -> Gap:
    gaps = find_gaps({"test": test, "ood-x": shifted}, {"ood-x": paired_with})
    return gaps["ood-x"]


def test_a_fresh_gap_is_in_domain_minus_shifted() -> None:
    test, shifted = [RIGHT] * 45 + [WRONG] * 15, [RIGHT] * 20 + [WRONG] * 20
    gap = gap_of(records(test), records(shifted, split="ood-x"))
    inside, outside = wilson(45, 60), wilson(20, 40)
    for ours, theirs in (
        (gap.gap, difference(inside, outside)),
        (gap.retention, ratio(outside, inside)),
    ):
        assert (ours.estimate, ours.low, ours.high) == pytest.approx(
            (theirs.estimate, theirs.low, theirs.high)
        )
    assert gap.gap.estimate == pytest.approx(0.25)
    assert gap.retention.estimate == pytest.approx(2 / 3)
    assert (gap.in_domain.n, gap.shifted.n, gap.tasks, gap.paired) == (60, 40, ("count",), None)


def test_a_gap_is_of_the_tasks_that_both_sides_have() -> None:
    # Adding is hard wherever it is asked, and chains are asked in the shift only.
    test = [
        *records([RIGHT] * 8 + [WRONG] * 2),
        *(record(WRONG, row, task="add") for row in range(10, 40)),
    ]
    shifted = [
        *records([RIGHT] * 6 + [WRONG] * 4, split="ood-x"),
        *(record(RIGHT, row, split="ood-x", task="chain") for row in range(10, 40)),
        record(FAILED, 40, split="ood-x", task="add"),  # no answer: nothing to compare
    ]
    gap = gap_of(test, shifted)
    assert gap.tasks == ("count",)
    assert (gap.in_domain.estimate, gap.in_domain.n) == (0.8, 10)
    assert (gap.shifted.estimate, gap.shifted.n) == (0.6, 10)
    assert gap.gap.estimate == pytest.approx(0.2)


def test_there_is_no_gap_where_there_is_nothing_to_compare() -> None:
    test, shifted = records([RIGHT] * 3), records([RIGHT] * 3, split="ood-x")
    other = records([RIGHT] * 3, split="ood-y", task="add")
    failed = records([FAILED] * 3, split="ood-z")
    splits = {"test": test, "val": records([WRONG], split="val"), "ood-x": shifted}
    assert list(find_gaps(splits | {"ood-y": other, "ood-z": failed}, {})) == ["ood-x"]
    assert find_gaps({"ood-x": shifted}, {}) == {}
    assert find_gaps({"test": records([FAILED]), "ood-x": shifted}, {}) == {}


def test_a_paired_gap_is_of_the_same_problems() -> None:
    # Rows are no pairs: the shift lacks the first four problems, and has others that test lacks.
    inside = [WRONG] * 4 + [RIGHT] * 5 + [WRONG] + [RIGHT] * 4 + [WRONG] * 2
    outside = [WRONG] * 5 + [RIGHT] + [RIGHT] * 4 + [WRONG] * 2 + [RIGHT] * 8
    shifted = [
        record(output, row, split="ood-x", index=row + 4) for row, output in enumerate(outside)
    ]
    gap = gap_of(records(inside), shifted, "test")
    assert gap.paired is not None
    assert (gap.paired.n, gap.paired.only_in_domain, gap.paired.only_shifted) == (12, 5, 1)
    assert gap.paired.p_value == pytest.approx(2 * (1 + 6) / 2**6)
    assert (gap.in_domain.estimate, gap.in_domain.n) == (9 / 12, 12)
    assert (gap.shifted.estimate, gap.shifted.n) == (5 / 12, 12)
    assert gap.gap.estimate == pytest.approx(4 / 12)
    assert gap.retention.estimate == pytest.approx(5 / 9)


def test_the_same_index_of_another_task_is_another_problem() -> None:
    test = [record(RIGHT, 0, index=0), record(WRONG, 1, index=0, task="add")]
    shifted = [
        record(WRONG, 0, index=0, split="ood-x", task="add"),
        record(RIGHT, 1, index=0, split="ood-x"),
    ]
    gap = gap_of(test, shifted, "test")
    assert gap.paired is not None
    assert (gap.paired.n, gap.paired.only_in_domain, gap.paired.only_shifted) == (2, 0, 0)
    assert gap.tasks == ("add", "count")


def test_a_problem_without_an_answer_on_one_side_is_no_pair() -> None:
    gap = gap_of(
        records([RIGHT, FAILED, RIGHT, WRONG]),
        records([RIGHT, WRONG, FAILED, RIGHT], split="ood-x"),
        "test",
    )
    assert gap.paired is not None
    assert (gap.paired.n, gap.paired.only_in_domain, gap.paired.only_shifted) == (2, 0, 1)
    assert gap.gap.estimate == -0.5


def test_pairing_narrows_the_gap() -> None:
    # 150 problems that are right or wrong on both sides, 10 that the shift alone makes wrong.
    inside = [RIGHT] * 80 + [WRONG] * 70 + [RIGHT] * 10
    outside = [RIGHT] * 80 + [WRONG] * 80
    test, shifted = records(inside), records(outside, split="ood-x")
    paired, fresh = gap_of(test, shifted, "test"), gap_of(test, shifted)
    assert paired.gap.estimate == pytest.approx(fresh.gap.estimate)
    assert 0 < paired.gap.low < paired.gap.high < fresh.gap.high
    assert fresh.gap.low < 0
    assert paired.retention.high < 1 < fresh.retention.high


def test_problems_of_one_picture_are_no_pairs_of_their_own() -> None:
    test = [record(RIGHT, row, pictures="one") for row in range(10)]
    shifted = records([WRONG] * 10, split="ood-x")
    gap = gap_of([*test, record(WRONG, 10)], [*shifted, record(WRONG, 10, split="ood-x")], "test")
    assert gap.paired is not None
    assert (gap.paired.only_in_domain, gap.paired.p_value) == (10, 1)


def test_paired_problems_with_several_answers_have_no_p_value() -> None:
    test = drawn([RIGHT, WRONG], [RIGHT, RIGHT], [WRONG, WRONG])
    shifted = drawn([WRONG, WRONG], [RIGHT, WRONG], [WRONG, RIGHT], split="ood-x")
    gap = gap_of(test, shifted, "test")
    assert gap.paired is not None
    assert (gap.paired.n, gap.paired.only_in_domain, gap.paired.only_shifted) == (3, 2, 1)
    assert gap.paired.p_value is None
    assert gap.gap.estimate == pytest.approx(0.5 - 1 / 3)


def test_a_paired_split_without_common_problems_is_compared_as_fresh() -> None:
    shifted = [record(WRONG, row, split="ood-x", index=row + 100) for row in range(4)]
    gap = gap_of(records([RIGHT] * 4), shifted, "test")
    assert gap.paired is None
    assert gap.gap.estimate == 1


@pytest.mark.parametrize("paired_with", ["test", None])
def test_nothing_is_retained_of_nothing(paired_with: str | None) -> None:
    gap = gap_of(records([WRONG] * 5), records([RIGHT] + [WRONG] * 4, split="ood-x"), paired_with)
    assert gap.gap.estimate == pytest.approx(-0.2)
    assert math.isnan(gap.retention.estimate)
    assert gap_row(gap)[-2] == "–"
    lost = gap_of(records([RIGHT] * 5), records([WRONG] * 5, split="ood-x"), paired_with)
    assert (lost.retention.estimate, lost.retention.low) == (0, 0)
    assert 0 < lost.retention.high < 1


# The report.


def report_on(made: Sequence[Record], paired_with: dict[str, str] | None = None) -> Report:
    return make_report(state_of(made, paired_with), made, "made by hand")


def of(split: str, right: int, wrong: int, family: str = "counting") -> list[Record]:
    return records([RIGHT] * right + [WRONG] * wrong, split=split, family=family)


def test_averages_are_plain_means() -> None:
    # A shift of few questions counts as much as one of many, and a family of one shift as one of two.
    report = report_on(
        [
            *of("test", 8, 2), *of("val", 0, 9), *of("ood-x", 10, 0), *of("ood-y", 40, 60),
            *of("test", 3, 7, "geometry"), *of("ood-x", 1, 9, "geometry"),
        ]
    )  # fmt: skip
    counting, geometry = report.families["counting"], report.families["geometry"]
    assert counting.out_of_domain is not None
    assert geometry.out_of_domain is not None
    assert report.in_domain is not None
    assert report.out_of_domain is not None
    assert counting.in_domain is not None
    assert counting.in_domain.estimate == pytest.approx(0.8)
    assert counting.out_of_domain.estimate == pytest.approx((1 + 0.4) / 2)
    assert geometry.out_of_domain.estimate == pytest.approx(0.1)
    assert report.in_domain.estimate == pytest.approx((0.8 + 0.3) / 2)
    assert report.out_of_domain.estimate == pytest.approx((0.7 + 0.1) / 2)
    expected = average([wilson(10, 10), wilson(40, 100)])
    assert (counting.out_of_domain.low, counting.out_of_domain.high) == pytest.approx(
        (expected.low, expected.high)
    )
    assert (counting.out_of_domain.n, report.out_of_domain.n) == (110, 120)


def test_shifts_that_show_the_same_problems_are_not_independent() -> None:
    made = [*of("test", 50, 50), *of("ood-x", 40, 60), *of("ood-y", 40, 60)]
    free = report_on(made).out_of_domain
    one = report_on(made, {"ood-x": "test"}).out_of_domain
    both = report_on(made, {"ood-x": "test", "ood-y": "test"}).out_of_domain
    alone = wilson(40, 100)
    assert free is not None
    assert both is not None
    assert free == one
    assert (both.low, both.high) == pytest.approx((alone.low, alone.high))
    assert both.high - both.low == pytest.approx(2**0.5 * (free.high - free.low))


def test_an_average_with_a_split_that_failed_is_none() -> None:
    made = [*of("test", 5, 5), *of("ood-x", 5, 5), *records([FAILED] * 5, split="ood-y")]
    report = report_on(made)
    told = json.loads(to_text(report))
    assert told["families"]["counting"]["out_of_domain"]["estimate"] is None
    assert told["families"]["counting"]["in_domain"]["estimate"] == 0.5
    assert (report.answers, report.failed) == (20, 5)
    assert "nan" not in to_markdown(report)


def test_a_run_without_shifts_has_no_average_of_them() -> None:
    report = report_on(of("test", 5, 5))
    assert report.out_of_domain is None
    assert report.families["counting"].gaps == {}
    assert report_on(of("ood-x", 5, 5)).in_domain is None


def test_parts_are_broken_down() -> None:
    made = [
        record(RIGHT, 0, kind="easy", depth=1),
        record(WRONG, 1, kind="hard", depth=10),
        record(WRONG, 2, kind="easy", depth=2, task="add"),
    ]
    split = report_on(made).families["counting"].splits["test"]
    assert {k: (one.n, one.right) for k, one in split.kinds.items()} == {"easy": (2, 1), "hard": (1, 0)}  # fmt: skip
    assert list(split.depths) == ["1", "2", "10"]
    assert {k: one.right for k, one in split.tasks.items()} == {"add": 0, "count": 1}


def test_the_remark_on_failures_tells_what_they_might_change() -> None:
    # Of eight answers four are right, one is wrong, three failed: from 4 ÷ 8 to 7 ÷ 8, whatever the mean.
    made = drawn([RIGHT] * 4, [WRONG, FAILED, FAILED, FAILED])
    said = remarks_on({"counting": {"test": figures_of(made)}})
    assert "counting/test (3 of 8: 50.0% or 87.5%)" in said[0]
    nothing = remarks_on({"counting": {"test": figures_of(records([FAILED] * 4))}})
    assert "counting/test (4 of 4: 0.0% or 100.0%)" in nothing[0]
    assert len(nothing) == 1


def test_remarks_are_due_from_their_thresholds_on() -> None:
    def said(made: Sequence[Record]) -> str:
        return "\n".join(remarks_on({"counting": {"test": figures_of(made)}}))

    plain = records([RIGHT] * 90 + [WRONG] * 10)
    assert said(plain) == ""
    assert "n = 99" in said(plain[:99])
    cut = [replace(one, finish="length") if one.row < 2 else one for one in plain]
    assert "cut off" in said(cut)
    assert "cut off" not in said([*cut[1:], *records([RIGHT] * 10, split="val")])
    lenient = records([RIGHT] * 90 + [LENIENT] * 6 + [WRONG] * 4)
    assert "not where they were asked for: counting/test (90.0% strict, 96.0% lenient)" in said(
        lenient
    )
    # Wilson's interval of 90 of 100 begins at 82.6 %.
    assert "Not surely above" in said([replace(one, blind=0.83) for one in plain])
    assert said([replace(one, blind=0.82) for one in plain]) == ""
