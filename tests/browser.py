"""A real browser for the tests of pages, which are opened from the disk."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    not (BROWSER and DRIVER) and not os.environ.get("CI"), reason="needs chromium and chromedriver"
)
FLAGS = """
    --headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync
""".split()
PATIENCE = 10.0  # seconds for what the page does by itself, on a busy machine


def start_browser(profile: Path) -> webdriver.Chrome:
    # Without both paths, selenium would look for them online.
    assert BROWSER, "CI needs chromium"
    assert DRIVER, "CI needs chromedriver"
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    browser.get("about:blank")
    browser.get_log("performance")  # type: ignore[no-untyped-call]  # of the browser's own start
    return browser


class Window:
    """The browser's window with a page in it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, page: Path, fragment: str = "") -> None:
        self.driver.get("about:blank")  # the same page with another fragment would not load anew
        self.driver.get(page.resolve().as_uri() + fragment)

    def unfolded(self, page: Path, widths: Sequence[int]) -> Iterator[int]:
        """The widths that a page is shown in, one after the other, with all its parts open."""
        self.open(page)
        self.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        for width in widths:
            self.resize(width)
            assert self.run("return innerWidth") == width
            yield width

    def resize(self, width: int, height: int = 900) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def prefer(self, scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def run(self, script: str, *arguments: object) -> Any:
        return self.driver.execute_script(script, *arguments)

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def ids(self) -> list[str]:
        ids: list[str] = self.run(
            "return [...document.querySelectorAll('.card')].map((card) => card.dataset.id)"
        )
        return ids

    def count(self) -> str:
        return self.find("#count").text

    def choose(self, facet: str, value: str) -> None:
        Select(self.find(f"#{facet}")).select_by_value(value)

    def wait(self, claim: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not claim():
            assert time.monotonic() < end, "it did not come about"
            time.sleep(0.05)

    def problems(self) -> list[str]:
        return [entry["message"] for entry in self.log("browser")]

    def log(self, name: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.driver.get_log(name)  # type: ignore[no-untyped-call]
        return entries

    def requests(self) -> list[str]:
        events = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]
