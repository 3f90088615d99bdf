using System.CommandLine;

namespace ClusterGd.Cli;

/// <summary>A verb with the examples that its help shows.</summary>
internal sealed class VerbCommand(string name, string summary, params (string Line, string Meaning)[] examples)
    : Command(name, summary)
{
    public (string Line, string Meaning)[] Examples { get; } = examples;
}
