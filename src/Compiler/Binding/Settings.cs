using System.Collections.Immutable;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>The settings of a config block.</summary>
public static class Settings
{
    private static readonly Dictionary<string, (long Least, long Most, Func<CompilationOptions, long, CompilationOptions> Apply)> Known = new()
    {
        ["max_map_keys"] = (1, 1 << 30, (o, v) => o with { MaxMapKeys = (int)v }),
        ["max_strlen"] = (1, 4096, (o, v) => o with { MaxStringLength = (int)v }),
    };

    /// <summary>The settings' names.</summary>
    public static IEnumerable<string> Names => Known.Keys;

    internal static CompilationOptions Apply(ImmutableArray<ConfigItemSyntax> items, CompilationOptions options, DiagnosticBag diagnostics)
    {
        foreach (var item in items)
        {
            if (!Known.TryGetValue(item.Name, out var setting))
                diagnostics.ReportConfig(item.Span, item.Name, Known.Keys);
            else if (item.Value is IntegerSyntax value && value.Value >= setting.Least && value.Value <= setting.Most)
                options = setting.Apply(options, value.Value);
            else
                diagnostics.ReportType(item.Value.Span, $"{item.Name} takes an integer from {setting.Least} to {setting.Most}");
        }

        return options;
    }
}
