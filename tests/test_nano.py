"""The embedded model: its files, what it is taught, how its sight is measured, how it is made."""

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from builders import registry
from builders.sample import Sample
from builders.scenes.rle import decode
from builders.scenes.tabletop import ROWS
from builders.task import Canvas, draw_sample
from builders.tasks.counting._words import SYNONYMS
from evaluators import Integer, Status, grade
from reasonrft.nano import base_folder, resolve
from reasonrft.nano.architecture import CELL, MERGE, PATCH
from reasonrft.nano.lessons import RESTATED, Lesson, cell_of, described, lesson_of, teach
from reasonrft.nano.measure import Named, judge, read_told, verdicts_right
from reasonrft.nano.sight import (
    MIDDLE,
    NUMBER,
    UNKNOWN,
    VALUES,
    in_cells,
    mirrored,
    patches_of,
    see,
)

CANVAS = Canvas(128, 96)
MEGABYTE = 1_000_000


@cache
def sample(index: int, task: str = "count") -> Sample:
    return draw_sample(registry.tasks()[task].at("easy"), "train", 7, index, CANVAS)


def things(index: int) -> Sequence[dict[str, Any]]:
    return see(sample(index)).objects


def seen(pixels: Any) -> Any:
    """The patches of pictures, one after the other."""
    import torch

    return patches_of(torch.tensor(pixels)).flatten(0, 1).numpy()


# What is shipped.


def test_the_base_is_small_and_has_its_card() -> None:
    files = {path.name: path.stat().st_size for path in base_folder().iterdir()}
    assert sum(files.values()) < 12 * MEGABYTE
    assert {"model.safetensors", "config.json", "tokenizer.json", "README.md"} <= files.keys()
    assert not [name for name in files if name.endswith((".bin", ".pt", ".pkl"))]
    assert resolve("nano") == str(base_folder())
    assert resolve("other") == "other"


