using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// What happened, one line an event, for a person who replays a failing seed. Where nobody wants it, no text is made.
/// </summary>
internal sealed class SimulationTrace(VirtualTime time, bool isOn)
{
    private readonly List<string> _lines = [];

    public bool IsOn => isOn;

    public IReadOnlyList<string> Lines => _lines;

    public void Note([InterpolatedStringHandlerArgument("")] in TraceText what)
    {
        if (isOn) Add(what.Text);
    }

    public void Add(string? what)
    {
        if (!isOn) return;
        _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{time.Now.TotalMilliseconds,8:F0} ms  {what}"));
    }

    /// <summary>The text, or null where nobody wants it.</summary>
    public string? Text([InterpolatedStringHandlerArgument("")] in TraceText what) => isOn ? what.Text : null;
}

/// <summary>An interpolated text that is only put together where it is wanted.</summary>
[InterpolatedStringHandler]
internal readonly ref struct TraceText
{
    private readonly StringBuilder? _text;

    public TraceText(int literalLength, int formattedCount, SimulationTrace trace, out bool isWanted)
    {
        isWanted = trace.IsOn;
        _text = isWanted ? new StringBuilder(literalLength + 8 * formattedCount) : null;
    }

    public string Text => _text?.ToString() ?? "";

    public void AppendLiteral(string text) => _text!.Append(text);

    public void AppendFormatted<T>(T value) => _text!.Append(CultureInfo.InvariantCulture, $"{value}");

    public void AppendFormatted<T>(T value, string format) where T : IFormattable =>
        _text!.Append(value.ToString(format, CultureInfo.InvariantCulture));
}
