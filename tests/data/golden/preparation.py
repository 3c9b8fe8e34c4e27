# SPDX-License-Identifier: Apache-2.0
"""Prepares cases with nnU-Net's DefaultPreprocessor.

preparation.py FOLDER...: reads FOLDER/case.json {spacing, target, inside}, image.npy, label.npy; writes data.npy and
seg.npy (outside the nonzero mask, -1 there, becomes 0, as nnU-Net's training makes it).
"""
import json
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

try:
    import numpy as np
    from nnunetv2.preprocessing.preprocessors.default_preprocessor import DefaultPreprocessor
    from nnunetv2.preprocessing.resampling.default_resampling import resample_data_or_seg_to_shape
except ImportError:
    sys.exit(77)


def prepare(folder):
    case = json.loads((folder / "case.json").read_text())
    image, label = np.load(folder / "image.npy"), np.load(folder / "label.npy")
    labels = SimpleNamespace(has_regions=False, foreground_labels=[1, 2], has_ignore_label=False)
    plans = SimpleNamespace(
        transpose_forward=[0, 1, 2],
        foreground_intensity_properties_per_channel={str(c): {} for c in range(len(image))},
        get_label_manager=lambda dataset: labels,
    )
    configuration = SimpleNamespace(
        spacing=case["target"],
        normalization_schemes=["ZScoreNormalization"] * len(image),
        use_mask_for_norm=[case["inside"]] * len(image),
        resampling_fn_data=partial(resample_data_or_seg_to_shape, is_seg=False, order=3, order_z=0, force_separate_z=None),
        resampling_fn_seg=partial(resample_data_or_seg_to_shape, is_seg=True, order=1, order_z=0, force_separate_z=None),
    )
    properties = {"spacing": case["spacing"]}
    data, seg, _ = DefaultPreprocessor(verbose=False).run_case_npy(image, label, properties, plans, configuration, {})
    np.save(folder / "data.npy", np.ascontiguousarray(data, dtype=np.float32))
    np.save(folder / "seg.npy", np.ascontiguousarray(np.maximum(seg, 0), dtype=np.int16))


for argument in sys.argv[1:]:
    prepare(Path(argument))
