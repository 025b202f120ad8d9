"""kernels: how numba compiles the drawing code, once, and where it keeps the result."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba import njit

from builders.files import user_cache

Function = TypeVar("Function", bound=Callable[..., object])


# Strict floating point, so that pictures repeat exactly. Kernels allocate nothing: without numba's
# reference counts, and inlined into each other, they run seven times as fast.
OPTIONS: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "forceinline": True,
    "_nrt": False,
}


def kernel(function: Function) -> Function:
    """Return `function` as one that is compiled at its first call, if no earlier run has."""
    config: Any = numba.config  # its settings are made at run time, unknown to mypy
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder())
    try:
        compiled: Function = njit(**OPTIONS)(function)
    finally:
        config.CACHE_DIR = before
    return compiled


@cache
def cache_folder() -> Path:
    """The first folder of the candidates that is ours to write; its name follows the source.

    numba notices a change of a function's own file only. A kernel that calls another file's kernel
    would stay stale, so every version of the sources has a folder of its own.
    """
    name = f"kernels-{_digest_of_sources()}"
    for parent in _candidates():
        folder = parent / name
        if _is_ours(folder):
            return folder
    return Path(tempfile.mkdtemp(prefix="reason-rft-"))


def _candidates() -> list[Path]:
    wanted = os.environ.get("NUMBA_CACHE_DIR")
    beside = Path(__file__).parent / "__pycache__"
    return [*([Path(wanted)] if wanted else []), beside, user_cache()]


def _digest_of_sources() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        source = path.read_bytes()
        # Kernels have the numbers of `packed` within them.
        if b"@kernel" in source or path.stem == "packed":
            digest.update(source)
    return digest.hexdigest()[:12]


def _is_ours(folder: Path) -> bool:
    """Whether a folder can be written, and not by strangers: numba runs what it finds there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            about = folder.stat()
    except OSError:
        return False
    trusted = {os.getuid(), Path(__file__).stat().st_uid}
    return about.st_uid in trusted and not about.st_mode & stat.S_IWOTH
