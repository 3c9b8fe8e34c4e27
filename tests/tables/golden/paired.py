# SPDX-License-Identifier: Apache-2.0
"""Paired tests: paired.py FILE.

FILE: JSON; "signed_rank": SciPy's exact p without ties, its normal approximation for many differences, and, where
there are ties, the share of all 2^n signs whose sum of midranks lies as far from the middle; "mcnemar": SciPy's exact
binomial test; "holm": Holm's adjustment by its definition.
"""
import itertools
import json
import sys

try:
    import numpy as np
    from scipy.stats import binomtest, rankdata, wilcoxon
except ImportError as missing:
    print(missing)
    sys.exit(77)


def by_all_signs(differences):
    kept = differences[differences != 0]
    ranks = rankdata(abs(kept))
    signs = np.array(list(itertools.product([0, 1], repeat=len(kept))))
    sums, middle = signs @ ranks, ranks.sum() / 2
    return float((abs(sums - middle) >= abs(ranks[kept > 0].sum() - middle) - 1e-9).mean())


random = np.random.default_rng(5)
signed_rank = []
for case in range(30):
    kind = case % 3
    size = int([random.integers(2, 50), random.integers(3, 13), random.integers(100, 200)][kind])
    differences = random.normal(random.uniform(0, 1), 1, size)
    if kind == 1 or case % 2:
        differences = np.concatenate([(differences * 2).round() / 2, [0.0]]) if kind else differences
    if kind == 1:
        p = by_all_signs(differences)
    else:
        p = wilcoxon(differences, method="exact" if kind == 0 else "asymptotic", correction=False).pvalue
    kept = differences[differences != 0]
    statistic = rankdata(abs(kept))[kept > 0].sum()
    signed_rank.append({"differences": differences.tolist(), "p": float(p), "statistic": float(statistic),
                        "zeros": int((differences == 0).sum())})
mcnemar = [{"first": a, "second": b, "p": binomtest(a, a + b).pvalue if a + b else 1.0}
           for a, b in [(0, 0), (0, 1), (3, 9), (9, 3), (7, 7), (0, 20), (150, 201)]]
holm = []
for count in (1, 4, 9):
    p = random.uniform(0, 0.2, count)
    order = np.argsort(p)
    adjusted = np.empty(count)
    for place, index in enumerate(order):
        adjusted[index] = min(1, max((count - k) * p[order[k]] for k in range(place + 1)))
    holm.append({"p": p.tolist(), "adjusted": adjusted.tolist()})
with open(sys.argv[1], "w") as out:
    json.dump({"signed_rank": signed_rank, "mcnemar": mcnemar, "holm": holm}, out)
