# SPDX-License-Identifier: Apache-2.0
"""SciPy's connected components of random masks: components.py FOLDER MASKS.

FOLDER/sizes: a line a mask, D H W. FOLDER/masks: raw uint8. FOLDER/labels: raw int32, for each mask the components with
6 and then with 26 neighbours, numbered from the largest down, equal ones in the order of their first voxel.
"""
import sys

try:
    import numpy as np
    from scipy.ndimage import gaussian_filter, generate_binary_structure, label
except ImportError as missing:
    print(missing)
    sys.exit(77)


def numbered(mask, connectivity):
    labels, count = label(mask, generate_binary_structure(3, connectivity))
    _, first, voxels = np.unique(labels[labels > 0], return_index=True, return_counts=True)
    place = np.zeros(count + 1, np.int32)
    place[np.lexsort((first, -voxels)) + 1] = np.arange(1, count + 1)
    return place[labels].astype(np.int32)


folder, masks = sys.argv[1], int(sys.argv[2])
random = np.random.default_rng(7)
with open(f"{folder}/sizes", "w") as sizes, open(f"{folder}/masks", "wb") as flags, \
        open(f"{folder}/labels", "wb") as labels:
    for number in range(masks):
        size = random.integers(1, 15, 3)
        field = random.standard_normal(size)
        if number % 2:
            field = gaussian_filter(field, 1)
        mask = field > np.quantile(field, random.uniform(0, 1))
        if number % 20 == 0:
            mask[:] = number % 40 == 0
        print(*size, file=sizes)
        flags.write(mask.astype(np.uint8).tobytes())
        for connectivity in (1, 3):
            labels.write(numbered(mask, connectivity).tobytes())
