using System.Globalization;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Kernel;

/// <summary>Says which right is missing when the kernel says no: its own answer is only "not permitted".</summary>
internal static class Rights
{
    /// <summary>Bits of a capability set, from include/uapi/linux/capability.h.</summary>
    public const int DacReadSearch = 2, SysAdmin = 21, Perfmon = 38, BpfCapability = 39;

    private const string Sudo = "run it with sudo";

    /// <summary>Whether this process has a capability now.</summary>
    public static bool Has(int capability)
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/self/status"))
                if (line.StartsWith("CapEff:", StringComparison.Ordinal))
                    return (ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                        >> capability & 1) != 0;
        }
        catch (IOException)
        {
            // Without /proc nothing is known: let the kernel decide.
        }

        return true;
    }

    /// <summary>Why bpf(2) or perf_event_open(2) answered EPERM or EACCES: one line and a hint.</summary>
    /// <param name="action">What was tried: <c>load BPF programs</c>.</param>
    public static (string Message, string Hint) Explain(string action)
    {
        // CAP_SYS_ADMIN stands in for both: it was the only one before 5.8.
        if (!Has(SysAdmin) && !(Has(BpfCapability) && Has(Perfmon)))
            return ($"not permitted to {action}: CAP_BPF and CAP_PERFMON are missing", Sudo);
        string lockdown = Lockdown();
        if (lockdown == "confidentiality")
            return ($"not permitted to {action}: the kernel is locked down (confidentiality)",
                "boot without lockdown=confidentiality; with Secure Boot, many kernels need it to be off");
        return ($"not permitted to {action}, although the capabilities are there",
            "a container's seccomp filter or a security module may forbid it: run it outside of the container");
    }

    /// <summary>What the kernel's lockdown is set to: <c>none</c>, <c>integrity</c> or <c>confidentiality</c>.</summary>
    public static string Lockdown()
    {
        try
        {
            string text = File.ReadAllText("/sys/kernel/security/lockdown");
            int start = text.IndexOf('[') + 1;
            return start > 0 ? text[start..text.IndexOf(']', start)] : "none";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "none";
        }
    }

    /// <summary>The exception for an error number: rights are explained, the rest is in the C library's words.</summary>
    /// <param name="error">The error number.</param>
    /// <param name="action">What was tried: <c>attach to tracepoint:a:b</c>.</param>
    public static SessionException Failure(int error, string action)
    {
        if (error is not (Errno.EPERM or Errno.EACCES))
        {
            string? hint = error switch
            {
                Errno.EMFILE => "raise the limit on open files: ulimit -n 65536",
                // BPF_TRACE_MAX_PROGS of kernel/trace/bpf_trace.c
                Errno.E2BIG => "the kernel runs no more than 64 programs there, those of other tracers included: put blocks of the same probe together",
                Errno.ENOMEM => "free some memory, or ask for less",
                _ => null,
            };
            return new SessionException($"can't {action}: {Errno.Text(error)}", hint);
        }

        var (message, why) = Explain(action);
        return new SessionException(message, why);
    }
}
