using System.Collections.Immutable;
using System.Globalization;
using ClusterGd.Cli.Terminal;
using ClusterGd.Core.Options;

namespace ClusterGd.Cli;

/// <summary>Failures that are the input's or the machine's, not this program's, as sentences for the user.</summary>
internal static class MachineLimits
{
    /// <summary>Empty for a failure of another kind.</summary>
    public static ImmutableArray<string> Sentences(Exception failure) => failure switch
    {
        InputException refused => refused.Problems,
        _ when IsOutOfMemory(failure) => [OutOfMemory()],
        IOException problem when BrokenPipe.Is(problem) => [],
        IOException or UnauthorizedAccessException =>
        [
            $"A file or folder cannot be used: {failure.Message.TrimEnd('.')}. " +
                "Check the path, its permissions and the disk.",
        ],
        // Threads that read side by side fail together.
        AggregateException { InnerExceptions: [var first, ..] } => Sentences(first),
        _ => [],
    };

    // An actor's failure comes within others.
    private static bool IsOutOfMemory(Exception? failure) =>
        failure is OutOfMemoryException || (failure is not null && IsOutOfMemory(failure.InnerException));

    private static string OutOfMemory()
    {
        double most = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        string shown = most.ToString("F2", CultureInfo.InvariantCulture);
        return $"There is not enough memory: this process may use {shown} GB. The file or the model is too large for " +
            "memory: use fewer rows or columns, a sparse file, or a smaller model. Only predict and evaluate read " +
            "files of any size.";
    }
}
