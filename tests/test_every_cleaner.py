"""Every cleaner: it is what its place says, tells its reasons, and does not stumble over real samples."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from builders import registry
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
    assert cleaner.summary.strip() and cleaner.source.startswith("https://") and cleaner.licence
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


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_a_real_sample_is_built_and_its_digest_told(tmp_path: Path) -> None:
    plans = source_plans("trance", SAMPLES / "trance", ["all"], CLEANERS)
    built = build(plans, tmp_path / "data", InProcess(), Quiet(), registry.cleaners)
    assert built.manifest["source"]["licence"] == "CC BY-NC 4.0"
    assert "license: cc-by-nc-4.0\n" in (tmp_path / "data" / "README.md").read_text()
