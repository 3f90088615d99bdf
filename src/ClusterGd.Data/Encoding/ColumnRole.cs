namespace ClusterGd.Data;

/// <summary>What a column of a table is used for.</summary>
public enum ColumnRole
{
    Number,
    Category,
    Target,
    Ignored,
    Weight,
}
