# SPDX-License-Identifier: Apache-2.0
"""nnU-Net's summary.json of labels 1 and 2, its NaN as null: evaluate_folder.py REFERENCE PREDICTIONS OUT."""
import json
import math
import sys

try:
    from nnunetv2.evaluation.evaluate_predictions import compute_metrics_on_folder
    from nnunetv2.imageio.simpleitk_reader_writer import SimpleITKIO
except ImportError as missing:
    print(missing)
    sys.exit(77)


def without_nan(value):
    if isinstance(value, dict):
        return {str(key): without_nan(part) for key, part in value.items()}
    if isinstance(value, list):
        return [without_nan(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value


if __name__ == "__main__":
    result = compute_metrics_on_folder(
        sys.argv[1], sys.argv[2], None, SimpleITKIO(), ".nii.gz", [1, 2], num_processes=1
    )
    with open(sys.argv[3], "w") as out:
        json.dump(without_nan(result), out)
