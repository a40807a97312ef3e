using System.Text;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Arithmetic as the kernel computes it, against C#'s. The operands come out of maps, so that nothing is folded.</summary>
public class ExpressionTests
{
    private static readonly (long A, long B)[] Operands =
    [
        (7, 2), (-7, 2), (7, -2), (-7, -2), (0, 0), (5, 0), (-5, 0), (1, 63), (-1, 1), (long.MinValue, -1), (long.MaxValue, 1),
        (123456789012345, 4096), (-123456789012345, 1000), (255, 256), (-128, 127), (65536, -65537), (0x7fffffff, 0x80000000), (42, 42),
    ];

    /// <summary>What is computed into <c>$r</c> of <c>$a</c>, <c>$b</c> (signed) and <c>$u</c>, <c>$v</c> (the same bits, unsigned).</summary>
    private static readonly Dictionary<string, Func<long, long, long>> Cases = new()
    {
        ["$r = $a + $b"] = (a, b) => a + b,
        ["$r = $a - $b"] = (a, b) => a - b,
        ["$r = $a * $b"] = (a, b) => a * b,
        ["$r = $a / $b"] = Divide,
        ["$r = $a % $b"] = Remainder,
        ["$r = $u / $v"] = (a, b) => b == 0 ? 1 : (long)((ulong)a / (ulong)b),
        ["$r = $u % $v"] = (a, b) => b == 0 ? 1 : (long)((ulong)a % (ulong)b),
        ["$r = $a / 3"] = (a, _) => a / 3,
        ["$r = $a % 3"] = (a, _) => a % 3,
        ["$r = $a / -3"] = (a, _) => a / -3,
        ["$r = $a % -3"] = (a, _) => a % -3,
        ["$r = $a / 8"] = (a, _) => a / 8,
        ["$r = $a % 8"] = (a, _) => a % 8,
        ["$r = $a / -1"] = (a, _) => unchecked(0 - a),
        ["$r = $a % -1"] = (_, _) => 0,
        ["$r = $u / 10"] = (a, _) => (long)((ulong)a / 10),
        ["$r = $u % 10"] = (a, _) => (long)((ulong)a % 10),
        ["$r = $u / 16"] = (a, _) => (long)((ulong)a / 16),
        ["$r = $u * 1000000007"] = (a, _) => a * 1000000007,
        ["$r = 1000 / $b"] = (_, b) => Divide(1000, b),
        ["$r = 1000 % $b"] = (_, b) => Remainder(1000, b),
        ["$r = $a & $b"] = (a, b) => a & b,
        ["$r = $a | $b"] = (a, b) => a | b,
        ["$r = $a ^ $b"] = (a, b) => a ^ b,
        ["$r = $a & 0xffffffff00000000"] = (a, _) => a & unchecked((long)0xffffffff00000000),
        ["$r = $a | 0x80000000"] = (a, _) => a | 0x80000000,
        ["$r = ~$a"] = (a, _) => ~a,
        ["$r = -$a"] = (a, _) => -a,
        ["$r = !$a"] = (a, _) => Bit(a == 0),
        ["$r = !!$a"] = (a, _) => Bit(a != 0),
        ["$r = $a << ($b & 63)"] = (a, b) => a << (int)(b & 63),
        ["$r = $a >> ($b & 63)"] = (a, b) => a >> (int)(b & 63),
        ["$r = $u >> ($b & 63)"] = (a, b) => (long)((ulong)a >> (int)(b & 63)),
        ["$r = $u << ($v & 63)"] = (a, b) => a << (int)(b & 63),
        ["$r = $a << 5"] = (a, _) => a << 5,
        ["$r = $a >> 5"] = (a, _) => a >> 5,
        ["$r = $u >> 5"] = (a, _) => (long)((ulong)a >> 5),
        ["$r = $a >> 40"] = (a, _) => a >> 40,
        ["$r = 1 << ($b & 63)"] = (_, b) => 1L << (int)(b & 63),
        ["$r = $a == $b"] = (a, b) => Bit(a == b),
        ["$r = $a != $b"] = (a, b) => Bit(a != b),
        ["$r = $a < $b"] = (a, b) => Bit(a < b),
        ["$r = $a > $b"] = (a, b) => Bit(a > b),
        ["$r = $a <= $b"] = (a, b) => Bit(a <= b),
        ["$r = $a >= $b"] = (a, b) => Bit(a >= b),
        ["$r = $u < $v"] = (a, b) => Bit((ulong)a < (ulong)b),
        ["$r = $u > $v"] = (a, b) => Bit((ulong)a > (ulong)b),
        ["$r = $u <= $v"] = (a, b) => Bit((ulong)a <= (ulong)b),
        ["$r = $u >= $v"] = (a, b) => Bit((ulong)a >= (ulong)b),
        ["$r = $a < 5"] = (a, _) => Bit(a < 5),
        ["$r = $a > -6"] = (a, _) => Bit(a > -6),
        ["$r = $u < 100"] = (a, _) => Bit((ulong)a < 100),
        ["$r = $a >= 0x80000000"] = (a, _) => Bit(a >= 0x80000000),
        ["$r = $a == 123456789012345"] = (a, _) => Bit(a == 123456789012345),
        ["$r = $a && $b"] = (a, b) => Bit(a != 0 && b != 0),
        ["$r = $a || $b"] = (a, b) => Bit(a != 0 || b != 0),
        ["$r = $a > 0 && $b > 0 || $a == $b"] = (a, b) => Bit(a > 0 && b > 0 || a == b),
        ["$r = !($a > 0 && !($b > 0))"] = (a, b) => Bit(!(a > 0 && !(b > 0))),
        ["$r = $a ? $b : 17"] = (a, b) => a != 0 ? b : 17,
        ["$r = $a > $b ? $a : $b"] = (a, b) => Math.Max(a, b),
        ["$r = $a > 0 ? $b > 0 ? 1 : 2 : $b > 0 ? 3 : 4"] = (a, b) => a > 0 ? b > 0 ? 1 : 2 : b > 0 ? 3 : 4,
        ["$r = (int8)$a"] = (a, _) => (sbyte)a,
        ["$r = (uint8)$a"] = (a, _) => (byte)a,
        ["$r = (int16)$a"] = (a, _) => (short)a,
        ["$r = (uint16)$a"] = (a, _) => (ushort)a,
        ["$r = (int32)$a"] = (a, _) => (int)a,
        ["$r = (uint32)$a"] = (a, _) => (uint)a,
        ["$r = (bool)$a"] = (a, _) => Bit(a != 0),
        ["$r = (int64)(uint8)$a + (int64)(int8)$b"] = (a, b) => (byte)a + (sbyte)b,
        ["$r = (int8)$a < (int8)$b"] = (a, b) => Bit((sbyte)a < (sbyte)b),
        ["$r = (uint32)$a > (uint32)$b"] = (a, b) => Bit((uint)a > (uint)b),
        ["$r = $a + $b * $a - $b"] = (a, b) => a + b * a - b,
        ["$r = ($a + $b) * ($a - $b)"] = (a, b) => (a + b) * (a - b),
        ["$r = $a - $b - $a - 1"] = (a, b) => a - b - a - 1,
        ["$r = $a & $b | $a ^ $b"] = (a, b) => a & b | a ^ b,
        ["$r = $a; $r += $b"] = (a, b) => a + b,
        ["$r = $a; $r -= $b"] = (a, b) => a - b,
        ["$r = $a; $r *= $b"] = (a, b) => a * b,
        ["$r = $a; $r /= $b"] = Divide,
        ["$r = $a; $r %= $b"] = Remainder,
        ["$r = $a; $r &= $b"] = (a, b) => a & b,
        ["$r = $a; $r |= $b"] = (a, b) => a | b,
        ["$r = $a; $r ^= $b"] = (a, b) => a ^ b,
        ["$r = $a; $r <<= 3"] = (a, _) => a << 3,
        ["$r = $a; $r >>= 3"] = (a, _) => a >> 3,
        ["$x = $a; $r = $x++ + $x"] = (a, _) => a + (a + 1),
        ["$x = $a; $r = ++$x + $x"] = (a, _) => a + 1 + (a + 1),
        ["$x = $a; $r = $x-- - $x"] = (_, _) => 1,
        ["$x = $a; $x--; --$x; $r = $x"] = (a, _) => a - 2,
        ["@x = $a; @x += $b; $r = @x"] = (a, b) => a + b,
        ["@x = $a; @x -= $b; $r = @x"] = (a, b) => a - b,
        ["@x = $a; @x++; @x++; @x--; $r = @x"] = (a, _) => a + 1,
        ["@x[1, \"k\"] = $a; @x[1, \"k\"] *= $b; $r = @x[1, \"k\"]"] = (a, b) => a * b,
        ["$t = ($a, ($b, \"x\"), $u); $r = $t.0 - $t.1.0 + $t.2"] = (a, b) => a - b + a,
        ["@t = ($a, $b); $r = @t.1"] = (_, b) => b,
        ["$r = 0; if ($a > $b) { $r = 1; } else if ($a == $b) { $r = 2; } else { $r = 3; }"] = (a, b) => a > b ? 1 : a == b ? 2 : 3,
        ["$r = 0; if ($a) { if ($b) { $r = 1; } } else { $r = 2; }"] = (a, b) => a != 0 ? b != 0 ? 1 : 0 : 2,
        ["$r = 0; if ($a > 0 || $b++ > 0) { $r = $b; }"] = (a, b) => a > 0 ? b : b > 0 ? b + 1 : 0,
    };

