# SPDX-License-Identifier: Apache-2.0
"""Recomputes every figure of DIR/comparison.tsv from the rows in differences.tsv, and of DIR/scores.tsv from cases.tsv and
answers_TASK.tsv, with scikit-learn, SciPy and NumPy; the rows of differences.tsv from these two, a person's cases with the same
truth as one; the answers from their probabilities; and the values in saliency.tsv from the answers. One seed. Ends with a line
a difference."""
import csv
import itertools
import pathlib
import sys
import warnings

try:
    import numpy as np
    from scipy import stats
    from sklearn import metrics
    from sklearn.metrics import roc_auc_score
except ImportError:
    sys.exit(77)

import resampled  # beside this script

warnings.filterwarnings("ignore")  # of scores that are undefined
folder = pathlib.Path(sys.argv[1])
random = np.random.default_rng(1)
problems = []


def table(name):
    with open(folder / name, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def number(text):
    return float("nan") if text == "n/a" else float(text)


def expect(where, what, found, wanted, tolerance=1e-9):
    if not np.isclose(found, wanted, rtol=0, atol=tolerance, equal_nan=True):
        problems.append(f"{where}: {what} is {found}, but here {wanted}")


def expect_interval(where, low, high, persons, differences):
    """Its ends are the 2.5th and 97.5th percentile of draws of persons with replacement, by other draws than ours: nearly so."""
    own = [differences[np.array(persons) == name] for name in sorted(set(persons))]
    sums, sizes = np.array([part.sum() for part in own]), np.array([len(part) for part in own])
    draws = random.integers(len(own), size=(20000, len(own)))
    values = sums[draws].sum(1) / sizes[draws].sum(1)  # the mean over the rows of all drawn
    expect_percentiles(where, low, high, values[np.isfinite(values)], 1)


def expect_percentiles(where, low, high, values, slack):
    """`slack`: how many per cent of the draws may lie between our percentile and that of `values`."""
    for name, found, percent in (("low", low, 2.5), ("high", high, 97.5)):
        least, most = np.percentile(values, [percent - slack, percent + slack])
        if not least - 1e-9 * max(1, abs(least)) <= found <= most + 1e-9 * max(1, abs(most)):
            problems.append(f"{where}: {name} is {found}, but here between {least} and {most}")


def signed_rank(differences):
    """Sum of positive ranks and the exact two-sided p over all signs, zeros left out."""
    left = differences[differences != 0]
    if len(left) == 0:
        return 0, 1
    ranks = stats.rankdata(abs(left))
    found = ranks[left > 0].sum()
    if len(set(abs(left))) == len(left):
        return found, stats.wilcoxon(left, method="exact").pvalue
    sums = [np.dot(signs, ranks) for signs in itertools.product([0, 1], repeat=len(left))]
    middle = ranks.sum() / 2
    return found, np.mean(np.abs(np.array(sums) - middle) >= abs(found - middle) - 1e-9)


def placements(scores, positive):
    """DeLong's structural components: of the positives, of the negatives."""
    above = (scores[positive][:, None] > scores[~positive]) + 0.5 * (scores[positive][:, None] == scores[~positive])
    return above.mean(1), above.mean(0)


def delong(first, second, positive):
    parts = [placements(scores, positive) for scores in (first, second)]
    difference = roc_auc_score(positive, first) - roc_auc_score(positive, second)
    variance = sum(np.var(one - other, ddof=1) / len(one) for one, other in zip(*parts))
    if variance <= 1e-18:
        return difference, difference, 1 if abs(difference) < 1e-12 else float("nan")
    sd = np.sqrt(variance)
    half = stats.norm.ppf(0.975) * sd
    return difference - half, difference + half, 2 * stats.norm.sf(abs(difference) / sd)


def holm(p):
    order = np.argsort(p, kind="stable")
    adjusted, most = np.empty(len(p)), 0
    for place, index in enumerate(order):
        most = max(most, min(1, (len(p) - place) * p[index]))
        adjusted[index] = most
    return adjusted


def family(row):
    return row["task"], "auc" if row["metric"].startswith("auc") else row["metric"], row["arm"], row["reference"]


def check_comparison():
    rows, families = table("differences.tsv"), {}
    for found in table("comparison.tsv"):
        key = ("task", "structure", "metric", "arm", "reference")
        where = " ".join(found[name] for name in key)
        own = [row for row in rows if all(row[name] == found[name] for name in key)]
        arm, reference = (np.array([number(row[name]) for row in own]) for name in ("arm_value", "reference_value"))
        persons = [row["person"] for row in own]
        expect(where, "n", number(found["n"]), len(own))
        expect(where, "persons", number(found["persons"]), len(set(persons)))
        expect(where, "merged", number(found["merged"]), sum(int(row["cases"]) for row in own if row["cases"] != "1"))
        difference, low, high, p = (number(found[name]) for name in ("difference", "low", "high", "p"))
        if found["test"] == "delong":
            positive = np.array([row["positive"] == "1" for row in own])
            expect(where, "arm_mean", number(found["arm_mean"]), roc_auc_score(positive, arm))
            expect(where, "reference_mean", number(found["reference_mean"]), roc_auc_score(positive, reference))
            wanted = delong(arm, reference, positive)
            for name, value, other in zip(("low", "high", "p"), (low, high, p), wanted):
                expect(where, name, value, other, 1e-7)
        else:
            expect(where, "arm_mean", number(found["arm_mean"]), arm.mean())
            expect(where, "reference_mean", number(found["reference_mean"]), reference.mean())
            expect(where, "difference", difference, (arm - reference).mean())
            expect_interval(where, low, high, persons, arm - reference)
        if found["test"] == "wilcoxon":
            by_person = [np.mean((arm - reference)[np.array(persons) == name]) for name in sorted(set(persons))]
            statistic, wanted = signed_rank(np.array(by_person))
            expect(where, "statistic", number(found["statistic"]), statistic)
            expect(where, "p", p, wanted)
        if found["test"] == "mcnemar":
            only_arm, only_reference = sum(arm > reference), sum(arm < reference)
            expect(where, "statistic", number(found["statistic"]), only_arm)
            both = only_arm + only_reference
            expect(where, "p", p, 1 if both == 0 else stats.binomtest(int(only_arm), int(both)).pvalue)
        families.setdefault(family(found), []).append((where, p, number(found["p_holm"])))
    for members in families.values():
        known = [member for member in members if np.isfinite(member[1])]
        for (where, _, found), wanted in zip(known, holm(np.array([p for _, p, _ in known]))):
            expect(where, "p_holm", found, wanted)


def subject_task(task):
    """The answers to a subject task by arm, its classes or levels in order, and whether they are ordered."""
    rows = [row for row in table(f"answers_{task}.tsv") if row["truth"] != "n/a"]
    names = [column[2:] for column in rows[0] if column.startswith("p_")]
    ordered = any(row["task"] == task and row["metric"] == "quadratic_kappa" for row in table("scores.tsv"))
    return {arm: [row for row in rows if row["arm"] == arm] for arm in {row["arm"] for row in rows}}, names, ordered


def shares_of(rows, names):
    return np.array([[number(row["p_" + name]) for name in names] for row in rows])


def answer_of(shares, ordered):
    """The most probable class, or the median level."""
    return int(np.argmax(np.cumsum(shares) >= 0.5)) if ordered else int(np.argmax(shares))


def area(found, shares, truth, names):
    """Probability and truth of the question that an area is about; nothing where it is the mean over classes."""
    if found == "auc":
        return (shares[:, 1], truth == 1) if len(names) == 2 else None
    if found.startswith("auc_above_"):
        cut = names.index(found[len("auc_above_"):])
        return shares[:, cut + 1:].sum(1), truth > cut
    return shares[:, names.index(found[len("auc_"):])], truth == names.index(found[len("auc_"):])


def mean_over_classes(score, truth, shares):
    if shares.shape[1] == 2:
        return score(truth == 1, shares[:, 1])
    return np.mean([score(truth == one, shares[:, one]) for one in sorted(set(truth))])


def named_value(metric, truth, answers, shares, names):
    """A score of classes or levels, by scikit-learn."""
    if metric in ("auc", "average_precision"):
        return mean_over_classes(roc_auc_score if metric == "auc" else metrics.average_precision_score, truth, shares)
    if metric.startswith("auc"):
        scores, positive = area(metric, shares, truth, names)
        return roc_auc_score(positive, scores)
    if metric == "brier":
        return ((shares - np.eye(len(names))[truth]) ** 2).sum(1).mean() / (2 if len(names) == 2 else 1)
    if metric == "ece":
        return resampled.calibration_error(np.ones((1, len(truth))), truth, shares)[0]
    undefined = {"zero_division": float("nan")}
    return {
        "accuracy": lambda: metrics.accuracy_score(truth, answers),
        "balanced_accuracy": lambda: metrics.balanced_accuracy_score(truth, answers),
        "macro_f1": lambda: metrics.f1_score(truth, answers, average="macro"),
        "mcc": lambda: metrics.matthews_corrcoef(truth, answers),
        "quadratic_kappa": lambda: metrics.cohen_kappa_score(truth, answers, labels=range(len(names)), weights="quadratic"),
        "mae_levels": lambda: metrics.mean_absolute_error(truth, answers),
        "sensitivity": lambda: metrics.recall_score(truth, answers, pos_label=1, **undefined),
        "specificity": lambda: metrics.recall_score(truth, answers, pos_label=0, **undefined),
        "ppv": lambda: metrics.precision_score(truth, answers, pos_label=1, **undefined),
        "npv": lambda: metrics.precision_score(truth, answers, pos_label=0, **undefined),
    }[metric]()


def quantity_value(metric, truth, answers):
    if metric.startswith("mae"):
        return metrics.mean_absolute_error(truth, answers)
    if metric.startswith("rmse"):
        return np.sqrt(metrics.mean_squared_error(truth, answers))
    return {
        "r2": lambda: metrics.r2_score(truth, answers),
        "bias": lambda: np.mean(answers - truth),
        "slope": lambda: np.polyfit(truth, answers - truth, 1)[0],
        "pearson": lambda: stats.pearsonr(truth, answers)[0] if len(set(answers)) > 1 else float("nan"),
    }[metric]()


def expect_answer_interval(where, found, persons, draws, statistic, areas):
    """DeLong's of an area where each person has one case, else nearly that of other draws of persons, 2000 of which are ours."""
    low, high = number(found["low"]), number(found["high"])
    if areas and len(set(persons)) == len(persons):
        value, (above, below) = number(found["value"]), placements(*areas)
        half = stats.norm.ppf(0.975) * np.sqrt(np.var(above, ddof=1) / len(above) + np.var(below, ddof=1) / len(below))
        expect(where, "low", low, max(0, value - half))
        expect(where, "high", high, min(1, value + half))
        return
    values = statistic(draws)
    expect_percentiles(where, low, high, values[np.isfinite(values)], 2)


def check_structure(found):
    rows = [row for row in table("cases.tsv") if all(row[name] == found[name] for name in ("arm", "task", "structure"))]
    values = np.array([number(row[found["metric"]]) for row in rows])
    where = f"{found['arm']} {found['structure']} {found['metric']}"
    kept = np.isfinite(values)
    persons = [row["person"] for row, one in zip(rows, kept) if one]
    expect(where, "n", number(found["n"]), kept.sum())
    expect(where, "persons", number(found["persons"]), len(set(persons)))
    expect(where, "undefined", number(found["undefined"]), np.isnan(values).sum())
    expect(where, "infinite", number(found["infinite"]), np.isinf(values).sum())
    expect(where, "value", number(found["value"]), values[kept].mean() if kept.any() else float("nan"),
           1e-9 * max(1, np.abs(values[kept]).max(initial=0)))
    if len(set(persons)) > 1:
        expect_interval(where, number(found["low"]), number(found["high"]), persons, values[kept])


def check_scores():
    found = table("scores.tsv")
    for row in found:
        if row["structure"] != "-":
            check_structure(row)
    for task in {row["task"] for row in found if row["structure"] == "-"}:
        arms, names, ordered = subject_task(task)
        for arm, rows in arms.items():
            own = [row for row in found if (row["task"], row["arm"], row["structure"]) == (task, arm, "-")]
            check_answers(f"{arm} {task}", own, rows, names, ordered)


def check_answers(which, scores, rows, names, ordered):
    persons = [row["person"] for row in rows]
    draws = resampled.draws_of(random, persons, 20000)
    if names:
        shares = shares_of(rows, names)
        truth, answers = (np.array([names.index(row[name]) for row in rows]) for name in ("truth", "answer"))
        for row, answer, own in zip(rows, answers, shares):
            expect(f"{which} {row['case']}", "answer", answer, answer_of(own, ordered))
    else:
        truth, answers = (np.array([number(row[name]) for row in rows]) for name in ("truth", "answer"))
    for found in scores:
        metric, where = found["metric"], f"{which} {found['metric']}"
        expect(where, "n", number(found["n"]), len(rows))
        expect(where, "persons", number(found["persons"]), len(set(persons)))
        if names:
            wanted = named_value(metric, truth, answers, shares, names)
            areas = area(metric, shares, truth, names) if metric.startswith("auc") else None
            statistic = resampled.named(metric, truth, answers, shares, names)
        else:
            wanted, areas, statistic = quantity_value(metric, truth, answers), None, resampled.quantity(metric, truth, answers)
        expect(where, "value", number(found["value"]), wanted)
        expect(where, "resampled value", statistic(np.ones((1, len(rows))))[0], wanted)
        if np.isfinite(wanted):
            expect_answer_interval(where, found, persons, draws, statistic, areas)


def paired_value(rows, metric, names, ordered):
    """What merged cases of one arm count in a metric."""
    if not names:
        return abs(np.mean([number(row["answer"]) for row in rows]) - number(rows[0]["truth"]))
    shares, truth = shares_of(rows, names).mean(0), names.index(rows[0]["truth"])
    if metric.startswith("auc"):
        return area(metric, shares[None], np.array([truth]), names)[0][0]
    answer = answer_of(shares, ordered)
    return abs(answer - truth) if metric == "mae_levels" else float(answer == truth)


def check_merging():
    answers, tasks = {}, {}
    for found in table("differences.tsv"):
        if found["structure"] != "-":
            continue
        task, cases = found["task"], found["case"].split("+")
        if task not in tasks:
            answers[task], tasks[task] = table(f"answers_{task}.tsv"), subject_task(task)[1:]
        rows, (names, ordered) = answers[task], tasks[task]
        where = f"{task} {found['metric']} {found['arm']} {found['reference']} {found['case']}"
        expect(where, "cases", number(found["cases"]), len(cases))
        for name in ("arm", "reference"):
            own = [row for row in rows if row["arm"] == found[name]]
            merged = [row for row in own if row["case"] in cases]
            alike = {row["case"] for row in own if (row["person"], row["truth"]) == (found["person"], merged[0]["truth"])}
            if alike != set(cases):
                problems.append(f"{where}: the person's cases with this truth are {sorted(alike)}")
            expect(where, name, number(found[f"{name}_value"]), paired_value(merged, found["metric"], names, ordered), 1e-7)


def check_saliency():
    worst = {}
    for found in table("saliency.tsv"):
        where = f"saliency {found['task']} {found['case']}"
        rows = [row for row in table(f"answers_{found['task']}.tsv")
                if row["arm"] == found["arm"] and row["truth"] != "n/a"]
        own = next(row for row in rows if row["case"] == found["case"])
        value = number(found["value"])
        if found["measure"].startswith("log-odds of "):
            share = number(own["p_" + found["answer"]])
            expect(where, "value", value, np.log(share / (1 - share)), 1e-3)
            errors = {row["case"]: 1 - number(row["p_" + row["truth"]]) for row in rows}
        elif "p_" + own["answer"] in own:  # levels, in steps
            names = [column[2:] for column in own if column.startswith("p_")]
            means = {row["case"]: shares_of([row], names)[0] @ np.arange(len(names)) for row in rows}
            expect(where, "value", value, means[found["case"]], 1e-3)
            errors = {row["case"]: abs(means[row["case"]] - names.index(row["truth"])) for row in rows}
        else:
            expect(where, "value", value, number(own["answer"]), 1e-3)
            errors = {row["case"]: abs(number(row["answer"]) - number(row["truth"])) for row in rows}
        expect(where, "change", number(found["change"]), number(found["value_filled"]) - value)
        worst[found["task"], found["role"]] = found["case"], errors
    for (task, role), (case, errors) in worst.items():
        wanted = {"worst": max, "best": min, "median": lambda values: sorted(values, reverse=True)[(len(errors) - 1) // 2]}
        expect(f"saliency {task} {role}", "error", errors[case], wanted[role.split()[0]](errors.values()), 1e-6)


check_comparison()
check_scores()
check_merging()
check_saliency()
for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
