"""random: writes one of the answers that questions of the kind have, each as likely as another."""

from random import Random
from typing import Final

from evaluators import layout
from reasonrft.backend import Ask, Options, Sampling
from reasonrft.backends._reference import Reference

NEEDS: Final = ()  # packages
TAKES: Final = ()  # options of the command line


def open_backend(_model: str, _options: Options) -> Reference:
    """The blind one that does not know which answers are frequent."""

    def write(ask: Ask, sampling: Sampling) -> str:
        chosen = Random(ask.seed(sampling)).choice(sorted(ask.kind["answers"]))
        return layout("One of the answers that such questions have.", chosen)

    return Reference("random", write)
