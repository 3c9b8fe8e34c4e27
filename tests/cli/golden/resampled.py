# SPDX-License-Identifier: Apache-2.0
"""Scores of subject tasks over many draws of persons at once: W [draws, rows] says how often each row was drawn, and each
function returns [draws], NaN where a score is undefined."""
import numpy as np


def draws_of(random, persons, count):
    """Persons with replacement, as often as there are persons; a person's rows come together."""
    names = sorted(set(persons))
    drawn = random.integers(len(names), size=(count, len(names)))
    often = np.stack([(drawn == one).sum(1) for one in range(len(names))], axis=1)
    return often[:, [names.index(person) for person in persons]].astype(float)


def ratio(part, whole):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def mean_of_defined(values):
    known = np.isfinite(values)
    return ratio(np.where(known, values, 0).sum(-1), known.sum(-1))


def area(W, scores, positive):
    above = (scores[:, None] > scores) + 0.5 * (scores[:, None] == scores)
    high, low = W * positive, W * ~positive
    return ratio(((high @ above) * low).sum(1), high.sum(1) * low.sum(1))


def average_precision(W, scores, positive):
    result = np.zeros(len(W))
    before = np.zeros(len(W))
    for threshold in sorted(set(scores), reverse=True):
        hits, all_above = (W * (positive & (scores >= threshold))).sum(1), (W * (scores >= threshold)).sum(1)
        result += (hits - before) * np.nan_to_num(ratio(hits, all_above))
        before = hits
    return ratio(result, (W * positive).sum(1))


def calibration_error(W, truth, shares):
    """15 bins of the highest share, closed above."""
    confidence, right = shares.max(1), shares.argmax(1) == truth
    bins = np.clip(np.ceil(confidence * 15) - 1, 0, 14)
    apart = sum(abs((W * (bins == one) * (right - confidence)).sum(1)) for one in range(15))
    return apart / W.sum(1)


def over_classes(score, W, truth, shares):
    if shares.shape[1] == 2:
        return score(W, shares[:, 1], truth == 1)
    return mean_of_defined(np.stack([score(W, shares[:, one], truth == one) for one in range(shares.shape[1])], axis=-1))


def of_confusion(metric, matrix):
    """Scores of [draws, truth, answer]."""
    total, right = matrix.sum((1, 2)), np.trace(matrix, axis1=1, axis2=2)
    hits, true, answered = np.diagonal(matrix, axis1=1, axis2=2), matrix.sum(2), matrix.sum(1)
    if metric == "accuracy":
        return right / total
    if metric == "balanced_accuracy":
        return mean_of_defined(ratio(hits, true))
    if metric == "macro_f1":
        return mean_of_defined(ratio(2 * hits, true + answered))
    if metric == "mcc":
        spread = (total ** 2 - (true ** 2).sum(1)) * (total ** 2 - (answered ** 2).sum(1))
        return np.nan_to_num(ratio(right * total - (true * answered).sum(1), np.sqrt(spread)))
    steps = np.arange(matrix.shape[1])[:, None] - np.arange(matrix.shape[1])
    if metric == "mae_levels":
        return (matrix * abs(steps)).sum((1, 2)) / total
    if metric == "quadratic_kappa":
        expected = true[:, :, None] * answered[:, None, :] / total[:, None, None]
        return 1 - ratio((matrix * steps ** 2).sum((1, 2)), (expected * steps ** 2).sum((1, 2)))
    one, of = {"sensitivity": (1, true), "specificity": (0, true), "ppv": (1, answered), "npv": (0, answered)}[metric]
    return ratio(hits[:, one], of[:, one])


def named(metric, truth, answers, shares, names):
    """The score of classes or levels as a function of W."""
    if metric == "auc":
        return lambda W: over_classes(area, W, truth, shares)
    if metric == "average_precision":
        return lambda W: over_classes(average_precision, W, truth, shares)
    if metric.startswith("auc_above_"):
        cut = names.index(metric[len("auc_above_"):])
        return lambda W: area(W, shares[:, cut + 1:].sum(1), truth > cut)
    if metric == "ece":
        return lambda W: calibration_error(W, truth, shares)
    if metric == "brier":
        own = ((shares - np.eye(len(names))[truth]) ** 2).sum(1) / (2 if len(names) == 2 else 1)
        return lambda W: W @ own / W.sum(1)
    cells = np.eye(len(names))
    return lambda W: of_confusion(metric, np.einsum("dn,ni,nj->dij", W, cells[truth], cells[answers], optimize=True))


def quantity(metric, truth, answers):
    """The score of numbers as a function of W."""
    def mean(W, values):
        return W @ values / W.sum(1)

    def covariance(W, a, b):
        return mean(W, a * b) - mean(W, a) * mean(W, b)

    errors = answers - truth
    truth, answers, deviations = truth - truth.mean(), answers - answers.mean(), errors - errors.mean()  # for the sake of rounding
    if metric.startswith("mae"):
        return lambda W: mean(W, abs(errors))
    if metric.startswith("rmse"):
        return lambda W: np.sqrt(mean(W, errors ** 2))
    return {
        "bias": lambda W: mean(W, errors),
        "r2": lambda W: 1 - ratio(mean(W, errors ** 2), positive(covariance(W, truth, truth))),
        "slope": lambda W: ratio(covariance(W, deviations, truth), positive(covariance(W, truth, truth))),
        "pearson": lambda W: ratio(covariance(W, answers, truth), np.sqrt(
            positive(covariance(W, truth, truth)) * positive(covariance(W, answers, answers)))),
    }[metric]


def positive(variances):
    """0 where rounding alone makes a variance."""
    return np.where(variances > 1e-12 * variances.max(), variances, 0)