def test_pictures_come_to_the_model_as_its_processor_makes_them() -> None:
    from reasonrft.loading import load_processor

    pixels = np.stack([see(sample(i)).pixels for i in range(3)])
    made = load_processor("nano")(
        text=["<|vision_start|><|image_pad|><|vision_end|>"] * 3,
        images=[[Image.fromarray(one)] for one in pixels],
        return_tensors="pt",
        padding=True,
    )
    assert np.abs(made["pixel_values"].numpy() - seen(pixels)).max() < 1e-5
    rows, columns = CANVAS.height // PATCH, CANVAS.width // PATCH
    assert made["image_grid_thw"].tolist() == [[1, rows, columns]] * 3
    cells = (made["input_ids"] == 5).sum(dim=1).tolist()
    assert cells == [rows * columns // MERGE**2] * 3


# What it is taught.


@pytest.mark.parametrize("index", range(4))
def test_a_patch_is_labelled_by_the_thing_that_most_of_it_shows(index: int) -> None:
    sight = see(sample(index))
    objects = json.loads(sample(index).scene)["objects"]
    masks = [decode(one["mask"]["counts"], *one["mask"]["size"]) for one in objects]
    for row in range(CANVAS.height // PATCH):
        for column in range(CANVAS.width // PATCH):
            window = (
                slice(row * PATCH, (row + 1) * PATCH),
                slice(column * PATCH, (column + 1) * PATCH),
            )
            shares = [mask[window].mean() for mask in masks]
            there, *classes, number, _ = sight.labels[row, column].tolist()
            if max(shares) <= 0.3:
                assert there == 0
                assert {*classes, number} == {UNKNOWN}
                continue
            shown = objects[int(np.argmax(shares))]
            named = {
                name: values[c] for (name, values), c in zip(VALUES.items(), classes, strict=True)
            }
            assert (there, number) == (1, int(np.argmax(shares)))
            assert named == {name: shown[name] for name in VALUES}


def test_patches_and_labels_are_in_one_order() -> None:
    """The brightness of each patch, found in both ways."""
    pixels = see(sample(0)).pixels
    rows, columns = CANVAS.height // PATCH, CANVAS.width // PATCH
    brightness = pixels.reshape(rows, PATCH, columns, PATCH, 3).mean(axis=(1, 3, 4))
    first = in_cells(brightness[None])
    second = seen(pixels[None]).mean(axis=1)
    assert np.corrcoef(first, second)[0, 1] > 0.999


@pytest.mark.parametrize("index", range(6))
def test_a_mirrored_picture_is_walked_from_its_own_left(index: int) -> None:
    sight = see(sample(index))
    once, twice = mirrored(sight), mirrored(mirrored(sight))
    assert (twice.pixels == sight.pixels).all()
    assert (twice.labels == sight.labels).all()
    assert np.allclose(twice.where, sight.where)
    assert twice.objects == sight.objects
    rows: dict[int, list[float]] = {}
    for right, behind in (one["spot"] for one in once.objects):
        rows.setdefault(-math.floor(behind / ROWS), []).append(right)
    assert list(rows) == sorted(rows)
    assert all(line == sorted(line) for line in rows.values())
    for thing, number in zip(once.objects, range(99), strict=False):  # each patch still its thing's
        of_it = once.labels[once.labels[..., NUMBER] == number]
        assert {VALUES["color"][color] for color in of_it[:, 1]} <= {thing["color"]}
        assert of_it[:, MIDDLE].sum() == (len(of_it) > 0)
    assert sorted(map(described, once.objects)) == sorted(map(described, sight.objects))


def test_a_place_is_the_cell_of_the_boxs_middle() -> None:
    assert cell_of({"box": [0, 0, 10, 10]}) == (1, 1)
    assert cell_of({"box": [CELL, 0, CELL + 8, 2 * CELL]}) == (2, 2)
    assert cell_of({"box": [120, 88, 128, 96]}) == (8, 6)


@pytest.mark.parametrize("kind", ["walk", "places", "across", "total", "direct"])
def test_lessons_tell_the_truth(kind: str) -> None:
    objects = things(1)
    lesson = lesson_of(kind, objects, Random(3))
    if kind in {"total", "direct"}:
        verdict = grade(lesson.target, Integer(len(objects)))
        assert (verdict.status, verdict.well_formed) == (Status.CORRECT, kind == "total")
    elif kind in {"walk", "places", "across"}:
        for one in objects:
            assert described(one) in lesson.target
    if kind == "places":
        told = read_told(lesson.target)
        assert judge(objects, told) == Named(
            len(objects), len(objects), len(objects), len(told), True
        )


def test_no_lesson_asks_for_the_number_of_a_group() -> None:
    """Where attributes are asked for, no number is; where a number is, all things are asked for."""
    rng = Random(0)
    words = {value for values in VALUES.values() for value in values}
    for _ in range(300):
        lesson = teach(things(2), rng)
        asked = set(lesson.prompt.lower().replace(".", " ").replace("?", " ").split())
        if words & asked and "Name the things from" not in lesson.prompt:
            assert "from left to right" in lesson.prompt or "answer" not in lesson.target
            is_restated = any(lesson.prompt.startswith(one[:8]) for one in RESTATED)
            assert is_restated or "how many" not in lesson.prompt.lower()
            assert not (is_restated and re.search(r"[0-9]", lesson.target))


def test_a_question_is_restated_with_all_that_it_asks_for() -> None:
    """Attribute by attribute, in plain words and in the order of the question."""
    plain = {word: name for name, said in SYNONYMS.items() for word in said}
    values = {value for some in VALUES.values() for value in some}
    seen = Counter[str]()
    for seed in range(300):
        lesson = lesson_of("restate", things(2), Random(seed))
        # One of the wordings names both groups twice.
        text = re.sub(r"there are at least .*?\. how", "how", lesson.prompt.lower())
        for said in sorted(plain, key=len, reverse=True):
            if " " in said:
                text = text.replace(said, plain[said])
        asked, told = (
            [
                plain.get(word.removesuffix("s"), word.removesuffix("s"))
                for word in re.findall("[a-z]+", some)
            ]
            for some in (text, lesson.target.lower())
        )
        assert [one for one in asked if one in values] == [one for one in told if one in values], (
            lesson
        )
        seen.update(set(told) & values)
    assert min(seen[value] for value in values) > 5


@pytest.mark.parametrize(
    ("seed", "prompt", "target"),
    [
        (
            23,
            "Say it plainly. What is the number of large matte things that are purple blocks or large red things?",
            "Large rubber things. Purple cubes among these. Large red things among these.",
        ),
        (
            2,
            "What does this ask for? Count the purple metallic cylinders and count the tiny brown matte things. What is "
            "the difference between the two numbers?",
            "Purple metal cylinders. Small brown rubber things.",
        ),
    ],
)
def test_questions_restated(seed: int, prompt: str, target: str) -> None:
    assert lesson_of("restate", things(2), Random(seed)) == Lesson(prompt, target)


def test_which_things_fit_a_phrase_is_told_of_all_and_only_those() -> None:
    objects = things(2)
    for seed in range(60):
        lesson = lesson_of("which", objects, Random(seed))
        first, *others = lesson.target.removesuffix(".").split(". ")
        opening, things_told = re.split(r": (?=#1: |A: )", first)
        phrases = [
            re.sub(r".*(?:looking for|search of) |, from back to front", "", opening, flags=re.I)
        ]
        verdicts = [re.findall(r"(#\d+|[A-Z]): [\w ]+ \(([\w ]+), (yes|no)\)", things_told)]
        for other in others:
            phrase, said = other.split(": ", 1)
            phrases.append(phrase)
            verdicts.append(re.findall(r"(#\d+|[A-Z]) \(([\w ]+), (yes|no)\)", said))
        assert lesson.prompt.count("?") == len(phrases)
        labels = dict(_labelled(lesson.target, objects))
        for phrase, told in zip(phrases, verdicts, strict=True):
            values = set(phrase.lower().removesuffix(" things").removesuffix("s").split())
            assert {name: verdict for name, _, verdict in told} == {
                name: "yes" if values <= set(described(one).split()) else "no"
                for name, one in labels.items()
            }
            for name, reason, verdict in told:  # it ends in the first word that does not fit
                words = reason.split()
                assert set(words) <= set(described(labels[name]).split())
                assert set(words[:-1]) <= values
                assert (words[-1] in values) == (verdict == "yes")


def _labelled(target: str, objects: Sequence[Any]) -> list[tuple[str, Any]]:
    """The things of a walk by the labels that it gives them."""
    from builders.tasks.counting._setting import LABELS

    labels = next(one for one in LABELS if f"{one[0]}: {described(objects[0])}" in target)
    return list(zip(labels, objects, strict=False))


def test_sums_and_lists_are_right() -> None:
    for seed in range(60):
        lesson = lesson_of("sum", things(1), Random(seed))
        first, sign, second, _, result = lesson.target.split()
        expected = int(first) + int(second) if sign == "+" else int(first) - int(second)
        assert int(result) == expected >= 0
        assert lesson.prompt == f"How much is {first} {sign} {second}?"
        lesson = lesson_of("list", things(1), Random(seed))
        named = lesson.prompt.split(": ")[1].removesuffix("?").replace(" and ", ", ").split(", ")
        assert lesson.target == f"That makes {len(named)}."


# How its sight is measured.

SCENE = [
    {"size": "small", "color": "red", "material": "metal", "shape": "cube", "box": [0, 0, 10, 10]},
    {"size": "small", "color": "red", "material": "metal", "shape": "cube", "box": [64, 48, 80, 60]},
    {"size": "large", "color": "blue", "material": "rubber", "shape": "sphere", "box": [32, 32, 60, 60]},
]  # fmt: skip
RED, BLUE = "small red metal cube", "large blue rubber sphere"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([f"A: {RED} at 1 1", f"B: {RED} at 5 4", f"C: {BLUE} at 3 3"], Named(3, 3, 3, 3, True)),
        ([f"A: {RED} at 5 4", f"B: {RED} at 1 1", f"C: {BLUE} at 3 3"], Named(3, 3, 3, 3, True)),
        ([f"A: {BLUE} at 3 3", f"B: {RED} at 1 1", f"C: {RED} at 5 4"], Named(3, 3, 3, 3, False)),
        ([f"A: {RED} at 1 1", f"C: {BLUE} at 6 3"], Named(3, 2, 1, 2, False)),  # one left out, one misplaced
        ([f"A: {RED} at 1 1"] * 4, Named(3, 2, 1, 4, False)),  # named twice as often as there
        ([f"A: {RED}", "C: large green rubber sphere at 3 3"], Named(3, 1, 0, 2, False)),
        (["nonsense", ""], Named(3, 0, 0, 0, False)),
    ],
)  # fmt: skip
def test_each_thing_is_named_once(lines: Sequence[str], expected: Named) -> None:
    assert judge(SCENE, read_told("\n".join(lines))) == expected


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (f"Looking for cubes: #1: {RED} (cube, yes), #2: {BLUE} (sphere, no). Behind the cube (#1): #2 (yes).", 3),
        (f"I see A: {RED} (metal, yes), B: {BLUE} (rubber, no). Behind the cube (A): B (no).", 2),
        (f"I see A: {RED} (cube, no), B: {BLUE} (sphere, yes). Behind the cube (A): B (no).", 0),
        (f"I see A: {RED} (cube, yes), B: {BLUE} (sphere, no).", 0),  # one is missing
        (f"I see A: {RED} (cube, yes), B: {BLUE} (sphere, maybe). Behind it: B (yes).", 0),
        ("", 0),
    ],
)  # fmt: skip
def test_verdicts_are_counted_in_their_order(text: str, right: int) -> None:
    target = f"I see A: {RED} (cube, yes), B: {BLUE} (sphere, no). Behind the cube (A): B (yes)."
    assert verdicts_right(text, target) == (right, 3)


