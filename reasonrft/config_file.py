"""config_file: which experiment does a file of settings mean, with what it extends and what is changed?"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from builders.parse import TOO_DEEP, is_deep
from reasonrft.config import OF_BUILDING, ConfigError, RunConfig
from reasonrft.named_runs import RUNS, run_names, study_names
from reasonrft.wrong_value import wrong_value

NAMED: Final = re.compile(r"[a-z][\w-]*(\.[\w-]+)+")  # a setting that a sentence begins with


def read_config(
    path: Path, changes: Sequence[str] = (), written: Mapping[str, str] | None = None
) -> RunConfig:
    """The experiment in a file, its name the file's where it says none.

    `extends` in it names a file that says all that it does not say itself, as `"other.toml"` beside it or by a
    path from there, or an experiment that comes with the toolkit by its bare name: tables are merged key by
    key, other values replace the other's.

    Args:
        path: A TOML file.
        changes: `key=value` with the value as TOML has it, such as `grpo.beta=0.1`; a bare word is a text.
        written: What a user wrote for a change; by default `--set` and the change.

    Raises:
        ConfigError: it cannot be read, or says what there is not.
    """
    table = {"name": path.stem} | read_table(path)
    if is_study(table):
        raise ConfigError(f"{path} is a study, and no experiment: `rrft study` runs it")
    config = make_config(table, changes, str(path), written)
    if config.data.path:
        _check_used(changes)
    return config


def is_study(table: Mapping[str, Any]) -> bool:
    """Whether a file is of many experiments: it has tables that one alone has not."""
    return not table.keys().isdisjoint(("families", "recipes"))


def _check_used(changes: Sequence[str]) -> None:
    """Refuse changes of what is built where nothing is."""
    for one in changes:
        section, _, key = one.partition("=")[0].strip().partition(".")
        if section.strip() == "data" and key.strip().split(".")[0] in OF_BUILDING:
            raise ConfigError(f"--set {one}: {_of_no_use(key.strip())}")


def _of_no_use(key: str) -> str:
    return f"data.{key} is of data that are built, and data.path names some that are there"


def read_table(path: Path, readers: tuple[Path, ...] = ()) -> dict[str, Any]:
    """What a file says, with what it extends.

    Args:
        path: A TOML file.
        readers: The files that extend it.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except OSError as problem:
        raise ConfigError(f"{path} cannot be read: {problem.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise ConfigError(f"{path} is no TOML: {problem}") from None
    if is_deep(table):  # dotted keys are read without recursion
        raise ConfigError(f"{path} is {TOO_DEEP}")
    whole = with_extended(table, path, (*readers, path.resolve()))
    _check_data(table, whole, path)
    return whole


def _check_data(own: Mapping[str, Any], whole: Mapping[str, Any], path: Path) -> None:
    """Refuse what a file itself says of building data where data are named that are there."""
    data, every = own.get("data"), whole.get("data")
    if isinstance(data, Mapping) and isinstance(every, Mapping) and every.get("path"):
        for key in OF_BUILDING:
            if key in data:
                raise ConfigError(f"{path}: {_of_no_use(key)}")


def with_extended(
    table: Mapping[str, Any], path: Path, readers: tuple[Path, ...] = ()
) -> dict[str, Any]:
    """A table of a file over what it extends, if it extends anything.

    Raises:
        ConfigError: that cannot be read.
    """
    if "extends" not in table:
        return dict(table)
    base = table["extends"]
    if not isinstance(base, str):
        raise ConfigError(f"{path}: extends = {base!r} names no file")
    other = RUNS / f"{base}.toml" if base in [*run_names(), *study_names()] else path.parent / base
    if not other.is_file():
        raise ConfigError(
            f"{path}: extends = {base!r} is no file ({other}), and no experiment of the toolkit"
        )
    if other.resolve() in readers:
        raise ConfigError(f"{path}: extends = {base!r} comes back to a file that extends this one")
    inherited = read_table(other, readers)
    inherited.pop("name", None)  # that of another experiment
    return merged(inherited, {key: value for key, value in table.items() if key != "extends"})


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One table over another."""
    result = deepcopy(dict(below))
    for key, value in above.items():
        inner = result.get(key)
        if isinstance(inner, dict) and isinstance(value, dict):
            result[key] = merged(inner, value)
        else:
            result[key] = value
    return result


def make_config(
    table: Mapping[str, Any],
    changes: Sequence[str],
    source: str,
    written: Mapping[str, str] | None = None,
) -> RunConfig:
    """The experiment in a table, with changes.

    Args:
        table: As a file says it.
        changes: `key=value`.
        source: Where the table is from, in words.
        written: What a user wrote for a change; by default `--set` and the change.

    Raises:
        ConfigError: it says what there is not.
    """
    changed = dict(table)
    for one in changes:
        change(changed, one)
    try:
        return RunConfig.model_validate(changed)
    except ValidationError as problem:
        said = change_of(problem, changes, written) or source
        raise ConfigError(f"{said}: {told(problem, RunConfig)}") from None


def change_of(
    problem: ValidationError, changes: Sequence[str], written: Mapping[str, str] | None = None
) -> str | None:
    """The change that is wrong, as a user wrote it; None: it is what the file says."""
    first = problem.errors(include_url=False)[0]
    where = [str(part) for part in first["loc"] if part != "[key]"]
    is_name = first["type"] == "extra_forbidden" or len(where) < len(first["loc"])
    if first["type"] == "value_error" and (named := NAMED.match(wrong_value(first))):
        where, is_name = named[0].split("."), True  # a check of several settings names one of them
    for one in reversed(changes):
        key = [part.strip() for part in one.partition("=")[0].split(".")]
        depth = min(len(key), len(where)) if is_name else len(key)
        if where[:depth] == key[:depth]:
            return (written or {}).get(one, f"--set {one}")
    return None


def change(table: dict[str, Any], setting: str) -> None:
    """Set one key; the tables on the way are copied, not changed.

    Raises:
        ConfigError: it is no setting.
    """
    path, equals, text = setting.partition("=")
    *sections, key = path.strip().split(".")
    if not equals or not key:
        raise ConfigError(f"no setting {setting!r}; it is key=value, such as grpo.beta=0.1")
    for section in sections:
        inner = table.get(section, {})
        if section == "lora" and inner is False:  # put on again
            inner = {}
        if not isinstance(inner, dict):
            raise ConfigError(f"no setting {setting!r}: {section} is a value and has no {key}")
        table[section] = dict(inner)
        table = table[section]
    try:
        table[key] = tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        table[key] = text.strip()


def to_toml(table: Mapping[str, Any]) -> str:
    """The text of a file that says what a table says: plain values, lists of them, and tables."""
    return "".join(_lines(table, ""))


def _lines(table: Mapping[str, Any], name: str) -> Iterator[str]:
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    if name and len(inner) < len(table):
        yield f"\n[{name}]\n"
    for key, value in table.items():
        if key not in inner:
            yield f"{_toml_key(key)} = {toml_value(value)}\n"
    for key, value in inner.items():
        yield from _lines(value, f"{name}.{_toml_key(key)}" if name else _toml_key(key))


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else toml_value(key)


def toml_value(value: Any) -> str:
    """A value as a file has it.

    JSON's texts, numbers, lists, `true` and `false` are TOML's too, but for one sign that it wants escaped.
    """
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def told(problem: ValidationError, model: type[BaseModel]) -> str:
    """The first thing that is wrong with a table that shall be such a model, in one line."""
    first, *others = problem.errors(include_url=False)
    where = ".".join(str(part) for part in first["loc"]) or "it"
    more = f" (and {len(others)} more)" if others else ""
    if first["type"] == "extra_forbidden":
        return f"no setting {where}; {_known(first['loc'], model)}{more}"
    if first["type"] == "value_error":  # of a check of ours, which names the setting
        return f"{wrong_value(first)}{more}"
    if first["loc"][-1:] == ("[key]",):  # as pydantic calls what is wrong with a name in a table
        table = ".".join(str(part) for part in first["loc"][:-2])
        return f"{table}: {wrong_value(first)}{more}"
    if first["type"] == "missing":
        return f"{where} is not there{more}"
    return f"{where} = {wrong_value(first)}{more}"


def _known(place: Sequence[str | int], model: type[BaseModel]) -> str:
    """The settings that there are beside one that there is not, those with a name like its own first."""
    section: type[BaseModel] | None = model
    for part in place[:-1]:
        field = section.model_fields.get(str(part)) if section else None
        section = section_of(field.annotation) if field else None
    names = sorted(section.model_fields) if section else []
    if not names:
        return "its table has none of that name"
    before, wanted = ".".join(map(str, place[:-1])), str(place[-1])
    near = get_close_matches(wanted, names)
    if not near:
        return f"there are: {', '.join(names)}"
    meant = " or ".join(f"{before}.{name}" if before else name for name in near)
    others = [name for name in names if name not in near]
    return f"did you mean {meant}?" + (f" There are too: {', '.join(others)}" if others else "")


def section_of(annotation: Any) -> type[BaseModel] | None:
    """The table that a key is of, or may be of."""
    kinds = (annotation, *get_args(annotation))
    return next(
        (one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)), None
    )
