using System.Diagnostics;
using System.Globalization;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Benchmarks;

/// <summary>The processes of one exchange, alive and silent until they are told to run.</summary>
internal sealed class ExchangeGroup : IDisposable
{
    private readonly List<Process> _processes = [];
    private readonly int _repeats;

    public ExchangeGroup(int count, int floats, int sliceFloats, ElementType element, bool isLocal, int repeats)
    {
        _repeats = repeats;
        for (int rank = 0; rank < count; rank++)
        {
            _processes.Add(ChildProcess.Start(
                ExchangeNode.Argument, rank, count, floats, sliceFloats, element, isLocal));
        }
        string endpoints = string.Join(' ', _processes.Select(p => p.StandardOutput.ReadLine()));
        Tell(endpoints);
    }

    /// <summary>The slowest process's mean of an exchange, in seconds.</summary>
    public double Run()
    {
        Tell(_repeats.ToString(CultureInfo.InvariantCulture));
        return _processes.Max(p => double.Parse(p.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        foreach (var process in _processes) ChildProcess.End(process);
    }

    private void Tell(string line)
    {
        foreach (var process in _processes)
        {
            process.StandardInput.WriteLine(line);
            process.StandardInput.Flush();
        }
    }
}
