using System.Globalization;

namespace Ctrace.Runtime.Sys;

/// <summary>The machine's CPUs, as the kernel counts them.</summary>
internal static class Cpus
{
    private const string Folder = "/sys/devices/system/cpu/";

    /// <summary>CPUs that may ever be there: a per-CPU map has a value for each.</summary>
    public static int Possible { get; } = Read("possible") is [.., var last] ? last + 1 : Environment.ProcessorCount;

    /// <summary>The numbers of those that run now.</summary>
    public static IReadOnlyList<int> Online() =>
        Read("online") is { Count: > 0 } list ? list : [.. Enumerable.Range(0, Environment.ProcessorCount)];

    /// <summary>Parses a list such as <c>0-3,8</c>.</summary>
    internal static List<int> Parse(ReadOnlySpan<char> text)
    {
        var list = new List<int>();
        foreach (var part in text.Trim().Split(','))
        {
            var range = text.Trim()[part];
            int dash = range.IndexOf('-');
            if (range.IsEmpty)
                continue;
            int first = int.Parse(dash < 0 ? range : range[..dash], CultureInfo.InvariantCulture);
            int last = dash < 0 ? first : int.Parse(range[(dash + 1)..], CultureInfo.InvariantCulture);
            for (int cpu = first; cpu <= last; cpu++)
                list.Add(cpu);
        }

        return list;
    }

    private static List<int> Read(string name)
    {
        try
        {
            return Parse(File.ReadAllText(Folder + name));
        }
        catch (IOException)
        {
            return [];
        }
    }
}
