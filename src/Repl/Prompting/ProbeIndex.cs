using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Targets;

namespace Ctrace.Repl.Prompting;

/// <summary>
/// The names of all the machine's probes, kind by kind, for completion. They are read in the background, and searched without
/// asking the machine again.
/// </summary>
internal sealed class ProbeIndex
{
    /// <summary>More would not be looked at.</summary>
    internal const int Most = 200;

    private readonly Dictionary<ProbeKind, string[]> _names = [];
    private readonly Dictionary<string, string[]> _binaries = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly ITarget _target;

    /// <summary>An index of a machine's probes.</summary>
    /// <param name="target">The machine; used by this index alone.</param>
    internal ProbeIndex(ITarget target) => _target = target;

    /// <summary>How many probes are known by now.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
                return _names.Values.Sum(n => n.Length);
        }
    }

    /// <summary>Reads all names, in a thread of its own.</summary>
    internal void Start() => new Thread(Read) { IsBackground = true, Name = "ctrace probes", Priority = ThreadPriority.BelowNormal }.Start();

    /// <summary>Reads all names.</summary>
    internal void Read()
    {
        foreach (var kind in CatalogIndex.Probes.Where(k => !k.NeedsPattern))
        {
            try
            {
                string[] names = [.. kind.List(_target)];
                lock (_lock)
                    _names[kind] = names;
            }
            catch (TargetException)
            {
                // Who starts such a probe is told why it can't be had.
            }
        }
    }

    /// <summary>
    /// Probes that continue what was typed, then those that have it anywhere. A kind's short name stays as it was typed.
    /// </summary>
    internal IReadOnlyList<string> Find(string typed)
    {
        int colon = typed.IndexOf(':');
        if (colon < 0)
            return typed.Length < 2 ? [] : Search([.. Names()], typed, "");
        string alias = typed[..colon];
        if (CatalogIndex.FindProbe(alias) is not { } kind)
            return [];
        string full = kind.Names[0], rest = typed[(colon + 1)..];
        if (kind.NeedsPattern)
            return InBinary(alias, rest);
        string[]? names;
        lock (_lock)
            names = _names.GetValueOrDefault(kind);
        if (names is null)
            return [];
        var found = Search([names], rest, full + ":");
        return alias == full ? found : [.. found.Select(n => alias + n[full.Length..])];
    }

    private List<string[]> Names()
    {
        lock (_lock)
            return [.. _names.Values];
    }

    private static List<string> Search(List<string[]> lists, string wanted, string prefix)
    {
        var first = new List<string>();
        var second = new List<string>();
        foreach (string[] names in lists)
        {
            foreach (string name in names)
            {
                if (first.Count >= Most)
                    return first;
                var rest = name.AsSpan(Math.Min(prefix.Length, name.Length));
                int at = rest.IndexOf(wanted, StringComparison.OrdinalIgnoreCase);
                if (at < 0)
                    continue;
                // The last part of a name is what people remember.
                if (at == 0 || rest[at - 1] == ':')
                    first.Add(name);
                else if (second.Count < Most)
                    second.Add(name);
            }
        }

        first.AddRange(second.Take(Most - first.Count));
        return first;
    }

    /// <summary>Functions of a program whose name is complete: <c>uprobe:/bin/bash:read</c>.</summary>
    private List<string> InBinary(string alias, string rest)
    {
        int colon = rest.LastIndexOf(':');
        if (colon <= 0)
            return [];
        string path = rest[..colon];
        string[] functions;
        lock (_lock)
        {
            if (!_binaries.TryGetValue(path, out functions!))
            {
                try
                {
                    functions = [.. (_target.OpenBinary(path, 0)?.Functions ?? []).Select(f => f.Name).Distinct().Order(StringComparer.Ordinal)];
                }
                catch (TargetException)
                {
                    functions = [];
                }

                _binaries[path] = functions;
            }
        }

        return [.. Search([functions], rest[(colon + 1)..], "").Select(f => $"{alias}:{path}:{f}")];
    }
}
