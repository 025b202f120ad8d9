"""speech: does a model's processor pass on what is asked and answered, whole and unchanged?

The checks go the way of training and evaluation: prompt, chat template, processor, tokens, and back.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

from PIL import Image

from builders.sample import Sample
from reasonrft.backend import one_line
from reasonrft.backends.hf import open_image
from reasonrft.config import ModelConfig
from reasonrft.loading import load_processor
from reasonrft.nano import resolve
from reasonrft.preflight.finding import Finding, State, fault, ok, warning
from reasonrft.prompt import Prompt, make_prompt

# What a template raises that does not take our messages.
TEMPLATE_TROUBLES: Final = (TypeError, ValueError, KeyError, AttributeError, LookupError)
PLACES: Final = ("image", "video", "vision", "audio")


class Speech:
    """A model's processor and configuration, used as the backends use them."""

    def __init__(self, model: ModelConfig) -> None:
        """Load both; ModelError where that is not to be had."""
        from transformers import AutoConfig

        hub = {
            "revision": model.revision or "main",
            "trust_remote_code": model.trust_remote_code,
        }
        self.processor = load_processor(model.path, **hub)
        limits = {"shortest_edge": model.min_pixels, "longest_edge": model.max_pixels}
        for name, pixels in limits.items():
            if pixels is not None:  # the names say edges; Qwen's processors mean pixels by them
                setattr(self.processor.image_processor.size, name, pixels)
        self.tokenizer = self.processor.tokenizer
        self.tokenizer.padding_side = "left"  # as the backends and stage 2 have it
        self.config: Any = AutoConfig.from_pretrained(resolve(model.path), **hub)

    def text(self, messages: list[dict[str, Any]], *, answers: bool = True) -> str:
        """A chat as the template writes it, up to where the model answers."""
        written: str = self.processor.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=answers
        )
        return written

    def inputs(self, prompts: Sequence[Prompt]) -> Any:
        """What the model is given."""
        images = [[open_image(png) for png in prompt.images] for prompt in prompts]
        return self.processor(
            text=[self.text(prompt.messages()) for prompt in prompts],
            images=images if any(images) else None,
            return_tensors="pt",
            padding=True,
            add_special_tokens=False,
        )

    def tokens(self, prompt: Prompt) -> list[int]:
        """The tokens of a prompt, with those of its pictures."""
        ids: list[int] = self.inputs([prompt])["input_ids"][0].tolist()
        return ids

    def target(self, text: str) -> list[int]:
        """The tokens of an answer, and the one that ends it."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return [*ids, self.tokenizer.eos_token_id]

    def written(self, tokens: Sequence[int]) -> str:
        """The text of what a model wrote, up to the first token that ends it, as backends have it."""
        end = self.tokenizer.eos_token_id
        stop = tokens.index(end) if end in tokens else len(tokens)
        text: str = self.tokenizer.decode(tokens[:stop], skip_special_tokens=True)
        return text

    @property
    def picture(self) -> int | None:
        """The token that stands for a piece of a picture."""
        for owner in (self.config, self.processor):
            for name in ("image_token_id", "image_token_index"):
                if isinstance(found := getattr(owner, name, None), int):
                    return found
        return None

    @property
    def places(self) -> set[int]:
        """The tokens that stand for pictures and their borders, which no answer may have."""
        named = [*vars(self.config).items(), *vars(self.processor).items()]
        return {
            token
            for name, token in named
            if isinstance(token, int)
            and name.endswith(("_token_id", "_token_index"))
            and any(word in name for word in PLACES)
        }


def check_template(speech: Speech, sample: Sample) -> Finding:
    """Whether the chat template takes our messages and leaves their text alone."""
    check, advice = "chat template", "mend chat_template in the model's folder"
    prompt = make_prompt(sample)
    from jinja2 import TemplateError

    try:
        asked = speech.text(prompt.messages())
        bare = speech.text(prompt.messages(), answers=False)
    except (TemplateError, *TEMPLATE_TROUBLES) as problem:
        return fault(
            check, f"it does not take a question with pictures: {one_line(problem)}", advice
        )
    if prompt.text not in asked:
        return fault(check, "it changes or drops the text of a question", advice)
    if asked == bare:
        return fault(
            check, "nothing in it tells the model to answer (add_generation_prompt)", advice
        )
    if asked == speech.text(Prompt((), prompt.text).messages()):
        return fault(check, "it has no place for pictures", advice)
    if "<think>" in asked.rpartition(prompt.text)[2]:
        said = "it opens <think> itself, so that answers lack what their layout is graded by"
        return fault(check, said, "use the model without its thinking mode, or mend its template")
    return ok(check, "text and pictures pass, and the model is told to answer")


def check_ends(speech: Speech, sample: Sample) -> Finding:
    """Whether what ends an answer is the token that the tokenizer knows for it."""
    check = "end token"
    end = speech.tokenizer.eos_token
    if end is None:
        return fault(check, "the tokenizer has none", "set eos_token in tokenizer_config.json")
    said = "The answer is five."
    messages = make_prompt(sample).messages()
    messages.append({"role": "assistant", "content": [{"type": "text", "text": said}]})
    after = speech.text(messages, answers=False).rpartition(said)[2].strip()
    if not after.startswith(end):
        seen = f"the template ends an answer by {after[:20]!r}, the tokenizer by {end!r}"
        return warning(check, seen, "is this a model for chats? set eos_token to what ends a turn")
    return ok(check, f"{end!r}, as in the template")


def check_padding(speech: Speech, sample: Sample) -> Finding:
    """Whether prompts of unequal length stand with their ends in one column."""
    check = "padding"
    pad, end = speech.tokenizer.pad_token_id, speech.tokenizer.eos_token_id
    if pad is None:
        return fault(
            check, "the tokenizer has no pad token", "set pad_token in tokenizer_config.json"
        )
    prompt = make_prompt(sample)
    short = Prompt(prompt.images, "What?")
    inputs = speech.inputs([prompt, short])
    ends = inputs["attention_mask"][:, -1].tolist()
    if ends != [1, 1]:
        return fault(
            check, "it stands on the right, whatever padding_side says", "mend the tokenizer"
        )
    alone = speech.tokens(short)
    if inputs["input_ids"][1].tolist()[-len(alone) :] != alone:
        return fault(check, "a prompt beside a longer one is another one", "mend the processor")
    if pad == end:
        seen = f"pad and end are one token, {speech.tokenizer.pad_token!r}"
        return warning(check, seen, "set pad_token to another special token")
    return ok(check, "on the left")


def check_pictures(speech: Speech, sample: Sample) -> Finding:
    """Whether pictures reach the model, and as how many tokens."""
    check = "pictures"
    prompt = make_prompt(sample)
    inputs = speech.inputs([prompt])
    if "pixel_values" not in inputs:
        return fault(check, "the processor hands on no pixels", "mend preprocessor_config.json")
    if speech.picture is None:
        return warning(check, "the token of pictures has no known name", "see its config.json")
    tokens = inputs["input_ids"][0].tolist().count(speech.picture)
    sizes = {Image.open(io.BytesIO(png)).size for png in prompt.images}
    shown = ", ".join(f"{width}x{height}" for width, height in sorted(sizes))
    if tokens < len(prompt.images):
        seen = f"{len(prompt.images)} of {shown} are {tokens} tokens (id {speech.picture})"
        return fault(check, seen, "the template's mark of a picture is not the model's image token")
    expected = seen_patches(speech, inputs)
    if expected is not None and tokens != expected:
        seen = f"{len(prompt.images)} of {shown} are {tokens} tokens, and {expected} to the model"
        return fault(check, seen, "patch_size and merge_size of the processor are not the model's")
    own = {speech.tokenizer.eos_token_id, speech.tokenizer.pad_token_id} & speech.places
    if own:
        return fault(
            check,
            f"token {min(own)} is both a picture's and what ends an answer",
            "mend config.json",
        )
    return ok(check, f"{len(prompt.images)} of {shown} are {tokens} tokens")


def seen_patches(speech: Speech, inputs: Any) -> int | None:
    """How many tokens the model makes of the pictures, where their grid says so."""
    vision = getattr(speech.config, "vision_config", None)
    merge = getattr(vision, "spatial_merge_size", None)
    if merge is None or "image_grid_thw" not in inputs:
        return None
    patches = int(inputs["image_grid_thw"].prod(dim=-1).sum())
    return patches // int(merge) ** 2


def check_vocabulary(speech: Speech, _sample: Sample) -> Finding:
    """Whether the model has an embedding for each token."""
    rows = speech.config.get_text_config().vocab_size
    most = max(speech.tokenizer.get_vocab().values()) + 1
    seen = f"{most:,} tokens, {rows:,} embeddings"
    if most > rows:
        return fault("vocabulary", seen, "the tokenizer is another model's; save the right one")
    return ok("vocabulary", seen)


def speeches(speech: Speech, sample: Sample) -> Iterator[Finding]:
    """All checks that one sample is enough for, up to the first fault: each stands on those before it."""
    for check in CHECKS:
        finding = check(speech, sample)
        yield finding
        if finding.state is State.FAULT:
            return


CHECKS: Final = (check_vocabulary, check_template, check_ends, check_padding, check_pictures)
