using System.Collections.Immutable;

namespace ClusterGd.Cluster.Storage;

/// <summary>A tensor of a saved model.</summary>
/// <param name="Offset">Index of its first parameter in the flat vector.</param>
/// <param name="Shape">Row-major.</param>
public sealed record SavedTensor(string Name, int Offset, ImmutableArray<int> Shape)
{
    public bool IsBlock(Core.Models.ParameterBlock block) =>
        Name == block.Name && Offset == block.Offset && Shape.SequenceEqual(block.Shape);
}
