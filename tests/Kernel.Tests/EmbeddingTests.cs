using System.Diagnostics;
using System.Text.RegularExpressions;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;

namespace Ctrace.Kernel.Tests;

/// <summary>The tracer as a library.</summary>
public class EmbeddingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [KernelFact]
    public void TheExampleCountsEachCommand()
    {
        string command = $"ctembed{Environment.ProcessId % 10000}", folder = Directory.CreateTempSubdirectory("ctrace-embed").FullName;
        try
        {
            File.Copy("/bin/true", Path.Combine(folder, command));
            using var embed = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(Path.GetDirectoryName(typeof(EmbeddingTests).Assembly.Location)!, "embed.dll")])
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            Assert.StartsWith("Counting", embed.StandardOutput.ReadLine() ?? embed.StandardError.ReadToEnd());
            for (int i = 0; i < 7; i++)
                using (var started = Process.Start(Path.Combine(folder, command)))
                    started.WaitForExit();
            embed.StandardInput.Close();
            string output = embed.StandardOutput.ReadToEnd();
            Assert.True(embed.WaitForExit(Patience));
            Assert.Equal(0, embed.ExitCode);
            Assert.Contains($"       7 {command}\n", output);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public void TheExampleIsShort() =>
        Assert.InRange(File.ReadAllLines(Path.Combine(Tracer.Root, "examples", "embed", "Program.cs")).Length, 1, 31);

    [KernelFact]
    public void EntriesAreTyped()
    {
        var entries = Trace("""
            tracepoint:syscalls:sys_enter_getppid /pid == PID/
            { @calls[comm, pid] = count(); @pair = (pid, "x"); @name[pid] = username; @size = hist(8); @flag = (pid == 1); @neg = -5; @big = (uint64)-1; }
            """, ["@calls", "@pair", "@name", "@size", "@flag", "@neg", "@big"]);
        var calls = Assert.Single(entries["@calls"]);
        Assert.Equal(Environment.ProcessId, calls.Key<int>(1));
        Assert.Equal(Environment.ProcessId.ToString(), calls.Key<string>(1));
        Assert.Equal(3, calls.Value<long>());
        Assert.Equal(3.0, calls.Value<double>());
        Assert.NotEmpty(calls.Key<string>());
        Assert.Equal(2, Assert.Single(entries["@pair"]).Value<TupleValue>().Items.Length);
        Assert.Equal(Environment.UserName, entries["@name"][0].Value<string>());
        Assert.Equal(3ul, entries["@size"][0].Value<HistogramValue>().Total);
        Assert.False(entries["@flag"][0].Value<bool>());
        Assert.Equal(-5, entries["@neg"][0].Value<int>());
        Assert.Throws<InvalidCastException>(() => entries["@neg"][0].Value<uint>());
        Assert.Throws<InvalidCastException>(() => entries["@size"][0].Value<long>());
        Assert.Equal(ulong.MaxValue, entries["@big"][0].Value<ulong>());
        Assert.Throws<InvalidCastException>(() => entries["@big"][0].Value<long>());
    }

    [KernelFact]
    public void ColumnsHaveNames()
    {
        var entry = Assert.Single(Trace("tracepoint:syscalls:sys_enter_getppid /pid == PID/ < count() as calls, max(pid) as id by comm >", ["@"])["@"]);
        Assert.Equal(3, entry.Value<int>("calls"));
        Assert.Equal(Environment.ProcessId, entry.Value<int>("id"));
        Assert.Contains("there are calls, id", Assert.Throws<ArgumentException>(() => entry.Value<int>("cals")).Message);
    }

    [KernelFact]
    public void AMistakeIsShownWithItsPlace()
    {
        var mistake = Assert.Throws<ProgramException>(() => TraceSession.Create("begin { @x = nosuch; }"));
        Assert.StartsWith("program:1:14: error: there is no 'nosuch'", mistake.Message);
        Assert.Single(mistake.Diagnostics);
        Assert.Contains("C# handlers", Assert.Throws<SessionException>(() => TraceSession.Create("begin => { Print(1); }")).Message);
    }

    [KernelFact]
    public void TheProgramOfThePageRuns()
    {
        string page = File.ReadAllText(Path.Combine(Tracer.Root, "docs", "embedding.md"));
        string program = Regex.Match(page, "Create\\(\"([^\"]+)\"").Groups[1].Value;
        var mine = Trace(program, ["@calls"])["@calls"].Single(e => e.Key<int>() == Environment.ProcessId);
        Assert.True(mine.Value<long>() >= 3);
    }

    private static Dictionary<string, List<MapEntry>> Trace(string program, string[] maps)
    {
        var sink = new TraceSink();
        using var session = TraceSession.Create(program.Replace("PID", $"{Environment.ProcessId}"), sink);
        var tracing = Task.Run(session.Run);
        Assert.True(sink.WhenAttached.Wait(Patience));
        for (int i = 0; i < 3; i++)
            getppid();
        session.Stop();
        Assert.True(tracing.Wait(Patience));
        Assert.Equal(0, sink.LostCount);
        return maps.ToDictionary(m => m, m => session.Snapshot(m)!.Entries().ToList());
    }

    [System.Runtime.InteropServices.DllImport("libc")]
    private static extern int getppid();
}
