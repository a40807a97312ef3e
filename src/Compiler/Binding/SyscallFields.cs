using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Binding;

/// <summary>The fields that all system call tracepoints of a direction have.</summary>
internal static class SyscallFields
{
    /// <summary>The system call's number, on entry and on return.</summary>
    public const string Number = "__syscall_nr";

    /// <summary>The result, on return.</summary>
    public const string Result = "ret";

    /// <summary>What a column's number stands for.</summary>
    public static ColumnMeaning MeaningOf(BoundExpression column, ResolvedProbe probe)
    {
        bool isSyscall = probe.Syscalls is not null || probe.Format?.Category is "syscalls" or "raw_syscalls" || probe.Name.StartsWith("span:syscall:", StringComparison.Ordinal);
        return column switch
        {
            BoundField { Field.Name: Result } or BoundBuiltin { Definition.Name: "retval" } when isSyscall => ColumnMeaning.SystemCallResult,
            BoundField { Field.Name: "flags" } when isSyscall && probe.Name.Contains(":sys_enter_open", StringComparison.Ordinal) => ColumnMeaning.OpenFlags,
            _ => ColumnMeaning.None,
        };
    }

    public static bool IsCommon(TracepointField field, ResolvedProbe probe) =>
        field.Name == Number || field.Name == Result && IsExit(probe);

    /// <summary>Whether it stands for returns.</summary>
    public static bool IsExit(ResolvedProbe probe) => probe.Plan is RawTracepointPlan { Name: "sys_exit" };
}
