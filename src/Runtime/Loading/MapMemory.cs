using System.Collections.Immutable;
using System.Globalization;
using Ctrace.Compiler.Layouts;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Loading;

/// <summary>How much of the kernel's memory maps take as soon as they are created.</summary>
internal static class MapMemory
{
    /// <summary>What nobody need be told.</summary>
    private const long Usual = 256L << 20;

    /// <summary>What the kernel's hash tables need for an entry besides its key and value, and for its bucket.</summary>
    private const int EntryOverhead = 64;

    /// <summary>Bytes that a map takes at once; those that grow take theirs later.</summary>
    public static long Of(MapSpec spec, int cpus)
    {
        long value = (spec.ValueSize + 7L) & ~7L, entries = Math.Max(1, spec.MaxEntries);
        if (spec.IsPerCpu)
            value *= cpus;
        return spec.Type switch
        {
            BpfMapType.RingBuffer => spec.MaxEntries,
            BpfMapType.PerfEventArray => 0,
            _ when spec.Grows => 0,
            BpfMapType.Array or BpfMapType.PerCpuArray => entries * value,
            _ => entries * (spec.KeySize + EntryOverhead + value),
        };
    }

    /// <summary>A line for the user where the maps take much; null where they don't.</summary>
    public static string? Note(ImmutableArray<MapSpec> maps) => Note(maps, Cpus.Possible);

    /// <summary>The same for a machine with so many CPUs.</summary>
    public static string? Note(ImmutableArray<MapSpec> maps, int cpus)
    {
        // Two maps of the kernel's may be one of the user's: the larger one is named.
        long total = maps.Sum(m => Of(m, cpus));
        if (total <= Usual)
            return null;
        var largest = maps.MaxBy(m => Of(m, cpus))!;
        string name = largest.Role is MapRole.User or MapRole.ShortKeys or MapRole.Twin ? largest.Name : $"the {largest.Name} map";
        string help = largest.Role == MapRole.Events ? "lower CTRACE_EVENT_BUFFER"
            : $"for less, lower CTRACE_MAX_MAP_KEYS, or say how many keys it has: let {name} = hash(1000)";
        return string.Create(CultureInfo.InvariantCulture,
            $"the maps take {Size(total)} of memory, most of it {name}: {Size(Of(largest, cpus))} for {largest.MaxEntries:N0} {(largest.Type == BpfMapType.RingBuffer ? "bytes" : "entries")}{(largest.IsPerCpu ? $" on {cpus} CPUs" : "")}; {help}");
    }

    private static string Size(long bytes) => bytes >= 1L << 30
        ? (bytes / (double)(1L << 30)).ToString("0.0", CultureInfo.InvariantCulture) + " GiB" : $"{bytes >> 20} MiB";
}
