"""doctor: before hours are spent: will this machine, this model and this experiment work together?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from builders import registry
from builders.extras import install
from builders.files import ExpectedError
from builders.sample import Sample
from reasonrft.backend import ModelError, one_line
from reasonrft.config import ConfigError, RunConfig
from reasonrft.config_file import make_config, read_config
from reasonrft.estimate import Lengths
from reasonrft.experiment import usual_folder
from reasonrft.loading import check_name, check_reachable
from reasonrft.named_runs import find_run, listed, run_names
from reasonrft.nano import NAME
from reasonrft.outlook import longest
from reasonrft.preflight.data import check_data, check_thoughts, some_samples
from reasonrft.preflight.finding import Finding, State, fault, ok, warning
from reasonrft.preflight.hardware import (
    Gpu,
    check_disk,
    check_gpus,
    check_memory,
    device_here,
    driver_gpus,
    torch_gpus,
)
from reasonrft.preflight.packages import check_packages
from reasonrft.shapes import Shape, UnknownShapeError, shape_of

NEEDED: Final = ("torch", "transformers")  # to look at a model at all
# What a processor raises that gets files of another model, or damaged ones.
TROUBLES: Final = (TypeError, ValueError, LookupError, AttributeError, RuntimeError, OSError)

Samples = Mapping[str, Sequence[Sample]]  # by family


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What all checks came to."""

    findings: tuple[Finding, ...]

    def count(self, state: State) -> int:
        """How many checks came to this."""
        return sum(finding.state is state for finding in self.findings)

    @property
    def has_faults(self) -> bool:
        """Whether something will not work."""
        return self.count(State.FAULT) > 0

    def to_json(self) -> dict[str, Any]:
        """All of it, for a program."""
        counts = {state.value: self.count(state) for state in State}
        return {"counts": counts, "findings": [asdict(finding) for finding in self.findings]}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at."""

    config: RunConfig
    is_run: bool  # an experiment, with data of its own; otherwise a model alone
    out: Path  # where the experiment would go


def read_subject(target: str, changes: Sequence[str] = ()) -> Subject:
    """The experiment that a name or a file means, or a model by its folder or ORG/NAME.

    Raises:
        ConfigError: the experiment cannot be run as it is written.
    """
    if target in run_names() or target.endswith(".toml") or Path(target).is_file():
        config = read_config(find_run(target), changes)
        return Subject(config, True, usual_folder(config.name))
    if target == NAME:  # made for pictures and answers of a size, as its quickstart has them
        return Subject(read_config(find_run("nano-quickstart"), changes), False, Path())
    _check_model(target)
    table = {"name": "doctor", "model": {"path": target}, "data": {"family": ["all"]}}
    return Subject(make_config(table, changes, "--set"), False, Path())


def _check_model(target: str) -> None:
    """Refuse what is neither an experiment nor can be a model, before anything is looked at."""
    try:
        check_name(target)
    except ModelError:
        raise ConfigError(
            f"no experiment and no model {target!r}: a model is a folder or ORG/NAME of the Hub, and the "
            f"experiments of the toolkit are {listed(run_names(), target)}"
        ) from None


def diagnose(subject: Subject | None) -> Diagnosis:
    """Look at the machine, and at a model or an experiment on it."""
    config = subject.config if subject else None
    usable = torch_gpus()
    found = [*check_packages(config), *check_gpus(config, driver_gpus(), usable)]
    if subject is not None:
        found += _look_at(subject, usable)
    return Diagnosis(tuple(found))


def _look_at(subject: Subject, usable: Sequence[Gpu]) -> Iterator[Finding]:
    """Data first, since the model is asked about them; then the model; then the room for both."""
    config, rows = subject.config, 0
    if subject.is_run:
        found, stock = check_data(config, registry.tasks())
        yield from found
        if stock is None:
            return
        rows = sum(sum(splits.values()) for splits in stock.values())
    try:
        samples = some_samples(config)
    except ExpectedError as problem:
        yield fault("samples", str(problem), "build the data anew, or see rrft tasks")
        return
    yield from check_thoughts(config, [one for some in samples.values() for one in some])
    if lacking := [name for name in NEEDED if find_spec(name) is None]:
        seen = f"it cannot be looked at: {' and '.join(lacking)} not installed"
        yield fault("model", seen, install("train"))
        return
    model = _Model(config)
    yield from model.findings(samples)
    if subject.is_run and model.shape is not None:
        lengths = model.lengths or longest(config, model.shape, list(samples))
        device = device_here(config, usable)
        # Of GPUs that are not there nothing is known.
        if usable or config.hardware.gpus <= 1:
            yield from check_memory(config, model.shape, lengths, device)
        yield check_disk(config, model.shape, rows, device, subject.out)


class _Model:
    """What is found out about a model."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        self.shape: Shape | None = None
        self.lengths: Lengths | None = None  # measured on samples

    def findings(self, samples: Samples) -> Iterator[Finding]:
        """Its size, its weights, and how it is spoken to."""
        from reasonrft.preflight.weights import check_weights

        try:
            self.shape = shape_of(self.config.model)
            yield ok("model", f"{self.shape.parameters:,} parameters")
        except UnknownShapeError as problem:
            yield warning("model", str(problem), "watch memory and time, which are not estimated")
        except ModelError as problem:
            advice = "name a folder, or an ORG/NAME that is in the Hub's cache"
            yield fault("model", str(problem), advice)
            return
        try:
            check_reachable(self.config.model.path, self.config.model.revision)
        except ModelError as problem:
            advice = f"hf download {self.config.model.path}, where there is a network"
            yield fault("weights", str(problem), advice)
            return
        yield check_weights(self.config.model, self.shape)
        try:
            yield from self._speech(samples)
        except ModelError as problem:
            yield fault("processor", str(problem), "download or copy the model's files again")
        except TROUBLES as problem:
            seen = f"it fails: {type(problem).__name__}: {one_line(problem)}"
            yield fault("processor", seen, "are tokenizer and processor files this model's?")

    def _speech(self, samples: Samples) -> Iterator[Finding]:
        from reasonrft.preflight.path import check_lengths, check_path, measured_lengths
        from reasonrft.preflight.speech import Speech, speeches

        speech = Speech(self.config)
        everything = [one for some in samples.values() for one in some]
        if not everything:
            return
        for finding in speeches(speech, everything[0]):
            yield finding
            if finding.state is State.FAULT:
                return
        yield from check_path(self.config, speech, samples)
        self.lengths = measured_lengths(self.config, speech, everything)
        yield from check_lengths(self.config, speech, self.lengths, len(everything))
