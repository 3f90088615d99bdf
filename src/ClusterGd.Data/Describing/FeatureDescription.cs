namespace ClusterGd.Data;

/// <summary>What a column or feature holds.</summary>
/// <param name="Missing">Rows in which the value is missing; the numbers are over the others.</param>
/// <param name="Distinct">Distinct values of a text column; 0 for numbers.</param>
public sealed record FeatureDescription(
    string Name, double? Min, double? Max, double? Mean, long Missing, int Distinct);
