"""Logistic gradient of a linear model over dense rows with libtorch: seconds of one pass, one line each."""
import sys
import time

import torch

rows, features = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(1)
generator = torch.Generator().manual_seed(1)
x = torch.rand(rows, features, generator=generator) - 0.5
y = (torch.rand(rows, generator=generator) < 0.5).float()
weight = torch.zeros(features + 1, requires_grad=True)


def by_autograd(batch):
    for first in range(0, rows, batch):
        xb, yb = x[first:first + batch], y[first:first + batch]
        output = torch.addmv(weight[features:], xb, weight[:features])
        torch.nn.functional.binary_cross_entropy_with_logits(output, yb, reduction="sum").backward()


def by_hand(batch):
    with torch.no_grad():
        gradient = torch.zeros(features)
        for first in range(0, rows, batch):
            xb, yb = x[first:first + batch], y[first:first + batch]
            output = torch.addmv(weight[features:], xb, weight[:features])
            torch.nn.functional.binary_cross_entropy_with_logits(output, yb, reduction="sum")
            gradient.addmv_(xb.t(), torch.sigmoid(output) - yb)


def seconds(variant, batch):
    start = time.process_time()
    variant(batch)
    return time.process_time() - start


# At its best batch size, some of which fit the cache.
variant = {"autograd": by_autograd, "by-hand": by_hand}[sys.argv[3]]
batch = min((256, 1024, 8192, 65536), key=lambda b: min(seconds(variant, b) for _ in range(2)))
print(f"{sys.argv[3]}, batch {batch}", flush=True)
print("ready", flush=True)
for _ in sys.stdin:
    print(seconds(variant, batch), flush=True)
