using System.Diagnostics.CodeAnalysis;

namespace Ctrace.Runtime.Symbols;

/// <summary>
/// What was looked up, up to a number of entries: traces run for days, and processes and files come and go. When it is full, the half that was
/// not asked for the longest is forgotten.
/// </summary>
/// <param name="most">How many entries it has at most; at least 2.</param>
/// <param name="forgotten">Is given each value that is forgotten; not those that are replaced.</param>
internal sealed class RecentCache<TKey, TValue>(int most, Action<TValue>? forgotten = null)
    where TKey : notnull
{
    private readonly Dictionary<TKey, Entry> _entries = [];
    private long _clock;

    /// <summary>The value of a key; null (or a zero) where it is not there.</summary>
    /// <returns>Whether it is there.</returns>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        bool isThere = _entries.TryGetValue(key, out var entry);
        if (isThere)
            entry!.Used = ++_clock;
        value = isThere ? entry!.Value : default;
        return isThere;
    }

    /// <summary>Remembers a value.</summary>
    /// <returns>The value.</returns>
    public TValue Set(TKey key, TValue value)
    {
        if (_entries.Count >= most && !_entries.ContainsKey(key))
            foreach (var (oldest, entry) in _entries.OrderBy(e => e.Value.Used).Take(most / 2).ToArray())
            {
                _entries.Remove(oldest);
                forgotten?.Invoke(entry.Value);
            }

        _entries[key] = new Entry(value) { Used = ++_clock };
        return value;
    }

    private sealed record Entry(TValue Value)
    {
        public long Used { get; set; }
    }
}
