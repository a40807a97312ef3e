using Ctrace.Compiler;
using Ctrace.Compiler.Targets;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Functions of the kernel by their trampolines, and by kprobes in their place.</summary>
public class KernelFunctionTests
{
    private const string Program =
        "fentry:vfs_read /tid == $1/ { @size[args.count] = count(); @position = sum(args.pos != 0); @p = probe; } fexit:vfs_read /tid == $1/ { @result[retval] = count(); }";

    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void Arguments_have_names_and_results_have_types() => Check(new Runtime.Kernel.KernelTarget());

    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void Kprobes_see_the_same() => Check(LimitedTarget.Without(KernelFeature.FunctionTracing));

    [KernelFact(Needs = KernelFeature.KprobeMulti)]
    public void Many_are_one_program_where_only_their_names_are_asked_for()
    {
        int file = Native.Open("/dev/zero");
        var t = Traced.Run("fentry:vfs_* /tid == $1/ { @[probe] = count(); } fexit:vfs_* /tid == $1/ { @x[func] = count(); }", () =>
        {
            for (int i = 0; i < 7; i++)
                Native.Read(file, 16);
        });
        Native.Close(file);
        Assert.InRange(t.Statistics.Count, 1, 2);
        Assert.True(t.Probes > 40, $"{t.Probes} probes");
        Assert.Equal(7, t.Numbers().GetValueOrDefault("fentry:vfs_read"));
        Assert.Equal(7, t.Numbers("@x").GetValueOrDefault("vfs_read"));
    }

    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void A_return_seen_by_a_kprobe_has_no_arguments()
    {
        var error = Assert.ThrowsAny<Exception>(() => Traced.Run("fexit:vfs_read { print(args.count); }", _ => { }, new CompilationOptions(), LimitedTarget.Without(KernelFeature.FunctionTracing)));
        Assert.Contains("args.count is not known at the return", error.Message);
    }

    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void A_file_s_path_is_the_kernel_s()
    {
        string path = Path.GetTempFileName();
        var t = Traced.Run("fentry:security_file_permission /tid == $1/ { printf(\"%s\\n\", path(args.file->f_path)); }", () => File.ReadAllBytes(path));
        File.Delete(path);
        Assert.Contains(path, t.Lines);
    }

    /// <summary>To the verifier they are structures, with whose addresses it allows no arithmetic: what computes with them has numbers.</summary>
    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void Pointers_among_the_arguments_can_be_computed_with()
    {
        string[] statements =
        [
            "@a = args.file & 1;", "$f = args.file; @b = (uint64)$f >> 2;", "@c = hist(args.file);", "@d = lhist(args.file, 0, 10, 1);", "@e = sum(args.file);",
            "@f[(uint64)args.file % 10] = count();", "@g = args.file * 2;", "@h = ~(uint64)args.file;", "@i = -(int64)args.file;", "$i = (uint64)args.file; while ($i > 100) { $i = $i / 2; } @j = $i;",
            "$p = (uint64 *)args.file; @k = *($p + args.count % 5);", "@l = (uint32)args.file; @m = (int8)args.file; @n = (bool)args.file;", "$x = (uint64)args.file; $x += 5; $x <<= 3; @o = $x;",
            "$t = (args.file, 1); @p = (uint64)$t.0 & 1;", "@q = (uint64)&args.file->f_flags & 7;", "unroll (3) { @r = (uint64)args.file >> 3; }", "$x = args.file; for ($i : 0..10) { $x = $x + 1; } @s = (uint64)$x;",
            "$x = args.count; if (pid) { $x = (uint64)args.file; } @t = $x & 1;", "@u = (uint64)args.file ^ args.count;", "$x = args.file; for ($i : 0..1000) { $x++; if ($x == 5) { break; } } @v = (uint64)$x;",
            "$x = args.file; for ($i : 0..100) { if ($i == 5) { $x = (struct file *)0; } if ($x) { @w = $x->f_flags; } }", "@x[1] = 5; @x[1] += args.file;",
        ];
        foreach (string kind in (string[])["fentry", "fexit"])
        {
            var result = Tracer.Run("--dry-run", "--no-warnings", "-e", string.Concat(statements.Select(s => $"{kind}:vfs_read {{ {s} }}\n")));
            Assert.Equal((0, "The program compiles and loads."), (result.Code, result.Errors.Trim()));
        }

        var t = Traced.Run("fentry:vfs_read /tid == $1/ { @halves = (uint64)args.file / 2 * 2 + ((uint64)args.file & 1) == (uint64)args.file; @flags = args.file->f_flags == ((struct file *)((uint64)args.file ^ 0))->f_flags; }",
            () => File.ReadAllBytes("/proc/self/stat"));
        Assert.Equal((1, 1), (t.Number("@halves"), t.Number("@flags")));
    }

