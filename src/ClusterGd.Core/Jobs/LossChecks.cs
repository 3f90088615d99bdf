using ClusterGd.Core.Data;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>What the loss must have in common with the rest of the job.</summary>
internal static class LossChecks
{
    /// <summary>Class weights need classes. For k-means all of the loss is refused elsewhere.</summary>
    public static void Check(JobNode.Mapping root, Job job, string path, JobProblems problems)
    {
        if (job.Loss.ClassWeights is null || job.Model.Kind == KMeansModel.Kind.Name) return;
        if ((root.Find("loss")?.Value as JobNode.Mapping)?.Find("classWeights") is not { } entry) return;
        if (Losses.Losses.All.FirstOrDefault(k => k.Name == job.Loss.Kind.Kind) is not { } kind) return;
        // Whether a loss has classes depends on none of its options.
        var target = kind.Create(new OptionValues(kind.Options, Component.Of("").Options)).TargetKind;
        if (target is TargetKind.BinaryClass or TargetKind.Class) return;
        problems.Add(entry.Mark, $"loss.classWeights means nothing for loss {kind.Name}, which has no classes; " +
            "remove it, or use logistic, hinge or softmax");
    }
}
