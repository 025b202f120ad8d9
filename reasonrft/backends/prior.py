"""prior: writes the best constant answer to each kind of question: what can be had without looking."""

from typing import Final

from evaluators import layout
from reasonrft.backend import Ask, Options, Sampling
from reasonrft.backends._reference import Reference

NEEDS: Final = ()  # packages
TAKES: Final = ()  # options of the command line


def open_backend(_model: str, _options: Options) -> Reference:
    """The best blind guesser; it knows how often each answer is right, and nothing of a picture."""

    def write(ask: Ask, _sampling: Sampling) -> str:
        return layout("The most frequent answer to such questions.", ask.kind["best_constant"])

    return Reference("prior", write)
