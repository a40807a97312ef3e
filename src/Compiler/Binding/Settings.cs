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

    /// <summary>
    /// bpftrace's settings that have no meaning here, because there is no such limit or because what they choose is decided otherwise.
    /// They are taken, so that programs run unchanged.
    /// </summary>
    private static readonly HashSet<string> WithoutEffect =
    [
        "cache_user_symbols", "cpp_demangle", "lazy_symbolication", "license", "log_size", "max_ast_nodes", "max_bpf_progs", "max_cat_bytes", "max_probes",
        "max_type_res_iterations", "on_stack_limit", "perf_rb_pages", "probe_inline", "show_debug_info", "stack_mode",
        "str_trunc_trailer", "symbol_source", "unstable_import", "unstable_macro", "unstable_map_decl", "unstable_tseries", "use_blazesym",
    ];

    /// <summary>The settings' names.</summary>
    public static IEnumerable<string> Names => Known.Keys;

    internal static CompilationOptions Apply(ImmutableArray<ConfigItemSyntax> items, CompilationOptions options, DiagnosticBag diagnostics)
    {
        foreach (var item in items)
        {
            if (item.Name.Equals("missing_probes", StringComparison.OrdinalIgnoreCase))
            {
                string? word = item.Value switch { StringSyntax text => text.Value, NameSyntax name => name.Name, _ => null };
                if (Enum.TryParse<MissingProbes>(word, ignoreCase: true, out var missing))
                    options = options with { MissingProbes = missing };
                else
                    diagnostics.ReportType(item.Value.Span, "missing_probes is error, warn or ignore");
                continue;
            }

            if (WithoutEffect.Contains(item.Name.ToLowerInvariant()))
                continue;
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
