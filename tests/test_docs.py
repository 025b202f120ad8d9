"""The pages: every command in them is one that there is, every link leads somewhere, and the short ones are run."""

import ast
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from builders import registry
from builders.task import Canvas, GoldError, Task, draw_sample
from cli import app
from evaluators import Integer
from tests import test_every_task, toy_task
from tests.command import Rrft
from tests.terminal import shown_in_terminal

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        ROOT / "reasonrft" / "nano" / "base" / "README.md",
        ROOT / "leaderboards" / "entries" / "README.md",
        *ROOT.glob("docs/**/*.md"),
    ]
)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")
INLINE = re.compile(r"`(?:\.venv/bin/)?(rrft|python -m|make) ([^`\n]+)`")
COMMENT = re.compile(r"\s+#\s.*$")
MISSING = re.compile(r"(file|dir|folder|path) '([^']+)' does not exist")


@cache
def commands(page: str) -> Sequence[str]:
    """The commands of a page's blocks, a line each; what they print is passed over."""
    found = []
    for block in FENCE.findall((ROOT / page).read_text()):
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            command = COMMENT.sub("", line.removeprefix("$ ")).strip()
            if command.startswith(("rrft ", "make ", "python -m ")):
                found.append(command)
    return found


def of_all(start: str) -> list[str]:
    """The commands of all pages that begin so, each once."""
    return sorted({one for page in NAMES for one in commands(page) if one.startswith(start)})


def accepted(words: Sequence[str], place: Path) -> None:
    """Whether `rrft` takes these words: its own parser reads them, and nothing is run."""
    command, context = get_command(app), None
    rest = list(words)
    while rest and hasattr(command, "commands"):
        name = rest.pop(0)
        assert name in command.commands, f"no command {name}"
        command = command.commands[name]
    for _ in range(5):
        try:
            context = command.make_context("rrft", list(rest))
        except typer.BadParameter as problem:
            missing = MISSING.search(problem.format_message())
            if missing is None:
                raise
            path = place / missing[2]  # a folder or a file of the reader's
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("") if missing[1] == "file" else path.mkdir()
    assert context is not None


