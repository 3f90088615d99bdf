#!/usr/bin/env python3
"""Writes metrics.json: outputs, targets and what scikit-learn says of them.

Run:  python3 metrics.py          (Debian: apt-get install python3-sklearn)
"""
import json
import math
import pathlib

import numpy
import scipy.special
import sklearn
from sklearn import metrics

ROWS, CLASSES, CLUSTERS = 40, 3, 4


def float32(x):
    return numpy.array([float(numpy.float32(v)) for v in x])


def log_softmax(rows):
    shifted = rows - rows.max(axis=1, keepdims=True)
    return shifted - numpy.log(numpy.exp(shifted).sum(axis=1, keepdims=True))


def log_loss(margins, labels):
    """From the margins: sklearn.metrics.log_loss clips probabilities, to 2e-16 for doubles."""
    return float(numpy.logaddexp(0, -margins * (2 * labels - 1)).mean())


# Margins rounded to quarters, so that some tie.
margins = float32(round(8 * math.sin(1 + 3 * i)) / 4 for i in range(ROWS))
labels = numpy.array([int(math.sin(1 + 3 * i) + math.cos(5 * i) > 0) for i in range(ROWS)])
probabilities = 1 / (1 + numpy.exp(-margins))
logits = float32(2 * math.sin(1 + 0.7 * i * i) for i in range(ROWS * CLASSES)).reshape(ROWS, CLASSES)
classes = numpy.array([int(numpy.argmax(logits[i])) if i % 3 else i % CLASSES for i in range(ROWS)])
values = float32(math.sin(i) for i in range(ROWS))
targets = float32(math.sin(i) + 0.3 * math.cos(7 * i) for i in range(ROWS))
counts = float32(i * 7 % 4 for i in range(ROWS))
rates = numpy.exp(values)
points = float32(3 * math.sin(1 + 0.3 * i * i) for i in range(ROWS * 2)).reshape(ROWS, 2)
centroids = float32(2 * math.cos(i) for i in range(CLUSTERS * 2)).reshape(CLUSTERS, 2)
nearest, squares = metrics.pairwise_distances_argmin_min(points, centroids, metric="sqeuclidean")


def regression(target, prediction):
    return {"rmse": math.sqrt(metrics.mean_squared_error(target, prediction)),
            "mae": metrics.mean_absolute_error(target, prediction), "r2": metrics.r2_score(target, prediction)}


def case(loss, outputs, target, expected):
    return {"loss": loss, "outputs": numpy.ravel(outputs).tolist(), "targets": target.tolist(), "expected": expected}


accuracy, auc = metrics.accuracy_score(labels, margins > 0), metrics.roc_auc_score(labels, margins)
logistic = log_loss(margins, labels)
softmax = float(-log_softmax(logits)[numpy.arange(ROWS), classes].mean())
# Where nothing is clipped the two agree; the extreme case is beyond what scikit-learn's can say.
assert math.isclose(logistic, metrics.log_loss(labels, probabilities), rel_tol=1e-12)
assert math.isclose(softmax, metrics.log_loss(classes, numpy.exp(log_softmax(logits))), rel_tol=1e-12)
extreme = float32(60 * math.sin(1 + 3 * i) for i in range(ROWS))
wide = 30 * logits
squared, poisson = regression(targets, values), regression(counts, rates)
cases = [
    case("logistic", margins, labels, {"accuracy": accuracy, "auc": auc, "logLoss": logistic, "loss": logistic}),
    case("logistic", extreme, labels, {
        "accuracy": metrics.accuracy_score(labels, extreme > 0), "auc": metrics.roc_auc_score(labels, extreme),
        "logLoss": log_loss(extreme, labels), "loss": log_loss(extreme, labels)}),
    case("softmax", wide, classes, {
        "accuracy": metrics.accuracy_score(classes, wide.argmax(axis=1)),
        **dict.fromkeys(("logLoss", "loss"), float(-log_softmax(wide)[numpy.arange(ROWS), classes].mean()))}),
    case("hinge", margins, labels, {"accuracy": accuracy, "auc": auc, "loss": metrics.hinge_loss(labels, margins)}),
    case("softmax", logits, classes, {"accuracy": metrics.accuracy_score(classes, logits.argmax(axis=1)),
                                      "logLoss": softmax, "loss": softmax}),
    case("squared", values, targets, {**squared, "loss": metrics.mean_squared_error(targets, values) / 2}),
    case("quantile", values, targets, {**squared, "loss": metrics.mean_pinball_loss(targets, values, alpha=0.5)}),
    case("huber", values, targets, {**squared, "loss": float(scipy.special.huber(1, values - targets).mean())}),
    case("poisson", values, counts, {**poisson, "loss": float(numpy.mean(rates - counts * values))}),
]
clusters = {"points": points.ravel().tolist(), "centroids": centroids.tolist(), "nearest": nearest.tolist(),
            "expected": {"inertia": float(squares.sum()), "loss": float(squares.mean())}}
path = pathlib.Path(__file__).with_suffix(".json")
golden = {"sklearn": sklearn.__version__, "numpy": numpy.__version__, "scipy": scipy.__version__, "cases": cases,
          "clusters": clusters}
path.write_text(json.dumps(golden, indent=1) + "\n")
