#!/usr/bin/env python3
"""Writes optimizers.json: what PyTorch makes of 20 steps of each optimizer, of gradient clipping and of the
learning-rate schedules, all in float64. PyTorch has no Sutskever form of momentum and no proximal L1: those come from
the formulas below, written out with NumPy.

Run:  python3 optimizers.py          (Debian: apt-get install python3-torch python3-numpy)
"""
import json
import math
import pathlib

import numpy
import torch

STEPS, SIZE = 20, 7


def float32(x):
    return [float(numpy.float32(v)) for v in x]


start = float32(math.sin(1 + 2 * i) for i in range(SIZE))
gradients = [float32(math.cos(0.7 * t + 1.3 * i) + 0.2 * i - 0.5 for i in range(SIZE)) for t in range(STEPS)]
constant = [0.05] * STEPS
falling = [0.1 / (1 + t) for t in range(STEPS)]


def run_torch(make, rates, clip_value=None):
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = make([w])
    for rate, g in zip(rates, gradients):
        optimizer.param_groups[0]["lr"] = rate
        w.grad = torch.tensor(g, dtype=torch.float64)
        if clip_value:
            torch.nn.utils.clip_grad_value_([w], clip_value)
        optimizer.step()
    return w.detach().tolist()


def run_numpy(update, rates, l1=0.0):
    """w after `update(w, g, rate, state)` and soft-thresholding by rate * l1 at every step."""
    w, state = numpy.array(start), {"v": numpy.zeros(SIZE), "a": numpy.zeros(SIZE), "t": 0}
    for rate, g in zip(rates, gradients):
        w = update(w, numpy.array(g), rate, state)
        w = numpy.sign(w) * numpy.maximum(numpy.abs(w) - rate * l1, 0)
    return w.tolist()


def sutskever(w, g, rate, state):
    state["v"] = 0.9 * state["v"] + rate * g
    return w - state["v"]


def sutskever_nesterov(w, g, rate, state):
    # The paper's form: v is the old velocity with its sign, the gradient is taken at y = x + 0.9 v, and y is kept.
    x = w - 0.9 * state["v"]
    state["v"] = 0.9 * state["v"] - rate * g
    return x + state["v"] + 0.9 * state["v"]


def sgd(w, g, rate, state):
    return w - rate * g


def adam(w, g, rate, state):
    state["t"] += 1
    state["v"] = 0.9 * state["v"] + 0.1 * g
    state["a"] = 0.999 * state["a"] + 0.001 * g * g
    mean, square = state["v"] / (1 - 0.9 ** state["t"]), state["a"] / (1 - 0.999 ** state["t"])
    return w - rate * mean / (numpy.sqrt(square) + 1e-8)


optim = torch.optim
cases = []


def case(name, kind, options, rates, parameters, l2=0.0, l1=0.0, clip_value=None):
    cases.append({"name": name, "kind": kind, "options": options, "rates": rates, "l2": l2, "l1": l1,
                  "clipValue": clip_value, "parameters": parameters})


case("sgd", "sgd", {}, constant, run_torch(lambda p: optim.SGD(p, lr=1), constant))
case("sgd with l2", "sgd", {}, falling, run_torch(lambda p: optim.SGD(p, lr=1, weight_decay=0.1), falling), l2=0.1)
case("sgd clipped", "sgd", {}, constant, run_torch(lambda p: optim.SGD(p, lr=1), constant, 0.5), clip_value=0.5)
case("momentum", "momentum", {"momentum": 0.9}, falling,
     run_torch(lambda p: optim.SGD(p, lr=1, momentum=0.9), falling))
case("momentum with l2", "momentum", {"momentum": 0.8}, constant,
     run_torch(lambda p: optim.SGD(p, lr=1, momentum=0.8, weight_decay=0.1), constant), l2=0.1)
case("nesterov with l2", "nesterov", {"momentum": 0.9}, falling,
     run_torch(lambda p: optim.SGD(p, lr=1, momentum=0.9, nesterov=True, weight_decay=0.1), falling), l2=0.1)
case("adagrad", "adagrad", {}, constant, run_torch(lambda p: optim.Adagrad(p), constant))
case("adagrad with l2", "adagrad", {"epsilon": 0.1}, constant,
     run_torch(lambda p: optim.Adagrad(p, eps=0.1, weight_decay=0.1), constant), l2=0.1)
case("rmsprop", "rmsprop", {"alpha": 0.9}, constant, run_torch(lambda p: optim.RMSprop(p, alpha=0.9), constant))
case("rmsprop with momentum and l2", "rmsprop", {"alpha": 0.95, "epsilon": 0.01, "momentum": 0.5}, falling,
     run_torch(lambda p: optim.RMSprop(p, alpha=0.95, eps=0.01, momentum=0.5, weight_decay=0.1), falling), l2=0.1)
case("adam", "adam", {}, constant, run_torch(lambda p: optim.Adam(p), constant))
case("adam with l2", "adam", {"beta1": 0.8, "beta2": 0.99, "epsilon": 1e-3}, falling,
     run_torch(lambda p: optim.Adam(p, betas=(0.8, 0.99), eps=1e-3, weight_decay=0.1), falling), l2=0.1)
case("adamw", "adamw", {"weightDecay": 0.1}, falling, run_torch(lambda p: optim.AdamW(p, weight_decay=0.1), falling))
case("momentum, sutskever", "momentum", {"convention": "sutskever"}, falling, run_numpy(sutskever, falling))
case("nesterov, sutskever", "nesterov", {"convention": "sutskever"}, falling, run_numpy(sutskever_nesterov, falling))
case("sgd with l1", "sgd", {}, constant, run_numpy(sgd, constant, l1=0.5), l1=0.5)
case("adam with l1", "adam", {}, constant, run_numpy(adam, constant, l1=0.3), l1=0.3)


def schedule(make, count):
    optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, factors = make(optimizer), []
    for _ in range(count):
        factors.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return factors


schedules = {
    "step, every 3 epochs by 0.1": schedule(lambda o: optim.lr_scheduler.StepLR(o, 3, 0.1), 12),
    "exponential, 0.9 an epoch": schedule(lambda o: optim.lr_scheduler.ExponentialLR(o, 0.9), 12),
    "cosine, 50 steps to 0.1": schedule(lambda o: optim.lr_scheduler.CosineAnnealingLR(o, 50, 0.1), 50),
}


def clip_norm(g, limit):
    w = torch.zeros(len(g), dtype=torch.float64, requires_grad=True)
    w.grad = torch.tensor(g, dtype=torch.float64)
    norm = torch.nn.utils.clip_grad_norm_([w], limit)
    return {"norm": float(norm), "limit": limit, "factor": float(w.grad[0]) / g[0]}


clips = [clip_norm([3.0, 4.0], 1.0), clip_norm([3.0, 4.0], 10.0), clip_norm([3e-6, 4e-6], 1e-6)]

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"torch": torch.__version__, "numpy": numpy.__version__, "start": start,
                            "gradients": gradients, "cases": cases, "schedules": schedules, "clips": clips},
                           indent=1) + "\n")
