"""evaluation: what a user asks for in words → a run, and the report on it."""

import math
import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from builders import registry
from builders.files import ExpectedError
from builders.parse import parse_json
from builders.parts import choose_parts
from builders.plan import usually_tested
from builders.progress import WorkProgress, number_of
from reasonrft.backend import COPIES, Options
from reasonrft.benchmark import benchmark_plans, ensure_benchmark
from reasonrft.config import ALL_STAGES
from reasonrft.evaluate import Manner, evaluate, settings_of
from reasonrft.models import check_drawn, check_taken, choose_backend, open_backend
from reasonrft.prompt import Style
from reasonrft.questions import choose_sources
from reasonrft.report.write import Written, write_report
from reasonrft.run import check_folder

# Where nothing is named to test on, and nothing usual is there.
ADVICE: Final = "name one with --split"
RESERVED: Final = ("model", "messages", "stream", "n")  # what the toolkit says itself


class RequestError(ExpectedError):
    """What a user wrote cannot be asked for."""


@dataclass(frozen=True, slots=True)
class Request:
    """Which questions are put to which model."""

    model: str
    backend: str = "auto"
    splits: tuple[str, ...] = ()  # none: test and every ood- one that there is
    families: tuple[str, ...] | None = None  # none: every one
    data: tuple[Path, ...] = ()  # none: the benchmark
    limit: int | None = None
    # Options of a backend that a user named, each of which must be of use to it; None: no user did.
    given: tuple[str, ...] | None = None


def run_evaluation(
    request: Request,
    options: Options,
    manner: Manner,
    out: Path | None,
    tell: Callable[[str], None],
) -> Written:
    """Ask what is missing and write the report; sentences for the user go to `tell`.

    What can be refused is refused before what takes long: the model is opened before the benchmark is built.
    """
    chosen = choose_backend(request.model, request.backend, options)
    if request.given is not None:
        check_taken(chosen.name, request.model, request.given)
        check_drawn(manner.sampling.temperature, request.given)
    tell(f"backend {chosen.name}: {chosen.reason}")
    if manner.draws > 1 and manner.sampling.temperature == 0:
        tell(f"{manner.draws} answers at temperature 0 are one answer: set --temperature")
    folder = out or Path("results") / slug(request.model)
    check_folder(folder)
    asked = replace(request, splits=_splits_of(request))
    _check_questions(asked)
    with closing(open_backend(chosen.name, request.model, options)) as backend:
        check_folder(folder, settings_of(backend, manner))
        folders = asked.data or ensure_benchmark(asked.families, asked.splits, WorkProgress, tell)
        sources = choose_sources(folders, asked.families, asked.splits, asked.limit)
        with WorkProgress(request.model, "answers") as progress:
            done = evaluate(folder, backend, sources, manner, progress)
    kept = f", {done.kept:,} were there" if done.kept else ""
    failed = f", {done.failed:,} could not be had" if done.failed else ""
    answers = number_of(done.answered, "answer")
    tell(f"{folder}: {answers} in {done.seconds:.1f} s{kept}{failed}")
    return write_report(folder)


def _splits_of(request: Request) -> tuple[str, ...]:
    """The splits that are asked: those named, or what there is of test and ood- ones.

    Raises:
        BuildError: none is named, and there is none to test on.
    """
    if request.splits:
        return request.splits
    if not request.data:
        return ("id", "ood")
    parts = choose_parts(request.data, request.families, ["all"])
    there = list(dict.fromkeys(part.split for part in parts))
    return tuple(usually_tested(there, " and ".join(map(str, request.data)), ADVICE))


def _check_questions(request: Request) -> None:
    """Refuse questions that there are none of, without building any."""
    if request.data:
        choose_sources(request.data, request.families, request.splits, request.limit)
    else:
        benchmark_plans(request.families, request.splits, registry.tasks())


def slug(model: str) -> str:
    """A folder's name for a model: `Qwen2-VL-2B-Instruct`; for `experiments/mine/grpo/model` it is `mine-grpo`."""
    parts = model.rstrip("/").split("/")
    is_trained = parts[-1] == "model" and not {*parts[-2:-1]}.isdisjoint(ALL_STAGES)
    last = "-".join(parts[-3:-1]) if is_trained else parts[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip("-.") or "model"


def read_style(name: str) -> Style:
    """The style of a name.

    Raises:
        RequestError: there is none.
    """
    if name not in list(Style):
        raise RequestError(f"no prompt {name!r}; there are: {', '.join(Style)}")
    return Style(name)


def read_options(
    *, price: str | None, parallel: tuple[int, int], engine_args: Sequence[str], **others: Any
) -> Options:
    """The options of a backend, from what a user writes.

    Raises:
        RequestError: a price or an engine's argument is none.
    """
    engine = dict(_engine_arg(text) for text in engine_args)
    engine |= {name: size for name, size in zip(COPIES, parallel, strict=True) if size > 1}
    return Options(prices=_prices(price), engine=engine, **others)


def _engine_arg(text: str) -> tuple[str, Any]:
    written, equals, value = text.partition("=")
    name = written.strip().replace("-", "_")
    if not equals or not name:
        raise RequestError(
            f"no engine argument {text!r}; it is KEY=VALUE, such as max_model_len=4096"
        )
    if name in RESERVED:
        raise RequestError(f"engine argument {text!r}: {name} follows from the other options")

    def number(digits: str) -> float:
        if not math.isfinite(float(digits)):
            raise RequestError(f"engine argument {text!r}: {digits} is no finite number")
        return float(digits)

    try:
        return name, parse_json(value, parse_constant=number, parse_float=number)
    except ValueError:
        return name, value


def _prices(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        read, written = (float(part) for part in text.split(","))
    except ValueError:
        read = written = math.nan
    if not (0 <= read < math.inf and 0 <= written < math.inf):
        raise RequestError(f"no price {text!r}; it is IN,OUT a million tokens, such as 2.5,10")
    return read, written
