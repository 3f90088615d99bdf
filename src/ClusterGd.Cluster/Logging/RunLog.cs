using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Logging;

/// <summary>What a process tells of a run: event ids 2000 to 2099. An id never changes its meaning.</summary>
internal static partial class RunLog
{
    public const string Category = "ClusterGd.Run";

    [LoggerMessage(2000, LogLevel.Information, "run {Run} for {Client}: preparing")]
    public static partial void RunPreparing(this ILogger log, string run, string client);

    [LoggerMessage(2001, LogLevel.Information,
        "run {Run} fetches its shards from {Address}, since the data is not here: {Reason}")]
    public static partial void RowsFetched(this ILogger log, string run, string address, string reason);

    [LoggerMessage(2002, LogLevel.Information, "run {Run} begins: job {Job}, {Steps} steps, {Shards} shards")]
    public static partial void RunBegins(this ILogger log, string run, string job, long steps, int shards);

    [LoggerMessage(2003, LogLevel.Information,
        "run {Run} is over: {Reason}; last step {Step}; longest step {LongestStepSeconds:F3} s")]
    public static partial void RunEnds(
        this ILogger log, string run, string reason, long step, double longestStepSeconds);

    [LoggerMessage(2004, LogLevel.Information, "run {Run} is not prepared any more: {Reason}")]
    public static partial void RunAbandoned(this ILogger log, string run, string reason);

    [LoggerMessage(2005, LogLevel.Warning, "run {Run} is refused: {Reason}")]
    public static partial void RunRefused(this ILogger log, string run, string reason);

    [LoggerMessage(2006, LogLevel.Error, "run {Run} cannot be prepared here")]
    public static partial void RunNotPrepared(this ILogger log, Exception failure, string run);

    [LoggerMessage(2007, LogLevel.Error, "run {Run} failed after step {Step} in {Part}")]
    public static partial void PartFailed(this ILogger log, Exception failure, string run, long step, string part);

    [LoggerMessage(2008, LogLevel.Debug, "run {Run}: {Part} failed after the run had ended")]
    public static partial void PartFailedLate(this ILogger log, Exception failure, string run, string part);

    [LoggerMessage(2009, LogLevel.Information, "run {Run} waits for {What} since {Seconds:F1} s")]
    public static partial void RunWaits(this ILogger log, string run, string what, double seconds);

    [LoggerMessage(2010, LogLevel.Information, "run {Run} step {Step}: {Member} takes part: {Reason}")]
    public static partial void NodeTakesPart(this ILogger log, string run, long step, string member, string reason);

    [LoggerMessage(2011, LogLevel.Information, "run {Run} step {Step}: {Member} takes no part any more: {Reason}")]
    public static partial void NodeRelieved(this ILogger log, string run, long step, string member, string reason);

    [LoggerMessage(2012, LogLevel.Information, "run {Run} step {Step}: layout: {Layout}")]
    public static partial void LayoutPlaced(this ILogger log, string run, long step, string layout);

    [LoggerMessage(2013, LogLevel.Information, "run {Run} step {Step}: next layout: {Layout}")]
    public static partial void LayoutPlanned(this ILogger log, string run, long step, string layout);

    [LoggerMessage(2014, LogLevel.Warning, "run {Run} step {Step}: {Member} takes over: {Reason}")]
    public static partial void SliceTakenOver(this ILogger log, string run, long step, string member, string reason);

    [LoggerMessage(2015, LogLevel.Information, "run {Run} step {Step}: {Member} is coordinator")]
    public static partial void CoordinatorPlaced(this ILogger log, string run, long step, string member);

    [LoggerMessage(2016, LogLevel.Warning, "run {Run} step {Step}: {Reason}")]
    public static partial void RunRestarts(this ILogger log, string run, long step, string reason);

    [LoggerMessage(2017, LogLevel.Debug, "run {Run} step {Step}: {Reason}")]
    public static partial void CheckpointDue(this ILogger log, string run, long step, string reason);

    [LoggerMessage(2018, LogLevel.Information, "run {Run} step {Step}: stops: {Reason}")]
    public static partial void RunStops(this ILogger log, string run, long step, string reason);

    [LoggerMessage(2019, LogLevel.Information, "run {Run} step {Step}: {Decision}")]
    public static partial void Decided(this ILogger log, string run, long step, string decision);

    [LoggerMessage(2020, LogLevel.Debug, "run {Run} step {Step}: train loss {TrainLoss:G9}")]
    public static partial void Evaluated(this ILogger log, string run, long step, double trainLoss);

    [LoggerMessage(2021, LogLevel.Information, "{Nodes} nodes form the cluster after {Seconds:F2} s")]
    public static partial void ClusterFormed(this ILogger log, int nodes, double seconds);

    [LoggerMessage(2022, LogLevel.Warning,
        "all nodes are gone; looks for one at {Addresses}, and goes on from {Start}")]
    public static partial void NodesLost(this ILogger log, string addresses, string start);
}
