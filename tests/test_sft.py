"""Stage 1: what bears loss, what a model is shown, how it is kept, and that a kill changes nothing."""

import json
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

pytest.importorskip(
    "trl", reason="needs the training extra: pip install -e '.[train]' in the checkout"
)

import torch
from transformers import Trainer

from evaluators import Status, grade
from reasonrft import __version__, checkpoints, journal
from reasonrft.alarms import Alarm, Alarms
from reasonrft.backend import Ask, Options, Sampling
from reasonrft.backends.hf import Transformers
from reasonrft.encoding import IGNORED, Encoder, process_once
from reasonrft.job import StoppedByAlarm, TrainingError
from reasonrft.loading import load_model, load_processor
from reasonrft.outcome import _rewrite
from reasonrft.prompt import Prompt, Style, gold_of, make_prompt, make_target
from reasonrft.sft import Batches, Examples, lengths_of, loss_of_targets, train_sft
from reasonrft.training import load, vision_tower
from tests.asked import noise_png
from tests.tiny_model import save_tiny_model
from tests.toy_job import (
    are_same,
    build_train,
    die_at,
    job_of,
    killed,
    sft_config,
    silence,
    weights_of,
)

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_train(tmp_path_factory.mktemp("data") / "toys")


def rows_of(data: Path) -> Examples:
    job = job_of(sft_config({}), Path("none"), data, data.parent / "none")
    return Examples(job.rows, Style.THOUGHT, job.config.sft.bare)


def test_a_training_prompt_is_that_of_evaluation_to_the_token(model: Path, data: Path) -> None:
    backend = Transformers(str(model), Options())
    job = job_of(sft_config({}), model, data, data.parent / "none")
    encoder = Encoder(load_processor(str(model)))
    for place in range(4):
        sample = job.rows[place]
        prompt, target = make_prompt(sample), make_target(sample)
        asked = backend._inputs([Ask(sample, prompt, 0)])
        batch = encoder.batch([(prompt, target)])
        length = asked["input_ids"].shape[1]
        assert batch["input_ids"][0, :length].tolist() == asked["input_ids"][0].tolist()
        assert torch.equal(batch["pixel_values"], asked["pixel_values"])
        assert torch.equal(batch["image_grid_thw"], asked["image_grid_thw"])
        kinds = batch["mm_token_type_ids"]
        assert kinds[0, :length].tolist() == asked["mm_token_type_ids"][0].tolist()
        assert not kinds[0, length:].any()
        written = encoder.tokenizer.decode(batch["input_ids"][0, length:])
        assert written == target + encoder.tokenizer.eos_token


def test_a_share_of_the_rows_is_shown_with_an_empty_thought(data: Path) -> None:
    job = job_of(sft_config({}), Path("none"), data, data.parent / "none")
    some, again = (Examples(job.rows, Style.THOUGHT, 0.4) for _ in range(2))
    none, every = (Examples(job.rows, Style.THOUGHT, share) for share in (0.0, 1.0))
    places = range(len(job.rows))
    for place in places:
        assert some[place] == again[place]
        assert some[place] in (none[place], every[place])
        assert some[place][0] == make_prompt(job.rows[place])
        assert none[place][1] == make_target(job.rows[place])
        verdict = grade(every[place][1], gold_of(job.rows[place]))
        assert verdict.status is Status.CORRECT
        assert verdict.well_formed
        assert "<think>\n\n</think>" in every[place][1]
    bare = sum(some[place] == every[place] for place in places)
    assert 0.2 * len(places) < bare < 0.6 * len(places)


