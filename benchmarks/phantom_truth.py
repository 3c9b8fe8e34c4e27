#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does a network find what was put into phantoms, and nothing where nothing was put in?

    phantom_truth.py --work DIR [--kinds structural slice series] [--random-labels SEEDS] [--tazuna PATH]

For each kind: trains configs/phantom_*.yaml on 60 people, answers for 60 others, and compares with their truth.tsv: mean Dice at
least 0.85, accuracy at least the ideal observer's on the same cases less 0.07; classifiers of covariates alone and of the mean
intensity alone stay below 0.6. --random-labels 10 instead compares all arms on ten cohorts of 60 people without any effect; the
mean AUC of each arm must lie in 0.43 to 0.57. Finished parts are not repeated. Exit code 1 where a bound is missed.
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIGS = HERE.parent / "configs"
KINDS = {
    "structural": {"config": "phantom_demo.yaml", "name": "demo", "flags": ["--like", "habenula", "--spacing", "0.7"], "task": "group",
                   "people": "participants.tsv", "id": "participant_id", "class": "group", "reference": "derivatives/truth"},
    "slice": {"config": "phantom_slice.yaml", "name": "slice", "flags": ["--kind", "slice"], "task": "size",
              "people": "samples.tsv", "id": "id", "class": "class", "reference": "masks"},
    "series": {"config": "phantom_series.yaml", "name": "series", "flags": ["--kind", "series"], "task": "group",
               "people": "participants.tsv", "id": "participant_id", "class": "group", "reference": "derivatives/truth"},
}


def rows_of(file):
    with open(file) as text:
        return list(csv.DictReader(text, delimiter="\t"))


def run(arguments, *words, environment=None):
    command = [arguments.tazuna, *map(str, words)]
    if subprocess.run(command, stdout=subprocess.DEVNULL, env={**os.environ, **(environment or {})}).returncode != 0:
        sys.exit(f"{' '.join(command)} failed")


