"""The report's page in a real browser, opened from the disk."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from reasonrft.backend import Ask, Completion, Failure, Outcome
from reasonrft.report.write import write_report
from tests.browser import Window, needs_browser
from tests.reading_back import data_of
from tests.report_data import (
    HOSTILE,
    HOSTILE_MODEL,
    Scripted,
    Write,
    change_records,
    make_hostile_run,
    make_run,
    mixed,
    right,
    write_families,
)

pytestmark = needs_browser
PHONE = 390


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_families(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def page(data: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on answers of every sort, of two families."""
    folder = make_run(tmp_path_factory.mktemp("run") / "mixed", data[:2], Scripted(mixed))
    return write_report(folder).page


@pytest.fixture(scope="module")
def drawn(data: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of three families, with four answers to each question."""
    folder = make_run(tmp_path_factory.mktemp("run") / "drawn", data, Scripted(mixed), draws=4)
    return write_report(folder).page


def texts(window: Window, selector: str) -> list[str]:
    found: list[str] = window.run(
        "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)",
        selector,
    )
    return found


def rows(window: Window, heading: str, family: int = 1) -> list[list[str]]:
    """The table under a heading, in the section of a family."""
    script = """
        const section = document.querySelectorAll('#families section')[arguments[1]];
        const head = [...section.querySelectorAll('h2, h3')].find((one) => one.textContent === arguments[0]);
        let table = head;
        while (!table.querySelector('table')) table = table.nextElementSibling;
        return [...table.querySelectorAll('tr')].map((row) => [...row.cells].map((cell) => cell.textContent));
    """
    found: list[list[str]] = window.run(script, heading, family)
    return found


def choose(window: Window, label: str, value: str, family: int = 0) -> None:
    found = window.driver.find_elements(By.CSS_SELECTOR, f"select[aria-label='{label}']")
    Select(found[family]).select_by_value(value)


# What it shows.


def test_it_shows_what_the_markdown_says(window: Window, page: Path) -> None:
    """Two programs write the same numbers: both must round, and name what is missing, alike."""
    window.open(page)
    assert texts(window, "h1, h2, .head b") == [
        *("toy model", "Before you quote these numbers"),
        *("All families", *means(page, "mean of families")),
        *("Counting", *means(page, "mean of shifts", 0)),
        *("Geometry", *means(page, "mean of shifts", 1)),
        *("Answers to look at", "How it was measured"),
    ]
    tables = markdown_tables(page.with_suffix(".md").read_text(encoding="utf-8"))
    for number, family in ((1, "Counting"), (2, "Geometry")):
        headline, gaps = tables[4 * (number - 1)], tables[4 * (number - 1) + 1]
        shown = rows(window, family, number)
        assert [[re.sub(r"% (\S+)$", r"% (\1)", cell) for cell in row[:-1]] for row in shown[1:]] == headline[1:]  # fmt: skip
        shown = rows(window, "What each shift costs, on the same tasks", number)
        assert [[row[0], row[-1], *row[1:-1]] for row in shown[1:]] == gaps[1:]


def markdown_tables(text: str) -> list[list[list[str]]]:
    """The cells of the tables in a text of Markdown, without their rulers."""
    lines = [
        [cell.strip().replace("\\", "") for cell in line.strip("|").split(" | ")]
        for line in re.sub(r"^\| -.*\n", "", text, flags=re.MULTILINE).split("\n")
    ]
    tables: list[list[list[str]]] = [[]]
    for line in lines:
        if len(line) > 1:
            tables[-1].append(line)
        elif tables[-1]:
            tables.append([])
    return tables[:-1]


def means(page: Path, rule: str, place: int = 0) -> list[str]:
    text = page.with_suffix(".md").read_text(encoding="utf-8")
    line = [line for line in text.split("\n") if f"out of domain, {rule}" in line][place]
    return re.findall(r": (\S+) \(", line)


@pytest.mark.parametrize("rights", range(1, 16, 2))
def test_halves_are_rounded_as_in_the_markdown(
    window: Window, data: list[Path], tmp_path: Path, rights: int
) -> None:
    """Of 16 questions, as of 80, an odd number is a share that ends in 5: 1 / 16 is 6.25 %."""

    def some(ask: Ask) -> Outcome:
        return right(ask) if ask.row < rights else Completion("nothing")

    folder = make_run(tmp_path / "run", data[1:2], Scripted(some), splits="ood-many")
    page = write_report(folder).page
    window.open(page)
    ((_, n, accuracy, *_),) = rows(window, "Geometry", 0)[1:]
    assert (n, accuracy.split()[0]) == ("16", f"{rights / 16:.1%}")


def test_several_answers_and_programs_have_tables(window: Window, drawn: Path) -> None:
    window.open(drawn)
    report = data_of(drawn)["report"]
    heads, *lines = rows(window, "Several answers to each question")
    ks = {k for part in report["families"]["counting"]["splits"].values() for k in part["figures"]["pass_at"]}  # fmt: skip
    assert heads == ["Split", *(f"pass@{k}" for k in sorted(ks, key=int)), "maj@4"]
    assert [line[0] for line in lines] == list(report["families"]["counting"]["splits"])
    figures = report["families"]["counting"]["splits"]["ood-many"]["figures"]
    shown = next(line for line in lines if line[0] == "ood-many")
    assert shown[1].startswith(f"{figures['pass_at']['1']['estimate']:.1%} (")
    assert shown[-1].startswith(f"{figures['majority']['estimate']:.1%} (")
    heads, *lines = rows(window, "Distances and credits of programs, means", 3)
    detail = report["families"]["transformation"]["splits"]["test"]["figures"]["detail"]
    assert heads == ["Split", *detail]
    assert lines[0] == ["test", *(f"{one['estimate']:.3f}" for one in detail.values())]
    assert "answer 4 of 4" in texts(window, ".card .tag")


def test_one_family_has_no_mean_of_families(
    window: Window, data: list[Path], tmp_path: Path
) -> None:
    folder = make_run(tmp_path / "run", data[:1], Scripted(right))
    window.open(write_report(folder).page)
    assert "All families" not in texts(window, "h2")
    assert len(texts(window, ".head")) == 2
    assert "Several answers to each question" not in texts(window, "h3")


def down(_ask: Ask) -> Outcome:
    return Failure("the server is down")


def down_for_many(ask: Ask) -> Outcome:
    return down(ask) if ask.sample.split == "ood-many" else right(ask)


@pytest.mark.parametrize(
    ("write", "splits", "shown"),
    [
        (right, "id", (["100.0%"], 1)),
        (right, "ood", (["100.0%"], 3)),
        (down_for_many, "id,ood", (["100.0%", "–"], 3)),
        (down, "id,ood", (["–", "–"], 0)),
    ],
)
def test_what_is_missing_is_not_drawn(
    window: Window,
    data: list[Path],
    tmp_path: Path,
    write: Write,
    splits: str,
    shown: tuple[list[str], int],
) -> None:
    folder = make_run(tmp_path / "run", data[:1], Scripted(write), splits=splits)
    window.open(write_report(folder).page)
    heads, dots = shown
    assert texts(window, ".head b") == heads
    first = "return document.querySelector('.dots')?.querySelectorAll('.dot').length ?? 0"
    assert window.run(first) == dots
    costs = "What each shift costs, on the same tasks" in texts(window, "h3")
    assert costs == (splits == "id,ood" and dots > 0)
    assert not re.search(r"NaN|null|undefined|Infinity", window.find("body").text)


def test_dots_stand_where_their_numbers_say(window: Window, page: Path) -> None:
    window.open(page)
    places = window.run("""
        return [...document.querySelector('.dots').querySelectorAll('li:not(.axis)')].map((row) => {
          const track = row.querySelector('.track').getBoundingClientRect();
          const middle = (name) => {
            const box = row.querySelector(name)?.getBoundingClientRect();
            return box ? ((box.left + box.right) / 2 - track.left) / track.width : null;
          };
          const ends = row.querySelector('.whisker').getBoundingClientRect();
          return [row.firstChild.textContent, middle('.dot'), middle('.blind'), middle('.line'),
            (ends.left - track.left) / track.width, (ends.right - track.left) / track.width];
        });
    """)
    family = data_of(page)["report"]["families"]["counting"]
    assert [place[0] for place in places] == list(family["splits"])
    for split, dot, blind, base, low, high in places:
        figures = family["splits"][split]["figures"]
        accuracy = figures["accuracy"]
        wanted = [accuracy["estimate"], figures["blind"], accuracy["low"], accuracy["high"]]
        assert [dot, blind, low, high] == pytest.approx(wanted, abs=0.005)
        if split == "test":
            assert base is None
        else:  # on the same tasks: `dots` alone, or both
            assert base == pytest.approx(family["gaps"][split]["in_domain"]["estimate"], abs=0.005)
    assert family["gaps"]["ood-many"]["in_domain"] != family["in_domain"]


# What it does.


def test_a_breakdown_is_chosen(window: Window, page: Path) -> None:
    window.open(page)
    families = data_of(page)["report"]["families"]
    for number, (name, family) in enumerate(families.items()):
        for by, split in (("tasks", "test"), ("kinds", "ood-many"), ("depths", "ood-many")):
            choose(window, "Broken down by", by, number)
            choose(window, "Split", split, number)
            caption = [text for text in texts(window, "figcaption") if ", by " in text][number]
            assert caption.startswith(f"{split}, by ")
            script = """
                const figures = [...document.querySelectorAll('figure')];
                const figure = figures.filter((one) => one.firstChild.textContent.includes(', by '))[arguments[0]];
                return [...figure.querySelectorAll('.dots li:not(.axis)')].map((row) => row.innerText.split(/\\s*\\n\\s*/));
            """
            shown = [" ".join(cells).replace("\xa0", " ") for cells in window.run(script, number)]
            parts = family["splits"][split][by]
            assert shown == [
                f"{label} {part['accuracy']['estimate']:.1%} n = {part['n']}"
                for label, part in parts.items()
            ], (name, by)


def test_a_confusion_is_chosen(window: Window, page: Path) -> None:
    window.open(page)
    splits = data_of(page)["report"]["families"]["counting"]["splits"]
    for split in ("test", "ood-many"):
        choose(window, "Split of the counts", split)
        heads, *lines = rows(window, "Which counts are taken for which")
        confusion = splits[split]["confusion"]
        assert [line[0] for line in lines] == list(confusion)
        counts = [name for name in heads[1:] if name.isdigit()]
        assert heads[1 : len(counts) + 1] == sorted(counts, key=int)
        for gold, *cells in lines:
            told = dict(zip(heads[1:], cells, strict=True))
            total = sum(confusion[gold].values())
            assert {name: cell for name, cell in told.items() if cell} == {
                name: f"{100 * count / total:.0f}" for name, count in confusion[gold].items()
            }
    assert texts(window, ".heat.right")


CONTRAST = """
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const painted = (...colors) => {
      for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
      const light = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
    };
    const card = getComputedStyle(document.querySelector('.plot')).backgroundColor;
    return [...document.querySelectorAll('.heat')].filter((cell) => cell.textContent).map((cell) => {
      const style = getComputedStyle(cell);
      const both = [painted(card, style.backgroundColor), painted(style.color)].sort((a, b) => a - b);
      return (both[1] + 0.05) / (both[0] + 0.05);
    });
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_cell_of_a_confusion_can_be_read(window: Window, page: Path, scheme: str) -> None:
    window.prefer(scheme)
    window.open(page)
    found = window.run(CONTRAST)
    assert "100" in texts(window, ".heat")  # the deepest colour
    assert min(found) >= 4.5  # WCAG AA


def test_answers_are_filtered(window: Window, page: Path) -> None:
    window.open(page)
    answers = data_of(page)["answers"]
    total = len(answers)
    assert window.count() == f"{total} of {total} shown answers"
    outcomes = Counter(answer["outcome"] for answer in answers)
    assert set(outcomes) == {"correct", "wrong", "unread", "failed"}
    for outcome, count in outcomes.items():
        window.choose("outcome", outcome)
        assert window.count() == f"{count} of {total} shown answers"
        assert set(texts(window, ".card .tag:first-child")) == {outcome}
    window.choose("split", "ood-many")
    window.choose("family", "geometry")
    fitting = [one["id"] for one in answers if (one["family"], one["split"], one["outcome"]) == ("geometry", "ood-many", "failed")]  # fmt: skip
    assert fitting
    assert texts(window, ".card code") == fitting
    for facet in ("outcome", "split", "family"):
        window.choose(facet, "")
    assert window.count() == f"{total} of {total} shown answers"


def test_words_are_sought(window: Window, page: Path) -> None:
    window.open(page)
    answers = data_of(page)["answers"]
    words = window.find("#words")
    for sought in ("zebra", "ZEBRA three", "dots/ood-many/", "onerror", "How MANY", "no such word"):
        words.clear()
        words.send_keys(sought)
        fitting = [
            one["id"]
            for one in answers
            if all(
                any(word in one[name].lower() for name in ("id", "question", "written", "gold"))
                for word in sought.lower().split()
            )
        ]
        assert texts(window, ".card code") == fitting[:24], sought
        assert window.count() == f"{len(fitting)} of {len(answers)} shown answers"
    words.send_keys(Keys.ENTER)  # sends no form
    assert window.driver.current_url == page.resolve().as_uri()


def test_more_answers_are_shown_by_keyboard(window: Window, page: Path) -> None:
    window.open(page)
    total = len(data_of(page)["answers"])
    assert len(texts(window, ".card")) == 24 < total - 24
    assert texts(window, ".answers > button") == [f"Show more ({total - 24})"]
    window.run("document.querySelector('.answers > button').focus()")
    ActionChains(window.driver).send_keys(Keys.ENTER).perform()
    assert len(texts(window, ".card")) == 48
    here = "return [...document.querySelectorAll('.card')].indexOf(document.activeElement)"
    assert window.run(here) == 24  # the first of the new ones
    while texts(window, ".answers > button"):
        window.run("document.querySelector('.answers > button').click()")
    assert texts(window, ".card code") == [one["id"] for one in data_of(page)["answers"]]


def test_pictures_are_seen(window: Window, page: Path) -> None:
    window.open(page)
    sizes = "return [...document.images].map((image) => image.naturalWidth)"
    window.wait(lambda: all(window.run(sizes)))
    shown = data_of(page)["answers"][:24]
    assert len(window.run(sizes)) == sum(2 if one["kind"] == "half" else 1 for one in shown)


def test_the_reader_chooses_light_or_dark(window: Window, page: Path) -> None:
    paper = "return Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])"
    window.open(page)
    assert (window.find("#theme").text, window.run(paper) > 200) == ("Dark", True)
    window.find("#theme").click()
    assert (window.find("#theme").text, window.run(paper) < 60) == ("Light", True)
    window.prefer("dark")
    window.find("#theme").click()
    assert (window.find("#theme").text, window.run(paper) > 200) == ("Dark", True)
    window.open(page)
    assert (window.find("#theme").text, window.run(paper) < 60) == ("Light", True)


# What it does not.


@pytest.fixture(scope="module")
def hostile(data: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_hostile_run(tmp_path_factory.mktemp("run") / "hostile", data[:2])
    return write_report(folder).page


def test_hostile_text_is_text(window: Window, hostile: Path) -> None:
    window.open(hostile)
    for by in ("kinds", "tasks", "depths"):
        choose(window, "Broken down by", by)
    while texts(window, ".answers > button"):
        window.run("document.querySelector('.answers > button').click()")
    assert window.run("return typeof taken") == "undefined"
    assert window.run("return document.querySelectorAll('script').length") == 2
    assert window.run("return [...document.images].every((image) => image.src.startsWith('data:image/webp;base64,'))")  # fmt: skip
    assert window.run("return document.querySelectorAll('a').length") == 1
    assert texts(window, "h1") == [HOSTILE_MODEL.replace("\r", "\n")]  # as HTML has it
    assert all(HOSTILE in text for text in texts(window, ".question"))
    wrong = texts(window, ".tag.wrong")
    assert wrong
    assert sum(HOSTILE in text for text in texts(window, ".written")) >= len(wrong)
    place = texts(window, "#kind option").index(f"half {HOSTILE}")
    Select(window.find("#kind")).select_by_index(place)
    half = sum(answer["kind"] == f"half {HOSTILE}" for answer in data_of(hostile)["answers"])
    assert window.count().startswith(f"{half} of ")
    assert window.run("return typeof taken") == "undefined"


@pytest.mark.parametrize("name", ["page", "drawn", "hostile"])
def test_no_width_needs_scrolling_sideways(
    window: Window, request: pytest.FixtureRequest, name: str
) -> None:
    wide = """
        return [...document.querySelectorAll('table, .card, .plot, .head, select, .dots, .chooser')].filter((one) => {
          const box = one.getBoundingClientRect();
          return !one.closest('.scroll') && (box.right > innerWidth + 1 || box.left < -1 || one.scrollWidth > one.clientWidth + 1);
        }).map((one) => one.className || one.tagName);
    """
    for width in window.unfolded(request.getfixturevalue(name), (320, PHONE, 768, 1280)):
        fits = "return document.documentElement.scrollWidth <= innerWidth"
        assert window.run(fits), width
        assert window.run(wide) == [], width


def test_a_wide_table_scrolls_beside_its_names(window: Window, page: Path) -> None:
    window.resize(PHONE)
    window.open(page)
    left = window.run("""
        const place = document.querySelector('.scroll');
        place.scrollLeft = 1e6;
        const name = place.querySelector('tbody th').getBoundingClientRect();
        const last = place.querySelector('tbody td:last-child').getBoundingClientRect();
        return [place.scrollLeft, name.left - place.getBoundingClientRect().left, last.right - innerWidth];
    """)
    assert left[0] > 100
    assert abs(left[1]) < 1
    assert left[2] <= 0


def test_texts_of_a_megabyte_keep_their_cards_small(
    window: Window, data: list[Path], tmp_path: Path
) -> None:
    def endless(ask: Ask) -> Outcome:
        return Completion("x" * 1_000_000 if ask.row < 8 else "<b>y\n" * 200_000)

    folder = make_run(tmp_path / "run", data[:1], Scripted(endless), splits="id")
    change_records(folder, lambda one: replace(one, question="z" * 1_000_000))
    window.resize(PHONE)
    window.open(write_report(folder).page)
    heights = window.run("return [...document.querySelectorAll('.card')].map((one) => one.offsetHeight)")  # fmt: skip
    assert heights
    assert max(heights) < 1500
    assert window.run("return document.documentElement.scrollWidth <= innerWidth")


def test_a_dark_page_is_printed_light(window: Window, page: Path) -> None:
    window.open(page)
    window.find("#theme").click()
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        paper = "return Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])"
        assert window.run(paper) > 200
        assert not window.find("#filters").is_displayed()
        exact = "return getComputedStyle(document.querySelector('.dot')).printColorAdjust"
        assert window.run(exact) == "exact"
    finally:
        window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
