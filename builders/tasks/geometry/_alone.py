"""_alone: would the text of a problem tell its answer without the picture?"""

import re

from builders.tasks.geometry._engine import study
from builders.tasks.geometry._in_x import Equations
from builders.tasks.geometry._question import statement
from builders.tasks.geometry._scene import Scene
from builders.tasks.geometry._theorems import THEOREMS
from builders.tasks.geometry._unknown import UnknownProblem


def _says(question: str, words: str) -> bool:
    """Whether these words stand in it, not a part of others: `AB = 5` is not said by `AB = 52`."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w|\.\d)", question) is not None


def follows_from_text(scene: Scene) -> bool:
    """Whether the sizes that the question states tell the answer to one who cannot see the picture.

    He knows the figure with all its facts, told or not, and every theorem; he lacks the sizes alone that
    the question does not state.
    """
    figure, problem = scene.figure, scene.problem
    told = {
        one for one, text in scene.givens if _says(scene.question, statement(one, text, figure))
    }
    known = study(figure, THEOREMS)
    givens = [one for one in problem.givens if one in told]
    if isinstance(problem, UnknownProblem):
        in_x = {one: line for one, line in problem.expressions.items() if one in told}
        return Equations(known).tell_x(givens, in_x)
    return known.derives(givens, problem.target)
