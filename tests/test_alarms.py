"""Alarms: silent on healthy runs, soon on each sickness, once, and the same whenever rows are fed."""

import math
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasonrft.alarms import QUIET, RULES, Alarm, Alarms
from reasonrft.config import RunConfig, Stage
from reasonrft.config_file import make_config
from tests import training_curves as curves
from tests.training_curves import BEGIN, STEADY, Change, Row

CONFIG = RunConfig(name="any")


def alarms_of(stage: Stage, rows: list[Row], config: RunConfig = CONFIG) -> list[tuple[int, Alarm]]:
    """Every alarm, with the place of the row at which it is raised."""
    alarms = Alarms(config, stage)
    return [(at, alarm) for at, row in enumerate(rows) for alarm in alarms.look(row)]


# Healthy runs.

RUNS = 120  # of each stage; of 4,000, measured apart, 1 of SFT and 13 of GRPO raise an alarm
# Binomially, 1 % of 120 makes more than 4 once in 150 times; the seeds are fixed.
MOST_FALSE = 4


@pytest.mark.parametrize(
    ("stage", "make"), [("sft", curves.sft_rows), ("grpo", curves.healthy_grpo)]
)
def test_healthy_runs_are_silent(stage: Stage, make: Callable[[Random], list[Row]]) -> None:
    false = {seed: found for seed in range(RUNS) if (found := alarms_of(stage, make(Random(seed))))}
    assert len(false) <= MOST_FALSE, false


def test_a_curriculum_may_bring_the_reward_down() -> None:
    """Late questions are harder by design: what is earned at different times is not compared."""
    rng = Random(0)
    rows = curves.sicken(rng, curves.grpo_rows(rng, STEADY), curves.worn_away)
    for setting in ("grpo.curriculum=true", "grpo.skip_silent=true"):
        config = make_config({"name": "any"}, [setting], "")
        assert alarms_of("grpo", rows, config) == []
    assert alarms_of("grpo", rows)


def test_what_grows_longer_or_shorter_and_better_is_healthy() -> None:
    for ratio in (0.3, 4.0):
        course = replace(STEADY, length=(100.0, 100.0 * ratio), right=(0.3, 0.8), middle=0.1)
        assert alarms_of("grpo", curves.grpo_rows(Random(1), course)) == []


# Sick runs: the change, the alarm, the row after the first sick one by which it has spoken.

SICK: list[tuple[Change, str, int]] = [
    (curves.nan_loss, "not-finite", 1),
    (curves.endless_grad, "not-finite", 1),
    (curves.nothing_earned, "reward-zero", 8),
    (curves.only_format, "reward-zero", 20),
    (curves.worn_away, "reward-fell", 40),
    (curves.all_wrong, "no-signal", 20),
    (curves.all_right, "no-signal", 20),
    (curves.shrunk, "length-collapsed", 40),
    (curves.run_away, "length-ran-away", 30),
    (curves.cut_off, "cut-off", 20),
    (curves.kl_jumps, "kl-spike", 4),
    (curves.kl_drifts, "kl-drift", 35),
    (curves.format_only_learned, "format-over-accuracy", 40),
    (curves.other_rollout, "rollout-differs", 3),
]


@pytest.mark.parametrize(("change", "name", "within"), SICK)
@pytest.mark.parametrize("seed", range(3))
def test_a_sick_run_is_told_soon(change: Change, name: str, within: int, seed: int) -> None:
    rng = Random(seed)
    rows = curves.sicken(rng, curves.grpo_rows(rng, STEADY), change)
    found = alarms_of("grpo", rows)
    assert min(at for at, _ in found) >= BEGIN
    spoke = [at - BEGIN + 1 for at, alarm in found if alarm.name == name]
    assert spoke
    assert spoke[0] <= within
    assert len(spoke) == 1  # and it goes on until the end


@pytest.mark.parametrize("seed", range(5))
def test_a_reward_that_never_rises_is_told(seed: int) -> None:
    rng = Random(seed)
    rows = curves.sicken(rng, curves.grpo_rows(rng, STEADY), curves.never_rising, begin=0)
    spoke = [at for at, alarm in alarms_of("grpo", rows) if alarm.name == "reward-flat"]
    assert 60 <= spoke[0] + 1 <= 300


