namespace ClusterGd.Core.Data;

/// <summary>Which of a data set's rows are meant.</summary>
public enum RowSet
{
    Train,
    Test,
}
