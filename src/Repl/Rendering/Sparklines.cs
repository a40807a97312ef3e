using System.Text;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering;

/// <summary>What the last periods of a query brought for each key, as a small drawing behind its row: ▁▁▂▇▃.</summary>
/// <param name="isUnicode">Whether the terminal can show blocks; otherwise characters of different weight serve.</param>
internal sealed class Sparklines(bool isUnicode)
{
    /// <summary>How many periods are drawn.</summary>
    internal const int Periods = 16;

    private const string Blocks = "▁▂▃▄▅▆▇█", Weights = "_.-=+*#@";

    private readonly Dictionary<string, Map> _maps = [];

    /// <summary>For the terminal that the environment describes.</summary>
    internal static Sparklines ForTerminal() => new(IsUnicode());

    /// <summary>Whether the environment says that the terminal takes UTF-8.</summary>
    internal static bool IsUnicode()
    {
        string? language = new[] { "LC_ALL", "LC_CTYPE", "LANG" }.Select(Environment.GetEnvironmentVariable).FirstOrDefault(v => !string.IsNullOrEmpty(v));
        return language?.Contains("UTF", StringComparison.OrdinalIgnoreCase) ?? false;
    }

    /// <summary>Takes in what a period brought: all of it, as other keys may be shown next time. A key that is not there had nothing.</summary>
    internal void Add(MapSnapshot snapshot)
    {
        if (!_maps.TryGetValue(snapshot.Spec.Name, out var map))
            _maps[snapshot.Spec.Name] = map = new Map();
        map.Periods = Math.Min(map.Periods + 1, Periods);
        foreach (var history in map.Histories.Values)
        {
            if (history.Count == Periods)
                history.RemoveAt(0);
            history.Add(0);
        }

        foreach (var entry in snapshot.Rows)
        {
            var row = MapRows.Decode(snapshot.Spec.Shape!, entry, snapshot.ProbeNames, snapshot.Seconds);
            if (Amount(row) is not { } amount)
                continue;
            if (!map.Histories.TryGetValue(Key(row), out var history))
                map.Histories[Key(row)] = history = [.. Enumerable.Repeat(0.0, map.Periods)];
            history[^1] = amount;
        }

        // Keys that brought nothing for so long are forgotten.
        foreach (string key in map.Histories.Where(h => h.Value.TrueForAll(v => v == 0)).Select(h => h.Key).ToList())
            map.Histories.Remove(key);
    }

    /// <summary>A row's drawing; empty where there is none, or only one period so far.</summary>
    internal string Draw(MapSpec map, DecodedRow row)
    {
        if (!_maps.TryGetValue(map.Name, out var known) || !known.Histories.TryGetValue(Key(row), out var history) || history.Count < 2)
            return "";
        double most = history.Max();
        string steps = isUnicode ? Blocks : Weights;
        return string.Concat(history.Select(v => most <= 0 || v <= 0 ? steps[0] : steps[(int)Math.Min(steps.Length - 1, v / most * steps.Length)]));
    }

    private static string Key(DecodedRow row) => Convert.ToHexString(row.StoredKey.Span);

    /// <summary>The first column that is a number.</summary>
    private static double? Amount(DecodedRow row) => row.Values.Select(v => v switch
    {
        NumberValue { Signed: true } number => number.Bits,
        NumberValue number => (ulong)number.Bits,
        DecimalValue number => number.Value,
        _ => (double?)null,
    }).FirstOrDefault(v => v is not null);

    /// <summary>The drawing as bytes.</summary>
    internal byte[] Bytes(MapSpec map, DecodedRow row) => Encoding.UTF8.GetBytes(Draw(map, row));

    private sealed class Map
    {
        public int Periods { get; set; }

        public Dictionary<string, List<double>> Histories { get; } = [];
    }
}
