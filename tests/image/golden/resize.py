# SPDX-License-Identifier: Apache-2.0
"""What scikit-image, batchgenerators and nnU-Net make of random images: resize.py FOLDER
Writes FOLDER/manifest.txt, a line a case (kind, through axis, sizes before and after), and FOLDER/N.before and
FOLDER/N.after as raw float32 (images) or int32 (labels), C order."""
import sys

try:
    import numpy
    from batchgenerators.augmentations.utils import resize_segmentation
    from nnunetv2.preprocessing.resampling.default_resampling import resample_data_or_seg
    from skimage.transform import resize
except ImportError as missing:
    print(missing)
    sys.exit(77)

SHAPES = [((9, 12, 10), (14, 17, 23)), ((20, 18, 16), (7, 11, 9)), ((8, 9, 10), (8, 18, 5)), ((1, 14, 15), (1, 20, 9)),
          ((5, 1, 2), (3, 4, 7)), ((6, 30, 32), (13, 15, 64)), ((12, 12, 12), (24, 24, 24)), ((40, 7, 9), (3, 7, 9))]
ORDERS = {"nearest": 0, "linear": 1, "cubic": 3}
random = numpy.random.default_rng(11)


def blobs(shape, count):
    """A label map of smooth regions."""
    coarse = random.integers(0, count, [max(1, -(-edge // 3)) for edge in shape])
    for axis in range(3):
        coarse = coarse.repeat(3, axis)
    return coarse[tuple(slice(edge) for edge in shape)].astype(numpy.int32)


def cases():
    for before, after in SHAPES:
        for kind, order in ORDERS.items():
            image = (random.normal(size=before) * 3).astype(numpy.float32)
            yield kind, -1, image, resize(image.astype(float), after, order, mode="edge", anti_aliasing=False)
        labels = blobs(before, 5)
        yield "labels", -1, labels, resize_segmentation(labels, after, order=1)
        for axis in range(3):
            if before[axis] == 1 or min(edge for i, edge in enumerate(before) if i != axis) == 1:
                continue
            arguments = {"axis": axis, "do_separate_z": True, "order_z": 0}
            image = (random.normal(size=before) * 3).astype(numpy.float32)
            yield "cubic", axis, image, resample_data_or_seg(image[None], after, False, order=3, **arguments)[0]
            yield "labels", axis, labels, resample_data_or_seg(labels[None], after, True, order=1, **arguments)[0]


folder = sys.argv[1]
with open(f"{folder}/manifest.txt", "w") as manifest:
    for index, (kind, axis, before, after) in enumerate(cases()):
        dtype = numpy.int32 if kind == "labels" else numpy.float32
        before.astype(dtype).tofile(f"{folder}/{index}.before")
        after.astype(dtype).tofile(f"{folder}/{index}.after")
        print(kind, axis, *before.shape, *after.shape, file=manifest)
