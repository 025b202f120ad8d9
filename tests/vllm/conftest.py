"""The tests of this folder run the real vLLM, on a processor: `make test-vllm` has an environment for it."""

import importlib.util
import os
from pathlib import Path

import pytest

from reasonrft.questions import Source
from tests.asked import build_toys, sources_of
from tests.tiny_model import save_tiny_model

# Where there is no vLLM this folder is skipped, and the other tests are not to feel it.
if importlib.util.find_spec("vllm"):
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
    """Questions with one picture and with two."""
    return build_toys(tmp_path_factory.mktemp("data"), f"test={ROWS}")


@pytest.fixture
def sources(data: Path) -> list[Source]:
    return sources_of(data, "test")
