"""Records cases.json: what azureml-metrics computes, and scikit-learn where the two mean the same.

By hand, with Python 3.11:
    python -m venv venv
    venv/bin/pip install azureml-metrics==0.0.91 'setuptools<81' scikit-learn==1.9.1 numpy==2.0.0 pandas==2.3.3
    venv/bin/python record.py > cases.json
"""

import hashlib
import json
import logging
import math
import sys
import warnings

import numpy as np
import sklearn
from sklearn import metrics as sk

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
from azureml.metrics import constants  # noqa: E402
from azureml.metrics.text.classification.azureml_classification_metrics import (  # noqa: E402
    AzureMLClassificationMetrics,
)

WORDS = [
    ["can", "carton", "milk_bottle", "water_bottle", "jar", "tin", "cup"],
    ["a b", "a,b", "a, b", "Zucker", "zucker", "\u00e9t\u00e9", "\u6c34"],
    ["10", "9", "2", "1", "100", "-1", "0"],
    ["\U0001f95b milk", "\uff21", "z", "'quoted'", '"double"', "tab\tbed", "B"],
]
SCALARS = sorted(
    constants.Metric.SCALAR_CLASSIFICATION_SET | constants.Metric.IOU_CLASSIFICATION_SET_MULTILABEL
)
TABLES = ["accuracy_table", "confusion_matrix"]


def plain(value):
    value = float(value)
    return None if math.isnan(value) else value


