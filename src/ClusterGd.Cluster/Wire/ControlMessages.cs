using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Wire;

/// <summary>
/// A client asks a node to take part in a run. Repeated, and passed on by nodes to those that join later, so it may
/// come any number of times.
/// </summary>
/// <param name="Job">Its canonical text, the data's paths absolute.</param>
/// <param name="NodesHoped">Nodes that are there already, for which the first layout waits a moment.</param>
/// <param name="Client">The observer that gets the result, and where its data plane listens.</param>
public sealed record StartRun(
    ulong RunId, string Job, DataSummary Data, int NodesHoped, string Client, string ClientEndpoint);

/// <summary>A node cannot take part, with one sentence why.</summary>
public sealed record RunRefused(ulong RunId, string Node, string Reason, RefusalKind Kind);

/// <summary>Why a node does not take part.</summary>
public enum RefusalKind
{
    /// <summary>It has another run; once that is over it takes this one.</summary>
    Busy,

    /// <summary>It could not prepare the run, or go on with it. It may succeed another time.</summary>
    Failed,

    /// <summary>It cannot use the job: do not ask it again.</summary>
    Unusable,
}

/// <summary>A node takes part in the run that it is asked to take part in, or prepares to.</summary>
/// <param name="HasBegun">False while it prepares, which may take as long as its data is large.</param>
public sealed record RunTaken(ulong RunId, string Node, bool HasBegun);

/// <summary>
/// A bug has ended the run at a node or at the client: to all nodes that are there, and to the client. A node also
/// sends it to a node that still asks for the run.
/// </summary>
/// <param name="What">A sentence.</param>
/// <param name="Trace">For the log.</param>
public sealed record RunFailed(ulong RunId, string What, string Trace)
{
    /// <summary>A trace may be as deep as the stack.</summary>
    private const int TraceMax = 20_000;

    internal static RunFailed Of(ulong runId, RoleFailedException failure) =>
        new(runId, failure.Message, failure.Trace[..Math.Min(TraceMax, failure.Trace.Length)]);
}

/// <summary>
/// An <see cref="EvaluationPart"/> as bytes: where the tensor plane may not reach the coordinator's node.
/// </summary>
public sealed record EvaluationBytes(byte[] Bytes);

/// <summary>
/// A process tells which one it is and which members of the cluster it does not hear. Sent while there is any doubt.
/// </summary>
/// <param name="Process">Tells it from another process that had the same address before.</param>
/// <param name="Question">The number of a question that is answered by a report; 0 for none.</param>
/// <param name="Answer">The number of the question that this answers; 0 for none.</param>
/// <param name="IsMember">Whether it is a member of a cluster.</param>
public sealed record MemberReport(
    string Node, int Process, long Question, long Answer, bool IsMember, ImmutableArray<string> Unheard);
