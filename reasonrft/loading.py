"""loading: a model's processor and weights, from a folder or the Hub, without torchvision too."""

import hashlib
import inspect
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from builders.parse import read_object
from reasonrft.backend import ModelError, one_line
from reasonrft.nano import resolve
from reasonrft.pixels import edges, size_limits

SAMPLED: Final = 1 << 20  # bytes at each of three places of a file of weights
# A processor's files: the newer one, which may have the settings of pictures in a part, and the older one of these.
OF_PICTURES: Final = ("processor_config.json", "preprocessor_config.json")
SECONDS: Final = 5.0  # for the Hub to show that it is there
# A repository of the Hub; neither part begins or ends with a dot or a dash, as huggingface_hub checks it.
OF_HUB: Final = re.compile(r"\w(?:[\w.-]*\w)?/\w(?:[\w.-]{0,94}\w)?", re.ASCII)


def check_name(model: str) -> None:
    """Refuse a name that can mean no model, before anything is done for it.

    Raises:
        ModelError: it is neither a folder nor one that the Hub could have.
    """
    is_folder = bool(model.strip()) and Path(resolve(model)).is_dir()
    is_of_hub = OF_HUB.fullmatch(model) and not re.search(r"--|\.\.|\.git$", model)
    if not (is_folder or is_of_hub):
        raise ModelError(
            f"no model {model!r}: there is no such folder, and a name of the Hub is ORG/NAME"
        )


def check_reachable(model: str, revision: str | None = None) -> None:
    """Refuse a model that cannot be had here: transformers would ask for half a minute, and blame its files.

    Raises:
        ModelError: it is no folder, not in the Hub's local cache, and the Hub is not to be asked.
    """
    from huggingface_hub import constants

    if Path(resolve(model)).is_dir() or file_of(model, "config.json", revision) is not None:
        return
    lacking = f"{model} is not in the Hub's local cache"
    if constants.HF_HUB_OFFLINE:
        raise ModelError(f"{lacking}, and HF_HUB_OFFLINE forbids to ask the Hub")
    if not _answers(constants.ENDPOINT):
        raise ModelError(f"{lacking}, and {constants.ENDPOINT} does not answer")


def file_of(model: str, name: str, revision: str | None = None) -> Path | None:
    """A file of a model, in its folder or in the Hub's local cache; None: it is not there."""
    folder = Path(resolve(model))
    if folder.is_dir():
        path = folder / name
        return path if path.is_file() else None
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(model, name, revision=revision)
    except HFValidationError:  # no name of the Hub
        return None
    return Path(found) if isinstance(found, str) else None


def settings_in(path: Path) -> dict[str, Any]:
    """What a JSON file of a model sets.

    Raises:
        ModelError: it is damaged.
    """
    settings = read_object(path.read_bytes())
    if settings is None:
        raise ModelError(f"{path} is damaged: it is no JSON object")
    return settings


def settings_of_pictures(model: str, revision: str | None = None) -> Mapping[str, Any]:
    """What a model's files set of its pictures, where transformers reads it; nothing where they are not at hand.

    Raises:
        ModelError: one is damaged.
    """
    paths = [file_of(model, name, revision) for name in OF_PICTURES]
    whole, own = ({} if path is None else settings_in(path) for path in paths)
    part = whole.get("image_processor")
    return part if isinstance(part, dict) else own


def _answers(url: str) -> bool:
    """Whether a server is there, whatever it says."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=SECONDS):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def load_processor(
    model: str, *, min_pixels: int | None = None, max_pixels: int | None = None, **hub: Any
) -> Any:
    """The processor of a vision-language model, with other limits of a picture's pixels if asked.

    Raises:
        ModelError: it has none, or none that takes pictures.
    """
    from transformers import AutoProcessor, ProcessorMixin

    check_reachable(model, hub.get("revision"))
    folder = resolve(model)
    try:
        processor = _image_only(folder, **hub) if find_spec("torchvision") is None else None
        processor = processor or AutoProcessor.from_pretrained(folder, **hub)
    except Exception as problem:
        check_tokenizer(model)  # of whose damage transformers speaks in errors of any class
        # RecursionError: it reads JSON by itself.
        if not isinstance(problem, OSError | ValueError | ImportError | RecursionError):
            raise
        raise ModelError(f"{model} has no processor that loads: {_told(problem)}") from problem
    # With a processor that it does not know, `AutoProcessor` gives a tokenizer and says nothing.
    if not isinstance(processor, ProcessorMixin) or not hasattr(processor, "image_processor"):
        raise ModelError(f"{model} takes no pictures: its processor is {type(processor).__name__}")
    if not getattr(processor, "chat_template", None):
        raise ModelError(f"{model} cannot be asked: its processor has no chat template")
    limits = {"min_pixels": min_pixels, "max_pixels": max_pixels}
    if asked := {name: pixels for name, pixels in limits.items() if pixels is not None}:
        _limit(model, processor.image_processor, asked)
    return processor


def _limit(model: str, image_processor: Any, asked: Mapping[str, int]) -> None:
    """Set limits of pixels, under the names that Qwen's processors have for them."""
    own = size_limits(getattr(image_processor, "size", None))
    if not own:
        raise ModelError(f"{model} knows no limits of pixels: leave out min_pixels and max_pixels")
    image_processor.size = {**own, **edges(asked)}


