"""hf: a model in transformers, in this process: slow beside an engine, and the reference for one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from reasonrft.backend import (
    OF_WEIGHTS,
    Ask,
    Completion,
    ModelError,
    Options,
    Outcome,
    Sampling,
    one_line,
)
from reasonrft.loading import load_model, load_processor, weights_of
from reasonrft.pictures import in_rgb
from reasonrft.prompt import Prompt

NEEDS: Final = ("torch", "transformers")  # packages
TAKES: Final = ("batch_size", "dtype", *OF_WEIGHTS)  # options of the command line
# What a chat template raises that does not take our messages, besides errors of its language.
OF_TEMPLATES: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class Transformers:
    """A model and its processor, which answers a batch at a time."""

    def __init__(self, model: str, options: Options) -> None:
        """Load the model; ModelError where that is not to be had."""
        import torch

        self._name = model
        self._batch = options.batch_size
        self._pixels = dict(options.pixels)
        self._weights = weights_of(model, options.revision)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._dtype = _dtype(options.dtype, self._device)
        hub: dict[str, Any] = {
            "revision": options.revision or "main",
            # Said both ways: where it is left out transformers asks on the terminal.
            "trust_remote_code": options.trust_remote_code,
        }
        self._processor = load_processor(model, **hub, **options.pixels)
        self._processor.tokenizer.padding_side = "left"  # the answers begin in one column
        self._model = load_model(model, self._dtype, self._device, **hub)
        self._model.generation_config = only_tokens(self._model.generation_config)
        self.top_k = 0  # of the likeliest tokens, from which answers are drawn; 0: all

    def identity(self) -> Mapping[str, Any]:
        """The model and its weights, in a precision."""
        return {
            "backend": "hf",
            "model": self._name,
            "weights": self._weights,
            "dtype": dtype_name(self._dtype),
            **({"pixels": self._pixels} if self._pixels else {}),
        }

    def circumstances(self) -> Mapping[str, Any]:
        """Versions and device."""
        import torch
        import transformers

        device = self._device.type
        if device == "cuda":
            device = torch.cuda.get_device_name(self._device)
        return {
            "engine": f"transformers {transformers.__version__}",
            "torch": torch.__version__,
            "device": device,
            "dtype": dtype_name(self._dtype),
        }

    def answer(self, asks: Iterator[Ask], sampling: Sampling) -> Iterator[tuple[Ask, Outcome]]:
        """Batch after batch, in order."""
        import torch

        while batch := list(islice(asks, self._batch)):
            try:
                outcomes = self._generate(batch, sampling)
            except torch.OutOfMemoryError as problem:
                wanted = "" if self._batch == 1 else "; try a smaller one"
                raise ModelError(
                    f"out of memory with --batch-size {self._batch}{wanted}"
                ) from problem
            yield from zip(batch, outcomes, strict=True)

    def _generate(self, batch: Sequence[Ask], sampling: Sampling) -> list[Outcome]:
        import torch

        inputs = self._inputs(batch)
        chosen: dict[str, Any] = {"do_sample": False}
        if sampling.temperature > 0:
            # One stream a batch: unlike an engine, transformers has none for each answer.
            torch.manual_seed(batch[0].seed(sampling))
            chosen = {
                "do_sample": True,
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "top_k": self.top_k,
            }
        with torch.inference_mode():
            written = self._model.generate(**inputs, max_new_tokens=sampling.max_tokens, **chosen)
        length = inputs["input_ids"].shape[1]
        read = inputs["attention_mask"].sum(dim=1).tolist()
        return [
            self._completion(tokens.tolist(), prompt_tokens)
            for tokens, prompt_tokens in zip(written[:, length:], read, strict=True)
        ]

    def _inputs(self, batch: Sequence[Ask]) -> Any:
        inputs = inputs_of(self._processor, [ask.prompt for ask in batch])
        return inputs.to(self._device, dtype=self._dtype)

    def _completion(self, tokens: list[int], prompt_tokens: int) -> Completion:
        """The text up to the first token that ends one."""
        stop = end_of(tokens, self._ends())
        finish = "length" if stop is None else "stop"
        count = len(tokens) if stop is None else stop + 1
        text = text_of(self._processor.tokenizer, tokens[:stop])
        return Completion(text, finish, prompt_tokens, count)

    def _ends(self) -> set[int]:
        return ends_of(self._model.generation_config, self._processor.tokenizer)

    def close(self) -> None:
        """Let the model go."""
        del self._model


def asked(processor: Any, prompt: Prompt) -> str:
    """A prompt as the chat template writes it, up to where the model goes on."""
    return chat_of(processor, prompt.messages(), add_generation_prompt=True)


def chat_of(processor: Any, messages: Sequence[Mapping[str, Any]], **options: Any) -> str:
    """A chat as the chat template writes it.

    Raises:
        ModelError: it does not take the messages.
    """
    from jinja2 import TemplateError

    try:
        text: str = processor.apply_chat_template(messages, tokenize=False, **options)
    except (TemplateError, *OF_TEMPLATES) as problem:
        why = one_line(problem)
        raise ModelError(
            f"the chat template does not take a question with pictures: {why}"
        ) from problem
    return text


def inputs_of(processor: Any, prompts: Sequence[Prompt]) -> Any:
    """Prompts as a model is given them to answer, padded."""
    texts = [asked(processor, prompt) for prompt in prompts]
    images = [[in_rgb(png) for png in prompt.images] for prompt in prompts]
    return processor(
        text=texts,
        images=images if any(images) else None,
        return_tensors="pt",
        padding=True,
        add_special_tokens=False,  # the template has them
    )


def ends_of(generation: Any, tokenizer: Any) -> set[int]:
    """The tokens that end an answer, by a model's settings of generation and its tokenizer."""
    end = generation.eos_token_id
    ends = end if isinstance(end, list) else [end]
    return {*ends, tokenizer.eos_token_id} - {None}


def end_of(tokens: Sequence[int], ends: Collection[int]) -> int | None:
    """The place of the first token that ends an answer; None: it was cut."""
    return next((place for place, token in enumerate(tokens) if token in ends), None)


def text_of(tokenizer: Any, tokens: Sequence[int]) -> str:
    """What is written by tokens before the one that ends an answer."""
    text: str = tokenizer.decode(list(tokens), skip_special_tokens=True)
    return text


def dtype_name(dtype: Any) -> str:
    """A precision as users name it."""
    return str(dtype).removeprefix("torch.")


def only_tokens(own: Any) -> Any:
    """A model's settings of generation without those that change what is the most likely token.

    Many models bring a repetition penalty, a top_k and others, which transformers would mix in.
    """
    from transformers import GenerationConfig

    names = ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")
    return GenerationConfig(**{name: getattr(own, name, None) for name in names})


def _dtype(name: str, device: Any) -> Any:
    """The precision by name; bf16 on a GPU and fp32 elsewhere, where bf16 is slow."""
    import torch

    if name == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    names = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    if name not in names:
        raise ModelError(f"no dtype {name!r}; there are: auto, {', '.join(names)}")
    return names[name]


def open_backend(model: str, options: Options) -> Transformers:
    """The model, loaded."""
    return Transformers(model, options)
