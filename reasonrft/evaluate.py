"""evaluate: samples × a model → a record of every answer, whatever breaks on the way."""

import platform
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from builders.dataset import Progress
from builders.engine import usable_cpus
from builders.files import BuildError
from reasonrft import __version__
from reasonrft.backend import Ask, Backend, Completion, Failure, Sampling
from reasonrft.prompt import VERSION as PROMPT_VERSION
from reasonrft.prompt import Style, make_prompt
from reasonrft.questions import Source
from reasonrft.record import key_of, make_record
from reasonrft.run import OpenRun, RunState, Session, open_run


@dataclass(frozen=True, slots=True)
class Manner:
    """How every question is put."""

    sampling: Sampling = field(default_factory=Sampling)
    style: Style = Style.THOUGHT
    draws: int = 1  # answers to each question


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation came to."""

    answered: int  # now
    failed: int  # now: no answer could be had
    kept: int  # answers that were there already
    seconds: float


def evaluate(
    folder: Path, backend: Backend, sources: Sequence[Source], manner: Manner, progress: Progress
) -> Evaluated:
    """Ask all that a run lacks; its folder then has a record of every answer.

    Raises:
        RunError: the folder holds something else or another run.
        ModelError: there is no point in going on; what was answered is kept.
    """
    wanted = RunState(
        settings=settings_of(backend, manner),
        data=tuple(source.identity(manner.draws) for source in sources),
    )
    with open_run(folder, wanted) as run:
        total = manner.draws * sum(source.rows for source in sources)
        kept = sum(
            (source.family, source.split, row, draw) in run.done
            for source in sources
            for row in range(source.rows)
            for draw in range(manner.draws)
        )
        progress.start(total, kept)
        start = time.monotonic()
        asks = _missing(run, sources, manner)
        first = next(asks, None)
        counts: Counter[type] = Counter()
        if first is not None:
            with _session(run, backend, counts):
                for ask, outcome in backend.answer(chain([first], asks), manner.sampling):
                    run.append(make_record(ask, outcome, key_of(ask, run.state.settings)))
                    counts[type(outcome)] += 1
                    progress.advance(1)
        run.finish()
        seconds = time.monotonic() - start
    return Evaluated(counts[Completion], counts[Failure], kept, seconds)


@contextmanager
def _session(run: OpenRun, backend: Backend, counts: Counter[type]) -> Iterator[None]:
    """A stretch of work that the run tells of, however it ends."""
    start, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    run.begin(Session(started, None, 0, 0, {**machine(), **backend.circumstances()}))

    def end() -> None:
        about = {**machine(), **backend.circumstances()}
        seconds = round(time.monotonic() - start, 3)
        run.end(Session(started, seconds, counts[Completion], counts[Failure], about))

    try:
        yield
    except BaseException:
        with suppress(BuildError):  # of a full disk, which is told of already
            end()
        raise
    end()


def _missing(run: OpenRun, sources: Sequence[Source], manner: Manner) -> Iterator[Ask]:
    """What is wanted and not there yet, in order."""
    for source in sources:
        for row, sample in enumerate(source.samples()):
            prompt, kind = make_prompt(sample, manner.style), source.kind(sample)
            for draw in range(manner.draws):
                ask = Ask(sample, prompt, row, draw, kind)
                place = source.family, source.split, row, draw
                if run.done.get(place) != key_of(ask, run.state.settings):
                    yield ask


def settings_of(backend: Backend, manner: Manner) -> dict[str, Any]:
    """All that an answer depends on, besides its question."""
    sampling = asdict(manner.sampling)
    if manner.sampling.temperature == 0:
        sampling = {"temperature": 0.0, "max_tokens": manner.sampling.max_tokens}
    return {
        **backend.identity(),
        "prompt": {"style": manner.style.value, "version": PROMPT_VERSION},
        "sampling": sampling,
    }


def machine() -> dict[str, Any]:
    """On what this runs."""
    return {
        "rrft": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": usable_cpus(),
    }
