# SPDX-License-Identifier: Apache-2.0
"""Held-out Dice of a configuration of the hippocampi on fold 0 for a time budget, over seeds.

    python3 benchmarks/hippocampus_accuracy.py --work DIR [--config NAME] [--budget 10min] [--seeds 1 2 3] [--tazuna PATH]
                                               [--set KEY=VALUE ...]

With `--budget none --set train.steps=N` the number of steps is given instead of a time. Needs TAZUNA_DATA. A finished seed
is not trained again, an interrupted one goes on. Prints one row a seed and the mean with the least and the greatest value;
leaves them in DIR/accuracy_BUDGET.json (the settings' values stand in the name too).
"""

import argparse
import csv
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent.parent


def train(arguments, seed, run):
    if (run / "validation" / "summary.json").exists():
        return
    command = [arguments.tazuna, "train", str(HERE / "configs" / f"{arguments.config}.yaml"), "--fold", "0", "--out", str(run),
               "--set", f"train.budget={arguments.budget}", "--set", f"train.seed={seed}",
               "--set", f"data.cache={arguments.work / 'cache'}"]
    for setting in arguments.set:
        command += ["--set", setting]
    if run.exists():
        command.append("--resume")
    if subprocess.run(command).returncode != 0:
        sys.exit(f"{' '.join(command)} failed")


def row_of(seed, run):
    summary = json.loads((run / "validation" / "summary.json").read_text())
    with open(run / "timing.csv") as file:
        rows = list(csv.DictReader(file))
    return {
        "seed": seed,
        "dice": summary["foreground_mean"]["Dice"],
        "structures": {label: means["Dice"] for label, means in summary["mean"].items()},
        "cases": len({one["reference_file"] for one in summary["metric_per_case"]}),
        "steps": int(rows[-1]["step"]),
        "seconds_of_steps": sum(float(one["seconds"]) - float(one["validation_seconds"]) for one in rows),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--config", default="hippocampus_cpu", help="a file of configs/, without its ending")
    parser.add_argument("--budget", default="10min")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--tazuna", default=str(HERE / "build" / "release" / "bin" / "tazuna"))
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a further setting of the training")
    arguments = parser.parse_args()
    name = "_".join([arguments.budget, *(setting.split("=", 1)[-1] for setting in arguments.set)])
    rows = []
    for seed in arguments.seeds:
        run = arguments.work / f"{arguments.config}_{name}" / f"seed_{seed}"
        run.parent.mkdir(parents=True, exist_ok=True)
        train(arguments, seed, run)
        rows.append(row_of(seed, run))
        one = rows[-1]
        structures = ", ".join(f"{label}: {dice:.4f}" for label, dice in one["structures"].items())
        print(f"seed {seed}: Dice {one['dice']:.4f} ({structures}; n = {one['cases']}), {one['steps']} steps in "
              f"{one['seconds_of_steps']:.0f} s", flush=True)
    dice = [one["dice"] for one in rows]
    print(f"budget {arguments.budget}: mean {statistics.mean(dice):.4f}, {min(dice):.4f} to {max(dice):.4f} over "
          f"{len(dice)} seeds")
    result = {"budget": arguments.budget, "mean": statistics.mean(dice), "seeds": rows}
    (arguments.work / f"accuracy_{name}.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
