# SPDX-License-Identifier: Apache-2.0
"""Files that all sides of a comparison read: make_inputs.py FOLDER. What is there already stays."""
from __future__ import annotations

import argparse
from pathlib import Path

import nibabel
import numpy as np
from safetensors.numpy import save_file
from scipy.ndimage import gaussian_filter, zoom


def smooth(random: np.random.Generator, size: tuple[int, ...], scale: float) -> np.ndarray:
    """A random field of standard deviation 1 whose structures are about `scale` voxels wide."""
    coarse = random.standard_normal([max(2, round(edge / scale)) for edge in size])
    field = zoom(coarse, [edge / few for edge, few in zip(size, coarse.shape)], order=1)
    return (field / field.std()).astype(np.float32)


def head(random: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
    """Something that compresses like a T1-weighted head: smooth tissue in an ellipsoid, noise, dark air."""
    axes = np.ogrid[tuple(slice(-1, 1, edge * 1j) for edge in size)]
    inside = sum((axis / 0.8) ** 2 for axis in axes) < 1
    signal = np.where(inside, 600 + 150 * smooth(random, size, 12), 0)
    return np.abs(signal + random.normal(0, 12, size)).astype(np.float32)


def image(file: Path, dtype: type, scale: float) -> None:
    voxels = head(np.random.default_rng(1), (256, 256, 176)) * scale
    nibabel.save(nibabel.Nifti1Image(voxels.astype(dtype), np.diag([0.9, 0.9, 1, 1])), file)


def logits(file: Path) -> None:
    random = np.random.default_rng(2)
    save_file({"logits": np.stack([3 * smooth(random, (160, 192, 160), 20) for _ in range(3)])}, file)


def sample(file: Path, channels: int, size: tuple[int, int, int]) -> None:
    random = np.random.default_rng(3)
    voxels = np.stack([smooth(random, size, 6) for _ in range(channels)])
    label = (voxels[:1] > 0.3).astype(np.int16) + (voxels[:1] > 1).astype(np.int16)
    save_file({"image": voxels, "label": label}, file)


def masks(file: Path) -> None:
    """A structure of about 40 x 60 x 30 voxels and a prediction of it that is a little off everywhere."""
    random, size = np.random.default_rng(4), (182, 218, 182)
    axes = np.ogrid[tuple(slice(0, edge) for edge in size)]
    radius = sum(((axis - edge / 2) / half) ** 2 for axis, edge, half in zip(axes, size, (20, 30, 15)))
    both = {name: (radius + 0.15 * gaussian_filter(random.standard_normal(size), 3) * 20 < 1).astype(np.int16)
            for name in ("predicted", "reference")}
    save_file(both, file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    makers = {
        "logits.safetensors": logits,
        "int16.nii.gz": lambda file: image(file, np.int16, 1),
        "uint8.nii.gz": lambda file: image(file, np.uint8, 0.2),
        "small.safetensors": lambda file: sample(file, 1, (84, 96, 84)),
        "large.safetensors": lambda file: sample(file, 3, (160, 160, 160)),
        "masks.safetensors": masks,
    }
    for name, make in makers.items():
        if not (folder / name).exists():
            part = folder / f"part.{name}"
            make(part)
            part.replace(folder / name)


if __name__ == "__main__":
    main()
