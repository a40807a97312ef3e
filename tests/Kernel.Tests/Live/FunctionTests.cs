using System.Globalization;
using System.Runtime.InteropServices;
using Ctrace.Compiler;
using Ctrace.Compiler.Values;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Functions on real events, against what this process, /proc or the C library says.</summary>
public unsafe partial class FunctionTests
{
    private const string Mine = "tracepoint:syscalls:sys_enter_lseek /tid == $1/ ";
    private const string Paths = "tracepoint:syscalls:sys_enter_access /tid == $1/ ";

    [KernelFact]
    public void Texts()
    {
        string[] paths = ["", "a", "/etc/passwd", "/a/b.so", "so", ".s.so.so", new string('x', 100) + ".so", "ä€", new string('y', 254)];
        var t = Traced.Run(Paths + """
            { $p = str(args.filename, 256); @len[$p] = strlen($p); @at[$p] = strstr($p, ".so"); @has[$p] = strcontains($p, ".so");
              @cat[$p] = str_concat($p, "!"); @like[$p] = strncmp($p, "/etc", 4); @cmp[$p] = memcmp($p, "/etc/", 5); @self[$p] = strstr($p, comm); }
            """, () =>
        {
            foreach (string path in paths)
                Access(path);
        });
        foreach (string path in paths)
        {
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(path);
            int at = path.IndexOf(".so", StringComparison.Ordinal);
            Assert.Equal(bytes.Length, t.Numbers("@len")[path]);
            Assert.Equal(at < 0 ? -2 : at, t.Numbers("@at")[path]);
            Assert.Equal(at >= 0 ? 1 : 0, t.Numbers("@has")[path]);
            Assert.Equal(path + "!", Traced.Show(t.Values("@cat")[path]));
            Assert.Equal(path.StartsWith("/etc", StringComparison.Ordinal) ? 0 : 1, t.Numbers("@like")[path]);
            Assert.Equal(MemoryDifference(bytes, "/etc/"u8), t.Numbers("@cmp")[path]);
            Assert.Equal(-2, t.Numbers("@self")[path]);
        }
    }

    [KernelFact]
    public void Swapped_bytes()
    {
        var t = Traced.Run(Mine + "{ @8[args.offset] = bswap((uint8)args.offset); @16[args.offset] = bswap((uint16)args.offset); @32[args.offset] = bswap((uint32)args.offset); @64[args.offset] = bswap((uint64)args.offset); }",
            () => Native.Lseek(0x0123456789abcdef));
        const string key = "81985529216486895";
        Assert.Equal(0xef, t.Numbers("@8")[key]);
        Assert.Equal(0xefcd, t.Numbers("@16")[key]);
        Assert.Equal(0xefcdab89, t.Numbers("@32")[key]);
        Assert.Equal(unchecked((long)0xefcdab8967452301), t.Numbers("@64")[key]);
    }

    [KernelFact]
    public void Names_of_numbers()
    {
        var t = Traced.Run(Mine + "{ printf(\"%s|%s|%s\\n\", strerror(args.offset), signal_name(args.offset), syscall_name(args.offset)); }", () =>
        {
            foreach (int number in new[] { 1, 2, 11, 34 })
                Native.Lseek(number);
        });
        Assert.Equal(
        [
            "Operation not permitted|Hangup|write", "No such file or directory|Interrupt|open",
            "Try again (operation would block)|Segmentation fault|munmap", "Math result not representable|Real-time signal 0|pause",
        ], t.Lines);
    }

    [KernelFact]
    public void Names_are_compared()
    {
        var t = Traced.Run("tracepoint:raw_syscalls:sys_enter /tid == $1 && syscall_name(args.id) == \"lseek\"/ { @ = count(); if (username == \"root\") { @root = count(); } }",
            () => Native.Lseek(1));
        Assert.Equal(1, t.Number());
        Assert.Equal(Native.UserCall() == 0 ? 1 : 0, t.Number("@root"));
    }

    [KernelFact]
    public void Who_and_where()
    {
        var t = Traced.Run(Mine + "{ @user = username; @cgroup = cgroup_path(cgroup); @jiffies = jiffies; @parent = pcomm; @type = probetype; @pid = pid(curr_ns); @tid = tid(init); printf(\"%s %s\", username, cgroup_path(cgroup)); }",
            () => Native.Lseek(1));
        string unified = File.ReadAllLines("/proc/self/cgroup").Single(l => l.StartsWith("0::", StringComparison.Ordinal))[3..];
        Assert.StartsWith($"{Environment.UserName} unified:{unified}", t.Text);
        int parent = int.Parse(File.ReadAllText("/proc/self/stat").Split(") ")[1].Split(' ')[1], CultureInfo.InvariantCulture);
        // The kernel keeps the thread that forked us.
        Assert.Contains(Traced.Show(t.Value("@parent")), Directory.GetDirectories($"/proc/{parent}/task").Select(d => Processes.Read(d + "/comm").TrimEnd('\n')));
        Assert.Equal("tracepoint", Traced.Show(t.Value("@type")));
        Assert.Equal((Environment.ProcessId, Native.CurrentThread()), (t.Number("@pid"), t.Number("@tid")));
        Assert.True(t.Number("@jiffies") > 0);
    }

    [KernelFact]
    public void Clocks()
    {
        long before = Time(1), beforeTai = Time(11);
        var t = Traced.Run("begin { @m = nsecs(monotonic); @s = nsecs(sw_tai); @b = nsecs(boot); exit(); }");
        Assert.InRange(t.Number("@m"), before, Time(1));
        Assert.InRange(t.Number("@s"), beforeTai - 1_000_000, Time(11) + 1_000_000);
        Assert.InRange(t.Number("@b"), Time(7) - 60_000_000_000, Time(7));
    }

