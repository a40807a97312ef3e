using System.Collections.Immutable;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Binding;

/// <summary>Maps of other programs that run already. Their bytes are laid out: a program can use them as they are, or not at all.</summary>
internal static class LivingMap
{
    /// <summary>What a map holds, from how it was laid out.</summary>
    public static MapSymbol Symbol(MapSpec spec)
    {
        var shape = spec.Shape!;
        // The key's parts lie in memory in another order than they are written, but are listed as written.
        return new MapSymbol(spec.Name, default)
        {
            Living = spec,
            Keys = [.. shape.Keys.Select(k => k.Type)],
            Plain = shape.Columns is [{ Content: PlainContent plain }] ? plain.Type : null,
            Aggregates = [.. shape.Columns.Where(c => c.Content is AggregateContent).Select(Column)],
            Query = spec.IsQuery ? new BoundQuery(shape.KeyNames, shape.Top, shape.SortColumn, 0, shape.IsTable, -1) : null,
        };
    }

    /// <summary>Reports a map that this program would need to be laid out in another way than it is.</summary>
    public static void Check(MapSymbol map, DiagnosticBag diagnostics)
    {
        map.KeysPerCpu = map.Living!.KeysPerCpu;
        var wanted = MapShapes.Spec(map, map.Living!.MaxEntries);
        bool same = wanted.Type == map.Living.Type && wanted.KeySize == map.Living.KeySize && wanted.ValueSize == map.Living.ValueSize
            && wanted.Shape!.Keys.SequenceEqual(map.Living.Shape!.Keys)
            && wanted.Shape.Columns.Select(Content).SequenceEqual(map.Living.Shape.Columns.Select(Content));
        if (same && map.Living.KeysPerCpu && (map.IsLookedUp || map.IsRead))
            diagnostics.ReportUnsupported(map.Span, $"removing or asking for entries of {map.Name}, which another program made,");
        if (same && map.Living.Twin is not null && (map.IsLookedUp || map.IsRead))
            diagnostics.ReportUnsupported(map.Span, $"asking for entries of {map.Name}, which another program shows period by period,");
        if (!same)
            diagnostics.ReportLivingMap(map.Span, map.Name, Describe(Symbol(map.Living)), Describe(map));
    }

    private static (int, ColumnContent) Content(MapColumn column) => (column.Offset, column.Content);

    private static AggregateColumn Column(MapColumn column)
    {
        var content = (AggregateContent)column.Content;
        return new AggregateColumn(column.Name, content.Definition, content.Parameters, content.Signed, column.Offset);
    }

    private static string Describe(MapSymbol map) =>
        $"{(map.HasKey ? $"the key [{string.Join(", ", map.Keys!.Value.Select(k => k.Name))}]" : "no key")} and {map.ValueName}";
}
