"""The command line, and one browser for all tests that ask for it."""

import gc
import os
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.command import Rrft

# Of the tests' processes too, before torch is there. For models as small as theirs a second thread is no help, and
# where another process wants the core the two wait for each other: measured so, 14 s in place of 1.3.
os.environ.setdefault("OMP_NUM_THREADS", "1")

if TYPE_CHECKING:  # selenium is not everywhere that other tests run
    from selenium import webdriver

    from tests.browser import Window


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """The modules that are loaded live to the end: to look for garbage among them took a quarter of this time.

    And later 0.4 s each time, as after every training.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_sessionfinish() -> None:
    gc.unfreeze()  # what is loaded at the end may ask who refers to what: hypothesis does


def pytest_unconfigure() -> None:
    """What is left is looked through here once, and not three times more after it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator["webdriver.Chrome"]:
    from tests.browser import start_browser

    browser = start_browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()


@pytest.fixture
def window(driver: "webdriver.Chrome") -> Iterator["Window"]:
    """A window of usual size; the page must not have complained, nor asked the network."""
    from tests.browser import Window

    window = Window(driver)
    window.problems()  # of a test before, and its requests
    window.requests()
    window.resize(1280)
    window.prefer("light")
    yield window
    assert window.problems() == []
    schemes = {url.partition(":")[0] for url in window.requests()}
    assert schemes <= {"file", "data", "about"}


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Sums of several threads are not the same bits each time."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def rrft(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rrft:
    return Rrft(monkeypatch, capsys)
