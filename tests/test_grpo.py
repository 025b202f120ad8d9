"""Stage 2: what is rewarded, what is asked, what may be written, and that a kill changes nothing."""

import json
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip(
    "trl", reason="needs the training extra: pip install -e '.[train]' in the checkout"
)

import torch
from trl import GRPOConfig, GRPOTrainer

from evaluators import Integer, Status, Verdict, answer_to_json, grade
from reasonrft import grpo, journal
from reasonrft.alarms import Alarm
from reasonrft.backend import Ask, Options
from reasonrft.backends.hf import Transformers
from reasonrft.config import RunConfig
from reasonrft.encoding import Encoder, banned_tokens
from reasonrft.grpo import Graded, train_grpo
from reasonrft.job import Job, StoppedByAlarm, TrainingError
from reasonrft.loading import load_model, load_processor
from reasonrft.prompt import make_prompt
from reasonrft.reward import RewardWeights, Variant, reward_parts
from reasonrft.stream import stream
from tests import toy_task
from tests.tiny_model import save_tiny_model
from tests.toy_job import (
    are_same,
    build_train,
    die_at,
    grpo_config,
    job_of,
    killed,
    silence,
    weights_of,
)

CPU = torch.device("cpu")


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_train(tmp_path_factory.mktemp("data") / "toys")


@pytest.fixture
def easy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an answer be right that has no space: random weights solve nothing else."""

    def by_spaces(response: str, _gold: object) -> Verdict:
        good = " " not in response
        status = Status.CORRECT if good else Status.WRONG
        return Verdict(float(good), status, None, well_formed="e" in response)

    monkeypatch.setattr(grpo, "grade", by_spaces)


def seen_by_trl(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is scored in each block, as TRL hands it on."""
    seen = []
    real = GRPOTrainer._generate_and_score_completions

    def score(self: Any, inputs: Any) -> Any:
        output = real(self, inputs)
        seen.append({**output, "gold": [one["gold"] for one in inputs]})
        return output

    monkeypatch.setattr(GRPOTrainer, "_generate_and_score_completions", score)
    return seen