def digest(tables):
    text = json.dumps(tables, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def lists(rows):
    """Rows of any length as numpy holds them: an array of lists."""
    array = np.empty(len(rows), dtype=object)
    for index, row in enumerate(rows):
        array[index] = list(row)
    return array


def compute(case):
    multilabel = case["task"] == "multilabel"
    truth, predictions = case["truth"], case["predictions"]
    scorer = AzureMLClassificationMetrics(
        metrics=SCALARS + TABLES, multilabel=multilabel, positive_label=case.get("positiveLabel")
    )
    result = scorer.compute(
        y_test=lists(truth) if multilabel else np.array(truth),
        y_pred=lists(predictions) if multilabel else np.array(predictions),
        y_pred_probs=None if case["probabilities"] is None else np.array(case["probabilities"], dtype=float),
    )
    expected = {"scalars": {name: plain(value) for name, value in sorted(result["metrics"].items())}}
    artifacts = result["artifacts"]
    matrix = artifacts["confusion_matrix"]["data"]
    expected["confusionMatrix"] = matrix if "matrix" in matrix else None
    if "accuracy_table" in artifacts:
        data = artifacts["accuracy_table"]["data"]
        if "probability_tables" in data:
            expected["accuracyTable"] = {
                "class_labels": data["class_labels"],
                "probability_tables": digest(data["probability_tables"]),
                "percentile_tables": digest(data["percentile_tables"]),
            }
        else:
            expected["accuracyTable"] = None
    return expected


def attempt(work):
    try:
        return plain(work())
    except ValueError:
        return None


def plain_sklearn(case):
    """scikit-learn's own functions: where azureml-metrics differs from them the test says so."""
    truth, predictions, probabilities = case["truth"], case["predictions"], case["probabilities"]
    classes = sorted({label for row in [*truth, *predictions] for label in ([row] if isinstance(row, (str, int)) else row)})
    found = {}
    if case["task"] == "multiclass":
        for average in ("micro", "macro", "weighted"):
            found[f"f1_score_{average}"] = plain(sk.f1_score(truth, predictions, average=average, zero_division=0))
            found[f"precision_score_{average}"] = plain(
                sk.precision_score(truth, predictions, average=average, zero_division=0)
            )
            found[f"recall_score_{average}"] = plain(
                sk.recall_score(truth, predictions, average=average, zero_division=0)
            )
        found["accuracy"] = plain(sk.accuracy_score(truth, predictions))
        found["matthews_correlation"] = plain(sk.matthews_corrcoef(truth, predictions))
        if probabilities is not None and len(probabilities[0]) == len(classes) and len(classes) > 2:
            scores = np.array(probabilities, dtype=float)
            for k in (2, 5):
                found[f"top_{k}"] = attempt(lambda: sk.top_k_accuracy_score(truth, scores, k=k, labels=classes))
    else:
        column = {label: index for index, label in enumerate(classes)}
        truths = np.zeros((len(truth), len(classes)), dtype=int)
        for row, labels in enumerate(truth):
            for label in labels:
                truths[row, column[label]] = 1
        if len(classes) > 1:
            found["samples"] = len(truth)
            if probabilities is not None and len(probabilities[0]) == len(classes):
                predicted = (np.array(probabilities) > 0.5).astype(int)
            else:
                predicted = np.zeros_like(truths)
                for row, labels in enumerate(predictions):
                    for label in labels:
                        predicted[row, column[label]] = 1
            found["accuracy"] = plain(sk.accuracy_score(truths, predicted))
            for name, average in (("iou", "samples"), ("iou_macro", "macro"), ("iou_micro", "micro"), ("iou_weighted", "weighted")):
                found[name] = plain(sk.jaccard_score(truths, predicted, average=average, zero_division=0))
            for average in ("micro", "macro", "weighted"):
                found[f"f1_score_{average}"] = plain(sk.f1_score(truths, predicted, average=average, zero_division=0))
            del found["samples"]
    return found


def probabilities(random, rows, columns, kind):
    if kind == "smooth":
        return random.dirichlet(np.ones(columns) * 0.6, size=rows)
    if kind == "ties":
        units = random.multinomial(4, np.ones(columns) / columns, size=rows)
        return units / 4
    if kind == "all-equal":
        return np.full((rows, columns), 1 / columns)
    if kind == "certain":
        return np.eye(columns)[random.integers(columns, size=rows)]
    if kind == "no-sum":
        return random.integers(1, 10, size=(rows, columns)) / 20
    if kind == "over-one":
        return random.integers(0, 30, size=(rows, columns)) / 20
    raise ValueError(kind)


def multiclass(random, number):
    pool = list(range(7)) if number % 9 == 8 else WORDS[number % 4]
    count = int(random.choice([1, 2, 2, 3, 3, 4, 5, 7]))
    labels = sorted(pool[:count])
    rows = int(random.choice([1, 2, 5, 12, 25, 40]))
    kind = ["smooth", "smooth", "ties", "ties", "all-equal", "certain", "no-sum", "over-one"][number % 8]
    present = sorted(random.choice(count, size=random.integers(1, count + 1), replace=False)) if number % 3 == 0 else range(count)
    truth = [labels[int(i)] for i in random.choice(list(present), size=rows)]
    scores = np.round(probabilities(random, rows, count, kind), 6)
    # Leans to the truth, so that the figures are not all those of guessing.
    if kind == "smooth":
        for row, label in enumerate(truth):
            if random.random() < 0.6:
                best, own = int(np.argmax(scores[row])), labels.index(label)
                scores[row, [best, own]] = scores[row, [own, best]]
        scores[:, -1] = np.round(1 - scores[:, :-1].sum(axis=1), 6).clip(0)
    predictions = [labels[int(i)] for i in np.argmax(scores, axis=1)]
    used = sorted(set(truth) | set(predictions))
    how = number % 10
    if how == 7:
        matrix = None
    elif how == 8 and rows > 1:
        # A prediction that is not the likeliest class: the probabilities are dropped.
        predictions[0] = labels[(labels.index(predictions[0]) + 1) % count]
        used = sorted(set(truth) | set(predictions))
        matrix = scores[:, [labels.index(label) for label in used]]
    elif how == 9:
        # Columns of classes that neither occur nor are predicted stay: another number of columns.
        matrix = scores
    else:
        matrix = scores[:, [labels.index(label) for label in used]]
    case = {"task": "multiclass", "truth": truth, "predictions": predictions}
    case["probabilities"] = None if matrix is None else matrix.tolist()
    if number % 11 == 10:
        case["positiveLabel"] = used[int(random.integers(len(used)))]
    elif number % 44 == 20:
        case["positiveLabel"] = "none of them" if isinstance(used[0], str) else 99
    return case


def multilabel(random, number):
    pool = WORDS[number % 4]
    count = int(random.choice([1, 2, 2, 3, 3, 4, 6]))
    labels = sorted(pool[:count])
    rows = int(random.choice([1, 2, 5, 12, 25, 40]))
    share = [0.3, 0.5, 0.15, 0.0, 1.0][number % 5]
    members = random.random((rows, count)) < share
    if number % 3 == 0:
        members[:, random.integers(count)] = False
    if number % 7 == 0:
        members[:, random.integers(count)] = True
    if number % 4 == 1:
        scores = np.round(random.integers(0, 11, size=(rows, count)) / 10, 1)
    else:
        scores = np.round(np.clip(random.normal(0.35 + 0.3 * members, 0.25), 0.001, 0.999), 3)
    threshold = 0.5 if number % 6 else 0.3
    predicted = scores > threshold
    # Every label of the columns has to occur somewhere, or the columns are one too many.
    for column in range(count):
        if number % 8 != 7 and not members[:, column].any() and not predicted[:, column].any():
            scores[int(random.integers(rows)), column] = 0.9
    predicted = scores > threshold
    truth = [[labels[i] for i in range(count) if row[i]] for row in members]
    predictions = [[labels[i] for i in range(count) if row[i]] for row in predicted]
    if not any(truth) and not any(predictions):
        predictions[0] = [labels[0]]
    case = {"task": "multilabel", "truth": truth, "predictions": predictions}
    case["probabilities"] = None if number % 10 == 9 else scores.tolist()
    return case


def main():
    cases = []
    for number in range(150):
        cases.append(multiclass(np.random.default_rng([1, number]), number))
    for number in range(110):
        cases.append(multilabel(np.random.default_rng([2, number]), number))
    for case in cases:
        case["expected"] = compute(case)
        case["scikitLearn"] = plain_sklearn(case)
    versions = {"azureml-metrics": "0.0.91", "scikit-learn": sklearn.__version__, "numpy": np.__version__}
    sys.stdout.write('{"versions":' + json.dumps(versions) + ',"cases":[\n')
    sys.stdout.write(",\n".join(json.dumps(case, separators=(",", ":")) for case in cases))
    sys.stdout.write("\n]}\n")


main()
