"""The page of an experiment in a real browser: its curves, its alarms, and what it tells of a point."""

import json
import shutil
from pathlib import Path
from random import Random

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

from reasonrft.report.experiment import write_experiment_report
from tests import training_curves as curves
from tests.browser import Window, needs_browser
from tests.experiment_data import CONFIG, make_experiment, write_lines
from tests.report_data import HOSTILE, write_data

pytestmark = needs_browser
PHONE = 390


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An experiment whose KL jumped, whose answers ran away, and of which two alarms are others' texts."""
    folder = tmp_path_factory.mktemp("experiment")
    data = write_data(folder / "data", sizes=("test=12", "ood=8"))
    rng = Random(3)
    rows = curves.sicken(rng, curves.grpo_rows(rng, curves.STEADY), curves.kl_jumps, 180, 1)
    rows = curves.sicken(rng, rows, curves.run_away, 210)
    rows[100] = rows[100] | {"loss": float("nan")}
    run = make_experiment(folder / "run", [data], {"sft": curves.sft_rows(rng), "grpo": rows})
    alarms = run / "grpo" / "alarms.jsonl"
    raised = [json.loads(line) for line in alarms.read_text().splitlines()]
    hostile = {"step": 2000, "name": HOSTILE, "message": HOSTILE}  # after the last row
    write_lines(alarms, [*raised, hostile])
    return write_experiment_report(run).page


def charts(window: Window) -> list[str]:
    window.wait(lambda: bool(window.run("return document.querySelectorAll('.curve svg').length")))
    titles: list[str] = window.run(
        "return [...document.querySelectorAll('.charts figcaption')].map((one) => one.textContent)"
    )
    return titles


def test_each_stage_has_its_curves(window: Window, page: Path) -> None:
    window.open(page)
    assert charts(window) == [
        *("Loss", "Learning rate", "Entropy, nats a token", "Gradient norm"),
        *("Reward", "Answers", "Groups whose answers all earn the same"),
        *("KL from the stage's first model, nats a token", "Length of answers, tokens"),
        *("Answers cut off", "Loss", "Learning rate", "Entropy, nats a token", "Gradient norm"),
        *("Tokens whose ratio was clipped", "Log-probabilities: rollout against trainer, nats a token"),
    ]  # fmt: skip
    drawn = "return [...document.querySelectorAll('.curve svg')].map((one) => one.querySelectorAll('.mean').length)"  # fmt: skip
    assert window.run(drawn) == [1] * 4 + [3, 2, 1, 1, 2] + [1] * 7
    paths = (
        "return [...document.querySelectorAll('.curve svg')].map((one) => one.outerHTML).join('')"
    )
    assert "NaN" not in window.run(paths)


def test_small_values_on_an_axis_keep_three_digits(window: Window, tmp_path: Path) -> None:
    rows = curves.sft_rows(Random(3))
    small = [row | {"entropy": 0.01 * at / (len(rows) - 1)} for at, row in enumerate(rows)]
    run = make_experiment(tmp_path / "run", [], {"sft": small}, evaluations=())
    window.open(write_experiment_report(run).page)
    place = charts(window).index("Entropy, nats a token")
    ticks = "return [...document.querySelectorAll('.curve svg')[arguments[0]].querySelectorAll('text[text-anchor=end]')].map((one) => one.textContent)"  # fmt: skip
    assert window.run(ticks, place)[:5] == ["0", "0.0025", "0.005", "0.0075", "0.01"]


def test_a_running_experiment_has_its_curves_and_no_answers(
    window: Window, page: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(page.parent, tmp_path / "run")
    for name in ("base", "eval-sft", "eval", "grpo"):
        shutil.rmtree(run / name)
    window.open(write_experiment_report(run).page)
    assert charts(window) == ["Loss", "Learning rate", "Entropy, nats a token", "Gradient norm"]
    shown = "return [...document.querySelectorAll('h2')].filter((one) => one.checkVisibility()).map((one) => one.textContent)"  # fmt: skip
    assert window.run(shown) == [
        *("Before you quote these numbers", "Stage 1: supervised fine-tuning", "What it took"),
        "How it was measured",
    ]


def test_alarms_stand_on_the_axis_and_in_words(window: Window, page: Path) -> None:
    window.open(page)
    charts(window)
    items: list[str] = window.run(
        "return [...document.querySelectorAll('.alarms li')].map((one) => one.textContent)"
    )
    assert items[0].startswith("not-finite, step 505. In the last row loss is nan.")
    assert HOSTILE.split("\u2028")[0] in items[-1]
    marks: list[str] = window.run(
        "return [...document.querySelectorAll('.charts')[1].querySelector('svg').querySelectorAll('.alarm text')].map((one) => one.textContent)"
    )
    assert marks[0] == "1"
    assert marks[-1] == str(len(items))
    assert window.run("return typeof taken") == "undefined"


def test_a_point_is_told(window: Window, page: Path) -> None:
    window.open(page)
    charts(window)
    reward = window.driver.find_elements(By.CSS_SELECTOR, ".curve svg")[4]
    window.run("arguments[0].scrollIntoView({ block: 'center' })", reward)
    ActionChains(window.driver).move_to_element(reward).perform()
    tip = ".tip:not([hidden])"
    window.wait(lambda: bool(window.driver.find_elements(By.CSS_SELECTOR, tip)))
    told = window.find(tip).text
    assert [line.split()[0] for line in told.splitlines()][:4] == ["step", "reward", "accuracy", "format"]  # fmt: skip
    step = int(told.split()[1].replace(",", ""))
    reward.send_keys(Keys.ARROW_RIGHT)
    assert window.find(tip).text.split()[1] == f"{step + 5:,}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, 1280])
def test_nothing_is_cut_off_or_stands_on_another(
    window: Window, page: Path, width: int, scheme: str
) -> None:
    window.resize(width)
    window.prefer(scheme)
    window.open(page)
    charts(window)
    assert window.run("return document.documentElement.scrollWidth <= innerWidth")
    problems = window.run("""
        const found = [];
        for (const svg of document.querySelectorAll('.curve svg')) {
          const frame = svg.getBoundingClientRect();
          const boxes = [...svg.querySelectorAll('text')].map((one) => [one.textContent, one.getBoundingClientRect()]);
          boxes.forEach(([text, box], place) => {
            if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1) found.push(`${text} is cut off`);
            for (const [other, next] of boxes.slice(place + 1)) {
              if (box.left < next.right && next.left < box.right && box.top + 2 < next.bottom && next.top + 2 < box.bottom) found.push(`${text} on ${other}`);
            }
          });
        }
        return found;
    """)
    assert problems == []
    colour = "return getComputedStyle(document.querySelector('.curve text')).fill"
    assert window.run(colour) == {"light": "rgb(90, 102, 114)", "dark": "rgb(155, 167, 179)"}[scheme]  # fmt: skip


def test_curves_are_drawn_anew_for_another_width(window: Window, page: Path) -> None:
    window.open(page)
    charts(window)
    width = "return document.querySelector('.curve svg').getBoundingClientRect().width"
    wide = window.run(width)
    window.resize(330)
    window.wait(lambda: bool(window.run(width) < wide))
    assert window.run("return document.documentElement.scrollWidth <= innerWidth")
    assert CONFIG.eval.between  # three evaluations are in the first plot
    dots = "return document.querySelector('.steps li').querySelectorAll('.dot').length"
    assert window.run(dots) == 3
