using System.Collections.Immutable;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Lowering;

/// <summary>From what a map means to what the kernel has to make and the user gets to see.</summary>
internal static class MapShapes
{
    /// <summary>
    /// Aggregates are kept per CPU, so that no two CPUs ever write the same memory. A map without a key is an array of one,
    /// whose value ends in a word that says whether it was ever set.
    /// </summary>
    public static MapSpec Spec(MapSymbol map, int maxKeys)
    {
        var type = (map.HasKey, map.IsAggregate) switch
        {
            (true, true) when map.KeysPerCpu => BpfMapType.Hash,
            (true, true) => map.DropsOldest ? BpfMapType.LruPerCpuHash : BpfMapType.PerCpuHash,
            (true, false) => map.DropsOldest ? BpfMapType.LruHash : BpfMapType.Hash,
            (false, true) => BpfMapType.PerCpuArray,
            (false, false) => BpfMapType.Array,
        };
        return new MapSpec(map.Name, type, map.HasKey ? map.KeyLayout.Size : 4,
            map.ContentSize + (map.HasKey ? 0 : 8), map.HasKey ? map.DeclaredEntries ?? maxKeys : 1, MapRole.User, Shape(map), map.Span) { IsQuery = map.Query is not null, KeysPerCpu = map.KeysPerCpu, IsPeriodic = map.Query is { EveryNanoseconds: > 0 }, Handler = map.Query?.Handler ?? -1 };
    }

    private static MapShape Shape(MapSymbol map)
    {
        ImmutableArray<MapColumn> columns = map.IsAggregate
            ? [.. map.Aggregates.Select(a => new MapColumn(a.Name, a.Offset, new AggregateContent(a.Definition, a.Parameters, a.Signed)))]
            : [new MapColumn("value", 0, new PlainContent(map.Plain!))];
        var keys = map.HasKey ? map.KeyLayout.Elements : [];
        var names = map.Query?.KeyNames ?? [.. keys.Select((_, index) => $"key{index + 1}")];
        return new MapShape(keys, names, columns, map.HasKey ? -1 : map.ContentSize,
            map.Query?.IsTable ?? false, map.Query?.Top ?? 0, map.Query?.SortColumn ?? 0);
    }
}
