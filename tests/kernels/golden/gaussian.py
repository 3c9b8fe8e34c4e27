# SPDX-License-Identifier: Apache-2.0
"""nnU-Net's importance map for several tiles: gaussian.py OUT D,H,W [D,H,W ...] -> OUT/D,H,W as raw float32."""
import sys

try:
    import torch
    from nnunetv2.inference.sliding_window_prediction import compute_gaussian
except ImportError as missing:
    print(missing)
    sys.exit(77)

folder, *tiles = sys.argv[1:]
for tile in tiles:
    size = tuple(int(edge) for edge in tile.split(","))
    weights = compute_gaussian(size, dtype=torch.float32, device=torch.device("cpu"))
    weights.numpy().tofile(f"{folder}/{tile}")