    /// <summary>Of a path that does not fit, its end is kept, as bpftrace keeps it; what is kept is the same text as any other.</summary>
    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void A_file_s_path_keeps_its_end_and_nothing_behind_it()
    {
        string path = Path.GetTempFileName();
        var t = Traced.Run($"fentry:security_file_permission /tid == $1 && path(args.file->f_path) == \"{path}\"/ "
            + $"{{ @m[path(args.file->f_path)] = 1; if (has_key(@m, \"{path}\")) {{ print((path(args.file->f_path, 8), path(args.file->f_path, {path.Length + 1}), path(args.file->f_path, {path.Length}))); }} clear(@m); }}",
            () => File.ReadAllBytes(path));
        File.Delete(path);
        // Before 5.14 the kernel leaves nothing in the buffer (fs/d_path.c, prepend).
        Assert.Contains(Environment.OSVersion.Version >= new Version(5, 14) ? $"({path[^7..]}, {path}, {path[1..]})" : $"(, {path}, )", t.Lines);
    }

    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void A_socket_keeps_its_cookie()
    {
        // 5.12 brought it, as it did the atomics.
        if (!Machine.Supports(KernelFeature.FetchAtomics))
            return;
        var t = Traced.Run("fentry:tcp_v4_connect /pid == $2/ { @[socket_cookie(args.sk)] = count(); }", () =>
        {
            using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
            listener.Start();
            for (int i = 0; i < 3; i++)
                new System.Net.Sockets.TcpClient("127.0.0.1", ((System.Net.IPEndPoint)listener.LocalEndpoint).Port).Dispose();
        });
        // Each socket has its own.
        Assert.Equal([1, 1, 1], t.Numbers().Values);
        Assert.DoesNotContain("0", t.Numbers().Keys);
    }

    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void A_span_has_the_entry_s_arguments_by_name() => Spans(new Runtime.Kernel.KernelTarget());

    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void A_span_by_kprobes_has_them_too() => Spans(LimitedTarget.Without(KernelFeature.FunctionTracing));

    private static void Spans(ITarget target)
    {
        var t = Traced.Run("span:kernel:vfs_read /tid == $1 && args.count >= 1000 && retval > 0/ < count(), sum(retval) as bytes, min(duration) by args.count as size, probe, arg2 >", _ =>
        {
            using var file = new FileStream("/dev/zero", FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            for (int size = 1000; size < 1003; size++)
                file.ReadExactly(new byte[size]);
        }, new CompilationOptions(), target);
        var rows = t.Table().OrderBy(r => r.Key, StringComparer.Ordinal).ToList();
        Assert.Equal(["1000, span:kernel:vfs_read, 1000", "1001, span:kernel:vfs_read, 1001", "1002, span:kernel:vfs_read, 1002"], rows.Select(r => r.Key));
        Assert.Equal([1000, 1001, 1002], rows.Select(r => Traced.Number(r.Value[1])));
        Assert.All(rows, r => Assert.InRange(Traced.Number(r.Value[2]), 1, 10_000_000_000));
    }

    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void Packets_go_to_a_file_that_others_can_read()
    {
        const int Port = 9;
        string folder = Directory.CreateTempSubdirectory().FullName, file = Path.Combine(folder, "out.pcap");
        // What __dev_queue_xmit gets begins with the Ethernet header of 14 bytes, which is left out.
        var t = Traced.Run($"fentry:__dev_queue_xmit /pid == $2/ {{ $r = skboutput(\"{file}\", args.skb, args.skb->len, 14); @result[$r] = count(); @bytes = sum(args.skb->len - 14); }}", () =>
        {
            // Somebody listens: no answer says that nobody does.
            using var receiver = new System.Net.Sockets.UdpClient(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, Port));
            using var sender = new System.Net.Sockets.UdpClient();
            for (int i = 1; i <= 20; i++)
                sender.Send(System.Text.Encoding.ASCII.GetBytes(new string('x', i * 10)), "127.0.0.1", Port);
        });
        byte[] content = File.ReadAllBytes(file);
        Directory.Delete(folder, true);
        Assert.Equal(new Dictionary<string, long> { ["0"] = 20 }, t.Numbers("@result"));
        Assert.Equal((0xa1b23c4dU, 101U), (BitConverter.ToUInt32(content), BitConverter.ToUInt32(content, 20)));
        int place = 24;
        for (int i = 1; i <= 20; i++)
        {
            int length = BitConverter.ToInt32(content, place + 8), packet = place + 16;
            // IPv4 with a header of 20 bytes, UDP with one of 8.
            Assert.Equal((20 + 8 + i * 10, 0x45, 17, Port), (length, content[packet], content[packet + 9], content[packet + 20 + 3]));
            Assert.All(content[(packet + 28)..(packet + length)], b => Assert.Equal((byte)'x', b));
            Assert.InRange(DateTimeOffset.FromUnixTimeSeconds(BitConverter.ToUInt32(content, place)), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddSeconds(2));
            place = packet + length;
        }

        Assert.Equal((content.Length, t.Number("@bytes")), (place, Enumerable.Range(1, 20).Sum(i => 28 + i * 10)));
    }

    private static void Check(ITarget target)
    {
        var t = Traced.Run(Program, _ =>
        {
            // Without a buffer, so that a read is a read.
            using var file = new FileStream("/dev/zero", FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            for (int size = 1000; size < 1010; size++)
                file.ReadExactly(new byte[size]);
            file.ReadExactly(new byte[1000]);
        }, new CompilationOptions(), target);
        var sizes = t.Numbers("@size").Where(e => int.Parse(e.Key) is >= 1000 and < 1010).OrderBy(e => e.Key, StringComparer.Ordinal).ToList();
        Assert.Equal([2, 1, 1, 1, 1, 1, 1, 1, 1, 1], sizes.Select(e => e.Value));
        Assert.Equal(sizes, t.Numbers("@result").Where(e => int.Parse(e.Key) is >= 1000 and < 1010).OrderBy(e => e.Key, StringComparer.Ordinal));
        Assert.Equal("fentry:vfs_read", Traced.Show(t.Value("@p")));
    }
}
