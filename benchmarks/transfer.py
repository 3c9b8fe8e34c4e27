# SPDX-License-Identifier: Apache-2.0
"""Few training cases of configs/hippocampus_cpu.yaml: weights of a finished run against drawn ones in equal time.

    python3 benchmarks/transfer.py --work DIR --from RUN [--budget 2min] [--seeds 1 2 3] [--train 20] [--held 40]
                                   [--unseen] [--tazuna PATH]

RUN is a finished run of one fold of the same configuration. Cases that it held out are scored (--held at most), --train
of its own training cases train; with --unseen they too are taken from those it held out. Needs TAZUNA_DATA. A finished
training is not repeated, an interrupted one goes on. Prints the Dice of both arms for each seed, and of RUN as it is on
the same cases; leaves them in DIR/transfer_BUDGET.json.
"""

import argparse
import csv
import json
import pathlib
import random
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent.parent


def rows_of(run):
    with open(run / "validation" / "cases.tsv") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def dice_of(run, cases):
    """Mean over structures of the mean over cases, undefined values left out."""
    by_structure = {}
    for row in rows_of(run):
        if row["case"] in cases and row["dice"] not in ("n/a", "nan"):
            by_structure.setdefault(row["structure"], []).append(float(row["dice"]))
    return statistics.mean(statistics.mean(values) for values in by_structure.values())


def write_split(arguments):
    """Who trains and who is scored; the same for every seed."""
    if not (arguments.source / "validation" / "cases.tsv").exists():
        sys.exit(f"{arguments.source}: no finished run of one fold (it has no validation/cases.tsv)")
    unseen = sorted({row["case"] for row in rows_of(arguments.source)})
    seen = {case for fold in json.loads((arguments.source / "splits.json").read_text())
            for case in fold["train"] if sorted(fold["val"]) == unseen}
    if seen & set(unseen) or not seen:
        sys.exit(f"{arguments.source}: splits.json has no fold that holds out the cases of validation/cases.tsv")
    pool = unseen if arguments.unseen else sorted(seen)
    if len(pool) < arguments.train + arguments.unseen:
        sys.exit(f"{arguments.source}: there are {len(pool)} such cases; --train {arguments.train} is too many")
    training = set(random.Random(0).sample(pool, arguments.train))
    held = [case for case in unseen if case not in training]
    split = {"train": sorted(training), "val": sorted(random.Random(1).sample(held, min(arguments.held, len(held))))}
    arguments.work.mkdir(parents=True, exist_ok=True)
    (arguments.work / "splits_final.json").write_text(json.dumps([split], indent=1) + "\n")
    return split


def train(arguments, seed, run, settings):
    if (run / "model.json").exists() and (run / "validation" / "summary.json").exists():
        return
    split = json.dumps({"kind": "file", "file": str((arguments.work / "splits_final.json").resolve())})
    config = HERE / "configs" / "hippocampus_cpu.yaml"
    command = [arguments.tazuna, "train", str(config), "--fold", "0", "--out", str(run)]
    for setting in (f"data.split={split}", f"data.cache={arguments.work / 'cache'}", f"train.budget={arguments.budget}",
                    f"train.seed={seed}", *settings):
        command += ["--set", setting]
    if run.exists():
        command.append("--resume")
    if subprocess.run(command).returncode != 0:
        sys.exit(f"{' '.join(command)} failed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--from", dest="source", type=pathlib.Path, required=True)
    parser.add_argument("--budget", default="2min")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--train", type=int, default=20)
    parser.add_argument("--held", type=int, default=40)
    parser.add_argument("--unseen", action="store_true")
    parser.add_argument("--tazuna", default=str(HERE / "build" / "release" / "bin" / "tazuna"))
    arguments = parser.parse_args()
    split = write_split(arguments)
    held = set(split["val"])
    arms = {"drawn weights": [], "weights of RUN": [f"train.from={arguments.source.resolve()}"]}
    rows = []
    print(f"{len(split['train'])} training cases, {len(held)} held out, {arguments.budget} each")
    print(f"RUN as it is: Dice {dice_of(arguments.source, held):.4f}")
    for seed in arguments.seeds:
        row = {"seed": seed}
        for arm, settings in arms.items():
            run = arguments.work / f"budget_{arguments.budget}" / arm.replace(" ", "_") / f"seed_{seed}"
            run.parent.mkdir(parents=True, exist_ok=True)
            train(arguments, seed, run, settings)
            row[arm] = dice_of(run, held)
        row["difference"] = row["weights of RUN"] - row["drawn weights"]
        rows.append(row)
        print(f"seed {seed}: " + ", ".join(f"{arm} {row[arm]:.4f}" for arm in arms)
              + f", difference {row['difference']:+.4f}", flush=True)
    means = {key: statistics.mean(row[key] for row in rows) for key in (*arms, "difference")}
    print("mean: " + ", ".join(f"{key} {value:+.4f}" if key == "difference" else f"{key} {value:.4f}"
                               for key, value in means.items()))
    result = {"budget": arguments.budget, "cases": {part: len(ids) for part, ids in split.items()},
              "run_as_it_is": dice_of(arguments.source, held), "mean": means, "seeds": rows}
    (arguments.work / f"transfer_{arguments.budget}.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
