#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""In how many people are left and right exchanged?

    swapped_sides.py --predictions DIR --reference DIR [--labels LEFT RIGHT]

Counts the cases in which a predicted side shares more voxels with the other side of the reference than with its own.
"""
import argparse
from pathlib import Path

import nibabel
import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--predictions", type=Path, required=True)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--labels", type=int, nargs=2, default=[1, 2])
    arguments = parser.parse_args()
    left, right = arguments.labels
    cases = swapped = 0
    for file in sorted(arguments.predictions.glob("sub-*.nii.gz")):
        truth = next(arguments.reference.rglob(f"{file.name.split('.')[0]}_dseg.nii.gz"))
        ours, theirs = (np.asarray(nibabel.load(one).dataobj) for one in (file, truth))
        shared = {(a, b): np.count_nonzero((ours == a) & (theirs == b)) for a in (left, right) for b in (left, right)}
        cases += 1
        swapped += shared[left, right] > shared[left, left] or shared[right, left] > shared[right, right]
    print(f"sides exchanged: {swapped} of {cases}")


if __name__ == "__main__":
    main()
