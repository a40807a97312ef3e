using System.Runtime.InteropServices;
using Ctrace.Compiler;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Sys;
using Architecture = System.Runtime.InteropServices.Architecture;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Functions of BPF programs that others have loaded, by trampolines.</summary>
public sealed class ProgramFunctionTests
{
    private const int Calls = 30, SigInt = 2;

    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void Each_run_of_another_program_is_seen()
    {
        using var target = Target($"tracepoint:syscalls:sys_enter_lseek /tid == {Native.CurrentThread()}/ {{ @ = count(); }}");
        int id = IdOf("sys_enter_lseek");
        var t = Traced.Run($"fentry:bpf:{id}:sys_enter_lseek /tid == $1/ {{ @entry[probe, (uint64)args.ctx == arg0, arg0 != 0] = count(); }} fexit:bpf:sys_enter_lseek /tid == $1/ {{ @exit[func] = count(); @result = max(retval); }}", Seeks);
        Assert.Equal(new Dictionary<string, long> { [$"fentry:bpf:{id}:sys_enter_lseek, true, true"] = Calls }, t.Numbers("@entry"));
        Assert.Equal(Calls, t.Numbers("@exit").Values.Sum());
        Assert.InRange(t.Number("@result"), 0, 1);
        // It counted the same itself.
        Assert.Equal(Calls, target.Stop(SigInt).Number("@"));
    }

    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void The_context_has_its_type()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return;
        using var target = Target($"kprobe:ksys_lseek /tid == {Native.CurrentThread()}/ {{ @ = count(); }}");
        var t = Traced.Run("fentry:bpf:ksys_lseek /tid == $1/ { @[args.ctx->si, (int32)args.ctx->di] = count(); }", () => Native.Lseek(7));
        Assert.Equal(new Dictionary<string, long> { ["7, -1"] = 1 }, t.Numbers());
    }

    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void A_program_on_a_trampoline_is_one_level_at_most()
    {
        using var target = Target("fentry:ksys_lseek { @ = count(); }");
        // Since 6.8 there is one level, before that there is none.
        using var middle = Tracer.Start("-e", "fentry:bpf:ksys_lseek { @ = count(); }");
        Assert.Contains("it is itself a program on a trampoline", Refusal($"fentry:bpf:{IdOf("ksys_lseek", last: !middle.HasEnded)}:ksys_lseek {{ @ = count(); }}"));
        if (!middle.HasEnded)
            middle.Stop(SigInt);
    }

    [KernelFact]
    public void They_are_listed_and_what_is_wrong_is_said()
    {
        using var target = Target("rawtracepoint:sched_process_exec { @ = count(); }");
        const string name = "sched_process_e";
        int id = IdOf(name);
        Assert.Contains($"fentry:bpf:{id}:{name}", Tracer.Run("-l", "fentry:bpf:*").Output.Split('\n'));
        Assert.Equal($"fexit:bpf:{id}:{name}\n    unsigned long long * ctx\n    int retval\n", Tracer.Run("-lv", $"fexit:bpf:{id}:*").Output);
        Assert.Contains($"did you mean fentry:bpf:{name}?", Refusal("fentry:bpf:sched_proces_e { }"));
    }

    [KernelFact]
    public void A_program_without_types_is_told_from_none()
    {
        int fd = Bpf.LoadProgram((int)BpfProgramType.RawTracepoint, "nameless_types", [0xb7, 0x95], []);
        Assert.True(fd >= 0);
        using var program = new FileDescriptor(fd);
        Assert.Contains("was loaded without type information", Refusal("fexit:bpf:nameless_types { }"));
    }

    private static void Seeks()
    {
        for (int i = 0; i < Calls; i++)
            Native.Lseek(i);
    }

    private static Tracer Target(string program) => Tracer.Start("-e", program);

    private static int IdOf(string function, bool last = false)
    {
        var ids = new KernelTarget().BpfFunctions.Where(f => f.Name == function && f.TypeId != 0).Select(f => f.Program).ToList();
        return last ? ids[^1] : Assert.Single(ids);
    }

    private static string Refusal(string program) =>
        Assert.Single(Compilation.Compile(new SourceText(program), new KernelTarget(), new CompilationOptions()).Diagnostics) is var d ? $"{d.Message}; {d.Hint}" : "";
}
