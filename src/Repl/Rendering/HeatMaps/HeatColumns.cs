using System.Runtime.InteropServices;
using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering.HeatMaps;

/// <summary>
/// A histogram over time: what was counted in each of many intervals of the same length. When there are too many, two become one, so
/// that a long run takes no more room than a short one.
/// </summary>
public sealed class HeatColumns
{
    /// <summary>A picture shows fewer; an even number.</summary>
    private const int Most = 300;

    private readonly MapColumn _column;
    private readonly int _kept;
    private readonly List<byte[]> _columns = [];
    private byte[] _before;

    /// <summary>For a map.</summary>
    /// <param name="map">One that <see cref="IsHistogram"/>.</param>
    /// <param name="seconds">The length of an interval, to begin with.</param>
    /// <param name="kept">Only the last so many intervals are kept; 0 for the whole run.</param>
    public HeatColumns(MapSpec map, double seconds, int kept = 0)
    {
        (Map, Seconds, _kept) = (map, seconds, kept);
        _column = map.Shape!.Columns[Column(map.Shape)];
        _before = new byte[_column.Content.Size];
    }

    /// <summary>The map.</summary>
    public MapSpec Map { get; }

    /// <summary>What is measured.</summary>
    public string Measure => _column.Name is "value" ? Map.Name : _column.Name;

    /// <summary>The map and what is measured, where that is not the map's name itself.</summary>
    internal string Title => Measure == Map.Name ? Map.Name : $"{Map.Name} {Measure}";

    /// <summary>The length of an interval now.</summary>
    public double Seconds { get; private set; }

    /// <summary>How many intervals there are.</summary>
    public int Count => _columns.Count;

    /// <summary>All intervals together: its buckets are the picture's rows, and none between two is missing.</summary>
    public HistogramValue Whole
    {
        get
        {
            byte[] sum = new byte[_column.Content.Size];
            foreach (byte[] column in _columns)
                Add(sum, column);
            return _column.Content.ToHistogram(sum)!;
        }
    }

    /// <summary>Whether a map can be shown so: it has a histogram, or percentiles.</summary>
    public static bool IsHistogram(MapSpec map) => map is { Role: MapRole.User, Shape: { } shape } && Column(shape) >= 0;

    /// <summary>The program's maps that can be shown.</summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public static IReadOnlyList<MapSpec> Require(TraceProgram program) => program.Maps.Where(IsHistogram).ToList() is { Count: > 0 } maps ? maps
        : throw new RefusedException("--heatmap needs a map of hist(), lhist() or percentiles, and the program has none; such as: span:syscall:read < hist(duration) >");

    /// <summary>What was counted in an interval.</summary>
    public HistogramValue this[int index] => _column.Content.ToHistogram(_columns[index])!;

    /// <summary>Takes an interval's own entries.</summary>
    public void AddPeriod(IEnumerable<MapRow> rows) => Append(Sum(rows));

    /// <summary>Takes what the map has in all; what is more than before came in this interval.</summary>
    public void AddTotal(IEnumerable<MapRow> rows)
    {
        byte[] now = Sum(rows);
        Span<long> current = Words(now), previous = Words(_before);
        byte[] difference = new byte[now.Length];
        var added = Words(difference);
        for (int i = 0; i < current.Length; i++)
        {
            added[i] = current[i] - previous[i];
            // Less than before: the map was cleared in between, and all that it has is new.
            if (added[i] >= 0)
                continue;
            current.CopyTo(added);
            break;
        }

        _before = now;
        Append(difference);
    }

    private static Span<long> Words(byte[] bytes) => MemoryMarshal.Cast<byte, long>(bytes.AsSpan());

    private static int Column(MapShape shape)
    {
        for (int i = 0; i < shape.Columns.Length; i++)
            if (shape.Columns[i].Content.ToHistogram(new byte[shape.Columns[i].Content.Size]) is not null)
                return i;
        return -1;
    }

    private static void Add(byte[] sum, byte[] more)
    {
        Span<long> to = Words(sum), from = Words(more);
        for (int i = 0; i < to.Length; i++)
            to[i] += from[i];
    }

    private byte[] Sum(IEnumerable<MapRow> rows)
    {
        byte[] sum = new byte[_column.Content.Size];
        foreach (var row in rows)
            _column.Content.Merge(sum, row.Value.Span.Slice(_column.Offset, sum.Length));
        return sum;
    }

    private void Append(byte[] column)
    {
        _columns.Add(column);
        if (_kept > 0)
        {
            if (_columns.Count > _kept)
                _columns.RemoveAt(0);
            return;
        }

        if (_columns.Count < Most)
            return;
        for (int i = 0; i < Most / 2; i++)
        {
            Add(_columns[2 * i], _columns[(2 * i) + 1]);
            _columns[i] = _columns[2 * i];
        }

        _columns.RemoveRange(Most / 2, Most / 2);
        Seconds *= 2;
    }
}
