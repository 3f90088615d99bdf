using System.Reflection;
using ClusterGd.Cli.Logging;
using ClusterGd.Cluster.Logging;
using ClusterGd.Data;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Logging;

/// <summary>What logs are searched and alarmed by: ids and names that never change their meaning.</summary>
public class EventIdTests
{
    /// <summary>New events are added; a line here is never changed, and an id never used again.</summary>
    private const string Known = """
        1000 Listens Information
        1001 Joins Information
        1002 Joined Information
        1003 NotJoined Error
        1004 Rejoins Warning
        1005 Leaves Information
        1006 LeavesAtOnce Warning
        1007 Left Information
        1008 Removed Warning
        1020 MemberJoined Information
        1021 MemberGone Information
        1022 MemberSilent Warning
        1023 MemberHeard Information
        1024 MemberDead Warning
        1025 MemberRemoved Warning
        2000 RunPreparing Information
        2001 RowsFetched Information
        2002 RunBegins Information
        2003 RunEnds Information
        2004 RunAbandoned Information
        2005 RunRefused Warning
        2006 RunNotPrepared Error
        2007 PartFailed Error
        2008 PartFailedLate Debug
        2009 RunWaits Information
        2010 NodeTakesPart Information
        2011 NodeRelieved Information
        2012 LayoutPlaced Information
        2013 LayoutPlanned Information
        2014 SliceTakenOver Warning
        2015 CoordinatorPlaced Information
        2016 RunRestarts Warning
        2017 CheckpointDue Debug
        2018 RunStops Information
        2019 Decided Information
        2020 Evaluated Debug
        2021 ClusterFormed Information
        2022 NodesLost Warning
        3000 StrangerRefused Warning
        3001 PeerRefused Warning
        3002 BytesDropped Warning
        3003 RowsNotSent Warning
        3004 ShardDamaged Warning
        3005 PeerUp Debug
        3006 PeerDown Debug
        4000 CheckpointSaved Information
        4001 CheckpointNotSaved Warning
        4002 CheckpointsAgain Warning
        4003 CheckpointSlow Warning
        4004 CheckpointUnfinished Warning
        4010 RecordNotWritten Warning
        4011 RecordWrittenAgain Warning
        4012 RecordMoved Warning
        4013 RecordCut Warning
        4014 RecordIncomplete Warning
        4015 EventLineDamaged Warning
        4020 ModelNowhere Warning
        4021 ModelElsewhere Warning
        5000 CacheFileDamaged Warning
        5001 CacheFileUnreadable Warning
        5002 CacheOff Warning
        6000 ProgramFailed Error
        6001 NodeProcessEnded Warning
        """;

    [Fact]
    public void Ids_OfAllEvents_AreUnique()
    {
        var twice = Events().GroupBy(e => e.Id).Where(same => same.Count() > 1)
            .Select(same => $"{same.Key}: {string.Join(", ", same.Select(e => e.Name))}");
        Assert.Empty(twice);
    }

    [Fact]
    public void Ids_OfAllEvents_MeanWhatTheyMeant() => Assert.Equal(
        Known.ReplaceLineEndings("\n"),
        string.Join('\n', Events().OrderBy(e => e.Id).Select(e => $"{e.Id} {e.Name} {e.Level}")));

    private static List<(int Id, string Name, LogLevel Level)> Events() =>
    [
        .. from assembly in new[] { typeof(CacheLog).Assembly, typeof(StorageLog).Assembly, typeof(CliLog).Assembly }
        from type in assembly.GetTypes()
        from method in type.GetMethods(
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
        where attribute is not null
        select (attribute.EventId, method.Name, attribute.Level),
    ];
}
