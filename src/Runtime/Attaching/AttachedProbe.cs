using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;

namespace Ctrace.Runtime.Attaching;

/// <summary>
/// A program and what makes it run: one derived class for each kernel mechanism. The slow parts are kept apart from
/// the quick ones: opening and disposing may take many milliseconds, enabling and disabling may not.
/// </summary>
internal abstract class AttachedProbe(Attachment attachment, LoadedProgram program) : IDisposable
{
    /// <summary>What it was made from.</summary>
    public Attachment Attachment { get; } = attachment;

    /// <summary>The program that runs.</summary>
    public LoadedProgram Program { get; } = program;

    /// <summary>The probe as the user knows it, for messages.</summary>
    public string Name => Attachment.ProbeNames is [var first, ..] ? first : Program.Program.Name;

    /// <summary>Opens what an attachment needs; nothing runs yet.</summary>
    /// <exception cref="SessionException">The kernel refused.</exception>
    /// <param name="attachment">What to open.</param>
    /// <param name="program">The program that is to run.</param>
    /// <param name="probeIndex">Numbers of probes by name: a program that serves many learns from it which fired.</param>
    public static AttachedProbe Open(Attachment attachment, LoadedProgram program, IReadOnlyDictionary<string, int> probeIndex) => attachment.Plan switch
    {
        KprobePlan or UprobePlan => new FunctionProbe(attachment, program, Cookies(attachment, probeIndex, 1)[0]),
        KprobeMultiPlan { IsSession: true } or UprobeMultiPlan { IsSession: true } => new MultiProbe(attachment, program, SessionCookies(attachment, probeIndex)),
        KprobeMultiPlan plan => new MultiProbe(attachment, program, Cookies(attachment, probeIndex, plan.Symbols.Length)),
        UprobeMultiPlan plan => new MultiProbe(attachment, program, Cookies(attachment, probeIndex, plan.FileOffsets.Length)),
        TracingPlan plan => new TracingProbe(attachment, program, plan),
        CounterPlan => new CounterProbe(attachment, program),
        TracepointPlan plan => new PerfTracepoint(attachment, program, plan),
        RawTracepointPlan plan => new RawTracepoint(attachment, program, plan),
        ProfilePlan => new ProfileClock(attachment, program),
        IntervalPlan plan => new IntervalTimer(attachment, program, plan),
        SignalPlan plan => new SignalWatcher(attachment, program, plan),
        DotnetPlan plan => new DotnetProbe(attachment, program, plan),
        BreakpointPlan => new BreakpointProbe(attachment, program),
        IteratorPlan => new IteratorProbe(attachment, program),
        TestPlan => new TestProbe(attachment, program),
        OncePlan => new OneShot(attachment, program),
        var other => throw new InvalidOperationException($"no mechanism for {other.GetType().Name}"),
    };

    /// <summary>What the program learns of each probe. The entry of a span has no name that it could ask for.</summary>
    private static ulong[] Cookies(Attachment attachment, IReadOnlyDictionary<string, int> probeIndex, int count) =>
        attachment.ProbeNames.IsEmpty ? new ulong[count]
            // A probe may be in several places.
            : attachment.ProbeNames.Length == 1 ? [.. Enumerable.Repeat((ulong)probeIndex[attachment.ProbeNames[0]], count)]
            : [.. attachment.ProbeNames.Select(n => (ulong)probeIndex[n])];

    /// <summary>The same where one program runs at both ends: the entry's number below, the return's above.</summary>
    private static ulong[] SessionCookies(Attachment attachment, IReadOnlyDictionary<string, int> probeIndex)
    {
        int places = attachment.Plan is KprobeMultiPlan plan ? plan.Symbols.Length : ((UprobeMultiPlan)attachment.Plan).FileOffsets.Length;
        ulong[] numbers = [.. attachment.ProbeNames.Select(n => (ulong)probeIndex[n])];
        bool hasEntries = numbers.Length > places;
        return [.. Enumerable.Range(0, places).Select(i => (hasEntries ? numbers[i] : 0) | numbers[hasEntries ? places + i : i] << 32)];
    }

    /// <summary>Lets the program run from now on.</summary>
    /// <exception cref="SessionException">The kernel refused.</exception>
    public abstract void Enable();

    /// <summary>Keeps it from running again. It may still be running on another CPU. Doing it twice does no harm.</summary>
    public abstract void Disable();

    /// <summary>The probes, of the many that it stands for, that the kernel turned out not to be able to attach; known when it is enabled.</summary>
    public virtual IReadOnlyList<string> LeftOut => [];

    /// <summary>Whether disabling takes effect at once and yet returns only after a grace period, so that many wait together.</summary>
    public virtual bool IsDisablingSlow => false;

    /// <summary>Whether disabling, which another thread is about, took effect.</summary>
    public virtual bool IsDisabled => true;

    /// <summary>Descriptors that take long to close, after it is disabled.</summary>
    public virtual IEnumerable<int> SlowDescriptors => [];

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The exception for an instruction that the kernel can't put a breakpoint on: one with a lock prefix, say (arch/x86/kernel/uprobes.c).</summary>
    protected static SessionException Unprobeable(string name) =>
        new($"the kernel can't probe {name}: it can't put a breakpoint on the instruction there", "probe the next one: FUNCTION+OFFSET") { IsMissingProbe = true, IsUnprobeable = true };

    /// <summary>The exception for an error of the kernel's.</summary>
    protected SessionException Failure(int error) => Rights.Failure(error, $"attach to {Name}");
}
