namespace ClusterGd.Core.Data;

/// <summary>Which of a data set's rows are meant.</summary>
public enum RowSet
{
    Train = 0,

    /// <summary>Held out, to report how good the model is.</summary>
    Test = 1,

    /// <summary>Held out, for stop criteria to look at and to choose parameters by.</summary>
    Validation = 2,
}

/// <summary>The names of the sets, for people.</summary>
public static class RowSets
{
    public const int Count = 3;

    public static string Name(this RowSet set) => set switch
    {
        RowSet.Train => "training",
        RowSet.Test => "test",
        RowSet.Validation => "validation",
    };
}