# How it is made.


def learner(count: int = 4) -> Any:
    """A model that has learned nothing, and some pictures to learn from."""
    from reasonrft.nano.album import bind, page_of
    from reasonrft.nano.architecture import make_model, make_tokenizer
    from reasonrft.nano.pretrain import Learner, corpus

    drawn = [sample(i) for i in range(count)]
    album = bind([page_of([see(one) for one in drawn])])
    tokenizer = make_tokenizer(list(corpus(zip(drawn, album.objects[::2], strict=True))))
    return Learner(make_model(tokenizer, 0), tokenizer, album, batch=4, seed=0, workers=0)


def test_an_album_has_each_picture_and_its_mirror_image() -> None:
    import torch

    from reasonrft.nano.album import bind, page_of

    sights = [see(sample(i)) for i in range(3)]
    whole = bind([page_of(sights[:1]), page_of(sights[1:])])
    assert len(whole) == 6
    album = whole.part(slice(2, None), "cpu")
    assert len(album) == 4  # the second and the third
    both = [turned for sight in sights[1:] for turned in (sight, mirrored(sight))]
    assert album.objects == [one.objects for one in both]
    patches = album.patches(torch.arange(4)).flatten(0, 1).numpy()
    assert np.array_equal(patches, seen(np.stack([one.pixels for one in both])))
    labels = in_cells(np.stack([one.labels for one in both]))
    assert np.array_equal(album.labels.flatten(0, 1).numpy(), labels)


