using System.Text;
using Ctrace.Compiler.Catalog.Aggregations;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering;

/// <summary>Maps as JSON documents: <c>map</c>, <c>stats</c> and <c>hist</c> as bpftrace's, <c>table</c> for several aggregates.</summary>
/// <param name="json">Writes values.</param>
/// <param name="tables">Writes the values of tables.</param>
internal sealed class JsonMaps(JsonWriter json, JsonWriter tables)
{
    /// <summary>Writes a map's document, without its line break. False where there is nothing to show.</summary>
    internal bool Write(ByteWriter output, MapSnapshot map, int top, long divisor)
    {
        var shape = map.Spec.Shape!;
        var rows = MapRows.Choose(map, top);
        if (rows.Count == 0)
            return false;
        output.Write("{\"type\": \""u8);
        output.Write(Kind(shape, rows));
        output.Write("\", \"data\": {"u8);
        JsonWriter.WriteText(output, map.Spec.Name);
        output.Write(": "u8);
        if (shape.IsTable)
            WriteTable(output, shape, rows, divisor);
        else if (shape.Keys.IsEmpty)
            json.Write(output, ValueFormatter.Divide(rows[0].Values[0], divisor));
        else
            WriteEntries(output, rows, divisor);
        output.Write("}}"u8);
        return true;
    }

    private static string Kind(MapShape shape, List<DecodedRow> rows) =>
        shape.IsTable ? "table"
        : rows[0].Values[0] is HistogramValue ? "hist"
        : rows[0].Values[0] is TimeSeriesValue ? "tseries"
        : shape.Columns[0].Content is AggregateContent { Definition.Name: "avg" or "stats" } ? "stats"
        : "map";

    private void WriteEntries(ByteWriter output, List<DecodedRow> rows, long divisor)
    {
        output.Write((byte)'{');
        for (int i = 0; i < rows.Count; i++)
        {
            if (i > 0)
                output.Write(", "u8);
            json.WriteKey(output, rows[i].Keys);
            output.Write(": "u8);
            json.Write(output, ValueFormatter.Divide(rows[i].Values[0], divisor));
        }

        output.Write((byte)'}');
    }

    /// <summary>An array with an object for each row: keys, then aggregates, by their columns' names.</summary>
    private void WriteTable(ByteWriter output, MapShape shape, List<DecodedRow> rows, long divisor)
    {
        byte[][] names = [.. shape.KeyNames.Concat(shape.Columns.Select(c => c.Name)).Select(Encoding.UTF8.GetBytes)];
        output.Write((byte)'[');
        for (int row = 0; row < rows.Count; row++)
        {
            output.Write(row > 0 ? ",{"u8 : "{"u8);
            for (int i = 0; i < names.Length; i++)
            {
                if (i > 0)
                    output.Write(", "u8);
                JsonWriter.WriteText(output, names[i]);
                output.Write(": "u8);
                int column = i - shape.Keys.Length;
                tables.Write(output, column < 0 ? rows[row].Keys[i] : ValueFormatter.Divide(rows[row].Values[column], divisor));
            }

            output.Write((byte)'}');
        }

        output.Write((byte)']');
    }
}
