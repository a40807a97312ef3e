using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Binding;

/// <summary>The fields that all system call tracepoints of a direction have.</summary>
internal static class SyscallFields
{
    /// <summary>The system call's number, on entry and on return.</summary>
    public const string Number = "__syscall_nr";

    /// <summary>The result, on return.</summary>
    public const string Result = "ret";

    public static bool IsCommon(TracepointField field, ResolvedProbe probe) =>
        field.Name == Number || field.Name == Result && IsExit(probe);

    /// <summary>Whether it stands for returns.</summary>
    public static bool IsExit(ResolvedProbe probe) => probe.Plan is RawTracepointPlan { Name: "sys_exit" };
}
