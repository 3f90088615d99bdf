using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// The folder a run leaves: <c>job.yaml</c> (resolved), <c>encoding.json</c>, <c>metrics.jsonl</c>,
/// <c>events.jsonl</c>, <c>order.jsonl</c> of a mode, <c>checkpoints</c>, <c>model.safetensors</c> and its manifest
/// <c>model.json</c>. Each is written whole, but for the lines of metrics, events and order.
/// </summary>
public sealed class RunFolder
{
    public const string JobName = "job.yaml", EncodingName = "encoding.json";
    internal const string MetricsName = "metrics.jsonl", EventsName = "events.jsonl", OrderName = "order.jsonl";
    private const string LockName = "lock";
    private const string ModelName = "model.safetensors", ManifestName = "model.json", CheckpointsName = "checkpoints";
    private readonly string _path;
    private OpenFilePlace? _place;

    private RunFolder(string path)
    {
        _path = path;
        Checkpoints = new CheckpointFolder(() => File(CheckpointsName));
    }

    /// <summary>Absolute. While this process trains in it, where it is by now: a folder may be moved.</summary>
    /// <exception cref="IOException">It was removed.</exception>
    public string Path => _place?.MovedTo() ?? _path;

    public string JobPath => File(JobName);

    public CheckpointFolder Checkpoints { get; }

    /// <summary>What happened in the run, each with its reason.</summary>
    public string EventsPath => File(EventsName);

    /// <summary>In which order the server of a mode applied what its workers sent.</summary>
    public string OrderPath => File(OrderName);

    public string MetricsPath => File(MetricsName);

    public string ModelPath => File(ModelName);

    /// <summary>Where an unexpected failure is written down.</summary>
    public string ErrorLogPath => File("error.log");

    /// <summary>Makes <c>parent/name-yyyyMMdd-HHmmss</c>, with -2, -3, … behind it where that is taken.</summary>
    /// <exception cref="InputException">The folder cannot be made.</exception>
    public static RunFolder Create(string parent, string name, DateTime now)
    {
        return CreateBeside(parent, $"{name}-{now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}");
    }

    /// <summary>Makes <c>parent/name</c>, with -2, -3, … behind it where that is taken.</summary>
    /// <inheritdoc cref="Create"/>
    public static RunFolder CreateBeside(string parent, string name)
    {
        string stem = System.IO.Path.GetFullPath(System.IO.Path.Combine(parent, name));
        for (int i = 1; ; i++)
        {
            if (TryClaim(i == 1 ? stem : $"{stem}-{i}") is { } folder) return folder;
        }
    }

    /// <summary>Makes a folder of the user's choice, which may exist but hold no run.</summary>
    /// <inheritdoc cref="Create"/>
    public static RunFolder CreateAt(string path) =>
        TryClaim(System.IO.Path.GetFullPath(path)) ?? throw Taken(path);

