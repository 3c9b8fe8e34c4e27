#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Do labels land on the right voxels, however a head is stored?

    geometry.py --work DIR [--rotate 30] [--run RUN] [--tazuna PATH]

Trains the structures of configs/phantom_demo.yaml on 30 phantoms at 1 mm, with turns of up to --rotate degrees (or takes RUN,
trained so), and tests on 8 people it has never seen: at the same spacing, stored left-handed, with axes permuted and flipped and
with a sheared sform; at 0.7 mm; and from 0.5 mm resampled to 1 mm, straight and turned by 20 degrees. Each is predicted and
compared with the truth on the same grid. Prints the mean Dice of each; exit code 1 where one is more than --tolerance below the
plain case. Finished parts are not repeated.
"""
import argparse
import csv
import os
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy import ndimage

HERE = Path(__file__).resolve().parent


def plain(voxels, affine, order):
    return voxels, affine


def left_handed(voxels, affine, order):
    """Voxels run the other way along the first axis; the head stays where it was."""
    turned = affine.copy()
    turned[:, 0] *= -1
    turned[:3, 3] = affine[:3, 3] + affine[:3, 0] * (voxels.shape[0] - 1)
    return voxels[::-1], turned


def permuted(voxels, affine, order):
    """Axes in the order 2, 0, 1, the last one backwards."""
    moved = voxels.transpose(2, 0, 1)[:, :, ::-1]
    turned = affine[:, [2, 0, 1, 3]].copy()
    turned[:3, 3] += turned[:3, 2] * (moved.shape[2] - 1)
    turned[:, 2] *= -1
    return moved, turned


def at_one_mm(voxels, affine, order, degrees):
    """A head of fine voxels on a grid of 1 mm that is turned about the head's centre. The field of view cuts through the head, so
    beyond it stands the image's mean, as in the turned patches of training: black corners, which no training image has, would be
    another question."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    shape = np.round(np.array(voxels.shape) * spacing).astype(int)
    angle = np.deg2rad(degrees)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    grid = np.eye(4)
    grid[:3, :3] = turn @ (affine[:3, :3] / spacing)
    centre = affine[:3, :3] @ ((np.array(voxels.shape) - 1) / 2) + affine[:3, 3]
    grid[:3, 3] = centre - grid[:3, :3] @ ((shape - 1) / 2)
    into = np.linalg.inv(affine) @ grid  # voxel of the new grid -> voxel of the old one
    return ndimage.affine_transform(voxels, into[:3, :3], into[:3, 3], output_shape=tuple(shape), order=order, mode="constant",
                                    cval=voxels.mean() if order else 0), grid


def resampled(voxels, affine, order):
    return at_one_mm(voxels, affine, order, 0)


def rotated(voxels, affine, order):
    return at_one_mm(voxels, affine, order, 20)


def sheared(voxels, affine, order):
    """The same voxels under an sform that leans by 5 degrees, as a gantry tilt leaves it."""
    leaning = affine.copy()
    leaning[:3, 2] += np.tan(np.deg2rad(5)) * affine[:3, 1] * np.linalg.norm(affine[:3, 2]) / np.linalg.norm(affine[:3, 1])
    return voxels, leaning


VARIANTS = {"plain": plain, "left-handed": left_handed, "axes permuted": permuted, "sheared sform": sheared,
            "at 0.7 mm": plain, "resampled to 1 mm": resampled, "rotated 20 degrees": rotated}
SPACINGS = {"at 0.7 mm": 0.7, "resampled to 1 mm": 0.5, "rotated 20 degrees": 0.5}  # 1 mm otherwise


def store(file, voxels, affine):
    image = nib.Nifti1Image(np.ascontiguousarray(voxels), affine)
    image.set_sform(affine, 1)
    image.set_qform(None, 0)
    nib.save(image, file)


def truth_of(cohort, head):
    subject = head.name.split("_")[0]
    return next((cohort / "derivatives" / "truth").rglob(f"{subject}_*dseg.nii.gz"))


def make_variant(cohort, name, folder):
    images, labels = folder / "images", folder / "truth"
    images.mkdir(parents=True, exist_ok=True)
    labels.mkdir(exist_ok=True)
    for head in sorted(cohort.rglob("sub-*_T1w.nii.gz")):
        if "derivatives" in head.parts:
            continue
        target = head.name.split("_")[0] + ".nii.gz"
        image, truth = nib.load(head), nib.load(truth_of(cohort, head))
        voxels, affine = VARIANTS[name](image.get_fdata(dtype=np.float32), image.affine, 3)
        store(images / target, voxels, affine)
        voxels, affine = VARIANTS[name](np.asarray(truth.dataobj).astype(np.uint8), truth.affine, 0)
        store(labels / target, voxels, affine)


def call(arguments, *words, **environment):
    command = [arguments.tazuna, "--quiet", *map(str, words)]
    if subprocess.run(command, stdout=subprocess.DEVNULL, env={**os.environ, **environment}).returncode != 0:
        sys.exit(f"{' '.join(command)} failed")


def make_cohort(arguments, name, spacing, subjects, seed):
    folder = arguments.work / "cohorts" / name
    if not (folder / "dataset_description.json").exists():  # written last
        subprocess.run(["rm", "-rf", str(folder)], check=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        call(arguments, "phantom", "--out", folder, "--like", "habenula", "--field", "7T", "--spacing", spacing, "--subjects",
             subjects, "--seed", seed)
    return folder


def trained(arguments):
    if arguments.run:
        return arguments.run
    run = arguments.work / f"run_{arguments.rotate:g}"
    if not (run / "model.json").exists():
        training = make_cohort(arguments, "demo", 1, 30, 1)
        task = "{name: anatomy, kind: segmentation, target: {map: dseg}, sided: true, loss: {kind: dice_ce, ce: {balance: 0.5}}}"
        settings = [f"tasks=[{task}]", "train.steps=700", f"augment.affine.rotate_degrees={arguments.rotate:g}",
                    "augment.affine.rotate_probability=0.6"]
        call(arguments, "train", HERE.parent / "configs" / "phantom_demo.yaml", "--out", run, "--fold", "none",
             *(["--resume"] if run.exists() else []), *(word for setting in settings for word in ("--set", setting)),
             TAZUNA_PHANTOM=str(training.parent))
    return run


def score(arguments, run, folder):
    call(arguments, "predict", run, "--input", folder / "images", "--out", folder / "labels")
    call(arguments, "evaluate", "--predictions", folder / "labels", "--reference", folder / "truth", "--out",
         folder / "scores")
    with open(folder / "scores" / "means.tsv") as file:
        means = [float(row["mean"]) for row in csv.DictReader(file, delimiter="\t") if row["metric"] == "dice"]
    return sum(means) / len(means)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rotate", type=float, default=30)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--tazuna", default=str(HERE.parent / "build" / "release" / "bin" / "tazuna"))
    parser.add_argument("--tolerance", type=float, default=0.03)
    arguments = parser.parse_args()
    run = trained(arguments)
    dice, missed = {}, False
    for name in VARIANTS:
        spacing = SPACINGS.get(name, 1)
        cohort = make_cohort(arguments, f"unseen_{spacing}", spacing, 8, 2)
        folder = arguments.work / f"{run.name}_variants" / name.replace(" ", "_")
        make_variant(cohort, name, folder)
        dice[name] = score(arguments, run, folder)
        print(f"{name}: mean Dice {dice[name]:.4f} ({dice[name] - dice['plain']:+.4f})", flush=True)
        missed = missed or dice[name] < dice["plain"] - arguments.tolerance
    sys.exit(missed)


if __name__ == "__main__":
    main()
