namespace ClusterGd.EndToEnd.Tests;

public sealed record CliResult(int ExitCode, string Output, string Error)
{
    /// <summary>Neither stream shows a stack trace or the name of an exception.</summary>
    public bool IsForPeople => !$"{Output}{Error}".Contains("   at ") && !$"{Output}{Error}".Contains("Exception");
}
