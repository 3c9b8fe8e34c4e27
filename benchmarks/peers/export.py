# SPDX-License-Identifier: Apache-2.0
"""P8: labels on another grid from logits, as nnU-Net exports them or by torch, a class at a time."""
from __future__ import annotations

import argparse
from functools import partial
from types import SimpleNamespace

from serving import need, serve


def nnunet(logits, target: tuple[int, ...]):
    """nnU-Net's own export with its default resampling; nothing is cropped or transposed."""
    exporting, resampling, labels = need(
        "nnunetv2.inference.export_prediction", "nnunetv2.preprocessing.resampling.default_resampling",
        "nnunetv2.utilities.label_handling.label_handling")
    names = {"background": 0, **{str(k): k for k in range(1, len(logits))}}
    configuration = SimpleNamespace(spacing=[1.4, 1.4, 1.4], resampling_fn_probabilities=partial(
        resampling.resample_data_or_seg_to_shape, is_seg=False, order=1, order_z=0, force_separate_z=None))
    plans = SimpleNamespace(transpose_forward=[0, 1, 2], transpose_backward=[0, 1, 2])
    facts = {"spacing": [1.0, 1.0, 1.0], "shape_after_cropping_and_before_resampling": target,
             "shape_before_cropping": target, "bbox_used_for_cropping": [[0, edge] for edge in target]}
    manager = labels.LabelManager(names, None)
    return exporting.convert_predicted_logits_to_segmentation_with_correct_shape(
        logits, plans, configuration, manager, facts)


def by_class(logits, target: tuple[int, ...]):
    """The least that torch needs: one class upsampled at a time, the greatest value so far kept."""
    torch, = need("torch")
    best = labels = None
    for k, plane in enumerate(logits):
        value = torch.nn.functional.interpolate(plane[None, None], size=target, mode="trilinear")[0, 0]
        if best is None:
            best, labels = value, torch.zeros(target, dtype=torch.uint8)
            continue
        greater = value > best
        labels[greater] = k
        torch.maximum(best, value, out=best)
    return labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=["nnunet", "by-class"])
    parser.add_argument("file", help="safetensors with 'logits' [K, D, H, W]")
    parser.add_argument("--target", type=int, nargs=3, required=True, help="voxels of the labels, z y x")
    options = parser.parse_args()
    torch, numpy, safetensors = need("torch", "numpy", "safetensors.torch")
    logits = safetensors.load_file(options.file)["logits"]
    work = nnunet if options.way == "nnunet" else by_class
    labels = []

    def once() -> None:
        labels.clear()
        labels.append(work(logits, tuple(options.target)))

    def values() -> dict:
        return {"voxels": numpy.bincount(numpy.asarray(labels[0]).ravel(), minlength=len(logits)).tolist()}

    with torch.inference_mode():
        serve(once, values)


if __name__ == "__main__":
    main()
