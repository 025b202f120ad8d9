"""A study's file, the experiments that it means, and the plan of them."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reasonrft.config import ConfigError, Recipe
from reasonrft.config_file import read_config, read_table, to_toml
from reasonrft.experiment import ExperimentError, open_experiment
from reasonrft.named_runs import find_study, study_names
from reasonrft.study.cells import WHOLE, Cell, State, Study
from reasonrft.study.definition import StudyConfig, read_study
from reasonrft.study.plan import make_plan
from tests.command import Rrft

TEXT = """
seeds = [0, 4]
first_data_seed = 50
[settings]
extends = "nano-quickstart"
sft = { steps = 7 }
[families.counting.data]
sizes = { train = 400, test = 8, ood = 8 }
[families.geometry.data]
tasks = []
splits = "id,ood"
sizes = { train = 200, test = 8, ood = 8 }
[recipes.zero-shot]
[recipes.cot-sft]
sft = { bare = 0.0 }
[recipes.reason-rft]
data = { stage_1 = 100 }
[efficiency]
shares = [0.5, 0.1]
recipes = ["cot-sft", "reason-rft"]
families = ["counting"]
seeds = [4]
"""


def study_of(folder: Path, text: str = TEXT, *changes: str) -> Study:
    file = folder / "toy.toml"
    file.write_text(text)
    return Study(read_study(file, changes), folder / "out")


def cell_of(study: Study, name: str) -> Cell:
    return next(cell for cell in study.cells if cell.name == name)


@pytest.mark.parametrize("name", study_names())
def test_every_study_of_the_toolkit_is_sound(name: str, tmp_path: Path) -> None:
    study = Study(read_study(find_study(name)), tmp_path)
    assert study.config.name == name
    assert len({cell.name for cell in study.cells}) == len(study.cells) > 0


def test_there_is_an_experiment_for_each_recipe_family_and_seed_then_for_shares(
    tmp_path: Path,
) -> None:
    study = study_of(tmp_path)
    assert study.config.name == "toy"
    names = [cell.name for cell in study.cells]
    assert names == [
        *("counting-zero-shot-seed0", "counting-cot-sft-seed0", "counting-reason-rft-seed0"),
        *("geometry-zero-shot-seed0", "geometry-cot-sft-seed0", "geometry-reason-rft-seed0"),
        *("counting-zero-shot-seed4", "counting-cot-sft-seed4", "counting-reason-rft-seed4"),
        *("geometry-zero-shot-seed4", "geometry-cot-sft-seed4", "geometry-reason-rft-seed4"),
        *("counting-cot-sft-10pct-seed4", "counting-cot-sft-50pct-seed4"),
        *("counting-reason-rft-10pct-seed4", "counting-reason-rft-50pct-seed4"),
    ]


def test_what_differs_between_cells_is_what_shall(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    config = study.experiment(cell_of(study, "counting-cot-sft-seed4")).config
    assert (config.recipe, config.seed, config.name) == (Recipe.COT_SFT, 4, "counting-cot-sft-seed4")  # fmt: skip
    assert (config.sft.steps, config.sft.bare, config.sft.learning_rate) == (7, 0.0, 2e-3)
    other = study.experiment(cell_of(study, "counting-reason-rft-seed4")).config
    assert (other.sft.bare, other.data.stage_1) == (0.15, 100)
    assert other.data.path == config.data.path == (tmp_path / "out/data/counting-54",)
    assert study.experiment(cell_of(study, "counting-cot-sft-seed0")).config.data.path == (
        tmp_path / "out/data/counting-50",
    )
    assert {plan.seed for plan in study.plans("counting", 4)} == {54}
    rows = {plan.split: plan.rows for plan in study.plans("counting", 4)}
    assert rows["train"] == 400


def test_a_recipe_may_have_settings_of_its_own_in_a_family(tmp_path: Path) -> None:
    own = "[families.geometry.recipes.cot-sft]\nsft = { steps = 9 }\n[recipes.zero-shot]"
    study = study_of(tmp_path, TEXT.replace("[recipes.zero-shot]", own))
    sft = {
        (cell.family, cell.recipe): study.experiment(cell).config.sft
        for cell in study.cells
        if cell.share == WHOLE
    }
    assert (sft["geometry", Recipe.COT_SFT].steps, sft["geometry", Recipe.COT_SFT].bare) == (9, 0.0)
    assert sft["counting", Recipe.COT_SFT].steps == 7
    assert sft["geometry", Recipe.REASON_RFT].steps == 7


def begin(study: Study) -> None:
    """The experiments of a study as they are when they begin."""
    for cell in study.cells:
        with open_experiment(study.run(cell), study.experiment(cell).config):
            pass


def test_a_folder_is_the_same_however_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    begin(Study(study_of(tmp_path).config, Path("out")))
    for spelled in (tmp_path / "out", Path("other/../out")):
        study = Study(study_of(tmp_path).config, spelled)
        assert {study.state(cell) for cell in study.cells} == {State.BEGUN}
    moved = (tmp_path / "out").rename(tmp_path / "moved")
    with pytest.raises(ExperimentError, match=r"begun with data\.path = "):
        make_plan(Study(study_of(tmp_path).config, moved))


def test_data_of_another_seed_are_told_by_the_setting(tmp_path: Path) -> None:
    begin(study_of(tmp_path))
    other = study_of(tmp_path, TEXT, "first_data_seed=60")
    said = f"^{tmp_path / 'out'} was begun with first_data_seed = 50, not 60; choose another --out$"
    with pytest.raises(ExperimentError, match=said):
        make_plan(other)


def test_settings_of_a_stage_that_a_cell_does_not_have_do_not_matter(tmp_path: Path) -> None:
    begin(study_of(tmp_path))
    study = study_of(tmp_path, TEXT, "settings.grpo.steps=3")
    assert study.state(cell_of(study, "counting-cot-sft-seed0")) is State.BEGUN
    with pytest.raises(ExperimentError, match=r"begun with grpo\.steps = "):
        study.state(cell_of(study, "counting-reason-rft-seed0"))
    study = study_of(tmp_path, TEXT, "settings.sft.steps=3")
    assert study.state(cell_of(study, "counting-zero-shot-seed0")) is State.BEGUN
    with pytest.raises(ExperimentError, match=r"begun with sft\.steps = 7, not 3"):
        study.state(cell_of(study, "counting-cot-sft-seed0"))


def test_the_other_sort_of_file_is_told(tmp_path: Path, rrft: Rrft) -> None:
    one, many = tmp_path / "one.toml", tmp_path / "many.toml"
    one.write_text("extends = 'nano-quickstart'\nseed = 3")
    many.write_text(TEXT)
    done = rrft("study", one, "--dry-run")
    assert (done.code, done.stderr) == (2, f"rrft: {one} is one experiment, and no study: `rrft train` runs it\n")  # fmt: skip
    done = rrft("train", many, "--dry-run")
    assert (done.code, done.stderr) == (2, f"rrft: {many} is a study, and no experiment: `rrft study` runs it\n")  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("seeds=[]", "seeds = [] is not 1 or more of them"),
        ("recipes.cot-sf.sft.steps=3", "recipes: 'cot-sf' is not 'zero-shot', "),
        (
            "recipes.cot-sft.grpo.steps=3",
            "recipes.cot-sft.grpo: a stage that cot-sft does not have",
        ),
        ("efficiency.seeds=[4, 4]", "efficiency.seeds: 4 is there 2 times"),
        ("settings.seed=3", "settings.seed is what a study says itself"),
    ],
)
def test_a_wrong_change_is_told_by_itself(tmp_path: Path, change: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"--set {change}: {said}")):
        study_of(tmp_path, TEXT, "settings.sft.steps=3", change, "settings.grpo.steps=3")


def test_shares_are_first_rows_of_the_same_data_and_stage_1_has_its_share(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    found = {
        share: study.experiment(cell_of(study, f"counting-reason-rft{part}-seed4")).config.data
        for share, part in ((0.1, "-10pct"), (0.5, "-50pct"), (WHOLE, ""))
    }
    assert [(data.rows, data.stage_1) for data in found.values()] == [(40, 10), (200, 50), (None, 100)]  # fmt: skip
    assert len({data.path for data in found.values()}) == 1


def test_a_step_asks_no_more_questions_than_there_are(tmp_path: Path) -> None:
    study = study_of(tmp_path, TEXT.replace("[0.5, 0.1]", "[0.03]"))
    few = cell_of(study, "counting-reason-rft-3pct-seed4")
    assert study.experiment(few).config.grpo.prompts == 9  # 12 rows, 3 of them stage 1's
    assert few.remark == "a step of stage 2 asks 9 questions in place of 16: it has 9"
    assert cell_of(study, "counting-reason-rft-seed4").remark == ""


def test_a_cells_file_is_an_experiment_of_its_own(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    for cell in study.cells:
        file = tmp_path / f"{cell.name}.toml"
        file.write_text(to_toml(cell.table))
        assert read_config(file) == study.experiment(cell).config


def test_any_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    table: dict[str, Any] = {
        "text": 'a "quoted" \\ line\nand \x7f \x01 é 𝄞', "odd key": [1, -2.5, 1e-9, True],
        "below": {"a.b": {"c": []}, "only": {"deep": {"x": 1}}}, "whole": 3, "none": {},
    }  # fmt: skip
    file = tmp_path / "any.toml"
    file.write_text(to_toml(table), encoding="utf-8")
    assert read_table(file) == {key: value for key, value in table.items() if value != {}}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("seeds = [0, 4]", "seeds = [1, 4, 1]", "seeds: 1 is there 2 times"),
        ("seeds = [4]", "seeds = [4, 4]", "efficiency.seeds: 4 is there 2 times"),
        ("shares = [0.5, 0.1]", "shares = [0.1, 0.10000000001]", "efficiency.shares: 10 is there 2 times"),
        ("shares = [0.5, 0.1]", "shares = [0]", "efficiency.shares.0 = 0"),
        ('recipes = ["cot-sft", "reason-rft"]', 'recipes = ["cot-sft", "cot-sft"]', "efficiency.recipes: cot-sft is there 2 times"),
        ('families = ["counting"]', 'families = ["counting", "counting"]', "efficiency.families: counting is there 2 times"),
        ("sft = { steps = 7 }", "data = 7", "settings.data = 7 is no table"),
        ("stage_1 = 100 }", "x = 1 }\n[recipes.ans-sft]\ndata = 3", "recipes.ans-sft.data = 3 is no table"),
        ("seeds = [0, 4]", "", "seeds is not there"),
        ("seeds = [0, 4]", "seeds = [0, 4]\nseed = 1", r"no setting seed; did you mean seeds\? There are too: efficiency, families"),
        ("[recipes.zero-shot]", "[recipes.zero]", "recipes: 'zero' is not 'zero-shot', 'ans-sft', "),
        ("seeds = [0, 4]", "seeds = []", r"seeds = \[\] is not 1 or more of them$"),
        ("sft = { bare = 0.0 }", "grpo = { steps = 3 }", "recipes.cot-sft.grpo: a stage that cot-sft does not have; it has sft$"),
        ("[recipes.zero-shot]", "[recipes.zero-shot]\nsft = {}", "recipes.zero-shot.sft: a stage that zero-shot does not have; it has none$"),
        ("seeds = [4]", "seeds = [5]", "no 5 among the seeds of this study"),
        ('recipes = ["cot-sft", "reason-rft"]', 'recipes = ["zero-shot"]', "no zero-shot among the recipes"),
        ('families = ["counting"]', 'families = ["c"]', "no c among the families"),
        ("sft = { steps = 7 }", "seed = 7", "settings.seed is what a study says itself"),
        ("stage_1 = 100", "splits = 'id'", "recipes.reason-rft.data.splits: recipes are compared on the same data"),
        ("shares = [0.5, 0.1]", "shares = [1.5]", r"efficiency.shares.0 = 1.5"),
        ('extends = "nano-quickstart"', 'extends = "nothing"', "extends = 'nothing' is no file"),
        ("[recipes.zero-shot]", "[families.counting.recipes.zero]\n[recipes.zero-shot]", r"families.counting.recipes.zero: no recipe of this study, which has zero-shot, "),
        ("[recipes.zero-shot]", "[families.counting.recipes]\ncot-sft = 3\n[recipes.zero-shot]", r"families.counting.recipes = \{'cot-sft': 3\} is no table of tables"),
        ("[recipes.zero-shot]", "[families.counting.recipes.cot-sft.grpo]\n[recipes.zero-shot]", r"families.counting.recipes.cot-sft.grpo: a stage that cot-sft does not have"),
        ("[recipes.zero-shot]", "[families.counting.recipes.cot-sft.data]\nsizes = {}\n[recipes.zero-shot]", r"families.counting.recipes.cot-sft.data.sizes: recipes are compared"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_in_a_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigError, match=told) as problem:
        study_of(tmp_path, TEXT.replace(old, new))
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "sft = { steps = 7 }",
            "sft = { step = 7 }",
            "no setting sft.step; did you mean sft.steps? There are too: accumulate",
        ),
        ("[families.geometry.data]", "[families.cooking.data]", "no family 'cooking'"),
        (
            "[0.5, 0.1]",
            "[0.5, 0.501]",
            "efficiency.shares: 0.501 and 0.5 of the 400 rows of counting are the same 200",
        ),
        (
            "[0.5, 0.1]",
            "[0.999, 0.1]",
            "efficiency.shares: 0.999 and 1 of the 400 rows of counting are the same 400",
        ),
        (
            "[0.5, 0.1]",
            "[0.001, 0.002]",
            "efficiency.shares: 0.002 and 0.001 of the 400 rows of counting are the same 1",
        ),
        ("stage_1 = 100", "stage_1 = 400", "leaves no rows of counting for stage 2"),
    ],
)
def test_a_wrong_cell_is_told_before_anything_is_done(
    tmp_path: Path, old: str, new: str, told: str, rrft: Rrft
) -> None:
    file = tmp_path / "toy.toml"
    file.write_text(TEXT.replace(old, new))
    done = rrft("study", file, "--out", tmp_path / "out")
    assert done.code == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_plan_is_shown_and_nothing_done(tmp_path: Path, rrft: Rrft) -> None:
    study_of(tmp_path)
    asked = ("study", tmp_path / "toy.toml", "--out", tmp_path / "out", "--dry-run")
    shown = rrft(*asked, "--only", "family=counting,seed=4", "--jobs", "2")
    assert shown.code == 0
    assert "toy: 7 experiments" in shown.stdout
    assert "7 new; all of it goes to" in shown.stdout
    assert " by 2 at once" in shown.stdout
    shares = rrft(*asked, "--only", "recipe=cot-sft,family=counting").stdout
    assert "1, 0.1, 0.5" in shares  # as --only takes them
    plan = json.loads(rrft(*asked, "--only", "recipe=cot-sft,share=0.1", "--json").stdout)
    (cell,) = plan["cells"]
    assert cell["name"] == "counting-cot-sft-10pct-seed4"
    assert cell["stages"] == {"sft": {"rows": 40, "steps": 7}}
    assert cell["training_seconds"] > 0
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("only", "told"),
    [
        ("colour=red", "no choice 'colour=red'; it is NAME=VALUE, NAME one of family, recipe, seed, share"),
        ("family", "no choice 'family'"),
        ("seed=1", "no seed '1'; there are: 0, 4"),
    ],
)  # fmt: skip
def test_a_choice_of_nothing_is_refused(tmp_path: Path, only: str, told: str, rrft: Rrft) -> None:
    study_of(tmp_path)
    done = rrft("study", tmp_path / "toy.toml", "--only", only, "--dry-run")
    assert (done.code, told in done.stderr) == (2, True)
    assert rrft("study", "nothing").stderr.startswith("rrft: no study 'nothing': it is no file")


def test_an_empty_name_is_no_folder(rrft: Rrft) -> None:
    done = rrft("study", "study-nano", "--out", "", "--dry-run")
    assert (done.code, "a folder has a name" in done.stderr) == (2, True)


def test_a_plan_loads_neither_torch_nor_what_draws(tmp_path: Path) -> None:
    asked = ["study", "study-nano", "--dry-run", "--out", str(tmp_path / "out")]
    code = f"import sys, cli; sys.argv[1:] = {asked!r}\ntry: cli.main()\nfinally: print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "69 new" in done.stdout
    assert "'reasonrft.study.plan'" in done.stdout
    assert not [
        name
        for name in ("torch", "transformers", "matplotlib.figure")
        if f"'{name}'" in done.stdout
    ]


def test_a_study_may_extend_one_of_the_toolkit(tmp_path: Path) -> None:
    study = study_of(tmp_path, 'extends = "study-nano"\nseeds = [7]\nefficiency.seeds = [7]')
    assert {(cell.family, cell.seed) for cell in study.cells} == {
        ("counting", 7), ("geometry", 7), ("transformation", 7)
    }  # fmt: skip
    assert study.config.name == "toy"


def test_values_of_one_name_are_alternatives(tmp_path: Path) -> None:
    plan = make_plan(study_of(tmp_path), ["recipe=zero-shot,recipe=cot-sft", "seed=0"])
    assert [one.cell.name for one in plan.planned] == [
        *("counting-zero-shot-seed0", "counting-cot-sft-seed0"),
        *("geometry-zero-shot-seed0", "geometry-cot-sft-seed0"),
    ]


def test_a_setting_is_changed_from_the_command_line(tmp_path: Path) -> None:
    study = study_of(tmp_path, TEXT, "settings.sft.steps=3", "seeds=[4]")
    assert isinstance(study.config, StudyConfig)
    assert study.experiment(study.cells[1]).config.sft.steps == 3
    assert {cell.seed for cell in study.cells} == {4}