@pytest.mark.parametrize("seed", range(5))
def test_a_loss_that_rises_is_told(seed: int) -> None:
    rng = Random(seed)
    rows = curves.sicken(rng, curves.sft_rows(rng, 300), curves.loss_up)
    ((at, alarm),) = alarms_of("sft", rows)
    assert alarm.name == "loss-rose"
    assert BEGIN <= at < BEGIN + 40


def test_every_rule_has_a_sickness() -> None:
    tested = {name for _, name, _ in SICK} | {"reward-flat", "loss-rose"}
    assert tested == {rule.name for rules in RULES.values() for rule in rules}


# What is said.


def test_a_message_has_figures_a_cause_and_settings_that_exist() -> None:
    known = {
        f"{section}.{key}"
        for section in ("model", "data", "sft", "grpo")
        for key in type(getattr(CONFIG, section)).model_fields
    }
    for change, name, _ in SICK:
        rng = Random(0)
        rows = curves.sicken(rng, curves.grpo_rows(rng, STEADY), change)
        message = next(one.message for _, one in alarms_of("grpo", rows) if one.name == name)
        assert message.isprintable()
        told, cause, advice = re_split(message)
        assert any(sign.isdigit() for sign in told) or "nan" in told or "inf" in told
        assert cause
        words = {word.strip("(),;.") for word in advice.split() if "." in word.strip("(),;.")}
        settings = {
            word for word in words if word.split(".")[0] in {"model", "data", "sft", "grpo"}
        }
        assert settings
        assert {".".join(word.split(".")[:2]) for word in settings} <= known


def re_split(message: str) -> list[str]:
    told, _, rest = message.partition(" Likely cause: ")
    cause, _, advice = rest.partition(" Try: ")
    return [told, cause, advice]


def test_answers_that_a_penalty_outweighs_are_not_without_reward() -> None:
    row: Row = {"loss": 0.1, "reward": -0.1, "reward_accuracy": -0.2, "correct": 0.3}
    for right, expected in ((0.3, []), (0.0, ["reward-zero"])):
        rows: list[Row] = [{**row, "correct": right, "step": step} for step in range(8)]
        assert [alarm.name for _, alarm in alarms_of("grpo", rows)] == expected


def test_silence_has_two_causes() -> None:
    said = {}
    for change in (curves.all_right, curves.all_wrong):
        rng = Random(0)
        rows = curves.sicken(rng, curves.grpo_rows(rng, STEADY), change)
        said[change] = next(a.message for _, a in alarms_of("grpo", rows) if a.name == "no-signal")
    assert "too easy" in said[curves.all_right]
    assert "too hard" in said[curves.all_wrong]


def test_an_alarm_speaks_again_after_it_was_quiet() -> None:
    spoilt: Row = {"step": 1, "loss": math.nan}
    sound: Row = {"step": 1, "loss": 1.0}
    alarms = Alarms(CONFIG, "sft")
    assert [len(alarms.look(row)) for row in (spoilt, spoilt, sound, spoilt)] == [1, 0, 0, 0]
    for _ in range(QUIET - 1):
        alarms.look(sound)
    assert alarms.look(spoilt) == []  # one row too early
    for _ in range(QUIET):
        alarms.look(sound)
    assert len(alarms.look(spoilt)) == 1


# Any rows.

ROWS = st.lists(
    st.dictionaries(
        st.sampled_from(sorted(curves.grpo_rows(Random(0), STEADY)[0])),
        st.floats(width=32) | st.just(0.0) | st.floats(0, 1),
    ),
    max_size=80,
)


@given(rows=ROWS, stage=st.sampled_from(["sft", "grpo"]), cut=st.integers(0, 80))
def test_any_rows_are_borne_and_replayed_alike(rows: list[Row], stage: Stage, cut: int) -> None:
    """After a resume the rows that are there are fed again: what follows is said as without it."""
    whole = alarms_of(stage, rows)
    resumed = Alarms(CONFIG, stage)
    for row in rows[:cut]:
        resumed.look(row)
    after = [(at, alarm) for at, row in enumerate(rows) for alarm in (resumed.look(row) if at >= cut else ())]  # fmt: skip
    assert after == [(at, alarm) for at, alarm in whole if at >= cut]
    assert all(alarm.message.isprintable() for _, alarm in whole)
