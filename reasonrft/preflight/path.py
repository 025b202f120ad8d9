"""path: does a gold answer earn the full reward on the way that a model's answers go, and a wrong one not?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from builders.sample import Sample
from evaluators import Status, grade, layout
from reasonrft.config import RunConfig
from reasonrft.estimate import Lengths
from reasonrft.portions import style_of
from reasonrft.preflight.finding import Finding, fault, ok, warning
from reasonrft.preflight.speech import Speech
from reasonrft.prompt import Style, gold_of, make_prompt, make_target
from reasonrft.reward import RewardParts, reward_parts

NONSENSE: Final = "a purple elephant"  # what no question asks for
NEAR: Final = 0.8  # of a limit: the rows that were not looked at may be longer


def check_path(
    config: RunConfig, speech: Speech, samples: Mapping[str, Sequence[Sample]]
) -> Iterator[Finding]:
    """For each family: gold and wrong answers through tokens, decoding and grading to the reward."""
    weights = config.grpo.reward.weights()
    if "grpo" in config.stages and weights.accuracy == 0:
        seen = "grpo.reward.accuracy = 0: a wrong answer earns as much as a right one"
        yield fault("reward", seen, "give it a weight")
        return
    for family, some in samples.items():
        check = f"gold answers of {family}"
        problem = next(filter(None, (_problem(config, speech, one, some) for one in some)), None)
        if problem is not None:
            yield fault(check, *problem)
        else:
            full = weights.accuracy + weights.format * (style_of(config.recipe) is Style.THOUGHT)
            yield ok(check, f"{len(some)} earn {full:g} through tokens and back; wrong ones less")


def _problem(
    config: RunConfig, speech: Speech, sample: Sample, others: Sequence[Sample]
) -> tuple[str, str] | None:
    """What is wrong on the way of one sample, and what to do about it; None: nothing."""
    style = style_of(config.recipe)
    prompt = make_prompt(sample, style)
    asked = speech.tokenizer.decode(speech.tokens(prompt), skip_special_tokens=False)
    mend = "the tokenizer changes text: take the model's own tokenizer files, or mend them"
    if prompt.text not in asked:
        return f"{sample.id}: the question is not in its own tokens: {_shown(asked)}", mend
    target = make_target(sample, style)
    tokens = speech.encoder.target(target)
    if banned := speech.banned & set(tokens):
        return f"{sample.id}: the gold answer has the token {min(banned)} of a picture", mend
    text = speech.written(tokens)
    if text != target and text.strip() != target.strip():
        return f"{sample.id}: the gold answer comes back as {_shown(text)}", mend
    parts = _earned(config, text, sample)
    weights = config.grpo.reward.weights()
    if parts.accuracy != weights.accuracy:
        return f"{sample.id}: the gold answer earns {parts.accuracy:g} of {weights.accuracy:g}", (
            "the gold does not pass its own grader: build the data anew (rrft audit)"
        )
    if style is Style.THOUGHT and parts.format != weights.format:
        return f"{sample.id}: a gold answer's layout is not seen as one: {_shown(text)}", mend
    wrong = _wrong(sample, others)
    earned = _earned(
        config, speech.written(speech.encoder.target(layout("I guess.", wrong))), sample
    )
    if weights.accuracy and earned.accuracy >= weights.accuracy:
        return f"{sample.id}: the wrong answer {wrong!r} earns {earned.accuracy:g}", (
            "the grader takes what is wrong: see rrft check"
        )
    return None


def _earned(config: RunConfig, text: str, sample: Sample) -> RewardParts:
    return reward_parts(grade(text, gold_of(sample)), config.grpo.reward.weights())


def _wrong(sample: Sample, others: Sequence[Sample]) -> str:
    """An answer of another sample of the kind that is wrong for this one."""
    gold: Any = gold_of(sample)
    for other in others:
        if gold_of(other).kind == gold.kind:
            verdict = grade(layout("I guess.", other.answer), gold)
            if verdict.status is not Status.CORRECT:
                return other.answer
    return NONSENSE


def _shown(text: str) -> str:
    """A piece of a text that may be long."""
    return repr(text if len(text) <= 90 else f"{text[:40]} … {text[-45:]}")


def measured_lengths(config: RunConfig, speech: Speech, samples: Sequence[Sample]) -> Lengths:
    """The tokens of the longest pictures, prompt and target among samples."""
    style = style_of(config.recipe)
    prompts = [speech.tokens(make_prompt(sample, style)) for sample in samples]
    targets = [speech.encoder.target(make_target(sample, style)) for sample in samples]
    pictures = max(
        ids.count(speech.picture) if speech.picture is not None else 0 for ids in prompts
    )
    return Lengths(pictures, max(map(len, prompts)), max(map(len, targets)))


def check_lengths(
    config: RunConfig, speech: Speech, lengths: Lengths, rows: int
) -> Iterator[Finding]:
    """Whether prompts and answers have room: in a row of stage 1, an answer of stage 2, the model."""
    where, target = f"the longest of {rows} rows", f"a gold answer of {lengths.target}"
    prompt = f"{where}: a prompt of {lengths.prompt}"
    shorter = ", or smaller pictures (model.max_pixels)"
    if "sft" in config.stages:
        limit = config.sft.max_length
        yield _room("sft.max_length", lengths.row, limit, f"{prompt} and {target}", shorter)
    if "grpo" in config.stages:
        limit = config.grpo.max_tokens
        yield _room("grpo.max_tokens", lengths.target, limit, f"{where}: {target}")
    yield _room("eval.max_tokens", lengths.target, config.eval.max_tokens, f"{where}: {target}")
    most: Any = getattr(speech.config.get_text_config(), "max_position_embeddings", None)
    if most is not None:
        written = max(config.eval.max_tokens, config.grpo.max_tokens * ("grpo" in config.stages))
        seen = f"{prompt}, and {written} that may be written"
        check = "the model's positions"
        yield _room(check, lengths.prompt + written, most, seen, f"fewer max_tokens{shorter}")


def _room(check: str, needed: int, limit: int, seen: str, advice: str = "") -> Finding:
    said = f"{seen}; {needed} of {limit}"
    if not advice.startswith("fewer"):
        advice = f"{check} = {needed + needed // 4} or more{advice}"
    if needed > limit:
        return fault(check, said, advice)
    if needed > NEAR * limit:
        return warning(check, f"{said}: others may be longer", advice)
    return ok(check, said)
