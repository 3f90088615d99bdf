using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;

namespace ClusterGd.Data.Jobs;

/// <summary>Reads a scenario, or a mere plan of faults, from its file.</summary>
public static class ScenarioFile
{
    /// <summary>The scenario with the path of its job made absolute.</summary>
    /// <exception cref="InputException">Every mistake, one sentence each.</exception>
    public static Scenario Read(string path)
    {
        if (path.Length == 0) throw new InputException("The path of the scenario file is empty; name a file.");
        return Parse(JobFile.ReadText(path, "scenario"), path, Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <param name="source">Names the text in messages.</param>
    /// <param name="folder">What a relative path of the job is relative to.</param>
    /// <inheritdoc cref="Read"/>
    public static Scenario Parse(string text, string source, string folder)
    {
        var problems = new JobProblems();
        var root = YamlTree.Parse(
            text, source, problems, "a scenario, for example 'faults: [ { at: 120, kind: kill, node: 2 } ]'");
        if (root is null) problems.ThrowIfAny();
        if (root is JobNode.Mapping keys && keys.Find("data") is not null && keys.Find("faults") is null)
        {
            throw new InputException(
                $"{source} is a job, not a scenario, which names a job by 'job' and has 'faults'. " +
                $"For faults drawn by a seed: clustergd chaos {source} --seed 7");
        }
        var scenario = ScenarioReader.Read(root!, problems);
        return scenario with { Job = scenario.Job is { } job ? Path.GetFullPath(job, folder) : null };
    }
}
