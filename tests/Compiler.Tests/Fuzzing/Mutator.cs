using System.Collections.Immutable;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Tests.Fuzzing;

/// <summary>Makes programs that are almost right out of right ones. The same number always makes the same text.</summary>
internal sealed class Mutator
{
    private const int MaxLength = 20_000;

    private static readonly ImmutableArray<string> Numbers =
    [
        "0", "1", "-1", "2", "63", "64", "65", "127", "128", "255", "256", "2147483647", "2147483648", "-2147483649", "4294967295", "4294967296",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615", "18446744073709551616", "0xffffffffffffffff",
        "0x", "0x8000000000000000", "1e6", "1e18", "1e19", "1e99", "1e999999999", "1_000", "1__0", "_1", "08", "017", "0.99", "1.0", "0.5", ".5", "5u", "5ull", "1ns", "10ms",
        "1s", "9999999999s", "300000000h", "99999999999999999999999999999999999999",
    ];

    private static readonly ImmutableArray<string> Odd =
    [
        "\0", "\u0001", "\t", "\r", "\r\n", "\n", "\u007f", "\u0080", "\u00a0", "\u00df", "\u0130", "\u0301", "\u200b", "\u2028", "\u202e", "\uff11", "\uff41", "\ufeff", "\ufffd", "\uffff", "\ud800",
        "\udc00", "\U0001f600", "\"", "\\", "\\x", "\\xff", "\\777", "%", "%s", "%d", "%*d", "%99999d", "%.*s", "%llx", "/*", "*/", "//", "#", "#include <x.h>\n", "#define A A\n", "#define A(x) x\n",
        "$", "$#", "$1", "$99999999999999999999", "@", "@@", "'", "`", "=>", "=> { ", "->", "..", "...", "<", ">", "<<", ">>", "?", ":", "::", ";", ";;", ",", "*", "/", "!", "~", "&&", "||", "=", "==",
    ];

    private static readonly ImmutableArray<string> Fragments =
    [
        "if (1) { ", "} else { ", "while (1) { ", "for ($i : 0..3) { ", "for ($kv : @) { ", "unroll (3) { ", "let $a : int8 = ", "let @m = hash(1); ", "macro m($x) { $x } ", "config = { max_map_keys = 1 } ",
        "struct S { int a; char b[8]; struct S *n; int c : 3; }; ", "sizeof(", "offsetof(struct task_struct, ", "(int8)", "(uint64)", "(struct task_struct *)", "(char[8])", "(int32[2])", "typeof(", "*", "&", "curtask->",
        "->real_parent", "->comm", ".0", ".1", ".a", "[0]", "[1000]", "[$i]", "(1, \"a\")", "(a=1, b=2)", "$x = ", "$x++", "--@", "@[comm, pid] = ", "kstack(", "ustack(", "str(", "buf(", "printf(\"%d %s\\n\", ",
        "strncmp(comm, \"a\", 3)", " by comm", " top 5", " every 1s", " into @q", " as x", "count()", "sum(pid)", "hist(", "lhist(pid, 0, 10, 1)", "p99(pid)", "quantile(pid, 0.5)", "distinct(comm)", "rate()", "tseries(pid, 1s, 5)",
        "begin { ", " }", "/pid/ ", "span:syscall:read < ", "profile:hz:99 { ", "iter:task { ", "uprobe:libc:malloc { ", "kprobe:vfs_* { ", "fentry:vfs_read { ", "usdt:bin:p { ", "watchpoint:0x10:8:w { ", "rawtracepoint:sched_switch { ",
    ];

    private readonly ImmutableArray<ImmutableArray<string>> _seeds;
    private readonly ImmutableArray<(string Text, TokenClass Class)> _pool;
    private readonly ILookup<TokenClass, string> _byClass;

    public Mutator(IEnumerable<string> seeds)
    {
        string[] texts = [.. seeds];
        _seeds = [.. texts.Select(Pieces)];
        _pool = [.. texts.SelectMany(t => Classifier.Classify(t).Tokens.Select(token => (t.Substring(token.Span.Start, token.Span.Length), token.Class))).Distinct().Order()];
        _byClass = _pool.ToLookup(p => p.Class, p => p.Text);
    }

    /// <summary>The text of a number.</summary>
    public string Make(int number)
    {
        var random = new Random(number);
        var pieces = Seed(random).ToList();
        int changes = random.Next(10) == 0 ? 0 : 1 + random.Next(random.Next(1, 6));
        for (int i = 0; i < changes; i++)
            Change(random, pieces);
        string text = string.Concat(pieces);
        for (int i = random.Next(8) == 0 ? random.Next(1, 4) : 0; i > 0; i--)
            text = ChangeCharacters(random, text);
        return text.Length <= MaxLength ? text : text[..MaxLength];
    }

