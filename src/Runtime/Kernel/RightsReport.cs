namespace Ctrace.Runtime.Kernel;

/// <summary>What this process may do, for people.</summary>
public static class RightsReport
{
    /// <summary>Each right that tracing needs: its name, whether it is there, and what does not work without it.</summary>
    public static IEnumerable<(string Name, bool Has, string Without)> Describe()
    {
        bool all = Rights.Has(Rights.SysAdmin);
        return
        [
            ("CAP_BPF", all || Rights.Has(Rights.BpfCapability), "no program can be loaded: run it with sudo"),
            ("CAP_PERFMON", all || Rights.Has(Rights.Perfmon), "nothing can be traced: run it with sudo"),
            ("CAP_DAC_READ_SEARCH", Rights.Has(Rights.DacReadSearch), "the kernel's lists of probes can't be read: run it with sudo"),
            ("lockdown", Rights.Lockdown() != "confidentiality", "the kernel is locked down (confidentiality)"),
        ];
    }
}
