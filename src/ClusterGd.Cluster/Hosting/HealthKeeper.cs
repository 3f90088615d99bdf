namespace ClusterGd.Cluster.Hosting;

/// <summary>Turns what happens in a node into its <see cref="HealthState"/>. Thread-safe.</summary>
internal sealed class HealthKeeper(HealthState state, Func<TimeSpan> now)
{
    public void Joined()
    {
        state.GoOn();
        state.IsServing = true;
    }

    public void Leaves() => state.IsServing = false;

    public void RunBegins() => state.StartRun(0, now());

    public void RunEnds() => state.EndRun();

    /// <summary>Listens to a run's events.</summary>
    public void Note(TrainingEvent happened)
    {
        switch (happened)
        {
            case Progress progress:
                state.Stepped(progress.Step, now());
                break;
            case Waiting waiting:
                state.WaitFor(waiting.What, now());
                break;
        }
    }
}
