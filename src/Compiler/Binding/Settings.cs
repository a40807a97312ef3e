using System.Collections.Immutable;
using Ctrace.Compiler.Catalog.Builtins;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>The settings of a config block.</summary>
public static class Settings
{
    /// <summary>What a setting takes, in words, and what its value does: null where it is none of these.</summary>
    private sealed record Setting(string Takes, Func<CompilationOptions, ExpressionSyntax, CompilationOptions?> Apply);

    private static readonly Dictionary<string, Setting> Known = new()
    {
        ["max_map_keys"] = Number(1, 1 << 30, (o, v) => o with { MaxMapKeys = (int)v }),
        ["max_strlen"] = Number(1, 4096, (o, v) => o with { MaxStringLength = (int)v }),
        ["max_cat_bytes"] = Number(1, 1 << 30, (o, v) => o with { MaxFileBytes = (int)v }),
        ["max_probes"] = Number(0, int.MaxValue, (o, v) => o with { MaxProbes = (int)v }),
        ["max_bpf_progs"] = Number(0, int.MaxValue, (o, v) => o with { MaxPrograms = (int)v }),
        ["perf_rb_pages"] = Number(1, 1 << 18, (o, v) => o with { EventBufferSize = (int)Math.Min(1 << 30, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)v) * 4096) }),
        ["print_maps_on_exit"] = new("true or false", (o, value) => Flag(value) is { } flag ? o with { PrintMapsOnExit = flag } : null),
        ["cpp_demangle"] = new("true or false", (o, value) => Flag(value) is { } flag ? o with { Demangles = flag } : null),
        ["show_debug_info"] = new("true or false", (o, value) => Flag(value) is { } flag ? o with { ShowsLines = flag } : null),
        ["str_trunc_trailer"] = new("a text", (o, value) => value is StringSyntax text ? o with { TruncationTrailer = text.Value } : null),
        ["stack_mode"] = new("bpftrace, perf, raw or build_id", (o, value) => Word(value) is { } word && StackFunction.Modes.TryGetValue(word, out var mode) ? o with { StackMode = mode } : null),
        ["missing_probes"] = new("error, warn or ignore", (o, value) => Enum.TryParse<MissingProbes>(Word(value), ignoreCase: true, out var missing) ? o with { MissingProbes = missing } : null),
    };

    /// <summary>
    /// bpftrace's settings that have no meaning here, because there is no such limit or because what they choose is decided otherwise.
    /// They are taken, so that programs run unchanged.
    /// </summary>
    private static readonly Dictionary<string, string[]> WithoutEffect = new()
    {
        ["cache_user_symbols"] = ["PER_PID", "PER_PROGRAM", "NONE", "0", "1"],
        ["license"] = ["GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"],
        ["lazy_symbolication"] = [], ["log_size"] = [], ["on_stack_limit"] = [],
        ["unstable_dw_ustack"] = [], ["unstable_import_statement"] = [], ["unstable_tseries"] = [], ["unstable_typeinfo"] = [], ["use_blazesym"] = [],
    };

    /// <summary>What had a meaning once, in bpftrace.</summary>
    private static readonly HashSet<string> Deprecated = ["max_ast_nodes", "max_type_res_iterations", "probe_inline", "symbol_source", "unstable_addr", "unstable_import", "unstable_macro", "unstable_map_decl"];

    /// <summary>The settings' names.</summary>
    public static IEnumerable<string> Names => Known.Keys;

    /// <summary>What the settings are, in the order of their names: a number, a text or a bool each.</summary>
    internal static IEnumerable<(string Name, object Value)> Values(CompilationOptions options) =>
    [
        ("cpp_demangle", options.Demangles), ("max_bpf_progs", options.MaxPrograms), ("max_cat_bytes", options.MaxFileBytes), ("max_map_keys", options.MaxMapKeys),
        ("max_probes", options.MaxProbes), ("max_strlen", options.MaxStringLength),
        ("missing_probes", options.MissingProbes.ToString().ToLowerInvariant()), ("perf_rb_pages", options.EventBufferSize / 4096),
        ("print_maps_on_exit", options.PrintMapsOnExit), ("show_debug_info", options.ShowsLines), ("stack_mode", StackFunction.Modes.First(m => m.Value == options.StackMode).Key),
        ("str_trunc_trailer", options.TruncationTrailer),
    ];

    /// <summary>What a setting takes, in words.</summary>
    public static string Takes(string name) => Known[name].Takes;

    /// <summary>Applies a setting given as text, as an environment variable has it; null where it does not take that.</summary>
    public static CompilationOptions? Apply(string name, string text, CompilationOptions options)
    {
        var value = Lexemes.TryInteger(text, out long number, out _) ? (ExpressionSyntax)new IntegerSyntax(number, false, default) : new StringSyntax(text, default);
        return Known[name].Apply(options, value);
    }

    internal static CompilationOptions Apply(ImmutableArray<ConfigItemSyntax> items, CompilationOptions options, DiagnosticBag diagnostics)
    {
        foreach (var item in items)
        {
            string name = item.Name.ToLowerInvariant();
            name = name.StartsWith("bpftrace_", StringComparison.Ordinal) || name.StartsWith("ctrace_", StringComparison.Ordinal) ? name[(name.IndexOf('_') + 1)..] : name;
            if (Deprecated.Contains(name))
                diagnostics.WarnOfDeprecated(item.Span, item.Name, "it has no effect any more");
            else if (WithoutEffect.TryGetValue(name, out var words))
                CheckWord(item, words, diagnostics);
            else if (!Known.TryGetValue(name, out var setting))
                diagnostics.ReportConfig(item.Span, item.Name, Known.Keys);
            else if (setting.Apply(options, item.Value) is { } changed)
                options = changed;
            else
                diagnostics.ReportType(item.Value.Span, $"{item.Name} takes {setting.Takes}");
        }

        return options;
    }

    /// <summary>What has no effect is still one of some words, where there are only so many.</summary>
    private static void CheckWord(ConfigItemSyntax item, string[] words, DiagnosticBag diagnostics)
    {
        string? given = item.Value is IntegerSyntax number ? $"{number.Value}" : Word(item.Value);
        if (words.Length > 0 && !words.Contains(given, StringComparer.OrdinalIgnoreCase))
            diagnostics.ReportType(item.Value.Span, $"{item.Name} takes {string.Join(", ", words.Where(w => w.Length > 1))}");
    }

    private static Setting Number(long least, long most, Func<CompilationOptions, long, CompilationOptions> apply) => new(
        $"an integer from {least} to {most}",
        (options, value) => value is IntegerSyntax number && number.Value >= least && number.Value <= most ? apply(options, number.Value) : null);

    private static string? Word(ExpressionSyntax value) => value switch { StringSyntax text => text.Value, NameSyntax name => name.Name, _ => null };

    /// <summary>The spellings that bpftrace takes.</summary>
    private static bool? Flag(ExpressionSyntax value) => value switch
    {
        BoolSyntax flag => flag.Value,
        IntegerSyntax number => number.Value != 0,
        _ => Word(value)?.ToLowerInvariant() switch { "true" or "enable" or "enabled" or "on" or "yes" => true, "false" or "disable" or "disabled" or "off" or "no" => false, _ => null },
    };
}
