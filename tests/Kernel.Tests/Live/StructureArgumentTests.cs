using System.IO.MemoryMappedFiles;
using System.Net.Sockets;
using Ctrace.Compiler.Targets;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Functions of the kernel that are given structures by value, or more arguments than there are registers for.</summary>
public class StructureArgumentTests
{
    /// <summary>A structure of 16 bytes takes two words: what stands behind it is the third from there.</summary>
    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void What_is_behind_a_structure_is_where_the_kernel_puts_it()
    {
        // A kprobe in the place of fexit has no arguments.
        bool hasExits = Machine.Supports(KernelFeature.StructureArguments);
        var t = Traced.Run("fentry:tcp_setsockopt /tid == $1/ { @[args.level, args.optname, args.optlen, arg4, args.optval.is_kernel, *(uint32 *)uptr(args.optval.user)] = count(); } "
            + $"fexit:tcp_setsockopt /tid == $1/ {{ {(hasExits ? "@length[args.optlen] = count();" : "")} @result[retval] = count(); }}", () =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            for (int i = 0; i < 3; i++)
                socket.SetRawSocketOption(6, 1, BitConverter.GetBytes(7));
            Assert.Throws<SocketException>(() => socket.SetRawSocketOption(6, 9999, BitConverter.GetBytes(11L)));
        });
        Assert.Equal(new Dictionary<string, long> { ["6, 1, 4, 4, false, 7"] = 3, ["6, 9999, 8, 8, false, 11"] = 1 }, t.Numbers());
        if (hasExits)
            Assert.Equal(new Dictionary<string, long> { ["4"] = 3, ["8"] = 1 }, t.Numbers("@length"));
        // ENOPROTOOPT
        Assert.Equal(new Dictionary<string, long> { ["0"] = 3, ["-92"] = 1 }, t.Numbers("@result"));
    }

    /// <summary>kuid_t is a structure with a number; before 6.1 a kprobe sees it.</summary>
    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void A_small_structure_has_its_member()
    {
        const int owner = 54321;
        string path = Path.GetTempFileName();
        Assert.Equal(0, Native.ChangeOwner(path, owner, -1));
        var t = Traced.Run($"fentry:from_kuid_munged /tid == $1 && args.kuid.val == {owner}/ {{ @entry = count(); }} fexit:from_kuid_munged /tid == $1/ {{ @exit[retval] = count(); }}", () =>
        {
            for (int i = 0; i < 5; i++)
                _ = File.GetUnixFileMode(path);
        });
        File.Delete(path);
        Assert.InRange(t.Number("@entry"), 5, 20);
        Assert.Equal(t.Number("@entry"), t.Numbers("@exit")[$"{owner}"]);
    }

    /// <summary>The seventh argument and those behind it are on the stack.</summary>
    [KernelFact(Needs = KernelFeature.StackArguments)]
    public void Arguments_on_the_stack_are_seen()
    {
        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, new byte[40960]);
        const string ours = "/tid == $1 && args.len == 4096 && args.pgoff >= 5 && args.pgoff < 8/";
        var t = Traced.Run($"fentry:do_mmap {ours} {{ @[args.pgoff, args.len] = count(); }} fexit:do_mmap {ours} {{ @result[retval > 4096] = count(); }}", () =>
        {
            using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
            for (int i = 5; i < 8; i++)
                file.CreateViewAccessor(i * 4096, 4096).Dispose();
        });
        File.Delete(path);
        Assert.Equal(new Dictionary<string, long> { ["5, 4096"] = 1, ["6, 4096"] = 1, ["7, 4096"] = 1 }, t.Numbers());
        Assert.Equal(3, t.Numbers("@result")["true"]);
    }

    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void What_no_trampoline_is_made_for_is_refused_before_the_kernel_is_asked()
    {
        var result = Tracer.Run("--dry-run", "-e", "fentry:make_kuid { }");
        Assert.Equal(1, result.Code);
        Assert.Contains("no fentry can be attached to make_kuid: it returns a structure", result.Errors);
    }

    /// <summary>It takes any number of arguments: a kprobe sees those that have names.</summary>
    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void What_no_trampoline_is_made_for_is_seen_by_a_kprobe_that_can()
    {
        var t = Traced.Run("fentry:seq_printf /tid == $1/ { @[probe, str(args.f, 10)] = count(); }", () =>
        {
            for (int i = 0; i < 3; i++)
                _ = File.ReadAllText("/proc/uptime");
        });
        Assert.Equal(3, t.Numbers()["fentry:seq_printf, %lu.%02lu"]);
    }

    /// <summary>The verifier shows neither pointers to functions, nor to pointers, nor to const void: as memory they can be read.</summary>
    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void Pointers_to_anything_can_be_read()
    {
        var t = Traced.Run("fentry:__sock_create /tid == $1/ { @sockets[args.family, args.res == arg4, args.res != 0] = count(); @socket = *args.res; } "
            + "fentry:simple_read_from_buffer /tid == $1/ { @buffer[args.from == arg3, *(uint8 *)args.from] = count(); }", () =>
        {
            for (int i = 0; i < 3; i++)
                new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp).Dispose();
            _ = File.ReadAllText("/sys/kernel/tracing/tracing_on");
        });
        Assert.Equal(new Dictionary<string, long> { ["2, true, true"] = 3 }, t.Numbers("@sockets"));
        // '1': tracing is on.
        Assert.True(t.Numbers("@buffer")["true, 49"] >= 1);
        var loaded = Tracer.Run("--dry-run", "-e", "fentry:smp_call_function_single { print((args.func, args.info)); @k[args.func] = count(); @n = args.func & 1; }");
        Assert.True(loaded.Code == 0, loaded.Errors);
    }
}
