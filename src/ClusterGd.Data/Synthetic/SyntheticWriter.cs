using System.Globalization;
using System.Text;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Data.Synthetic;

/// <summary>
/// Makes rows one at a time, each from its number alone: (seed, purpose, row, feature) names every random number, and
/// nothing but + - * / and square roots of doubles follows, so the text is the same on every machine.
/// </summary>
internal sealed class SyntheticWriter
{
    private const int VectorDetail = 0, FeatureDetail = 1, NoiseDetail = 2, PlaceDetail = 3, ClassDetail = 4;
    private const int FlushBytes = 64 * 1024;

    private readonly SyntheticSpec _spec;
    private readonly Stream _stream;
    private readonly bool _isCsv;
    private readonly float[] _vectors;
    private readonly int _stored;
    private readonly int[] _columns;
    private readonly double[] _values;
    private readonly double[] _scores;
    private byte[] _buffer = new byte[2 * FlushBytes];
    private int _length;

    public SyntheticWriter(SyntheticSpec spec, Stream stream, bool isCsv)
    {
        _spec = spec;
        _stream = stream;
        _isCsv = isCsv;
        _stored = Math.Clamp((int)Math.Round(spec.Density * spec.Features), 1, spec.Features);
        _columns = new int[_stored];
        _values = new double[_stored];
        _scores = new double[VectorsOf(spec)];
        _vectors = new float[_scores.Length * spec.Features];
        for (int v = 0; v < _scores.Length; v++)
        {
            for (int f = 0; f < spec.Features; f++) _vectors[v * spec.Features + f] = (float)Normal(VectorDetail, v, f);
        }
    }

    /// <summary>Weight vectors or centres of a kind.</summary>
    public static int VectorsOf(SyntheticSpec spec) => spec.Kind is "softmax" or "clusters" ? spec.Classes : 1;

    public void Write()
    {
        if (_isCsv) WriteHeader();
        for (long row = 0; row < _spec.Rows; row++)
        {
            double target = _spec.Kind == "clusters" ? MakePoint(row) : MakeScored(row);
            if (_isCsv) WriteCsv(target);
            else WriteLibSvm(target);
            if (_length >= FlushBytes) Flush();
        }
        Flush();
    }

    private double MakePoint(long row)
    {
        uint word = Draw.Block(_spec.Seed, DrawPurpose.Synthetic, ClassDetail, row, 0, 0).A;
        int label = (int)((ulong)word * (uint)_spec.Classes >> 32);
        for (int k = 0; k < _stored; k++)
        {
            _columns[k] = Place(row, k);
            double centre = _vectors[label * _spec.Features + _columns[k]];
            _values[k] = Rounded(centre + _spec.Noise * Normal(FeatureDetail, row, k));
        }
        return label;
    }

    private double MakeScored(long row)
    {
        Array.Clear(_scores);
        for (int k = 0; k < _stored; k++)
        {
            _columns[k] = Place(row, k);
            _values[k] = Rounded(Normal(FeatureDetail, row, k));
            for (int v = 0; v < _scores.Length; v++)
            {
                _scores[v] += _vectors[v * _spec.Features + _columns[k]] * _values[k];
            }
        }
        double scale = 1 / Math.Sqrt(_stored);
        int largest = 0;
        for (int v = 0; v < _scores.Length; v++)
        {
            _scores[v] = _scores[v] * scale + _spec.Noise * Normal(NoiseDetail, row, v);
            if (_scores[v] > _scores[largest]) largest = v;
        }
        return _spec.Kind switch
        {
            "linear" => Rounded(_scores[0]),
            "logistic" => _scores[0] > 0 ? 1 : -1,
            _ => largest,
        };
    }

    /// <summary>The k-th stored feature of a row: one from each of even parts, so they ascend and never meet.</summary>
    private int Place(long row, int k)
    {
        if (_stored == _spec.Features) return k;
        long start = (long)k * _spec.Features / _stored, end = (long)(k + 1) * _spec.Features / _stored;
        uint word = Draw.Block(_spec.Seed, DrawPurpose.Synthetic, PlaceDetail, row, 0, (uint)k).A;
        return (int)(start + (long)((ulong)word * (ulong)(end - start) >> 32));
    }

    /// <summary>
    /// Mean 0, deviation 1 and nearly normal: the sum of eight uniform 16-bit numbers. The usual ways need a logarithm,
    /// whose last bit differs between machines.
    /// </summary>
    private double Normal(int detail, long row, int index)
    {
        var (a, b, c, d) = Draw.Block(_spec.Seed, DrawPurpose.Synthetic, detail, row, 0, (uint)index);
        long sum = (a & 0xFFFF) + (a >> 16) + (b & 0xFFFF) + (b >> 16)
            + (c & 0xFFFF) + (c >> 16) + (d & 0xFFFF) + (d >> 16);
        return (sum - 4 * 65_535) / Math.Sqrt(8 * (65_536.0 * 65_536.0 - 1) / 12);
    }

    /// <summary>Four decimals are enough, and what is written is then what was used.</summary>
    private static double Rounded(double value) => Math.Round(value * 10_000) / 10_000;

    private void WriteHeader()
    {
        for (int f = 0; f < _spec.Features; f++) Append(string.Create(CultureInfo.InvariantCulture, $"x{f},"));
        Append("target\n");
    }

    private void WriteCsv(double target)
    {
        int k = 0;
        for (int f = 0; f < _spec.Features; f++)
        {
            Append(k < _stored && _columns[k] == f ? _values[k++] : 0);
            Append(",");
        }
        Append(target);
        Append("\n");
    }

    private void WriteLibSvm(double target)
    {
        Append(target);
        for (int k = 0; k < _stored; k++)
        {
            Append(" ");
            Append(_columns[k] + 1);
            Append(":");
            Append(_values[k]);
        }
        Append("\n");
    }

    private void Append(double number)
    {
        // -0 would be written with its sign.
        if (number == 0) number = 0;
        int written;
        while (!number.TryFormat(_buffer.AsSpan(_length), out written, "R", CultureInfo.InvariantCulture)) Grow();
        _length += written;
    }

    private void Append(string text)
    {
        while (_buffer.Length - _length < text.Length) Grow();
        _length += Encoding.ASCII.GetBytes(text, _buffer.AsSpan(_length));
    }

    private void Grow()
    {
        if (_length >= FlushBytes) Flush();
        else Array.Resize(ref _buffer, _buffer.Length * 2);
    }

    private void Flush()
    {
        _stream.Write(_buffer, 0, _length);
        _length = 0;
    }
}