def test_only_the_target_bears_loss(model: Path, data: Path) -> None:
    encoder, examples = Encoder(load_processor(str(model))), rows_of(data)
    batch = Batches(encoder)([examples[place] for place in range(3)])
    labels = batch.pop("labels")
    assert [int((row != IGNORED).sum()) for row in labels] == [
        len(encoder.target(examples[place][1])) for place in range(3)
    ]
    assert (labels[labels != IGNORED] == batch["input_ids"][labels != IGNORED]).all()
    net = load_model(str(model), torch.float32, torch.device("cpu"))
    whole = net(**{**batch, "logits_to_keep": 0}, labels=labels).loss
    # With logits of the end only it is the same: what is left out is prompts.
    ours = loss_of_targets(net(**batch), labels)
    assert ours.item() == pytest.approx(whole.item(), abs=1e-5)


def test_a_batch_may_be_padded(model: Path, data: Path) -> None:
    encoder, examples = Encoder(load_processor(str(model))), rows_of(data)
    net = load_model(str(model), torch.float32, torch.device("cpu"))
    pairs = [examples[place] for place in range(4)]
    assert {len(prompt.images) for prompt, _ in pairs} == {1, 2}

    def total(some: list[tuple[Prompt, str]]) -> float:
        batch = Batches(encoder)(some)
        labels = batch.pop("labels")
        return float(loss_of_targets(net(**batch), labels, 1).item())

    assert total(pairs) == pytest.approx(sum(total([pair]) for pair in pairs), rel=1e-5)


def test_a_length_is_known_without_the_pictures(model: Path, data: Path) -> None:
    encoder, examples = Encoder(load_processor(str(model))), rows_of(data)
    pairs = [examples[place] for place in range(4)]
    assert [encoder.length(*pair) for pair in pairs] == [
        encoder.batch([pair])["input_ids"].shape[1] for pair in pairs
    ]


