"""prior: writes the best constant answer to each kind of question: what can be had without looking."""

from collections.abc import Sequence
from typing import Final

from evaluators import layout
from reasonrft.backend import Ask, Options, Sampling
from reasonrft.backends._reference import Reference
from reasonrft.questions import Source, find_source

NEEDS: Final = ()  # packages


def open_backend(_model: str, _options: Options, sources: Sequence[Source]) -> Reference:
    """The best blind guesser; it knows how often each answer is right, and nothing of a picture."""

    def write(ask: Ask, _sampling: Sampling) -> str:
        kind = find_source(sources, ask.sample).kind(ask.sample)
        return layout("The most frequent answer to such questions.", kind["best_constant"])

    return Reference("prior", write)
