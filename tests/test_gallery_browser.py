"""The gallery's page in a real browser, opened from the disk."""

import json
import time
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from builders.gallery import Choice, write_gallery
from tests.browser import Window, needs_browser
from tests.gallery_data import counting_row, geometry_row, write_dataset, write_shard

pytestmark = needs_browser


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "toy & <b>co")


@pytest.fixture(scope="module")
def page(dataset: Path) -> Path:
    return write_gallery(dataset, Choice()).page


@pytest.mark.parametrize("out", [None, "50% #1?/page.html", "page.html"])
def test_it_shows_samples_with_their_pictures(
    window: Window, dataset: Path, tmp_path: Path, out: str | None
) -> None:
    place = tmp_path / out if out else None
    page = write_gallery(dataset, Choice(), place, inline=out == "page.html").page
    window.open(page)
    assert window.find("h1").text == "toy & <b>co"
    assert window.find("#overview").text == "94 of 94 samples · counting, geometry · 3 splits"
    assert window.count() == "94 of 94 samples"
    assert window.ids()[:2] == ["count/train/0", "add-subtract/train/0"]
    window.wait(lambda: window.run("return document.querySelector('img').naturalWidth") == 160)
    card = window.find(".card").text
    for part in ("count/train/0", "train", "plain count", "depth 1", "How many red discs are there?",
                 "Answer", "I look for red discs.\nThere are 2 of them: 2", "2 objects"):  # fmt: skip
        assert part in card


def test_filters_and_counts_agree_with_the_samples(window: Window, page: Path) -> None:
    window.open(page)
    window.choose("split", "test")
    assert window.count() == "34 of 94 samples"
    window.choose("kind", "subtract")
    assert window.count() == "15 of 94 samples"
    assert all(name.startswith("add-subtract/test/") for name in window.ids())
    window.choose("depth", "2")
    assert window.count() == "5 of 94 samples"
    offered = [option.text for option in Select(window.find("#depth")).options]
    assert offered == ["all", "1 (5)", "2 (5)", "3 (5)"]
    assert [option.text for option in Select(window.find("#task")).options] == [
        *("all", "add-subtract (5)")
    ]
    window.find("#reset").click()
    assert window.count() == "94 of 94 samples"
    assert not window.find("#reset").is_displayed()
    window.choose("answer", "B")
    assert window.count() == "2 of 94 samples"


def test_words_are_sought_in_every_text(window: Window, page: Path) -> None:
    window.open(page)
    words = window.find("#words")
    for text, count in (
        ("  GREEN rubber ", 36),
        ("angle", 4),
        ("5√3", 4),
        ("test/14", 2),
        ("zebra", 0),
    ):
        words.clear()
        words.send_keys(text)
        assert window.count() == f"{count} of 94 samples", text
    assert window.find("#none").is_displayed()


def test_the_address_keeps_the_filters(window: Window, page: Path) -> None:
    window.open(page)
    window.choose("split", "ood-crowd")
    window.choose("kind", "plain count")
    window.find("#words").send_keys("blue")
    window.find("#masks").click()
    fragment = window.run("return location.hash")
    shown = window.ids()
    window.open(page, fragment)
    assert window.ids() == shown
    assert window.find("#words").get_attribute("value") == "blue"
    assert window.find("#masks").is_selected()
    assert Select(window.find("#split")).first_selected_option.text == "ood-crowd (12)"


def test_a_link_shows_one_sample(window: Window, page: Path) -> None:
    window.open(page)
    window.find(".card:nth-child(3) .meta a").click()
    window.wait(lambda: window.ids() == ["count/train/1"])
    assert window.run("return location.hash") == "#id=count/train/1"
    window.find("#reset").click()
    assert len(window.ids()) == 24


def test_the_link_past_the_filters_keeps_them(window: Window, page: Path) -> None:
    window.open(page)
    window.choose("split", "test")
    window.run("document.querySelector('.skip').click()")
    window.wait(lambda: window.run("return document.activeElement.id") == "samples")
    time.sleep(0.1)  # for a change of the address to have had its effect
    assert window.count() == "34 of 94 samples"


@pytest.mark.parametrize(
    "fragment", ["#split=nowhere&kind=%", "#%E0%A4%A", "#__proto__=1", "#constructor=x"]
)
def test_an_address_that_means_nothing_shows_all(window: Window, page: Path, fragment: str) -> None:
    window.open(page, fragment)
    assert window.count() == "94 of 94 samples"


