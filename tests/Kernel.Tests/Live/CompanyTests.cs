using System.Diagnostics;
using System.Runtime.InteropServices;
using Ctrace.Runtime;
using Ctrace.Runtime.Attaching;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Other tracers beside us, and what is traced going away while we trace it.</summary>
public sealed unsafe class CompanyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ctrace-company-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [KernelFact]
    public void Two_at_once_see_the_same()
    {
        string program = $"tracepoint:syscalls:sys_enter_lseek /pid == {Environment.ProcessId} && args.offset == 12345/ {{ @ = count(); }}";
        using var first = Tracer.Start("-e", program);
        using var second = Tracer.Start("-e", program);
        var within = Traced.Run(program, () =>
        {
            for (int i = 0; i < 500; i++)
                Native.Lseek(12345);
        });
        var (one, other) = (first.Stop(Native.SigInt), second.Stop(Native.SigInt));
        Assert.Equal((500, 500, 500), (within.Number(), one.Number("@"), other.Number("@")));
    }

    [FixtureFact]
    public void A_process_that_ends_leaves_the_probe_to_the_next_one()
    {
        string program = Fixture.Build("ours", _folder);
        using var waiting = Process.Start(new ProcessStartInfo(program, "wait") { RedirectStandardInput = true })!;
        var t = Traced.Run($"usdt:{program}:numbers {{ @[pid == $3] = count(); }}", () =>
        {
            // Once it is killed before it comes to the probe, twice another one runs to its end.
            waiting.Kill();
            waiting.WaitForExit();
            Process.Start(program).WaitForExit();
            Process.Start(program).WaitForExit();
        }, waiting.Id);
        Assert.Equal(new Dictionary<string, long> { ["false"] = 8 }, t.Numbers());
    }

    [KernelFact]
    public void A_library_that_is_unloaded_is_seen_when_it_is_loaded_again()
    {
        if (!NativeLibrary.TryLoad("libz.so.1", out nint library))
            return;
        NativeLibrary.Free(library);
        var t = Traced.Run("uprobe:libz:zlibVersion /tid == $1/ { @ = count(); }", () =>
        {
            for (int i = 0; i < 3; i++)
            {
                nint loaded = NativeLibrary.Load("libz.so.1");
                var version = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(loaded, "zlibVersion");
                _ = version();
                NativeLibrary.Free(loaded);
            }
        });
        Assert.Equal(3, t.Number());
    }

    [KernelFact]
    public void A_binary_that_is_gone_is_said_to_be()
    {
        string program = Path.Combine(_folder, "gone");
        var error = Assert.ThrowsAny<Exception>(() => Traced.Run($"uprobe:{program}:main {{ @ = count(); }}", () => { }));
        Assert.Contains("there is no program or library", error.Message);
    }

    [KernelFact]
    public void A_name_that_several_functions_have_is_probed_or_refused_with_the_reason()
    {
        if (ProbeUnits.Kprobe is null)
            return;
        var probed = new Runtime.Kernel.KernelTarget().KernelFunctions.Select(f => f.Name).ToHashSet();
        string twice = File.ReadLines("/proc/kallsyms").Select(l => l.Split(' ', '\t')).Where(l => l is [_, "t" or "T", _]).GroupBy(l => l[2])
            .Where(g => g.Count() > 1 && probed.Contains(g.Key) && !g.Key.Contains('.') && !g.Key.StartsWith("__", StringComparison.Ordinal)).Select(g => g.Key).First();
        try
        {
            var t = Traced.Run($"kprobe:{twice} {{ @ = count(); }}", () => { });
            Assert.Equal(1, t.Probes);
        }
        catch (SessionException e)
        {
            Assert.Matches($"can't probe kprobe:{twice}(: it has [0-9]+ functions of that name)?$", e.Message);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            Assert.Fail(e.ToString());
        }
    }
}
