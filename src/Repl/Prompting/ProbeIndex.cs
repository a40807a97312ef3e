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
    private HashSet<string>? _pool;
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
        _pool = new(StringComparer.Ordinal);
        foreach (var kind in CatalogIndex.Probes.Where(k => !k.NeedsPattern))
        {
            try
            {
                // Without the kind, many kinds have the same names: each is kept once.
                int prefix = kind.Names[0].Length + 1;
                string[] names = [.. kind.List(_target).Select(n => n.Length > prefix && n[prefix - 1] == ':' ? Pooled(n[prefix..]) : "")];
                lock (_lock)
                    _names[kind] = names is [""] ? [] : names;
            }
            catch (TargetException)
            {
                // Who starts such a probe is told why it can't be had.
            }
        }

        _pool = null;
        // The names with their kinds, and what they were made of, are not needed again.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private string Pooled(string name)
    {
        if (_pool!.TryGetValue(name, out string? known))
            return known;
        _pool.Add(name);
        return name;
    }

    /// <summary>
    /// Probes that continue what was typed, then those that have it anywhere. A kind's short name stays as it was typed.
    /// </summary>
    internal IReadOnlyList<string> Find(string typed)
    {
        int colon = typed.IndexOf(':');
        if (colon < 0)
            return typed.Length < 2 ? [] : Search(Names(), typed);
        string alias = typed[..colon];
        if (CatalogIndex.FindProbe(alias) is not { } kind)
            return [];
        string full = kind.Names[0], rest = typed[(colon + 1)..];
        if (kind.NeedsPattern)
            return InBinary(alias, rest);
        string[]? names;
        lock (_lock)
            names = _names.GetValueOrDefault(kind);
        return names is null ? [] : Search([(alias, names)], rest);
    }

    private List<(string Kind, string[] Names)> Names()
    {
        lock (_lock)
            return [.. _names.Select(n => (n.Key.Names[0], n.Value))];
    }

    private static List<string> Search(List<(string Kind, string[] Names)> lists, string wanted)
    {
        var first = new List<string>();
        var second = new List<string>();
        foreach (var (kind, names) in lists)
        {
            foreach (string name in names)
            {
                if (first.Count >= Most)
                    return first;
                int at = name.IndexOf(wanted, StringComparison.OrdinalIgnoreCase);
                if (at < 0 || name.Length == 0)
                    continue;
                // The last part of a name is what people remember.
                if (at == 0 || name[at - 1] == ':')
                    first.Add($"{kind}:{name}");
                else if (second.Count < Most)
                    second.Add($"{kind}:{name}");
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

        return Search([($"{alias}:{path}", functions)], rest[(colon + 1)..]);
    }
}
