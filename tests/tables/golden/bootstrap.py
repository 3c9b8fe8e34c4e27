# SPDX-License-Identifier: Apache-2.0
"""Percentile intervals of means: bootstrap.py FILE.

FILE: two lines a series: low, high and the standard deviation of the drawn means; then person:value for each value. With
one value a person they are SciPy's; with several, whole persons are drawn with NumPy.
"""
import sys

try:
    import numpy as np
    from scipy.stats import bootstrap
except ImportError as missing:
    print(missing)
    sys.exit(77)

random = np.random.default_rng(3)
with open(sys.argv[1], "w") as out:
    for series in range(16):
        persons = int(random.integers(4, 80))
        counts = np.ones(persons, int) if series % 2 else random.integers(1, 4, persons)
        values = [random.lognormal(size=count) + random.normal(scale=2) for count in counts]
        if series % 2:
            found = bootstrap((np.concatenate(values),), np.mean, n_resamples=20000, method="percentile", random_state=random)
            low, high, spread = *found.confidence_interval, found.standard_error
        else:
            drawn = random.integers(0, persons, (20000, persons))
            sums = np.array([own.sum() for own in values])
            means = sums[drawn].sum(1) / counts[drawn].sum(1)
            low, high, spread = *np.percentile(means, [2.5, 97.5]), means.std()
        print(low, high, spread, file=out)
        print(*(f"{person}:{value}" for person, own in enumerate(values) for value in own), file=out)
