"""agreement: does an entry say of itself what its run says, in values that the toolkit writes?

These are the rules that any run of the toolkit keeps. An entry that keeps them may still be made up.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any, Final

from pydantic import Field, ValidationError

from evaluators import VERSION
from leaderboards.entry import Answer, Entry, Kept, described, key_of, told
from leaderboards.summary import difference
from reasonrft import config_file
from reasonrft.config import RunConfig, Section
from reasonrft.job import MODEL
from reasonrft.models import backend_names, references
from reasonrft.portions import style_of
from reasonrft.prompt import VERSION as PROMPT_VERSION
from reasonrft.run import RunState

MOST: Final = 1e12  # of tokens of an answer, its cost, and the seconds of a session
LOCAL: Final = ("hf", "vllm")  # backends that end an answer themselves
# How answers end: what vLLM and transformers say, and what servers of OpenAI's protocol do.
FINISHES: Final = frozenset(
    "stop length abort content_filter eos_token function_call model_length stop_sequence tool_calls".split()
)


class Asked(Section):
    """How answers are drawn, as a run says it: within what `rrft eval` takes."""

    temperature: float = Field(ge=0, le=2)
    max_tokens: int = Field(ge=1)
    top_p: float = Field(1.0, ge=0.01, le=1)
    seed: int = Field(0, ge=0)


def impossible(entry: Entry) -> Iterator[str]:
    """What no run says: nothing can be summed from it."""
    state = entry.state
    if not state.data:
        yield "it was asked nothing"
    for one in state.data:
        name = "/".join(one.key)
        if min(one.asked, default=0) < 1:
            yield f"it was asked nothing of {name}"
        if one.folder:
            yield f"it says where {name} lay: {one.folder}"
    odd = list(_odd_settings(state.settings))
    yield from odd
    for session in state.sessions:
        if not _is_amount(session.seconds) or min(session.answered, session.failed) < 0:
            yield f"a session took {session.seconds} seconds for {session.answered} answers"
    if not 1 <= entry.about.grader <= VERSION:
        yield f"it was graded by version {entry.about.grader}; there are 1 to {VERSION}"
    for answer in () if odd else entry.answers:
        if said := _odd(answer, entry):
            yield f"{told(answer.place)} {said}"


def _odd_settings(settings: Mapping[str, Any]) -> Iterator[str]:
    """What `rrft eval` takes from nobody."""
    model, backend = settings["model"], settings.get("backend")
    if not (model.strip() and model.isprintable()):
        yield f"its model is called {model!r}"
    if PurePath(model).is_absolute():
        yield f"it says where its model lay: {model}"
    if backend not in backend_names():
        yield f"its backend is {backend!r}; there are: {', '.join(backend_names())}"
    try:
        Asked.model_validate(settings["sampling"], strict=True)
    except ValidationError as problem:
        yield f"its sampling is none: {config_file.told(problem, Asked)}"


def _odd(answer: Answer, entry: Entry) -> str | None:
    """What is wrong with the facts of an answer; None: nothing."""
    if answer.finish not in FINISHES:
        return f"ended by {answer.finish!r}; there are: {', '.join(sorted(FINISHES))}"
    for name in ("prompt_tokens", "tokens", "cost"):
        if not _is_amount(getattr(answer, name)):
            return f"says {name} = {getattr(answer, name)}"
    most = _most_tokens(entry.state)
    if answer.tokens is not None and answer.tokens > most:
        return f"says tokens = {answer.tokens}; its run allowed {most:,}"
    if answer.judged.grader != entry.about.grader:
        return f"was graded by version {answer.judged.grader}, the entry by {entry.about.grader}"
    return None


def _most_tokens(state: RunState) -> float:
    """How many tokens an answer may have; servers may count otherwise than they were asked to write."""
    asked: float = state.settings["sampling"]["max_tokens"]
    return asked if state.settings["backend"] in LOCAL else MOST


def _is_amount(value: float | None) -> bool:
    return value is None or 0 <= value <= MOST


def misdescribed(entry: Entry, kept: Kept) -> Iterator[str]:
    """Where it says of its model and its training what its run does not."""
    about, state = entry.about, entry.state
    backend, model = state.settings.get("backend"), state.settings["model"]
    if backend in references() and model != backend:
        yield f"its run is of the reference {backend}, not of {model}"
    if about.experiment is not None:
        yield from _of_experiment(entry, kept)
    elif about.model != model or about.recipe or about.seed is not None or about.stages:
        yield f"its model, recipe and seed are not those of its run: {about.model}"


def _of_experiment(entry: Entry, kept: Kept) -> Iterator[str]:
    about, state = entry.about, entry.state
    try:  # as it was written, without a value that only can be read as another
        config = RunConfig.model_validate_json(json.dumps(about.experiment), strict=True)
    except ValidationError as problem:
        yield f"its experiment is none: {config_file.told(problem, RunConfig)}"
        return
    true = described(config)
    if said := difference({name: getattr(about, name) for name in true}, true):
        yield f"it says {said}"
    if set(about.stages) != set(config.stages):
        yield f"it was trained in {_listed(about.stages)}; its recipe has {_listed(config.stages)}"
    if state.settings.get("backend") in references():
        yield f"its run is of the reference {state.settings['backend']}, which nobody trains"
    if not _is_outcome(state, config):
        yield f"its run is of {state.settings['model']}, which its experiment does not come to"
    if said := difference(
        {name: state.settings.get(name) for name in ("prompt", "sampling")}, asked_by(config)
    ):
        yield f"its run was asked with {said}, as its experiment has it"
    for one in state.data:
        rows = min(len(kept[key_of(one)].rows), config.eval.limit or len(kept[key_of(one)].rows))
        if one.asked != (rows,):
            yield f"its run was asked {one.asked} of {'/'.join(one.key)}; its experiment asks {rows:,} once"


def asked_by(config: RunConfig) -> dict[str, Mapping[str, Any]]:
    """How an experiment puts its questions, as its run says it."""
    return {
        "prompt": {"style": style_of(config.recipe).value, "version": PROMPT_VERSION},
        "sampling": {"temperature": 0.0, "max_tokens": config.eval.max_tokens},
    }


def _is_outcome(state: RunState, config: RunConfig) -> bool:
    """Whether the model that answered is called as that which the experiment comes to."""
    answered, trained = PurePath(state.settings["model"]), config.model.path
    if config.stages:
        return answered.parts[-2:] == (config.stages[-1], MODEL)
    return answered == PurePath(trained)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "no stage"
