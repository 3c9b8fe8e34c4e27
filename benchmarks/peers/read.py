# SPDX-License-Identifier: Apache-2.0
"""P9: NIfTI files as float32 by another reader."""
from __future__ import annotations

import argparse

from serving import need, serve


def reader_of(name: str):
    """A function from a file to its voxels as float32."""
    if name == "nibabel":
        nibabel, numpy = need("nibabel", "numpy")
        return lambda file: numpy.asarray(nibabel.load(file).dataobj, dtype=numpy.float32)
    simpleitk, = need("SimpleITK")
    simpleitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    return lambda file: simpleitk.GetArrayFromImage(simpleitk.ReadImage(file, simpleitk.sitkFloat32))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", choices=["nibabel", "simpleitk"])
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    read, last = reader_of(options.reader), []

    def once() -> None:
        for file in options.files:
            last[:] = [read(file)]

    serve(once, lambda: {"mean": float(last[0].mean(dtype="float64"))}, len(options.files))


if __name__ == "__main__":
    main()
