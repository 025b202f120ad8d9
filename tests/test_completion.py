"""What a shell completes: asked as bash asks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builders import registry
from builders.plan import splits_of
from reasonrft.commands.explained import SETS
from reasonrft.export import forms
from reasonrft.models import backend_names
from reasonrft.named_runs import run_names, study_names

ROOT = Path(__file__).parents[1]
FAMILIES = ["counting", "geometry", "transformation"]


def completed(*words: str) -> list[str]:
    """What bash offers for the last of these words."""
    asked = subprocess.run(
        [sys.executable, "-m", "cli"],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "_RRFT_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(["rrft", *words]),
             "COMP_CWORD": str(len(words))},
    )  # fmt: skip
    return asked.stdout.split()


def splits(*families: str) -> set[str]:
    tasks = registry.tasks()
    return {split for family in families for split in splits_of(family, tasks)}


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("build-data --family ", FAMILIES),
        ("eval --family c", ["counting"]),
        ("build-data --preset ", ["paper", "quick", "standard"]),
        ("build-data --level e", ["easy"]),
        ("build-data --engine ", ["local", "ray"]),
        ("build-data --from clevr", ["clevr", "clevr-math"]),
        ("build-data --family geometry --task find-a", ["find-angle", "find-area"]),
        ("export x --format ", sorted(forms())),
        ("train --recipe reason", ["reason-rft", "reason-rft-zero"]),
        ("train ", run_names()),
        ("doctor nano-q", ["nano-quickstart"]),
        ("study ", study_names()),
        ("build-data --family geometry --split ", sorted([*SETS, *splits("geometry")])),
        ("eval --split ", sorted([*SETS, *splits(*FAMILIES)])),
        ("eval --split test,ood-v", ["test,ood-vehicles", "test,ood-vehicles-math"]),
    ],
)
def test_values_are_completed(words: str, offered: list[str]) -> None:
    assert sorted(completed(*words.split(" "))) == offered


def test_every_backend_is_offered() -> None:
    assert set(completed("eval", "--backend", "")) == {"auto", *backend_names()}


def test_a_key_is_not_waited_for() -> None:
    completed("eval", "--split", "")
    began = os.times().children_user
    completed("eval", "--split", "")
    assert os.times().children_user - began < 1  # seconds of a processor
