# SPDX-License-Identifier: Apache-2.0
"""nnU-Net's tile positions, each once, for each line "size tile step" of IN: window_starts.py IN OUT."""
import sys

try:
    from nnunetv2.inference.sliding_window_prediction import compute_steps_for_sliding_window
except ImportError as missing:
    print(missing)
    sys.exit(77)

with open(sys.argv[1]) as lines, open(sys.argv[2], "w") as out:
    for line in lines:
        size, tile, step = line.split()
        starts = compute_steps_for_sliding_window((int(size),), (int(tile),), float(step))[0]
        out.write(" ".join(map(str, dict.fromkeys(starts))) + "\n")
