"""_sent: what does a server say that speaks OpenAI's protocol? None of its types is believed."""

from typing import Any

from builders.parse import parse_json
from reasonrft.backend import Completion


def read_answer(body: bytes) -> Completion:
    """The answer in what a server sent, if it is a whole one.

    Raises:
        ValueError: it is none, whatever it is.
    """
    answer = parse_json(body)
    try:
        choice = answer["choices"][0]
        content = choice["message"]["content"]
        finish = choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise ValueError(f"the server sent no answer: {_complaint(answer)}") from None
    if not isinstance(finish, str):
        raise ValueError("the server broke off its answer")
    usage = answer.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    read, written = (_count(counts.get(f"{name}_tokens")) for name in ("prompt", "completion"))
    return Completion(_text(content), finish[:40], read, written)


def _text(content: Any) -> str:
    """The text of a message, which some servers send in parts."""
    if content is None:
        return ""
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        if len(parts) == len(content) and all(isinstance(part, str) for part in parts):
            return "".join(map(str, parts))
    if not isinstance(content, str):
        raise ValueError(f"the server sent {type(content).__name__} in place of a text")
    return content


def _count(value: Any) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
    return value if is_count else None


def _complaint(answer: Any) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) else type(answer).__name__


def served_models(body: bytes) -> list[str]:
    """The names in a server's list of models.

    Raises:
        ValueError: it is no list of models.
    """
    try:
        listed = parse_json(body)
    except ValueError:
        raise ValueError(f"it sent {body[:40]!r} in place of its models") from None
    data = listed.get("data") if isinstance(listed, dict) else None
    if not isinstance(data, list):
        raise ValueError(f"it sent no list of models: {_complaint(listed)}")
    names = [one.get("id") for one in data if isinstance(one, dict)]
    return [name for name in names if isinstance(name, str)]
