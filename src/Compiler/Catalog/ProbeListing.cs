using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog;

/// <summary>What <c>-l</c> and <c>-lv</c> show.</summary>
public static class ProbeListing
{
    /// <summary>Probes that match a pattern, in catalogue order. Without a pattern, all.</summary>
    /// <param name="target">The machine.</param>
    /// <param name="pattern">A probe with wildcards; a short kind (<c>t:sched:*</c>) counts; text without a colon matches anywhere in the name.</param>
    public static IEnumerable<string> List(ITarget target, string? pattern)
    {
        if (pattern is not null && !pattern.Contains(':'))
            pattern = Glob.IsPattern(pattern) || CatalogIndex.FindProbe(pattern) is not null ? pattern : $"*{pattern}*";
        string[] parts = pattern?.Split(':', 2) ?? ["*"];
        var exact = CatalogIndex.FindProbe(parts[0]);
        foreach (var kind in CatalogIndex.Probes)
        {
            if (exact is not null && exact != kind)
                continue;
            string wanted = exact is null ? pattern ?? "*" : parts.Length == 1 ? "*" : $"{kind.Names[0]}:{parts[1]}";
            if (parts.Length > 1 && exact is null && !Glob.Matches(parts[0], kind.Names[0]))
                continue;
            foreach (string probe in (kind.NeedsPattern ? kind.ListFor(target, wanted) : kind.List(target)))
                if (kind.IsListed(wanted, probe))
                    yield return probe;
        }
    }

    /// <summary>A listed probe's fields, one a line, with their types.</summary>
    public static IEnumerable<string> Describe(ITarget target, string probe) =>
        CatalogIndex.FindProbe(probe.Split(':')[0])?.Describe(target, probe) ?? [];
}
