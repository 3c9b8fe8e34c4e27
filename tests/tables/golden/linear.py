# SPDX-License-Identifier: Apache-2.0
"""Linear models: linear.py FILE.

FILE: a JSON list of cases (more rows than features and fewer) with scikit-learn's answers on standardised features.
"""
import json
import sys
import warnings

try:
    import numpy as np
    from sklearn.covariance import ledoit_wolf_shrinkage
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.preprocessing import StandardScaler
    from sklearn.utils.class_weight import compute_sample_weight
except ImportError as missing:
    print(missing)
    sys.exit(77)

warnings.filterwarnings("ignore")
random = np.random.default_rng(21)
cases = []


def balanced(x, labels, classes, strength, y):
    """With class_weight='balanced' and equal priors: logistic, discriminant by 0.3, its shrinkage, and by that."""
    weights = compute_sample_weight("balanced", labels)
    options = {"C": 1 / (strength * len(x)), "tol": 1e-10, "max_iter": 100000}
    if classes == 2:
        logistic = LogisticRegression(class_weight="balanced", **options).fit(x, labels).predict_proba(y)
    else:  # OneVsRestClassifier would balance each class against the rest
        logistic = np.stack([LogisticRegression(**options).fit(x, labels == c, sample_weight=weights).predict_proba(y)[:, 1]
                             for c in range(classes)], 1)
        logistic /= logistic.sum(1, keepdims=True)
    means = np.array([x[labels == c].mean(0) for c in range(classes)])
    shrinkage = ledoit_wolf_shrinkage(np.sqrt(weights)[:, None] * (x - means[labels]), assume_centered=True)
    found = [LinearDiscriminantAnalysis(solver="lsqr", shrinkage=s, priors=np.full(classes, 1 / classes))
             .fit(x, labels).predict_proba(y).tolist() for s in (0.3, shrinkage)]
    return {"labels": labels.tolist(), "counts": np.bincount(labels).tolist(), "logistic": logistic.tolist(),
            "shrinkage": float(shrinkage), "discriminant": found}


for size, features, classes, strength in [(40, 5, 2, 0.01), (40, 5, 3, 1.0), (18, 60, 2, 0.1), (24, 50, 4, 0.003),
                                          (30, 30, 2, 10.0)]:
    rows = random.normal(size=(size, features)) @ random.normal(size=(features, features)) + 5
    rows *= 10.0 ** random.integers(-3, 4, features)
    new = rows[:7] + rows.std(0) * random.normal(size=(7, features))
    labels = np.arange(size) % classes
    rows[labels == 1, 0] += 2 * rows[:, 0].std()
    targets = rows[:, 0] / rows[:, 0].std() + random.normal(size=size)
    scaler = StandardScaler().fit(rows)
    x, y = scaler.transform(rows), scaler.transform(new)
    ridge = Ridge(alpha=strength * size).fit(x, targets)
    logistic = LogisticRegression(C=1 / (strength * size), tol=1e-10, max_iter=100000)
    logistic = (logistic if classes == 2 else OneVsRestClassifier(logistic)).fit(x, labels)
    means = np.array([x[labels == c].mean(0) for c in range(classes)])
    shrinkage = ledoit_wolf_shrinkage(x - means[labels], assume_centered=True)
    found = [LinearDiscriminantAnalysis(solver="lsqr", shrinkage=s).fit(x, labels).predict_proba(y).tolist()
             for s in (0.3, shrinkage)]
    few = np.where(np.arange(size) % 3 == 0, np.arange(size) // 3 % classes, 0)  # most are of the first class
    cases.append({"balanced": balanced(x, few, classes, strength, y), "rows": rows.tolist(), "new": new.tolist(), "labels": labels.tolist(), "targets": targets.tolist(),
                  "classes": classes, "strength": strength, "ridge": ridge.predict(y).tolist(),
                  "ridge_weights": ridge.coef_.tolist(), "logistic": logistic.predict_proba(y).tolist(),
                  "shrinkage": float(shrinkage), "discriminant": found})
with open(sys.argv[1], "w") as out:
    json.dump(cases, out)
