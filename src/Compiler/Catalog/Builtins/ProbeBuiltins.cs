using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>What the probe itself brings.</summary>
internal static class ProbeBuiltins
{
    /// <summary>MAX_BPF_FUNC_ARGS of the kernel's tracepoints.</summary>
    private const int RawArguments = 12;

    public static IReadOnlyList<BuiltinDefinition> All { get; } =
    [
        new()
        {
            Name = "probe",
            Summary = "The name of the probe that fired.",
            Example = "tracepoint:sched:sched_process_* { @[probe] = count(); }",
            Type = (_, _) => new ProbeNameType(),
            DependsOnProbe = true,
            Emit = (e, b) => e.ProbeName(b.Probe),
        },
        new()
        {
            Name = "retval",
            Summary = "What the function or system call returned.",
            Example = "tracepoint:syscalls:sys_exit_read { @ = hist(retval); }",
            Type = (probe, _) => ReturnField(probe) is null ? null : TraceType.Int64,
            Available = "where a probe sees a return: tracepoint:syscalls:sys_exit_*, tracepoint:raw_syscalls:sys_exit",
            DependsOnProbe = true,
            Emit = (e, b) => e.Field(b.Probe, ReturnField(b.Probe)!),
        },
        .. Enumerable.Range(0, RawArguments).Select(index => new BuiltinDefinition
        {
            Name = $"arg{index}",
            Summary = $"Argument {index} of a raw tracepoint, as the kernel passes it.",
            Example = "rawtracepoint:sys_enter { @[arg1] = count(); }",
            Type = (probe, _) => probe.HasRawContext && (probe.RawArguments is null || index < probe.RawArguments.Count) ? TraceType.UInt64 : null,
            Available = "in rawtracepoint probes that have so many arguments; a tracepoint's fields are args.NAME",
            DependsOnProbe = true,
            Emit = (e, _) => e.RawArgument(index),
        }),
    ];

    /// <summary>The field that holds a system call's result.</summary>
    private static Targets.TracepointField? ReturnField(ResolvedProbe probe) =>
        probe.Format is { Category: "syscalls" or "raw_syscalls" } format ? format.Fields.FirstOrDefault(f => f.Name == "ret") : null;
}
