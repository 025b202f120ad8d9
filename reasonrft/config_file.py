"""config_file: which experiment does a file of settings mean, with what it extends and what is changed?"""

import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from reasonrft.config import ConfigError, RunConfig
from reasonrft.named_runs import RUNS, run_names


def read_config(path: Path, changes: Sequence[str] = ()) -> RunConfig:
    """The experiment in a file, its name the file's where it says none.

    `extends` in it names a file that says all that it does not say itself, as `"other.toml"` beside it or by a
    path from there, or an experiment that comes with the toolkit by its bare name: tables are merged key by
    key, other values replace the other's.

    Args:
        path: A TOML file.
        changes: `key=value` with the value as TOML has it, such as `grpo.beta=0.1`; a bare word is a text.

    Raises:
        ConfigError: it cannot be read, or says what there is not.
    """
    return make_config({"name": path.stem} | _read_table(path, ()), changes, str(path))


def _read_table(path: Path, readers: tuple[Path, ...]) -> dict[str, Any]:
    """What a file says, with what it extends; `readers` are the files that extend it."""
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except OSError as problem:
        raise ConfigError(f"{path} cannot be read: {problem.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path} is no TOML: {problem}") from None
    if "extends" not in table:
        return table
    base = table.pop("extends")
    if not isinstance(base, str):
        raise ConfigError(f"{path}: extends = {base!r} names no file")
    readers = (*readers, path.resolve())
    other = RUNS / f"{base}.toml" if base in run_names() else path.parent / base
    if other.resolve() in readers:
        raise ConfigError(f"{path}: extends = {base!r} comes back to a file that extends this one")
    inherited = _read_table(other, readers)
    inherited.pop("name", None)  # that of another experiment
    return _merged(inherited, table)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One table over another."""
    merged = deepcopy(dict(below))
    for key, value in above.items():
        inner = merged.get(key)
        if isinstance(inner, dict) and isinstance(value, dict):
            merged[key] = _merged(inner, value)
        else:
            merged[key] = value
    return merged


def make_config(table: Mapping[str, Any], changes: Sequence[str], source: str) -> RunConfig:
    """The experiment in a table, with changes.

    Raises:
        ConfigError: it says what there is not.
    """
    changed = dict(table)
    for change in changes:
        _change(changed, change)
    try:
        return RunConfig.model_validate(changed)
    except ValidationError as problem:
        raise ConfigError(f"{source}: {_told(problem)}") from None


def _change(table: dict[str, Any], change: str) -> None:
    """Set one key; the tables on the way are copied, not changed."""
    path, equals, text = change.partition("=")
    *sections, key = path.strip().split(".")
    if not equals or not key:
        raise ConfigError(f"no setting {change!r}; it is key=value, such as grpo.beta=0.1")
    for section in sections:
        inner = table.get(section, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"no setting {change!r}: {section} is a value and has no {key}")
        table[section] = dict(inner)
        table = table[section]
    try:
        table[key] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        table[key] = text.strip()


def _told(problem: ValidationError) -> str:
    """The first thing that is wrong, in one line."""
    first, *others = problem.errors(include_url=False)
    where = ".".join(str(part) for part in first["loc"]) or "it"
    more = f" (and {len(others)} more)" if others else ""
    if first["type"] == "extra_forbidden":
        return f"no setting {where}; {_known(first['loc'])}{more}"
    if first["type"] == "value_error":
        return f"{first['ctx']['error']}{more}"
    said = first["msg"][:1].lower() + first["msg"][1:]
    return f"{where} = {first['input']!r}: {said}{more}"


def _known(place: Sequence[str | int]) -> str:
    """The settings that there are beside one that there is not."""
    section: Any = RunConfig(name="any")
    for part in place[:-1]:
        section = getattr(section, str(part), None)
    names = sorted(type(section).model_fields) if isinstance(section, BaseModel) else []
    return f"there are: {', '.join(names)}" if names else "its table has none of that name"
