namespace Ctrace.Compiler.Diagnostics;

/// <summary>Finds what a mistyped name was meant to be.</summary>
public static class Spelling
{
    /// <summary>The nearest candidates, best first, at most three; none where all are far.</summary>
    public static string[] Nearest(string name, IEnumerable<string> candidates)
    {
        int limit = name.Length < 3 ? 1 : Math.Max(2, name.Length / 3);
        return [.. candidates.Distinct()
            .Where(c => c != name && Math.Abs(c.Length - name.Length) <= limit + 2)
            .Select(c => (Name: c, Distance: Distance(name, c, limit)))
            .Where(c => c.Distance <= limit)
            .OrderBy(c => c.Distance).ThenBy(c => c.Name, StringComparer.Ordinal)
            .Take(3).Select(c => c.Name)];
    }

    /// <summary>
    /// What a function that is no longer there may be called: what the compiler or the kernel made of its name (<c>x.isra.0</c>,
    /// <c>x_noprof</c>), and then the nearest names.
    /// </summary>
    public static string[] Renamed(string name, IEnumerable<string> candidates)
    {
        string[] all = [.. candidates.Distinct()];
        return [.. all.Where(c => c.StartsWith(name + ".", StringComparison.Ordinal) || c.StartsWith(name + "_", StringComparison.Ordinal))
            .OrderBy(c => c[name.Length] != '.').ThenBy(c => c.Length).ThenBy(c => c, StringComparer.Ordinal)
            .Concat(Nearest(name, all)).Distinct().Take(3)];
    }

    /// <summary>Edit distance with swapped neighbours as one step; anything over the limit may come back as limit + 1.</summary>
    internal static int Distance(string a, string b, int limit)
    {
        if (a.Length > 200 || b.Length > 200)
            return limit + 1;
        Span<int> before = stackalloc int[b.Length + 1], last = stackalloc int[b.Length + 1], row = stackalloc int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            last[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            int best = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                best = Math.Min(best, row[j]);
            }

            if (best > limit + 1)
                return limit + 1;
            last.CopyTo(before);
            row.CopyTo(last);
        }

        return last[b.Length];
    }
}
