#!/usr/bin/env python3
"""Writes metrics.json: outputs, targets and what scikit-learn says of them.

Run:  python3 metrics.py          (Debian: apt-get install python3-sklearn)
"""
import json
import math
import pathlib

import numpy
import sklearn
from sklearn import metrics

ROWS, CLASSES = 40, 3


def float32(x):
    return numpy.array([float(numpy.float32(v)) for v in x])


def log_softmax(rows):
    shifted = rows - rows.max(axis=1, keepdims=True)
    return shifted - numpy.log(numpy.exp(shifted).sum(axis=1, keepdims=True))


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


def regression(target, prediction):
    return {"rmse": math.sqrt(metrics.mean_squared_error(target, prediction)),
            "mae": metrics.mean_absolute_error(target, prediction), "r2": metrics.r2_score(target, prediction)}


def case(loss, outputs, target, expected):
    return {"loss": loss, "outputs": numpy.ravel(outputs).tolist(), "targets": target.tolist(), "expected": expected}


accuracy, auc = metrics.accuracy_score(labels, margins > 0), metrics.roc_auc_score(labels, margins)
logistic = metrics.log_loss(labels, probabilities)
softmax = metrics.log_loss(classes, numpy.exp(log_softmax(logits)))
squared, poisson = regression(targets, values), regression(counts, rates)
cases = [
    case("logistic", margins, labels, {"accuracy": accuracy, "auc": auc, "logLoss": logistic, "loss": logistic}),
    case("hinge", margins, labels, {"accuracy": accuracy, "auc": auc, "loss": metrics.hinge_loss(labels, margins)}),
    case("softmax", logits, classes, {"accuracy": metrics.accuracy_score(classes, logits.argmax(axis=1)),
                                      "logLoss": softmax, "loss": softmax}),
    case("squared", values, targets, {**squared, "loss": metrics.mean_squared_error(targets, values) / 2}),
    case("quantile", values, targets, {**squared, "loss": metrics.mean_pinball_loss(targets, values, alpha=0.5)}),
    case("poisson", values, counts, {**poisson, "loss": float(numpy.mean(rates - counts * values))}),
]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"sklearn": sklearn.__version__, "numpy": numpy.__version__, "cases": cases}, indent=1)
                + "\n")
