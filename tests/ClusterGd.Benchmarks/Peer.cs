using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics.X86;

namespace ClusterGd.Benchmarks;

/// <summary>
/// The other side of a comparison: a Python script in <c>peers/</c> that prints <c>ready</c> and then, for every line
/// it is sent, does one repetition and prints its seconds. So both sides can be interleaved in one run.
/// <c>CLUSTERGD_PYTHON</c> names another interpreter than Debian's.
/// </summary>
internal sealed class Peer : IDisposable
{
    private readonly Process _process;

    private Peer(Process process) => _process = process;

    /// <summary>
    /// Starts a peer; null, with the reason on standard output, where its libraries are not installed.
    /// </summary>
    public static Peer? TryStart(string script, int threads, params string[] arguments)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "peers", script);
        string python = Environment.GetEnvironmentVariable("CLUSTERGD_PYTHON") ?? "/usr/bin/python3";
        var start = new ProcessStartInfo(python)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add(path);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        foreach (string name in new[] { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS" })
        {
            start.Environment[name] = threads.ToString(CultureInfo.InvariantCulture);
        }

        // Debian 12's OpenBLAS is older than some processors and gives those it does not know its AVX2 kernels, which
        // hold PyTorch back.
        if (Avx512F.IsSupported) start.Environment.TryAdd("OPENBLAS_CORETYPE", "SKYLAKEX");
        var process = Process.Start(start)!;
        var lines = process.StandardOutput;
        for (string? line = lines.ReadLine(); line is not null; line = lines.ReadLine())
        {
            if (line == "ready") return new Peer(process);
            Console.WriteLine($"  [{script}] {line}");
        }
        Console.WriteLine(
            $"  {script} did not start (apt-get install python3-torch libopenblas0-pthread python3-sklearn)");
        process.Dispose();
        return null;
    }

    /// <summary>One repetition; the script's own measure in seconds.</summary>
    public double Run()
    {
        _process.StandardInput.WriteLine("run");
        _process.StandardInput.Flush();
        string line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the peer died");
        return double.Parse(line, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(2000)) _process.Kill();
        _process.Dispose();
    }
}
