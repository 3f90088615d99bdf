using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ClusterGd.Cluster.Hosting;

/// <summary>The three questions that a node answers over HTTP. Pure.</summary>
public static class HealthAnswers
{
    /// <summary>A run that says nothing and made no step for so long is taken for stalled.</summary>
    public static readonly TimeSpan StallAfter = TimeSpan.FromSeconds(30);

    /// <summary>Names in the sentences stay readable; nothing here becomes part of a web page.</summary>
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="path">/alive, /ready or /training; anything else is answered with 404.</param>
    /// <param name="now">On the clock of the state's times.</param>
    public static HealthAnswer Of(string path, HealthState state, TimeSpan now) => path switch
    {
        "/alive" => Alive(state),
        "/ready" => Ready(state, now),
        "/training" => Training(state, now),
        _ => Answer(404, "unknown", json =>
            json.WriteString("reason", "there is no such path; allowed are /alive, /ready and /training")),
    };

    private static HealthAnswer Alive(HealthState state) => state.IsAlive
        ? Answer(200, "alive")
        : Answer(503, "ended", json => json.WriteString("reason", "the node's actor system is not running"));

    private static HealthAnswer Ready(HealthState state, TimeSpan now)
    {
        if (state is { IsAlive: true, IsServing: true }) return Answer(200, "ready");
        var wait = state.IsServing ? null : state.Wait;   // a serving node's wait is its run's
        return Answer(503, "joining", json => WriteWait(json, wait, "the cluster to take the node in", now));
    }

    private static HealthAnswer Training(HealthState state, TimeSpan now)
    {
        if (!state.IsRunOn) return Answer(200, "idle");
        var (step, progressAt, wait) = (state.Step, state.ProgressAt, state.Wait);
        if (wait is null && now - progressAt > StallAfter) wait = new HealthWait($"step {step + 1}", progressAt);
        return Answer(wait is null ? 200 : 503, wait is null ? "training" : "waiting", json =>
        {
            if (wait is not null) WriteWait(json, wait, "", now);
            json.WriteNumber("step", step);
            json.WriteNumber("secondsSinceStep", Seconds(now - progressAt));
        });
    }

    private static void WriteWait(Utf8JsonWriter json, HealthWait? wait, string otherwise, TimeSpan now)
    {
        if (wait is null)
        {
            json.WriteString("reason", $"waits for {otherwise}");
            return;
        }
        double seconds = Seconds(now - wait.Since);
        json.WriteString("reason", FormattableString.Invariant($"waits for {wait.What} since {seconds:0.#} s"));
        json.WriteNumber("seconds", seconds);
    }

    /// <summary>To the millisecond; the writer's time may be a little ahead of the reader's.</summary>
    private static double Seconds(TimeSpan time) => Math.Max(0, Math.Round(time.TotalSeconds, 3));

    private static HealthAnswer Answer(int status, string word, Action<Utf8JsonWriter>? more = null)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, s_json))
        {
            json.WriteStartObject();
            json.WriteString("status", word);
            more?.Invoke(json);
            json.WriteEndObject();
        }
        body.Write("\n"u8);
        return new HealthAnswer(status, body.WrittenSpan.ToArray());
    }
}
