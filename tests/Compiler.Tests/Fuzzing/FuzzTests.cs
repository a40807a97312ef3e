using System.Diagnostics;
using System.Text;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Formatting;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Text;
using Xunit.Abstractions;

namespace Ctrace.Compiler.Tests.Fuzzing;

/// <summary>
/// Whatever is typed, the compiler answers: with a program, or with errors that point into the text. It does not throw and
/// does not hang. Usually as many texts are tried as fit a few seconds; <c>CTRACE_FUZZ_INPUTS=1000000</c> tries so many, from
/// <c>CTRACE_FUZZ_FIRST</c> on.
/// </summary>
[Collection(Alone.Name)]
public class FuzzTests(ITestOutputHelper output)
{
    /// <summary>Longer than any text may take, on a busy machine as well.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2), Hang = TimeSpan.FromSeconds(20);

    /// <summary>What a usual run takes.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(15);

    private static readonly CompilationOptions Options = new() { Unsafe = true, Parameters = ["7", "text", "--name=5"] };

    private readonly Mutator _mutator = new(Seeds.All());

    [Fact]
    public void AnyTextIsCompiledOrRefused()
    {
        bool all = int.TryParse(Environment.GetEnvironmentVariable("CTRACE_FUZZ_INPUTS"), out int inputs);
        _ = int.TryParse(Environment.GetEnvironmentVariable("CTRACE_FUZZ_FIRST"), out int first);
        int last = first + (all ? inputs : 20_000), current = first, good = 0;
        var failures = new List<string>();
        var clock = Stopwatch.StartNew();
        long started = 0;
        // A thread of its own: what hangs can be left behind. Its stack is as large as the program's usual one.
        var worker = new Thread(() =>
        {
            for (int i = first; i < last && failures.Count < 20 && (all || clock.Elapsed < Usual); i++)
            {
                Volatile.Write(ref started, clock.ElapsedTicks);
                Volatile.Write(ref current, i);
                string text = _mutator.Make(i);
                if (Problem(text, ref good) is { } problem)
                    failures.Add($"{i}: {problem}\n    {Literal(text)}");
            }
        }, 8 << 20) { IsBackground = true };
        worker.Start();
        while (!worker.Join(500))
        {
            int number = Volatile.Read(ref current);
            Assert.True(clock.ElapsedTicks - Volatile.Read(ref started) < Hang.TotalSeconds * Stopwatch.Frequency, $"{number}: hangs\n    {Literal(_mutator.Make(number))}");
        }

        output.WriteLine($"{current + 1 - first} texts from {first} in {clock.Elapsed.TotalSeconds:0} s, {good} of them programs");
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
    }

    [Fact]
    public void TheSeedsAreMostlyPrograms()
    {
        int good = Seeds.All().Count(seed => Compilation.Compile(new SourceText(seed), new FuzzTarget(), Options).Program is not null);
        Assert.InRange(good, Seeds.All().Count * 3 / 4, Seeds.All().Count);
    }

    /// <summary>What is wrong with how a text was compiled; null where all is well.</summary>
    private static string? Problem(string text, ref int good)
    {
        try
        {
            var clock = Stopwatch.StartNew();
            var source = new SourceText(text);
            var result = Compilation.Compile(source, new FuzzTarget(), Options, dumps: true);
            if (clock.Elapsed > Longest)
                return $"takes {clock.Elapsed.TotalSeconds:0.0} s";
            var errors = result.Diagnostics.Where(d => d.Severity == Severity.Error).ToArray();
            if (result.Program is null != errors.Length > 0)
                return result.Program is null ? "neither a program nor an error" : "a program with errors";
            if (result.Diagnostics.FirstOrDefault(d => d.Span.Start < 0 || d.Span.Length < 0 || d.Span.End > Math.Max(1, text.Length)) is { } outside)
                return $"the span {outside.Span} is outside the text of {text.Length} characters: {outside.Message}";
            if (errors.GroupBy(d => (d.Span, d.Message)).FirstOrDefault(g => g.Count() > 1) is { } twice)
                return $"said twice: {twice.Key.Message}";
            foreach (var diagnostic in result.Diagnostics)
                DiagnosticPrinter.Format(source, diagnostic);
            if (result.Program is { } program)
            {
                good++;
                Disassembler.Format(program);
            }

            if (FormatProblem(text) is { } badFormat)
                return badFormat;

            Check(Classifier.Classify(text), text);
            return null;
        }
        catch (Exception e)
        {
            return string.Join("\n    ", e.ToString().Split('\n').Take(6));
        }
    }

    /// <summary>A text that can be parsed can be laid out: nothing gets lost, and once more changes nothing.</summary>
    private static string? FormatProblem(string text)
    {
        if (Formatter.Format(new SourceText(text), new DiagnosticBag()) is not { } formatted)
            return null;
        static string Words(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c) && c != ';'));
        if (Words(formatted) != Words(text))
            return $"formatted to something else: {Literal(formatted)}";
        string? again = Formatter.Format(new SourceText(formatted), new DiagnosticBag());
        return again == formatted ? null : $"formatted twice: {Literal(formatted)} and then {(again is null ? "an error" : Literal(again))}";
    }

    private static void Check(ClassifiedText classified, string text)
    {
        int end = 0;
        foreach (var token in classified.Tokens)
        {
            if (token.Span.Start < end || token.Span.Length == 0 || token.Span.End > text.Length)
                throw new InvalidOperationException($"the classifier's token {token} is out of order");
            end = token.Span.End;
        }
    }

    /// <summary>A text as it can be pasted into a test.</summary>
    private static string Literal(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (char c in text)
        {
            literal.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                < ' ' or > '~' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        return literal.Append('"').ToString();
    }
}
