namespace ClusterGd.Core.Faults;

/// <summary>
/// What a network that loses packets does to a message: TCP sends each lost packet again, after a time that doubles
/// with each loss (RFC 6298), and the message has arrived with its last packet.
/// </summary>
internal static class PacketLosses
{
    private const int PacketBytes = 1400, RoundsMax = 8;
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(200);

    /// <summary>That at least one packet of a message is lost.</summary>
    public static double Probability(double loss, int bytes) => 1 - AllArrive(loss, bytes, 1);

    /// <summary>The time by which the last packet of a message is late that has lost at least one.</summary>
    public static TimeSpan Delay(double loss, int bytes, IFaultDraws draws)
    {
        int rounds = 1;
        double before = AllArrive(loss, bytes, 1);
        // Whether all arrive within one more round, if they have not within those before.
        for (; rounds < RoundsMax && before < 1; rounds++)
        {
            double now = AllArrive(loss, bytes, rounds + 1);
            if (draws.Chance((now - before) / (1 - before))) break;
            before = now;
        }
        return s_timeout * ((1 << rounds) - 1);
    }

    /// <summary>That no packet of a message is lost so often.</summary>
    private static double AllArrive(double loss, int bytes, int times)
    {
        double once = 1;
        for (int i = 0; i < times; i++) once *= loss;
        double all = 1;
        for (int packet = 0; packet <= bytes / PacketBytes; packet++) all *= 1 - once;
        return all;
    }
}
