namespace ClusterGd.Core.Data;

/// <summary>
/// The class that most rows have, and its share of them: the accuracy of a model that always says that one.
/// </summary>
public readonly record struct LargestClass(string Name, double Share)
{
    /// <summary>Null where the target is no class, or there are no rows.</summary>
    public static LargestClass? Of(Rows? rows, DataSchema schema)
    {
        if (rows is null || rows.Count == 0 || schema.TargetKind is not (TargetKind.BinaryClass or TargetKind.Class))
        {
            return null;
        }
        var counts = new int[Math.Max(2, schema.ClassNames.Length)];
        foreach (float target in rows.Targets) counts[(int)target]++;
        int largest = Array.IndexOf(counts, counts.Max());
        string name = largest < schema.ClassNames.Length ? schema.ClassNames[largest] : $"{largest}";
        return new LargestClass(name, (double)counts[largest] / rows.Count);
    }
}
