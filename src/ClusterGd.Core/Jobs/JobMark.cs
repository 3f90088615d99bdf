namespace ClusterGd.Core.Jobs;

/// <summary>Where a piece of a job was written: a file and a place in it, or a command-line option (line 0).</summary>
public readonly record struct JobMark(string Source, int Line, int Column)
{
    public override string ToString() => Line == 0 ? Source : FormattableString.Invariant($"{Source}:{Line}:{Column}");
}
