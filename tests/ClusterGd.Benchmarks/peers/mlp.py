"""PyTorch: forward and backward of 784-256-128-10 with softmax cross-entropy; one repetition = REPEATS batches."""
import sys
import time

import torch

batch, repeats = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(1)
torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Linear(256, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
loss_of = torch.nn.CrossEntropyLoss(reduction="sum")
x = torch.rand(batch, 784)
y = torch.randint(0, 10, (batch,))


def step():
    for p in model.parameters():
        p.grad = None
    loss_of(model(x), y).backward()


for _ in range(20):
    step()
print("ready", flush=True)
for _ in sys.stdin:
    start = time.process_time()
    for _ in range(repeats):
        step()
    print((time.process_time() - start) / repeats, flush=True)
