# SPDX-License-Identifier: Apache-2.0
"""Plans by nnU-Net's own planners from made-up fingerprints. plan.py FINGERPRINTS.json PLANS.json

The steps between the planner's methods are those of ExperimentPlanner.plan_experiment, which also looks for a
low-resolution configuration and reads image files; networks are built on the meta device, without weights."""
import json
import os
import sys
import tempfile
import warnings

folder = tempfile.TemporaryDirectory()
os.environ["nnUNet_raw"] = os.environ["nnUNet_preprocessed"] = os.environ["nnUNet_results"] = folder.name
try:
    import numpy as np
    import torch
    from nnunetv2.experiment_planning.experiment_planners.default_experiment_planner import ExperimentPlanner
    from nnunetv2.experiment_planning.experiment_planners.residual_unets.residual_encoder_unet_planners import (
        ResEncUNetPlanner,
    )
    from nnunetv2.preprocessing.resampling.default_resampling import compute_new_shape
except ImportError:
    sys.exit(77)

warnings.simplefilter("ignore")
name = "Dataset001_MadeUp"
os.makedirs(os.path.join(folder.name, name))
for file, content in {"dataset.json": {"dataset": {}, "file_ending": ".nii.gz"}, "dataset_fingerprint.json": {}}.items():
    with open(os.path.join(folder.name, name, file), "w") as out:
        json.dump(content, out)


def plan(request):
    kind = ResEncUNetPlanner if request["residual"] else ExperimentPlanner
    planner = kind(name, gpu_memory_target_in_gb=request["memory_gb"], overwrite_target_spacing=request.get("spacing"))
    planner.dataset_json = {
        "channel_names": {str(i): "T1w" for i in range(request["channels"])},
        "labels": {str(i): i for i in range(request["classes"])},
        "numTraining": len(request["spacings"]),
    }
    planner.dataset_fingerprint = {
        "spacings": request["spacings"],
        "shapes_after_crop": request["sizes"],
        "median_relative_size_after_cropping": float(np.median(request["crop_shares"])),
    }
    forward, _ = planner.determine_transpose()
    spacing = planner.determine_fullres_target_spacing()
    shapes = [compute_new_shape(j, i, spacing) for i, j in zip(request["spacings"], request["sizes"])]
    median = np.median(shapes, 0)[forward]
    voxels = float(np.prod(median, dtype=np.float64) * planner.dataset_json["numTraining"])
    first = 1 if median[0] == 1 else 0  # a flat cohort gets the 2D configuration
    with torch.device("meta"):
        answer = planner.get_plans_for_configuration(spacing[forward][first:], median[first:], "x", voxels, {})
    kwargs = answer["architecture"]["arch_kwargs"]
    return {
        "arrange": [int(i) for i in forward],
        "spacing": [float(i) for i in spacing[forward]],
        "median": [float(i) for i in median],
        "flat": first == 1,
        "patch": [int(i) for i in answer["patch_size"]],
        "batch": int(answer["batch_size"]),
        "strides": [[int(i) for i in stride] for stride in kwargs["strides"]],
        "kernels": [[int(i) for i in kernel] for kernel in kwargs["kernel_sizes"]],
        "widths": [int(i) for i in kwargs["features_per_stage"]],
        "blocks": [int(i) for i in kwargs.get("n_blocks_per_stage", kwargs.get("n_conv_per_stage"))],
        "decoder_blocks": [int(i) for i in kwargs["n_conv_per_stage_decoder"]],
        "masked": bool(answer["use_mask_for_norm"][0]),
    }


with open(sys.argv[1]) as file:
    requests = json.load(file)
plans = [plan(request) for request in requests]
with open(sys.argv[2], "w") as file:
    json.dump(plans, file)
