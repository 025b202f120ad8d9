"""difficulty: how often does the model solve each question before it is trained? Kept, to be measured once."""

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from builders.files import write_whole
from builders.progress import WorkProgress
from evaluators import Status, grade
from reasonrft import journal
from reasonrft.backend import Ask, Completion, Sampling
from reasonrft.backends.hf import open_backend
from reasonrft.job import Job
from reasonrft.portions import style_of
from reasonrft.prompt import gold_of, make_prompt

TRIES: Final = 4  # answers to each question
QUESTIONS_AT_ONCE: Final = 4  # in a batch


def ranks_of(job: Job) -> list[int]:
    """The rank of each question, 0 the one that is solved most often; equals come in an order by seed."""
    passes = measure(job)
    order = list(range(len(passes)))
    random.Random(f"difficulty/{job.config.seed}").shuffle(order)
    order.sort(key=lambda question: -passes[question])
    ranks = [0] * len(order)
    for rank, question in enumerate(order):
        ranks[question] = rank
    return ranks


def measure(job: Job) -> list[float]:
    """The share of right answers to each question; batches that were measured before a kill are not measured again."""
    from accelerate import PartialState

    state = PartialState(cpu=job.config.hardware.gpus == 0)
    job.folder.mkdir(parents=True, exist_ok=True)
    own = job.folder / f"difficulty-{state.process_index}-of-{state.num_processes}.jsonl"
    mine = range(state.process_index, len(job.rows), state.num_processes)
    known = _read(own)
    if len(known) < len(mine):
        # A batch is drawn from one random stream: one that a kill cut short is drawn again as a whole.
        done = len(known) - len(known) % QUESTIONS_AT_ONCE
        write_whole(own, b"".join(map(_line, list(known.items())[:done])))
        _measure(job, mine[done:], own)
    state.wait_for_everyone()
    found: dict[int, float] = {}
    for path in sorted(job.folder.glob(f"difficulty-*-of-{state.num_processes}.jsonl")):
        found |= _read(path)
    return [found[question] for question in range(len(job.rows))]


def _measure(job: Job, questions: Sequence[int], path: Path) -> None:
    settings = job.config.grpo
    options = job.config.model.options(job.model, QUESTIONS_AT_ONCE * TRIES)
    sampling = Sampling(settings.temperature, settings.top_p, settings.max_tokens, job.config.seed)
    backend = open_backend(job.model, options)
    backend.top_k = settings.top_k
    solved: dict[int, list[bool]] = {}
    with WorkProgress("measuring difficulty") as progress, path.open("ab") as file:
        progress.start(len(questions), 0)
        for ask, outcome in backend.answer(_asks(job, questions), sampling):
            written = outcome.text if isinstance(outcome, Completion) else ""
            verdict = grade(written, gold_of(ask.sample))
            tries = solved.setdefault(ask.row, [])
            tries.append(verdict.status is Status.CORRECT)
            if len(tries) == TRIES:
                file.write(_line((ask.row, sum(tries) / TRIES)))
                file.flush()
                progress.advance(1)
    backend.close()


def _line(known: tuple[int, float]) -> bytes:
    question, passes = known
    return json.dumps({"question": question, "passes": passes}).encode() + b"\n"


def _asks(job: Job, questions: Sequence[int]) -> Iterator[Ask]:
    style = style_of(job.config.recipe)
    for question in questions:
        sample = job.rows[question]
        prompt = make_prompt(sample, style)
        for draw in range(TRIES):
            yield Ask(sample, prompt, question, draw)


def _read(path: Path) -> dict[int, float]:
    """What was measured; a line that a kill cut short is none."""
    return {row["question"]: row["passes"] for row in journal.read(path)}
