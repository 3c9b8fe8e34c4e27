# SPDX-License-Identifier: Apache-2.0
"""P11: HD95, average symmetric surface distance and normalised surface Dice of one structure."""
from __future__ import annotations

import argparse
import warnings

from serving import need, serve


def monai_scores(predicted, reference, spacing: list[float], tolerance: float) -> dict:
    torch, metrics = need("torch", "monai.metrics")
    a, b = (torch.from_numpy(mask).float()[None, None] for mask in (predicted, reference))
    how = {"include_background": True, "spacing": spacing}
    return {
        "hd95": metrics.compute_hausdorff_distance(a, b, percentile=95, **how).item(),
        "assd": metrics.compute_average_surface_distance(a, b, symmetric=True, **how).item(),
        "nsd": metrics.compute_surface_dice(a, b, [tolerance], **how).item(),
    }


def deepmind_scores(predicted, reference, spacing: list[float], tolerance: float) -> dict:
    """Its surfaces are triangles between voxels, so that its figures differ a little by definition."""
    surface_distance, = need("surface_distance")
    found = surface_distance.compute_surface_distances(reference.astype(bool), predicted.astype(bool), spacing)
    return {
        "hd95": surface_distance.compute_robust_hausdorff(found, 95),
        "assd": sum(surface_distance.compute_average_surface_distance(found)) / 2,
        "nsd": surface_distance.compute_surface_dice_at_tolerance(found, tolerance),
    }


def scipy_scores(predicted, reference, spacing: list[float], tolerance: float) -> dict:
    """By exact distance maps of the box that holds both masks: what a careful user writes."""
    numpy, ndimage = need("numpy", "scipy.ndimage")
    either = predicted | reference
    low, high = [], []
    for axis in range(3):
        seen = numpy.flatnonzero(either.any(axis=tuple(other for other in range(3) if other != axis)))
        low.append(max(0, seen[0] - 1))
        high.append(seen[-1] + 2)
    box = tuple(slice(*ends) for ends in zip(low, high))
    masks = [mask[box].astype(bool) for mask in (predicted, reference)]
    borders = [mask & ~ndimage.binary_erosion(mask) for mask in masks]
    maps = [ndimage.distance_transform_edt(~border, sampling=spacing) for border in borders]
    there, back = maps[1][borders[0]], maps[0][borders[1]]
    both = numpy.concatenate([there, back])
    return {
        "hd95": float(max(numpy.percentile(there, 95), numpy.percentile(back, 95))),
        "assd": float(both.mean()),
        "nsd": float((both <= tolerance).mean()),
    }


PEERS = {"monai": monai_scores, "surface-distance": deepmind_scores, "scipy": scipy_scores}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("file", help="safetensors with 'predicted' and 'reference' [D, H, W]")
    parser.add_argument("--spacing", type=float, nargs=3, default=[1.0, 1.0, 1.0], help="mm, z y x")
    parser.add_argument("--tolerance", type=float, default=1.0, help="of the surface Dice, mm")
    options = parser.parse_args()
    safetensors, = need("safetensors.numpy")
    warnings.simplefilter("ignore")
    masks = {name: (mask == 1).astype("uint8") for name, mask in safetensors.load_file(options.file).items()}
    scores: dict = {}
    score = PEERS[options.peer]
    serve(lambda: scores.update(score(masks["predicted"], masks["reference"], options.spacing, options.tolerance)),
          lambda: {name: float(value) for name, value in scores.items()})


if __name__ == "__main__":
    main()
