using System.Runtime.InteropServices;
using Ctrace.Compiler;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime;
using Ctrace.Runtime.Attaching;
using Architecture = System.Runtime.InteropServices.Architecture;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>
/// Each kind of probe, attached to this kernel and fired a known number of times, or the reason why it can't be. With
/// <c>CTRACE_PROBE_TABLE=FILE</c> the verdicts are appended to a file: docs/kernels.md is made of them.
/// </summary>
public sealed unsafe partial class ProbeKindTests
{
    private const string Mine = " /tid == $1/ { @ = count(); }";

    /// <summary>How often the workload does what a probe sees.</summary>
    private const int Calls = 30, MostAttempts = 10;

    private static readonly Kind[] Table =
    [
        new("tracepoint", "tracepoint:syscalls:sys_enter_lseek" + Mine, Seeks),
        new("tracepoint, many by one wildcard", "tracepoint:syscalls:sys_*_lseek" + Mine, Seeks, 2 * Calls),
        new("rawtracepoint", $"rawtracepoint:sys_enter /tid == $1 && arg1 == {(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 8 : 62)}/ {{ @ = count(); }}", Seeks),
        new("kprobe", $"kprobe:{Machine.Seek}" + Mine, Seeks) { Needs = Lack.Kprobes },
        new("kretprobe", $"kretprobe:{Machine.Seek} /tid == $1 && retval == 7/ {{ @ = count(); }}", Seeks) { Needs = Lack.Kprobes },
        new("kprobe, many by one wildcard", $"kprobe:vfs_* /tid == $1/ {{ @w[func] = count(); }} kprobe:{Machine.Seek}" + Mine, Seeks) { Needs = Lack.Kprobes },
        new("fentry", $"fentry:{Machine.Seek} /tid == $1 && args.offset == 7/ {{ @ = count(); }}", Seeks) { Needs = Lack.Kprobes, Uses = KernelFeature.FunctionTracing },
        new("fexit", $"fexit:{Machine.Seek} /tid == $1 && retval == 7/ {{ @ = count(); }}", Seeks) { Needs = Lack.Kprobes, Uses = KernelFeature.FunctionTracing },
        new("uprobe", "uprobe:libc:labs /tid == $1 && arg0 == 7/ { @ = count(); }", Functions) { Needs = Lack.Uprobes },
        new("uretprobe", "uretprobe:libc:labs /tid == $1 && retval == 7/ { @ = count(); }", Functions) { Needs = Lack.Uprobes },
        new("uprobe, many by one wildcard", "uprobe:libc:*abs /tid == $1 && arg0 == 7/ { @ = count(); }", Functions) { Needs = Lack.Uprobes, Uses = KernelFeature.UprobeMulti },
        new("usdt", "usdt:$3:ours:twice { @ = count(); }", null, 8) { Needs = Lack.Compiler, Fixture = "ours" },
        new("profile", "profile:hz:99 { @ = count(); }", Spin, AtLeast: 5),
        new("interval", "interval:ms:20 { @ = count(); }", Spin, AtLeast: 5),
        new("software", "software:page-faults:1" + Mine, Faults, AtLeast: 1),
        new("hardware", "hardware:cpu-cycles:1000000 { @ = count(); }", Spin, AtLeast: 5) { Needs = Lack.Counters },
        new("watchpoint", "watchpoint:$4:8:w /pid == $2/ { @ = count(); }", Writes) { Needs = Lack.DebugRegisters },
        new("iter", "iter:task { @ = count(); }", null, AtLeast: 2) { Needs = Lack.Types },
        new("self:signal", "self:signal:SIGUSR1 { @ = count(); printf(\"it came\"); exit(); }", () => Native.Kill(Environment.ProcessId, 10), 1) { Prints = true },
        new("begin and end", "begin { @ = count(); } end { @ = count(); }", () => { }, 2),
        new("span:syscall", "span:syscall:lseek" + Mine, Seeks),
        new("span:kernel", $"span:kernel:{Machine.Seek}" + Mine, Seeks) { Needs = Lack.Kprobes },
        new("span:user", "span:user:libc:labs" + Mine, Functions) { Needs = Lack.Uprobes },
    ];

    /// <summary>Opened before anything is traced: the runtime seeks when it opens.</summary>
    private static readonly Microsoft.Win32.SafeHandles.SafeFileHandle Opened = File.OpenHandle(typeof(ProbeKindTests).Assembly.Location);

    private static readonly long* Watched = (long*)NativeMemory.AlignedAlloc(8, 8);

    [KernelTheory]
    [KindData(Lack.Nothing)]
    [KindData(Lack.Kprobes)]
    [KindData(Lack.Uprobes)]
    [KindData(Lack.Compiler)]
    [KindData(Lack.Counters)]
    [KindData(Lack.DebugRegisters)]
    [KindData(Lack.Types)]
    public void It_is_attached_and_fires(string name)
    {
        var kind = Table.Single(k => k.Name == name);
        Run(kind);
        Note(name, kind.Uses is { } feature && !Machine.Supports(feature) ? $"yes ({KernelFeatures.All.Single(f => f.Feature == feature).Without})" : "yes");
    }

    private static void Note(string name, string verdict)
    {
        if (Environment.GetEnvironmentVariable("CTRACE_PROBE_TABLE") is { Length: > 0 } file)
            File.AppendAllText(file, $"{name}\t{verdict}\n");
    }

