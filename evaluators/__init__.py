"""evaluators: symbolic and numeric checkers, the GRPO reward and the evaluation metric in one."""

from evaluators.answer import Answer
from evaluators.choice import Choice
from evaluators.expression import Expression
from evaluators.grade import VERSION, grade, layout
from evaluators.integer import Integer
from evaluators.kinds import KINDS, AnyAnswer, answer_from_json, answer_to_json
from evaluators.number import Number
from evaluators.program import Program
from evaluators.reading import Reading
from evaluators.verdict import Score, Status, Verdict

__all__ = [
    "KINDS",
    "VERSION",
    "Answer",
    "AnyAnswer",
    "Choice",
    "Expression",
    "Integer",
    "Number",
    "Program",
    "Reading",
    "Score",
    "Status",
    "Verdict",
    "answer_from_json",
    "answer_to_json",
    "grade",
    "layout",
]
