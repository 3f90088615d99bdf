using System.Diagnostics;
using System.Globalization;
using ClusterGd.Cluster.Faults;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// The checkpoints of a run. One counts once it is whole on the disk under its own name: it is written to a file of
/// another name, flushed, read again, renamed, and the folder flushed. Not thread-safe.
/// </summary>
/// <param name="path">Where it is now; made when it is needed, in a folder that is there.</param>
/// <param name="faults">What goes wrong with its disk on purpose; null for nothing.</param>
public sealed class CheckpointFolder(Func<string> path, DiskFaults? faults = null)
{
    private const string Prefix = "step-", Suffix = ".ckpt", Temporary = ".tmp";
    private readonly HashSet<string> _durable = new(StringComparer.Ordinal);
    private int _failures;

    public CheckpointFolder(string path, DiskFaults? faults = null)
        : this(() => System.IO.Path.GetFullPath(path), faults)
    {
    }

    /// <exception cref="IOException">The folder it is in was removed.</exception>
    public string Path => path();

    /// <summary>The files, newest first, whatever state they are in.</summary>
    public IReadOnlyList<string> Files => !Directory.Exists(Path) ? [] :
    [
        .. Directory.EnumerateFiles(Path, $"{Prefix}*{Suffix}").Where(file => StepOf(file) >= 0)
            .OrderByDescending(StepOf),
    ];

    /// <summary>The newest whole file.</summary>
    /// <param name="damaged">Told, in a sentence, of each that is passed over.</param>
    /// <param name="stepMax">None of a later step.</param>
    public (string File, CheckpointHeader Header)? FindNewest(Action<string> damaged, long stepMax = long.MaxValue)
    {
        foreach (string file in Files.Where(file => StepOf(file) <= stepMax))
        {
            try
            {
                using var stream = Open(file);
                var header = CheckpointFile.Verify(stream);
                _durable.Add(file);
                return (file, header);
            }
            catch (CheckpointException damage)
            {
                damaged($"{file} is passed over: {damage.Message}.");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                damaged($"{file} is passed over: it cannot be read: {e.Message}");
            }
        }
        return null;
    }

    /// <summary>What a file that was found whole holds.</summary>
    /// <exception cref="InputException">It is of another plan.</exception>
    public static Checkpoint Read(string file, TrainingPlan plan)
    {
        try
        {
            using var stream = Open(file);
            return CheckpointFile.Read(stream, plan);
        }
        catch (CheckpointException misfit)
        {
            throw new InputException($"{file} cannot be used: {misfit.Message}; train again.");
        }
    }

    /// <summary>Writes a checkpoint and returns once it is durable, then deletes those that are too many.</summary>
    /// <param name="keep">Newest ones kept; ≥ 1.</param>
    /// <exception cref="IOException">It is not on the disk; those before are as they were.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public void Write(CheckpointHeader header, Checkpoint checkpoint, int keep)
    {
        MakeFolder();
        string name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{header.Step:D12}{Suffix}");
        string whole = System.IO.Path.Combine(Path, name);
        string temporary = NewTemporary(name);
        try
        {
            long begin = Stopwatch.GetTimestamp();
            WriteDurably(temporary, header, checkpoint);
            faults?.Slow(begin);
            File.Move(temporary, whole, overwrite: true);
        }
        catch
        {
            _failures++;
            TryDelete(temporary);
            throw;
        }
        faults?.Flush(Path);
        Durable.FlushFolder(Path);
        _durable.Add(whole);
        Prune(keep);
    }

    /// <summary>A run folder that was removed is not made again by its checkpoints.</summary>
    private void MakeFolder()
    {
        string folder = Path, parent = System.IO.Path.GetDirectoryName(folder) ?? folder;
        if (!Directory.Exists(parent)) throw new DirectoryNotFoundException($"{parent} is not there any more.");
        Directory.CreateDirectory(folder);
    }

    /// <summary>The step in a file's name; -1 where it is none of a checkpoint.</summary>
    public static long StepOf(string file)
    {
        string name = System.IO.Path.GetFileName(file);
        return name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal)
            && long.TryParse(
                name.AsSpan()[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture,
                out long step) ? step : -1;
    }

    /// <summary>
    /// A new name after every failure, since a file that could not be flushed once can be trusted no more, and beside
    /// what a killed process has left.
    /// </summary>
    private string NewTemporary(string name)
    {
        for (int i = _failures; ; i++)
        {
            string file = System.IO.Path.Combine(Path, $".{name}.{i}{Temporary}");
            if (!File.Exists(file)) return file;
        }
    }

    private static FileStream Open(string file) => new(
        file, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, BufferSize = 0 });

    private void WriteDurably(string temporary, CheckpointHeader header, Checkpoint checkpoint)
    {
        faults?.Write(temporary);
        using var file = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0,
        });
        CheckpointFile.Write(file, header, checkpoint);
        faults?.Flush(temporary);
        Durable.Flush(file);
        try
        {
            CheckpointFile.Verify(file);
        }
        catch (CheckpointException damage)
        {
            throw new IOException($"{temporary} was read back with other bytes than were written: {damage.Message}");
        }
    }

    /// <summary>
    /// Deletes what has enough files behind it that are known to be whole, and what a killed process left half done.
    /// </summary>
    private void Prune(int keep)
    {
        foreach (string file in Files.SkipWhile(file => !_durable.Contains(file) || --keep > 0).Skip(1))
        {
            TryDelete(file);
            _durable.Remove(file);
        }
        foreach (string file in Directory.EnumerateFiles(Path, $".{Prefix}*{Temporary}")) TryDelete(file);
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It takes up room; the next one tries again.
        }
    }
}
