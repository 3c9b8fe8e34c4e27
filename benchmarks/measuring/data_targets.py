# SPDX-License-Identifier: Apache-2.0
"""P8 to P11: export, reading, augmentation, metrics."""
from __future__ import annotations

from .comparison import Claim, Comparison, Readings
from .places import Places

OURS = "Tazuna"


def numbers(*values: int) -> list[str]:
    return [str(value) for value in values]


def same_labels(readings: Readings) -> str:
    """Sides round differently where two classes are equal: 1 voxel in 10 000 may differ."""
    counts = {name: runs[0].values["voxels"] for name, runs in readings.items()}
    if OURS not in counts:
        return ""
    for name, voxels in counts.items():
        apart = sum(abs(a - b) for a, b in zip(voxels, counts[OURS]))
        if apart > 1e-4 * sum(voxels):
            return f"{name} counts {voxels} voxels a class, Tazuna {counts[OURS]}"
    return ""


def p8(places: Places) -> list[Comparison]:
    file, target = places.inputs / "logits.safetensors", (224, 268, 224)
    sides = [places.peer("nnU-Net", "export.py", "nnunet", file, "--target", *numbers(*target)),
             places.peer("torch by class", "export.py", "by-class", file, "--target", *numbers(*target)),
             places.worker(OURS, "export", file, "--target", ",".join(numbers(*target)))]
    claims = [Claim(OURS, ("nnU-Net",), 20), Claim(OURS, ("torch by class",), 2.5),
              Claim(OURS, limit=60, kind="value", key="peak_mb", unit="MB", note="memory beside the logits")]
    return [Comparison("P8", "3 classes 160x192x160 to labels 224x268x224", sides, claims, agree=same_labels,
                       setup=places.make_inputs)]


def same_mean(readings: Readings) -> str:
    means = {name: runs[0].values["mean"] for name, runs in readings.items()}
    if not means or max(means.values()) - min(means.values()) <= 1e-4 * max(map(abs, means.values())):
        return ""
    return f"means differ: {means}"


def p9(places: Places) -> list[Comparison]:
    comparisons = []
    for dtype, limits in (("int16", (3, 2)), ("uint8", (None, None))):
        file = places.inputs / f"{dtype}.nii.gz"
        sides = [places.peer("nibabel", "read.py", "nibabel", file),
                 places.peer("SimpleITK", "read.py", "simpleitk", file), places.worker(OURS, "read", file)]
        claims = [Claim(OURS, (name,), limit) for name, limit in zip(("nibabel", "SimpleITK"), limits)]
        comparisons.append(Comparison(f"P9 {dtype}", f"read 256x256x176 {dtype} .nii.gz as float32", sides, claims,
                                      agree=same_mean, setup=places.make_inputs))
    return comparisons


def p10(places: Places) -> list[Comparison]:
    """One thread; the peers but nnU-Net are shown, their lists of augmentations are not the same."""
    comparisons = []
    for size, patch, channels, count in (("small", (40, 56, 40), 1, 20), ("large", (96, 96, 96), 3, 3)):
        file = places.inputs / f"{size}.safetensors"
        for setting in ("everything on", "default"):
            flags = ["--patches", str(count)] + (["--everything"] if setting == "everything on" else [])
            peers = [places.peer(name, "augment.py", script, file, "--patch", *numbers(*patch), *flags)
                     for name, script in (("nnU-Net", "nnunet"), ("MONAI", "monai"), ("TorchIO", "torchio"))]
            tazuna = places.worker(OURS, "--threads", 1, "augment", file, "--patch", ",".join(numbers(*patch)), *flags)
            limit = 4 if setting == "everything on" else None
            claims = [Claim(OURS, ("nnU-Net",), limit), Claim(OURS, ("MONAI",)), Claim(OURS, ("TorchIO",))]
            work = f"augmentation, {setting}, {'x'.join(numbers(*patch))}x{channels}, one sample"
            comparisons.append(Comparison(f"P10 {size} {setting}", work, [*peers, tazuna], claims,
                                          setup=places.make_inputs))
    return comparisons


def monai_values(readings: Readings) -> str:
    """HD95, ASSD and NSD are MONAI's by definition, to 1e-6."""
    if OURS not in readings or "MONAI" not in readings:
        return ""
    found, wanted = (readings[name][0].values for name in (OURS, "MONAI"))
    apart = [name for name in ("hd95", "assd", "nsd") if abs(found[name] - wanted[name]) > 1e-6 * max(1, wanted[name])]
    return f"{', '.join(apart)} differ from MONAI's" if apart else ""


def p11(places: Places) -> list[Comparison]:
    file = places.inputs / "masks.safetensors"
    peers = {"MONAI": "monai", "SciPy, cropped": "scipy", "surface-distance": "surface-distance"}
    sides = [*(places.peer(name, "surface.py", script, file) for name, script in peers.items()),
             places.worker(OURS, "surface", file)]
    claims = [Claim(OURS, ("MONAI",), 5), Claim(OURS, ("SciPy, cropped",), 1.2), Claim(OURS, ("surface-distance",))]
    return [Comparison("P11", "HD95 + ASSD + NSD, one structure in 182x218x182", sides, claims, agree=monai_values,
                       setup=places.make_inputs)]
