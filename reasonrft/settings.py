"""settings: which settings has an experiment, what do they mean and allow: the page docs/settings.md.

`python -m reasonrft.settings` writes the page anew.
"""

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from reasonrft import config
from reasonrft.config import RunConfig
from reasonrft.config_file import section_of

PAGE: Final = Path(__file__).parents[1] / "docs" / "settings.md"
HEAD: Final = """# Settings

Every setting of an experiment, by the tables of its TOML file; `rrft train RUN --set KEY=VALUE` changes one. What an experiment of the toolkit
sets is in its file in `runs/`. This page is made of `reasonrft/config.py` by `python -m reasonrft.settings`. Where the default is empty there is none.
"""


def settings_page() -> str:
    """A table for each section."""
    return HEAD + "\n".join(_tables("", RunConfig))


def _tables(place: str, section: type[BaseModel]) -> Iterator[str]:
    """The table of a section, and those of the sections in it."""
    schema = section.model_json_schema()
    kinds, sentences = schema.get("$defs", {}), _sentences(section)
    yield f"\n## {place.rstrip('.') or 'The experiment'}\n"
    yield f"{_first_line(section)}\n"
    yield "| key | default | allowed | what |\n|---|---|---|---|"
    below = []
    for name, one in schema["properties"].items():
        inner = section_of(section.model_fields[name].annotation)
        if inner is not None:
            below.append((f"{place}{name}.", inner))
            if section.model_fields[name].default is None:
                yield f"| `{place}{name}` |  | the table below, or none | {sentences.get(name, '')} |"
            continue
        default = one.get("default")
        shown = "" if default is None else f"`{json.dumps(default, ensure_ascii=False)}`"
        yield f"| `{place}{name}` | {shown} | {_allowed(one, kinds)} | {sentences.get(name, '')} |"
    for deeper, inner in below:
        yield from _tables(deeper, inner)


def _first_line(section: type[BaseModel]) -> str:
    return inspect.cleandoc(section.__doc__ or "").partition("\n")[0]


def _sentences(section: type[BaseModel]) -> dict[str, str]:
    """What stands under each field, in this class or one that it goes on from."""
    tree = ast.parse(inspect.getsource(config))
    bodies = {one.name: one.body for one in tree.body if isinstance(one, ast.ClassDef)}
    found: dict[str, str] = {}
    for one in reversed(section.__mro__):
        body = bodies.get(one.__name__, [])
        for field, below in pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr):
                found[ast.unparse(field.target)] = ast.literal_eval(below.value)
    return found


WORDS: Final = {
    "boolean": "`true`, `false`",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "null": "none",
}
BOUNDS: Final = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "to {}",
    "exclusiveMaximum": "below {}",
}


def _allowed(one: Mapping[str, Any], kinds: Mapping[str, Any]) -> str:
    """What a setting may be, in few words."""
    if "$ref" in one:
        return _allowed(kinds[one["$ref"].rpartition("/")[2]], kinds)
    if "anyOf" in one:
        return " or ".join(_allowed(choice, kinds) for choice in one["anyOf"])
    if "enum" in one:
        return ", ".join(f"`{choice}`" for choice in one["enum"])
    if one["type"] == "array":
        return f"a list of: {_allowed(one['items'], kinds)}"
    if one["type"] == "object":
        return f"names with: {_allowed(one['additionalProperties'], kinds)}"
    bounds = [said.format(f"{one[name]:.12g}") for name, said in BOUNDS.items() if name in one]
    return " ".join([WORDS[one["type"]], *bounds])


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
