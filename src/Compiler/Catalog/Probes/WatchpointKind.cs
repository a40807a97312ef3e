using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary><c>watchpoint</c>: an access to a place in memory, which the CPU itself notices (its debug registers, four on each CPU).</summary>
internal sealed class WatchpointKind : ProbeKind
{
    /// <summary>HW_BREAKPOINT_R, _W and _X of include/uapi/linux/hw_breakpoint.h.</summary>
    private const int Read = 1, Write = 2, Execute = 4;

    public override IReadOnlyList<string> Names => ["watchpoint", "w"];
    public override string Signature => "watchpoint:ADDRESS:LENGTH:MODE";
    public override string Summary => "An access to memory: LENGTH is 1, 2, 4 or 8 bytes, MODE some of r, w and x. The address may be a kernel symbol's name.";
    public override string Example => "watchpoint:0x10000000:8:w { printf(\"changed\\n\"); }";
    public override BpfProgramType ProgramType => BpfProgramType.PerfEvent;

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (probe.Parts is not [_, _, _, _])
        {
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, "write watchpoint:0x12345678:8:w");
            return [];
        }

        string place = probe.Parts[1].Text, length = probe.Parts[2].Text, mode = probe.Parts[3].Text;
        ulong address;
        if (Lexemes.TryInteger(place, out long number, out _))
            address = (ulong)number;
        else if (target.FindKernelSymbol(place) is { } symbol)
            address = symbol;
        else if (place.LastIndexOf("+arg", StringComparison.Ordinal) is > 0 and var plus)
        {
            diagnostics.ReportType(probe.Parts[1].Span, $"watchpoints at a function's argument are no more: bpftrace had them until 0.24, and removed them in 0.25",
                $"print the argument, and watch that address: uprobe:BINARY:{place[..plus]} {{ printf(\"%p\\n\", arg{place[(plus + 4)..]}); }}");
            return [];
        }
        else
        {
            diagnostics.ReportType(probe.Parts[1].Span, $"'{place}' is neither an address nor a symbol of the kernel", "write a number, as in watchpoint:0x12345678:8:w; variables of the kernel have names where it lists them (CONFIG_KALLSYMS_ALL)");
            return [];
        }

        if (length is not ("1" or "2" or "4" or "8"))
        {
            diagnostics.ReportType(probe.Parts[2].Span, $"the CPU watches 1, 2, 4 or 8 bytes, not {length}", null);
            return [];
        }

        int size = length[0] - '0', flags = 0;
        foreach (char letter in mode)
            flags |= letter switch { 'r' => Read, 'w' => Write, 'x' => Execute, _ => 8 };
        string? wrong = flags is 0 or > 7 ? $"the mode is made of r, w and x, not '{mode}'"
            : (flags & Execute) != 0 && flags != Execute ? "x stands alone: the CPU watches either what is executed, or what is read and written"
            : flags == Read && target.Architecture.Name == "x86_64" ? "this CPU can't watch reads alone: write rw" : null;
        if (wrong is not null)
            diagnostics.ReportType(probe.Parts[3].Span, wrong);
        else if (address % (ulong)size != 0 && flags != Execute)
            diagnostics.ReportType(probe.Parts[1].Span, $"the address must be a multiple of the length ({size})");
        else
            return [new ResolvedProbe(this, probe.Text.Replace(probe.Parts[0].Text + ":", "watchpoint:"), new BreakpointPlan(address, flags == Execute ? 8 : size, flags))];
        return [];
    }
}
