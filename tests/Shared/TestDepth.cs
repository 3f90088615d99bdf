namespace ClusterGd.Tests;

/// <summary>
/// How much the tests try: each thing once, in a few minutes; or, where <c>CLUSTERGD_TESTS=deep</c>, all there is.
/// Tests with the trait <c>Depth=deep</c> run only then, or where a filter names them.
/// </summary>
internal static class TestDepth
{
    public static bool IsDeep { get; } = Environment.GetEnvironmentVariable("CLUSTERGD_TESTS") == "deep";

    /// <summary>How many cases to try.</summary>
    public static int Of(int few, int many) => IsDeep ? many : few;
}
