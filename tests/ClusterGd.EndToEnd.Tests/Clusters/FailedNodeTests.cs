using System.Globalization;
using System.Text.RegularExpressions;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// A node whose part in a run fails while its process lives on as a member of the cluster: it has not the files, and no
/// folder for what it fetches.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed partial class FailedNodeTests(ThreeJobs jobs) : IDisposable
{
    private readonly Cli _empty = new();
    private readonly List<LabProcess> _nodes = [];

    public void Dispose()
    {
        foreach (var node in _nodes) node.Dispose();
        _empty.Dispose();
    }

    /// <param name="failing">0: the one that has the coordinator.</param>
    [SkippableTheory]
    [InlineData(0)]
    [DeepData(1)]
    public void Node_FailsInTheRun_TheOtherEndsItWithTheSameBits(int failing)
    {
        var (isPossible, why) = LabCommand.TryRun(
            $"unshare -m mount --bind {_empty.Folder} {_empty.Folder}");
        Skip.IfNot(isPossible, $"no mounts of its own for a process here: {why}");
        string seed = Start(failing == 0);
        Start(failing == 1, "--seed", seed);

        var result = jobs.Train("mlp", "--cluster", seed, "--nodes-min", "1");

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(jobs.HashOf("mlp"), ThreeJobs.HashIn(result.Output));
        Assert.Contains(
            "does not take part: the run is over here: DirectoryNotFoundException", result.Output + result.Error,
            StringComparison.Ordinal);
    }

    /// <returns>Its host:port, once it is up.</returns>
    private string Start(bool isFailing, params string[] options)
    {
        string command = string.Create(CultureInfo.InvariantCulture,
            $"exec dotnet {Cli.Program} node --host 127.0.0.1 --port 0 --data-port 0 --threads 1 ") +
            $"--cache-dir {_empty.Folder}/cache {string.Join(' ', options)}";
        if (isFailing) command = $"mount --bind {_empty.Folder} {jobs.Cli.Folder} && TMPDIR=/nowhere {command}";
        var node = new LabProcess("unshare", ["-m", "bash", "-c", command]);
        _nodes.Add(node);
        string line = node.WaitForLine("node ", Limits.Hang);
        node.WaitForLine("is up", Limits.Hang);
        return Address().Match(line).Value;
    }

    [GeneratedRegex(@"[\d.]+:\d+")]
    private static partial Regex Address();
}
