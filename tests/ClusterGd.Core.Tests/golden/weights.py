#!/usr/bin/env python3
"""Writes weights.json: weighted fits and weighted metrics, and metrics of several labels a row, by plain arithmetic.

Run:  python3 weights.py          (Python alone)

A fit minimises sum w_i l_i / sum w_i + l2/2 |coefficients|^2 (not the bias), by Newton's method to 1e-14. Balanced
class weights multiply w_i by 1 / (sum of w over the rows of the class).
"""
import json
import math
import pathlib
import struct

ROWS, L2 = 24, 0.01


def float32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def solve(a, b):
    n = len(b)
    m = [row[:] + [b[i]] for i, row in enumerate(a)]
    for i in range(n):
        p = max(range(i, n), key=lambda r: abs(m[r][i]))
        m[i], m[p] = m[p], m[i]
        for r in range(n):
            if r != i:
                f = m[r][i] / m[i][i]
                m[r] = [x - f * y for x, y in zip(m[r], m[i])]
    return [m[i][n] / m[i][i] for i in range(n)]


def newton(x, y, w, kind):
    """Coefficients and bias; kind is logistic or squared."""
    z = [row + [1.0] for row in x]
    p, total = [0.0] * len(z[0]), sum(w)
    for _ in range(100):
        gradient = [L2 * c for c in p[:-1]] + [0.0]
        hessian = [[L2 if i == j and i < len(p) - 1 else 0.0 for j in range(len(p))] for i in range(len(p))]
        for row, target, weight in zip(z, y, w):
            o = sum(a * b for a, b in zip(row, p))
            s = 1 / (1 + math.exp(-o))
            d, h = (s - target, s * (1 - s)) if kind == "logistic" else (o - target, 1.0)
            for i in range(len(p)):
                gradient[i] += weight / total * d * row[i]
                for j in range(len(p)):
                    hessian[i][j] += weight / total * h * row[i] * row[j]
        step = solve(hessian, gradient)
        p = [a - b for a, b in zip(p, step)]
        if max(abs(s) for s in step) < 1e-14:
            break
    return p


def loss(o, t):
    m = o if t else -o
    return math.log1p(math.exp(-abs(m))) + max(0.0, -m)


def auc(scores, labels, w):
    right = total = 0.0
    for s, t, a in zip(scores, labels, w):
        for r, u, b in zip(scores, labels, w):
            if t and not u:
                total += a * b
                right += a * b * (1.0 if s > r else 0.5 if s == r else 0.0)
    return right / total


x = [[float32(math.sin(1 + 3 * i)), float32(math.cos(2 + 7 * i))] for i in range(ROWS)]
labels = [int(math.sin(1 + 3 * i) + 0.8 * math.cos(5 * i) > 0.4) for i in range(ROWS)]
values = [float32(math.sin(i) + 2) for i in range(ROWS)]
weights = [float(i * 7 % 5) / 2 for i in range(ROWS)]  # some are 0
ones = [1.0] * ROWS
total = {k: sum(w for w, t in zip(weights, labels) if t == k) for k in (0, 1)}
balanced = [w / total[t] for w, t in zip(weights, labels)]
stated = [w * (3 if t else 1) for w, t in zip(ones, labels)]
fits = [
    {"name": "weights", "kind": "logistic", "parameters": newton(x, labels, weights, "logistic")},
    {"name": "weights and balanced classes", "kind": "logistic", "parameters": newton(x, labels, balanced, "logistic")},
    {"name": "class 1 three times", "kind": "logistic", "parameters": newton(x, labels, stated, "logistic")},
    {"name": "squared", "kind": "squared", "parameters": newton(x, values, weights, "squared")},
]

margins = [round(8 * math.sin(1 + 3 * i)) / 4 for i in range(ROWS)]
sum_w = sum(weights)
log_loss = sum(w * loss(o, t) for o, t, w in zip(margins, labels, weights)) / sum_w
mean = sum(w * t for t, w in zip(values, weights)) / sum_w
squares = sum(w * (o - t) ** 2 for o, t, w in zip(margins, values, weights))
metrics = [
    {"loss": "logistic", "outputs": margins, "targets": labels, "expected": {
        "accuracy": sum(w for o, t, w in zip(margins, labels, weights) if (o > 0) == bool(t)) / sum_w,
        "auc": auc(margins, labels, weights), "logLoss": log_loss, "loss": log_loss}},
    {"loss": "squared", "outputs": margins, "targets": values, "expected": {
        "loss": squares / 2 / sum_w, "rmse": math.sqrt(squares / sum_w),
        "mae": sum(w * abs(o - t) for o, t, w in zip(margins, values, weights)) / sum_w,
        "r2": 1 - squares / sum(w * (t - mean) ** 2 for t, w in zip(values, weights))}},
]

LABELS = 3
outputs = [round(8 * math.sin(2 + 5 * i)) / 4 for i in range(ROWS * LABELS)]
has = [int(math.sin(2 + 5 * i) + 0.5 * math.cos(11 * i) > 0) for i in range(ROWS * LABELS)]
right = [(o > 0) == bool(t) for o, t in zip(outputs, has)]
whole = [all(right[i * LABELS:(i + 1) * LABELS]) for i in range(ROWS)]
losses = [loss(o, t) for o, t in zip(outputs, has)]
several = {"labels": LABELS, "outputs": outputs, "targets": has, "expected": {
    "accuracy": sum(whole) / ROWS, "labelAccuracy": sum(right) / len(right),
    "logLoss": sum(losses) / len(losses), "loss": sum(losses) / ROWS}}

golden = {"l2": L2, "x": x, "labels": labels, "values": values, "weights": weights, "fits": fits, "metrics": metrics,
          "several": several}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
