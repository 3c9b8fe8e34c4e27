# SPDX-License-Identifier: Apache-2.0
"""Scores of classes, levels and quantities: class_scores.py FILE.

FILE: JSON with scikit-learn's and SciPy's figures; the calibration error by its definition.
"""
import json
import sys
import warnings

try:
    import numpy as np
    from scipy.stats import linregress
    from sklearn import metrics
except ImportError as missing:
    print(missing)
    sys.exit(77)

warnings.filterwarnings("ignore")
random = np.random.default_rng(8)


def calibration_error(truth, probabilities):
    confidence, right = probabilities.max(1), probabilities.argmax(1) == truth
    edges = np.linspace(0, 1, 16)
    inside = [(confidence > low) & (confidence <= high) for low, high in zip(edges[:-1], edges[1:])]
    return float(sum(abs(right[bin].mean() - confidence[bin].mean()) * bin.mean() for bin in inside if bin.any()))


def class_case(case):
    classes, size = 2 + case % 3, int(random.integers(5, 60))
    probabilities = random.dirichlet(np.ones(classes) * 0.7, size)
    truth = random.integers(0, classes, size)
    if case % 5 == 4:
        truth[truth == 1] = 0  # a class that does not occur
    truth[:classes - 1] = 0
    truth = np.where(random.uniform(size=size) < 0.5, probabilities.argmax(1), truth)
    answers, labels = probabilities.argmax(1), list(range(classes))
    scores = {
        "accuracy": metrics.accuracy_score(truth, answers),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, answers),
        "macro_f1": metrics.f1_score(truth, answers, average="macro"),
        "mcc": metrics.matthews_corrcoef(truth, answers),
        "brier": ((probabilities - np.eye(classes)[truth]) ** 2).sum(1).mean() / (2 if classes == 2 else 1),
        "ece": calibration_error(truth, probabilities),
        "log_loss": metrics.log_loss(truth, probabilities, labels=labels),
    }
    if classes == 2 and len(set(truth)) == 2:
        assert abs(scores["brier"] - metrics.brier_score_loss(truth, probabilities[:, 1])) < 1e-12
        recall = metrics.recall_score(truth, answers, average=None, labels=labels, zero_division=np.nan)
        precision = metrics.precision_score(truth, answers, average=None, labels=labels, zero_division=np.nan)
        scores |= {"sensitivity": recall[1], "specificity": recall[0], "ppv": precision[1], "npv": precision[0]}
    return {"classes": classes, "truth": truth.tolist(), "probabilities": probabilities.tolist(),
            "confusion": metrics.confusion_matrix(truth, answers, labels=labels).tolist(),
            "scores": {name: None if np.isnan(value) else float(value) for name, value in scores.items()}}


def level_case():
    truth = random.integers(0, 6, 40)
    answers = np.clip(truth + random.integers(-2, 3, 40), 0, 6)
    kappa = metrics.cohen_kappa_score(truth, answers, weights="quadratic", labels=list(range(7)))
    return {"truth": truth.tolist(), "answers": answers.tolist(), "kappa": float(kappa)}


def quantity_case():
    size = int(random.integers(3, 50))
    truth = random.normal(60, 12, size)
    answers = 0.6 * truth + random.normal(20, 5, size)
    line = linregress(truth, answers - truth)
    return {"truth": truth.tolist(), "answers": answers.tolist(), "scores": {
        "mae": metrics.mean_absolute_error(truth, answers), "rmse": metrics.mean_squared_error(truth, answers) ** 0.5,
        "r2": metrics.r2_score(truth, answers), "bias": float((answers - truth).mean()), "slope": float(line.slope),
        "pearson": float(np.corrcoef(truth, answers)[0, 1])}}


with open(sys.argv[1], "w") as out:
    json.dump({"classes": [class_case(case) for case in range(20)], "levels": [level_case() for _ in range(5)],
               "quantities": [quantity_case() for _ in range(5)]}, out)
