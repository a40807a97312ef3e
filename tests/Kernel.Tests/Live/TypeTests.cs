using System.Diagnostics;
using Ctrace.Compiler.Values;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Memory behind pointers, structures, arrays and enumerations, against what the process itself knows.</summary>
public class TypeTests
{
    private const string Mine = "tracepoint:syscalls:sys_enter_lseek /tid == $1/ ";

    [KernelFact]
    public void The_task_is_what_proc_says()
    {
        var t = Traced.Run(Mine + """
            {
                @pid = curtask->tgid; @tid = curtask->pid; @comm = curtask->comm; @parent = curtask->real_parent->tgid;
                @uid = curtask->cred->uid.val; @first = curtask->comm[0]; @same = curtask->mm == curtask->group_leader->mm;
                $t = curtask; $p = &$t->comm; @through = *(int8 *)$p; @back = container_of($p, struct task_struct, comm) == curtask;
                @release = curtask->nsproxy->uts_ns->name.release;
            }
            """, () => Native.Lseek(1));
        Assert.Equal((Environment.ProcessId, Native.CurrentThread(), Native.ParentProcess(), 0), (t.Number("@pid"), t.Number("@tid"), t.Number("@parent"), t.Number("@uid")));
        string comm = File.ReadAllText($"/proc/self/task/{Native.CurrentThread()}/comm").TrimEnd('\n');
        Assert.Equal(comm, Traced.Show(t.Value("@comm")));
        Assert.Equal((comm[0], comm[0], 1, 1), (t.Number("@first"), t.Number("@through"), t.Number("@back"), t.Number("@same")));
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), Traced.Show(t.Value("@release")));
    }

    [KernelFact]
    public void A_structure_of_the_process_is_read_as_declared()
    {
        // struct a in memory: 7, "abc", 5 of 3 bits and 9 of 5, four shorts, a pointer to itself.
        byte[] memory = new byte[64];
        BitConverter.TryWriteBytes(memory, 7);
        "abc"u8.CopyTo(memory.AsSpan(4));
        memory[8] = 5 | 9 << 3;
        for (int i = 0; i < 4; i++)
            BitConverter.TryWriteBytes(memory.AsSpan(10 + i * 2), (short)(-10 * (i + 1)));
        BitConverter.TryWriteBytes(memory.AsSpan(20), -4);
        using var pinned = new Pinned(memory);
        BitConverter.TryWriteBytes(memory.AsSpan(24), pinned.Address);
        var t = Traced.Run("""
            enum level { LOW = -4, HIGH = 9 };
            struct a { int x; char b[4]; unsigned m:3; unsigned n:5; short s[4]; enum level l; struct a *self; };
            """ + Mine + """
            {
                $p = (struct a *)args.offset;
                @x = $p->x; @b = $p->b; @m = $p->m; @n = $p->n; @s2 = $p->s[2]; $i = 3; @si = $p->s[$i]; @l = $p->l; @low = $p->l == LOW;
                @deep = $p->self->self->x; @whole = *$p; $v = *$p; @vx = $v.x; @vn = $v.n; @vsi = $v.s[$i]; @vout = $v.s[$i + 1]; @vb = $v.b;
                @next = ($p + 1) == (struct a *)(args.offset + sizeof(struct a)); @arr = $p->s; @[$p->b, $p->l, *$p] = count();
                @bytes = (uint8[4])(uint32)0x04030201; $b = (uint8[4])(uint32)0x04030201; @int = (uint32)$b; @eq = $p->s == $v.s; @ne = *$p != $v;
            }
            """, () => Native.Lseek(pinned.Address));
        Assert.Equal((7, 5, 9, -30, -40), (t.Number("@x"), t.Number("@m"), t.Number("@n"), t.Number("@s2"), t.Number("@si")));
        Assert.Equal((1, 7, 7, 9, -40, 0, 1), (t.Number("@low"), t.Number("@deep"), t.Number("@vx"), t.Number("@vn"), t.Number("@vsi"), t.Number("@vout"), t.Number("@next")));
        Assert.Equal(("abc", "abc"), (Traced.Show(t.Value("@b")), Traced.Show(t.Value("@vb"))));
        Assert.Equal(new EnumValue("LOW", new NumberValue(-4, true)), t.Value("@l"));
        Assert.Equal([-10L, -20, -30, -40], ((ArrayValue)t.Value("@arr")).Items.Select(Traced.Number));
        Assert.Equal([1L, 2, 3, 4], ((ArrayValue)t.Value("@bytes")).Items.Select(Traced.Number));
        Assert.Equal((0x04030201, 1, 0), (t.Number("@int"), t.Number("@eq"), t.Number("@ne")));
        Assert.Equal(["x", "b", "m", "n", "s", "l", "self"], ((RecordValue)t.Value("@whole")).Members.Select(m => m.Name));
        Assert.Single(t.Values());
    }

    [KernelFact]
    public void Memory_that_is_not_there_reads_as_zeros()
    {
        var t = Traced.Run("struct a { long x; char b[40]; long y[8]; }; " + Mine + """
            {
                $p = (struct a *)args.offset; @x = $p->x; @b = $p->b; @y = $p->y[3]; @whole = *$p; $k = (struct a *)0xffffffff00000000; @k = $k->x; @n = count();
            }
            """, () => Native.Lseek(8));
        Assert.Equal((0, 0, 0, 1), (t.Number("@x"), t.Number("@y"), t.Number("@k"), t.Number("@n")));
        Assert.Equal("", Traced.Show(t.Value("@b")));
    }

    [KernelFact]
    public void Arguments_of_tracepoints_have_their_types()
    {
        var t = Traced.Run("""
            tracepoint:syscalls:sys_enter_execve /curtask->real_parent->tgid == $2/ { @zero = str(args.argv[0]); $i = 1; @one = str(args.argv[$i]); @two = str(*(args.argv + 2)); }
            rawtracepoint:sched_switch /args.prev->tgid == $2/ { @switches = count(); @wrong += args.prev->pid != tid; }
            """, () => Process.Start("/bin/echo", ["first", "second"]).WaitForExit());
        Assert.Equal(("/bin/echo", "first", "second"), (Traced.Show(t.Value("@zero")), Traced.Show(t.Value("@one")), Traced.Show(t.Value("@two"))));
        Assert.True(t.Number("@switches") > 0);
        Assert.Equal(0, t.Number("@wrong"));
    }

    private sealed class Pinned(byte[] bytes) : IDisposable
    {
        private System.Runtime.InteropServices.GCHandle _handle = System.Runtime.InteropServices.GCHandle.Alloc(bytes, System.Runtime.InteropServices.GCHandleType.Pinned);

        public long Address => _handle.AddrOfPinnedObject();

        public void Dispose() => _handle.Free();
    }
}
