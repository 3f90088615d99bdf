using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Events;

/// <summary>
/// Goes through an epoch as training does, position by position, and marks each row that it comes by. Scratch for one
/// thread.
/// </summary>
internal sealed class RowVisits(TrainingPlan plan)
{
    private readonly bool[] _isVisited = new bool[plan.Shards.RowCount];

    /// <summary>What is wrong with an epoch's order of the rows; null where each comes up once.</summary>
    public string? ProblemOf(int epoch)
    {
        var shards = plan.Shards;
        Array.Clear(_isVisited);
        int visits = 0;
        for (int shard = 0; shard < shards.ShardCount; shard++)
        {
            int start = shards.ShardStart(shard);
            var order = new RowOrder(plan.Job.Seed, epoch, shard, shards.ShardRowCount(shard));
            for (int k = 0; k < shards.StepsPerEpoch; k++)
            {
                var (first, count) = shards.MicroBatch(shard, (long)epoch * shards.StepsPerEpoch + k);
                for (int position = first; position < first + count; position++)
                {
                    int row = start + order[position];
                    if (_isVisited[row]) return $"the order of the rows has row {row} of shard {shard} twice";
                    _isVisited[row] = true;
                    visits++;
                }
            }
        }
        return visits == shards.RowCount ? null : $"the order of the rows has {visits} of {shards.RowCount} rows";
    }
}
