using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>Turns a job as written into a <see cref="Job"/>, or into all of its mistakes at once.</summary>
public static class JobReader
{
    /// <param name="problems">What was found wrong before, to which this adds.</param>
    /// <returns>The job with what its file names show filled in; paths as written.</returns>
    /// <exception cref="InputException">Every mistake, one sentence each.</exception>
    public static Job Read(JobNode root, JobTables tables, JobProblems problems)
    {
        var section = new JobSections(tables).Job;
        var job = section.Read(root, "", section.Start, problems);
        problems.ThrowIfAny();
        return job;
    }
}
