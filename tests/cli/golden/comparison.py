# SPDX-License-Identifier: Apache-2.0
"""Recomputes every figure of DIR/comparison.tsv and the accuracies, areas and errors of DIR/scores.tsv from the rows in
differences.tsv and answers_TASK.tsv, with scikit-learn, SciPy and NumPy; the former's rows of answers from the latter, a
person's cases with the same truth as one; and the values in saliency.tsv from the answers. One seed. Ends with a line a
difference."""
import csv
import itertools
import pathlib
import sys

try:
    import numpy as np
    from scipy import stats
    from sklearn.metrics import accuracy_score, mean_absolute_error, roc_auc_score
except ImportError:
    sys.exit(77)

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
    values = values[np.isfinite(values)]
    for name, found, percent in (("low", low, 2.5), ("high", high, 97.5)):
        least, most = np.percentile(values, [percent - 1, percent + 1])
        if not least - 1e-9 <= found <= most + 1e-9:
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


def check_scores():
    for found in table("scores.tsv"):
        if found["structure"] != "-":
            continue
        where = f"{found['arm']} {found['task']} {found['metric']}"
        rows = [row for row in table(f"answers_{found['task']}.tsv")
                if row["arm"] == found["arm"] and row["truth"] != "n/a"]
        truth, answer = ([row[name] for row in rows] for name in ("truth", "answer"))
        value = number(found["value"])
        if found["metric"] == "auc":
            second = [name for name in rows[0] if name.startswith("p_")][1]
            expect(where, "value", value,
                   roc_auc_score([one == second[2:] for one in truth], [number(row[second]) for row in rows]))
        elif found["metric"] == "accuracy":
            expect(where, "value", value, accuracy_score(truth, answer))
        elif found["metric"].startswith("mae") and found["metric"] != "mae_levels":
            expect(where, "value", value, mean_absolute_error([number(one) for one in truth], [number(one) for one in answer]))


def paired_value(rows, metric, second):
    """What merged cases of one arm count in a metric."""
    if metric == "auc":
        return np.mean([number(row[second]) for row in rows])
    if metric == "accuracy":
        names = [name for name in rows[0] if name.startswith("p_")]
        means = [np.mean([number(row[name]) for row in rows]) for name in names]
        return float(names[int(np.argmax(means))][2:] == rows[0]["truth"])
    return abs(np.mean([number(row["answer"]) for row in rows]) - number(rows[0]["truth"]))


def check_merging():
    answers = {}
    for found in table("differences.tsv"):
        if found["structure"] != "-":
            continue
        task, cases = found["task"], found["case"].split("+")
        rows = answers.setdefault(task, table(f"answers_{task}.tsv"))
        where = f"{task} {found['metric']} {found['arm']} {found['reference']} {found['case']}"
        expect(where, "cases", number(found["cases"]), len(cases))
        for name in ("arm", "reference"):
            own = [row for row in rows if row["arm"] == found[name]]
            merged = [row for row in own if row["case"] in cases]
            alike = {row["case"] for row in own if (row["person"], row["truth"]) == (found["person"], merged[0]["truth"])}
            if alike != set(cases):
                problems.append(f"{where}: the person's cases with this truth are {sorted(alike)}")
            second = ([column for column in own[0] if column.startswith("p_")] + ["", ""])[1]
            expect(where, name, number(found[f"{name}_value"]), paired_value(merged, found["metric"], second), 1e-7)


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
