#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the parts of a joint network are worth: stages tapped, ways of pooling, weightings of the tasks.

    ablation.py --work DIR --cohort slice|tumour2d [--fold 0|all] [--set KEY=VALUE ...] [--tazuna PATH]

One comparison (`tazuna compare`) whose further arms are the configuration with one thing changed: what subject heads read, how
losses are weighted, when subject tasks start. `slice` is a phantom (made in DIR), `tumour2d` lies in TAZUNA_DATA. May be
interrupted; goes on when it is called again. Prints a table of the main scores of all arms, also when nothing helped.
"""
import argparse
import copy
import csv
import os
import subprocess
import sys
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
CONFIGS = HERE.parent / "configs"
COHORTS = {"slice": "phantom_slice.yaml", "tumour2d": "tumour2d.yaml"}
SHOWN = ("dice", "auc", "accuracy", "balanced_accuracy")


def heads(**changes):
    def change(config):
        for task in config["tasks"]:
            if task["kind"] != "segmentation":
                task["head"] = {**task.get("head", {}), **changes}
    return change


def tasks(**changes):
    def change(config):
        for task in config["tasks"]:
            if task["kind"] != "segmentation":
                task.update(changes)
    return change


def weighting(kind):
    def change(config):
        config["train"]["weighting"] = {"kind": kind}
        if kind not in ("fixed", "pcgrad"):  # the others set the weights themselves
            for task in config["tasks"]:
                task.pop("weight", None)
    return change


def variants_of(stages):
    return {
        "bottleneck_mean": heads(taps=[stages - 1], max=False, mask=False),  # what the first such networks did
        "bottleneck": heads(taps=[stages - 1], mask=False),
        "encoder": heads(mask=False),
        "mask_only": heads(mean=False, max=False),
        "attention": heads(attention=True),
        "linear_head": heads(hidden=0),
        "from_the_first_step": tasks(start=0.0),
        "equal_weights": tasks(weight=1.0),
        "uncertainty": weighting("uncertainty"),
        "log": weighting("log"),
        "famo": weighting("famo"),
        "pcgrad": weighting("pcgrad"),
    }


def write_arms(base, folder):
    config = yaml.safe_load(base.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, change in variants_of(config["network"]["stages"]).items():
        changed = copy.deepcopy(config)
        change(changed)
        file = folder / f"{name}.yaml"
        file.write_text(yaml.safe_dump(changed, sort_keys=False))
        files.append(str(file))
    return files


def print_table(scores):
    with open(scores) as text:
        rows = [row for row in csv.DictReader(text, delimiter="\t") if row["metric"] in SHOWN]
    columns = list(dict.fromkeys((row["task"], row["structure"], row["metric"]) for row in rows))
    cells = {(row["arm"], row["task"], row["structure"], row["metric"]): row for row in rows}
    print("| arm | " + " | ".join(" ".join(part for part in column if part != "-") for column in columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for arm in dict.fromkeys(row["arm"] for row in rows):
        texts = []
        for column in columns:
            row = cells.get((arm, *column))
            texts.append(f"{row['value'][:6]} [{row['low'][:6]}, {row['high'][:6]}]" if row else "")
        print(f"| {arm} | " + " | ".join(texts) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--cohort", choices=list(COHORTS), required=True)
    parser.add_argument("--fold", default="0")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--tazuna", default=str(HERE.parent / "build" / "release" / "bin" / "tazuna"))
    arguments = parser.parse_args()
    work = arguments.work.resolve() / arguments.cohort
    work.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ)
    if arguments.cohort == "slice":
        environment["TAZUNA_PHANTOM"] = str(work / "cohorts")
        whole = work / "cohorts" / "slice" / "samples.tsv"  # written last
        if not whole.exists():
            subprocess.run(["rm", "-rf", str(whole.parent)], check=True)
            subprocess.run([arguments.tazuna, "phantom", "--out", str(whole.parent), "--kind", "slice", "--field", "7T",
                            "--subjects", "60", "--seed", "1"], check=True, stdout=subprocess.DEVNULL)
    base = CONFIGS / COHORTS[arguments.cohort]
    command = [arguments.tazuna, "compare", str(base), "--out", str(work / "comparison"), "--arms",
               *write_arms(base, work / "arms")]
    if arguments.fold != "all":
        command += ["--fold", arguments.fold]
    for setting in arguments.settings:
        command += ["--set", setting]
    if subprocess.run(command, stdout=subprocess.DEVNULL, env=environment).returncode != 0:
        sys.exit(f"{' '.join(command)} failed")
    print_table(work / "comparison" / "scores.tsv")


if __name__ == "__main__":
    main()
