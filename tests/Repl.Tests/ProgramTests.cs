using System.Diagnostics;

namespace Ctrace.Repl.Tests;

/// <summary>
/// The executable itself, without rights. A Release build tests the native program in dist: what the AOT compiler's warnings
/// about the parser's generics (which the build ignores) are about would break here.
/// </summary>
public class ProgramTests
{
    private static readonly string Executable = FindExecutable();

    [Fact]
    public void Parses_every_kind_of_syntax()
    {
        const string program = """
            BEGIN { @start = nsecs; $x = 1 + 2 * (3 - 4) / 5 % 6 << 7 & 8 | ~9 ^ -1; @m[1, "a"] = ($x, "b"); }
            tracepoint:a:b, rawtracepoint:c /pid == 1 && (comm != "x" || !tid)/ {
                if (@start > 5) { printf("%d %s\n", @start, str(args.name)); } else { @s[comm] = stats(args.len); }
                $y = $x > 1 ? 2 : 3; $y += 4; @c++; print(@s, 5, 10); delete(@m, (1, "a"));
            }
            interval:s:1 < count(), hist(args.a) as h by comm, pid as p top 5 by h into @q >
            profile:hz:99 < pid, comm as name >
            """;
        var (code, output, errors) = Run(null, "--dump", "ast", "-e", program);
        // Only the probes are unknown on this machine: the text itself was understood.
        Assert.Contains("query", output);
        Assert.DoesNotContain("internal error", errors);
        Assert.InRange(code, 0, 1);
    }

    [Fact]
    public void Deep_nesting_is_an_error_and_no_crash()
    {
        string deep = new string('(', 100_000);
        var (code, _, errors) = Run($"begin {{ @ = {deep}1 }}", "-");
        Assert.Equal(1, code);
        Assert.Contains("error:", errors);
        Assert.DoesNotContain("internal error", errors);
    }

    [Theory]
    [InlineData("--version", 0)]
    [InlineData("--help", 0)]
    [InlineData("--dry-run", 2)]
    [InlineData("--nonsense", 2)]
    [InlineData("no-such-file.ct", 2)]
    [InlineData("-e begin", 1)]
    [InlineData("-e x -c no-such-command-here", 2)]
    [InlineData("-e x -p 2147483647", 2)]
    public void Exit_codes(string words, int expected)
    {
        var (code, output, errors) = Run(null, words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((words, expected), (words, code));
        Assert.DoesNotContain("   at ", errors);
        Assert.Equal(expected == 0, output.Length > 0);
        if (expected == 2)
            Assert.Equal(errors.Length - 1, errors.IndexOf('\n'));
    }

    private static (int Code, string Output, string Errors) Run(string? input, params string[] args)
    {
        var start = new ProcessStartInfo(Executable, args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.Result, errors.Result);
    }

    /// <summary>The native program where this is a Release build, otherwise the one beside the tests.</summary>
    private static string FindExecutable()
    {
        string here = AppContext.BaseDirectory;
        for (var folder = new DirectoryInfo(here); folder is not null; folder = folder.Parent)
        {
            string native = Path.Combine(folder.FullName, "dist", "ctrace");
            if (here.Contains("/Release/") && File.Exists(Path.Combine(folder.FullName, "Tracer.sln")) && File.Exists(native))
                return native;
        }

        return Path.Combine(here, "ctrace");
    }
}
