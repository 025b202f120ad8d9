"""quickstart: does the quickstart's story hold: SFT above the base, GRPO above SFT, over several seeds?

`python -m benchmarks.quickstart --out DIR [--seeds 3]` trains each seed on data of its own and tests it on
questions that no setting was chosen on and the base has never seen: the data's seeds start at 2000, settings
were chosen on 0, and the base learned from 1000. It
goes on where it was stopped, and prints the tables of docs/results/quickstart.md.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from evaluators.statistics import Interval, mean_interval, paired_bootstrap
from reasonrft.experiment import Experiment, read_experiment
from reasonrft.report.figures import Item, accuracy_of, is_correct, items_of
from reasonrft.run import read_run

FIRST: Final = 2000  # of the data's seeds; the base learned from seed 1000
MODELS: Final = {"base": "base", "sft": "SFT", "final": "SFT, GRPO"}
ALL: Final = "all splits"


def train(run: str, seed: int, out: Path, changes: Sequence[str]) -> None:
    """An experiment of one seed, from data to report."""
    sets = [f"seed={seed}", f"data.seed={FIRST + seed}", *changes]
    options = [text for change in sets for text in ("--set", change)]
    command = [sys.executable, "-m", "cli", "train", run, "--out", str(out), *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def answers(experiment: Experiment, name: str) -> dict[str, list[Item]]:
    """The answers of a model of an experiment, by split."""
    _, records = read_run(experiment.evaluations[name][1])
    found: dict[str, list[Item]] = {}
    for item in items_of(records):
        found.setdefault(item.first.split, []).append(item)
    return {**found, ALL: [item for items in found.values() for item in items]}


def percent(interval: Interval) -> str:
    """`61.5 (56.6 to 66.1)`."""
    shown = (interval.estimate, interval.low, interval.high)
    estimate, low, high = (f"{100 * value:.1f}" for value in shown)
    return f"{estimate} ({low} to {high})"


def lines(experiments: Sequence[Experiment]) -> Iterator[str]:
    """The tables, in Markdown."""
    by_model = {name: [answers(experiment, name) for experiment in experiments] for name in MODELS}
    splits = list(by_model["base"][0])
    yield "Accuracy in percent with its 95 % interval; n questions a seed.\n"
    yield f"| split | seed | n | {' | '.join(MODELS.values())} | GRPO minus SFT |"
    yield f"|{'---|' * (len(MODELS) + 4)}"
    for split in splits:
        for place, experiment in enumerate(experiments):
            items = {name: by_model[name][place][split] for name in MODELS}
            shown = " | ".join(percent(accuracy_of(items[name])) for name in MODELS)
            gained = percent(gain(items["sft"], items["final"]))
            number = len(items["base"])
            yield f"| {split} | {experiment.config.seed} | {number} | {shown} | {gained} |"
    yield "\nAll seeds together: each seed is trained and asked anew.\n"
    yield f"| split | n | {' | '.join(MODELS.values())} | SFT minus base | GRPO minus SFT |"
    yield f"|{'---|' * (len(MODELS) + 4)}"
    for split in splits:
        pooled = {name: [one[split] for one in by_model[name]] for name in MODELS}
        shown = " | ".join(percent(together(pooled[name])) for name in MODELS)
        first = percent(gain_of_all(pooled["base"], pooled["sft"]))
        second = percent(gain_of_all(pooled["sft"], pooled["final"]))
        number = sum(map(len, pooled["base"]))
        yield f"| {split} | {number} | {shown} | {first} | {second} |"


def gain(before: Sequence[Item], after: Sequence[Item]) -> Interval:
    """How much more of the same questions one answers."""
    return gain_of_all([before], [after])


def gain_of_all(before: Sequence[Sequence[Item]], after: Sequence[Sequence[Item]]) -> Interval:
    """The same over seeds; questions of one picture are one cluster."""
    first, second, clusters = [], [], []
    for seed, (ours, theirs) in enumerate(zip(before, after, strict=True)):
        for one, other in zip(ours, theirs, strict=True):
            assert one.first.id == other.first.id
            first.append(one.mean(is_correct))
            second.append(other.mean(is_correct))
            clusters.append((seed, one.first.pictures))
    return paired_bootstrap(second, first, clusters)


def together(items: Sequence[Sequence[Item]]) -> Interval:
    """The accuracy over seeds."""
    scores = [one.mean(is_correct) for some in items for one in some]
    clusters = [(seed, one.first.pictures) for seed, some in enumerate(items) for one in some]
    return mean_interval(scores, clusters)


def main() -> None:
    """Train what is missing, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--run", default="nano-quickstart")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    asked = parser.parse_args()
    folders = [asked.out / f"seed-{seed}" for seed in range(asked.seeds)]
    for seed, folder in enumerate(folders):
        train(asked.run, seed, folder, asked.set)
    for line in lines([read_experiment(folder) for folder in folders]):
        print(line)


if __name__ == "__main__":
    main()
