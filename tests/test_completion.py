"""What a shell completes: asked as bash asks."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import registry
from builders.plan import splits_of
from reasonrft.commands.explained import SETS
from reasonrft.export import forms
from reasonrft.models import backend_names
from reasonrft.named_runs import run_names, study_names
from tests.command import Rrft

ROOT = Path(__file__).parents[1]
FAMILIES = ["counting", "geometry", "transformation"]


def asked(*words: str) -> dict[str, str]:
    """What bash sets, to be told what it may offer for the last of these words."""
    return {
        "_RRFT_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(["rrft", *words]),
        "COMP_CWORD": str(len(words)),
    }


Completed = Callable[..., list[str]]


@pytest.fixture
def completed(rrft: Rrft, monkeypatch: pytest.MonkeyPatch) -> Completed:
    """What bash offers for the last of some words."""

    def complete(*words: str) -> list[str]:
        for name, value in asked(*words).items():
            monkeypatch.setenv(name, value)
        said = rrft()
        assert said.code == 0, said.stderr
        return said.stdout.split()

    return complete


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
def test_values_are_completed(completed: Completed, words: str, offered: list[str]) -> None:
    assert sorted(completed(*words.split(" "))) == offered


def test_every_backend_is_offered(completed: Completed) -> None:
    assert set(completed("eval", "--backend", "")) == {"auto", *backend_names()}


def test_a_key_is_not_waited_for() -> None:
    def complete() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "cli"],
            cwd=ROOT, env={**os.environ, **asked("eval", "--split", "")},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.split()

    complete()
    began = os.times().children_user
    assert "id" in complete()
    assert os.times().children_user - began < 1  # seconds of a processor
