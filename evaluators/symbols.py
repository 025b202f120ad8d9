"""symbols: which marks and LaTeX commands mean what in the grammar."""

from collections.abc import Mapping
from typing import Final

from evaluators.tree import EMPTY, INFINITY, REALS, Tree

RELATION_SIGNS: Final = {
    "=": "=", "≈": "≈", "\\approx": "≈", "\\simeq": "≈", "\\doteq": "≈", "\\sim": "≈",
    "<": "<", "\\lt": "<", ">": ">", "\\gt": ">", "≤": "<=", "<=": "<=", "\\le": "<=", "\\leq": "<=",
    "\\leqslant": "<=", "≥": ">=", ">=": ">=", "\\ge": ">=", "\\geq": ">=", "\\geqslant": ">=",
    "∈": "=", "\\in": "=",
    "≠": "!=", "!=": "!=", "\\ne": "!=", "\\neq": "!=", "\\equiv": "=",
}  # fmt: skip
TIMES: Final = frozenset({"*", "\\times", "\\cdot", "\\ast"})
OVER: Final = frozenset({"/", "\\div"})
RATIO: Final = frozenset({":", "\\colon"})
CLOSING: Final = {
    "(": ")", "[": "]", "]": "[", "{": "}", "\\{": "\\}", "\\lbrace": "\\rbrace", "\\lbrack": "\\rbrack",
    "|": "|", "\\lvert": "\\rvert", "\\vert": "\\vert", "\\langle": "\\rangle", "⟨": "⟩",
}  # fmt: skip
FUNCTIONS: Final = {
    name: name for name in "sin cos tan cot sec csc sinh cosh tanh ln exp abs".split()
} | {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "asin": "asin", "acos": "acos", "atan": "atan",
    "tg": "tan", "ctg": "cot", "cotan": "cot", "cosec": "csc", "arctg": "atan",
}  # fmt: skip
INVERSES: Final = {"sin": "asin", "cos": "acos", "tan": "atan"}
NAMES: Final = (*sorted(FUNCTIONS, key=len, reverse=True), "sqrt", "cbrt", "log", "lg", "pi")
GREEK: Final = frozenset(
    "\\" + name
    for name in "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu"
    " xi omicron rho sigma tau upsilon phi varphi chi psi omega Delta Theta Lambda Xi Sigma Phi Psi"
    " Omega ell".split()
)
GEOMETRY: Final = frozenset(
    "\\angle ∠ \\measuredangle \\triangle △ ▲ \\overline \\widehat \\odot ⊙ \\overarc \\overset \\frown"
    " \\stackrel \\vec \\hat \\bar".split()
)
MATRICES: Final = frozenset({"matrix", "pmatrix", "bmatrix", "vmatrix", "array"})
REPEATING: Final = frozenset({"\\overline", "\\bar", "\\dot"})
NAMED_VALUES: Final[Mapping[str, Tree]] = {
    "infty": INFINITY,
    "infin": INFINITY,
    "emptyset": EMPTY,
    "varnothing": EMPTY,
    "R": REALS,
}
FRACTIONS: Final = frozenset({"\\frac", "\\dfrac", "\\tfrac", "\\cfrac"})
NOT_FACTORS: Final = (
    frozenset(RELATION_SIGNS)
    | TIMES
    | OVER
    | RATIO
    | frozenset(CLOSING.values())
    | {"\\pm", "\\\\", "\\end", "\\cup", "\\choose"}
)
