# SPDX-License-Identifier: Apache-2.0
"""numpy.percentile of lists. percentile.py REQUESTS.json ANSWERS.json"""
import json
import sys

try:
    import numpy as np
except ImportError:
    sys.exit(77)

with open(sys.argv[1]) as file:
    requests = json.load(file)
with open(sys.argv[2], "w") as file:
    json.dump([float(np.percentile(request["values"], request["percent"])) for request in requests], file)
