using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Losses;

namespace ClusterGd.Core.Models;

/// <summary>Every model a job may name: add a class and a row here, and nothing else.</summary>
public static class Models
{
    public static readonly ImmutableArray<Kind<Func<DataSchema, Loss, Model>>> All =
    [
        MlpModel.Kind,
        KMeansModel.Kind,
    ];
}
