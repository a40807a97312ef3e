using Ctrace.Compiler;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>A machine's description says the same as the machine.</summary>
public sealed class DescriptionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("description").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [KernelFact(Machine.Runtime)]
    public void Programs_are_the_same_for_the_machine_and_for_its_description()
    {
        TargetDescription.Save(_folder);
        // A description takes any .NET program for one that runs there: here one must.
        using var shop = new Shop();
        // Made again in the same place.
        var description = TargetDescription.Save(_folder);
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), description.Release);
        var (machine, described) = (new KernelTarget(), DescribedTarget.OfFolder(_folder));
        Assert.Equal(machine.Tracepoints, described.Tracepoints);
        Assert.Equal(machine.RawTracepoints, described.RawTracepoints);
        Assert.Equal(machine.KernelFunctions, described.KernelFunctions);
        Assert.Equal(KernelFeatures.All.Where(f => machine.Supports(f.Feature)), KernelFeatures.All.Where(f => described.Supports(f.Feature)));
        string[] programs =
        [
            .. Directory.GetFiles(Path.Combine(Ctrace.Kernel.Tests.Tracer.Root, "examples"), "*.ct").Select(File.ReadAllText),
            "fentry:vfs_read { @[args.file->f_flags] = count(); }", "rawtracepoint:sched_switch { @[args.next.pid] = count(); }", "span:syscall:read < p99(duration) by comm every 1s >",
            "tracepoint:sched:nonesuch { }", "begin { @ = kaddr(\"vfs_read\") != 0; @b = sizeof(struct task_struct); }",
        ];
        Assert.All(programs, program =>
        {
            var (here, there) = (Compile(program, machine), Compile(program, described));
            Assert.Equal(here.Diagnostics.Select(d => (d.Span, d.Message, d.Hint)), there.Diagnostics.Select(d => (d.Span, d.Message, d.Hint)));
            // An address is not in the description.
            if (here.Program is { } one && !program.Contains("kaddr"))
                Assert.Equal(Disassembler.Format(one), Disassembler.Format(there.Program!));
        });
    }

    [KernelFact]
    public void Type_information_alone_tells_of_types_and_functions()
    {
        if (!File.Exists(Btf.RunningKernel))
            return;
        var (machine, described) = (new KernelTarget(), DescribedTarget.OfTypes(Btf.RunningKernel));
        Assert.Equal(machine.Architecture.Name, described.Architecture.Name);
        Assert.Equal(machine.RawTracepoints, described.RawTracepoints);
        var wrong = KernelFeatures.All.Where(f => !f.DependsOnConfiguration && machine.Supports(f.Feature) != described.Supports(f.Feature));
        Assert.Empty(wrong.Select(f => f.Name));
        Assert.NotNull(Compile("kprobe:vfs_read { @[curtask.comm] = count(); }", described).Program);
        Assert.Contains("tracepoints are not known there", Assert.Single(Compile("tracepoint:sched:sched_switch { }", described).Diagnostics).Message);
    }

    [KernelFact]
    public void Broken_type_information_is_refused()
    {
        if (!File.Exists(Btf.RunningKernel))
            return;
        byte[] sound = File.ReadAllBytes(Btf.RunningKernel);
        var random = new Random(5);
        string path = Path.Combine(_folder, "broken");
        for (int round = 0; round < 60; round++)
        {
            byte[] bytes = round % 3 == 0 ? sound[..random.Next(0, sound.Length)] : [.. sound];
            // Either the header, or anywhere.
            for (int i = 0; round % 3 != 0 && i < 20; i++)
                bytes[random.Next(0, round % 3 == 1 ? 24 : bytes.Length)] = (byte)random.Next();
            File.WriteAllBytes(path, bytes);
            using var types = Btf.TryOpen(path, isForeign: true);
            // What passes is used without harm.
            if (types is not null)
                _ = Compile("kprobe:vfs_read { @[curtask.comm] = count(); $t = (struct file *)arg0; @a = $t->f_flags; }", DescribedTarget.OfTypes(path));
        }
    }

    [Theory]
    [InlineData("", "is no description of a machine")]
    [InlineData("{", "is broken")]
    [InlineData("{\"format\": 1}", "is broken")]
    [InlineData("{\"format\": 9}", "was made by another version")]
    public void A_broken_description_is_refused(string text, string message)
    {
        if (text.Length > 0)
            File.WriteAllText(Path.Combine(_folder, "target.json"), text);
        Assert.Contains(message, Assert.Throws<TargetException>(() => DescribedTarget.OfFolder(_folder)).Message);
    }

    [KernelFact]
    public void Nothing_else_is_overwritten()
    {
        File.WriteAllText(Path.Combine(_folder, "notes"), "mine");
        Assert.Contains("holds something else", Assert.Throws<TargetException>(() => TargetDescription.Save(_folder)).Message);
    }

    private static CompilationResult Compile(string program, ITarget target) => Compilation.Compile(new SourceText(program), target, new CompilationOptions());
}
