using Ctrace.Compiler;
using Ctrace.Compiler.Text;
using Ctrace.Runtime;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;
using Xunit.Abstractions;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>
/// The tools of Debian's bpftrace package (CTRACE_BPFTRACE_TOOLS names the folder, or they are installed): each compiles and is
/// accepted by this kernel's verifier, or it asks for something that this kernel has not got, and the message says that
/// (<see cref="ToolTable"/> keeps it).
/// </summary>
public class ToolTests(ITestOutputHelper output)
{
    /// <summary>What a kernel may lack, as messages say it.</summary>
    private static readonly string[] Lacking =
        ["this machine has no ", "the kernel has no symbol ", " has no member ", " has no field ", "there is no 'TASK_RUNNING'", "there is no 'SKB_DROP_REASON_", "there is no type 'struct ",
         "there is no program or library '"];

    /// <summary>Written for a bpftrace whose variables outlived their blocks: 0.27 refuses them for the same reason.</summary>
    private static readonly string[] Outdated = ["tcpconnect.bt", "tcpdrop.bt"];

    internal static string Folder { get; } = Environment.GetEnvironmentVariable("CTRACE_BPFTRACE_TOOLS") is { Length: > 0 } given ? given : "/usr/sbin";

    public static TheoryData<string> Tools => [.. Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*.bt").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal).DefaultIfEmpty("none") : ["none"]];

    [SkippableTheory]
    [MemberData(nameof(Tools))]
    public void A_tool_is_accepted_or_its_kernel_lacks_something(string tool)
    {
        if (tool == "none")
            throw Skip.Because("needs bpftrace's tools: apt-get download bpftrace, and CTRACE_BPFTRACE_TOOLS=its usr/sbin");

        var target = new KernelTarget();
        var source = new SourceText(File.ReadAllText(Path.Combine(Folder, tool)), tool);
        var result = Compilation.Compile(source, target, new CompilationOptions { Unsafe = true, Parameters = ["1"], Headers = new Repl.HeaderFinder(null, []) });
        if (result.Program is not { } program)
        {
            var errors = result.Diagnostics.Where(d => d.Severity == Compiler.Diagnostics.Severity.Error).Select(d => d.Message).ToList();
            output.WriteLine($"{tool}: {string.Join("; ", errors)}");
            Assert.NotEmpty(errors);
            ToolTable.Note(tool, ToolTable.Loads, string.Join("; ", errors.Distinct()));
            Assert.All(errors, e => Assert.True(Lacking.Any(e.Contains) || Outdated.Contains(tool) && e.Contains("has no value here"), e));
            return;
        }

        using var session = new TraceSession(program, target, new SessionOptions(), new Recorder(program, true));
        try
        {
            session.Load();
        }
        catch (LoadException e)
        {
            ToolTable.Note(tool, ToolTable.Loads, e.Diagnostic.Message);
            Assert.Fail(e.Diagnostic.Message);
        }

        ToolTable.Note(tool, ToolTable.Loads, "yes");
        output.WriteLine($"{tool}: loads, {program.Programs.Length} programs");
    }
}