def check_tokenizer(model: str) -> None:
    """Refuse a folder with a damaged tokenizer.

    Raises:
        ModelError: its `tokenizer.json` is one that cannot be read.
    """
    from tokenizers import Tokenizer

    path = Path(resolve(model)) / "tokenizer.json"
    if not path.is_file():
        return
    try:
        Tokenizer.from_file(str(path))
    except Exception as problem:  # it raises no class of its own
        damage = f"its tokenizer.json is damaged ({one_line(problem)})"
        raise ModelError(f"{model} has no processor that loads: {damage}") from problem


def _image_only(model: str, **hub: Any) -> Any:
    """The processor without its part for videos, which needs torchvision; None if it has no such part."""
    from transformers import AutoConfig
    from transformers.models.auto import processing_auto

    config = AutoConfig.from_pretrained(model, **hub)
    name = processing_auto.PROCESSOR_MAPPING_NAMES.get(config.model_type)
    whole: Any = processing_auto.processor_class_from_name(name) if name else None
    if whole is None or "video_processor" not in inspect.signature(whole.__init__).parameters:
        return None

    class ImageOnly(whole):  # type: ignore[misc]  # a class known only at run time
        # transformers loads what the signature names, and no more.
        def __init__(
            self,
            image_processor: Any = None,
            tokenizer: Any = None,
            chat_template: str | None = None,
            **others: Any,
        ) -> None:
            whole.__init__(
                self, image_processor, tokenizer, None, chat_template=chat_template, **others
            )

    ImageOnly.__name__ = whole.__name__  # which is what `save_pretrained` writes
    return ImageOnly.from_pretrained(model, **hub)


def load_model(model: str, dtype: Any, device: Any, **hub: Any) -> Any:
    """The weights of a vision-language model, ready to generate.

    Raises:
        ModelError: there are none that load.
    """
    return load_told(model, dtype, device, **hub)[0]


def load_told(model: str, dtype: Any, device: Any, **hub: Any) -> tuple[Any, Mapping[str, Any]]:
    """The same, and what transformers tells of it, such as weights that no file has."""
    from safetensors import SafetensorError
    from transformers import AutoModelForImageTextToText
    from transformers.utils import logging

    logging.disable_progress_bar()  # of reading a file, on every terminal and in every log
    load: Any = AutoModelForImageTextToText.from_pretrained
    # RuntimeError: weights of another size, and too little memory.
    troubles = (OSError, ValueError, ImportError, KeyError, RuntimeError, SafetensorError)
    try:
        loaded, told = load(resolve(model), dtype=dtype, output_loading_info=True, **hub)
        loaded.to(device)
    except troubles as problem:
        raise ModelError(f"{model} does not load: {_told(problem)}") from problem
    return loaded.eval(), told


def _told(problem: BaseException) -> str:
    """A library's complaint, and how its refusal to run a model's own code is lifted."""
    refused = "trust_remote_code" in str(problem)
    return one_line(problem) + (" (--trust-remote-code runs it)" if refused else "")


def weights_of(model: str, revision: str | None) -> str:
    """A digest of a folder's weights, or the commit of the Hub's: other weights are another model.

    Raises:
        ModelError: it is neither a folder nor a name of the Hub.
    """
    check_name(model)
    folder = Path(resolve(model))
    if not folder.is_dir():
        return _commit(model, revision)
    digest = hashlib.sha256()
    names = ("*.safetensors", "*.bin", "*.gguf", "*config.json", "chat_template*", "tokenizer.json")
    for path in sorted({path for name in names for path in folder.glob(name)}):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}\n".encode())
        with path.open("rb") as file:
            for place in sorted({0, max(0, size // 2 - SAMPLED // 2), max(0, size - SAMPLED)}):
                file.seek(place)
                digest.update(file.read(SAMPLED))
    return digest.hexdigest()[:16]


def _commit(model: str, revision: str | None) -> str:
    """The commit of a model in the local cache of the Hub; what was asked for where it is unknown."""
    config = file_of(model, "config.json", revision)
    return config.parent.name if config is not None else revision or "main"
