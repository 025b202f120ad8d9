"""evaluate: samples × a model → a record of every answer, whatever breaks on the way."""

import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from builders.dataset import Progress
from builders.engine import usable_cpus
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
        data=tuple(source.identity() for source in sources),
        draws=manner.draws,
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
        start, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
        answered = failed = 0
        for ask, outcome in backend.answer(_missing(run, sources, manner), manner.sampling):
            run.append(make_record(ask, outcome, key_of(ask, run.state.settings)))
            progress.advance(1)
            answered += isinstance(outcome, Completion)
            failed += isinstance(outcome, Failure)
        seconds = time.monotonic() - start
        circumstances = {**machine(), **backend.circumstances()}
        run.finish(Session(started, round(seconds, 3), answered, failed, circumstances))
    return Evaluated(answered, failed, kept, seconds)


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
