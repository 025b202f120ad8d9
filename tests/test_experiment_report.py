"""The report on an experiment: what training changed, its curves, alarms and costs, in three forms."""

import json
import math
import shutil
from dataclasses import fields, is_dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from builders.files import ExpectedError
from reasonrft.compare import compare_runs
from reasonrft.config_file import make_config
from reasonrft.report import stages
from reasonrft.report.experiment import write_any_report, write_experiment_report
from reasonrft.report.stages import Moments, Part, Raised, StageReport, _sampled, row_interval
from reasonrft.report.summary import Report
from reasonrft.report.training import Change, Cost, Evaluated, ExperimentReport, Training
from reasonrft.report.write import write_report
from tests import training_curves as curves
from tests.command import Rrft
from tests.experiment_data import (
    CONFIG,
    healthy_training,
    make_experiment,
    write_lines,
    write_stage,
)
from tests.reading_back import raw_data
from tests.report_data import HOSTILE, write_data
from tests.test_report import (
    Tags,
    headings_of,
    html_of,
    report_of,
    sections_of,
    tokens_of,
)

DOCUMENT = Path(__file__).parent.parent / "docs" / "report.md"
DOCUMENTED = (Training, Evaluated, Change, StageReport, Moments, Part, Raised, Cost)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [write_data(tmp_path_factory.mktemp("data") / "counting", sizes=("test=24", "ood=12"))]


