"""explained: how is a command summed up and shown in help, and which values can a shell complete?"""

import re
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from inspect import cleandoc, signature
from pathlib import Path
from pkgutil import iter_modules
from shutil import get_terminal_size
from typing import Any, Final, get_args

import typer
from typer.core import TyperCommand
from typer.models import ParameterInfo

EXAMPLES: Final = re.compile(r"\n\nExamples?: (.+)\Z", re.S)
SPLIT: Final = re.compile(r'"(train|val|test|ood-[a-z-]+)"')
SETS: Final = ("id", "ood", "all")  # of splits
NARROWEST, WIDEST, MARGIN = 20, 80, 2  # columns of help, and beside it
NARROW: Final = 60  # what an option is for stands below it, no longer beside it


def help_width() -> int:
    """Of the lines of help here; typer's own are never shorter than 50."""
    return max(min(get_terminal_size().columns, WIDEST) - MARGIN, NARROWEST)


class ExplainedCommand(TyperCommand):
    """A command whose help fits a narrow terminal, and calls arguments by their names alone."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments and options: what each is called, and beside it, or below, what it is for."""
        first_column = 4 if formatter.width < NARROW else 30
        for kind in ("argument", "option"):
            own = [one for one in self.get_params(ctx) if one.param_type_name == kind]
            records = [record for one in own if (record := one.get_help_record(ctx))]
            if kind == "argument":  # behind its name typer writes a type of Python's
                records = [(name.partition(" <")[0], told) for name, told in records]
            if records:
                with formatter.section(f"{kind.capitalize()}s"):
                    formatter.write_dl(records, col_max=first_column)


def explain(app: typer.Typer) -> None:
    """Give its commands a summary, examples to copy, names of what is taken, and completed values."""
    for one in app.registered_commands:
        assert one.callback is not None and one.callback.__doc__ is not None
        text = cleandoc(one.callback.__doc__)
        one.short_help = re.split(r"[:.](?:\s|$)", text, maxsplit=1)[0] + "."
        one.help = EXAMPLES.sub(_lines, text)
        one.cls = ExplainedCommand
        for name, parameter in signature(one.callback).parameters.items():
            if parameter.annotation is not typer.Context:
                _name(name, *get_args(parameter.annotation))


def _lines(found: re.Match[str]) -> str:
    """A line for each example, none of which is wrapped."""
    examples = " ".join(found[1].split()).split("; ")
    return "\n\n\b\nExamples:\n" + "\n".join(f"  {one}" for one in examples)


def _name(name: str, kind: Any, *infos: Any) -> None:
    """Say what a parameter takes, where typer would name a type of Python's."""
    info = infos[0]
    assert isinstance(info, ParameterInfo)
    kinds = {kind, *get_args(kind)}
    if info.metavar is None:
        info.metavar = METAVARS.get(name, "N" if kinds & {int, float} else None)
    info.autocompletion = VALUES.get(name, info.autocompletion)


METAVARS: Final[Mapping[str, str]] = {
    name: name.upper()
    for name in ("family", "preset", "level", "engine", "form", "backend", "recipe", "model", "dtype", "name")
} | {
    "split": "SPLIT,…", "task": "TASK,…", "prompt": "STYLE", "base_url": "URL",
    "api_key_env": "VARIABLE", "revision": "BRANCH",
}  # fmt: skip


def _modules(package: str) -> list[str]:
    """The public modules of a package, by the names that commands take; none of them is imported."""
    spec = find_spec(package)
    assert spec is not None
    names = (one.name for one in iter_modules(spec.submodule_search_locations))
    return sorted(name.replace("_", "-") for name in names if not name.startswith("_"))


def _families() -> list[str]:
    return _modules("builders.tasks")


def _asked(context: typer.Context) -> list[str]:
    """The family that is named before, or all."""
    family = context.params.get("family")
    return [family] if family in _families() else _families()


def _tasks(context: typer.Context) -> list[str]:
    return [name for family in _asked(context) for name in _modules(f"builders.tasks.{family}")]


def _splits(context: typer.Context) -> list[str]:
    return [*SETS, *sorted({name for family in _asked(context) for name in _written(family)})]


def _written(family: str) -> Iterator[str]:
    """The splits that its tasks name; to import them takes too long for a key."""
    spec = find_spec(f"builders.tasks.{family}")
    assert spec is not None
    for folder in spec.submodule_search_locations or ():
        for path in Path(folder).glob("*.py"):
            yield from SPLIT.findall(path.read_text(encoding="utf-8"))


def _presets() -> list[str]:
    from builders.plan import PRESETS

    return list(dict.fromkeys(name for presets in PRESETS.values() for name in presets))


def _levels() -> list[str]:
    from builders.task import LEVELS

    return list(LEVELS)


def _engines() -> list[str]:
    from builders.engine import ENGINES

    return list(ENGINES)


def _recipes() -> list[str]:
    from reasonrft.config import Recipe

    return [one.value for one in Recipe]


def _experiments() -> list[str]:
    from reasonrft.named_runs import run_names

    return run_names()


def _studies() -> list[str]:
    from reasonrft.named_runs import study_names

    return study_names()


def _one(names: Callable[[], list[str]]) -> Callable[[str], list[str]]:
    """Completes one name."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in names() if name.startswith(incomplete)]

    return complete


def _several(
    names: Callable[[typer.Context], list[str]],
) -> Callable[[typer.Context, str], list[str]]:
    """Completes the last of names with commas."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{name}" for name in names(ctx) if name.startswith(last)]

    return complete


VALUES: Final[Mapping[str, Callable[..., list[str]]]] = {
    "family": _one(_families),
    "split": _several(_splits),
    "task": _several(_tasks),
    "preset": _one(_presets),
    "level": _one(_levels),
    "engine": _one(_engines),
    "form": _one(lambda: _modules("reasonrft.exports")),
    "cleaner": _one(lambda: _modules("builders.cleaners")),
    "backend": _one(lambda: ["auto", *_modules("reasonrft.backends")]),
    "recipe": _one(_recipes),
    "experiment": _one(_experiments),
    "target": _one(_experiments),
    "file": _one(_studies),
}
