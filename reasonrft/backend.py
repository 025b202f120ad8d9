"""backend: what is a model to the rest of the toolkit: something that answers what it is asked."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from builders.files import ExpectedError
from builders.sample import Sample
from reasonrft.prompt import Prompt

# Options of the command line for what is in a folder or on the Hub; only where weights are loaded.
OF_WEIGHTS: Final = ("revision", "trust_remote_code")
# Of vLLM: the GPUs of a copy of the model, and its copies.
COPIES: Final = ("tensor_parallel_size", "data_parallel_size")


class ModelError(ExpectedError):
    """A model cannot be loaded or reached at all."""


def one_line(problem: object) -> str:
    """The first line of a complaint, nothing in it that a terminal obeys."""
    lines = str(problem).strip().splitlines() or [type(problem).__name__]
    return "".join(c if c.isprintable() else " " for c in lines[0][:300])


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn from a model."""

    temperature: float = 0.0  # 0: the most likely token each time
    top_p: float = 1.0
    max_tokens: int = 1024
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """One answer that is wanted."""

    sample: Sample  # whole, for the references that answer without a model
    prompt: Prompt  # all that a model is shown
    row: int  # of its split
    draw: int = 0  # which of its answers
    # What the manifest says of its kind of question, for the references: best_constant, answers, blind.
    kind: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def seed(self, sampling: Sampling) -> int:
        """A seed of its own, so that an answer does not depend on what else is asked."""
        name = f"{sampling.seed}/{self.sample.id}/{self.draw}"
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model wrote."""

    text: str
    finish: str = "stop"  # `length` where it was cut off at `max_tokens`
    prompt_tokens: int | None = None
    tokens: int | None = None  # written
    cost: float | None = None  # in the currency of the prices that were given


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer could be had, this time."""

    reason: str


Outcome = Completion | Failure


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may set of a backend; each takes what it knows."""

    base_url: str | None = None  # of a server
    api_key_env: str = "OPENAI_API_KEY"  # the name of the variable that holds the key
    concurrency: int = 32  # requests at once
    patience: float = 300.0  # seconds that one request is tried again
    timeout: float = 600.0  # seconds of one try: long answers of large models take minutes
    prices: tuple[float, float] | None = None  # of a million tokens, read and written
    batch_size: int = 16
    dtype: str = "auto"
    revision: str | None = None
    trust_remote_code: bool = False
    # Limits of a picture's pixels, by the processor's names, where they are not the model's own.
    pixels: Mapping[str, int] = field(default_factory=dict)
    engine: Mapping[str, Any] = field(default_factory=dict)  # arguments passed through to vLLM


class Backend(Protocol):
    """Answers what it is asked."""

    def identity(self) -> Mapping[str, Any]:
        """What its answers depend on besides prompt and sampling: the model, its weights."""

    def circumstances(self) -> Mapping[str, Any]:
        """Under what it runs, for the report: versions, device, precision."""

    def answer(self, asks: Iterator[Ask], sampling: Sampling) -> Iterator[tuple[Ask, Outcome]]:
        """The outcomes as they come, in any order; takes asks as it has room for them.

        Raises:
            ModelError: there is no point in going on.
        """

    def close(self) -> None:
        """Give back what it holds."""
