# SPDX-License-Identifier: Apache-2.0
"""Writes images of many headers into a folder, and expected.json: what nibabel and NumPy read in them."""
import json
import pathlib
import sys

try:
    import nibabel
    import numpy as np
except ImportError:
    sys.exit(77)

folder = pathlib.Path(sys.argv[1])
random = np.random.default_rng(7)
angle = 0.3
turned = np.array([[np.cos(angle), -np.sin(angle), 0, 11], [np.sin(angle), np.cos(angle), 0, -4], [0, 0, 1, 2.5],
                   [0, 0, 0, 1]]) @ np.diag([0.9, 1.1, 3, 1])


def float32(shape):
    return random.normal(5, 2, shape).astype(np.float32)


def qform_only(voxels, affine):
    image = nibabel.Nifti1Image(voxels, affine)
    image.set_sform(None, 0)
    image.set_qform(affine, 1)
    return image


def scaled(voxels, affine):
    image = nibabel.Nifti1Image(voxels, affine)
    image.header.set_slope_inter(0.25, -7)
    return image


images = {
    "float.nii.gz": nibabel.Nifti1Image(float32((5, 6, 7)), turned),
    "flipped.nii": nibabel.Nifti1Image(float32((5, 6, 7)), np.diag([-2.0, 2, 4, 1])),
    "qform.nii.gz": qform_only(float32((4, 5, 6)), turned),
    "int16.nii.gz": nibabel.Nifti1Image(random.integers(-900, 900, (5, 6, 7)).astype(np.int16), turned),
    "scaled.nii": scaled(random.integers(0, 200, (5, 6, 7)).astype(np.float64) * 0.25 - 7, turned),
    "series.nii.gz": nibabel.Nifti1Image(float32((4, 5, 6, 3)), np.diag([3.0, 3, 3.5, 1])),
    "nifti2.nii": nibabel.Nifti2Image(random.integers(0, 9, (4, 5, 6)).astype(np.uint8), np.eye(4)),
    "permuted.nii": nibabel.Nifti1Image(float32((4, 5, 6)), np.array([[0, 0, 2.0, 1], [1, 0, 0, 2], [0, 3, 0, 3],
                                                                     [0, 0, 0, 1]])),
}
images["scaled.nii"].set_data_dtype(np.int16)
expected = {}
for name, image in images.items():
    nibabel.save(image, folder / name)
    read = nibabel.load(folder / name)
    voxels = read.get_fdata()
    expected[name] = {
        "shape": list(read.shape),
        "affine": read.affine.tolist(),
        "spacing": [float(zoom) for zoom in read.header.get_zooms()[:3]],
        "dtype": str(read.get_data_dtype().newbyteorder("=")),
        "min": float(voxels.min()),
        "max": float(voxels.max()),
        "mean": float(voxels.mean()),
    }
(folder / "expected.json").write_text(json.dumps(expected))
