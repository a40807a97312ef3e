using System.Text.Json;
using System.Xml.Linq;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Maps with stacks as other tools read them, made by whole runs.</summary>
public sealed class ProfileTests : IDisposable
{
    private readonly Shell _shell = new();

    /// <summary>A shell that calls kill (which does nothing) so often.</summary>
    private string Killer(int times) => $"sh {_shell.Script($"i=0; while [ $i -lt {times} ]; do kill -0 $$; i=$((i + 1)); done")}";

    [KernelFact]
    public void Folded_counts_each_call_once()
    {
        var run = Tracer.Run("-q", "-f", "folded", "-c", Killer(500), "-e",
            "tracepoint:syscalls:sys_enter_kill /pid == cpid/ { printf(\"\"); @[ustack, kstack, comm] = count(); @other = 1; }");
        Assert.Equal(0, run.Code);
        Assert.Equal(500, run.Lines.Sum(l => long.Parse(l[(l.LastIndexOf(' ') + 1)..])));
        Assert.All(run.Lines, l => Assert.StartsWith("sh;", l));
        // The kernel's functions come after the process's.
        Assert.All(run.Lines, l => Assert.Matches("syscall[^;]* [0-9]+$", l));
        Assert.Contains("@other: 1", run.Errors);
    }

    [KernelFact]
    public void Periods_of_a_query_add_up_in_a_document()
    {
        var run = Tracer.Run("-q", "-f", "speedscope", "-c", Killer(20_000), "-e",
            "tracepoint:syscalls:sys_enter_kill /pid == cpid/ < count() by kstack, comm every 50ms >");
        using var document = JsonDocument.Parse(run.Output);
        Assert.Equal(20_000, document.RootElement.GetProperty("profiles")[0].GetProperty("weights").EnumerateArray().Sum(w => w.GetInt64()));
    }

    [KernelFact("go")]
    public void Pprof_s_own_tool_reads_it()
    {
        string file = Path.Combine(_shell.Folder, "p.pb.gz");
        var run = Tracer.Run("-q", "-f", "pprof", "-o", file, "-c", Killer(300), "-e", "tracepoint:syscalls:sys_enter_kill /pid == cpid/ { @calls[comm, kstack] = count(); }");
        Assert.Equal((0, "", ""), (run.Code, run.Output, run.Errors));
        string top = Programs.Run("go", "tool", "pprof", "-top", "-cum", file);
        Assert.Matches(@"300\s+100%\s+sh\b", top);
    }

    [KernelFact]
    public void A_flame_graph_shows_what_the_folded_text_says()
    {
        string file = Path.Combine(_shell.Folder, "flame.svg");
        var run = Tracer.Run("-q", "-f", "folded", "--flame", file, "-c", Killer(500), "-e",
            "tracepoint:syscalls:sys_enter_kill /pid == cpid/ { @[kstack, comm] = count(); } tracepoint:syscalls:sys_enter_getuid /pid == cpid/ { @calls[ustack] = count(); }");
        Assert.Equal((0, ""), (run.Code, run.Errors));
        var frames = XDocument.Load(file).Descendants().Where(e => e.Attribute("data-n") is not null).ToList();
        Assert.Contains(frames, f => (string?)f.Attribute("data-l") == "0" && (string?)f.Attribute("data-n") == "500");
        foreach (string name in run.Lines.Where(l => l.StartsWith("@;", StringComparison.Ordinal)).SelectMany(l => l[2..l.LastIndexOf(' ')].Split(';')).Distinct())
            Assert.Contains(frames, f => (string?)f.Attribute("data-t") == name);
    }

    [KernelTheory]
    [InlineData("")]
    [InlineData(" every 300ms")]
    public void A_heat_map_has_all_that_the_histogram_has(string every)
    {
        string file = Path.Combine(_shell.Folder, "heat.svg");
        var run = Tracer.Run("-q", "--heatmap", file, "-c", Killer(30_000), "-e", "tracepoint:syscalls:sys_enter_kill /pid == cpid/ < hist(cpu) by comm" + every + " >");
        Assert.Equal((0, ""), (run.Code, run.Errors));
        var cells = XDocument.Load(file).Descendants().Where(e => (string?)e.Attribute("class") == "c").ToList();
        Assert.Equal(30_000, cells.Sum(c => (long)c.Attribute("data-n")!));
        Assert.Equal(1, Tracer.Run("-e", "begin { @x = 1; }", "--heatmap", file).Code);
    }

    [KernelFact]
    public void The_prompt_exports_stacks_as_a_flame_graph_and_folded()
    {
        string flame = Path.Combine(_shell.Folder, "x.svg"), folded = Path.Combine(_shell.Folder, "x.folded");
        var run = Tracer.RunLines(_shell.Folder, "tracepoint:syscalls:sys_enter_* < count() by kstack into @s >", "begin { @n = 1; }", $":export {flame} @s", $":export {folded}", $":export {folded} @n", ":quit");
        Assert.Contains("data-total", File.ReadAllText(flame));
        Assert.Matches(@"(?m)^[^;]+;.* [0-9]+$", File.ReadAllText(folded));
        Assert.Contains("no map with an entry has a stack in its key", run.Output + run.Errors);
    }

    [KernelFact]
    public void A_picture_that_can_t_be_written_is_said_before_anything_runs()
    {
        var run = Tracer.Run("-e", "profile:hz:1 { @[kstack] = count(); }", "--flame", "/nosuch/x.svg");
        Assert.Equal((2, "", "ctrace: --flame /nosuch/x.svg: there is no such folder\n"), (run.Code, run.Output, run.Errors));
        Assert.Contains("ends in .svg", Tracer.Run("-e", "profile:hz:1 { @[kstack] = count(); }", "--flame", "x.png").Errors);
        Assert.Contains("--flame needs a map with a stack", Tracer.Run("-e", "profile:hz:1 { @[comm] = count(); }", "--flame", "/tmp/x.svg").Errors);
    }

    [KernelTheory]
    [InlineData("profile:hz:1 { @[comm] = count(); }", "needs a map with a stack in its key, and the program has none")]
    [InlineData("profile:hz:1 { @[kstack] = hist(1); }", "@ has hist")]
    public void Programs_without_a_profile_are_refused_before_they_run(string program, string message)
    {
        foreach (string format in (string[])["folded", "speedscope", "pprof"])
        {
            var run = Tracer.Run("-f", format, "-e", program);
            Assert.Equal((1, ""), (run.Code, run.Output));
            Assert.Contains($"-f {format} needs", run.Errors);
            Assert.Contains(message, run.Errors);
            Assert.Single(run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    public void Dispose() => _shell.Dispose();
}
