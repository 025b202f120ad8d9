"""vllm_writers: vLLM in this process or on a server, as TRL asks it, kept to the prompts that the trainer has."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from itertools import groupby
from typing import Any, Final, Protocol

from builders.files import ExpectedError
from reasonrft.backend import one_line

PLACEHOLDERS: Final = ("<|image_pad|>", "<|video_pad|>")
AT_ONCE: Final = 64  # requests that a server has


class RolloutError(ExpectedError):
    """vLLM does not write what the trainer scores."""


class Asker(Protocol):
    """The trainer, as far as its writers know it."""

    processing_class: Any

    def seeds(self, count: int, *parts: int) -> list[int]:
        """A seed for each answer that is asked for now, whatever else is asked for."""


def placeholders(processor: Any) -> frozenset[int]:
    """The tokens that stand in a prompt in the place of a picture, as many as it has patches."""
    vocabulary = getattr(processor, "tokenizer", processor).get_vocab()
    own = [getattr(processor, name, None) for name in ("image_token", "video_token")]
    return frozenset(vocabulary[name] for name in (*PLACEHOLDERS, *own) if name in vocabulary)


def collapse(tokens: Sequence[int], folded: Collection[int]) -> list[int]:
    """The tokens with each run of a placeholder folded to one, as a chat template writes it."""
    return [
        token
        for place, token in enumerate(tokens)
        if token not in folded or place == 0 or tokens[place - 1] != token
    ]


def runs(tokens: Sequence[int], folded: Collection[int]) -> list[int]:
    """How long each run of a placeholder is: the sizes of the pictures, in order."""
    return [len(list(run)) for token, run in groupby(tokens) if token in folded]


class Through:
    """Something of TRL's or vLLM's, but for what a class below does otherwise."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Engine(Through):
    """vLLM's engine in this process: placeholders folded, and a seed for each answer."""

    def __init__(self, inner: Any, trainer: Asker, group: int) -> None:
        """With `group` the number of the GPUs, of those that together hold a model, that it runs on."""
        super().__init__(inner)
        self._trainer = trainer
        self._group = group
        self._folded = placeholders(trainer.processing_class)

    def generate(
        self, prompts: Sequence[Mapping[str, Any]], sampling_params: Any, **others: Any
    ) -> Any:
        """As vLLM's, which expands the placeholder of each picture that comes with a prompt."""
        # A prompt whose pictures are processed already has no `multi_modal_data`, and is not expanded.
        folded = [
            {**prompt, "prompt_token_ids": collapse(prompt["prompt_token_ids"], self._folded)}
            if prompt.get("multi_modal_data")
            else prompt
            for prompt in prompts
        ]
        seeded = []
        for seed in self._trainer.seeds(len(prompts), self._group):
            one = sampling_params.clone()
            one.seed = seed
            seeded.append(one)
        return self._inner.generate(folded, sampling_params=seeded, **others)

    def reset_prefix_cache(self) -> Any:
        """Forget what older weights made of prompts, which TRL asks for, and of pictures, which it does not."""
        self._inner.llm_engine.reset_encoder_cache()
        return self._inner.reset_prefix_cache()


class Server(Through):
    """TRL's client of a vLLM server: pictures compared, and seeds for the answers to each prompt.

    The placeholders stay as they are: TRL has the server process the pictures first, and then tells it where
    they stand in the tokens.
    """

    def __init__(self, inner: Any, trainer: Asker) -> None:
        """Around the client of the main process."""
        super().__init__(inner)
        ask = inner._post
        inner._post = lambda url, **others: name_tokens(ask(url, **others))
        self._trainer = trainer
        self._folded = placeholders(trainer.processing_class)
        self._sizes: list[list[int]] = []

    def image_features(self, images: Sequence[Any]) -> list[Any]:
        """What the server makes of pictures."""
        features: list[Any] = self._inner.image_features(images)
        self._sizes = [
            [place["length"] for place in one["mm_placeholders"]["image"]] if one else []
            for one in features
        ]
        return features

    def generate(
        self, prompts: Sequence[Any], features: Sequence[Any] | None = None, **sampling: Any
    ) -> dict[str, list[Any]]:
        """As the client's, one prompt after another, several at once."""
        if features is not None:
            self._compare_sizes(prompts)
        own = sampling.pop("generation_kwargs", None) or {}
        seeds = self._trainer.seeds(len(prompts))

        def ask(place: int) -> dict[str, list[Any]]:
            answered: dict[str, list[Any]] = self._inner.generate(
                prompts=[prompts[place]],
                features=None if features is None else [features[place]],
                generation_kwargs={**own, "seed": seeds[place]},
                **sampling,
            )
            return answered

        with ThreadPoolExecutor(min(AT_ONCE, len(prompts))) as pool:
            answers = list(pool.map(ask, range(len(prompts))))
        return {key: [one for answer in answers for one in answer[key]] for key in answers[0]}

    def reset_prefix_cache(self) -> None:
        """As the engine's above."""
        answer = self._inner.session.post(f"{self._inner.base_url}/reset_encoder_cache")
        if answer.status_code != HTTPStatus.OK:
            raise RolloutError(f"the vLLM server keeps old pictures: {one_line(answer.text)}")
        self._inner.reset_prefix_cache()

    def _compare_sizes(self, prompts: Sequence[Sequence[int]]) -> None:
        for prompt, theirs in zip(prompts, self._sizes, strict=True):
            ours = runs(prompt, self._folded)
            if ours != theirs:
                raise RolloutError(
                    f"pictures that are {_listed(ours)} tokens to the trainer are {_listed(theirs)} to the"
                    " vLLM server: it needs the same limits of pixels, as --mm-processor-kwargs"
                )


def name_tokens(answer: dict[str, Any]) -> dict[str, Any]:
    """A server's answer with tokens named as TRL 1.16 reads them; vLLM 0.32 gives their numbers."""
    for choice in answer.get("choices") or ():
        for entry in (choice.get("logprobs") or {}).get("content") or ():
            for place in (entry, *entry.get("top_logprobs", ())):
                if "token_id" in place:
                    place.setdefault("token", f"token_id:{place['token_id']}")
    return answer


class Generation(Through):
    """TRL's generation by vLLM, whose prompts are compared with the trainer's."""

    def generate(
        self, prompts: Sequence[Sequence[int]], *args: Any, **others: Any
    ) -> tuple[Any, ...]:
        """As TRL's; RolloutError where vLLM has read other prompts."""
        written: tuple[Any, ...] = self._inner.generate(prompts, *args, **others)
        for ours, theirs in zip(prompts, written[0], strict=True):
            if list(ours) != list(theirs):
                raise RolloutError(_differs(list(ours), list(theirs)))
        return written


def _differs(ours: Sequence[int], theirs: Sequence[int]) -> str:
    pairs = enumerate(zip(ours, theirs, strict=False))
    shorter = min(len(ours), len(theirs))
    place = next((place for place, (one, other) in pairs if one != other), shorter)
    return (
        f"vLLM read a prompt of {len(theirs)} tokens where the trainer has {len(ours)}, other from token"
        f" {place + 1} on: the placeholders of a picture were expanded twice or not at all, or its"
        " processor makes pictures of another size"
    )


def _listed(sizes: Sequence[int]) -> str:
    return " and ".join(map(str, sizes)) or "no"