    public static TheoryData<string> Expressions() => [.. Cases.Keys];

    [KernelTheory]
    [MemberData(nameof(Expressions))]
    public void As_in_csharp(string statements)
    {
        var program = new StringBuilder("begin {\n");
        for (int i = 0; i < Operands.Length; i++)
            program.Append($"  @a[{i}] = {Literal(Operands[i].A)}; @b[{i}] = {Literal(Operands[i].B)};\n");
        program.Append("}\nbegin {\n");
        for (int i = 0; i < Operands.Length; i++)
            program.Append($"  $a = @a[{i}]; $b = @b[{i}]; $u = (uint64)$a; $v = (uint64)$b; {statements}; @r[{i}] = $r;\n");
        var t = Traced.Run(program.Append("  exit();\n}\n").ToString().Replace("};", "}"));
        var results = t.Numbers("@r");
        for (int i = 0; i < Operands.Length; i++)
        {
            var (a, b) = Operands[i];
            Assert.Equal((statements, a, b, Cases[statements](a, b)), (statements, a, b, results[$"{i}"]));
        }
    }

    /// <summary>Random trees of all operators over signed numbers.</summary>
    [KernelTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Random_trees(int seed)
    {
        var random = new Random(seed);
        long[] values = [3, -5, 1L << 40, -(1L << 33) - 7, 0, 77];
        var program = new StringBuilder("begin { ");
        for (int i = 0; i < values.Length; i++)
            program.Append($"@v[{i}] = {Literal(values[i])}; ");
        string read = string.Concat(values.Select((_, i) => $"$v{i} = @v[{i}]; "));
        program.Append('}');
        var expected = new List<(string Text, long Value)>();
        for (int i = 0; i < 25; i++)
        {
            var tree = Tree(random, values, 4);
            expected.Add(tree);
            program.Append($"\nbegin {{ {read} @r[{i}] = (int64){tree.Text}; }}");
        }

        var results = Traced.Run(program.Append("\nbegin { exit(); }").ToString()).Numbers("@r");
        for (int i = 0; i < expected.Count; i++)
            Assert.Equal(expected[i], (expected[i].Text, results[$"{i}"]));
    }

    private static (string Text, long Value) Tree(Random random, long[] values, int depth)
    {
        if (depth == 0 || random.Next(6) == 0)
        {
            int i = random.Next(values.Length + 2);
            long constant = random.Next(-300, 300);
            return i < values.Length ? ($"$v{i}", values[i]) : ($"(int64)({constant})", constant);
        }

        var (x, a) = Tree(random, values, depth - 1);
        var (y, b) = Tree(random, values, depth - 1);
        switch (random.Next(17))
        {
            case 0: return ($"({x} + {y})", a + b);
            case 1: return ($"({x} - {y})", a - b);
            case 2: return ($"({x} * {y})", a * b);
            case 3: return ($"({x} / {y})", Divide(a, b));
            case 4: return ($"({x} % {y})", Remainder(a, b));
            case 5: return ($"({x} & {y})", a & b);
            case 6: return ($"({x} | {y})", a | b);
            case 7: return ($"({x} ^ {y})", a ^ b);
            case 8: return ($"({x} << ({y} & 31))", a << (int)(b & 31));
            case 9: return ($"({x} >> ({y} & 31))", a >> (int)(b & 31));
            case 10: return ($"(int64)({x} < {y})", Bit(a < b));
            case 11: return ($"(int64)({x} >= {y})", Bit(a >= b));
            case 12: return ($"(int64)({x} == {y})", Bit(a == b));
            case 13: return ($"(int64)({x} && {y})", Bit(a != 0 && b != 0));
            case 14: return ($"({x} > {y} ? {x} : {y})", Math.Max(a, b));
            case 15: return ($"(int64)(!{x} || {y})", Bit(a == 0 || b != 0));
            default: return ($"(-{x})", -a);
        }
    }

    private static string Literal(long value) => value == long.MinValue ? "-9223372036854775807 - 1" : $"{value}";

    private static long Bit(bool value) => value ? 1 : 0;

    private static long Divide(long a, long b) => b == 0 ? 1 : b == -1 ? -a : a / b;

    private static long Remainder(long a, long b) => b == 0 ? 1 : b == -1 ? 0 : a % b;
}