def test_both_parts_are_those_of_one_verdict(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Encoder(load_processor(str(model)))
    texts = [
        "<think>\n2\n</think>\n<answer>\n5\n</answer>",
        "<answer> 5 </answer>",
        "<think>\n2\n</think>\n<answer>\n4\n</answer>",
        "five",
    ]
    weights = RewardWeights(0.7, 0.2, Variant.PARTIAL)
    end = encoder.tokenizer.eos_token_id
    # What comes after the end is nothing that evaluation would read.
    answers = [[*encoder.target(text), *encoder.target("<answer>9</answer>")] for text in texts]
    gold = [json.dumps(answer_to_json(Integer(5)))] * len(texts)
    graded = Graded(encoder, [end], weights)
    asked = []

    def once(response: str, of: Any) -> Verdict:
        asked.append(response)
        return grade(response, of)

    monkeypatch.setattr(grpo, "grade", once)
    logged: dict[str, float] = {}
    accuracy = graded.accuracy(answers, gold, logged.__setitem__, prompts=[], trainer_state=None)
    layout = graded.format(answers, gold, log_metric=logged.__setitem__)
    parts = [reward_parts(grade(text, Integer(5)), weights) for text in texts]
    assert accuracy == [part.accuracy for part in parts] == [0.7, 0.7, 0, 0]
    assert layout == [part.format for part in parts] == [0.2, 0, 0.2, 0]
    assert asked == texts
    assert logged == {"correct": 0.5, "well_formed": 0.5}


def test_a_step_asks_different_questions_each_for_a_group(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = seen_by_trl(monkeypatch)
    config = grpo_config({"steps": 2, "accumulate": 2, "iterations": 2})
    train_grpo(job_of(config, model, data, tmp_path / "grpo"), silence)
    assert len(seen) == 1  # both steps learn from the same answers
    prompts = seen[0]["prompt_ids"].tolist()
    assert len(prompts) == 2 * 2 * 4
    assert all(prompts[place] == prompts[place // 4 * 4] for place in range(16))
    pixels = torch.split(seen[0]["pixel_values"], seen[0]["image_grid_thw"].prod(dim=1).tolist())
    pictures = [one.numpy().tobytes() for one in pixels]
    assert len(set(pictures)) == len(pictures) // 4 >= 4


def test_prompts_are_those_of_evaluation_to_the_token(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = seen_by_trl(monkeypatch)
    job = job_of(grpo_config({"steps": 1, "prompts": 8, "group": 2}), model, data, tmp_path)
    train_grpo(job, silence)
    backend = Transformers(str(model), Options())
    ours = {}
    for row, sample in enumerate(job.rows):
        inputs = backend._inputs([Ask(sample, make_prompt(sample), row)])
        ours[tuple(inputs["input_ids"][0].tolist())] = inputs
    pictures = []
    masks = zip(seen[0]["prompt_ids"], seen[0]["prompt_mask"], strict=True)
    for tokens, mask in masks:
        assert tuple(tokens[mask.bool()].tolist()) in ours
        pictures.append(ours[tuple(tokens[mask.bool()].tolist())]["image_grid_thw"])
    assert torch.equal(seen[0]["image_grid_thw"], torch.cat(pictures))
    assert set(seen[0]["num_images"]) == {1, 2}


LEARNING: dict[str, Any] = {
    "steps": 18,
    "prompts": 4,
    "group": 8,
    "learning_rate": 5e-3,
    "schedule": "constant",
    "beta": 0.0,
    "reward": {"accuracy": 1.0, "format": 0.125},
}


@pytest.mark.usefixtures("easy")
def test_what_earns_more_becomes_likelier(model: Path, data: Path, tmp_path: Path) -> None:
    config = grpo_config(LEARNING)
    job = job_of(config, model, data, tmp_path / "grpo")
    train_grpo(job, silence)
    rows = journal.read(job.folder / "log.jsonl")
    assert len(rows) == 18
    first, last = (sum(row["correct"] for row in some) / 4 for some in (rows[:4], rows[-4:]))
    assert last > first + 0.2, [row["correct"] for row in rows]
    for row in rows:
        assert row["reward"] == pytest.approx(row["reward_accuracy"] + row["reward_format"])
        assert row["reward_accuracy"] == pytest.approx(row["correct"])
        assert row["reward_format"] == pytest.approx(row["well_formed"] / 8)
        assert 0 <= row["silent"] <= 1
        assert (row["reward_spread"] > 0) == (row["silent"] < 1)
        assert row["length"] <= row["length_longest"] <= 8


def test_the_journal_has_the_keys_that_it_says(model: Path, data: Path, tmp_path: Path) -> None:
    job = job_of(grpo_config({"steps": 1}), model, data, tmp_path / "grpo")
    train_grpo(job, silence)
    (row,) = journal.read(job.folder / "log.jsonl")
    assert set(row) == {
        *("step", "epoch", "loss", "learning_rate", "grad_norm", "seconds", "tokens", "entropy"),
        *("reward", "reward_accuracy", "reward_format", "reward_spread", "correct", "well_formed"),
        *("silent", "kl", "clipped", "length", "length_longest", "truncated"),
    }
    assert row["epoch"] == round(2 / 24, 4)
    assert row["silent"] == 1


def test_no_answer_has_a_place_for_a_picture(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
    processor = load_processor(str(model))
    banned = processor.tokenizer.convert_tokens_to_ids(list(names))
    keen = tmp_path / "keen"
    net = load_model(str(model), torch.float32, CPU)
    assert banned_tokens(processor, net.config) == sorted(banned)
    with torch.no_grad():  # a model that would write little else
        net.lm_head.weight[banned] = 30 * net.lm_head.weight[banned].sign()
    net.save_pretrained(keen)
    for path in model.iterdir():
        if path.name != "model.safetensors" and not (keen / path.name).exists():
            (keen / path.name).write_bytes(path.read_bytes())
    seen = seen_by_trl(monkeypatch)
    train_grpo(job_of(grpo_config({"steps": 1}), keen, data, tmp_path / "grpo"), silence)
    assert not set(seen[0]["completion_ids"].flatten().tolist()) & set(banned)


def test_a_models_own_settings_of_generation_change_nothing(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"repetition_penalty": 5.0, "top_k": 1, "no_repeat_ngram_size": 1, "temperature": 0.1}
    odd = shutil.copytree(model, tmp_path / "odd")
    path = odd / "generation_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **own, "do_sample": True}))
    seen = seen_by_trl(monkeypatch)
    for name, start in (("one", model), ("other", odd)):
        train_grpo(job_of(grpo_config({"steps": 1}), start, data, tmp_path / name), silence)
    assert torch.equal(seen[0]["completion_ids"], seen[1]["completion_ids"])
    kept = json.loads((tmp_path / "other" / "model" / "generation_config.json").read_text())
    assert {name: kept[name] for name in own} == own


def test_every_setting_reaches_trl(model: Path, data: Path, tmp_path: Path) -> None:
    table = {
        "loss": "dr_grpo",
        "scale": "none",
        "beta": 0.3,
        "epsilon": 0.1,
        "epsilon_high": 0.28,
        "iterations": 3,
        "mask_truncated": True,
        "temperature": 0.7,
        "top_p": 0.9,
        "top_k": 7,
        "group": 6,
        "prompts": 3,
        "accumulate": 2,
        "max_tokens": 33,
        "save_every": 10,
        "weight_decay": 0.2,
        "max_grad_norm": 0.5,
        "schedule": "linear",
        "warmup_steps": 4,
        "learning_rate": 0.5,
        "log_every": 9,
    }
    job = job_of(grpo_config(table), model, data, tmp_path / "grpo")
    args = GRPOConfig(**grpo._arguments(job, 50))
    wanted = {
        "loss_type": "dr_grpo",
        "scale_rewards": "none",
        "beta": 0.3,
        "epsilon": 0.1,
        "epsilon_high": 0.28,
        "num_iterations": 3,
        "mask_truncated_completions": True,
        "temperature": 0.7,
        "top_p": 0.9,
        "top_k": 7,
        "num_generations": 6,
        "use_vllm": False,
        "per_device_train_batch_size": 18,
        "gradient_accumulation_steps": 2,
        "bf16": False,
        "steps_per_generation": 2,
        "max_completion_length": 33,
        "weight_decay": 0.2,
        "max_grad_norm": 0.5,
        "lr_scheduler_type": "linear",
        "warmup_steps": 4,
        "learning_rate": 0.5,
        "logging_steps": 9,
        "max_steps": 50,
        "gradient_checkpointing": False,
        "save_steps": 12,  # where a block ends
    }
    assert {name: getattr(args, name) for name in wanted} == wanted


TABLE: dict[str, Any] = {
    "steps": 6,
    "save_every": 2,
    "prompts": 2,
    "beta": 0.1,
    "skip_silent": True,
}


def table_for(name: str) -> dict[str, Any]:
    tables: dict[str, dict[str, Any]] = {
        "full": {},
        "lora": {"lora": {"rank": 4, "dropout": 0.1}},
        "again": {"iterations": 2, "accumulate": 2, "save_every": 1},
        "curriculum": {"curriculum": True},
    }
    return {**TABLE, **tables[name]}


@pytest.mark.thorough
@pytest.mark.usefixtures("easy")
@pytest.mark.parametrize(
    ("name", "step"), [("full", 5), ("lora", 4), ("again", 4), ("curriculum", 5)]
)
def test_a_kill_changes_nothing(
    model: Path,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    step: int,
) -> None:
    config = grpo_config(table_for(name))
    whole, broken = (job_of(config, model, data, tmp_path / one) for one in ("whole", "broken"))
    train_grpo(whole, silence)
    assert killed(train_grpo, broken, die_at(step)) == signal.SIGKILL
    capsys.readouterr()
    train_grpo(broken, silence)
    assert "grpo goes on after step" in capsys.readouterr().err
    assert are_same(whole.result, broken.result)
    ours, theirs = (journal.read(job.folder / "log.jsonl") for job in (whole, broken))
    for first, second in zip(ours, theirs, strict=True):
        assert {**first, "seconds": 0} == {**second, "seconds": 0}
    before, after = weights_of(model), weights_of(whole.result)
    assert any(not torch.equal(before[key], after[key]) for key in before)


def test_difficulty_is_measured_as_answers_are_written_in_training(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reasonrft import difficulty

    opened, chosen = [], []
    real = Transformers._generate

    def open_backend(name: str, options: Options) -> Transformers:
        opened.append(dict(options.pixels))
        return Transformers(name, options)

    def generate(self: Transformers, *args: Any) -> Any:
        chosen.append(self.top_k)
        return real(self, *args)

    monkeypatch.setattr(difficulty, "open_backend", open_backend)
    monkeypatch.setattr(Transformers, "_generate", generate)
    limits = {"path": "tiny", "max_pixels": 4 * 28 * 28}
    config = grpo_config({"top_k": 3, "max_tokens": 1}, model=limits)
    job = job_of(config, model, data, tmp_path / "grpo")
    difficulty.measure(Job(config, "grpo", str(model), job.rows[:1], job.folder))
    assert opened == [{"max_pixels": 4 * 28 * 28}]
    assert set(chosen) == {3}


def test_a_curriculum_measures_once_and_begins_with_what_is_solved(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reasonrft import difficulty

    solved: list[str] = []

    def by_gold(_response: str, gold: Any) -> Verdict:
        solved.append(gold.text())
        good = gold.text() in {"A", "1", "2"}
        return Verdict(float(good), Status.CORRECT if good else Status.WRONG, None, True)

    monkeypatch.setattr(difficulty, "grade", by_gold)
    config = grpo_config({"steps": 1, "curriculum": True, "max_tokens": 2})
    job = job_of(config, model, data, tmp_path / "grpo")
    ranks = difficulty.ranks_of(job)
    assert sorted(ranks) == list(range(24))
    easy = [sample.answer in {"A", "1", "2"} for sample in job.rows]
    assert all(is_easy == (rank < sum(easy)) for rank, is_easy in zip(ranks, easy, strict=True))
    assert len(solved) == 4 * 24
    path = job.folder / "difficulty-0-of-1.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-2]) + lines[-2][:5])
    assert difficulty.ranks_of(job) == ranks
    assert len(solved) == 4 * 28  # of the last batch's four questions two were missing
    assert path.read_bytes() == b"".join(lines)
    seen = seen_by_trl(monkeypatch)
    train_grpo(job, silence)
    assert len(solved) == 4 * 28
    assert {json.loads(gold)["value"] for gold in seen[0]["gold"] if "value" in gold} <= {1, 2}


def test_a_stream_asks_what_no_row_of_train_has(model: Path, data: Path, tmp_path: Path) -> None:
    built = {"image_size": "56", "seed": 3, "sizes": {"train": 24}}  # as `data`
    config = grpo_config({"steps": 2, "data": "stream"}, data=built)
    rows = stream(config, toy_task.tasks)
    train = job_of(grpo_config({}), model, data, tmp_path / "none").rows
    fresh = [rows[place] for place in range(30)]
    assert not {sample.id for sample in fresh} & {sample.id for sample in train}
    assert not {sample.images for sample in fresh} & {sample.images for sample in train}
    assert fresh[7] == rows[7]
    job = Job(config, "grpo", str(model), rows, tmp_path / "grpo")
    job.folder.mkdir()
    train_grpo(job, silence)
    assert "epoch" not in journal.read(job.folder / "log.jsonl")[0]
    assert job.done.exists()


def test_an_alarm_stops_where_the_answers_of_a_block_are_used_up(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = grpo_config({"steps": 4, "iterations": 2, "prompts": 8}, stop_on_alarm=True)
    job = job_of(config, model, data, tmp_path / "grpo")
    with pytest.raises(StoppedByAlarm, match="after step 2: odd: it is"):
        train_grpo(job, lambda row: [Alarm("odd", "it is")] if row["step"] == 1 else [])
    assert [one.name for one in job.checkpoints.iterdir()] == ["checkpoint-2"]
    seen = seen_by_trl(monkeypatch)
    train_grpo(job, silence)
    (block,) = seen
    assert len(set(block["gold"])) > 1  # not one question for all


def test_spoilt_weights_are_told_before_answers_are_drawn(
    model: Path, data: Path, tmp_path: Path
) -> None:
    spoilt = Path(shutil.copytree(model, tmp_path / "spoilt"))
    net = load_model(str(model), torch.float32, CPU)
    next(net.model.language_model.parameters()).data.fill_(torch.nan)
    net.save_pretrained(spoilt)
    told = refused(grpo_config({"steps": 1}), spoilt, data, tmp_path / "grpo")
    assert told.startswith("grpo is spoilt, no word has a number any more; begin anew")
    assert "a lower grpo.learning_rate" in told


def refused(config: RunConfig, model: Path, data: Path, folder: Path) -> str:
    with pytest.raises(TrainingError) as problem:
        train_grpo(job_of(config, model, data, folder), silence)
    return str(problem.value)


def test_what_does_not_fit_is_refused(model: Path, data: Path, tmp_path: Path) -> None:
    many = refused(grpo_config({"prompts": 13, "accumulate": 2}), model, data, tmp_path)
    assert many == (
        "a step asks 26 different questions (prompts × accumulate × GPUs), and there are 24"
    )


def test_texts_are_read_as_evaluation_reads_them(model: Path) -> None:
    encoder = Encoder(load_processor(str(model)))
    backend = Transformers(str(model), Options())
    graded = Graded(encoder, sorted(backend._ends()), RewardWeights())
    rng = torch.Generator().manual_seed(0)
    rows: Sequence[list[int]] = torch.randint(0, 480, (50, 12), generator=rng).tolist()
    for tokens in rows:
        assert graded.text(tokens) == backend._completion(tokens, 0).text
