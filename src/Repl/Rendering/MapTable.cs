using System.Collections.Immutable;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Values;

namespace Ctrace.Repl.Rendering;

/// <summary>
/// A map with several aggregates, as a table: a column per key and per aggregate, three for <c>stats</c>.
/// Histograms do not fit in a cell: each row's are drawn below the table, under the row's key and the column's name.
/// </summary>
/// <param name="values">Shows values.</param>
internal sealed class MapTable(ValueFormatter values)
{
    private readonly List<string> _names = [];
    private readonly List<List<byte[]>> _cells = [];
    private readonly List<bool> _right = [];
    private readonly ByteWriter _scratch = new();
    private bool _forPeople, _hasOthers;

    /// <summary>Writes the table, cut to so many columns unless that is 0, and an empty line.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="spec">The map.</param>
    /// <param name="rows">Its rows, in order.</param>
    /// <param name="divisor">What numbers are divided by.</param>
    /// <param name="width">Columns of the terminal; 0 for none.</param>
    /// <param name="others">A last row for all that are not shown.</param>
    /// <param name="history">What earlier periods brought, to be drawn behind each row.</param>
    internal void Write(ByteWriter output, MapSpec spec, List<DecodedRow> rows, long divisor, int width, DecodedRow? others = null, Sparklines? history = null)
    {
        if (rows.Count == 0)
            return;
        if (others is not null)
            rows = [.. rows, others];
        _hasOthers = others is not null;
        var shape = spec.Shape!;
        _forPeople = width > 0;
        for (int i = 0; i < shape.Keys.Length; i++)
        {
            int key = i;
            // Keys name things: a number among them is no amount, unless it says what of.
            var measure = Units.Of(shape.KeyNames[i]);
            Add(shape.KeyNames[i], rows.Select(r => r.Keys[key]), measure is Measure.Count ? Measure.Name : measure);
        }

        for (int i = 0; i < shape.Columns.Length; i++)
        {
            int column = i;
            AddColumn(shape.Columns[i].Name, [.. rows.Select(r => ValueFormatter.Divide(r.Values[column], divisor))]);
        }

        if (history is not null)
        {
            _names.Add("");
            _cells.Add(rows.ConvertAll(row => history.Bytes(spec, row)));
            _right.Add(false);
        }

        WriteLines(output, rows.Count, width);
        WriteHistograms(output, shape.Columns, rows, divisor, width);
    }

    private void AddColumn(string name, List<TraceValue> column)
    {
        switch (column[0])
        {
            case HistogramValue:
                break;
            case StatsValue:
                var stats = column.ConvertAll(v => (StatsValue)v);
                Add(name + ".count", stats.Select(s => (TraceValue)new NumberValue((long)s.Count, false)), Measure.Count);
                Add(name + ".avg", stats.Select(s => (TraceValue)new NumberValue(s.Average, s.Signed)), Units.Of(name));
                Add(name + ".total", stats.Select(s => (TraceValue)new NumberValue(s.Total, s.Signed)), Units.Of(name));
                break;
            default:
                Add(name, column, Units.Of(name));
                break;
        }
    }

    private void Add(string name, IEnumerable<TraceValue> column, Measure measure)
    {
        var cells = new List<byte[]>();
        bool right = true;
        foreach (var value in column)
        {
            right &= value is NumberValue or DecimalValue || _hasOthers && value is TextValue && cells.Count > 0;
            cells.Add(_forPeople && value is NumberValue number ? Units.Text(number.Bits, number.Signed, measure) : Text(value));
        }

        _names.Add(name);
        _cells.Add(cells);
        _right.Add(right);
    }

    private byte[] Text(TraceValue value)
    {
        _scratch.Clear();
        values.Write(_scratch, value);
        var raw = _scratch.Written.ToArray();
        _scratch.Clear();
        Cells.WriteOneLine(_scratch, raw);
        return _scratch.Written.ToArray();
    }

    private void WriteLines(ByteWriter output, int rows, int width)
    {
        if (_names.Count == 0)
            return;
        var headers = _names.ConvertAll(System.Text.Encoding.UTF8.GetBytes);
        int[] widths = [.. headers.Select((h, i) => Math.Max(Cells.Width(h), _cells[i].Max(c => Cells.Width(c))))];
        WriteLine(output, headers, widths, width);
        for (int row = 0; row < rows; row++)
            WriteLine(output, _cells.ConvertAll(c => c[row]), widths, width);
        output.Write((byte)'\n');
    }

    private void WriteLine(ByteWriter output, List<byte[]> cells, int[] widths, int width)
    {
        _scratch.Clear();
        for (int i = 0; i < cells.Count; i++)
            Cells.Write(_scratch, cells[i], widths[i], _right[i], i == cells.Count - 1);
        output.Write(Cells.Cut(_scratch.Written, width));
        output.Write((byte)'\n');
    }

    /// <summary>Histograms come behind the table: one column's beside each other where there is room, otherwise row by row.</summary>
    private void WriteHistograms(ByteWriter output, ImmutableArray<MapColumn> columns, List<DecodedRow> rows, long divisor, int width)
    {
        var renderer = new MapRenderer(values);
        var drawn = new HashSet<int>();
        for (int i = 0; i < columns.Length; i++)
            if (width > 0 && !_hasOthers && renderer.WritePanels(output, columns[i].Name, rows, i, divisor, width))
                drawn.Add(i);
        foreach (var row in rows)
        {
            for (int i = 0; i < columns.Length; i++)
            {
                if (drawn.Contains(i) || row.Values[i] is not HistogramValue histogram)
                    continue;
                renderer.WriteName(output, columns[i].Name, row.Keys);
                output.Write(":\n"u8);
                HistogramRenderer.Write(output, (HistogramValue)ValueFormatter.Divide(histogram, divisor));
                output.Write((byte)'\n');
            }
        }
    }
}
