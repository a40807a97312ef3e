using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Binding;

/// <summary>Leaves out the probes that the user did not ask for (<c>--probe-filter</c>).</summary>
internal static class ProbeFilter
{
    /// <summary>Keeps what is wanted, and <c>begin</c> and <c>end</c>.</summary>
    public static void Apply(Func<string, bool> isWanted, List<ResolvedProbe>[] probes, TextSpan span, DiagnosticBag diagnostics)
    {
        bool any = false;
        foreach (var clause in probes)
        {
            for (int i = clause.Count - 1; i >= 0; i--)
            {
                if (clause[i].Plan is OncePlan)
                    continue;
                int wanted = clause[i].Names.Count(isWanted);
                any |= wanted > 0;
                if (wanted == 0)
                    clause.RemoveAt(i);
                else if (wanted < clause[i].Names.Count())
                    diagnostics.ReportMachine(span, "--probe-filter takes only some of the probes that one program serves", "write them out instead of a wildcard");
            }
        }

        if (!any && !diagnostics.HasErrors)
            diagnostics.ReportMachine(span, "--probe-filter leaves no probe", null);
    }
}