    /// <summary>An existing run's folder.</summary>
    /// <exception cref="InputException">There is no run.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(System.IO.Path.GetFullPath(path));
        if (System.IO.File.Exists(folder.JobPath)) return folder;
        var what = Directory.Exists(path) ? "holds no run (no job.yaml)" : "is no folder";
        throw new InputException($"{path} {what}; name a folder that 'clustergd train' made, such as runs/a9a-….");
    }

    /// <summary>Keeps other processes from training this run too, until it is disposed or the process ends.</summary>
    /// <exception cref="InputException">One does, or the folder cannot be written.</exception>
    public IDisposable Claim()
    {
        try
        {
            var file = new FileStream(File(LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            _place = new OpenFilePlace(file);
            return file;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{Path} cannot be trained in: {problem.Message} If another process trains this run, wait for it.");
        }
    }

    /// <summary>Whether a process trains this run now.</summary>
    public bool IsClaimed
    {
        get
        {
            if (!System.IO.File.Exists(File(LockName))) return false;
            try
            {
                Claim().Dispose();
                return false;
            }
            catch (InputException)
            {
                return true;
            }
        }
    }

    /// <summary>Writes one more file, whole or not at all.</summary>
    public void WriteText(string name, string text) => AtomicFile.Write(File(name), text);

    public string ReadEncoding() => ReadText(EncodingName);

    /// <summary>The step of the last evaluation in the metrics; 0 for none.</summary>
    public long LastMetricsStep => MetricsLog.LastStep(MetricsPath);

    /// <summary>What the folder's model is of, and how its run ended; null where there is none yet.</summary>
    /// <exception cref="InputException">It is damaged.</exception>
    public ModelManifest? TryReadManifest() => System.IO.File.Exists(File(ManifestName)) ? ReadManifest() : null;

    /// <summary>
    /// Writes the parameters and the manifest, both beside their places first, so that a full disk leaves the folder as
    /// it was. If the manifest is there, the model is whole.
    /// </summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public ModelManifest WriteModel(
        Job job, JobTables tables, ImmutableArray<ParameterBlock> blocks, string dataHash, TrainingResult result,
        string? attack = null)
    {
        string hash = ModelHash.Of(result.Parameters);
        var manifest = new ModelManifest
        {
            ModelSha256 = hash,
            Kind = job.Model.Kind,
            ParameterCount = result.Parameters.Length,
            Tensors = [.. blocks.Select(b => new SavedTensor(b.Name, b.Offset, b.Shape))],
            JobHash = JobText.Hash(job, tables),
            DataHash = dataHash,
            End = result.End,
            StopReason = result.StopReason,
            Steps = result.Steps,
            Attack = attack,
            Epochs = result.Epochs,
            KeptStep = result.KeptStep,
            KeptEpoch = result.KeptEpoch,
            TrainLoss = double.IsFinite(result.TrainLoss) ? result.TrainLoss : null,
            Metrics = result.Metrics,
            ValidationMetrics = result.ValidationMetrics,
        };
        string model = ModelPath, manifestPath = File(ManifestName);
        AtomicFile.Prepare(model, file => Safetensors.Write(file, blocks, result.Parameters, hash));
        try
        {
            AtomicFile.Prepare(
                manifestPath, file => JsonSerializer.Serialize(file, manifest, ManifestJson.Default.ModelManifest));
            AtomicFile.Commit(model);
            AtomicFile.Commit(manifestPath);
        }
        catch
        {
            AtomicFile.Discard(model);
            AtomicFile.Discard(manifestPath);
            throw;
        }
        return manifest;
    }

    /// <summary>The model with its manifest, after every check that the two files allow.</summary>
    /// <exception cref="InputException">A file is missing, damaged, or not the other's.</exception>
    public (Safetensors Model, ModelManifest Manifest) ReadModel()
    {
        var manifest = ReadManifest();
        var model = Safetensors.Read(ModelPath);
        var actual = ModelHash.Of(model.Parameters);
        if (actual != manifest.ModelSha256)
        {
            throw new InputException($"{ModelPath} has SHA-256 {actual}, its manifest says {manifest.ModelSha256}; " +
                "the two are of different runs, use another copy or train again.");
        }
        return (model, manifest);
    }

    private ModelManifest ReadManifest()
    {
        var text = ReadText(ManifestName);
        try
        {
            var manifest = JsonSerializer.Deserialize(text, ManifestJson.Default.ModelManifest);
            if (manifest?.Format == Safetensors.FormatName) return manifest;
            throw new InputException($"{File(ManifestName)} has format '{manifest?.Format}', allowed is " +
                $"'{Safetensors.FormatName}'; use the version of clustergd that wrote it.");
        }
        catch (JsonException problem)
        {
            throw new InputException(
                $"{File(ManifestName)} is damaged in line {problem.LineNumber + 1}; use another copy or train again.");
        }
    }

    private static InputException Taken(string path) =>
        new($"{path} already holds a run; name another folder or remove this one.");

    private static RunFolder? TryClaim(string path)
    {
        var folder = new RunFolder(path);
        try
        {
            Directory.CreateDirectory(path);
            // Of two runs that start in one second, the one that creates this file has the folder.
            using var claim = new FileStream(folder.File(MetricsName), FileMode.CreateNew);
            return folder;
        }
        catch (IOException) when (System.IO.File.Exists(folder.File(MetricsName)))
        {
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"The run folder {path} cannot be made: {problem.Message} Name another by --run-dir.");
        }
    }

    private string ReadText(string name)
    {
        try
        {
            return System.IO.File.ReadAllText(File(name));
        }
        catch (FileNotFoundException)
        {
            throw new InputException($"{File(name)} is not there; the run ended before it had a model, train again.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{File(name)} cannot be read: {problem.Message}");
        }
    }

    internal string File(string name) => System.IO.Path.Combine(Path, name);
}
