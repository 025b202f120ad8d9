"""wrong_value: what is wrong with a value, in our words: pydantic's own lack the value, and speak of input and strings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# By pydantic's kinds of errors, what a value has to be; in braces what the error says of it.
ALLOWED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_parsing", "float_type"), "a number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "true or false"),
    **dict.fromkeys(("list_type", "tuple_type"), "a list"),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type"), "a table"),
    **dict.fromkeys(("literal_error", "enum"), "{expected}"),
    "too_short": "{min_length} or more of them",
    "finite_number": "a finite number",
    "string_type": "a text",
    "string_pattern_mismatch": "of the form {pattern}",
    "greater_than": "more than {gt:.12g}",
    "greater_than_equal": "{ge:.12g} or more",
    "less_than": "less than {lt:.12g}",
    "less_than_equal": "{le:.12g} or less",
}


def wrong_value(error: "ErrorDetails") -> str:
    """An error of pydantic in a line: the value, and what is allowed."""
    context: Mapping[str, Any] = error.get("ctx", {})
    if error["type"] == "value_error":  # of a check of ours, or of typer's, which names the value
        return str(context["error"])
    value = repr(error["input"])
    if error["type"] in ALLOWED:
        return f"{value} is not {ALLOWED[error['type']].format(**context)}"
    return f"{value}: {error['msg'][:1].lower()}{error['msg'][1:]}"
