# SPDX-License-Identifier: Apache-2.0
"""Mean signals of an atlas' regions and Fisher z of their correlations. connectivity.py SERIES ATLAS FOLDER"""
import sys
from pathlib import Path

try:
    import nibabel
    import numpy as np
except ImportError:
    sys.exit(77)

series = np.asarray(nibabel.load(sys.argv[1]).dataobj, dtype=np.float64)
atlas = np.asarray(nibabel.load(sys.argv[2]).dataobj)
signals = np.stack([series[atlas == region].mean(axis=0) for region in np.unique(atlas[atlas > 0])])
z = np.arctanh(np.clip(np.corrcoef(signals), -0.9999, 0.9999))[np.triu_indices(len(signals), 1)]
folder = Path(sys.argv[3])
np.save(folder / "signals.npy", signals.astype(np.float32))
np.save(folder / "z.npy", z.astype(np.float32))