    [KernelFact(Needs = Compiler.Targets.KernelFeature.AtomicTime)]
    public void Atomic_time()
    {
        long before = Time(11);
        var t = Traced.Run("begin { @t = nsecs(tai); exit(); }");
        Assert.InRange(t.Number("@t"), before, Time(11));
    }

    [KernelFact]
    public void Bytes_of_any_kind()
    {
        byte[] data = [0, 1, 0x41, 0x7f, 0x80, 0xff, (byte)'\\', (byte)'"', (byte)' ', (byte)'~'];
        int fd = Open("/dev/null", 1);
        var t = Traced.Run("tracepoint:syscalls:sys_enter_write /tid == $1 && args.fd == $3/ { $b = buf(args.buf, args.count); @[$b] = count(); printf(\"%r|%rh|%rx|%12r|\\n\", buf(args.buf, 4), buf(args.buf, args.count), buf(args.buf, 2), buf(args.buf, 1)); @m[macaddr(args.buf)] = count(); @same = memcmp(args.buf, buf(args.buf, 10), 10); }",
            () =>
            {
                fixed (byte* start = data)
                    Write(fd, start, (nuint)data.Length);
            }, fd);
        _ = Close(fd);
        Assert.StartsWith("\\x00\\x01A\\x7f|00 01 41 7f 80 ff 5c 22 20 7e|\\x00\\x01|        \\x00|\n", t.Text);
        Assert.Contains("@[\\x00\\x01A\\x7f\\x80\\xff\\\" ~]: 1\n", t.Text);
        Assert.Contains("@m[00:01:41:7F:80:FF]: 1\n", t.Text);
        Assert.Equal(0, t.Number("@same"));
    }

    [KernelFact]
    public void A_program_s_arguments()
    {
        var t = Traced.Run("tracepoint:syscalls:sys_enter_execve /ppid == $2/ { join(args.argv); join(args.argv, \"|\"); }",
            () => Shell.Run("/bin/true", "one", "two three", "four"));
        // The search along PATH may try several folders.
        Assert.Equal(["/bin/true one two three four", "/bin/true|one|two three|four"], t.Lines.TakeLast(2));
    }

    [KernelFact]
    public void Signals_arrive()
    {
        var options = new CompilationOptions { Unsafe = true };
        var t = Traced.Run("tracepoint:syscalls:sys_enter_execve /comm == \"victim\"/ { signal(\"SIGKILL\"); @ = count(); }",
            _ => Assert.Equal(137, Shell.Run("/bin/sh", "-c", "printf victim > /proc/$$/comm; exec /bin/true")), options);
        Assert.Equal(1, t.Number());
    }

    [KernelFact]
    public void A_file_and_a_command_are_printed_in_order()
    {
        var t = Traced.Run("begin { printf(\"a\\n\"); cat(\"/proc/sys/kernel/ostype\"); printf(\"b\\n\"); system(\"echo %d >&2\", 5 + 6); system(\"exit 3\"); printf(\"c\\n\"); exit(); }",
            null, new CompilationOptions { Unsafe = true });
        Assert.Equal("a\nLinux\nb\n11\n\nc\n", t.Text[..t.Text.IndexOf("c\n", StringComparison.Ordinal)] + "c\n");
        Assert.Contains(t.Messages, m => m.Contains("the command exited with code 3", StringComparison.Ordinal));
    }

    [KernelFact]
    public void An_assertion_ends_the_program()
    {
        var t = Traced.Run("begin { assert(1 == 1, \"fine\"); assert(pid == 0, \"no\"); printf(\"not here\"); }");
        Assert.Equal(1, t.ExitCode);
        Assert.Contains(t.Messages, m => m.EndsWith("ERROR: assert failed: no", StringComparison.Ordinal));
        Assert.Empty(t.Lines);
    }

    [KernelFact]
    public void The_kernel_s_functions()
    {
        string line = File.ReadLines("/proc/kallsyms").First(l => l.EndsWith(" T do_nanosleep", StringComparison.Ordinal) || l.EndsWith(" t do_nanosleep", StringComparison.Ordinal));
        var t = Traced.Run("begin { printf(\"%lx %s %s %s\\n\", kaddr(\"do_nanosleep\"), ksym(kaddr(\"do_nanosleep\") + 1), ksym(1), usym(2)); exit(); }");
        Assert.Equal($"{line[..16]} do_nanosleep 0x1 0x2", t.Lines[0]);
    }

    [KernelFact]
    public void A_process_s_functions()
    {
        nint address = NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "getppid");
        var t = Traced.Run(Mine + "{ printf(\"%s\\n\", usym(args.offset)); }", () => Native.Lseek(address + 1));
        Assert.Equal("getppid", t.Lines[0]);
    }

    private static int MemoryDifference(byte[] text, ReadOnlySpan<byte> other)
    {
        for (int i = 0; i < other.Length; i++)
            if ((i < text.Length ? text[i] : 0) - other[i] is var difference and not 0)
                return difference;
        return 0;
    }

    private static long Time(int clock)
    {
        long* time = stackalloc long[2];
        _ = GetTime(clock, time);
        return time[0] * 1_000_000_000 + time[1];
    }

    private static void Access(string path) => _ = Access(path, 0);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, long* time);

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int fd, byte* bytes, nuint size);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);
}
