# SPDX-License-Identifier: Apache-2.0
"""What the Python libraries read from an image, for the C++ reader to be compared with.

expected.py FOLDER table          makes files with nibabel and SimpleITK in FOLDER first
expected.py FOLDER FILE [FILE..]  describes existing NIfTI files
Writes FOLDER/manifest.txt, a line a file (path, x, y, z, frames, dtype), and beside it FOLDER/N.values (float32, x
fastest), FOLDER/N.affine (16 float64), FOLDER/N.canonical.values and .affine (nibabel's as_closest_canonical)."""
import itertools
import sys

try:
    import nibabel
    import numpy
    import SimpleITK
except ImportError as missing:
    print(missing)
    sys.exit(77)

SCALARS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
random = numpy.random.default_rng(5)


def affine(kind):
    if kind == "none":
        return None
    # Any order and direction of the axes, then a turn of about 20 degrees: what is closest is beyond doubt.
    axes = numpy.eye(3)[random.permutation(3)] * random.choice([-1, 1], 3)
    turn, _ = numpy.linalg.qr(numpy.eye(3) + random.uniform(-0.35, 0.35, (3, 3)))
    matrix = numpy.eye(4)
    matrix[:3, :3] = turn @ axes * random.uniform(0.5, 3, 3)
    if kind == "sheared":
        matrix[:3, :3] += random.uniform(-0.1, 0.1, (3, 3))
    matrix[:3, 3] = random.uniform(-90, 90, 3)
    return matrix


def nifti(folder, index, dtype, order, version, shape, transform, scaling):
    values = random.normal(size=shape) * 1000
    if numpy.issubdtype(numpy.dtype(dtype), numpy.integer):
        info = numpy.iinfo(dtype)
        values = random.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    image = (nibabel.Nifti2Image if version == 2 else nibabel.Nifti1Image)
    header = image.header_class(endianness=order)
    header.set_data_dtype(numpy.dtype(dtype).newbyteorder(order))
    matrix = affine(transform)
    made = image(values.astype(dtype), matrix, header, dtype=numpy.dtype(dtype).newbyteorder(order))
    if transform == "qform":
        made.set_qform(matrix, 1)
        made.set_sform(None, 0)
    if transform in ("sform", "sheared"):
        made.set_sform(matrix, 2)
        made.set_qform(None, 0)
    if transform == "none":
        made.header["pixdim"][1:4] = random.uniform(0.5, 3, 3)
    path = f"{folder}/{index}_{dtype}_{'be' if order == '>' else 'le'}_v{version}_{transform}.nii" + (".gz" if index % 2 else "")
    if scaling:
        made.header.set_slope_inter(1, 0)
    nibabel.save(made, path)
    if scaling:
        patch_scaling(path, version, order, *scaling)
    return path


def patch_scaling(path, version, order, slope, inter):
    """nibabel chooses slope and intercept itself when it writes; here they are put into the finished file."""
    opened = nibabel.openers.Opener(path, "rb")
    data = bytearray(opened.read())
    opened.close()
    at, kind = (112, "f4") if version == 1 else (176, "f8")
    data[at:at + 2 * int(kind[1])] = numpy.array([slope, inter], order + kind).tobytes()
    opened = nibabel.openers.Opener(path, "wb")
    opened.write(bytes(data))
    opened.close()


def make_niftis(folder):
    shapes = [(5, 4, 3), (7, 6), (4, 3, 2, 5), (6, 5, 4, 1), (9,)]
    transforms = ["sform", "qform", "sheared", "none"]
    scalings = itertools.cycle([None, (2.5, -7), (-0.25, 3), (0, 5), None, (float("nan"), 1)])
    rows = itertools.product(SCALARS, "<>", (1, 2))
    for index, (dtype, order, version) in enumerate(rows):
        transform = transforms[(index + index // 4) % 4]  # meets every byte order and version in turn
        yield nifti(folder, index, dtype, order, version, shapes[index % len(shapes)], transform, next(scalings))


def make_others(folder):
    for index, suffix in enumerate(["mha", "mhd", "nrrd", "nhdr", "mha", "nrrd", "png", "png"]):
        dtype = ["int16", "float32", "uint8", "uint16", "float64", "int32", "uint8", "uint16"][index]
        values = random.integers(0, 200, (1, 4, 5) if suffix == "png" else (3, 4, 5)).astype(dtype)
        image = SimpleITK.GetImageFromArray(values[0] if suffix == "png" else values)
        if suffix != "png":
            matrix = affine("sform")
            spacing = numpy.linalg.norm(matrix[:3, :3], axis=0)
            image.SetSpacing(spacing.tolist())
            image.SetOrigin(matrix[:3, 3].tolist())
            image.SetDirection((matrix[:3, :3] / spacing).ravel().tolist())
        path = f"{folder}/other{index}.{suffix}"
        SimpleITK.WriteImage(image, path, useCompression=index % 3 == 0)
        yield path


def read(path):
    """Values with four axes, the affine (RAS) and the dtype on disk."""
    if ".nii" in path:
        image = nibabel.load(path)
        values = numpy.asarray(image.get_fdata(dtype=numpy.float64)).astype(numpy.float32)
        return values.reshape(values.shape + (1,) * (4 - values.ndim)), image.affine, image.get_data_dtype().newbyteorder("=")
    image = SimpleITK.ReadImage(path)
    values = SimpleITK.GetArrayFromImage(image)
    dtype = values.dtype
    axes = image.GetDimension()
    matrix = numpy.eye(4)
    matrix[:axes, :axes] = numpy.reshape(image.GetDirection(), (axes, axes)) * image.GetSpacing()
    matrix[:axes, 3] = image.GetOrigin()
    values = values.T.astype(numpy.float32)
    return values.reshape(values.shape + (1,) * (4 - values.ndim)), numpy.diag([-1, -1, 1, 1]) @ matrix, dtype


def write(path, values, matrix):
    values.astype(numpy.float32).ravel(order="F").tofile(path + ".values")
    numpy.asarray(matrix, numpy.float64).tofile(path + ".affine")


folder, *files = sys.argv[1:]
if files == ["table"]:
    files = [*make_niftis(folder), *make_others(folder)]
with open(f"{folder}/manifest.txt", "w") as manifest:
    for index, path in enumerate(files):
        values, matrix, dtype = read(path)
        write(f"{folder}/{index}", values, matrix)
        canonical = nibabel.as_closest_canonical(nibabel.Nifti1Image(values, matrix))
        write(f"{folder}/{index}.canonical", canonical.get_fdata(dtype=numpy.float32), canonical.affine)
        print(path, *values.shape, dtype, file=manifest)
