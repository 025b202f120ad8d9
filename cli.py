"""cli: `rrft`, the command line; its commands stand in `reasonrft.commands` and `leaderboards`."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TextIO

import typer

from builders.files import ExpectedError
from evaluators import VERSION
from leaderboards.command import app as leaderboard
from leaderboards.study.command import study
from reasonrft import __version__
from reasonrft.commands.audit import audit
from reasonrft.commands.check import check
from reasonrft.commands.data import build_data, tasks, view
from reasonrft.commands.evaluate import compare, evaluate, regrade, report
from reasonrft.commands.explained import explain, help_width
from reasonrft.commands.export import export
from reasonrft.commands.publish import publish
from reasonrft.commands.shown import complain
from reasonrft.commands.train import doctor, quickstart, train
from reasonrft.wrong_value import wrong_value

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

CTRL_C = 130  # the exit code that typer gives it

app = typer.Typer(
    help="""Build, train and evaluate visual reasoning with one grader from reward to leaderboard.

    `rrft quickstart` is a good beginning; `rrft COMMAND --help` has examples.""",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "terminal_width": help_width()},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"rrft {__version__} (grader version {VERSION})")
        raise typer.Exit


@app.callback()
def _rrft(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the versions."
        ),
    ] = False,
) -> None:
    del version  # its callback has answered


COMMANDS: Final[Mapping[str, Callable[..., None]]] = {
    "quickstart": quickstart,
    "tasks": tasks,
    "build-data": build_data,
    "view": view,
    "audit": audit,
    "export": export,
    "publish": publish,
    "eval": evaluate,
    "report": report,
    "compare": compare,
    "regrade": regrade,
    "check": check,
    "doctor": doctor,
    "train": train,
    "study": study,
}
for name, command in COMMANDS.items():
    app.command(name=name)(command)
app.add_typer(
    leaderboard, name="leaderboard", short_help="Enter finished runs, prove and show them."
)
for commands in (app, leaderboard):
    explain(commands)


def _where_to_read(problem: typer.TyperException) -> str:
    """What to ask for the right use of the command that was used wrongly."""
    context: typer.Context | None = getattr(problem, "ctx", None)
    return f" (see {context.command_path} --help)" if context else ""


def _nowhere() -> TextIO:
    """What to print to where that is closed: otherwise the next file that is opened would take its place."""
    return Path(os.devnull).open("w")


def _told(problem: typer.TyperException) -> str:
    """What was used wrongly, and how."""
    errors: Callable[[], list[ErrorDetails]] | None = getattr(problem.__cause__, "errors", None)
    if errors is not None:  # of pydantic, by which typer reads values
        problem.message = wrong_value(errors()[0])
    return problem.format_message().rstrip(".") + _where_to_read(problem)


def main() -> None:
    """Run the command line: an expected error is one line on stderr, Ctrl-C is exit code 130."""
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    try:
        code = app(sys.argv[1:] or ["--help"], prog_name="rrft", standalone_mode=False)
        if code == CTRL_C:
            complain("stopped")
    except typer.TyperException as problem:
        complain(_told(problem))
        code = 2
    except ExpectedError as problem:
        complain(str(problem))
        code = problem.code
    except OSError as problem:  # a folder that is not there, a full disk
        told = problem.strerror or str(problem)
        complain(f"{told}: {problem.filename}" if problem.filename else told)
        code = 2
    sys.exit(code)


if __name__ == "__main__":
    main()
