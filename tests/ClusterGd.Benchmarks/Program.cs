using ClusterGd.Benchmarks;

// Every benchmark by name; `dotnet run -c Release --project tests/ClusterGd.Benchmarks -- [NAME ...]` runs those named,
// or all. Each prints rows: what | ours | peer | ratio | target, and leaves them in results/PROCESSOR.md here.
if (args is [ExchangeNode.Argument, ..]) return ExchangeNode.Run(args);
if (args is [WireNode.Argument, ..]) return WireNode.Run(args);
(string Name, string Summary, Action Run)[] benchmarks =
[
    ("dense", "gradient of a linear model over dense rows against reading memory and libtorch", DenseBenchmark.Run),
    ("sparse", "an epoch of a linear model over sparse rows against scikit-learn", SparseBenchmark.Run),
    ("step", "a step of a tiny model beyond its arithmetic; price of the fixed tree; allocations and memory",
        StepBenchmark.Run),
    ("fashion", "Fashion-MNIST against PyTorch DDP on two processes; scaling", FashionBenchmark.Run),
    ("processes", "whole runs on processes: small steps, a backup's price, Fashion-MNIST against PyTorch DDP",
        ProcessesBenchmark.Run),
    ("attack", "a small model's steps while strangers attack the ports of its nodes", AttackBenchmark.Run),
    ("exchange", "exchange and update of a gradient over processes against gloo", ExchangeBenchmark.Run),
    ("wire", "tensors and control messages between processes: the data plane against Akka.Remote", WireBenchmark.Run),
    ("mlp", "multilayer perceptron against PyTorch; matrix products", MlpBenchmark.Run),
];

var chosen = benchmarks.Where(b => args.Length == 0 || args.Contains(b.Name)).ToList();
if (chosen.Count == 0)
{
    Console.Error.WriteLine($"No benchmark is called {string.Join(", ", args)}; there are:");
    foreach (var b in benchmarks) Console.Error.WriteLine($"  {b.Name,-14} {b.Summary}");
    return 2;
}
Table.Header();
foreach (var b in chosen)
{
    b.Run();
    Console.WriteLine($"written: {ResultsFile.Write(b.Name, Table.Take())}");
}
return 0;
