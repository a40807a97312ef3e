using System.Collections;

namespace Ctrace;

/// <summary>What handlers and lines of C# have at hand.</summary>
public sealed class Globals
{
    private readonly Action<string> _print;
    private readonly Action<int> _exit;

    internal Globals(MapCollection maps, string[] parameters, Func<TimeSpan> elapsed, Action<string> print, Action<int> exit) =>
        (Maps, Args, _elapsed, _print, _exit) = (maps, parameters, elapsed, print, exit);

    private readonly Func<TimeSpan> _elapsed;

    /// <summary>The maps.</summary>
    public MapCollection Maps { get; }

    /// <summary>The program's parameters.</summary>
    public string[] Args { get; }

    /// <summary>How long tracing has gone on.</summary>
    public TimeSpan Elapsed => _elapsed();

    /// <summary>Prints anything: a text, a number, a row, a sequence as a table.</summary>
    public void Print(object? value) => _print(Shown.Text(value) + "\n");

    /// <summary>Prints a sequence as a table.</summary>
    public void Table(IEnumerable rows) => _print(Shown.Table(rows) + "\n");

    /// <summary>Ends tracing with an exit code.</summary>
    public void Exit(int code = 0) => _exit(code);
}

/// <summary>The maps by name.</summary>
public sealed class MapCollection : IEnumerable<string>
{
    private readonly Func<string, (string[] Names, int Keys, List<object?[]> Rows)?> _read;
    private readonly Func<IEnumerable<string>> _names;

    internal MapCollection(Func<string, (string[] Names, int Keys, List<object?[]> Rows)?> read, Func<IEnumerable<string>> names) => (_read, _names) = (read, names);

    /// <summary>How many maps there are.</summary>
    public int Count => _names().Count();

    /// <summary>A map by a name that is found out only now.</summary>
    /// <exception cref="KeyNotFoundException">There is no such map.</exception>
    public Map<DynamicRow> this[string name]
    {
        get
        {
            var (names, keys, rows) = Read(name);
            return new Map<DynamicRow>(name, rows.Select(values => new DynamicRow(names, values, keys)));
        }
    }

    /// <summary>A map with the types that it has. Programs are given this for <c>Maps["name"]</c> and <c>@name</c>.</summary>
    public Map<TRow> Typed<TRow>(string name, Func<string[], object?[], TRow> make) where TRow : Row
    {
        var (names, _, rows) = Read(name);
        return new Map<TRow>(name, rows.Select(values => make(names, values)));
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => _names().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private (string[] Names, int Keys, List<object?[]> Rows) Read(string name) => _read(name.TrimStart('@'))
        ?? throw new KeyNotFoundException($"there is no map {(name.StartsWith('@') ? name : "@" + name)}" + (_names().Any() ? $"; there are {string.Join(", ", _names().Select(n => "@" + n))}" : ""));
}
