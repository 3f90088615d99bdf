using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>How the indices of sparse rows become columns: stated for the training file, and kept for others.</summary>
/// <param name="Base">What the first index is, 0 or 1; null where the training rows show it.</param>
/// <param name="HashBuckets">Columns that indices are hashed into; 0 where each has its own.</param>
/// <param name="IgnoresGroups">Whether the group of a row (<c>qid:n</c>) is read over.</param>
internal sealed record IndexPlan(int? Base, int HashBuckets, bool IgnoresGroups)
{
    /// <summary>Most features; more only where a file is looked at and no model is made of it.</summary>
    public int FeaturesMax { get; init; } = Sizes.FeaturesMax;

    public const string Auto = "auto", Ignore = "ignore";

    public static IndexPlan Of(DataSource train) => new(
        train.IndexBase switch { "0" => 0, Auto => null, _ => 1 }, train.HashBuckets, train.Group == Ignore);

    public static IndexPlan Of(DataEncoding encoding) => new(
        encoding.IndexBase, encoding.HashBuckets, encoding.Group == Ignore);
}
