namespace Ctrace.Compiler.Targets;

/// <summary>What is to be said about a kernel's feature.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Since">The version of Linux that brought it.</param>
/// <param name="DependsOnConfiguration">Whether a kernel of that version may be built without it.</param>
/// <param name="Without">What happens where it is missing.</param>
/// <param name="Marker">
/// A constant that came to the kernel's type information with it, or in the same version: what tells where only that information is there.
/// </param>
public sealed record KernelFeatureDescription(KernelFeature Feature, string Name, Version Since, bool DependsOnConfiguration, string Without, string Marker)
{
    /// <summary>Whether what serves where it is missing is a kprobe, which the kernel may lack too.</summary>
    public bool FallsBackToKprobes { get; init; }
}

/// <summary>All features, oldest first.</summary>
public static class KernelFeatures
{
    /// <summary>The kernel's function that tells a program that is at both ends of a function which one it is at.</summary>
    public const string SessionFunction = "bpf_session_is_return";

    /// <summary>What can be switched off by a name (<c>--no-feature</c>), with all that hangs on it.</summary>
    public static IReadOnlyDictionary<string, KernelFeature[]> Switches { get; } = new Dictionary<string, KernelFeature[]>
    {
        ["kprobe_multi"] = [KernelFeature.KprobeMulti, KernelFeature.KprobeSession],
        ["uprobe_multi"] = [KernelFeature.UprobeMulti, KernelFeature.UprobeSession],
        ["kprobe_session"] = [KernelFeature.KprobeSession],
        ["uprobe_session"] = [KernelFeature.UprobeSession],
        ["kprobe_pmu"] = [KernelFeature.KprobeEvents],
    };

    /// <summary>The table.</summary>
    public static IReadOnlyList<KernelFeatureDescription> All { get; } =
    [
        new(KernelFeature.Overrides, "override()", new(4, 16), true, "no override()", "BPF_FUNC_override_return"),
        new(KernelFeature.WritingToProcesses, "write_user()", new(4, 8), true, "no write_user()", "BPF_FUNC_probe_write_user"),
        new(KernelFeature.KprobeEvents, "kprobes as perf events", new(4, 17), true, "kprobes through tracefs", "BPF_FD_TYPE_KPROBE") { FallsBackToKprobes = true },
        new(KernelFeature.FunctionTracing, "fentry and fexit", new(5, 5), true, "kprobes in their place where they can do the same", "BPF_TRACE_FENTRY") { FallsBackToKprobes = true },
        new(KernelFeature.BatchOperations, "batch reads of maps", new(5, 6), false, "maps are read entry by entry", "BPF_MAP_LOOKUP_BATCH"),
        new(KernelFeature.RingBuffer, "ring buffer", new(5, 8), false, "a perf buffer for each CPU", "BPF_MAP_TYPE_RINGBUF"),
        new(KernelFeature.FetchAtomics, "atomics that fetch", new(5, 12), false, "$x = @n++ may miss what another CPU adds at the same moment", "BPF_FUNC_check_mtu"),
        new(KernelFeature.MapIteration, "iteration over maps in programs", new(5, 13), false, "no for (… : @map), no len(@map)", "BPF_FUNC_for_each_map_elem"),
        new(KernelFeature.PerfLink, "links on perf events, cookies", new(5, 15), false, "one program for each probe where its name is asked for", "BPF_FUNC_get_attach_cookie"),
        new(KernelFeature.TaskRegisters, "registers of a thread", new(5, 15), false, "they are looked for at the end of its stack", "BPF_FUNC_task_pt_regs"),
        new(KernelFeature.CallbackLoop, "loops by callbacks", new(5, 17), false, "loops with a bounded number of rounds", "BPF_FUNC_loop"),
        new(KernelFeature.NumberPointers, "fentry arguments that point to numbers", new(5, 17), false, "they are read as any memory is", "BPF_FUNC_loop"),
        new(KernelFeature.LargeKeys, "keys of more than 512 bytes", new(5, 18), false, "str() reads 384 bytes unless told otherwise, stacks in keys are cut", "BPF_FUNC_ima_file_hash"),
        new(KernelFeature.KprobeMulti, "many kprobes by one link", new(5, 18), true, "kprobes one by one", "BPF_TRACE_KPROBE_MULTI") { FallsBackToKprobes = true },
        new(KernelFeature.PerCpuLookup, "reading other CPUs' values in programs", new(5, 19), false, "aggregates can't be read in expressions", "BPF_FUNC_map_lookup_percpu_elem"),
        new(KernelFeature.GrowingMaps, "maps that grow in any program", new(6, 1), false, "maps take all their memory at the start", "BPF_MAP_TYPE_USER_RINGBUF"),
        new(KernelFeature.AtomicTime, "atomic time in programs", new(6, 1), false, "no nsecs(tai); nsecs(sw_tai) is the same but for leap seconds while tracing", "BPF_FUNC_ktime_get_tai_ns"),
        new(KernelFeature.StructureArguments, "fentry with structures as arguments", new(6, 1), true, "kprobes in its place where they can do the same", "BPF_MAP_TYPE_USER_RINGBUF") { FallsBackToKprobes = true },
        new(KernelFeature.StackArguments, "fentry with arguments on the stack", new(6, 6), true, "write kprobe, which sees those in registers", "BPF_TRACE_UPROBE_MULTI") { FallsBackToKprobes = true },
        new(KernelFeature.UprobeMulti, "many uprobes by one link", new(6, 6), true, "uprobes one by one", "BPF_TRACE_UPROBE_MULTI"),
        new(KernelFeature.MayGoto, "may_goto", new(6, 9), false, "loops by callbacks", "BPF_MAY_GOTO"),
        new(KernelFeature.KprobeSession, "kprobe and kretprobe by one link", new(6, 10), true, "two links", "BPF_TRACE_KPROBE_SESSION") { FallsBackToKprobes = true },
        new(KernelFeature.UprobeSession, "uprobe and uretprobe by one link", new(6, 13), true, "two links", "BPF_TRACE_UPROBE_SESSION"),
    ];
}