def test_scrolling_shows_the_rest(window: Window, page: Path) -> None:
    window.open(page)

    def scrolled() -> bool:
        window.run("scrollTo(0, document.body.scrollHeight)")
        return len(window.ids()) == 94

    window.wait(scrolled)
    assert len(set(window.ids())) == 94


PAINTED = """
    const canvas = document.querySelector('.card canvas');
    const scale = canvas.width / 160;
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let painted = 0;
    for (let y = 0; y < 120; y++) for (let x = 0; x < 160; x++)
      painted += data[4 * (y * scale * canvas.width + x * scale) + 3] > 0;
    return painted;
"""


def test_masks_cover_their_objects_and_nothing_else(window: Window, page: Path) -> None:
    window.open(page, "#id=add-subtract/test/0")
    things = json.loads(counting_row("test", 1)["scene"])["objects"]
    picture = window.find(".picture")
    before = picture.screenshot_as_png
    button = window.find(".own-masks")
    button.click()
    assert window.run(PAINTED) == sum(thing["pixels"] for thing in things)
    assert picture.screenshot_as_png != before
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert not window.find("canvas").is_displayed()
    assert picture.screenshot_as_png == before


def test_the_switch_for_all_masks_reaches_cards_still_to_come(window: Window, page: Path) -> None:
    window.open(page)
    window.find(".own-masks").click()
    window.find("#masks").click()
    window.wait(lambda: window.find("canvas").is_displayed())
    window.choose("split", "ood-crowd")
    window.wait(lambda: window.find("canvas").is_displayed())
    window.find("#masks").click()
    window.wait(lambda: not window.find("canvas").is_displayed())


def test_an_object_says_its_name(window: Window, page: Path) -> None:
    window.open(page, "#id=add-subtract/test/0&masks=1")
    window.wait(lambda: window.find("canvas").is_displayed())
    picture = window.find(".picture")
    unit = picture.size["width"] / 160
    # The third disc has its middle at (66, 50) of 160 × 120 pixels.
    right, down = int((66 - 80) * unit), int((50 - 60) * unit)
    ActionChains(window.driver).move_to_element_with_offset(picture, right, down).perform()
    window.wait(lambda: window.find(".tip").is_displayed())
    assert window.find(".tip").text == "3 · large blue rubber disc"
    ActionChains(window.driver).move_to_element_with_offset(picture, 0, int(40 * unit)).perform()
    window.wait(lambda: not window.find(".tip").is_displayed())


def test_the_table_of_objects_points_at_them(window: Window, page: Path) -> None:
    window.open(page, "#id=add-subtract/test/0")
    window.find(".objects summary").click()
    window.wait(lambda: len(window.driver.find_elements(By.CSS_SELECTOR, ".objects tr")) == 4)
    assert window.find(".objects tr").text.split()[:4] == ["size", "color", "material", "shape"]
    row = window.find(".objects tbody tr:nth-child(2)")
    ActionChains(window.driver).move_to_element(row).perform()
    window.wait(lambda: window.find("canvas").is_displayed())
    thing = json.loads(counting_row("test", 1)["scene"])["objects"][1]
    assert window.run(PAINTED) == thing["pixels"]  # of this one only


def test_options_show_the_gold(window: Window, page: Path) -> None:
    window.open(page, "#id=missing-angle/test/1")
    assert window.find(".options .gold").text == "C. 5√3"
    assert len(window.driver.find_elements(By.CSS_SELECTOR, ".picture")) == 2
    assert not window.driver.find_elements(By.CSS_SELECTOR, ".own-masks")


def test_a_dataset_without_masks_has_no_switch_for_them(
    window: Window, dataset: Path, tmp_path: Path
) -> None:
    window.open(write_gallery(dataset, Choice("geometry"), tmp_path / "view").page)
    assert not window.find("#masks").is_displayed()


HOSTILE = (
    "</script><script>taken = 1</script><img src=x onerror='taken = 1'><!-- &lt;b&gt; \u2028 \\"
)


def test_hostile_text_is_text(window: Window, tmp_path: Path) -> None:
    scene = json.loads(counting_row("test", 0)["scene"])
    scene["objects"][0] |= {"color": HOSTILE, HOSTILE: HOSTILE}
    texts = dict.fromkeys(("id", "task", "kind", "question", "answer", "thought"), HOSTILE)
    row = counting_row("test", 0) | texts | {"options": [HOSTILE], "scene": json.dumps(scene)}
    folder = tmp_path / "<script>taken = 1<!script>"
    write_shard(folder, [row, geometry_row(0)], "counting", "test-00000-of-00001")
    window.open(write_gallery(folder, Choice()).page, "#masks=1&words=<script>")
    window.find("#summary summary").click()
    window.find(".objects summary").click()
    window.wait(lambda: len(window.driver.find_elements(By.CSS_SELECTOR, ".objects tr")) == 3)
    assert window.run("return typeof taken") == "undefined"
    assert window.run("return document.querySelectorAll('script, img').length") == 3
    assert window.run("return document.querySelector('.question').textContent") == HOSTILE
    assert window.run("return document.querySelector('.answer b').textContent") == HOSTILE
    assert window.run("return document.querySelector('.objects tbody tr').textContent.length") > 100


