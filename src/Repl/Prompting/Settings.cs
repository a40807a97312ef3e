using System.Globalization;
using Ctrace.Compiler.Diagnostics;

namespace Ctrace.Repl.Prompting;

/// <summary>How results are printed.</summary>
public enum ResultFormat
{
    /// <summary>As people read them.</summary>
    Table,

    /// <summary>A JSON document per line.</summary>
    Json,

    /// <summary>Comma-separated values.</summary>
    Csv,

    /// <summary>Stacks, a line each: <c>main;read 12</c>.</summary>
    Folded,

    /// <summary>A document for speedscope.app.</summary>
    Speedscope,

    /// <summary>A file for pprof.</summary>
    Pprof,
}

/// <summary>One thing that <c>:set</c> changes.</summary>
/// <param name="Name">As typed.</param>
/// <param name="Summary">What it is, in a line.</param>
/// <param name="Least">Smallest value.</param>
/// <param name="Most">Largest value.</param>
/// <param name="Read">Its value.</param>
/// <param name="Write">Changes it.</param>
internal sealed record Setting(string Name, string Summary, long Least, long Most, Func<Settings, long> Read, Action<Settings, long> Write);

/// <summary>What the user can change while working.</summary>
/// <param name="limits">What the environment says.</param>
internal sealed class Settings(Limits limits)
{
    /// <summary>All there are.</summary>
    internal static IReadOnlyList<Setting> All { get; } =
    [
        new("rows", "rows of a live table", 1, 1000, s => s.Rows, (s, v) => s.Rows = (int)v),
        new("refresh", "milliseconds between two drawings of live tables", 100, 60_000, s => s.RefreshMilliseconds, (s, v) => s.RefreshMilliseconds = (int)v),
        new("keys", "entries of a new map with keys", 1, 1 << 28, s => s.Limits.MaxMapKeys, (s, v) => s.Limits = s.Limits with { MaxMapKeys = (int)v }),
        new("strlen", "longest string that str() reads, in bytes", 1, 4096, s => s.Limits.MaxStringLength, (s, v) => s.Limits = s.Limits with { MaxStringLength = (int)v }),
        new("pid", "trace only this process in what starts from now on; 0 for all", 0, int.MaxValue, s => s.ProcessId, (s, v) => s.ProcessId = (int)v),
        new("unsafe", "1 allows what changes the system: signal, system, override", 0, 1, s => s.Unsafe ? 1 : 0, (s, v) => s.Unsafe = v != 0),
    ];

    internal Limits Limits { get; private set; } = limits;

    internal int Rows { get; private set; } = 10;

    internal int RefreshMilliseconds { get; private set; } = 1000;

    internal int ProcessId { get; private set; }

    internal bool Unsafe { get; set; }

    internal ResultFormat Format { get; set; }

    /// <summary>Changes a setting.</summary>
    /// <exception cref="UsageException">There is no such setting or value.</exception>
    internal void Set(string name, string text)
    {
        var setting = Find(name);
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) || value < setting.Least || value > setting.Most)
            throw new UsageException($"{name} {text}: expected a number from {setting.Least} to {setting.Most}");
        setting.Write(this, value);
    }

    /// <summary>A setting by name.</summary>
    internal static Setting Find(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new UsageException($"there is no setting '{name}'" +
            (Spelling.Nearest(name, All.Select(s => s.Name)) is [var near, ..] ? $"; did you mean {near}?" : $"; settings are {string.Join(", ", All.Select(s => s.Name))}"));
}
