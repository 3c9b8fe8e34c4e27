# SPDX-License-Identifier: Apache-2.0
"""Mean Dice of two folders' label maps of the same names, over labels and cases: dice.py A B."""
from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

import nibabel
import numpy as np


def dice_of(a: np.ndarray, b: np.ndarray) -> list[float]:
    labels = sorted((set(np.unique(a)) | set(np.unique(b))) - {0})
    return [2 * np.sum((a == label) & (b == label)) / (np.sum(a == label) + np.sum(b == label)) for label in labels]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("a", type=Path)
    parser.add_argument("b", type=Path)
    options = parser.parse_args()
    names = sorted(file.name for file in options.a.glob("*.nii.gz"))
    if not names or names != sorted(file.name for file in options.b.glob("*.nii.gz")):
        sys.exit(f"{options.a} and {options.b} hold different label maps")
    maps = [[np.asarray(nibabel.load(folder / name).dataobj) for folder in (options.a, options.b)] for name in names]
    print(statistics.mean(value for a, b in maps for value in dice_of(a, b)))


if __name__ == "__main__":
    main()