    private static void Run(Kind kind)
    {
        string folder = Directory.CreateTempSubdirectory("ctrace-kinds-").FullName;
        try
        {
            string program = kind.Fixture is null ? "" : Fixture.Build(kind.Fixture, folder);
            string text = kind.Program.Replace("$3", program).Replace("$4", $"0x{(nuint)Watched:x}");
            var workload = kind.Workload ?? (kind.Fixture is null ? null : () => System.Diagnostics.Process.Start(program).WaitForExit());
            Traced Once() => workload is null ? Traced.Run(text) : Traced.Run(text, recorder =>
            {
                workload();
                Assert.True(!kind.Prints || recorder.HasEvent.Wait(TimeSpan.FromMinutes(1)));
            }, new CompilationOptions());
            var t = Once();
            // Where programs can be preempted (7.0), the kernel skips, and counts, what comes on the same CPU meanwhile.
            for (int again = 0; again < MostAttempts && t.Statistics.Any(s => s.RecursionMisses > 0); again++)
                t = Once();
            if (kind.AtLeast > 0)
                Assert.InRange(t.Number(), kind.AtLeast, int.MaxValue);
            else
                Assert.Equal(kind.Times, t.Number());
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    /// <summary>Why this machine can't have what needs something; null where it should.</summary>
    private static string? Why(Lack lack) => lack switch
    {
        // Distributions' kernels have these: a test that did not find them there must not pass.
        Lack.Kprobes or Lack.Uprobes or Lack.Types when Environment.GetEnvironmentVariable("CTRACE_KERNEL_IS_COMPLETE") == "1" => null,
        Lack.Kprobes => ProbeUnits.Kprobe is null ? "the kernel is built without kprobes" : null,
        Lack.Uprobes => ProbeUnits.Uprobe is null ? "the kernel is built without uprobes" : null,
        Lack.Compiler => Why(Lack.Uprobes) ?? (Fixture.AreBuilt || Machine.Which("gcc") is not null ? null : "there is no compiler for the program with the probe"),
        Lack.Counters => Refusal("hardware:cpu-cycles:1000000 { }"),
        Lack.DebugRegisters => Refusal($"watchpoint:0x{(nuint)Watched:x}:8:w {{ }}"),
        Lack.Types => File.Exists(Runtime.Kernel.Btf.RunningKernel) ? null : "the kernel has no type information",
        _ => null,
    };

    /// <summary>Only the machine itself knows whether it counts, or stops at an address.</summary>
    private static string? Refusal(string program)
    {
        if (Machine.WhyNot([]) is not null)
            return null;
        try
        {
            Traced.Run(program, () => { });
            return null;
        }
        catch (SessionException e) when (e.Message.Contains("this machine"))
        {
            return e.Message[(e.Message.IndexOf("this machine", StringComparison.Ordinal))..];
        }
    }

    /// <summary>What a machine may lack.</summary>
    public enum Lack
    {
        Nothing,
        Kprobes,
        Uprobes,
        Compiler,
        Counters,
        DebugRegisters,
        Types,
    }

    /// <summary>The kinds that need something; skipped, with the reason, where a machine has not got it.</summary>
    public sealed class KindDataAttribute : Xunit.Sdk.DataAttribute
    {
        private readonly Lack _lack;

        public KindDataAttribute(Lack lack)
        {
            (_lack, Skip) = (lack, Why(lack));
            foreach (var kind in Skip is null ? [] : Table.Where(k => k.Needs == lack))
                Note(kind.Name, "no: " + Skip);
        }

        public override IEnumerable<object[]> GetData(System.Reflection.MethodInfo testMethod) => Table.Where(k => k.Needs == _lack).Select(k => new object[] { k.Name });
    }

    private static void Seeks()
    {
        int fd = (int)Opened.DangerousGetHandle();
        for (int i = 0; i < Calls; i++)
            _ = lseek(fd, 7, 0);
    }

    private static void Functions()
    {
        for (int i = 0; i < Calls; i++)
            _ = labs(7);
    }

    private static void Writes()
    {
        for (int i = 0; i < Calls; i++)
            Volatile.Write(ref *Watched, i);
    }

    private static void Faults()
    {
        // More than the C library keeps for later.
        const int size = 256 << 20;
        byte* memory = (byte*)NativeMemory.AlignedAlloc(size, 4096);
        for (int i = 0; i < size; i += size / Calls)
            memory[i] = 1;
        NativeMemory.AlignedFree(memory);
    }

    private static void Spin()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (clock.ElapsedMilliseconds < 500)
            Thread.SpinWait(100);
    }

    [LibraryImport("libc")]
    private static partial long labs(long value);

    [LibraryImport("libc")]
    private static partial long lseek(int fd, long offset, int whence);

    /// <param name="Name">What people call it.</param>
    /// <param name="Program">It counts into <c>@</c>. $1 is the thread, $2 the process, $3 the fixture, $4 watched memory.</param>
    /// <param name="Workload">What fires it; null waits for the program to end, or runs the fixture.</param>
    /// <param name="Times">How often it fires.</param>
    /// <param name="AtLeast">Where that is not known exactly.</param>
    private sealed record Kind(string Name, string Program, Action? Workload, int Times = Calls, int AtLeast = 0)
    {
        /// <summary>What a machine may be without.</summary>
        public Lack Needs { get; init; }

        /// <summary>What is done in another way where it is missing.</summary>
        public KernelFeature? Uses { get; init; }

        public string? Fixture { get; init; }

        /// <summary>Whether its program prints, which is waited for: the runtime hands signals on in a thread of its own.</summary>
        public bool Prints { get; init; }
    }
}
