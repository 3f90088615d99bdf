using System.CommandLine;

namespace ClusterGd.Cli.Data;

/// <summary><c>clustergd data</c>: looks at files of rows and makes some up.</summary>
internal static class DataCommand
{
    public static Command Create() => new("data", "Looks at a file of rows, or makes one up.")
    {
        DataInfoCommand.Create(),
        DataGenerateCommand.Create(),
    };
}
