using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Faults;

namespace ClusterGd.Cli.Chaos;

/// <summary>The disk that the client of a chaos run writes checkpoints to, with its faults.</summary>
internal sealed class ChaosDisk
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);
    private readonly DiskFaults _faults = new();

    /// <param name="path">Made when it is needed.</param>
    public ChaosDisk(string path) => Folder = new CheckpointFolder(path, _faults);

    public CheckpointFolder Folder { get; }

    /// <summary>Why a damaged checkpoint was not found, or was used; empty where all was as it must.</summary>
    public string Mistake { get; private set; } = "";

    public static bool IsOfDisk(FaultKind kind) => kind is FaultKind.DiskFull or FaultKind.FsyncError
        or FaultKind.SlowDisk or FaultKind.DamagedCheckpoint;

    /// <summary>Has the fault happen until it is over or the run is.</summary>
    /// <returns>Writes or files struck.</returns>
    public async Task<long> StrikeAsync(Fault fault, Action<string> say, CancellationToken cancelled)
    {
        if (fault.Kind == FaultKind.DamagedCheckpoint) return await DamageAsync(say, cancelled);
        long before = _faults.StruckCount;
        _faults.Begin(fault);
        try
        {
            await Task.Delay(fault.For, cancelled);
        }
        catch (OperationCanceledException)
        {
            // What it has struck is told all the same.
        }
        _faults.End(fault);
        return _faults.StruckCount - before;
    }

    /// <summary>
    /// Changes a byte of the newest checkpoint once there is one before it, and looks whether who would resume finds
    /// that, and takes the one before.
    /// </summary>
    private async Task<long> DamageAsync(Action<string> say, CancellationToken cancelled)
    {
        while (Folder.Files.Count < 2) await Task.Delay(s_look, cancelled);
        string newest = Folder.Files[0];
        Damage(newest);
        var told = new List<string>();
        // Another one, as a process that resumes would make: this one knows what it has written.
        var found = new CheckpointFolder(Folder.Path).FindNewest(told.Add);
        foreach (string sentence in told) say(sentence);
        bool isNamed = told.Any(sentence => sentence.StartsWith(newest, StringComparison.Ordinal));
        if (found is not { } used) Mistake = $"{newest} was damaged, and no checkpoint before it was found";
        else if (used.File == newest) Mistake = $"{newest} was damaged, and was used all the same";
        else if (isNamed) say($"{used.File} would be used");
        return 1;
    }

    private static void Damage(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Position = stream.Length / 2;
        int value = stream.ReadByte();
        stream.Position--;
        stream.WriteByte((byte)(value ^ 0x10));
    }
}
