using CsCheck;

namespace Ctrace.Compiler.Tests;

/// <summary>Random expressions, computed by the bytecode and by C#: lowering, allocation and spilling together.</summary>
public class CodeGenerationTests
{
    /// <summary>An expression's text and its value; unsigned when no operand is signed.</summary>
    private sealed record Expr(string Text, bool Signed, Func<long[], long> Value);

    private static readonly long[] Interesting = [0, 1, -1, 2, 7, -7, 63, 64, 1 << 20, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, 0x1234_5678_9abc];

    private static Gen<T> Choice<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static readonly Gen<Expr> Leaf = Gen.OneOf(
        Gen.Int[0, 7].Select(i => new Expr($"args.s{i}", true, v => v[i])),
        Gen.Int[0, 3].Select(i => new Expr($"args.u{i}", false, v => v[8 + i])));

    private static Gen<Expr> Tree(int depth) => depth == 0 ? Leaf : Gen.OneOf(
        Leaf,
        Gen.Select(Choice("+", "-", "*", "&", "|", "^", "/", "%", "<<", ">>", "==", "!=", "<", ">", "<=", ">=", "&&", "||"), Tree(depth - 1), Tree(depth - 1)).Select(Binary),
        Gen.Select(Choice("-", "~", "!"), Tree(depth - 1)).Select(Unary),
        Gen.Select(Tree(depth - 1), Tree(depth - 1), Tree(depth - 1)).Select((c, a, b) =>
            new Expr($"((int64)({c.Text}) ? (int64)({a.Text}) : (int64)({b.Text}))", true, v => c.Value(v) != 0 ? a.Value(v) : b.Value(v))));

    private static readonly Gen<long[]> Values = Gen.OneOf(Choice(Interesting), Gen.Long).Array[12];

    [Fact]
    public void BytecodeComputesWhatTheExpressionMeans() => Gen.Select(Tree(5), Values).Sample((e, values) =>
    {
        long actual = Run($"tracepoint:test:numbers {{ @r = (int64)({e.Text}); }}", values);
        Assert.True(e.Value(values) == actual, $"{e.Text}\n with {string.Join(", ", values)}\n gives {actual}, not {e.Value(values)}");
    }, iter: 3000);

    /// <summary>So many values at a time that registers must be spilled.</summary>
    [Fact]
    public void ManyLiveValuesAreSpilledAndComeBack()
    {
        string assigns = string.Concat(Enumerable.Range(0, 30).Select(i => $"$v{i} = args.s{i % 8} + {i};"));
        string sum = string.Join(" + ", Enumerable.Range(0, 30).Select(i => $"$v{i} * {i + 1}"));
        long[] values = [.. Enumerable.Range(0, 12).Select(i => (long)i * 1000)];
        long expected = Enumerable.Range(0, 30).Sum(i => (values[i % 8] + i) * (i + 1));
        Assert.Equal(expected, Run($"tracepoint:test:numbers {{ {assigns} @r = {sum}; }}", values));
    }

    /// <summary>Each copy of a loop's body keeps values over its look-ups; all the copies do so in the same places.</summary>
    [Fact]
    public void CopiesOfALoopShareTheirPlaces()
    {
        Compile.Good("""
            tracepoint:test:numbers
            {
                $a = args.s0; $b = args.s1; $c = args.s2; $i = 0;
                unroll (40) {
                    if (@n[$i] == 0) {
                        $a += args.s3 - @n[$i];
                        $b += $a - @n[$i + 1];
                        $c += ($b ^ $i) - @n[$i + 2];
                        $i += 1;
                    }
                }
                @r = $a ^ $b ^ $c;
                @n[1000] = 1;
            }
            """);
    }

    /// <summary>More tuples and texts than the stack has room for: the rest goes to scratch memory.</summary>
    [Fact]
    public void ManyLiveTuplesFindRoom()
    {
        string body = string.Concat(Enumerable.Range(0, 40).Select(i => $"$w{i} = \"w{i % 10}\"; $t{i} = (args.s0, \"x{i}\", {i}); @m[$t{i}.0, $t{i}.1] = $t{i};"));
        Compile.Good($"tracepoint:test:numbers {{ {body} @n = count(); printf(\"%s %d\", $t39.1, $t0.2); }}");
    }

