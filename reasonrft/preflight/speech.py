"""speech: does a model's processor pass on what is asked and answered, whole and unchanged?

The checks go the way of training and evaluation: prompt, chat template, processor, tokens, and back.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from builders.sample import Sample
from reasonrft.backend import ModelError
from reasonrft.backends.hf import chat_of, end_of, ends_of, inputs_of, text_of
from reasonrft.config import RunConfig
from reasonrft.encoding import Encoder, banned_tokens
from reasonrft.job import Job
from reasonrft.nano import resolve
from reasonrft.pictures import opened
from reasonrft.preflight.finding import Finding, State, fault, ok, warning
from reasonrft.prompt import Prompt, make_prompt
from reasonrft.training import hub_of, processor_of


class Speech:
    """A model's processor and settings, as the stages and the backends load and use them."""

    def __init__(self, config: RunConfig) -> None:
        """Load both; ModelError where that is not to be had."""
        from transformers import AutoConfig

        job = Job(config, "sft", config.model.path, (), Path())  # the same for every stage
        self.processor = processor_of(job)
        self.encoder = Encoder(self.processor)
        self.tokenizer = self.processor.tokenizer
        self._folder, self._hub = resolve(config.model.path), hub_of(job)
        self.config: Any = AutoConfig.from_pretrained(self._folder, **self._hub)

    def chat(self, messages: list[dict[str, Any]]) -> str:
        """A chat as the template writes it, with nothing that tells the model to answer."""
        return chat_of(self.processor, messages, add_generation_prompt=False)

    def tokens(self, prompt: Prompt) -> list[int]:
        """The tokens of a prompt, with those of its pictures, as it is trained on."""
        return list(self.encoder.prompts([prompt])["input_ids"][0])

    def written(self, tokens: Sequence[int]) -> str:
        """The text of what a model wrote, as backends have it."""
        return text_of(self.tokenizer, tokens[: end_of(tokens, self._ends)])

    @cached_property
    def _ends(self) -> set[int]:
        from transformers import GenerationConfig

        try:
            generation = GenerationConfig.from_pretrained(self._folder, **self._hub)
        except OSError:  # it has no file of them: as transformers has it then
            generation = GenerationConfig.from_model_config(self.config)
        return ends_of(generation, self.tokenizer)

    @property
    def picture(self) -> int | None:
        """The token that stands for a piece of a picture."""
        for owner in (self.config, self.processor):
            for name in ("image_token_id", "image_token_index"):
                if isinstance(found := getattr(owner, name, None), int):
                    return found
        return None

    @property
    def banned(self) -> set[int]:
        """The tokens that stand for pictures and their borders, which no answer may have."""
        return set(banned_tokens(self.processor, self.config))

    @property
    def confused(self) -> set[int]:
        """The tokens that would be banned as well if they did not end or fill up answers."""
        endless = SimpleNamespace(eos_token_id=None, pad_token_id=None)
        bare = SimpleNamespace(**{**vars(self.processor), "tokenizer": endless})
        return set(banned_tokens(bare, self.config)) - self.banned


def check_template(speech: Speech, sample: Sample) -> Finding:
    """Whether the chat template takes our messages and leaves their text alone."""
    check, advice = "chat template", "mend chat_template in the model's folder"
    prompt = make_prompt(sample)
    try:
        asked = speech.encoder.text(prompt)
        bare = speech.chat(prompt.messages())
    except ModelError as problem:
        return fault(check, str(problem), advice)
    if prompt.text not in asked:
        return fault(check, "it changes or drops the text of a question", advice)
    if asked == bare:
        return fault(
            check, "nothing in it tells the model to answer (add_generation_prompt)", advice
        )
    if asked == speech.encoder.text(Prompt((), prompt.text)):
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
    after = speech.chat(messages).rpartition(said)[2].strip()
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
    inputs = inputs_of(speech.processor, [prompt, short])
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
    inputs = inputs_of(speech.processor, [prompt])
    if "pixel_values" not in inputs:
        return fault(check, "the processor hands on no pixels", "mend preprocessor_config.json")
    if speech.picture is None:
        return warning(check, "the token of pictures has no known name", "see its config.json")
    tokens = inputs["input_ids"][0].tolist().count(speech.picture)
    sizes = {opened(png).size for png in prompt.images}
    shown = ", ".join(f"{width}x{height}" for width, height in sorted(sizes))
    if tokens < len(prompt.images):
        seen = f"{len(prompt.images)} of {shown} are {tokens} tokens (id {speech.picture})"
        return fault(check, seen, "the template's mark of a picture is not the model's image token")
    expected = seen_patches(speech, inputs)
    if expected is not None and tokens != expected:
        seen = f"{len(prompt.images)} of {shown} are {tokens} tokens, and {expected} to the model"
        return fault(check, seen, "patch_size and merge_size of the processor are not the model's")
    if speech.confused:
        return fault(
            check,
            f"token {min(speech.confused)} is both a picture's and what ends an answer",
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
