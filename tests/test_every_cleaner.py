"""Every cleaner: it is what its place says, tells its reasons, and does not stumble over real samples."""

import copy
import json
import shutil
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from builders import registry
from builders.audit.audit import Request, audit
from builders.clean import clean, source_plans
from builders.dataset import build
from builders.engine import InProcess
from builders.files import BuildError
from builders.sample import Dropped
from tests.public_data import SAMPLES
from tests.quiet import Quiet

CLEANERS = registry.cleaners()


@pytest.mark.parametrize("name", CLEANERS)
def test_a_cleaner_tells_what_it_is(name: str) -> None:
    cleaner = CLEANERS[name]
    assert cleaner.name == name
    assert cleaner.version >= 1
    assert cleaner.summary.endswith((".", "?"))  # other sentences follow it on the page
    assert cleaner.source.startswith("https://") and cleaner.licence
    # The published Reason-RFT data is the paper's own, which every page cites.
    assert ("arXiv:" in cleaner.paper) is (name != "reason-rft")
    for reason, sentence in cleaner.reasons.items():
        assert reason == reason.lower() and " " not in reason
        assert len(sentence) > 20 and "\n" not in sentence
    for split, partner in cleaner.paired.items():
        assert split.startswith("ood-") and partner not in cleaner.paired


@pytest.mark.parametrize("name", CLEANERS)
def test_an_empty_folder_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(BuildError) as caught:
        source_plans(name, tmp_path, ["all"], CLEANERS)
    assert "\n" not in str(caught.value) and str(tmp_path) in str(caught.value)


# What becomes of the samples: rows, and drops by reason.
REAL = {
    "clevr-math": (("clevr", "clevr-math"), 110, {"subtracts-nothing": 7, "same-group-twice": 1}),
    "super-clevr": (("super-clevr",), 45, {"not-a-count": 418, "no-scene": 200}),
    "trance": (("trance",), 1, {}),
}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("name", REAL)
def test_real_samples_are_read(tmp_path: Path, name: str) -> None:
    folders, rows, drops = REAL[name]
    for folder in folders:
        shutil.copytree(SAMPLES / folder, tmp_path, dirs_exist_ok=True)
    made = [clean(CLEANERS[name], tmp_path, one) for one in CLEANERS[name].records(tmp_path)]
    dropped = [one for one in made if isinstance(one, Dropped)]
    assert Counter(one.reason for one in dropped) == drops
    assert len(made) - len(dropped) == rows


# What is kept of texts alone, and where these lie: rows, and drops by reason.
TEXTS = {
    "clevr-math": (("clevr/scenes", "clevr-math"), 110, REAL["clevr-math"][2]),
    "geometry3k": (("geometry3k/train", "geometry3k/val", "geometry3k/test"), 24, {}),
    "geoqa": (("geoqa",), 124, {"option-garbled": 6}),
    # 28 of its D2_B50 are of its D2.
    "geomverse": (("geomverse",), 221, {"figure-disagrees": 1, "twice": 28}),
}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("name", TEXTS)
def test_real_texts_alone_are_kept_for_who_asks(tmp_path: Path, name: str) -> None:
    folders, rows, drops = TEXTS[name]
    source, out = tmp_path / "source", tmp_path / "data"
    for folder in folders:
        shutil.copytree(SAMPLES / folder, source / Path(folder).name)
    with pytest.raises(
        BuildError, match=r"has no pictures of \w+ that can be read .*picture-missing"
    ):
        source_plans(name, source, ["all"], CLEANERS)
    plans = source_plans(name, source, ["all"], CLEANERS, pictures=False)
    built = build(plans, out, InProcess(), Quiet(), registry.cleaners)
    entries = list(built.manifest["families"][built.family].values())
    assert sum(entry["rows"] for entry in entries) == rows
    dropped = [Counter[str](entry["drops"]) for entry in entries]
    assert sum(dropped, Counter[str]()) == drops
    # Two of them with one question are two problems, though neither has a picture.
    assert audit(out, Request(), InProcess(), Quiet()).passed


# Values that no maker of data means, in place of any that he wrote.
STRANGE: tuple[Any, ...] = (
    *(None, True, -1, 1.5, 10**400, 1e308, "", "x", "9" * 400, "N_999", "\ud800"),
    *([], [None], [[]], {}, {"a": 1}, "{" * 50, "Subtract 5 cubes. How many cubes are left?"),
)


def altered(value: Any, random: Random, share: float = 0.15) -> Any:
    """A value with a strange one somewhere in it, or with a key less; itself strange by this share."""
    if not isinstance(value, dict | list) or not value or random.random() < share:
        return copy.deepcopy(random.choice(STRANGE))
    made = copy.copy(value)
    key = random.choice(list(value) if isinstance(value, dict) else range(len(value)))
    if isinstance(made, dict) and random.random() < 0.15:
        del made[key]
    else:
        made[key] = altered(value[key], random)
    return made


def strange(whole: Any, random: Random) -> Any:
    """A file's value, of the type that it was, with a strange value in some of its records."""
    if isinstance(whole, list):
        return [altered(one, random, 0) if random.random() < 0.8 else one for one in whole]
    if "questions" in whole or "scenes" in whole:
        key = "questions" if "questions" in whole else "scenes"
        return {key: strange(whole[key], random)}
    return altered(whole, random, 0)


# Records that there are in the samples of each, and rounds, each with other values.
MANY = {
    "geometry3k": (24, 6),
    "geoqa": (130, 3),
    "geomverse": (250, 2),
    "trance": (20, 3),  # the same one
    "clevr-math": (118, 3),
}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("name", MANY)
def test_strange_values_are_drops(tmp_path: Path, name: str) -> None:
    folders = ("clevr/scenes", "clevr-math") if name == "clevr-math" else (name,)
    (records, rounds), fates = MANY[name], Counter[str]()
    for number in range(rounds):
        random, source = Random(f"{name}/{number}"), tmp_path / str(number)
        for folder in folders:
            shutil.copytree(SAMPLES / folder, source / Path(folder).name)
        source = source if name == "clevr-math" else source / name
        if name == "trance":
            sample = json.loads((source / "example.json").read_text())
            (source / "data.jsonl").write_text("\n".join([json.dumps(sample)] * records))
            (source / "example.json").unlink()
        for path in sorted([*source.rglob("*.json"), *source.rglob("*.jsonl")]):
            rows = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
            made = [strange(json.loads(row), random) for row in rows]
            path.write_text("\n".join(map(json.dumps, made)))
        for record in CLEANERS[name].records(source):
            one = clean(CLEANERS[name], source, record, pictures=False)
            fates[one.reason if isinstance(one, Dropped) else "row"] += 1
    # A question that became a letter of another is none any more.
    assert fates.total() > 0.9 * records * rounds
    assert fates["row"] and len(fates) >= 3


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_a_real_sample_is_built_and_its_digest_told(tmp_path: Path) -> None:
    plans = source_plans("trance", SAMPLES / "trance", ["all"], CLEANERS)
    built = build(plans, tmp_path / "data", InProcess(), Quiet(), registry.cleaners)
    assert built.manifest["source"]["licence"] == "CC BY-NC 4.0"
    assert "license: cc-by-nc-4.0\n" in (tmp_path / "data" / "README.md").read_text()