def test_a_picture_that_comes_again_is_processed_once(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, once = (load_processor(str(model)) for _ in range(2))
    process_once(once.image_processor)
    prompts = [Prompt((noise_png(seed, side=side),), "?") for seed, side in ((1, 60), (2, 90))]
    asked = [prompts[0], prompts[1], prompts[0], Prompt(prompts[1].images * 2, "?")]
    processed = []
    real = type(plain.image_processor).preprocess

    def preprocess(self: object, images: list[object], *args: object, **others: object) -> object:
        processed.append(len(images))
        return real(self, images, *args, **others)

    expected = Encoder(plain).prompts(asked)
    monkeypatch.setattr(type(plain.image_processor), "preprocess", preprocess)
    for _ in range(2):
        found = Encoder(once).prompts(asked)
        assert found["input_ids"] == expected["input_ids"]
        for name in ("pixel_values", "image_grid_thw"):
            assert torch.equal(found[name], torch.as_tensor(expected[name])), name
    assert processed == [2]
    assert type(once.image_processor).__name__ == type(plain.image_processor).__name__
    assert once.image_processor.to_dict() == plain.image_processor.to_dict()


def test_a_few_rows_are_learned_by_heart(model: Path, data: Path, tmp_path: Path) -> None:
    config = sft_config({"steps": 90, "log_every": 30, "batch_size": 2, "learning_rate": 5e-3})
    job = job_of(config, model, data, tmp_path / "sft")
    few = job_of(config, model, data, tmp_path / "sft").rows[:2]
    train_sft(type(job)(config, "sft", str(model), few, job.folder), silence)
    rows = journal.read(job.folder / "log.jsonl")
    assert [row["step"] for row in rows] == [1, 30, 60, 90]
    assert set(rows[0]) == {
        *("step", "epoch", "loss", "learning_rate", "grad_norm", "tokens", "seconds")
    }
    assert rows[-1]["loss"] < 0.05 < 5 < rows[0]["loss"]
    assert rows[-1]["epoch"] == 90
    assert [row["tokens"] for row in rows] == sorted(row["tokens"] for row in rows)
    backend = Transformers(str(job.result), Options())
    asks = [Ask(sample, make_prompt(sample), row) for row, sample in enumerate(few)]
    for ask, outcome in backend.answer(iter(asks), Sampling(max_tokens=90)):
        assert getattr(outcome, "text", "") == make_target(ask.sample)
    done = json.loads(job.done.read_text())
    assert done["steps"] == 90
    assert (done["device"], done["processes"]) == ("cpu", 1)
    assert done["rrft"] == __version__
    assert torch.__version__.startswith(done["versions"]["torch"].partition("+")[0])


def test_what_is_saved_is_an_ordinary_model(model: Path, data: Path, tmp_path: Path) -> None:
    job = job_of(sft_config({"steps": 1}), model, data, tmp_path / "sft")
    train_sft(job, silence)
    same = ("chat_template.jinja", "preprocessor_config.json", "tokenizer.json")
    for name in (*same, "video_preprocessor_config.json", "generation_config.json"):
        before, after = ((folder / name).read_text() for folder in (model, job.result))
        assert name == "generation_config.json" or before == after, name
    assert {path.name for path in job.result.iterdir()} == {path.name for path in model.iterdir()}
    assert not list(job.folder.glob("*.partial"))


def test_adapters_are_merged_and_vision_stays(model: Path, data: Path, tmp_path: Path) -> None:
    from peft import PeftModel

    config = sft_config({"steps": 3, "lora": {"rank": 4, "alpha": 64}})
    job = job_of(config, model, data, tmp_path / "sft")
    train_sft(job, silence)
    cpu = torch.device("cpu")
    adapted = PeftModel.from_pretrained(
        load_model(str(model), torch.float32, cpu), str(job.checkpoints / "checkpoint-3")
    )
    plain, merged = (load_model(str(one), torch.float32, cpu) for one in (model, job.result))
    batch = Encoder(load_processor(str(model))).batch([rows_of(data)[0]])
    with torch.no_grad():
        outputs = [net.eval()(**batch).logits for net in (adapted, merged, plain)]
    assert torch.allclose(outputs[0], outputs[1], atol=1e-4)
    assert not torch.allclose(outputs[1], outputs[2], atol=1e-2)
    before, after = weights_of(model), weights_of(job.result)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert not any("visual" in name or "lm_head" in name for name in changed)


@pytest.mark.parametrize("frozen", [True, False])
def test_vision_is_frozen_where_it_shall_be(
    model: Path, data: Path, tmp_path: Path, frozen: bool
) -> None:
    config = sft_config({"steps": 1, "freeze_vision": frozen})
    job = job_of(config, model, data, tmp_path / "sft")
    train_sft(job, silence)
    before, after = weights_of(model), weights_of(job.result)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert any("layers" in name for name in changed)
    assert any("visual" in name for name in changed) != frozen
    assert vision_tower(load_model(str(model), torch.float32, "cpu"))[0] == "model.visual"


BROKEN = {"steps": 6, "save_every": 2, "log_every": 1}


@pytest.fixture(scope="module")
def unbroken(model: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    config = sft_config(BROKEN)
    folder = tmp_path_factory.mktemp("unbroken")
    train_sft(job_of(config, model, data, folder), silence)
    torch.set_num_threads(before)
    return folder


@pytest.mark.thorough
@pytest.mark.parametrize("step", [1, 5])
def test_a_kill_changes_nothing(
    model: Path,
    data: Path,
    tmp_path: Path,
    unbroken: Path,
    capsys: pytest.CaptureFixture[str],
    step: int,
) -> None:
    config = sft_config(BROKEN)
    job = job_of(config, model, data, tmp_path / "sft")
    assert killed(train_sft, job, die_at(step)) == signal.SIGKILL
    assert not job.done.exists()
    train_sft(job, silence)
    said = capsys.readouterr().err
    assert (f"sft goes on after step {step - 1} of 6" in said) == (step > 1)
    assert are_same(job.result, unbroken / "model")
    ours, theirs = (journal.read(folder / "log.jsonl") for folder in (job.folder, unbroken))
    assert [row["step"] for row in ours] == [1, 2, 3, 4, 5, 6]
    assert [row["loss"] for row in ours] == [row["loss"] for row in theirs]
    assert [row["tokens"] for row in ours] == [row["tokens"] for row in theirs]
    assert sorted(path.name for path in job.checkpoints.glob("*/")) == [
        "checkpoint-4",
        "checkpoint-6",
    ]


def test_a_kill_changes_no_adapters(model: Path, data: Path, tmp_path: Path) -> None:
    config = sft_config({**BROKEN, "steps": 4, "lora": {"dropout": 0.1}})
    whole, broken = (job_of(config, model, data, tmp_path / name) for name in ("whole", "broken"))
    train_sft(whole, silence)
    assert killed(train_sft, broken, die_at(3)) == signal.SIGKILL
    train_sft(broken, silence)
    assert are_same(whole.result, broken.result)


def test_a_checkpoint_cut_short_is_not_used(
    model: Path, data: Path, tmp_path: Path, unbroken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = sft_config(BROKEN)
    job = job_of(config, model, data, tmp_path / "sft")
    assert killed(train_sft, job, die_at(5)) == signal.SIGKILL
    newest = checkpoints.newest_whole(job.checkpoints)
    assert newest is not None
    assert newest.name == "checkpoint-4"
    half = newest / "optimizer.pt"
    half.write_bytes(half.read_bytes()[:-1])
    train_sft(job, silence)
    said = capsys.readouterr().err
    assert "checkpoint-4 was cut short and is not used" in said
    assert "sft goes on after step 2 of 6" in said
    assert are_same(job.result, unbroken / "model")


def test_a_kill_while_a_checkpoint_is_written_changes_nothing(
    model: Path,
    data: Path,
    tmp_path: Path,
    unbroken: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = sft_config(BROKEN)
    job = job_of(config, model, data, tmp_path / "sft")

    def kill_at_second(folder: Path) -> None:
        if folder.name == "checkpoint-4":
            die_at(0)({"step": 1})
        checkpoints.mark_whole(folder)

    def prepare() -> None:
        monkeypatch.setattr("reasonrft.told.mark_whole", kill_at_second)

    assert killed(train_sft, job, prepare=prepare) == signal.SIGKILL
    assert (job.checkpoints / "checkpoint-4").exists()
    assert (checkpoints.newest_whole(job.checkpoints) or job.folder).name == "checkpoint-2"
    train_sft(job, silence)
    assert are_same(job.result, unbroken / "model")


def test_a_kill_before_the_model_is_saved_changes_nothing(
    model: Path, data: Path, tmp_path: Path, unbroken: Path
) -> None:
    config = sft_config(BROKEN)
    job = job_of(config, model, data, tmp_path / "sft")
    shutil.copytree(unbroken, job.folder, dirs_exist_ok=True)
    job.done.unlink()
    (job.result / "half").touch()
    train_sft(job, silence)
    assert are_same(job.result, unbroken / "model")
    assert not (job.result / "half").exists()


def test_too_long_rows_are_refused_before_anything_is_loaded(model: Path, data: Path) -> None:
    examples, encoder = rows_of(data), Encoder(load_processor(str(model)))
    lengths = lengths_of(examples, encoder, 4096)
    with pytest.raises(TrainingError) as refused:
        lengths_of(examples, encoder, max(lengths) - 1)
    count = lengths.count(max(lengths))
    assert str(refused.value).startswith(
        f"{count} of 24 rows have more than sft.max_length = {max(lengths) - 1} tokens, "
        f"the longest {max(lengths)};"
    )


def test_too_little_memory_says_what_to_try(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(*args: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("transformers.Trainer.training_step", step)
    job = job_of(sft_config({"steps": 1}), model, data, tmp_path / "sft")
    with pytest.raises(TrainingError, match=r"^out of GPU memory in sft; try sft.batch_size"):
        train_sft(job, silence)


def test_an_alarm_warns_or_stops(
    model: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def watch(row: Mapping[str, float]) -> list[Alarm]:
        return [Alarm("loss", "it is odd")]

    config = sft_config({"steps": 2, "log_every": 1})
    train_sft(job_of(config, model, data, tmp_path / "warned"), watch)
    assert "rrft: warning: loss: it is odd" in capsys.readouterr().err
    told = journal.read(tmp_path / "warned" / "alarms.jsonl")
    assert told == [{"step": step, "name": "loss", "message": "it is odd"} for step in (1, 2)]
    config = sft_config({"steps": 9, "log_every": 1}, stop_on_alarm=True)
    job = job_of(config, model, data, tmp_path / "stopped")
    with pytest.raises(StoppedByAlarm, match="sft was stopped after step 1: loss: it is odd"):
        train_sft(job, watch)
    assert (checkpoints.newest_whole(job.checkpoints) or job.folder).name == "checkpoint-1"
    assert not job.done.exists()
    train_sft(job, silence)  # it may be gone on with
    assert [row["step"] for row in journal.read(job.folder / "log.jsonl")] == [*range(1, 10)]


def test_a_loss_that_is_no_number_is_seen(model: Path, data: Path, tmp_path: Path) -> None:
    seen = []
    config = sft_config({"steps": 3, "log_every": 1, "learning_rate": 1e38, "max_grad_norm": 1e9})

    def watch(row: Mapping[str, float]) -> list[Alarm]:
        seen.append(str(row["loss"]))
        return []

    job = job_of(config, model, data, tmp_path / "sft")
    with pytest.raises(TrainingError, match=r"^sft came to no model: loss, .*weights not finite"):
        train_sft(job, watch)
    assert "nan" in seen
    assert not job.done.exists()
    assert not job.result.exists()


def test_spoilt_weights_are_no_point_to_go_on_from(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Trainer.training_step

    def spoilt(self: Trainer, *args: object, **others: object) -> torch.Tensor:
        loss = real(self, *args, **others)
        if self.state.global_step == 3:  # the fourth step
            for weights in self.model.parameters():
                if weights.grad is not None:
                    weights.grad.fill_(torch.nan)
        return loss

    monkeypatch.setattr(Trainer, "training_step", spoilt)
    config = sft_config({"steps": 6, "save_every": 2, "log_every": 1}, stop_on_alarm=True)
    job = job_of(config, model, data, tmp_path / "sft")
    for _ in range(2):  # the same again after a resume
        with pytest.raises(StoppedByAlarm, match="after step 4: not-finite"):
            train_sft(job, Alarms(config, "sft").look)
        newest = checkpoints.newest_whole(job.checkpoints)
        assert newest is not None
        assert newest.name == "checkpoint-2"
    monkeypatch.setattr(Trainer, "training_step", real)
    train_sft(job, Alarms(config, "sft").look)
    assert job.done.exists()


def test_how_often_it_is_saved_may_change_on_the_way(
    model: Path, data: Path, tmp_path: Path
) -> None:
    often, seldom = (sft_config({"steps": 6, "log_every": 1, "save_every": n}) for n in (2, 3))
    job = job_of(often, model, data, tmp_path / "sft")
    assert killed(train_sft, job, die_at(3)) == signal.SIGKILL
    train_sft(job_of(seldom, model, data, tmp_path / "sft"), silence)
    there = {one.name for one in job.checkpoints.iterdir()}
    assert there == {"checkpoint-3", "checkpoint-6"}


def test_what_is_no_number_is_told_again_after_a_resume(
    model: Path, data: Path, tmp_path: Path
) -> None:
    config = sft_config({"steps": 4, "save_every": 2, "log_every": 1})
    job = job_of(config, model, data, tmp_path / "sft")
    assert killed(train_sft, job, die_at(3)) == signal.SIGKILL
    log = job.folder / "log.jsonl"
    rows = journal.read(log)
    rows[0]["grad_norm"] = float("nan")
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    alarms = Alarms(config, "sft")
    train_sft(job, alarms.look)
    (told,) = alarms.look({"step": 5, "loss": float("nan")})
    assert told.name == "not-finite"


def test_a_report_that_cannot_be_made_is_refused(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reasonrft.readiness.find_spec", lambda _: None)
    job = job_of(sft_config({}, report_to=["wandb"]), model, data, tmp_path / "sft")
    with pytest.raises(TrainingError, match="report_to has wandb, which is not installed"):
        train_sft(job, silence)


def test_limits_of_pictures_hold_in_training_and_after_it(
    model: Path, data: Path, tmp_path: Path
) -> None:
    limits = {"path": "tiny", "min_pixels": 4 * 28 * 28, "max_pixels": 4 * 28 * 28}
    job = job_of(sft_config({"steps": 1}, model=limits), model, data, tmp_path / "sft")
    big = [Prompt((noise_png(0, side=200),), "?")]
    train_sft(job, silence)
    plain, limited = (Encoder(load_processor(str(one))) for one in (model, job.result))
    assert plain.prompts(big)["image_grid_thw"].tolist() == [[1, 8, 8]]
    assert limited.prompts(big)["image_grid_thw"].tolist() == [[1, 4, 4]]
    assert (job.result / "video_preprocessor_config.json").exists()  # with torchvision it is needed


@pytest.mark.parametrize("strategy", ["ddp", "zero3"])
def test_one_process_keeps_whole_weights_itself(
    model: Path, data: Path, tmp_path: Path, strategy: str
) -> None:
    hardware = {"gpus": 1, "strategy": strategy}
    config = sft_config({}, model={"dtype": "bfloat16"}, hardware=hardware)
    loaded = load(job_of(config, model, data, tmp_path / "sft"), config.sft)
    assert next(loaded.model.parameters()).dtype == torch.float32
    several = sft_config({}, model={"dtype": "bfloat16"}, hardware={**hardware, "gpus": 2})
    loaded = load(job_of(several, model, data, tmp_path / "sft"), several.sft)
    expected = torch.float32 if strategy == "ddp" else torch.bfloat16
    assert next(loaded.model.parameters()).dtype == expected


def test_a_model_is_written_anew_where_deepspeed_is_not_seen(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers.integrations import deepspeed

    class Zero3:  # a plain namespace can have no weak reference
        def is_zero3(self) -> bool:
            return True

    zero3 = Zero3()
    seen = []

    def look(*args: object, **others: object) -> object:
        seen.append(deepspeed.is_deepspeed_zero3_enabled())
        return load_model(*args, **others)  # type: ignore[arg-type]

    config = sft_config({"steps": 1, "lora": {"rank": 4}})
    job = job_of(config, model, data, tmp_path / "sft")
    train_sft(job, silence)
    part = job.result.with_name("part")
    shutil.copytree(job.checkpoints / "checkpoint-1", part)
    loaded = load(job, config.sft)
    monkeypatch.setattr("reasonrft.outcome.load_model", look)
    monkeypatch.setattr(deepspeed, "is_deepspeed_available", lambda: True)
    deepspeed.set_hf_deepspeed_config(zero3)
    try:
        _rewrite(job, part, loaded, is_lora=True)
        assert seen == [False]
        assert deepspeed.is_deepspeed_zero3_enabled()
    finally:
        deepspeed.unset_hf_deepspeed_config()


def test_half_precision_keeps_whole_weights_until_the_end(
    model: Path, data: Path, tmp_path: Path
) -> None:
    config = sft_config({"steps": 1}, model={"dtype": "bfloat16"})
    job = job_of(config, model, data, tmp_path / "sft")
    train_sft(job, silence)
    kept, saved = (weights_of(one) for one in (job.checkpoints / "checkpoint-1", job.result))
    assert {str(one.dtype) for one in kept.values()} == {"torch.float32"}
    assert {str(one.dtype) for one in saved.values()} == {"torch.bfloat16"}