@pytest.mark.parametrize("command", of_all("rrft "))
def test_rrft_takes_every_command_of_the_pages(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    accepted(shlex.split(command)[1:], tmp_path)


@pytest.mark.parametrize(
    "words", [["no-such-command"], ["audit", "--no-such-option", "x"], ["eval"], ["check", "x", "--reading", "y"]]
)  # fmt: skip
def test_a_command_that_there_is_not_is_found(
    words: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((typer.TyperException, AssertionError)):
        accepted(words, tmp_path)


def helps(width: int = 80) -> Iterator[tuple[str, str]]:
    """Every command's help, and that of the groups, in lines of so many columns."""
    waiting = [("", get_command(app))]
    while waiting:
        name, command = waiting.pop(0)
        context = command.make_context(f"rrft {name}".strip(), [], resilient_parsing=True)
        context.terminal_width = width
        yield name, command.get_help(context)
        below = getattr(command, "commands", {})
        waiting += [(f"{name} {one}".strip(), found) for one, found in below.items()]


GROUPS = ("", "leaderboard")


def examples() -> list[tuple[str, str]]:
    """Every command with each line of its help that is an example."""
    found = []
    for name, text in helps():
        lines = re.findall(r"^ +(rrft .+)$", text, re.M)
        if name not in GROUPS:
            found += [(name, one) for one in lines or [""]]
    return found


def test_both_examples_of_a_help_have_a_line() -> None:
    named = [name for name, _ in examples()]
    assert named.count("build-data") == named.count("eval") == 2
    assert len(set(named)) > 15


@pytest.mark.parametrize("group", GROUPS)
def test_a_summary_of_a_command_is_one_whole_line(group: str) -> None:
    _, _, listed = dict(helps())[group].partition("Commands:\n")
    lines = listed.splitlines()
    assert len(lines) == len(
        [name for name, _ in helps() if name.rpartition(" ")[0] == group and name]
    )
    for line in lines:
        assert line.endswith(".") and not line.endswith("..") and len(line) <= 80


def test_help_names_no_type_of_python() -> None:
    for name, text in helps():
        assert re.findall(r"<(?:int|float|str|list|Path|file)\b[^>]*>", text) == [], name


@pytest.mark.parametrize("width", [80, 38])
def test_help_fits_the_terminal(width: int) -> None:
    """Of a narrow one too; an example stands in a line, to be copied."""
    for name, text in helps(width):
        for line in text.splitlines():
            assert len(line) <= (80 if line.startswith("    rrft ") else width), (name, line)


def test_help_knows_the_width_of_the_terminal() -> None:
    (lines,) = shown_in_terminal(40, ["--help"])
    assert "  tasks        Show what can be built." in lines


@pytest.mark.parametrize(("name", "example"), examples())
def test_every_commands_help_has_an_example_that_is_taken(
    name: str, example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert example.startswith(f"rrft {name}")
    accepted(shlex.split(example)[1:], tmp_path)


@pytest.mark.parametrize("command", of_all("make "))
def test_make_knows_every_target_of_the_pages(command: str) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
    for word in shlex.split(command)[1:]:
        assert "=" in word or word in targets, word


@pytest.mark.parametrize("command", of_all("python -m "))
def test_programs_of_the_pages_take_their_options(command: str) -> None:
    words = shlex.split(command)[2:]
    shown = subprocess.run(
        [sys.executable, "-m", words[0], "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for word in words[1:]:
        if word.startswith("--"):
            assert word in shown.stdout, word


def in_sentences(start: str) -> list[str]:
    """What follows in the commands that sentences name, each once."""
    found = {
        words for page in PAGES for one, words in INLINE.findall(page.read_text()) if one == start
    }
    return sorted(found)


@pytest.mark.parametrize("words", in_sentences("rrft"))
def test_commands_in_sentences_and_their_options_are_there(words: str) -> None:
    """Such as `rrft eval --data`: they need not be whole."""
    command = get_command(app)
    for word in words.replace("COMMAND", "tasks").split():
        below = getattr(command, "commands", {})
        if below and not word.startswith("-"):
            command = below[word]
        elif word.startswith("-"):
            known = {name for one in command.params for name in one.opts} | {"-h", "--help"}
            assert word in known, f"{command.name} {word}"


@pytest.mark.parametrize("words", in_sentences("python -m"))
def test_programs_in_sentences_and_their_options_are_there(words: str) -> None:
    name, *rest = words.split()
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None
    if name.startswith(("benchmarks.", "reasonrft.")):
        source = Path(spec.origin).read_text()
        for option in [word for word in rest if word.startswith("--")]:
            assert f'"{option}"' in source, option


def test_make_knows_what_sentences_make() -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
    asked = [word for words in in_sentences("make") for word in words.split() if "=" not in word]
    assert {"test-vllm", "demo"} <= set(asked) <= set(targets)


SHORT = (
    "rrft tasks",
    "rrft check examples/",
    "rrft train nano-",
    "rrft study study-nano --dry-run",
)


def short() -> list[str]:
    """Commands that take seconds and write nothing into the repository."""
    found = [one for start in SHORT for one in of_all(start)]
    return [one for one in found if not one.startswith("rrft train") or "--dry-run" in one]


def test_short_commands_are_run() -> None:
    assert len(short()) > 3


@pytest.mark.parametrize("command", short())
def test_a_short_command_of_the_pages_runs(
    command: str, tmp_path: Path, rrft: Rrft, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [
        str(ROOT / word) if word.startswith("examples/") else word for word in shlex.split(command)
    ]
    monkeypatch.chdir(tmp_path)
    ran = rrft(*words[1:])
    assert ran.code == 0, ran.stderr
    assert ran.stdout.strip()


# A reader's way through the pages, on toy tasks: each command as it is written, and what keeps it small and
# out of the repository.
ONE_WORKER = ("--workers", "1")
ENTRIES = ("--entries", "entries")
TEST = ("--split", "test")  # of their easy level they have no shift
TOYS = ("--size", "all=6", *ONE_WORKER)
WAY: Sequence[tuple[str, Sequence[str]]] = (
    ("rrft build-data --family counting --preset quick --out data/quick", TOYS),
    ("rrft view data/quick", ()),
    ("rrft audit data/quick --sample 200", ONE_WORKER),
    ("rrft audit data/quick", ONE_WORKER),  # a sample is not enough to publish
    ("rrft export data/quick --format sharegpt --split train --out data/quick-llama", ()),
    ("rrft export data/quick --format trl --out data/quick-trl", ()),
    ("rrft publish data/quick --repo my-lab/counting --dry-run --preview page", ()),
    ("rrft build-data --family counting --level easy --image-size 128x96 --out data/easy", TOYS),
    ("rrft audit data/easy", ONE_WORKER),
    ("rrft publish data/easy --repo my-lab/counting --dry-run", ()),
    ("rrft eval --model prior --family counting", (*TEST, "--data", "data/easy", "--out", "experiments/quickstart")),
    ("rrft eval --model nano --data data/easy", TEST),
    ("rrft report experiments/quickstart", ()),
    ("rrft leaderboard add experiments/quickstart", ENTRIES),
    ("rrft leaderboard verify", ENTRIES),
    ("rrft leaderboard build --out site", ENTRIES),
)  # fmt: skip


def test_a_readers_way_through_the_pages_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rrft: Rrft
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "tasks", toy_task.tasks)
    Path("entries").mkdir()
    for command, small in WAY:
        assert command in of_all("rrft ")
        said = rrft(*shlex.split(command)[1:], *small)
        assert said.code == 0, f"{command}: {said.stderr}"
    said = rrft("compare", "experiments/quickstart", "results/nano")
    assert (said.code, "counting/test" in said.stdout) == (0, True)
    for made in (
        "data/quick-view/index.html",
        "page/README.md",
        "results/nano/report.html",
        "site/index.html",
    ):
        assert Path(made).is_file(), made


@pytest.mark.parametrize("page", NAMES)
def test_links_of_the_pages_lead_somewhere(page: str) -> None:
    for target in LINK.findall((ROOT / page).read_text()):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        assert file.exists(), target
        if anchor:
            assert anchor in _anchors(file), target


def _anchors(page: Path) -> set[str]:
    """The headings of a page, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


# The verdicts that a page writes beside answers.


def test_the_graders_verdicts_are_those_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "grade.md").read_text()
    (source,) = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    lines, code = source.splitlines(), ["FOUND = []"]
    for one in ast.parse(source).body:
        text = ast.unparse(one)
        code.append(f"FOUND.append({text})" if isinstance(one, ast.Expr) else text)
    (tmp_path / "grades_of_the_page.py").write_text("\n".join(code))
    monkeypatch.syspath_prepend(tmp_path)
    told = [found[1] for line in lines if (found := re.search(r"\.status  # (\w+)", line))]
    assert told == import_module("grades_of_the_page").FOUND
    assert len(told) == 5


# The task that a page writes out.


@pytest.fixture
def written_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task[Any]:
    page = (ROOT / "docs" / "adding-a-task.md").read_text()
    (source,) = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    (tmp_path / "dots_of_the_page.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    task = import_module("dots_of_the_page").TASK
    assert isinstance(task, Task)
    return task


@pytest.mark.thorough
def test_the_task_of_the_page_keeps_what_a_task_must(written_task: Task[Any]) -> None:
    task = written_task
    for split in task.splits:
        drawn = [draw_sample(task, split, 0, index, Canvas()) for index in range(90)]
        assert drawn == [draw_sample(task, split, 0, index, Canvas()) for index in range(90)]
        answers = Counter(one.answer for one in drawn)
        assert max(answers.values()) <= task.blind_bound * len(drawn)
    light, dark = (draw_sample(task, split, 0, 7, Canvas()) for split in ("test", "ood-dark"))
    assert light.scene == dark.scene
    assert light.images != dark.images


def checks_of_every_task(
    task: Task[Any],
) -> Iterator[tuple[Callable[..., None], Sequence[Any]]]:
    """Each test that a task in the repository has to pass, and what it is given."""
    paired = [split for split, one in task.splits.items() if one.paired_with]
    of_the_repository = test_every_task.test_samples_that_change_have_another_version
    for name, test in vars(test_every_task).items():
        is_one = name.startswith("test_") and test is not of_the_repository
        asked = list(signature(test).parameters) if is_one else []
        if asked == ["name"]:
            yield test, (task.name,)
        elif asked == ["name", "split"]:
            for split in paired if "paired" in name else task.splits:
                yield test, (task.name, split)


def test_the_task_of_the_page_passes_the_tests_of_every_task(
    written_task: Task[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        test_every_task, "TASKS", {**test_every_task.TASKS, written_task.name: written_task}
    )
    checks = list(checks_of_every_task(written_task))
    assert len(checks) > 40
    for check, given in checks:
        check(*given)


def test_a_task_that_solves_otherwise_is_refused(written_task: Task[Any]) -> None:
    wrong = replace(written_task, solve=lambda _question, _scene: Integer(99))
    with pytest.raises(GoldError, match="solved from its scene"):
        draw_sample(wrong, "train", 0, 0, Canvas())
