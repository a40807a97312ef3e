using System.Diagnostics;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Functions of a module, which comes and goes. Test machines have one to try: a network device that does nothing.</summary>
public class ModuleTests
{
    private const string Transmit = "dummy_xmit";

    /// <summary>Where the test machines have it, for each kernel.</summary>
    internal static string Module => $"/modules/{(Release.EndsWith("-arm64", StringComparison.Ordinal) ? "arm64" : string.Join('.', Release.Split('.').Take(2)))}/dummy.ko";

    private static string Release => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    [ModuleFact]
    public void A_module_s_function_is_probed_by_its_module_and_by_its_name_alone() => WithDevice(send =>
    {
        var t = Traced.Run($"kprobe:dummy:{Transmit} {{ @k = count(); }} kprobe:{Transmit} {{ @n = count(); }} kretprobe:dummy:{Transmit} {{ @r[retval] = count(); }}", () => send(7));
        Assert.Equal((7, 7, 7), (t.Number("@k"), t.Number("@n"), t.Numbers("@r")["0"]));
    });

    [ModuleFact(Needs = KernelFeature.FetchAtomics)]
    public void Its_arguments_have_names_and_types() => WithDevice(send =>
    {
        var target = new KernelTarget();
        var prototype = target.FindPrototype(Transmit, "dummy");
        Assert.Equal(["skb", "dev"], prototype?.Arguments.Select(a => a.Name));
        Assert.Equal("struct sk_buff *", prototype!.Arguments[0].Type!.Name);
        var t = Traced.Run($"fentry:dummy:{Transmit} {{ @[args.skb->len > 0, args.dev->name] = count(); }} fexit:{Transmit} {{ @result[(int32)retval] = count(); }} fentry:dummy:dummy_x* {{ @p[probe] = count(); }}", () => send(5));
        Assert.Equal(new Dictionary<string, long> { ["true, dummy0"] = 5 }, t.Numbers());
        Assert.Equal(new Dictionary<string, long> { ["0"] = 5 }, t.Numbers("@result"));
        Assert.Equal(new Dictionary<string, long> { [$"fentry:dummy:{Transmit}"] = 5 }, t.Numbers("@p"));
    });

    [ModuleFact(Needs = KernelFeature.FetchAtomics)]
    public void A_description_of_the_machine_has_its_modules() => WithDevice(send =>
    {
        string folder = Directory.CreateTempSubdirectory("description").FullName;
        TargetDescription.Save(folder);
        var (machine, described) = (new KernelTarget(), DescribedTarget.OfFolder(folder));
        string[] programs =
        [
            $"fentry:dummy:{Transmit} {{ @[args.skb->len] = count(); }}", $"fexit:{Transmit} {{ @[retval] = count(); }}", $"kprobe:dummy:{Transmit} {{ @ = count(); }}", "fentry:dummy:dummy_* { @[probe] = count(); }",
            $"kprobe:{Transmit} {{ $d = (struct net_device *)arg1; print($d->name); }}", $"fentry:dummy:{Transmit} {{ print(args.nonesuch); }}", "fentry:dummy:nonesuch { }",
        ];
        Assert.All(programs, program =>
        {
            var (here, there) = (Compile(program, machine), Compile(program, described));
            Assert.Equal(here.Diagnostics.Select(d => (d.Span, d.Message, d.Hint)), there.Diagnostics.Select(d => (d.Span, d.Message, d.Hint)));
            Assert.Equal(here.Program is { } one ? Compiler.Bytecode.Disassembler.Format(one) : "", there.Program is { } other ? Compiler.Bytecode.Disassembler.Format(other) : "");
        });
        Assert.NotNull(Compile(programs[0], described).Program);
        // A module that is not what it says it is does no harm.
        byte[] types = File.ReadAllBytes(Path.Combine(folder, "btf", "dummy"));
        var random = new Random(7);
        for (int round = 0; round < 40; round++)
        {
            byte[] broken = [.. types];
            for (int i = 0; i < 10; i++)
                broken[random.Next(broken.Length)] = (byte)random.Next();
            File.WriteAllBytes(Path.Combine(folder, "btf", "dummy"), broken);
            _ = Compile(programs[0], DescribedTarget.OfFolder(folder));
        }

        Directory.Delete(folder, true);
    });

    private static Compiler.CompilationResult Compile(string program, ITarget target) => Compiler.Compilation.Compile(new Compiler.Text.SourceText(program), target, new Compiler.CompilationOptions());

    [ModuleFact]
    public void A_module_that_is_unloaded_takes_its_probes_with_it()
    {
        Load();
        var t = Traced.Run($"kprobe:dummy:{Transmit} {{ @ = count(); }} tracepoint:syscalls:sys_enter_lseek /tid == $1/ {{ @seeks = count(); }}", () =>
        {
            Send(3);
            Unload();
            Native.Lseek(1);
        });
        Assert.Equal((3, 1), (t.Number(), t.Number("@seeks")));
        // And then there is no such function.
        var error = Assert.ThrowsAny<Exception>(() => Traced.Run($"kprobe:dummy:{Transmit} {{ @ = count(); }}", () => { }));
        Assert.Contains(Transmit, error.Message);
    }

    private static void WithDevice(Action<Action<int>> test)
    {
        Load();
        try
        {
            test(Send);
        }
        finally
        {
            Unload();
        }
    }

    private static void Load()
    {
        Run("insmod", Module);
        Run("ip", "link", "set", "dummy0", "up");
        Run("ip", "addr", "add", "10.99.0.1/24", "dev", "dummy0");
        // What the kernel says by itself about a new device (multicast, neighbours) is over then.
        Thread.Sleep(500);
        File.WriteAllText("/proc/sys/net/ipv6/conf/dummy0/disable_ipv6", "1");
    }

    private static void Unload()
    {
        Run("ip", "link", "set", "dummy0", "down");
        Run("rmmod", "dummy");
    }

    /// <summary>To a broadcast address: nobody is asked for where that is.</summary>
    private static void Send(int packets)
    {
        using var sender = new System.Net.Sockets.UdpClient { EnableBroadcast = true };
        for (int i = 0; i < packets; i++)
            sender.Send([1, 2, 3], "10.99.0.255", 9);
    }

    private static void Run(string command, params string[] arguments)
    {
        using var process = Process.Start(command, arguments)!;
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command} {string.Join(' ', arguments)}: code {process.ExitCode}");
    }

    private sealed class ModuleFactAttribute : KernelFactAttribute
    {
        public ModuleFactAttribute()
        {
            if (Skip is null && !File.Exists(Module))
                Skip = $"there is no module to load and unload ({Module})";
        }
    }
}
