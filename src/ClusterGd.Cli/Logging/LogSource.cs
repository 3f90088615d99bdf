namespace ClusterGd.Cli.Logging;

/// <summary>Which process writes the lines of a log. Thread-safe.</summary>
internal sealed class LogSource
{
    private volatile string _name = "";

    public string Name { get => _name; set => _name = value; }
}
