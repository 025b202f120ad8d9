"""The tests of this folder run the real vLLM, on a processor: `make test-vllm` has an environment for it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.dataset import build
from builders.engine import InProcess
from builders.plan import Request, make_plans
from reasonrft.questions import Source, choose_sources
from tests import toy_task
from tests.quiet import Quiet
from tests.tiny_model import save_tiny_model

os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # the engine in the test's own process
    "VLLM_LOGGING_LEVEL": "WARNING",
}
ROWS = 12


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Questions with one picture and with two; 112 pixels need no resizing, which engines do otherwise."""
    folder = tmp_path_factory.mktemp("data")
    request = Request("counting", ["test"], sizes=[f"test={ROWS}"], image_size="112")
    build(make_plans(request, toy_task.tasks()), folder, InProcess(), Quiet(), toy_task.tasks)
    return folder


@pytest.fixture
def sources(data: Path) -> Iterator[list[Source]]:
    yield choose_sources([data], None, ["test"], None)
