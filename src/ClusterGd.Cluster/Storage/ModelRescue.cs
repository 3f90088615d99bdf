using System.Diagnostics;
using ClusterGd.Cluster.Logging;
using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// Sees to it that the result of a run is on some disk: in the run's folder, or, if that does not take it, in a new
/// folder beside it, in the temporary folder, in the home folder or in the current one, whichever takes it first. A
/// disk that does not answer does not take it.
/// </summary>
/// <param name="folder">Of the run.</param>
/// <param name="log">Warned if the result is not there: where it is, and why.</param>
public sealed class ModelRescue(RunFolder folder, RunRecord record, ILogger log)
{
    /// <summary>How long it goes on trying where nothing takes it.</summary>
    private static readonly TimeSpan s_timeMax = TimeSpan.FromSeconds(60), s_interval = TimeSpan.FromSeconds(2);

    /// <summary>How long a disk may take for all of it, beside the time for so many bytes of the model.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private const double BytesPerSecond = 5e6;

    private readonly string _path = folder.Path;

    /// <summary>Whether a folder takes the place of the run's; then where the result is.</summary>
    public RunFolder? Other { get; private set; }

    /// <summary>Writes the model, and with it, into another folder, all else that the run knows.</summary>
    /// <param name="write">Writes the model into a folder.</param>
    /// <exception cref="IOException">No folder took it; the message has the reasons.</exception>
    public async Task<ModelManifest> WriteAsync(TrainingResult result, Func<RunFolder, ModelManifest> write)
    {
        long begin = Stopwatch.GetTimestamp();
        bool isTold = false;
        while (true)
        {
            var reasons = new List<string>();
            if (TryWriteHere(result, write, reasons) is { } manifest) return manifest;
            foreach (string parent in Parents())
            {
                if (TryWriteTo(parent, result, write, reasons) is { } rescued) return rescued;
            }
            if (Stopwatch.GetElapsedTime(begin) >= s_timeMax) throw new IOException(string.Join(" ", reasons));
            if (!isTold) log.ModelNowhere(string.Join(" ", reasons), s_timeMax.TotalSeconds);
            isTold = true;
            await Task.Delay(s_interval).ConfigureAwait(false);
        }
    }

    private ModelManifest? TryWriteHere(
        TrainingResult result, Func<RunFolder, ModelManifest> write, List<string> reasons)
    {
        try
        {
            record.Complete(result);
            var manifest = DiskDeadline.Run(() => write(folder), PatienceFor(result));
            record.WriteLast();
            return manifest;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reasons.Add(Sentence(_path, e));
            return null;
        }
    }

    private ModelManifest? TryWriteTo(
        string parent, TrainingResult result, Func<RunFolder, ModelManifest> write, List<string> reasons)
    {
        string? path = null;
        try
        {
            path = DiskDeadline.Run(
                () => NewPath(Path.Combine(parent, $"{Path.GetFileName(_path)}-rescued")), DiskDeadline.Short);
            var (other, manifest) = DiskDeadline.Run(() =>
            {
                var made = RunFolder.CreateAt(path);
                record.CopyTo(made, result);
                return (made, write(made));
            }, PatienceFor(result));
            log.ModelElsewhere(reasons[0], path);
            Other = other;
            return manifest;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Core.Options.InputException)
        {
            reasons.Add(Sentence(parent, e));
            if (path is not null) TryDelete(path);
            return null;
        }
    }

    /// <summary>One that nothing has, so that what a failed try leaves can be removed.</summary>
    private static string NewPath(string stem)
    {
        string path = stem;
        for (int i = 2; Path.Exists(path); i++) path = $"{stem}-{i}";
        return path;
    }

    private IEnumerable<string> Parents()
    {
        string[] all =
        [
            Path.GetDirectoryName(_path) ?? "", Path.GetTempPath(),
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".",
        ];
        return all.Where(IsThere).Select(path => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)))
            .Distinct(StringComparer.Ordinal);
    }

    private static bool IsThere(string path)
    {
        try
        {
            return DiskDeadline.Run(() => Directory.Exists(path), DiskDeadline.Short);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static TimeSpan PatienceFor(TrainingResult result) =>
        s_patience + TimeSpan.FromSeconds(sizeof(float) * (double)result.Parameters.Length / BytesPerSecond);

    private static void TryDelete(string path)
    {
        try
        {
            DiskDeadline.Run(() =>
            {
                if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
                return true;
            }, DiskDeadline.Short);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is half a copy of what is tried elsewhere.
        }
    }

    private static string Sentence(string path, Exception e) =>
        e.Message.Contains(path, StringComparison.Ordinal)
            ? $"{e.Message.TrimEnd('.')}." : $"{path}: {e.Message.TrimEnd('.')}.";
}