    /// <summary>A program's tokens and the white space between them.</summary>
    private static ImmutableArray<string> Pieces(string text)
    {
        var pieces = ImmutableArray.CreateBuilder<string>();
        int end = 0;
        foreach (var (span, _) in Classifier.Classify(text).Tokens)
        {
            if (span.Start > end)
                pieces.Add(text[end..span.Start]);
            pieces.Add(text.Substring(span.Start, span.Length));
            end = span.End;
        }

        if (end < text.Length)
            pieces.Add(text[end..]);
        return pieces.ToImmutable();
    }

    private ImmutableArray<string> Seed(Random random) => _seeds[random.Next(_seeds.Length)];

    private void Change(Random random, List<string> pieces)
    {
        if (pieces.Count == 0)
            pieces.Add(" ");
        int at = random.Next(pieces.Count), to = Math.Min(pieces.Count, at + 1 + random.Next(random.Next(1, 12)));
        switch (random.Next(17))
        {
            case 0:
                pieces.RemoveAt(at);
                break;
            case 1:
                pieces.RemoveRange(at, to - at);
                break;
            case 2:
                pieces.Insert(at, pieces[at]);
                break;
            case 3:
                int other = random.Next(pieces.Count);
                (pieces[at], pieces[other]) = (pieces[other], pieces[at]);
                break;
            case 4:
                pieces.Insert(at, _pool[random.Next(_pool.Length)].Text);
                break;
            case 5 or 6 or 7 or 8:
                pieces[at] = Alike(random, pieces[at]);
                break;
            case 9:
                pieces[at] = Numbers[random.Next(Numbers.Length)];
                break;
            case 10 or 11:
                pieces.Insert(at, Fragments[random.Next(Fragments.Length)]);
                break;
            case 12:
                // A stretch of another program.
                var second = Seed(random);
                int from = random.Next(second.Length);
                pieces.InsertRange(at, second.Skip(from).Take(random.Next(1, 20)).ToArray());
                break;
            case 13:
                // The start of this and the end of another, or both in a row.
                if (random.Next(2) == 0)
                    pieces.RemoveRange(at, pieces.Count - at);
                var tail = Seed(random);
                pieces.AddRange(["\n", .. tail.Skip(random.Next(2) == 0 ? 0 : random.Next(tail.Length))]);
                break;
            case 14:
                Nest(random, pieces, at, to);
                break;
            case 15:
                var range = pieces.GetRange(at, to - at);
                for (int i = random.Next(random.Next(2, 40)); i > 0 && pieces.Count < 2000; i--)
                    pieces.InsertRange(at, range);
                break;
            default:
                pieces.Insert(at, Odd[random.Next(Odd.Length)]);
                break;
        }
    }

    private string Alike(Random random, string piece)
    {
        int kind = _pool.FirstOrDefault(p => p.Text == piece) is { Text: not null } known ? (int)known.Class : -1;
        if (kind == (int)TokenClass.Number && random.Next(2) == 0)
            return Numbers[random.Next(Numbers.Length)];
        string[] same = kind < 0 ? [" "] : [.. _byClass[(TokenClass)kind]];
        return same[random.Next(same.Length)];
    }

    private static void Nest(Random random, List<string> pieces, int from, int to)
    {
        (string Open, string Close)[] pairs =
        [
            ("(", ")"), ("[", "]"), ("{ ", " }"), ("-", ""), ("!", ""), ("~", ""), ("*", ""), ("(int8)", ""), ("str(", ")"), ("if (1) { ", " }"), ("(1, ", ")"), ("1 + ", ""), ("1 ? 2 : ", ""), ("@[", "]"), ("{ 1; ", " }"), ("sizeof(", ")"), ("", ".0"), ("", "->real_parent"), ("a(", ""),
            ("for ($i : 0..2) { ", " }"), ("while (pid) { ", " }"), ("unroll (2) { ", " }"), ("$x = ", ""), ("abs(", ")"),
        ];
        var (open, close) = pairs[random.Next(pairs.Length)];
        int depth = random.Next(4) == 0 ? random.Next(1, 400) : random.Next(1, 6);
        pieces.Insert(to, string.Concat(Enumerable.Repeat(close, depth)));
        pieces.Insert(from, string.Concat(Enumerable.Repeat(open, depth)));
    }

    private static string ChangeCharacters(Random random, string text)
    {
        int at = random.Next(text.Length + 1), length = Math.Min(text.Length - at, random.Next(1, 4));
        return random.Next(5) switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(at, text.Substring(at, length)),
            2 => text.Insert(at, ((char)random.Next(32, 127)).ToString()),
            3 => text.Insert(at, Odd[random.Next(Odd.Length)]),
            _ => text[..at],
        };
    }
}
