using System.Collections.Immutable;
using System.Text;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>What is known of the program itself while it is compiled: its settings, and whether it has a command to trace.</summary>
internal static class ProgramBuiltins
{
    public static IReadOnlyList<BuiltinDefinition> All { get; } =
    [
        new()
        {
            Name = "has_cpid",
            Summary = "Whether there is a command that is traced (-c).",
            Example = "begin { if (has_cpid) { printf(\"%d\\n\", cpid); } exit(); }",
            Bind = (options, span) => new BoundConstant(options.ChildProcessId != 0 ? 1 : 0, TraceType.Bool, span),
        },
        new()
        {
            Name = "default_str_length",
            Summary = "How many bytes str() reads at most: the setting max_strlen.",
            Example = "begin { print(default_str_length()); exit(); }",
            Bind = (options, span) => new BoundConstant(options.MaxStringLength, TraceType.UInt64, span),
        },
        new()
        {
            Name = "config",
            Summary = "The settings, as a record.",
            Example = "begin { printf(\"%d %s\\n\", config.max_strlen, config.stack_mode); exit(); }",
            Bind = Settings,
        },
    ];

    private static BoundTuple Settings(CompilationOptions options, TextSpan span)
    {
        var values = Binding.Settings.Values(options).ToList();
        ImmutableArray<BoundExpression> items = [.. values.Select(v => Constant(v.Value, span))];
        return new BoundTuple(items, TupleType.Of(items.Select(i => i.Type)) with { Names = [.. values.Select(v => v.Name)] }, span);
    }

    private static BoundExpression Constant(object value, TextSpan span) => value switch
    {
        bool flag => new BoundConstant(flag ? 1 : 0, TraceType.Bool, span),
        string text => new BoundString([.. Encoding.UTF8.GetBytes(text)], span),
        _ => new BoundConstant(Convert.ToInt64(value, null), TraceType.Int64, span),
    };
}
