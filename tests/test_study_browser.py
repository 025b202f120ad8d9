"""The page of a study in a real browser: all plots are drawn, nothing is wider than the window."""

from pathlib import Path

import pytest

from leaderboards.study.write import write_study
from reasonrft.config import Recipe
from tests.browser import Window, needs_browser
from tests.study_data import make_config, make_study

pytestmark = needs_browser
PHONE = 390


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = make_config((0, 1), recipes=(Recipe.COT_SFT, Recipe.REASON_RFT), shares=(0.5,))
    sizes = ("test=12", "ood=8")
    return write_study(make_study(tmp_path_factory.mktemp("study") / "s", config, sizes=sizes)).page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, 1280])
def test_every_plot_is_drawn_and_nothing_cut_off(
    window: Window, page: Path, width: int, scheme: str
) -> None:
    window.resize(width)
    window.prefer(scheme)
    window.open(page)
    drawn = "return [...document.querySelectorAll('.plot img')].map((one) => one.complete && one.naturalWidth > 0)"
    window.wait(lambda: all(window.run(drawn)))
    assert window.run(drawn) == [True] * 7
    assert window.run("return document.documentElement.scrollWidth <= innerWidth")
    small = "return Math.min(...[...document.querySelectorAll('.plot img')].map((one) => one.clientWidth / one.naturalWidth))"
    assert window.run(small) > 0.75  # or letters would be too small to read


def test_what_a_row_is_of_stays_beside_its_numbers(window: Window, page: Path) -> None:
    """Family and recipe too, and their lines meet those of the numbers: rows end on whole pixels."""
    window.resize(PHONE)
    window.open(page)
    window.run("document.querySelector('.scroll').scrollLeft = 9999")
    first = window.find(".scroll tbody th")
    assert first.text.replace("\n", " ") == "counting · CoT-SFT"
    assert window.run("return arguments[0].getBoundingClientRect().left >= 0", first)
    ends = """
        return [...document.querySelectorAll('table')].flatMap((table) =>
          [...table.rows].map((row) => row.getBoundingClientRect().bottom - table.getBoundingClientRect().top));
    """
    assert {round(end % 1, 3) for end in window.run(ends)} == {0}


def test_what_is_folded_is_shown_when_it_is_asked_for(window: Window, page: Path) -> None:
    window.open(page)
    window.find("details summary").click()
    assert window.run("return document.querySelector('details table').checkVisibility()")
