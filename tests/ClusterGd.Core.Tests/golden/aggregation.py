#!/usr/bin/env python3
"""Writes aggregation.json: gradients of which some are faulty, and what the robust rules make of them in double
precision, each written anew from its paper; the geometric median also by scipy's minimiser.

Run:  python3 aggregation.py          (needs numpy and scipy)
"""
import json
import math
import pathlib

import numpy
import scipy
import scipy.optimize
import scipy.stats

LENGTH, FAULTY = 37, 2


def gradients(count):
    rows = [[math.sin(1 + i) + 0.3 * math.cos(3 + 7 * i * (n + 1)) for i in range(LENGTH)] for n in range(count)]
    rows[1] = [-4 * x for x in rows[1]]
    rows[-1] = [100 * math.cos(i) for i in range(LENGTH)]
    return numpy.array(rows, dtype=numpy.float32).astype(numpy.float64)


def krum_scores(x):
    n = len(x)
    squares = numpy.array([[((a - b) ** 2).sum() for b in x] for a in x])
    return [numpy.sort(numpy.delete(squares[i], i))[: n - FAULTY - 2].sum() for i in range(n)]


def krum(x, m):
    best = numpy.argsort(krum_scores(x), kind="stable")[:m]
    return x[best].mean(axis=0)


def weiszfeld(x, iterations, smoothing=1e-6):
    z = numpy.median(x, axis=0)
    for _ in range(iterations):
        beta = 1 / numpy.maximum(smoothing, numpy.linalg.norm(x - z, axis=1))
        z = (beta[:, None] * x).sum(axis=0) / beta.sum()
    return z


def clipping(x, iterations, radius):
    v = numpy.median(x, axis=0)
    for _ in range(iterations):
        distance = numpy.linalg.norm(x - v, axis=1)
        tau = radius or numpy.sort(distance)[(len(x) - 1) // 2]
        v = v + ((x - v) * numpy.minimum(1, tau / distance)[:, None]).mean(axis=0)
    return v


cases, inputs = [], {}
for count in (7, 8):
    x = gradients(count)
    inputs[count] = x.tolist()
    near = count - FAULTY - 2
    least = scipy.optimize.minimize(
        lambda z: numpy.linalg.norm(x - z, axis=1).sum(), numpy.median(x, axis=0), method="BFGS",
        options={"gtol": 1e-10}).x

    def case(kind, expected, tolerance=1e-6, **options):
        cases.append({"kind": kind, "options": {"faulty": FAULTY, **options}, "gradients": count,
                      "tolerance": tolerance, "expected": expected.tolist()})

    case("median", numpy.median(x, axis=0))
    case("trimmedMean", scipy.stats.trim_mean(x, FAULTY / count + 1e-9, axis=0))
    case("krum", krum(x, 1))
    case("multiKrum", krum(x, near))
    case("multiKrum", krum(x, 2), selected=2)
    case("geometricMedian", weiszfeld(x, 8), 1e-5)
    case("geometricMedian", least, 1e-4, iterations=500)
    case("centeredClipping", clipping(x, 3, 0), 1e-5)
    case("centeredClipping", clipping(x, 2, 1.5), 1e-5, iterations=2, radius=1.5)

path = pathlib.Path(__file__).with_suffix(".json")
golden = {"numpy": numpy.__version__, "scipy": scipy.__version__, "gradients": inputs, "cases": cases}
path.write_text(json.dumps(golden) + "\n")
