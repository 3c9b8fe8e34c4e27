# SPDX-License-Identifier: Apache-2.0
"""Folds by nnU-Net's own generate_crossval_split, which calls scikit-learn's KFold. kfold.py REQUESTS.json SPLITS.json"""
import json
import sys

try:
    from nnunetv2.utilities.crossval_split import generate_crossval_split
except ImportError:
    sys.exit(77)

with open(sys.argv[1]) as file:
    requests = json.load(file)
splits = [
    [
        {part: [str(name) for name in fold[part]] for part in ("train", "val")}
        for fold in generate_crossval_split(sorted(request["ids"]), request["seed"], request["folds"])
    ]
    for request in requests
]
with open(sys.argv[2], "w") as file:
    json.dump(splits, file)
