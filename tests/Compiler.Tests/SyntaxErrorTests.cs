using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Tests;

/// <summary>Mistakes of form, and input of any size or nesting.</summary>
public class SyntaxErrorTests
{
    [Theory]
    [InlineData("begin { print(1)", 6, "'{' is never closed")]
    [InlineData("begin { @x[1,2 = 5; }", 20, "does not close the '['")]
    [InlineData("begin { } }", 10, "closes nothing")]
    [InlineData("begin { \"abc }", 8, "string never ends")]
    [InlineData("begin { /* }", 8, "comment never ends")]
    [InlineData("begin { @x = 1 @y = 2; }", 13, "';'")]
    [InlineData("begin { @ = ; }", 12, "an expression")]
    [InlineData("begin", 5, "the program ends here")]
    [InlineData("{ }", 0, "a probe")]
    [InlineData("begin { @x = 99999999999999999999; }", 13, "no number that fits")]
    [InlineData("begin { @x = 5parsecs; }", 13, "no number that fits")]
    [InlineData("begin < pid, cpu < 5 >", 17, "(cpu < 5)")]
    [InlineData("begin < pid, cpu > 5, comm >", 17, "(cpu > 5)")]
    [InlineData("begin < count() by cpu > 5 >", 23, "(cpu > 5)")]
    [InlineData("begin < count() by comm topp 5 >", 24, "by, top, every, into")]
    [InlineData("begin { for ($kv : @m) { } }", 19, "nothing is ever stored")]
    [InlineData("begin /1 == 1 { }", 14, "'/' to end the predicate")]
    public void AMistakeIsReportedWhereItIs(string program, int position, string words)
    {
        var result = Compile.Text(program);
        Assert.Null(result.Program);
        var error = Assert.Single(result.Diagnostics);
        Assert.Equal(position, error.Span.Start);
        Assert.Contains(words, error.Message + " " + error.Hint);
    }

    [Theory]
    [InlineData("begin, { print(1); }")]
    [InlineData("tracepoint:test:numbers, begin,\n/pid > 0/ { @ = count(); }")]
    [InlineData("begin /1 == 1/ // why {\n{ print(1); }")]
    [InlineData("begin /6 / 2 == 3/ /* and\n why */ // so\n < pid > end { print(1); }")]
    [InlineData("begin { if comptime is_str(comm) { print(1); } else { print(nowhere); } }")]
    [InlineData("begin { $x = comptime 1 + 2; print(comptime sizeof(int32)); print($x); }")]
    public void ProgramsMayBeWrittenLikeThis(string program) => Compile.Good(program);

    [Fact]
    public void AnEmptyProgramIsSaidToBeEmpty() => Assert.Contains("empty", Assert.Single(Compile.Text("  \n").Diagnostics).Message);

    public static TheoryData<string> Monsters() =>
    [
        "begin { @x = " + new string('(', 500) + "1" + new string(')', 500) + "; }",
        "begin { @x = " + new string('(', 100_000) + "1",
        "begin { @x = " + string.Concat(Enumerable.Repeat("-", 60_001)) + "1; }",
        "begin { @x = " + string.Concat(Enumerable.Repeat("!", 100_000)) + "1; }",
        "begin { @x = 1" + string.Concat(Enumerable.Repeat("+pid", 200_000)) + "; }",
        "begin { @x = 1" + string.Concat(Enumerable.Repeat(" ? 2 : 3", 50_000)) + "; }",
        "begin { " + string.Concat(Enumerable.Repeat("if (pid) { @x = 1; } else ", 20_000)) + "{ } }",
        new string('@', 1_000_000),
        new string('a', 2_000_000),
        "begin { printf(\"" + new string('%', 300_001) + "\"); }",
        "\0\u0001\uffff",
        string.Concat(Enumerable.Repeat("begin { } ", 1000)) + "}",
    ];

    [Theory]
    [MemberData(nameof(Monsters))]
    public void InputOfAnySizeOrNestingGivesAnAnswer(string program)
    {
        var result = Compile.Text(program);
        if (result.Program is null)
            Assert.Contains(result.Diagnostics, d => d.Severity == Severity.Error);
        foreach (var diagnostic in result.Diagnostics)
            Assert.True(DiagnosticPrinter.Format(new SourceText(program), diagnostic).Length < 2000);
    }

    /// <summary>Mutations of real programs: each gives a program, or errors with a place inside the text.</summary>
    [Fact]
    public void NoMutationCrashesTheCompiler()
    {
        string[] seeds =
        [
            "tracepoint:syscalls:sys_enter_read /pid > 5/ < count(), hist(args.count) as h by comm, pid top 5 by h into @x >",
            "begin { $x = (1, \"a\\x41\"); @m[$x.0, comm] += 5; if (@m[1, \"b\"] >= 3) { printf(\"%5d|%-s\\n\", pid, comm); } else { exit(); } }",
            "config = { max_map_keys = 10 } interval:s:1 { print(@a, 5, 2); clear(@a); } tracepoint:sched:sched_switch { @a[args.prev_comm] = stats(args.next_pid); }",
        ];
        const string alphabet = "{}()[]<>/,;:@$\"'\\%+-*&|!=?.~^ \n01xabegin\u00e9";
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            var text = new System.Text.StringBuilder(seeds[i % seeds.Length]);
            for (int edits = random.Next(1, 6); edits > 0; edits--)
            {
                int at = random.Next(text.Length);
                switch (random.Next(3))
                {
                    case 0: text[at] = alphabet[random.Next(alphabet.Length)]; break;
                    case 1: text.Insert(at, alphabet[random.Next(alphabet.Length)]); break;
                    default: text.Remove(at, Math.Min(random.Next(1, 8), text.Length - at - 1)); break;
                }
            }

            string program = text.ToString();
            var result = Compile.Text(program);
            Assert.True(result.Program is not null || result.Diagnostics.Any(d => d.Severity == Severity.Error), program);
            Assert.All(result.Diagnostics, d => Assert.InRange(d.Span.End, d.Span.Start, program.Length + 1));
        }
    }
}