def test_the_quick_passes_are_those_of_the_library() -> None:
    import torch

    taught = learner()
    batch = taught.pools[0][0]
    patches = taught.album.patches(batch.pictures)
    grid = torch.tensor([[1, *taught.album.grid]] * len(patches))
    model, pad = taught.model, taught.pools.tokenizer.pad_token_id
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
    assert int(ends.sum()) == len(batch.pictures)
    assert batch.ids.flatten()[batch.at + 1].tolist() == batch.targets.tolist()
    text = tokenizer.decode(batch.targets)
    assert "user" not in text
    assert "<|image_pad|>" not in text


@pytest.mark.slow
def test_pretraining_learns_and_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from reasonrft.nano import pretrain

    monkeypatch.setattr(pretrain, "POOL", 2)
    monkeypatch.setattr(pretrain, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    see_course, say_course = pretrain.Course(8, 1e-3), pretrain.Course(7, 1e-3)
    whole, broken, resumed = learner(), learner(), learner()
    before = whole.named_rightly(whole.album)
    whole.see(see_course, tmp_path / "whole.pt")
    assert whole.named_rightly(whole.album)["there"] > before["there"]
    whole.say(say_course, tmp_path / "whole.pt")

    broken.see(see_course, tmp_path / "broken.pt")
    clip, steps = torch.nn.utils.clip_grad_norm_, iter(range(5))

    def stopped(*arguments: Any) -> Any:
        if next(steps, None) is None:
            raise KeyboardInterrupt
        return clip(*arguments)

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", stopped)
    with pytest.raises(KeyboardInterrupt):
        broken.say(say_course, tmp_path / "broken.pt")
    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", clip)

    resumed.load(tmp_path / "broken.pt")
    assert resumed.step == {"see": 8, "say": 5}
    resumed.see(see_course, tmp_path / "broken.pt")
    resumed.say(say_course, tmp_path / "broken.pt")
    torch.set_num_threads(threads)
    for name, weights in resumed.model.state_dict().items():
        assert torch.equal(weights, whole.model.state_dict()[name]), name
