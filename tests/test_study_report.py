"""What a study comes to: known numbers from marks written by hand, and the three forms of its report."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from builders.files import ExpectedError
from evaluators.statistics import Interval, difference, mean, paired_bootstrap, repeated
from leaderboards.study.added import added
from leaderboards.study.answer_text import answers_to, chances, sentences
from leaderboards.study.answers import (
    ALL,
    GAP,
    Comparison,
    Question,
    Verdict,
    comparisons,
    reached,
    shares_of,
    verdict_of,
)
from leaderboards.study.beside_paper import Direction, beside_paper, direction_of
from leaderboards.study.dynamics import dynamics
from leaderboards.study.figures import Cost, Seeds, accuracies, losses, on_shared_seeds, together
from leaderboards.study.finished import OUTSIDE, Finished, Mark, check_alike, read_finished
from leaderboards.study.report import StudyReport, make_study_report
from leaderboards.study.spent_text import matched
from leaderboards.study.text import remarks_of, sections_of
from leaderboards.study.write import Written, markdown_of, page_of, write_study
from reasonrft.config import Recipe
from reasonrft.report.figures import RESAMPLES
from reasonrft.report.gaps import IN_DOMAIN
from reasonrft.report.stages import Moments, StageReport, row_interval
from reasonrft.study.cells import WHOLE, Cell, Study
from reasonrft.study.definition import StudyConfig
from tests.reading_back import raw_data
from tests.report_data import HOSTILE, Scripted, make_run, right
from tests.study_data import make_config, make_study, skilled
from tests.test_report import Tags

Right = Mapping[str, Sequence[int]]  # by split, 1 for a right answer
COT, RFT, ZERO = Recipe.COT_SFT, Recipe.REASON_RFT, Recipe.ZERO_SHOT


def finished(
    recipe: Recipe, right: Right, seed: int = 0, share: float = WHOLE, family: str = "counting"
) -> Finished:
    """A cell whose answers are known, each to a picture of its own."""
    shares = () if share == WHOLE else (share,)
    study = Study(make_config((seed,), (family,), (recipe,), shares), Path("nowhere"))
    (cell,) = (cell for cell in study.cells if cell.share == share)
    marks = {
        split: {
            row: Mark("dots", f"{split}/{row}", float(is_right), float(is_right), 0.25)
            for row, is_right in enumerate(answers)
        }
        for split, answers in right.items()
    }
    accuracy = {
        split: Interval(sum(answers) / len(answers), 0.0, 1.0, len(answers))
        for split, answers in right.items()
    }
    digests = dict.fromkeys(right, "same")
    graders = frozenset({1})
    return Finished(cell, 100, marks, {}, dict.fromkeys(right), digests, graders, accuracy, {}, (), {}, 0, None, 0.0)  # fmt: skip


def only(found: Sequence[Comparison], **wanted: Any) -> Comparison:
    (one,) = (
        one for one in found if all(getattr(one, name) == value for name, value in wanted.items())
    )
    return one


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0.01, 0.2, Verdict.BETTER), (-0.2, -0.01, Verdict.WORSE), (-0.01, 0.2, Verdict.OPEN),
        (0.0, 0.2, Verdict.OPEN), (-0.2, 0.0, Verdict.OPEN),
    ],
)  # fmt: skip
def test_a_verdict_follows_from_the_interval(low: float, high: float, told: Verdict) -> None:
    interval = Interval((low + high) / 2, low, high, 10)
    assert verdict_of(interval) is told
    turned = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}.get(told, told)
    assert verdict_of(interval, less_is_better=True) is turned
    assert verdict_of(replace(interval, n=0)) is Verdict.OPEN


def test_differences_are_of_the_same_questions_of_the_same_seed() -> None:
    ours = {0: [1] * 16 + [0] * 4, 1: [1] * 15 + [0] * 5}
    theirs = {0: [1] * 8 + [0] * 12, 1: [0] * 4 + [1] * 8 + [0] * 8}
    cells = [finished(RFT, {"test": right}, seed) for seed, right in ours.items()]
    cells += [finished(COT, {"test": right}, seed) for seed, right in theirs.items()]
    found = only(comparisons(cells), question=Question.BETTER)
    each = {
        seed: paired_bootstrap(ours[seed], theirs[seed], resamples=RESAMPLES) for seed in (0, 1)
    }
    assert found.difference.each == each
    assert [one.estimate for one in each.values()] == [0.4, 0.35]
    assert found.difference.all == repeated(list(each.values()))
    assert found.difference.all.estimate == pytest.approx(0.375)
    assert (found.other, found.verdict) == (COT, Verdict.BETTER)


def test_only_seeds_and_questions_that_both_have_count() -> None:
    ours, alone = finished(RFT, {"test": [1] * 10}), finished(RFT, {"test": [0] * 10}, seed=1)
    theirs = finished(COT, {"test": [0] * 10})
    marks = {"test": {row: mark for row, mark in theirs.marks["test"].items() if row % 2}}
    found = only(comparisons([ours, alone, replace(theirs, marks=marks)]), question=Question.BETTER)
    assert list(found.difference.each) == [0]
    assert (found.difference.all.n, found.difference.all.estimate) == (5, 1.0)


def test_what_grpo_adds_is_counted_on_the_same_questions_seed_by_seed() -> None:
    after = {0: [1] * 12 + [0] * 8, 1: [1] * 10 + [0] * 10}
    before = {0: [1] * 8 + [0] * 12, 1: [0] * 2 + [1] * 9 + [0] * 9}
    cells = [finished(COT, {"test": [1, 0]})]  # of one stage
    for seed, answers in after.items():
        asked_before = finished(RFT, {"test": before[seed]}, seed).marks
        cells.append(replace(finished(RFT, {"test": answers}, seed), before=asked_before))
    part = finished(RFT, {"test": [1] * 20}, share=0.5)
    (found,) = added([*cells, replace(part, before=cells[1].before)])
    assert (found.recipe, found.measure) == (RFT, IN_DOMAIN)
    assert found.difference.each == {
        seed: paired_bootstrap(after[seed], before[seed], resamples=RESAMPLES) for seed in (0, 1)
    }
    assert [one.estimate for one in found.difference.each.values()] == [0.2, -0.05 + 0.1]
    assert added([finished(RFT, {"test": [1, 0]})]) == []


def test_what_grpo_adds_is_read_from_the_evaluation_between(tmp_path: Path) -> None:
    config = make_config((0,), recipes=(RFT,), between=True)
    study = make_study(
        tmp_path / "study", config, sizes=("test=20", "ood=8"), write=lambda *_: right
    )
    (cell,) = study.cells
    data = study.folder / "data" / "counting"
    model = Scripted(skilled(0.5, cell), "before")
    make_run(study.experiment(cell).evaluations["sft"][1], [data], model)
    known = {one.measure: one.difference.all for one in make_study_report(study).added}
    (one,) = read_finished(study)
    for measure, splits in ((IN_DOMAIN, ["test"]), (OUTSIDE, [*one.gaps])):
        missed = [
            mean([1 - mark.correct for mark in one.before[split].values()]) for split in splits
        ]
        assert 0 < mean(missed) < 1
        assert known[measure].estimate == pytest.approx(mean(missed))
    assert "## What GRPO adds" in write_study(study).page.with_name("study.md").read_text()


def test_what_cannot_be_compared_is_refused() -> None:
    one, other = finished(RFT, {"test": [1]}), finished(COT, {"test": [0]})
    check_alike([one, other, replace(finished(COT, {"test": [0]}, seed=1), digests={"test": "b"})])
    with pytest.raises(ExpectedError, match="were asked other questions of test"):
        check_alike([one, replace(other, digests={"test": "another"})])
    with pytest.raises(ExpectedError, match="graded by versions 1 and 2"):
        check_alike([one, replace(other, graders=frozenset({2}))])


def test_out_of_domain_is_the_plain_mean_of_the_shifts() -> None:
    right = {"test": [1] * 10, "ood-a": [1] * 30, "ood-b": [0] * 10}
    wrong = {split: [0] * len(answers) for split, answers in right.items()}
    found = comparisons([finished(RFT, right), finished(COT, wrong)])
    assert only(found, measure=OUTSIDE).difference.all.estimate == 0.5  # not 30 of 40


def test_families_count_alike() -> None:
    cells = []
    for family, answers in (("counting", [1] * 40), ("geometry", [1] * 5 + [0] * 5)):
        cells.append(finished(RFT, {"test": answers}, family=family))
        cells.append(finished(COT, {"test": [0] * len(answers)}, family=family))
    found = comparisons(cells)
    assert only(found, family=ALL).difference.all.estimate == pytest.approx(0.75)
    assert only(found, family=ALL).difference.all.n == 50
    assert answers_to(found) == [
        "In domain, all families together: better than CoT-SFT (one seed). "
        "Of one seed the interval is of its questions alone."
    ]


# One seed, and several.


def of_seeds(count: int, right: Right, wrong: Right, share: float = WHOLE) -> list[Finished]:
    return [
        finished(recipe, answers, seed, share)
        for recipe, answers in ((RFT, right), (COT, wrong))
        for seed in range(count)
    ]


def test_an_answer_of_one_seed_says_so() -> None:
    right, wrong = {"test": [1] * 20}, {"test": [0] * 20}
    found = comparisons([*of_seeds(3, right, wrong), *of_seeds(1, right, wrong, 0.5)])
    whole, part = (
        [one for one in found if one.question is question]
        for question in (Question.BETTER, Question.EFFICIENT)
    )
    assert ([one.seeds for one in whole], [one.seeds for one in part]) == ([3], [1])
    assert answers_to(whole) == ["In domain, counting: better than CoT-SFT."]
    assert answers_to(part) == [
        "In domain, mean of the shares, counting: better than CoT-SFT (one seed). "
        "Of one seed the interval is of its questions alone."
    ]
    assert "points: better" in sentences(whole)[0]
    assert "points, one seed: better" in sentences(part)[0]


def test_families_together_have_the_seeds_of_the_one_that_has_fewest() -> None:
    cells = of_seeds(3, {"test": [1] * 9}, {"test": [0] * 9})
    cells += [finished(one, {"test": [1] * 9}, family="geometry") for one in (RFT, COT)]
    assert only(comparisons(cells), family=ALL).seeds == 1


def test_chance_is_counted_of_several_seeds_alone() -> None:
    right, wrong = {"test": [1] * 20}, {"test": [0] * 20}
    found = only(comparisons(of_seeds(3, right, wrong)))
    several, single = [found] * 40, [replace(found, seeds=1)] * 24
    (told,) = (one.text for one in chances(several))
    assert told.startswith("40 differences of several seeds")
    assert "about 2 of 40" in told
    both = [one.text for one in chances([*several, *single])]
    assert both[0] == told
    assert both[1].startswith(
        "24 differences are of one seed, and their intervals of its questions"
    )
    assert [one.text for one in chances(single)] == both[1:]


def test_it_generalizes_better_only_by_both_measures() -> None:
    """A model that knows nothing loses nothing: its gap alone is no answer."""
    cells = of_seeds(2, {"test": [1], "ood-a": [1]}, {"test": [0], "ood-a": [0]})
    one = only(comparisons(cells), measure=OUTSIDE)
    for outside, gap, told in (
        (Verdict.BETTER, Verdict.BETTER, "better than CoT-SFT"),
        (Verdict.WORSE, Verdict.WORSE, "worse than CoT-SFT"),
        (Verdict.BETTER, Verdict.WORSE, "no clear answer beside CoT-SFT (out of domain better, gap worse)"),
        (Verdict.OPEN, Verdict.BETTER, "no clear answer beside CoT-SFT (out of domain not told apart, gap better)"),
        (Verdict.OPEN, Verdict.OPEN, "no clear answer beside CoT-SFT (out of domain not told apart, gap not told apart)"),
    ):  # fmt: skip
        asked = [replace(one, verdict=outside), replace(one, measure=GAP, verdict=gap)]
        first, *others = answers_to(asked)
        assert first == f"By both measures, counting: {told}."
        assert len(others) == 2
    assert len(answers_to([one])) == 1  # there is no gap


def test_a_curve_has_the_same_seeds_at_all_its_points() -> None:
    """With everything the seeds that no share has are left out, and what they come to with them."""
    cells = [finished(COT, {"test": [1] * 2 + [0] * 8}, 0, 0.1)]
    cells += [finished(COT, {"test": [1] * n + [0] * (10 - n)}, seed) for seed, n in ((0, 4), (1, 9))]  # fmt: skip
    found = on_shared_seeds(accuracies(cells))
    assert {one.share: list(one.accuracy.each) for one in found} == {0.1: [0], WHOLE: [0]}
    assert {one.share: one.accuracy.all.estimate for one in found} == {0.1: 0.2, WHOLE: 0.4}
    assert {one.accuracy.all.n for one in found} == {10}
    assert on_shared_seeds(accuracies(cells[1:])) == []  # no share, no curve
    other = finished(COT, {"test": [1] * 10}, 1, 0.5)
    assert on_shared_seeds(accuracies([*cells, other])) == []  # nor one of other seeds


def test_the_least_share_is_looked_for_among_the_same_seeds() -> None:
    """With everything seed 0 falls short of the other recipe, and seed 1, which has no share, is far above."""
    cells = [finished(RFT, {"test": [1] * n + [0] * (10 - n)}, 0, share) for share, n in ((0.1, 1), (WHOLE, 4))]  # fmt: skip
    cells += [finished(RFT, {"test": [1] * 10}, 1), finished(COT, {"test": [0] * 10}, 1)]
    cells += [finished(COT, {"test": [1] * 5 + [0] * 5}, 0)]
    (found,) = reached(cells)
    assert (found.share, found.difference) == (None, None)


def test_of_data_efficiency_only_shares_that_all_have_count() -> None:
    marks = {(RFT, 0.1): [1, 1, 1, 0], (RFT, 0.5): [1, 1, 1, 1], (RFT, 0.2): [0] * 4,
             (COT, 0.1): [1, 0, 0, 0], (COT, 0.5): [1, 1, 0, 0]}  # fmt: skip
    cells = [finished(recipe, {"test": right}, 0, share) for (recipe, share), right in marks.items()]  # fmt: skip
    assert shares_of(cells) == (0.1, 0.5)
    found = only(comparisons(cells), question=Question.EFFICIENT)
    assert found.shares == (0.1, 0.5)
    # Question by question: 1, 1, 1, ½ against 1, ½, 0, 0.
    assert found.difference.all == paired_bootstrap(
        [1, 1, 1, 0.5], [1, 0.5, 0, 0], resamples=RESAMPLES
    )


def test_the_least_share_that_reaches_the_other_whole() -> None:
    right = {0.1: [1] * 3 + [0] * 7, 0.5: [1] * 6 + [0] * 4, WHOLE: [1] * 9 + [0]}
    cells = [finished(RFT, {"test": some}, 0, share) for share, some in right.items()]
    for count, share in ((3, 0.1), (4, 0.5), (7, WHOLE), (10, None)):
        whole = finished(COT, {"test": [1] * count + [0] * (10 - count)})
        found = next(one for one in reached([*cells, whole]) if one.measure == "test")
        assert (found.share, found.other) == (share, COT)
        assert {one.measure for one in reached([*cells, whole])} == {"test"}  # there is no shift


def test_a_smaller_gap_is_better(tmp_path: Path) -> None:
    """Reason-RFT loses nothing out of domain, the other all; both by answers that were graded."""

    def skill(cell: Cell) -> float:
        return 3.0 if cell.recipe is RFT else 1.0  # times 0.7 on shifts: more than 1, and less

    study = make_study(tmp_path / "study", make_config((0, 1), recipes=(COT, RFT)), skill)
    cells = read_finished(study)
    gaps = {(one.recipe, one.shift): one for one in losses(cells)}
    assert gaps[RFT, OUTSIDE].gap.all.estimate == 0
    lost = gaps[COT, OUTSIDE].gap.all.estimate
    assert lost > 0.05
    found = only(comparisons(cells), measure=GAP, family="counting")
    assert found.difference.all.estimate == pytest.approx(-lost)
    assert found.verdict is (Verdict.BETTER if found.difference.all.high < 0 else Verdict.OPEN)
    told = sentences([replace(found, verdict=Verdict.BETTER)])
    assert told[0].endswith("points: smaller, better.")


def test_shares_stay_between_nothing_and_everything() -> None:
    wide = {0: Interval(0.0, 0.0, 0.1, 20), 1: Interval(0.9, 0.8, 1.0, 20)}
    found = together(wide, (0.0, 1.0)).all
    assert (found.low, found.high, found.estimate) == (0.0, 1.0, 0.45)


def test_accuracies_have_their_seeds_and_the_blind_baseline() -> None:
    cells = [finished(COT, {"test": [1] * n + [0] * (10 - n)}, seed) for seed, n in ((0, 2), (1, 4))]  # fmt: skip
    (found,) = accuracies(cells)
    assert found.accuracy.all.estimate == pytest.approx(0.3)
    assert (found.blind, found.split) == (0.25, "test")
    assert {seed: one.estimate for seed, one in found.accuracy.each.items()} == {0: 0.2, 1: 0.4}


# Beside the paper.


@pytest.mark.parametrize(
    ("verdict", "printed", "told"),
    [
        (Verdict.BETTER, (1, 2), Direction.SAME), (Verdict.WORSE, (-1, -2), Direction.SAME),
        (Verdict.BETTER, (-1, -2), Direction.OPPOSITE), (Verdict.WORSE, (1, 2), Direction.OPPOSITE),
        (Verdict.OPEN, (1, 2), Direction.OPEN), (Verdict.BETTER, (1, -2), Direction.MIXED),
        (Verdict.WORSE, (0, -2), Direction.MIXED), (Verdict.WORSE, (0, 1e-15), Direction.MIXED),
    ],
)  # fmt: skip
def test_directions(verdict: Verdict, printed: tuple[float, float], told: Direction) -> None:
    sure = {"2B": True, "7B": False}
    assert direction_of(verdict, {"2B": printed[0], "7B": printed[1]}, sure) is told


@pytest.mark.parametrize("verdict", Verdict)
def test_what_the_paper_cannot_tell_apart_has_no_direction(verdict: Verdict) -> None:
    printed = {"2B": 0.9, "7B": 3.7}
    for unsure in (False, None):
        found = direction_of(verdict, printed, {"2B": unsure, "7B": unsure})
        assert found is Direction.UNSURE
    assert direction_of(verdict, printed, {"2B": None, "7B": True}) is not Direction.UNSURE


def test_the_papers_differences_are_those_of_its_table() -> None:
    right = {"test": [1] * 40, "ood-a": [0] * 40}
    cells = [finished(RFT, right), finished(COT, {"test": [0] * 40, "ood-a": [1] * 40})]
    inside, outside = beside_paper(cells)
    # v3: 96.80 and 85.50, 95.60 and 87.30; out of domain (60.00 + 28.40) / 2 and (49.73 + 36.80) / 2.
    assert inside.printed == pytest.approx({"Qwen2-VL-2B": 11.3, "Qwen2-VL-7B": 8.3})
    assert outside.printed["Qwen2-VL-2B"] == pytest.approx(0.935)
    assert inside.sure == {"Qwen2-VL-2B": True, "Qwen2-VL-7B": True}
    assert outside.sure["Qwen2-VL-2B"] is False
    assert (inside.direction, outside.direction) == (Direction.SAME, Direction.OPPOSITE)


def test_of_transformation_no_interval_of_the_papers_is_known() -> None:
    cells = [finished(one, {"test": [1] * 9}, family="transformation") for one in (RFT, COT)]
    (found,) = beside_paper(cells)
    assert found.sure == {"Qwen2-VL-2B": None, "Qwen2-VL-7B": None}
    assert found.direction is Direction.MIXED  # +10.24 and −1.34


# How GRPO goes, and what it cost.


def stage_of(curves: Mapping[str, Sequence[float]]) -> StageReport:
    moments = {}
    for key, values in curves.items():
        size = len(values) // 6
        start, end = row_interval(values[:size]), row_interval(values[-size:])
        change = Interval(end.estimate - start.estimate, end.low - start.high, end.high - start.low, size)  # fmt: skip
        moments[key] = Moments(start, start, end, change)
    steps = [5.0 * (at + 1) for at in range(len(curves["correct"]))]
    return StageReport(True, 60, 12, 1.0, 1.0, 1, 1, {"step": steps, **curves}, moments, {}, (), {})


def test_format_comes_first_and_accuracy_follows() -> None:
    early, late = [0.1] * 3 + [0.9] * 9, [0.2] * 7 + [0.6] * 5
    cells = [
        replace(
            finished(RFT, {"test": [1]}, seed),
            curves={"grpo": stage_of({"well_formed": early, "correct": late, "length": [20.0] * 12})},
        )
        for seed in (0, 1)
    ]  # fmt: skip
    (found,) = dynamics(cells)
    assert found.courses["well_formed"].half_way == 20  # of steps 5, 10, …: the fourth row
    assert found.courses["correct"].half_way == 40
    assert found.courses["length"].half_way is None
    assert found.courses["correct"].end == pytest.approx(0.6)


def test_of_three_rows_nothing_is_known_to_move() -> None:
    """The interval of a change has no bounds: the start and the end are a row each."""
    stage = stage_of({"correct": [0.1, 0.5, 0.9]})
    start, end = row_interval([0.1]), row_interval([0.9])
    alone = {"correct": Moments(start, start, end, difference(end, start))}
    cell = replace(finished(RFT, {"test": [1]}), curves={"grpo": replace(stage, moments=alone)})
    (found,) = dynamics([cell])
    assert found.courses["correct"].end == pytest.approx(0.9)
    assert found.courses["correct"].half_way is None


def test_what_is_matched_and_what_is_not() -> None:
    def cost(
        recipe: Recipe, stage: str, steps: int, seconds: float, share: float = WHOLE, rows: int = 16
    ) -> Cost:
        return Cost(
            "counting", recipe, share, 100, 3, stage, steps, rows * steps, 1.0, 0, 0, seconds
        )

    costs = [
        cost(Recipe.ANS_SFT, "sft", 600, 10), cost(COT, "sft", 600, 20), cost(RFT, "sft", 300, 10),
        cost(RFT, "grpo", 30, 50), cost(COT, "evaluation", 0, 999),
    ]  # fmt: skip
    assert matched(costs) == [
        "counting: ANS-SFT and CoT-SFT have the same SFT: 600 steps, 9,600 rows; time of training in units "
        "of the least: ANS-SFT 1.0, CoT-SFT 2.0, Reason-RFT 6.0."
    ]
    unknown = [replace(one, seconds=None) if one.recipe is RFT else one for one in costs]
    assert matched(unknown) == [
        "counting: ANS-SFT and CoT-SFT have the same SFT: 600 steps, 9,600 rows."
    ]
    parts = [cost(COT, "sft", 600, 20, 0.1), cost(RFT, "grpo", 30, 50, 0.1)]
    assert matched([*costs, *parts])[1:] == [
        "counting, parts of the training set: as many steps and rows as with all of it."
    ]
    assert matched([*costs, *parts, cost(RFT, "grpo", 30, 50, 0.01, rows=15)])[1:] == [
        "counting, parts of the training set: as many steps and rows as with all of it, but for Reason-RFT "
        "with 1 % (GRPO: 30 steps, 450 rows, not 480)."
    ]
    assert matched([*costs, cost(COT, "sft", 60, 2, 0.1)])[1:] == [
        "counting, parts of the training set: other steps or rows than with all of it."
    ]


# The three forms.


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    config = make_config((0, 1), ("counting", "geometry"), (ZERO, COT, RFT), (0.5,))
    return make_study(tmp_path_factory.mktemp("studies") / "study", config)


@pytest.fixture(scope="module")
def written(study: Study) -> Written:
    return write_study(study)


def test_the_file_is_whole_json_with_every_field(study: Study, written: Written) -> None:
    text = (study.folder / "study.json").read_text()
    read = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert list(read) == [one.name for one in fields(StudyReport)]
    assert (read["cells"], read["missing"]) == (20, [])
    assert read["questions"]["counting"]["test"] == 40
    assert {one["family"] for one in read["comparisons"]} == {"counting", "geometry", ALL}
    assert all(math.isfinite(one["difference"]["all"]["low"]) for one in read["comparisons"])


def test_the_same_study_gives_the_same_bytes(study: Study, written: Written) -> None:
    files = [path for path in study.folder.glob("**/*") if path.suffix in {".svg", ".md", ".html"}]
    before = {path: path.read_bytes() for path in files}
    assert sum(path.suffix == ".svg" for path in files) == 14
    write_study(study)
    assert {path: path.read_bytes() for path in before} == before


def test_the_page_stands_for_itself(study: Study, written: Written) -> None:
    page = written.page.read_text(encoding="utf-8")
    tags = Tags(page).tags
    pictures = [attrs for tag, attrs in tags if tag == "img"]
    assert len(pictures) == 14
    assert all(str(one["src"]).startswith("data:image/svg+xml;base64,") for one in pictures)
    assert all(one["alt"] for one in pictures)
    assert not [attrs for _, attrs in tags if {"href", "action"} & set(attrs)]
    assert [tag for tag, _ in tags].count("script") == 2
    text = (study.folder / "study.md").read_text(encoding="utf-8")
    for title in ("In one table", *map(str, Question), "Beside the paper", "What each spent"):
        assert f"## {title}" in text.replace("\\", "")
        assert f"<h2>{title}</h2>" in page
    assert text.count("](plots/") == 14


def test_no_text_is_markup(written: Written) -> None:
    report = written.report
    odd = replace(
        report,
        name=HOSTILE,
        missing=[HOSTILE],
        questions={HOSTILE: {HOSTILE: 3}},
        accuracies=[replace(one, split=HOSTILE) for one in report.accuracies],
        losses=[replace(one, shift=f"$x$ {HOSTILE}") for one in report.losses],
        comparisons=[replace(one, measure=HOSTILE) for one in report.comparisons],
    )
    sections = sections_of(odd)
    page, plain = page_of(odd, sections), written.page.read_text(encoding="utf-8")
    assert {tag for tag, _ in Tags(page).tags} == {tag for tag, _ in Tags(plain).tags}
    assert not [attrs for tag, attrs in Tags(page).tags if tag == "img" and attrs["src"] == "x"]
    assert not set(raw_data(page)) & set("<>&")
    assert "taken = 1</script>" not in page
    assert "<img" not in markdown_of(odd, sections).replace("\\<", "")


def test_parts_of_the_training_set_are_told_with_seeds_and_n(
    tmp_path: Path,
) -> None:
    """Shares of seed 0 alone beside everything of two seeds: all of the section is of seed 0."""
    config = make_config((0, 1), recipes=(COT, RFT), shares=(0.5,)).model_dump(mode="json")
    config["efficiency"]["seeds"] = [0]
    study = make_study(tmp_path / "study", StudyConfig.model_validate(config))
    report = write_study(study).report
    text = (study.folder / "study.md").read_text(encoding="utf-8").replace("\\", "")
    section = text.partition("## What recipes make of parts")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith(("| 50 %", "| 100 %"))]
    assert [row.split(" | ")[1:3] for row in rows] == [["0", "40"]] * 2 + [["0", "60"]] * 2
    whole = {
        one.recipe: one for one in report.accuracies if (one.share, one.split) == (WHOLE, "test")
    }
    assert f"{whole[RFT].accuracy.each[0].estimate:.1%}" in rows[1]
    assert section.count("of seed 0, n = 40 at each point") == 1
    single = sum(one.seeds == 1 for one in report.comparisons)
    assert single == 2
    assert f"{single} of {len(report.comparisons)} differences are of one seed" in text
    efficient = text.partition("## Is it more data-efficient?")[2].partition("\n## ")[0]
    assert efficient.count("(one seed)") == efficient.count("Of one seed the interval is of its questions alone.") == 2  # fmt: skip
    assert "A model that knows little in domain has little to lose" in text.partition("## Does it generalize better?")[2].partition("\n## ")[0]  # fmt: skip


def test_a_study_that_is_not_done_says_so(study: Study, written: Written, tmp_path: Path) -> None:
    assert "fewer than three seeds" in markdown_of(written.report, [])  # it has two
    report = replace(written.report, missing=["counting-cot-sft-seed0"], accuracies=[])
    text = markdown_of(report, [])
    assert "Not finished: 1 of 20 experiments are not done" in text
    assert "fewer than three seeds" not in text


def test_recipes_that_look_blind_are_named(written: Written) -> None:
    """Constant answers reach a quarter: a recipe may be told from it, by its interval, or not."""
    lows = {ZERO: 0.2, COT: 0.25, RFT: 0.26}
    report = replace(
        written.report,
        accuracies=[
            replace(one, accuracy=Seeds(Interval(0.3, lows[one.recipe], 0.4, 100), {}), blind=0.25)
            for one in written.report.accuracies
            if (one.family, one.split, one.share) == ("counting", "test", WHOLE)
        ],
    )
    said = "best constant answers, which need no look at the picture: counting (Zero-Shot, CoT-SFT; blind 25.0%)."
    assert [one for one in remarks_of(report) if said in one]
    better = [one for one in report.accuracies if one.recipe is RFT]
    assert not [one for one in remarks_of(replace(report, accuracies=better)) if "constant" in one]


def test_nothing_done_is_no_error(tmp_path: Path) -> None:
    empty = Study(make_config(), tmp_path)
    report = write_study(empty).report
    assert len(report.missing) == 15
    assert report.comparisons == []
    assert isinstance(together({}), Seeds)
