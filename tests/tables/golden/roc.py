# SPDX-License-Identifier: Apache-2.0
"""Areas under ROC curves: roc.py FILE.

FILE: a JSON list of cases with scikit-learn's area, average precision and curve, and DeLong's variance, interval and
paired test by the definition of DeLong, DeLong and Clarke-Pearson (1988) over all m x n pairs.
"""
import json
import sys

try:
    import numpy as np
    from scipy.stats import norm
    from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve
except ImportError as missing:
    print(missing)
    sys.exit(77)


def placements(scores, positive):
    high, low = scores[positive][:, None], scores[~positive][None, :]
    kernel = (high > low) + 0.5 * (high == low)
    return kernel.mean(1), kernel.mean(0)


def covariance(a, b):
    return sum(np.cov(x, y)[0, 1] / len(x) for x, y in zip(a, b))


random = np.random.default_rng(11)
cases = []
for case in range(24):
    size = int(random.integers(6, 80))
    positive = np.arange(size) % int(random.integers(2, 4)) == 0
    first, second = (random.normal(size=size) + random.uniform(0, 1.5) * positive for _ in range(2))
    second += random.uniform(0, 1) * first
    if case % 2:  # ties
        first, second = first.round(), second.round(1)
    a, b = placements(first, positive), placements(second, positive)
    variance = covariance(a, a)
    reach = norm.ppf(0.975) * np.sqrt(variance)
    auc = roc_auc_score(positive, first)
    paired = variance + covariance(b, b) - 2 * covariance(a, b)
    difference = auc - roc_auc_score(positive, second)
    wrong, found, _ = roc_curve(positive, first, drop_intermediate=False)
    cases.append({
        "first": first.tolist(), "second": second.tolist(), "positive": positive.astype(int).tolist(), "auc": auc,
        "variance": variance, "low": max(0, auc - reach), "high": min(1, auc + reach),
        "average_precision": average_precision_score(positive, first), "difference": difference,
        "p": 2 * norm.sf(abs(difference) / np.sqrt(paired)), "paired_low": difference - norm.ppf(0.975) * np.sqrt(paired),
        "sensitivity": found.tolist(), "false_positive_rate": wrong.tolist(),
    })
with open(sys.argv[1], "w") as out:
    json.dump(cases, out)
