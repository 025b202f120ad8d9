"""The leaderboard's pages in a real browser, opened from the disk."""

from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from evaluators import layout
from leaderboards.add import add_run
from leaderboards.site import build_site
from reasonrft.backend import Ask, Completion, Outcome
from tests.board_data import (
    SIZES,
    finished_experiment,
    finished_run,
    made_up_board,
    settings,
    skilled,
)
from tests.browser import Window, needs_browser
from tests.reading_back import data_of
from tests.report_data import HOSTILE, HOSTILE_NAME, Scripted, other_than, write_data

pytestmark = needs_browser
PHONE = 390


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("data")
    return [write_data(folder / name, name, SIZES) for name in ("counting", "geometry")]


@pytest.fixture(scope="module")
def site(data: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    entries = made_up_board(tmp_path_factory.mktemp("runs"), data)
    return build_site(entries, tmp_path_factory.mktemp("out") / "a site #1?", data, 40).page.parent


@pytest.fixture(scope="module")
def hostile(data: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a model whose name, answers and engine would be markup."""

    def write(ask: Ask) -> Outcome:
        if ask.row % 2:
            return Completion(f"<think>{HOSTILE}</think><answer>{HOSTILE}</answer>", "stop", 5, 5)
        return Completion(layout(HOSTILE, other_than(ask.sample)), "stop", 5, 5)

    folder = tmp_path_factory.mktemp("hostile")
    model = Scripted(write, HOSTILE_NAME, {"engine": HOSTILE})
    entries = folder / "entries"
    add_run(finished_run(folder / "run", data, model), entries, "hostile")
    add_run(finished_run(folder / "fair", data, Scripted(skilled(0.9), "fair")), entries)
    return build_site(entries, folder / "site", data, 40).page.parent


@pytest.fixture(scope="module")
def parts(data: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of two rows that answered alike, one of which learned from a part of the training set."""
    folder = tmp_path_factory.mktemp("parts")
    for seed, rows in enumerate((50, None)):
        run = finished_experiment(
            folder / str(rows), data[:1], settings("cot-sft", seed, rows), skilled(0.6)
        )
        add_run(run, folder / "entries")
    return build_site(folder / "entries", folder / "site", (), 0).page.parent


@pytest.fixture(scope="module")
def wide(data: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a row, and of a reference that is always right: no figures are longer than 100 %."""
    folder = tmp_path_factory.mktemp("wide")
    for name, backend, skill in (("oracle", "oracle", 2.0), ("fair", "openai", 0.5)):
        model = Scripted(skilled(skill), name, backend=backend)
        add_run(finished_run(folder / name, data, model), folder / "e")
    return build_site(folder / "e", folder / "site", (), 0).page.parent


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty")
    return build_site(folder / "none", folder / "site", (), 0).page.parent


def column(window: Window, place: int, table: int = 0) -> list[str]:
    """The cells of a column, from the top."""
    script = """
        const table = document.querySelectorAll('table.rows')[arguments[1]];
        return [...table.tBodies[0].rows].map((row) => row.cells[arguments[0]].innerText.split('\\n')[0]);
    """
    found: list[str] = window.run(script, place, table)
    return [text.replace("\xa0", " ").strip() for text in found]


def heads(window: Window, table: int = 0) -> list[str]:
    script = "return [...document.querySelectorAll('table.rows')[arguments[0]].tHead.rows[0].cells].map((one) => one.innerText.replace(/ .$/, ''))"  # fmt: skip
    found: list[str] = window.run(script, table)
    return found


def sort_by(window: Window, place: int, table: int = 0) -> str:
    """Press a column's head; how it says that it is sorted now."""
    script = """
        const head = document.querySelectorAll('table.rows')[arguments[1]].tHead.rows[0].cells[arguments[0]];
        head.querySelector('button').click();
        return head.ariaSort;
    """
    told: str = window.run(script, place, table)
    return told


def texts(window: Window, selector: str) -> list[str]:
    found: list[str] = window.run("return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", selector)  # fmt: skip
    return found


def share(interval: dict[str, Any]) -> str:
    return f"{interval['estimate']:.1%}"


# The page with all tables.


def test_it_shows_every_row_with_its_numbers(window: Window, site: Path) -> None:
    window.open(site / "index.html")
    assert window.find("h1").text == "Reason-RFT leaderboard"
    assert window.find("#facts").text.startswith("7 runs in 2 tables, each down to its answers")
    counting = data_of(site / "index.html")["boards"][0]
    assert heads(window)[:6] == ["Entry", "Rank, out", "Out of domain (95%)", "Rank, in", "In domain (95%)", "Gap, points (95%)"]  # fmt: skip
    names = [row["name"] for row in counting["rows"]]
    assert column(window, 0) == names
    assert column(window, 1) == [str(row["ranks"][1]["rank"]) for row in counting["rows"]]
    for place, key in ((2, "out"), (4, "in")):
        shown = column(window, place)
        for text, row in zip(shown, counting["rows"], strict=True):
            interval = row[key]
            assert text == f"{share(interval)} {100 * interval['low']:.1f}–{100 * interval['high']:.1f}"  # fmt: skip


def test_a_desk_has_all_columns_in_view_and_a_phone_what_matters(
    window: Window, site: Path, parts: Path, hostile: Path
) -> None:
    hidden = "return [...document.querySelectorAll('.scroll')].map((one) => one.scrollWidth - one.clientWidth)"
    window.resize(1280)
    for folder in (site, parts, hostile):
        splits = sorted((folder / "splits").iterdir())
        for page in (folder / "index.html", splits[0], splits[-1]):
            window.open(page)
            assert set(window.run(hidden)) == {0}, page
    window.resize(PHONE)
    window.open(site / "index.html")
    assert window.run("return document.querySelector('table.rows .measure .asked').getBoundingClientRect().right <= innerWidth")  # fmt: skip
    row = data_of(site / "index.html")["boards"][0]["rows"][0]
    asked = texts(window, ".board:first-of-type tbody tr:first-child .asked")
    assert asked == [f"n = {row['out']['n']}", f"n = {row['in']['n']}"]


def test_rows_of_train_are_told_and_chosen_where_they_differ(
    window: Window, site: Path, parts: Path
) -> None:
    window.open(site / "index.html")
    assert "Rows of train" not in heads(window)
    assert texts(window, "#rows") == []
    window.open(parts / "index.html")
    place = heads(window).index("Rows of train")
    rows = dict(zip(column(window, 0), column(window, place), strict=True))
    assert rows == {"toy-cot-sft-50-rows-seed0": "50", "toy-cot-sft-seed1": "whole set"}
    assert texts(window, ".caption")[0] == "Rows that learned from a part of the training set have no rank."  # fmt: skip
    assert column(window, 1) == ["–", "–"]
    window.choose("rows", "50")
    assert column(window, 0) == ["toy-cot-sft-50-rows-seed0"]


def test_references_are_told_and_chosen(window: Window, wide: Path) -> None:
    window.open(wide / "index.html")
    assert texts(window, ".caption")[0] == "References answer without a model, and have no rank."
    assert (column(window, 0), column(window, 1)) == (["oracle", "fair"], ["–", "–"])
    window.choose("recipe", "reference")
    assert column(window, 0) == ["oracle"]


def test_points_in_one_place_are_named(window: Window, parts: Path) -> None:
    """Both rows answered alike: one point hides the other."""
    window.open(parts / "index.html")
    assert texts(window, ".plot .facts")[0] == "In one place: toy-cot-sft-50-rows-seed0, toy-cot-sft-seed1."  # fmt: skip


def test_a_card_is_short_whatever_was_written(window: Window, hostile: Path) -> None:
    window.open(sorted((hostile / "splits").glob("counting-*-test.html"))[0])
    line = "return parseFloat(getComputedStyle(document.querySelector('.verdicts li')).lineHeight)"
    tallest = "return Math.max(...[...document.querySelectorAll('.verdicts li')].map((one) => one.clientHeight))"  # fmt: skip
    for width in (320, 1280):
        window.resize(width)
        assert window.run(tallest) <= 2 * window.run(line) + 6


def test_intervals_are_drawn_where_they_are(window: Window, site: Path) -> None:
    window.open(site / "index.html")
    rows = data_of(site / "index.html")["boards"][0]["rows"]
    script = """
        const cell = document.querySelector('table.rows').tBodies[0].rows[arguments[0]].cells[2];
        const track = cell.querySelector('.track').getBoundingClientRect();
        const [whisker, dot] = ['.whisker', '.dot'].map((one) => cell.querySelector(one).getBoundingClientRect());
        const at = (x) => (x - track.left) / (track.width - 1);
        return [at(whisker.left), at(whisker.right), at((dot.left + dot.right) / 2)];
    """
    for place, row in enumerate(rows):
        low, high, middle = window.run(script, place)
        assert [low, high, middle] == pytest.approx([row["out"]["low"], row["out"]["high"], row["out"]["estimate"]], abs=0.02)  # fmt: skip


def test_rows_are_sorted_by_any_column(window: Window, site: Path) -> None:
    window.open(site / "index.html")
    rows = data_of(site / "index.html")["boards"][0]["rows"]
    gap = heads(window).index("Gap, points (95%)")
    assert sort_by(window, gap) == "ascending"
    by_gap = sorted(rows, key=lambda row: row["gap"]["estimate"])
    assert column(window, 0) == [row["name"] for row in by_gap]
    assert sort_by(window, gap) == "descending"
    assert column(window, 0)[0] == by_gap[-1]["name"]
    assert sort_by(window, 0) == "ascending"
    assert column(window, 0) == sorted(row["name"] for row in rows)
    seed = heads(window).index("Seed")
    for _ in range(2):  # what has no seed comes last, whichever way
        sort_by(window, seed)
        assert column(window, seed)[-1] == "–"
    assert window.run("return document.querySelectorAll('table.rows')[1].querySelector('[aria-sort]').innerText").startswith("Out of domain")  # fmt: skip


def test_sorting_works_by_keyboard(window: Window, site: Path) -> None:
    window.open(site / "index.html")
    window.run("document.querySelector('table.rows .sort').focus()")
    ActionChains(window.driver).send_keys(Keys.ENTER).perform()
    assert column(window, 0) == sorted(column(window, 0))


def test_a_rank_shows_who_cannot_be_told_apart(window: Window, site: Path) -> None:
    window.open(site / "index.html")
    rows = data_of(site / "index.html")["boards"][0]["rows"]
    names = [row["name"] for row in rows]
    sort_by(window, 0)
    first = names.index(column(window, 0)[0])
    window.run("document.querySelector('table.rows tbody .rank').click()")
    marked = texts(window, "table.rows tr.tied th")
    assert sorted(marked) == sorted(names[place] for place in rows[first]["ranks"][1]["tied"])
    assert marked
    told = window.run("return document.querySelector('table.rows tbody .rank').title")
    assert told == f"Cannot be told apart from: {', '.join(names[place] for place in rows[first]['ranks'][1]['tied'])}"  # fmt: skip
    window.run("document.querySelector('table.rows tbody .rank').click()")
    assert texts(window, "tr.tied") == []


def test_rows_are_filtered(window: Window, site: Path) -> None:
    window.open(site / "index.html")
    assert window.count() == ""
    window.choose("recipe", "cot-sft")
    assert set(column(window, 0)) == {"toy-cot-sft-seed0", "toy-cot-sft-seed1"}
    assert window.count() == "4 of 13 rows; ranks are among all rows of a table"
    window.choose("family", "geometry")
    assert window.count().startswith("2 of 13 rows")
    shown = window.run("return [...document.querySelectorAll('section.board')].map((one) => one.hidden)")  # fmt: skip
    assert shown == [True, False]
    window.choose("family", "")
    window.choose("recipe", "")
    words = window.find("#words")
    words.send_keys("VISION model")
    assert column(window, 0) == ["vision-model"]
    words.send_keys(Keys.ENTER)  # sends no form
    words.clear()
    words.send_keys("nobody")
    assert window.count().startswith("0 of 13 rows")


def test_points_lie_where_their_numbers_are(window: Window, site: Path) -> None:
    window.open(site / "index.html")
    rows = data_of(site / "index.html")["boards"][0]["rows"]
    script = """
        const plane = document.querySelector('.plane');
        return [...plane.querySelectorAll('.point')].map((one) => [one.getAttribute('href'), parseFloat(one.style.left), parseFloat(one.style.bottom)]);
    """
    points = window.run(script)
    assert [href for href, _, _ in points] == [row["href"] for row in rows]
    order = sorted(range(len(rows)), key=lambda place: rows[place]["in"]["estimate"])
    across = [points[place][1] for place in order]
    assert across == sorted(across)
    up = [points[place][2] for place in sorted(range(len(rows)), key=lambda place: rows[place]["gap"]["estimate"])]  # fmt: skip
    assert up == sorted(up)
    lines = texts(window, ".plane:first-of-type .down span")
    assert lines[0] == "0%"
    assert lines[-1] == "100%"
    window.run("document.querySelector('.point').focus()")
    row = rows[0]
    gap = f"{100 * row['gap']['estimate']:+.1f}".replace("-", "−")
    assert window.find(".pointed").text == f"{row['name']}: {share(row['in'])} in domain, gap {gap} points"  # fmt: skip


def test_what_was_printed_stands_apart_with_its_notes(window: Window, empty: Path) -> None:
    window.open(empty / "index.html")
    assert "No run is entered yet." in window.find("#boards").text
    assert not window.find("#filters").is_displayed()
    assert texts(window, "#published h3") == ["Visual counting", "Structure perception", "Spatial transformation", "Notes"]  # fmt: skip
    assert len(column(window, 0)) == 18
    assert not texts(window, "#published .rank")
    assert len(texts(window, ".notes li")) == 8
    off = texts(window, "#published .off")
    assert len(off) == 12
    assert "33.74" in off
    head = heads(window, 2)
    zero = column(window, 0, 2).index("Qwen2-VL-2B + Reason-RFT-Zero")
    assert column(window, head.index("Made anew"), 2)[zero] == "36.54"
    assert texts(window, "#published .told").count("the mean out of domain alone") == 1
    assert len(texts(window, "#published .told")) == len(off)
    assert window.find(".notes").text.count("Pixtral") == 0  # a note is named by its number, not by its row  # fmt: skip
    Select(window.find("select[aria-label='Which table']")).select_by_index(1)
    assert len(column(window, 0)) == 19
    sort_by(window, 1)
    assert column(window, 0)[0] == "Qwen2-VL-7B + Reason-RFT-Zero"


# A split, and an entry.


def test_a_row_leads_down_to_what_it_wrote(window: Window, site: Path) -> None:
    window.open(site / "index.html")
    window.driver.find_element(By.LINK_TEXT, "ood-many").click()
    page = Path(site / data_of(site / "index.html")["boards"][0]["splits"][2]["href"])
    shown = data_of(page)
    assert window.find("h1").text == "ood-many · counting, usual level, 64 × 48, seed 0"
    assert window.find("#facts").text.startswith("up to 9 dots in place of 5. 20 questions, samples ")  # fmt: skip
    assert column(window, 0) == [row["name"] for row in shown["rows"]]
    assert window.count() == "20 of 20 questions"
    sizes = "return [...document.images].filter((one) => one.loading !== 'lazy' || one.getBoundingClientRect().top < innerHeight).map((one) => one.naturalWidth)"  # fmt: skip
    window.run("document.querySelector('.card').scrollIntoView()")
    window.wait(lambda: bool(window.run(sizes)) and all(window.run(sizes)))
    card = window.find(".card")
    question, row = shown["questions"][0], shown["rows"][0]
    assert question["question"] in card.text
    verdict = card.find_element(By.CSS_SELECTOR, ".verdicts li")
    assert verdict.text.split("\n")[0] == row["name"]
    verdict.find_element(By.TAG_NAME, "a").click()
    assert window.find("h1").text == row["name"]
    assert texts(window, ".card code") == [question["id"]]
    assert window.find("#words").get_attribute("value") == question["id"]
    window.driver.find_element(By.PARTIAL_LINK_TEXT, "Leaderboard").click()
    assert window.find("h1").text == "Reason-RFT leaderboard"


def test_questions_are_chosen_by_how_the_rows_fared(window: Window, site: Path) -> None:
    page = Path(site / data_of(site / "index.html")["boards"][0]["splits"][0]["href"])
    shown = data_of(page)
    window.open(page)
    outcomes = list(zip(*[row["outcomes"] for row in shown["rows"]], strict=True))
    wanted = {
        "none right": [place for place, one in enumerate(outcomes) if "c" not in one],
        "all right": [place for place, one in enumerate(outcomes) if set(one) == {"c"}],
        "rows differ": [place for place, one in enumerate(outcomes) if 0 < one.count("c") < len(one)],
    }  # fmt: skip
    assert wanted["rows differ"]
    for sort, places in wanted.items():
        window.choose("sort", sort)
        assert texts(window, ".card code") == [shown["questions"][place]["id"] for place in places]
        assert window.count() == f"{len(places)} of 20 questions"
    window.choose("sort", "as asked")
    window.choose("kind", "half")
    assert window.count() == "10 of 20 questions"
    tags = texts(window, ".card:first-of-type .verdicts .tag")
    assert len(tags) == 7
    assert set(tags) <= {"correct", "wrong"}


# What it does not.


def pages(site: Path) -> list[Path]:
    return [site / "index.html", *sorted((site / "splits").glob("*test.html"))[:1], *sorted((site / "entries").glob("*"))[:1]]  # fmt: skip


def test_hostile_text_is_text(window: Window, hostile: Path) -> None:
    for page in (*pages(hostile), hostile / "entries" / "hostile.html"):
        window.open(page)
        window.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert window.run("return typeof taken") == "undefined"
        assert window.run("return document.querySelectorAll('script').length") == 2
        assert window.run("return [...document.images].every((one) => one.src.startsWith('file:') && one.src.endsWith('.webp'))")  # fmt: skip
        assert window.run("return [...document.links].every((one) => one.href.startsWith('file:'))")
    assert any(HOSTILE in text for text in texts(window, ".written"))
    window.open(sorted((hostile / "splits").glob("counting-*-test.html"))[0])
    assert any(HOSTILE[:20] in text for text in texts(window, ".read"))


@pytest.mark.parametrize("name", ["site", "hostile", "empty"])
def test_no_width_needs_scrolling_sideways(
    window: Window, request: pytest.FixtureRequest, name: str
) -> None:
    wide = """
        return [...document.querySelectorAll('table, .card, .plot, .plane, select, .verdicts li, .chooser, h1, h3, p')].filter((one) => {
          const box = one.getBoundingClientRect();
          return !one.closest('.scroll') && box.width && (box.right > innerWidth + 1 || box.left < -1);
        }).map((one) => one.className || one.tagName);
    """
    for page in pages(request.getfixturevalue(name)):
        for width in window.unfolded(page, (320, PHONE, 768, 1280)):
            fits = "return document.documentElement.scrollWidth <= innerWidth"
            assert window.run(fits), (page.name, width)
            assert window.run(wide) == [], (page.name, width)


def test_no_cell_runs_over_the_next(window: Window, site: Path, wide: Path) -> None:
    over = """
        return [...document.querySelectorAll('td')].filter((td) => td.clientWidth && td.scrollWidth > td.clientWidth)
          .map((td) => td.innerText);
    """
    scales = """
        return [...document.querySelectorAll('table.rows')].flatMap((one) => one.tBodies[0].rows.length < 2 ? []
          : [new Set([...one.tBodies[0].rows].map((row) => row.querySelector('.track')?.getBoundingClientRect().left)).size]);
    """
    for page in (*pages(site), *pages(wide)):
        for width in window.unfolded(page, (320, 375, PHONE, 1280)):
            assert window.run(over) == [], (page, width)
            assert set(window.run(scales)) <= {1}, (page, width)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_recipe_can_be_seen(window: Window, site: Path, scheme: str) -> None:
    """A point or a bar has three times the light of its ground, or a third (WCAG 1.4.11)."""
    window.prefer(scheme)
    window.open(site / "index.html")
    script = """
        const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        const light = (color) => {
          canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
          const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => {
            const share = value / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ground = light(getComputedStyle(document.querySelector('.plot')).backgroundColor);
        return Array.from({ length: 6 }, (_, number) => {
          const one = document.createElement('i');
          one.className = `point recipe-${number}`;
          document.body.append(one);
          const both = [ground, light(getComputedStyle(one).backgroundColor)].sort((a, b) => a - b);
          one.remove();
          return (both[1] + 0.05) / (both[0] + 0.05);
        });
    """
    assert min(window.run(script)) >= 3


def test_the_reader_chooses_light_or_dark(window: Window, site: Path) -> None:
    paper = "return Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])"
    for page in pages(site):
        window.open(page)
        assert (window.find("#theme").text, window.run(paper) > 200) == ("Dark", True)
        window.find("#theme").click()
        assert (window.find("#theme").text, window.run(paper) < 60) == ("Light", True)
