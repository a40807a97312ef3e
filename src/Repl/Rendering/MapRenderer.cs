using Ctrace.Compiler.Values;
using Ctrace.Repl.Rendering.HeatMaps;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering;

/// <summary>Shows maps as bpftrace does: one line per entry, or a drawing per histogram.</summary>
/// <param name="values">Shows values.</param>
public sealed class MapRenderer(ValueFormatter values)
{
    /// <summary>The last periods of queries, for a terminal; null elsewhere.</summary>
    internal Sparklines? History { get; init; }

    /// <summary>Draws histograms over time; null where they are printed one by one.</summary>
    internal HeatLines? Heat { get; init; }

    /// <summary>Writes a whole map.</summary>
    public void Write(ByteWriter output, MapSnapshot map, int top, long divisor)
    {
        if (Heat?.TryWrite(output, map) == true)
            return;
        var (rows, others) = MapRows.ChooseWithOthers(map, top);
        var history = map.Spec.IsPeriodic ? History : null;
        history?.Add(map);
        if (map.Spec.Shape!.IsTable)
        {
            new MapTable(values).Write(output, map.Spec, rows, divisor, (output as OutputStream)?.Width ?? 0, others, history);
            return;
        }

        if ((output as OutputStream)?.Width is > 0 and var width && WritePanels(output, map.Spec.Name, others is null ? rows : [.. rows, others], 0, divisor, width, others))
            return;
        foreach (var row in rows)
        {
            var value = ValueFormatter.Divide(row.Values[0], divisor);
            WriteName(output, map.Spec.Name, row.Keys);
            output.Write(value is HistogramValue or TimeSeriesValue ? ":\n"u8 : ": "u8);
            values.Write(output, value);
            if (history?.Bytes(map.Spec, row) is { Length: > 0 } drawing)
            {
                output.Write("  "u8);
                output.Write(drawing);
            }

            output.Write((byte)'\n');
        }

        if (others is null)
            return;
        var rest = ValueFormatter.Divide(others.Values[0], divisor);
        values.Write(output, others.Keys[0]);
        output.Write(rest is HistogramValue or TimeSeriesValue ? ":\n"u8 : ": "u8);
        values.Write(output, rest);
        output.Write((byte)'\n');
    }

    /// <summary>Histograms of a few keys stand beside each other on a terminal. False where they are none, or there is no room.</summary>
    internal bool WritePanels(ByteWriter output, string name, List<DecodedRow> rows, int column, long divisor, int width, DecodedRow? others = null)
    {
        if (rows.Count < 2 || !rows.TrueForAll(r => r.Values[column] is HistogramValue))
            return false;
        var panels = rows.ConvertAll(r => (Name: NameOf(r == others ? "" : name, r), Histogram: (HistogramValue)ValueFormatter.Divide(r.Values[column], divisor)));
        if (!HistogramPanels.TryWrite(output, panels, width))
            return false;
        output.Write((byte)'\n');
        return true;
    }

    private byte[] NameOf(string name, DecodedRow row)
    {
        var text = new ByteWriter();
        if (name.Length == 0)
            values.Write(text, row.Keys[0]);
        else
            WriteName(text, name, row.Keys);
        return text.Written.ToArray();
    }

    /// <summary>Writes one entry's value alone; zero where there is no such entry.</summary>
    public void WriteEntry(ByteWriter output, MapSnapshot map)
    {
        var value = EntryValues(map);
        values.Write(output, value.Length == 1 ? value[0] : new TupleValue([.. value]));
        output.Write((byte)'\n');
    }

    /// <summary>The values of the only entry of a snapshot; zeros where there is none.</summary>
    internal static TraceValue[] EntryValues(MapSnapshot map)
    {
        var shape = map.Spec.Shape!;
        return map.Rows.Count > 0
            ? MapRows.Decode(shape, map.Rows[0], map.ProbeNames, map.Seconds).Values
            : [.. shape.Columns.Select(c => MapRows.DecodeColumn(c, new byte[c.Offset + c.Content.Size], map.ProbeNames))];
    }

    /// <summary>Writes <c>@name[key, key]</c>. A tuple that is the whole key looks like several keys.</summary>
    internal void WriteName(ByteWriter output, string name, TraceValue[] keys)
    {
        output.Write(name);
        if (keys.Length == 0)
            return;
        output.Write((byte)'[');
        values.WriteList(output, keys is [TupleValue single] ? single : new TupleValue([.. keys]));
        output.Write((byte)']');
    }
}
