"""weights: are a model's weights there, whole, and those of its architecture?"""

import math
from pathlib import Path
from typing import Final

from reasonrft.backend import ModelError, one_line
from reasonrft.config import ModelConfig
from reasonrft.estimate import gib
from reasonrft.loading import file_of, load_told, settings_in
from reasonrft.nano import resolve
from reasonrft.preflight.finding import Finding, fault, ok, warning
from reasonrft.shapes import Shape

# Bytes of weights that are loaded to see whether they load; of more only the heads.
LOADED: Final = 2**30
NAMES: Final = ("model.safetensors", "model.safetensors.index.json")
# By how much the parameters in files and architecture may differ: buffers, shared ones.
OFF: Final = 0.02


def check_weights(model: ModelConfig, shape: Shape | None) -> Finding:
    """Whether the weights load; of a large model, whether its files are whole and as many as they should be."""
    check = "weights"
    try:
        files = weight_files(model)
    except ModelError as problem:
        return fault(check, str(problem), "download or copy the model again")
    if not files:
        where = resolve(model.path)
        if Path(where).is_dir():
            return fault(check, f"no *.safetensors in {where}", "is this the folder of a model?")
        advice = f"hf download {model.path}, while there is a network"
        return warning(check, "not in the Hub's cache: they are downloaded first", advice)
    if lacking := [path for path in files if not path.is_file()]:
        return fault(check, f"{lacking[0].name} is missing", "download or copy the model again")
    if sum(path.stat().st_size for path in files) <= LOADED:
        return _loads(model)
    return _heads(files, shape)


def weight_files(model: ModelConfig) -> list[Path]:
    """The files of weights, those that an index names and that are missing too.

    Raises:
        ModelError: the index is damaged.
    """
    for name in NAMES:
        path = file_of(model.path, name, model.revision)
        if path is None:
            continue
        if path.suffix == ".safetensors":
            return [path]
        listed = settings_in(path).get("weight_map")
        if not isinstance(listed, dict):
            raise ModelError(f"{path} is damaged: it has no weight_map")
        return [path.parent / shard for shard in sorted({str(one) for one in listed.values()})]
    return []


def _loads(model: ModelConfig) -> Finding:
    """Load them, and let them go."""
    import torch

    hub = {"revision": model.revision or "main", "trust_remote_code": model.trust_remote_code}
    try:
        loaded, told = load_told(model.path, torch.float32, torch.device("cpu"), **hub)
    except ModelError as problem:
        return fault("weights", str(problem), "is it whole, and of this transformers' time?")
    if lacking := sorted(told["missing_keys"]):
        seen = f"{len(lacking)} are not in the files and would be random, such as {lacking[0]}"
        return fault("weights", seen, "the files are of another architecture than config.json says")
    broken = [name for name, one in loaded.named_parameters() if not torch.isfinite(one).all()]
    if broken:
        return fault("weights", f"{broken[0]} has values that are no numbers", "another checkpoint")
    return ok("weights", f"{loaded.num_parameters():,} parameters load")


def _heads(files: list[Path], shape: Shape | None) -> Finding:
    """Whether files have whole heads, and as many parameters as the architecture."""
    from safetensors import SafetensorError, safe_open

    count = 0
    for path in files:
        try:
            with safe_open(path, framework="numpy") as file:
                shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118 - no mapping
            count += sum(map(math.prod, shapes))
        except (SafetensorError, OSError) as problem:
            return fault("weights", f"{path.name}: {one_line(problem)}", "download it again")
    size = sum(path.stat().st_size for path in files)
    seen = f"{len(files)} files, {gib(size)}, {count:,} parameters"
    if shape is not None and abs(count - shape.parameters) > OFF * shape.parameters:
        wanted = f"{seen}; the architecture has {shape.parameters:,}"
        return warning("weights", wanted, "are these the weights of this config.json?")
    return ok("weights", seen)
