"""render_gpu: what `benchmarks.gpu` measured, as Markdown."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Final

GIB: Final = 2**30
SPEED: Final = (
    *("part", "a step", "s a step", "rows or answers/s", "tokens/s"),
    *("writing", "scoring", "other", "learning", "plan's s a step"),
)
MEMORY: Final = ("part", "tensors", "reserved", "in use", "plan", "plan ÷ in use", "doctor")


def render(found: Mapping[str, Any]) -> str:
    """Two tables, and what was measured on."""
    parts = found["parts"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    lines = [
        f"Shape {found['shape']}, {found['parameters']:,} random weights, on {found['device']}; {versions}.",
        "",
        *_table(SPEED, [_speed(name, part) for name, part in parts.items()]),
        "",
        *_table(MEMORY, [_memory(name, part) for name, part in parts.items()]),
    ]
    lines += ["", *_ratios(parts)]
    for name, part in parts.items():
        said = [f"- {name}: {one}" for one in part.get("doctor", []) if "memory" not in one]
        lines += said + ([f"- {name} failed: {part['trouble']}"] if "trouble" in part else [])
    return "\n".join(lines).rstrip()


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    bars = ["|".join(["", *("---" for _ in head), ""])]
    return [f"| {' | '.join(head)} |", *bars, *(f"| {' | '.join(row)} |" for row in rows)]


def _mean(steps: Sequence[Mapping[str, float]], name: str) -> float:
    """Of all steps but the first."""
    return statistics.mean(step[name] for step in steps[1:])


def _speed(name: str, part: Mapping[str, Any]) -> list[str]:
    steps, settings = part["steps"], part["settings"]
    size = f"{settings['answers']} {'rows' if part['stage'] == 'sft' else 'answers'}"
    size += ", recomputing" if settings["gradient_checkpointing"] else ", keeping"
    if len(steps) < 2:
        return [name, size, *[""] * (len(SPEED) - 2)]
    seconds = _mean(steps, "seconds")
    tokens = (steps[-1]["tokens"] - steps[0]["tokens"]) / (len(steps) - 1)
    plan = f"{part['plan']['seconds']:.2f}" if "plan" in part else ""
    rates = [f"{seconds:.2f}", f"{settings['answers'] / seconds:.2f}", f"{tokens / seconds:,.0f}"]
    return [name, size, *rates, *_works(part["stage"], steps, seconds), plan]


def _works(stage: str, steps: Sequence[Mapping[str, float]], seconds: float) -> list[str]:
    """Seconds of what a step consists of."""
    if stage == "sft":
        return ["", "", "", f"{seconds:.2f}"]
    writing, scoring, answers = (_mean(steps, one) for one in ("writing", "scoring", "answers"))
    works = (writing, scoring, answers - writing - scoring, seconds - answers)
    return [f"{one:.2f}" for one in works]


def _memory(name: str, part: Mapping[str, Any]) -> list[str]:
    there = part["memory"]
    sizes = [_gib(there.get(one)) for one in ("allocated", "reserved", "used")]
    if "plan" not in part:
        return [name, *sizes, "", "", ""]
    planned = part["plan"]["memory"]["total"]
    verdict = "; ".join(one for one in part.get("doctor", []) if "memory" in one)
    return [name, *sizes, _gib(planned), f"{planned / there['used']:.2f}", verdict]


def _gib(size: int | None) -> str:
    return "" if size is None else f"{size / GIB:.1f} GiB"


def _ratios(parts: Mapping[str, Any]) -> list[str]:
    """TRL's time through ours, where both were measured."""
    lines = []
    for name, part in parts.items():
        own = parts.get(name.removesuffix("-trl"), {})
        both = (part["steps"], own.get("steps", []))
        if name.endswith("-trl") and all(len(steps) > 1 for steps in both):
            ratio = _mean(both[0], "seconds") / _mean(both[1], "seconds")
            lines.append(f"TRL's time for a step ÷ ours, {name.removesuffix('-trl')}: {ratio:.2f}.")
    return [*lines, ""] if lines else []
