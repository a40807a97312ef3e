using System.Text;
using Ctrace.Compiler;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Repl.Prompting;

/// <summary>The formats in which results are printed.</summary>
internal static class OutputFormats
{
    /// <summary>A sink that writes one of them.</summary>
    internal static IOutputSink CreateSink(ResultFormat format, OutputStream output, Action<string> message, TraceProgram program, Symbolizer symbols)
    {
        var options = new TextSinkOptions { Source = program.Source, Symbols = symbols };
        return format switch
        {
            ResultFormat.Json => new JsonSink(output, message, program.ProbeNames, options),
            ResultFormat.Csv => new CsvSink(output, message, program.ProbeNames, options),
            _ => new TextSink(output, message, program.ProbeNames, options),
        };
    }

    /// <summary>A map as text, without the last line break.</summary>
    internal static string Format(ResultFormat format, MapSnapshot map, int top, int width)
    {
        var output = new ByteWriter(4096);
        var values = new ValueFormatter(new Clock(), map.Symbols);
        switch (format)
        {
            case ResultFormat.Json:
                new JsonMaps(new JsonWriter(values), new JsonWriter(values, namesConstants: true)).Write(output, map, top, 1);
                break;
            case ResultFormat.Csv:
                new CsvWriter(values).Write(output, map, top, 1);
                break;
            case ResultFormat.Table when map.Spec.Shape!.IsTable:
                var (rows, others) = MapRows.ChooseWithOthers(map, top);
                new MapTable(values).Write(output, map.Spec, rows, 1, width, others);
                break;
            default:
                new MapRenderer(values).Write(output, map, top, 1);
                break;
        }

        return Encoding.UTF8.GetString(output.Written).TrimEnd('\n');
    }
}
