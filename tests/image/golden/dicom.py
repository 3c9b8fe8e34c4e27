# SPDX-License-Identifier: Apache-2.0
"""A DICOM series as SimpleITK reads it: dicom.py SERIES OUT
Writes OUT/voxels.raw (float32, z y x) and OUT/grid.txt (the 4x4 affine from voxel x, y, z to RAS millimetres)."""
import sys

try:
    import numpy
    import SimpleITK
except ImportError as missing:
    print(missing)
    sys.exit(77)

series, out = sys.argv[1:]
reader = SimpleITK.ImageSeriesReader()
reader.SetFileNames(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(series))
image = reader.Execute()
SimpleITK.GetArrayFromImage(image).astype(numpy.float32).tofile(f"{out}/voxels.raw")
affine = numpy.eye(4)
affine[:3, :3] = numpy.array(image.GetDirection()).reshape(3, 3) * numpy.array(image.GetSpacing())
affine[:3, 3] = image.GetOrigin()
affine[:2] *= -1
numpy.savetxt(f"{out}/grid.txt", affine, fmt="%.12g")
