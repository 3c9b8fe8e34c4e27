# SPDX-License-Identifier: Apache-2.0
"""MONAI's scores of random pairs of label maps: monai_scores.py FOLDER PAIRS.

FOLDER/maps: for each pair the predicted and the reference map, raw uint8 (labels 0, 1, 2).
FOLDER/scores: a line a pair: D H W, spacing of each in mm, tolerance in mm, dice iou hd95 assd nsd of label 2.
"""
import sys
import warnings

try:
    import numpy as np
    import torch
    from monai.metrics import (compute_average_surface_distance, compute_hausdorff_distance, compute_iou,
                               compute_surface_dice, DiceHelper)
    from scipy.ndimage import gaussian_filter
except ImportError as missing:
    print(missing)
    sys.exit(77)

warnings.simplefilter("ignore")


def blobs(random, size, kind):
    """A map of smooth random structures; kind: 0 empty, 1 one voxel, 2 everything, 3 touching the border, else any."""
    labels = np.zeros(size, np.uint8)
    if kind == 1:
        labels[tuple(random.integers(0, edge) for edge in size)] = 2
    elif kind == 2:
        labels[:] = 2
    elif kind >= 3:
        field = gaussian_filter(random.standard_normal(size), random.uniform(0.3, 3), mode="wrap")
        labels[field > np.quantile(field, random.uniform(0.4, 0.98))] = 2
        labels[field < np.quantile(field, 0.1)] = 1
        if kind > 3:
            rim = [slice(None) if edge < 4 else slice(1, -1) for edge in size]
            inner = np.zeros_like(labels)
            inner[tuple(rim)] = labels[tuple(rim)]
            labels = inner
    return labels


def scores(predicted, reference, spacing, tolerance):
    """dice, iou, hd95, assd, nsd; a map of depth one is scored as the 2D image it is."""
    if predicted.shape[0] == 1:
        predicted, reference, spacing = predicted[0], reference[0], spacing[1:]
    a, b = (torch.from_numpy(x == 2).float()[None, None] for x in (predicted, reference))
    return [
        DiceHelper(include_background=True, reduction="none", get_not_nans=False, sigmoid=True,
                   num_classes=1)(a * 2 - 1, b).item(),
        compute_iou(a, b, include_background=True, ignore_empty=True).item(),
        compute_hausdorff_distance(a, b, include_background=True, percentile=95, spacing=spacing).item(),
        compute_average_surface_distance(a, b, include_background=True, symmetric=True, spacing=spacing).item(),
        compute_surface_dice(a, b, [tolerance], include_background=True, spacing=spacing).item(),
    ]


folder, pairs = sys.argv[1], int(sys.argv[2])
random = np.random.default_rng(20)
with open(f"{folder}/maps", "wb") as maps, open(f"{folder}/scores", "w") as table:
    for pair in range(pairs):
        size = random.integers(2, 28, 3)
        if pair % 7 == 0:
            size[0] = 1
        kinds = (pair // 5 % 4, pair // 20 % 4) if pair % 5 == 0 else (4, 3 + pair % 2)
        predicted, reference = (blobs(random, tuple(size), kind) for kind in kinds)
        if pair % 5 == 1:  # nearly equal, as a good prediction is
            predicted = np.roll(reference, random.integers(0, 2, 3), (0, 1, 2))
        spacing = random.choice([0.3, 0.7, 1.0, 1.25, 3.3, 5.0], 3) if pair % 2 else random.uniform(0.2, 4, 3)
        tolerance = float(random.choice([0.0, 0.7, 1.0, 2.5]))
        values = scores(predicted, reference, spacing.tolist(), tolerance)
        maps.write(predicted.tobytes() + reference.tobytes())
        print(*size, *spacing.tolist(), tolerance, *values, file=table)
