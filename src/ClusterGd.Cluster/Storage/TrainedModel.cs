using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using ClusterGd.Data;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Cluster.Storage;

/// <summary>A model as a run left it, ready to compute with: all that a run's folder holds of it.</summary>
public sealed record TrainedModel
{
    public required Job Job { get; init; }

    public required DataEncoding Encoding { get; init; }

    public required Loss Loss { get; init; }

    public required Model Model { get; init; }

    public required float[] Parameters { get; init; }

    public required ModelManifest Manifest { get; init; }

    /// <summary>Reads a run's folder and rebuilds the model from its job and the shape of its data.</summary>
    /// <exception cref="InputException">A file is missing or damaged, or the files do not belong together.</exception>
    public static TrainedModel Load(RunFolder folder)
    {
        var job = JobFile.Read(folder.JobPath, [], JobTables.All);
        var encoding = DataEncoding.FromJson(folder.ReadEncoding());
        var (saved, manifest) = folder.ReadModel();
        var jobHash = JobText.Hash(job, JobTables.All);
        if (jobHash != manifest.JobHash)
        {
            throw new InputException($"{folder.JobPath} has job hash {jobHash}, the model was trained by " +
                $"{manifest.JobHash}; put the run's own job.yaml back.");
        }
        var (loss, model) = Build(job, encoding.Schema);
        bool isSame = saved.Tensors.Length == model.Blocks.Length
            && saved.Tensors.Zip(model.Blocks).All(pair => pair.First.IsBlock(pair.Second));
        if (!isSame)
        {
            var wanted = model.Blocks.Select(b => new SavedTensor(b.Name, b.Offset, b.Shape));
            throw new InputException(
                $"{folder.ModelPath} has tensors {Shown(saved.Tensors)}, the run's job makes {Shown(wanted)}; " +
                "the files are of different runs.");
        }
        return new TrainedModel
        {
            Job = job,
            Encoding = encoding,
            Loss = loss,
            Model = model,
            Parameters = saved.Parameters,
            Manifest = manifest,
        };
    }

    /// <summary>The loss and the model that a job means for data of this shape.</summary>
    /// <exception cref="InputException">The model does not fit the data or the loss.</exception>
    public static (Loss Loss, Model Model) Build(Job job, DataSchema schema)
    {
        var loss = job.Loss.Kind.Create(Losses.All);
        return (loss, job.Model.Create(Models.All)(schema, loss));
    }

    private static string Shown(IEnumerable<SavedTensor> tensors) =>
        string.Join(", ", tensors.Select(t => $"{t.Name} [{string.Join(", ", t.Shape)}]"));
}
