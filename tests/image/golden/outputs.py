# SPDX-License-Identifier: Apache-2.0
"""Checks through nibabel that label maps lie exactly where their inputs lie: outputs.py INPUT OUTPUT [INPUT OUTPUT..]"""
import sys

try:
    import nibabel
    import numpy
except ImportError as missing:
    print(missing)
    sys.exit(77)

SAME = ["qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z",
        "srow_x", "srow_y", "srow_z", "pixdim", "xyzt_units", "descrip"]
paths = sys.argv[1:]
for source, output in zip(paths[::2], paths[1::2]):
    before, after = nibabel.load(source), nibabel.load(output)
    assert type(before) is type(after), output
    assert numpy.array_equal(before.affine, after.affine), output
    for field in SAME:
        assert before.header[field].tobytes() == after.header[field].tobytes(), (output, field)
    assert before.header.endianness == after.header.endianness, output
    assert after.header["intent_code"] == 1002, output
    assert before.shape[:3] == after.shape[:3] and after.ndim <= 3, output
    assert after.get_data_dtype().newbyteorder("=") in ("uint8", "int16"), output
    assert numpy.array_equal(numpy.asarray(after.dataobj).ravel(order="F"),
                             numpy.fromfile(output + ".values", numpy.int32)), output