def test_a_script_of_another_does_not_run(driver: webdriver.Chrome, page: Path) -> None:
    window = Window(driver)
    window.open(page)
    window.run(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'taken = 1'}))"
    )
    assert window.run("return typeof taken") == "undefined"
    window.run(
        "document.body.append(Object.assign(new Image(), {src: 'https://example.org/x.png'}))"
    )
    refused = window.problems()
    assert len(refused) == 2
    assert all("Content Security Policy" in problem for problem in refused)
    window.requests()


@pytest.mark.parametrize("width", [320, 375, 768, 1920])
def test_no_width_needs_scrolling_sideways(window: Window, page: Path, width: int) -> None:
    window.resize(width)
    window.open(page, "#masks=1")
    window.run(
        "document.querySelectorAll('details').forEach((details) => { details.open = true; })"
    )
    window.wait(lambda: len(window.driver.find_elements(By.CSS_SELECTOR, ".objects table")) > 5)
    assert window.run("return document.documentElement.scrollWidth") <= width
    wide = "return [...document.querySelectorAll('.card')].filter((card) => card.scrollWidth > card.clientWidth).length"
    assert window.run(wide) == 0


def test_it_follows_the_scheme_of_the_system(window: Window, page: Path) -> None:
    colors = {}
    for scheme in ("light", "dark"):
        window.prefer(scheme)
        window.open(page)
        colors[scheme] = window.run(
            "const {color, backgroundColor} = getComputedStyle(document.body);"
            "return [color, backgroundColor].map((text) => Number(text.match(/\\d+/)[0]))"
        )
    assert colors["light"][0] < 60 < 200 < colors["light"][1]
    assert colors["dark"][1] < 60 < 200 < colors["dark"][0]


def test_the_reader_chooses_light_or_dark(window: Window, page: Path) -> None:
    paper = "return Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])"
    window.open(page)
    assert window.find("#theme").text == "Dark"
    window.find("#theme").click()
    assert window.run(paper) < 60
    window.choose("split", "test")
    fragment = window.run("return location.hash")
    assert fragment == "#split=test&theme=dark"
    window.open(page, fragment)
    assert window.run(paper) < 60
    window.find(".card .meta a").click()
    window.wait(lambda: len(window.ids()) == 1)
    assert window.run(paper) < 60  # a link to a sample says nothing of it
    window.find("#theme").click()
    assert window.run(paper) > 200
    window.prefer("dark")
    assert window.run(paper) > 200  # the reader's choice, not the system's


def test_a_key_leads_to_the_search(window: Window, page: Path) -> None:
    window.open(page)
    ActionChains(window.driver).send_keys("/blue/").perform()
    assert window.find("#words").get_attribute("value") == "blue/"


def test_a_text_of_a_megabyte_keeps_its_card_small(window: Window, tmp_path: Path) -> None:
    texts = dict.fromkeys(("question", "answer"), "x" * 1_000_000) | {"thought": "<b>y " * 250_000}
    rows = [counting_row("test", 0) | texts, counting_row("test", 1)]
    write_shard(tmp_path / "set", rows, "counting", "test-00000-of-00001")
    window.resize(375)
    window.open(write_gallery(tmp_path / "set", Choice(), tmp_path / "view").page)
    assert window.find(".card").size["height"] < 2000
    assert window.run("return document.documentElement.scrollWidth") <= 375


def test_many_samples_are_filtered_without_delay(window: Window, tmp_path: Path) -> None:
    write_dataset(tmp_path / "set", 600)
    window.open(write_gallery(tmp_path / "set", Choice(limit=600), tmp_path / "view").page)
    assert window.count() == "1,804 of 1,804 samples"
    spent = window.run("""
        const words = document.getElementById('words');
        return ['g', 'gr', 'gre', 'gree', 'green'].map((text) => {
          const begin = performance.now();
          words.value = text;
          words.dispatchEvent(new Event('input'));
          document.body.offsetHeight;
          return performance.now() - begin;
        });
    """)
    assert sorted(spent)[2] < 400  # milliseconds; about 30 on a free core