    [Theory]
    [InlineData("$x = 1; $x += 4; $x <<= 2; @r = $x;", 20)]
    [InlineData("$x = 5; @r = $x++ * 10 + $x;", 56)]
    [InlineData("$x = 5; @r = --$x;", 4)]
    [InlineData("@r = 5; @r += 3; @r -= 10;", -2)]
    [InlineData("@r = 3; @q = @r++ + ++@r; @r = @q;", 8)]
    [InlineData("@r = 1; if (args.s0 == 0) { @r = 2; } else if (args.s0 == 5) { @r = 3; } else { @r = 4; }", 3)]
    [InlineData("@r = 1; if (args.s0 > 100) { return; } @r = 2; return; @r = 3;", 2)]
    [InlineData("$t = (1, (args.s0, 3)); @r = $t.1.0 + $t.1.1;", 8)]
    [InlineData("$s = \"abcdefghijk\"; @r = $s == \"abcdefghijk\" ? 1 : 2;", 1)]
    [InlineData("$s = \"abcdefghijk\"; @r = $s == \"abcdefghij\" ? 1 : 2;", 2)]
    [InlineData("$s = \"abcdefghijk\"; $t = \"abcdefghijkl\"; @r = $s != $t ? 1 : 2;", 1)]
    [InlineData("@s = \"xy\"; @r = @s == \"xy\" ? 1 : 2;", 1)]
    [InlineData("@r = (uint8)300 + (int8)200;", -12)]
    [InlineData("@r = (uint8)args.s7 + (int8)args.s7;", 200)]
    [InlineData("let $x; if (args.s0 == 5) { $x = 7; } @r = $x;", 7)]
    [InlineData("let $b; $b = args.s0 > 1; @r = $b ? 3 : 4;", 3)]
    [InlineData("let $s; $e = $s == \"\"; $s = \"abc\"; @r = $e && $s == \"abc\" ? 1 : 2;", 1)]
    [InlineData("@r = 1; @r += args.s0 > 1; @r += true;", 3)]
    [InlineData("@r = -7 / 2 * 100 + -7 % 3;", -301)]
    [InlineData("@r = 7 / args.s1 * 10 + 7 % args.s1;", 11)]
    public void StatementsDoWhatTheySay(string body, long expected) =>
        Assert.Equal(expected, Run($"tracepoint:test:numbers {{ {body} }}", [5, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0]));

    private static long Run(string text, long[] values)
    {
        var program = Compile.Good(text);
        byte[] context = new byte[8 + values.Length * 8];
        Buffer.BlockCopy(values, 0, context, 8, values.Length * 8);
        var interpreter = new Interpreter(program, context);
        interpreter.Run(0);
        return BitConverter.ToInt64(interpreter.Maps[program.Maps.Select((m, i) => (m, i)).First(m => m.m.Name == "@r").i]);
    }

    private static Expr Unary(string op, Expr e) => op switch
    {
        "-" => new($"(-{e.Text})", true, v => -e.Value(v)),
        "~" => new($"(~{e.Text})", e.Signed, v => ~e.Value(v)),
        _ => new($"(uint64)(!{e.Text})", false, v => e.Value(v) == 0 ? 1 : 0),
    };

    private static Expr Binary(string op, Expr a, Expr b)
    {
        bool signed = a.Signed || b.Signed;
        Func<long, long, long> compute = op switch
        {
            "+" => (x, y) => x + y,
            "-" => (x, y) => x - y,
            "*" => (x, y) => x * y,
            "&" => (x, y) => x & y,
            "|" => (x, y) => x | y,
            "^" => (x, y) => x ^ y,
            "/" => (x, y) => y == 0 ? 1 : signed ? y == -1 ? -x : x / y : (long)((ulong)x / (ulong)y),
            "%" => (x, y) => y == 0 ? 1 : signed ? y == -1 ? 0 : x % y : (long)((ulong)x % (ulong)y),
            "<<" => (x, y) => x << (int)(y & 63),
            ">>" => (x, y) => a.Signed ? x >> (int)(y & 63) : (long)((ulong)x >> (int)(y & 63)),
            "==" => (x, y) => x == y ? 1 : 0,
            "!=" => (x, y) => x != y ? 1 : 0,
            "<" => (x, y) => (signed ? x < y : (ulong)x < (ulong)y) ? 1 : 0,
            ">" => (x, y) => (signed ? x > y : (ulong)x > (ulong)y) ? 1 : 0,
            "<=" => (x, y) => (signed ? x <= y : (ulong)x <= (ulong)y) ? 1 : 0,
            ">=" => (x, y) => (signed ? x >= y : (ulong)x >= (ulong)y) ? 1 : 0,
            "&&" => (x, y) => x != 0 && y != 0 ? 1 : 0,
            _ => (x, y) => x != 0 || y != 0 ? 1 : 0,
        };
        bool truth = op is "==" or "!=" or "<" or ">" or "<=" or ">=" or "&&" or "||";
        string text = $"({a.Text} {op} {b.Text})";
        // A difference may be negative, whatever its operands are.
        return new(truth ? $"(uint64){text}" : text, !truth && (op is "<<" or ">>" ? a.Signed : signed || op == "-"), v => compute(a.Value(v), b.Value(v)));
    }
}
