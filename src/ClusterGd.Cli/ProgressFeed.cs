using System.Threading.Channels;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;

namespace ClusterGd.Cli;

/// <summary>
/// Takes the trainer's events from any thread and gives them, in order, to one reader that writes the metrics file and
/// the screen: no training thread ever waits for a terminal.
/// </summary>
internal sealed class ProgressFeed : IAsyncDisposable
{
    // Not bounded: evaluations must all reach the metrics file, and there are few of them beside the steps.
    private readonly Channel<TrainingEvent> _events = Channel.CreateUnbounded<TrainingEvent>(
        new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _reading;

    public ProgressFeed(RunFolder folder, Screen screen) => _reading = Task.Run(() => ReadAsync(folder, screen));

    public void Report(TrainingEvent e) => _events.Writer.TryWrite(e);

    public async ValueTask DisposeAsync()
    {
        _events.Writer.TryComplete();
        await _reading;
    }

    private Task ReadAsync(RunFolder folder, Screen screen) => screen.FollowAsync(async show =>
    {
        await foreach (var e in _events.Reader.ReadAllAsync())
        {
            if (e is Evaluated evaluated) folder.AppendMetrics(evaluated.Evaluation);
            show(e);
        }
    });
}
