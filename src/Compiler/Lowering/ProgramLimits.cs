using Ctrace.Compiler.Diagnostics;

namespace Ctrace.Compiler.Lowering;

/// <summary>What the user allows a program to take of the machine (<c>max_probes</c>, <c>max_bpf_progs</c>).</summary>
internal static class ProgramLimits
{
    /// <summary>Reports the clause that exceeds one of the limits.</summary>
    public static void Check(IReadOnlyList<BpfProgram> programs, IReadOnlyList<Attachment> attachments, CompilationOptions options, DiagnosticBag diagnostics)
    {
        if (programs.Count > options.MaxPrograms)
            diagnostics.ReportLimit(programs[options.MaxPrograms].Span, "max_bpf_progs", options.MaxPrograms, programs.Count);
        else if (attachments.Count > options.MaxProbes)
            diagnostics.ReportLimit(programs[attachments[options.MaxProbes].ProgramIndex].Span, "max_probes", options.MaxProbes, attachments.Count);
    }
}