@pytest.fixture(scope="module")
def run(data: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished experiment with its report; not to be changed."""
    folder = make_experiment(tmp_path_factory.mktemp("runs") / "run", data, healthy_training())
    write_experiment_report(folder)
    return folder


@pytest.fixture
def own(run: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(run, tmp_path / "own"))


def training_of(folder: Path) -> Any:
    write_experiment_report(folder)
    return report_of(folder)["training"]


# What it holds.


def test_it_has_all_of_the_last_evaluation(run: Path) -> None:
    write_report(run / "eval")
    evaluated, read = report_of(run / "eval"), report_of(run)
    assert list(read) == [*evaluated, "training"]
    changed = {name for name in evaluated if evaluated[name] != read[name]}
    assert changed == {"title"}
    assert read["title"] == "made-up"


def test_changes_are_those_of_a_comparison(run: Path) -> None:
    training = report_of(run)["training"]
    assert list(training["evaluations"]) == ["base", "sft", "final"]
    pairs = list(dict.fromkeys((one["before"], one["after"]) for one in training["changes"]))
    assert pairs == [("base", "final"), ("base", "sft"), ("sft", "final")]
    folders = {name: run / one["folder"] for name, one in training["evaluations"].items()}
    for before, after in pairs:
        rows = compare_runs([folders[before], folders[after]]).rows
        found = [one for one in training["changes"] if (one["before"], one["after"]) == (before, after)]  # fmt: skip
        assert [(one["split"], one["n"], one["difference"]["estimate"], one["p_value"]) for one in found] == [
            (row.split, row.n, row.difference.estimate, row.p_value) for row in rows
        ]  # fmt: skip
        assert all(one["p_corrected"] >= one["p_value"] for one in found)
    split = report_of(run)["families"]["counting"]["splits"]["test"]
    assert training["evaluations"]["final"]["splits"]["counting/test"] == split["figures"]["accuracy"]  # fmt: skip


def test_stages_have_their_curves_moments_and_parts(run: Path) -> None:
    training = report_of(run)["training"]
    rows = healthy_training()
    for stage, one in training["stages"].items():
        assert one["finished"]
        assert one["rows"] == len(rows[stage])
        assert one["curves"]["step"] == [row["step"] for row in rows[stage]]
        assert one["curves"]["loss"] == pytest.approx([row["loss"] for row in rows[stage]], 1e-5)
    grpo = training["stages"]["grpo"]
    assert grpo["parts"]["accuracy"]["weight"] == CONFIG.grpo.reward.accuracy
    first = [row["reward_accuracy"] for row in rows["grpo"][:30]]
    assert grpo["parts"]["accuracy"]["start"] | {"low": 0, "high": 0} == {
        "estimate": pytest.approx(math.fsum(first) / 30), "n": 30, "low": 0, "high": 0,
    }  # fmt: skip
    assert grpo["parts"]["accuracy"]["change"]["low"] > 0
    assert grpo["moments"]["correct"]["middle"]["n"] == 30
    one_step = CONFIG.grpo.prompts * CONFIG.grpo.accumulate * CONFIG.grpo.group
    assert grpo["answers"] == grpo["steps"] * one_step
    assert training["stages"]["sft"]["parts"] == {}


def test_answers_are_those_of_the_gpus_that_train() -> None:
    # Of four, one is a server's of its own.
    changes = [
        *("hardware.gpus=4", "grpo.rollout.engine=server", "grpo.rollout.gpus=1"),
        *("grpo.prompts=2", "grpo.accumulate=5", "grpo.iterations=2"),
    ]
    config = make_config({"name": "made-up"}, changes, "")
    assert _sampled(7, config) == 4 * (2 * 5 * 3) * 8


def test_costs_are_in_the_order_in_which_they_were_paid(run: Path) -> None:
    costs = report_of(run)["training"]["costs"]
    assert [one["part"] for one in costs] == [
        *("evaluation, base", "training, sft", "evaluation, sft"),
        *("training, grpo", "evaluation, final"),
    ]
    assert costs[3] | {"part": ""} == {"part": "", "seconds": 6000, "steps": 1500, "tokens": 36e6, "answers": 24_000}  # fmt: skip


def test_intervals_of_rows() -> None:
    three, half = row_interval([1.0, 2.0, 3.0, math.nan]), 4.302653 / math.sqrt(3)  # Student's, 2
    assert (three.estimate, three.low, three.high) == pytest.approx((2, 2 - half, 2 + half))
    assert three.n == 3
    single = row_interval([5.0])
    assert (single.estimate, single.n, math.isnan(single.low)) == (5.0, 1, True)
    assert row_interval([]).n == 0


# What may be missing, or odd.


def test_a_model_that_is_only_asked(data: list[Path], tmp_path: Path) -> None:
    config = make_config({"name": "asked", "recipe": "zero-shot"}, (), "")
    training = training_of(make_experiment(tmp_path / "run", data, {}, config, ("eval",)))
    assert list(training["evaluations"]) == ["final"]
    assert (training["changes"], training["stages"], len(training["costs"])) == ([], {}, 1)


def test_a_stage_that_goes_on_is_told(own: Path) -> None:
    (own / "sft" / "done.json").write_text("[" * 100_000)
    (own / "grpo" / "done.json").unlink()
    stages = training_of(own)["stages"]
    assert (stages["sft"]["finished"], stages["sft"]["facts"]) == (True, {})
    assert not stages["grpo"]["finished"]
    assert "Stage grpo is not finished: 1,500 steps so far." in report_of(own)["remarks"]


def test_alarms_are_remarked_and_what_is_none_is_passed_over(own: Path) -> None:
    path = own / "grpo" / "alarms.jsonl"
    raised = {"step": 40, "name": "kl-spike", "message": "The KL has jumped."}
    write_lines(path, [raised, raised, {"step": "x"}, {"step": math.inf, "name": "", "message": ""}])  # fmt: skip
    with path.open("a") as file:
        file.write('[1]\n"text"\n' + "[" * 100_000 + '\n{"step": 50, "na')
    assert training_of(own)["stages"]["grpo"]["alarms"] == [raised]
    assert report_of(own)["remarks"][0] == "Alarms while training, stage grpo: kl-spike (step 40)."
    text = (own / "report.md").read_text(encoding="utf-8")
    assert "- step 40, kl-spike: The KL has jumped." in text


def test_numbers_that_are_none_are_null(own: Path) -> None:
    rows = [{"step": float(n), "loss": math.nan, "kl": math.inf, "reward": 1.0} for n in (1, 2)]
    write_lines(own / "grpo" / "log.jsonl", [*rows, {"step": 3, "note": "no number"}])
    stage = training_of(own)["stages"]["grpo"]
    assert stage["curves"] == {"step": [1, 2, 3], "loss": [None] * 3, "kl": [None] * 3, "reward": [1, 1, None]}  # fmt: skip
    assert stage["moments"]["loss"]["start"] == {
        "estimate": None,
        "low": None,
        "high": None,
        "n": 0,
    }
    text = (own / "report.md").read_text(encoding="utf-8")
    assert "nan" not in text.lower().replace("nano", "")
    assert "| loss | 0 | – | – | – | – |" in text


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_short_journals(own: Path, count: int) -> None:
    write_lines(own / "grpo" / "log.jsonl", healthy_training()["grpo"][:count])
    stage = training_of(own)["stages"]["grpo"]
    size = {1: 1, 2: 1, 3: 1, 7: 2}[count]
    assert stage["moments"]["reward"]["end"]["n"] == size


def test_long_journals_are_thinned(own: Path) -> None:
    count = 2 * stages.MOST_POINTS + 1
    write_lines(own / "sft" / "log.jsonl", [{"step": n, "loss": n % 3} for n in range(count)])
    stage = training_of(own)["stages"]["sft"]
    assert stage["rows_a_point"] == 3
    assert set(stage["curves"]["loss"][:-1]) == {1.0}
    assert len(stage["curves"]["step"]) == 667 <= stages.MOST_POINTS


def test_evaluations_that_cannot_be_compared_are_told(own: Path, tmp_path: Path) -> None:
    other = write_data(tmp_path / "other", sizes=("test=20", "ood=8"))
    shutil.rmtree(own / "base")
    shutil.copytree(make_experiment(tmp_path / "x", [other], {}, CONFIG, ("base",)) / "base", own / "base")  # fmt: skip
    training = training_of(own)
    assert {(one["before"], one["after"]) for one in training["changes"]} == {("sft", "final")}
    assert report_of(own)["remarks"][0].startswith("base and final cannot be compared: ")


def test_what_is_damaged_is_refused_in_one_line(own: Path) -> None:
    (own / "grpo" / "log.jsonl").write_text("{}\nnonsense\n{}\n")
    with pytest.raises(ExpectedError, match=r"log\.jsonl is damaged"):
        write_experiment_report(own)


# An experiment that is still at work.


def test_what_is_there_so_far_is_shown_and_what_is_missing_is_told(own: Path, rrft: Rrft) -> None:
    for name in ("eval-sft", "eval"):
        shutil.rmtree(own / name)
    (own / "grpo" / "done.json").unlink()
    rows = (own / "grpo" / "log.jsonl").read_bytes().splitlines(keepends=True)
    (own / "grpo" / "log.jsonl").write_bytes(b"".join(rows[:40]) + rows[40][:9])  # at work just now
    done = rrft("report", str(own))
    assert done.code == 0
    assert "Stage 2: GRPO" in done.stdout
    report = report_of(own)
    assert report["families"] == report["settings"] == {}
    assert report["remarks"][:2] == [
        "Not finished: without the evaluation of sft, the evaluation of final; what is there so far is shown.",
        f"Stage grpo is not finished: {json.loads(rows[39])['step']:,} steps so far.",
    ]
    training = report["training"]
    assert list(training["evaluations"]) == ["base"]
    assert len(training["stages"]["grpo"]["curves"]["reward"]) == 40
    assert [one["part"] for one in training["costs"]] == ["evaluation, base", "training, sft", "training, grpo"]  # fmt: skip
    assert [text for tag, text in headings_of(own) if tag == "h2"] == [
        *("What training changed", "Stage 1: supervised fine-tuning", "Stage 2: GRPO"),
        *("What it took", "How it was measured", "The experiment"),
    ]


def test_training_alone_is_shown(own: Path) -> None:
    for name in ("base", "eval-sft", "eval", "grpo"):
        shutil.rmtree(own / name)
    training = training_of(own)
    assert list(training["stages"]) == ["sft"]
    assert report_of(own)["remarks"][0].startswith("Not finished: without stage grpo, the evaluation of base, ")  # fmt: skip
    assert "What training changed" not in (own / "report.md").read_text()


def test_an_experiment_that_has_not_begun_has_no_report(own: Path) -> None:
    for name in ("base", "eval-sft", "eval", "sft", "grpo"):
        shutil.rmtree(own / name)
    with pytest.raises(ExpectedError, match="neither training nor an evaluation has begun"):
        write_experiment_report(own)


def test_the_command_takes_runs_and_experiments(own: Path, rrft: Rrft) -> None:
    assert write_any_report(own / "eval").page == own / "eval" / "report.html"
    done = rrft("report", str(own))
    assert "what training changed" in done.stdout
    assert json.loads(rrft("report", str(own), "--json").stdout) == report_of(own)


def test_the_same_experiment_gives_the_same_bytes(own: Path) -> None:
    names = ("report.json", "report.md", "report.html")
    before = [(own / name).read_bytes() for name in names]
    write_experiment_report(own)
    assert [(own / name).read_bytes() for name in names] == before


# The three forms.


def test_every_field_is_documented_and_no_other(run: Path) -> None:
    text = DOCUMENT.read_text(encoding="utf-8").partition("\n# The report on an experiment\n")[2]
    sections = sections_of(text)
    assert sections.pop("ExperimentReport") == [
        one.name for one in fields(ExperimentReport) if one not in fields(Report)
    ]
    assert sections == {one.__name__: [field.name for field in fields(one)] for one in DOCUMENTED}
    found = dataclasses_in(write_experiment_report(run).report)
    assert {one for one in found if one.__module__.endswith(("training", "stages"))} - {
        ExperimentReport
    } <= set(DOCUMENTED)


def dataclasses_in(value: Any) -> set[type]:
    if is_dataclass(value) and not isinstance(value, type):
        inner = [dataclasses_in(getattr(value, one.name)) for one in fields(value)]
        return {type(value)}.union(*inner)
    parts = value.values() if isinstance(value, dict) else value
    return set().union(*map(dataclasses_in, parts)) if isinstance(value, dict | list | tuple) else set()  # fmt: skip


def test_markdown_has_its_parts(run: Path) -> None:
    assert [text for tag, text in headings_of(run) if tag == "h2"] == [
        *("What training changed", "Stage 1: supervised fine-tuning", "Stage 2: GRPO"),
        *("What it took", "counting", "How it was measured", "The experiment"),
    ]
    text = (run / "report.md").read_text(encoding="utf-8")
    assert "| mean of rows | rows | start | middle | end | change (95%) |" in text
    assert "- grpo.beta: 0.04" in text


@pytest.fixture(scope="module")
def hostile(data: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text that would be markup wherever somebody else's can stand."""
    config = make_config(
        {"name": "x", "model": {"path": HOSTILE, "revision": HOSTILE}, "eval": {"between": True}}, (), ""
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("hostile") / "run"
    make_experiment(folder, data, healthy_training(), config, circumstances={HOSTILE: HOSTILE})
    rows = [row | {HOSTILE: 1.0} for row in healthy_training()["grpo"]]
    write_lines(folder / "grpo" / "log.jsonl", rows)
    write_lines(folder / "grpo" / "alarms.jsonl", [{"step": 7, "name": HOSTILE, "message": HOSTILE}])  # fmt: skip
    (folder / "grpo" / "done.json").write_text(json.dumps({HOSTILE: [HOSTILE]}))
    write_experiment_report(folder)
    return folder


def test_no_text_is_markup(run: Path, hostile: Path) -> None:
    kinds = {token.type for token in tokens_of(hostile)}
    assert not {"html_block", "html_inline", "image", "link_open", "code_inline"} & kinds
    assert [tag for tag, _ in headings_of(hostile)] == [tag for tag, _ in headings_of(run)]
    assert [tag for tag, _ in Tags(html_of(hostile)).tags] == [tag for tag, _ in Tags(html_of(run)).tags]  # fmt: skip
    assert not set(raw_data(html_of(hostile))) & set("<>&")
    alarm = report_of(hostile)["training"]["stages"]["grpo"]["alarms"][0]
    assert alarm == {"step": 7, "name": HOSTILE, "message": HOSTILE}


def test_the_page_of_a_plain_run_has_no_training(run: Path) -> None:
    write_report(run / "eval")
    assert "trainingSections = " not in html_of(run / "eval")
    assert "trainingSections = " in html_of(run)


def test_alarms_of_training_reach_the_page(own: Path) -> None:
    rng = Random(1)
    rows = curves.sicken(rng, curves.grpo_rows(rng, curves.STEADY), curves.kl_jumps)
    shutil.rmtree(own / "grpo")
    write_stage(own / "grpo", CONFIG, "grpo", rows)
    assert {one["name"] for one in training_of(own)["stages"]["grpo"]["alarms"]} == {"kl-spike", "kl-drift"}  # fmt: skip
