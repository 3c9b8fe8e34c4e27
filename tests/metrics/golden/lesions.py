# SPDX-License-Identifier: Apache-2.0
"""SciPy's lesion counts of random pairs of label maps: lesions.py FOLDER PAIRS.

FOLDER/maps: for each pair the predicted and the reference map, raw uint8 (labels 0, 1, 2) of 12 x 14 x 16 voxels.
FOLDER/counts: a line a pair: reference lesions, those found, predicted lesions, those true, of label 2.
"""
import sys

try:
    import numpy as np
    from scipy.ndimage import gaussian_filter, generate_binary_structure, label
except ImportError as missing:
    print(missing)
    sys.exit(77)


def counts(mask, other):
    """Components of the mask, and how many of them hold a voxel of the other mask."""
    labels, components = label(mask, generate_binary_structure(3, 3))
    return components, len(set(labels[other]) - {0})


folder, pairs = sys.argv[1], int(sys.argv[2])
random = np.random.default_rng(11)
with open(f"{folder}/maps", "wb") as maps, open(f"{folder}/counts", "w") as table:
    for pair in range(pairs):
        smooth = random.uniform(0.6, 1.2)
        truth = gaussian_filter(random.standard_normal((12, 14, 16)), smooth)
        drawn = truth + 0.5 * gaussian_filter(random.standard_normal(truth.shape), smooth)
        reference, predicted = (2 * (field > np.quantile(field, random.uniform(0.9, 1))).astype(np.uint8)
                                for field in (truth, drawn))
        reference[truth < np.quantile(truth, 0.1)] = 1
        maps.write(predicted.tobytes() + reference.tobytes())
        print(*counts(reference == 2, predicted == 2), *counts(predicted == 2, reference == 2), file=table)
