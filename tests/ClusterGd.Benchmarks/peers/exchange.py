"""All-reduce of one float32 tensor over gloo and PyTorch's SGD momentum step, on as many processes of one thread as are
asked for, over loopback. For every `run` prints the seconds of one exchange with its step: the slowest process's
mean of
as many as are asked for, one after another, after one that is not counted."""
import os, sys, time
try:
    import torch
    import torch.distributed as dist, torch.multiprocessing as mp
except ImportError as e:
    print(e); sys.exit(1)

world, floats, repeats = (int(a) for a in sys.argv[1:4])


def work(rank, port, commands, answers):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=port, GLOO_SOCKET_IFNAME="lo")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=world)
    parameter = torch.nn.Parameter(torch.empty(floats).fill_(1))
    parameter.grad = torch.empty(floats).fill_(0)   # zeros stay zeros, whatever is summed
    optimizer = torch.optim.SGD([parameter], lr=0.01, momentum=0.9)
    optimizer.step()
    while commands.get() == "run":
        for i in range(repeats + 1):
            if i == 1:
                start = time.perf_counter()
            dist.all_reduce(parameter.grad)
            optimizer.step()
        answers.put((time.perf_counter() - start) / repeats)


if __name__ == "__main__":
    ctx = mp.get_context("spawn")
    queues = [ctx.Queue() for _ in range(world)]
    answers = ctx.Queue()
    port = str(20000 + os.getpid() % 20000)
    workers = [ctx.Process(target=work, args=(r, port, queues[r], answers), daemon=True) for r in range(world)]
    for w in workers:
        w.start()
    print("ready", flush=True)
    for line in sys.stdin:
        for q in queues:
            q.put("run")
        print(max(answers.get() for _ in range(world)), flush=True)
    for q in queues:
        q.put("end")
