"""random: writes one of the answers that questions of the kind have, each as likely as another."""

from collections.abc import Sequence
from random import Random
from typing import Final

from evaluators import layout
from reasonrft.backend import Ask, Options, Sampling
from reasonrft.backends._reference import Reference
from reasonrft.questions import Source, find_source

NEEDS: Final = ()  # packages


def open_backend(_model: str, _options: Options, sources: Sequence[Source]) -> Reference:
    """The blind one that does not know which answers are frequent."""

    def write(ask: Ask, sampling: Sampling) -> str:
        answers = find_source(sources, ask.sample).kind(ask.sample)["answers"]
        chosen = Random(ask.seed(sampling)).choice(sorted(answers))
        return layout("One of the answers that such questions have.", chosen)

    return Reference("random", write)
