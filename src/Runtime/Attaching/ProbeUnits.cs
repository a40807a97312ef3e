using System.Globalization;

namespace Ctrace.Runtime.Attaching;

/// <summary>The kernel's units for dynamic probes: their numbers are in sysfs.</summary>
/// <param name="Type">perf_event_attr.type.</param>
/// <param name="ReturnBit">The bit of perf_event_attr.config that asks for the return.</param>
internal sealed record ProbeUnits(uint Type, ulong ReturnBit)
{
    private static readonly Lazy<ProbeUnits?> KernelUnit = new(() => Read("kprobe")), UserUnit = new(() => Read("uprobe"));

    /// <summary>For kernel functions; null where there is none.</summary>
    public static ProbeUnits? Kprobe => KernelUnit.Value;

    /// <summary>For functions of processes; null where there is none.</summary>
    public static ProbeUnits? Uprobe => UserUnit.Value;

    private static ProbeUnits? Read(string name)
    {
        string folder = $"/sys/bus/event_source/devices/{name}";
        if (!uint.TryParse(ReadText($"{folder}/type"), CultureInfo.InvariantCulture, out uint type))
            return null;
        // "config:0" is the usual answer.
        string format = ReadText($"{folder}/format/retprobe") ?? "";
        int bit = int.TryParse(format[(format.IndexOf(':') + 1)..], CultureInfo.InvariantCulture, out int known) ? known : 0;
        return new ProbeUnits(type, 1UL << bit);
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
