using System.Collections.Immutable;

namespace ClusterGd.Core.Options;

/// <summary>
/// What the user gave cannot be used: a job file, a data file, an option. Each problem is one sentence with the value,
/// what is allowed and the next step; all problems of an input come together. Shown without a stack trace, exit code 2.
/// </summary>
public sealed class InputException(ImmutableArray<string> problems) : Exception(string.Join("\n", problems))
{
    public InputException(string problem) : this([problem]) { }

    public ImmutableArray<string> Problems { get; } = problems;
}