def make_cohort(arguments, folder, flags):
    whole = folder.with_name(folder.name + ".whole")
    if not whole.exists():
        subprocess.run(["rm", "-rf", str(folder)], check=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        run(arguments, "phantom", "--out", folder, *flags)
        whole.touch()


def answers_of(arguments, kind, work):
    """Trains, predicts and evaluates; the seconds of training if it was done now."""
    seconds = None
    training, model = work / "cohorts" / kind["name"], work / "run"
    if not (model / "model.json").exists():
        begin = time.monotonic()
        resume = ["--resume"] if model.exists() else []
        run(arguments, "train", CONFIGS / kind["config"], "--out", model, "--fold", "none", *resume,
            environment={"TAZUNA_PHANTOM": str(training.parent)})
        seconds = time.monotonic() - begin
    unseen = work / "cohorts" / "unseen"
    given = unseen / "samples.tsv" if kind["people"] == "samples.tsv" else unseen
    run(arguments, "predict", model, "--input", given, "--out", work / "labels")
    run(arguments, "evaluate", "--predictions", work / "labels", "--reference", unseen / kind["reference"], "--out",
        work / "scores")
    return seconds


def accuracy_of(features, classes, persons):
    """Of a logistic model, each person answered by a model that never saw them."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    model = make_pipeline(StandardScaler(), LogisticRegression())
    answer = cross_val_predict(model, np.asarray(features, float), np.asarray(classes), groups=persons, cv=GroupKFold(10))
    return float((answer == np.asarray(classes)).mean())


def image_of(cohort, kind, row):
    if kind["people"] == "samples.tsv":
        return cohort / row["image"]
    return next((cohort / row[kind["id"]]).rglob("*.nii.gz"))


def mean_intensity(file):
    if file.suffix == ".png":
        from PIL import Image
        import numpy as np
        return float(np.asarray(Image.open(file), float).mean())
    import nibabel
    return float(nibabel.load(file).get_fdata(dtype="float32").mean())


def shallow_answers(kind, cohorts):
    covariates, intensities, classes, persons = [], [], [], []
    for cohort in cohorts:
        for row in rows_of(cohort / kind["people"]):
            covariates.append([float(row["age"]), row["sex"] == "F", row["site"] == "site1"])
            intensities.append([mean_intensity(image_of(cohort, kind, row))])
            classes.append(row[kind["class"]])
            persons.append(f"{cohort.name} {row.get('block') or row[kind['id']]}")
    return {"covariates alone": accuracy_of(covariates, classes, persons),
            "mean intensity alone": accuracy_of(intensities, classes, persons)}


def judge(arguments, name):
    kind, work = KINDS[name], arguments.work / name
    for cohort, seed in ((kind["name"], 1), ("unseen", 2)):
        make_cohort(arguments, work / "cohorts" / cohort,
                    [*kind["flags"], "--field", "7T", "--subjects", 60, "--seed", seed])
    seconds = answers_of(arguments, kind, work)
    unseen = work / "cohorts" / "unseen"
    answers = {row["case"]: row[kind["task"]] for row in rows_of(work / "labels" / "subjects.tsv")}
    truth = rows_of(unseen / "truth.tsv")
    share = list(truth[0])[-1]
    second = share.split("_p_", 1)[1]
    correct = [answers[row[kind["id"]]] == row[kind["class"]] for row in truth]
    ideal = [(float(row[share]) > 0.5) == (row[kind["class"]] == second) for row in truth]
    dice = {row["structure"]: float(row["mean"]) for row in rows_of(work / "scores" / "means.tsv") if row["metric"] == "dice"}
    result = {"dice": sum(dice.values()) / len(dice), "dice_of": dice, "accuracy": sum(correct) / len(correct),
              "ideal": sum(ideal) / len(ideal), "cases": len(truth), "training_seconds": seconds,
              **shallow_answers(kind, [work / "cohorts" / kind["name"], unseen])}
    print(f"{name}: Dice {result['dice']:.3f} ({', '.join(f'{k} {v:.3f}' for k, v in dice.items())}), accuracy "
          f"{result['accuracy']:.3f} of {len(truth)} cases, ideal observer {result['ideal']:.3f}, covariates alone "
          f"{result['covariates alone']:.3f}, mean intensity alone {result['mean intensity alone']:.3f}"
          + (f", training {seconds:.0f} s" if seconds else ""), flush=True)
    (work / "truth.json").write_text(json.dumps(result, indent=1) + "\n")
    return (result["dice"] >= 0.85 and result["accuracy"] >= result["ideal"] - 0.07
            and max(result["covariates alone"], result["mean intensity alone"]) < 0.6)


def judge_random_labels(arguments):
    """AUCs on slices, where a training takes seconds: 60 people, a slice each."""
    by_arm = {}
    for seed in range(1, arguments.random_labels + 1):
        work = arguments.work / "random" / f"seed_{seed}"
        make_cohort(arguments, work / "cohorts" / "slice",
                    ["--kind", "slice", "--subjects", 60, "--slices", 1, "--size", 48, "--effect", 0, "--seed", 100 + seed])
        run(arguments, "compare", CONFIGS / "phantom_slice.yaml", "--out", work / "comparison", "--set", "train.steps=150",
            "--set", "data.split.folds=3", "--set", "train.patch=[1, 48, 48]", "--set", f"train.seed={seed}",
            environment={"TAZUNA_PHANTOM": str(work / "cohorts")})
        for row in rows_of(work / "comparison" / "scores.tsv"):
            if row["metric"] == "auc" and row["value"] != "n/a":
                by_arm.setdefault(row["arm"], []).append(float(row["value"]))
        print(f"seed {seed}: " + ", ".join(f"{arm} {values[-1]:.3f}" for arm, values in by_arm.items()), flush=True)
    means = {arm: sum(values) / len(values) for arm, values in by_arm.items()}
    print("random labels, mean AUC: " + ", ".join(f"{arm} {mean:.3f}" for arm, mean in means.items()))
    (arguments.work / "random" / "auc.json").write_text(json.dumps({"means": means, "seeds": by_arm}, indent=1) + "\n")
    return bool(means) and all(0.43 <= mean <= 0.57 for mean in means.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--random-labels", type=int, default=0, metavar="SEEDS")
    parser.add_argument("--tazuna", default=str(HERE.parent / "build" / "release" / "bin" / "tazuna"))
    arguments = parser.parse_args()
    arguments.work = arguments.work.resolve()
    if arguments.random_labels:
        sys.exit(not judge_random_labels(arguments))
    sys.exit(not all([judge(arguments, name) for name in arguments.kinds]))


if __name__ == "__main__":
    main()
