"""How the embedded base is made: what one step learns from, and a run that was stopped goes on."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader

from reasonrft.nano.album import bind, of_pair, of_table, page_of
from reasonrft.nano.sight import LABELS, SIGN
from tests.nano_data import built, diagram_page, pair, sample


def learner(count: int = 4, **changed: Any) -> Any:
    """A model that has learned nothing, and some pictures of all sorts to learn from."""
    from reasonrft.nano.architecture import make_model, make_tokenizer
    from reasonrft.nano.learner import Course, Learner, Plan
    from reasonrft.nano.pretrain import corpus

    drawn, pairs = ([one(i) for i in range(count)] for one in (sample, pair))
    pages = [page_of(list(map(of_table, drawn))), page_of(list(map(of_pair, pairs)))]
    album = bind([*pages, diagram_page(count)])
    tokenizer = make_tokenizer(list(corpus([drawn, pairs], album.subjects)))
    plan = replace(Plan(Course(8, 1e-3), Course(7, 1e-3), batch=4, seed=0), **changed)
    made = Learner(make_model(tokenizer, plan.seed), tokenizer, album, plan, workers=0)
    made.pools = replace(made.pools, together=4)
    return made


def test_the_quick_passes_are_those_of_the_library() -> None:
    taught = learner()
    batches = taught.pools[0]
    model, pad = taught.model, taught.pools.tokenizer.pad_token_id
    for pictures in (1, 2):
        batch = next(one for one in batches if len(one.pictures) == pictures * len(one.ids))
        patches = taught.album.patches(batch.pictures)
        grid = torch.tensor([[1, *taught.album.grid]] * len(patches))
        with torch.no_grad():
            vectors = taught.passes.vectors(patches)
            scores = taught.passes.said(vectors, batch.ids, batch.at)
            seen = model.model.visual(patches.flatten(0, 1), grid_thw=grid).last_hidden_state
            whole = model(
                input_ids=batch.ids,
                attention_mask=(batch.ids != pad).long(),
                pixel_values=patches.flatten(0, 1),
                image_grid_thw=grid,
                mm_token_type_ids=(batch.ids == model.config.image_token_id).int(),
            ).logits
        assert (vectors.flatten(0, 1) - seen).abs().max() < 1e-4
        assert (whole.flatten(0, 1)[batch.at] - scores).abs().max() < 1e-4


def test_a_lesson_bears_loss_on_its_target_alone() -> None:
    taught = learner()
    batch = taught.pools[0][0]
    tokenizer = taught.pools.tokenizer
    ends = batch.targets == tokenizer.eos_token_id
    assert int(ends.sum()) == len(batch.ids)
    assert batch.ids.flatten()[batch.at + 1].tolist() == batch.targets.tolist()
    text = tokenizer.decode(batch.targets)
    assert "user" not in text
    assert "<|image_pad|>" not in text


def test_lessons_do_not_depend_on_workers() -> None:
    pools = learner().pools
    loader = DataLoader(pools, batch_size=None, sampler=range(3), num_workers=2)
    for place, batches in enumerate(loader):
        for batch, other in zip(batches, pools[place], strict=True):
            assert all(
                torch.equal(getattr(batch, one), getattr(other, one))
                for one in ("pictures", "ids", "at", "targets")
            )


def test_patches_named_rightly_are_counted_whatever_the_batches() -> None:
    """Of signs, on patches that show one; a label that no picture has is left out."""
    one, all_at_once = learner(batch=1), learner(batch=99)
    named = one.named_rightly(one.album)
    assert named == pytest.approx(all_at_once.named_rightly(one.album), abs=0.002)
    assert list(named) == [*LABELS, "where"]
    diagrams = bind([diagram_page(3)])
    assert list(one.named_rightly(diagrams)) == ["sign", "second sign", "where"]
    labels, where = diagrams.labels.long(), diagrams.where
    counts = one.namer.rights(one.passes.vectors(diagrams.patches(torch.arange(3))), labels, where)
    assert counts[SIGN:-1, 1].tolist() == (labels[..., SIGN:] > 0).sum(dim=(0, 1)).tolist()


def test_a_run_goes_on_with_the_same_settings_only(tmp_path: Path) -> None:
    from reasonrft.nano.learner import Course

    path = tmp_path / "checkpoint.pt"
    learner().save(path)
    learner().load(path)
    changes: dict[str, Any] = {
        "batch 4 there, 8 here": {"batch": 8},
        "seed 0 there, 1 here": {"seed": 1},
        "see 8 steps at 0.001 there, 9 steps at 0.001 here": {"see": Course(9, 1e-3)},
        "say 7 steps at 0.001 there, 7 steps at 0.002 here": {"say": Course(7, 2e-3)},
        "pictures 28 there, 21 here, diagrams 4 there, 3 here, vocabulary": {"count": 3},
    }
    for said, changed in changes.items():
        with pytest.raises(
            ValueError, match=f"^{re.escape(str(path))} is of other .*: {said}[^\n]*$"
        ):
            learner(**changed).load(path)


@pytest.mark.thorough
@pytest.mark.usefixtures("one_thread")
def test_pretraining_learns_and_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from reasonrft.nano import learner as learning

    monkeypatch.setattr(learning, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    monkeypatch.setattr(learning, "STEPS_BETWEEN_LINES", 7)
    whole, broken, resumed = learner(), learner(), learner()
    assert {len(one.pictures) // len(one.ids) for one in whole.pools[0]} == {1, 2}
    before = whole.named_rightly(whole.album)
    whole.see(tmp_path / "whole.pt")
    assert whole.named_rightly(whole.album)["there"] > before["there"]
    whole.say(tmp_path / "whole.pt")

    broken.see(tmp_path / "broken.pt")
    clip, steps = torch.nn.utils.clip_grad_norm_, iter(range(5))

    def stopped(*arguments: Any) -> Any:
        if next(steps, None) is None:
            raise KeyboardInterrupt
        return clip(*arguments)

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", stopped)
    with pytest.raises(KeyboardInterrupt):
        broken.say(tmp_path / "broken.pt")
    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", clip)

    resumed.load(tmp_path / "broken.pt")
    assert resumed.step == {"see": 8, "say": 5}
    resumed.see(tmp_path / "broken.pt")
    resumed.say(tmp_path / "broken.pt")
    for name, weights in resumed.model.state_dict().items():
        assert torch.equal(weights, whole.model.state_dict()[name]), name
    of_seven, of_two = map(float, re.findall("say 7/7 loss ([0-9.]+)", capsys.readouterr().err))
    assert of_seven / 2 < of_two < 1.5 * of_seven  # a mean of the steps that it made itself


@pytest.mark.thorough
@pytest.mark.usefixtures("one_thread")
def test_a_base_is_made_of_built_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reasonrft.nano import pretrain

    tables = built(tmp_path / "tables", "counting", "train=4", "test=2")
    pairs = built(tmp_path / "pairs", "transformation", "train=4", "test=2")
    out = tmp_path / "model"
    monkeypatch.setattr(pretrain, "HELD_OUT", 2)
    asked = [
        "--data",
        str(tables),
        str(pairs),
        "--out",
        str(out),
        "--diagrams",
        "3",
        "--batch",
        "4",
    ]
    monkeypatch.setattr(
        "sys.argv", ["pretrain", *asked, "--see", "2", "--say", "2", "--threads", "1"]
    )
    pretrain.main()
    assert {"model.safetensors", "tokenizer.json", "words"} <= {one.name for one in out.iterdir()}
    assert not list(out.glob("*.partial"))
    made = (out / "model.safetensors").read_bytes()
    pretrain.main()  # there is nothing left to do
    assert (out / "model.safetensors").read_bytes() == made
