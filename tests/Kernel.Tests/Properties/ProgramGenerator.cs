using System.Globalization;
using System.Text;

namespace Ctrace.Kernel.Tests.Properties;

/// <summary>
/// Makes programs that are well typed and end, out of a number. <c>$z</c> is 0 when they run, which neither the compiler nor the
/// verifier can know: so nothing is folded away, and the verifier has to follow both ways of every branch.
/// </summary>
internal sealed class ProgramGenerator
{
    private static readonly string[] Widths = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"];
    private static readonly string[] Texts = ["\"\"", "\"a\"", "\"b\"", "\"abcdefg\"", "\"abcdefgh\"", "\"abcdefghijk\"", "\"a longer text, of 33 characters..\""];
    private static readonly long[] Edges = [0, 1, 2, 3, 7, 8, 10, 63, 64, 100, 127, 128, 255, 256, 32767, 65535, 65536, int.MaxValue, 1L << 31, uint.MaxValue, 1L << 32, long.MaxValue];

    private readonly Random _random;
    private readonly StringBuilder _text = new();
    private readonly Stack<List<(string Name, char Kind)>> _scopes = new([[]]);
    private readonly bool _readsAggregates;
    private int _names, _loops, _left;

    private ProgramGenerator(int seed, bool readsAggregates) => (_random, _readsAggregates) = (new Random(seed), readsAggregates);

    /// <summary>The program of a number; not every kernel can read aggregates in expressions.</summary>
    public static string Make(int seed, bool readsAggregates = true)
    {
        var generator = new ProgramGenerator(seed, readsAggregates);
        generator._left = generator.Next(3, 25);
        return generator.Program();
    }

    private string Program()
    {
        // What every program may use, of every type: maps are known from here on.
        _text.Append("begin { $z = nsecs >> 63; @i = (int64)$z; @u = (uint64)$z; @b = $z > 5; @s = \"m\"; @t = (1 + $z, \"tt\", (2, $z == 0)); @k[1] = 5; @k2[2, \"x\"] = 6; @ks[\"a\"] = \"v\"; @kt[(1, 2)] = (3, \"t\", (4, true)); ");
        _text.Append("@c = count(); @sum[0] = sum(1); @min[0] = min(-1); @max[0] = max(3); @avg[0] = avg(5); ");
        while (_left > 0)
            Statement(3);
        return _text.Append("print(\"end\"); exit(); }").ToString();
    }

    private int Next(int low, int end) => _random.Next(low, end);

    private bool Chance(int percent) => _random.Next(100) < percent;

    private string Pick(params string[] choices) => choices[_random.Next(choices.Length)];

    private void Statement(int depth)
    {
        _left--;
        switch (Next(0, 26))
        {
            case 0 or 1 or 2:
                Variable(depth);
                break;
            case 3:
                _text.Append(CultureInfo.InvariantCulture, $"print(({Pick(Widths)})({Int(depth)})); ");
                break;
            case 4:
                _text.Append(CultureInfo.InvariantCulture, $"print(({Int(2)}, {(Chance(10) ? $"str_concat({Text(1)}, {Text(1)})" : Text(2))}, {Bool(2)}, {Tuple(1)})); ");
                break;
            case 5:
                _text.Append(CultureInfo.InvariantCulture, $"print(({Int(depth)}, {Pick(Text(depth), Bool(depth), Tuple(depth))})); ");
                break;
            case 6 or 7:
                _text.Append(CultureInfo.InvariantCulture, $"{IntMap()} {Pick("=", "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=")} {Int(depth)}; ");
                break;
            case 8:
                _text.Append(CultureInfo.InvariantCulture, $"{Pick(IntMap() + Pick("++", "--"), Pick("++", "--") + IntMap())}; ");
                break;
            case 9:
                _text.Append(CultureInfo.InvariantCulture, $"{Pick($"@s = {Text(depth)}", $"@ks[{Text(2)}] = {Text(depth)}", $"@b = {Bool(depth)}")}; ");
                break;
            case 10:
                _text.Append(CultureInfo.InvariantCulture, $"{Pick("@t", $"@kt[({Int(2)}, {Int(2)})]", $"@kt[{Int(1)}, {Int(1)}]")} = {Tuple(depth)}; ");
                break;
            case 11 or 12:
                _text.Append(CultureInfo.InvariantCulture, $"{Pick("@c = count()", $"@sum[{Key()}] = sum({Int(2)})", $"@min[{Key()}] = min({Int(2)})", $"@max[{Key()}] = max({Int(2)})", $"@avg[{Key()}] = avg({Int(2)})")}; ");
                break;
            case 13 or 14 or 15 when depth > 0:
                _text.Append(CultureInfo.InvariantCulture, $"if ({Bool(depth)}) ");
                Block(depth);
                if (Chance(50))
                {
                    _text.Append("else ");
                    if (Chance(30))
                        _text.Append(CultureInfo.InvariantCulture, $"if ({Condition(depth)}) ");
                    Block(depth);
                }

                break;
            case 16 or 17 when depth > 0 && _loops < 2:
                Loop(depth);
                break;
            case 18:
                _text.Append(CultureInfo.InvariantCulture, $"{Pick($"delete(@k, {Key()})", $"delete(@k2, ({Key()}, {Text(1)}))", $"delete(@ks[{Text(1)}])", $"delete(@kt[({Key()}, 2)])")}; ");
                break;
            case 19 when _loops is > 0 and < 9:
                _text.Append(CultureInfo.InvariantCulture, $"if ({Bool(2)}) {{ {Pick("break", "continue")}; }} ");
                break;
            case 20 when Chance(10):
                _text.Append(CultureInfo.InvariantCulture, $"if ({Bool(2)}) {{ exit(); return; }} ");
                break;
            case 21 when depth > 0:
                Block(depth);
                break;
            case 22:
                _text.Append(CultureInfo.InvariantCulture, $"_ = {Pick(Int(depth), Text(2), Tuple(2))}; ");
                break;
            default:
                if (Known('i') is { } counted && !counted.StartsWith("$i", StringComparison.Ordinal))
                    _text.Append(CultureInfo.InvariantCulture, $"{Pick($"{counted}++", $"--{counted}", $"{counted} {Pick("+=", "-=", "*=", "/=", "%=", ">>=", "<<=", "^=")} {Int(depth)}")}; ");
                else
                    Variable(depth);
                break;
        }
    }

    private void Variable(int depth)
    {
        char kind = "iiiiibst"[Next(0, 8)];
        string? known = Chance(50) ? Known(kind) : null;
        if (known?.StartsWith("$i", StringComparison.Ordinal) == true)
            known = null;
        string value = kind switch { 'i' => Int(depth), 'b' => Bool(depth), 's' => Text(depth), _ => Tuple(depth) };
        string name = known ?? $"${kind switch { 'i' => 'v', _ => kind }}{_names++}";
        _text.Append(CultureInfo.InvariantCulture, $"{(known is null && Chance(40) ? "let " : "")}{name} = {value}; ");
        if (known is null)
            _scopes.Peek().Add((name, kind));
    }

    private void Block(int depth)
    {
        _text.Append("{ ");
        _scopes.Push([]);
        for (int i = Next(1, 4); i > 0; i--)
            Statement(depth - 1);
        _scopes.Pop();
        _text.Append("} ");
    }

    private void Loop(int depth)
    {
        _loops++;
        string counter = $"$i{_names++}";
        switch (Next(0, 4))
        {
            case 0:
                int first = Next(-3, 4);
                _text.Append(CultureInfo.InvariantCulture, $"for ({counter} : {first}..{first + Next(0, 5)}) ");
                _scopes.Push([(counter, 'i')]);
                Block(depth);
                break;
            case 1:
                _text.Append(CultureInfo.InvariantCulture, $"for ({counter} : 0..(({Int(2)}) & 3)) ");
                _scopes.Push([(counter, 'i')]);
                Block(depth);
                break;
            case 2:
                // The counter goes up first, so that a continue does not skip it.
                _text.Append(CultureInfo.InvariantCulture, $"{counter} = 0; while ({counter} < {Next(0, 5)}{Pick("", $" && {Bool(1)}")}) {{ {counter}++; ");
                _scopes.Push([(counter, 'i')]);
                Block(depth);
                _text.Append("} ");
                break;
            default:
                int loops = _loops;
                _loops = 9;
                _text.Append(CultureInfo.InvariantCulture, $"unroll({Next(0, 4)}) ");
                _scopes.Push([]);
                // A break in here would leave the loop around it.
                Block(depth);
                _loops = loops;
                break;
        }

        _scopes.Pop();
        _loops--;
    }

    private string? Known(char kind)
    {
        string[] names = [.. _scopes.SelectMany(s => s).Where(v => v.Kind == kind).Select(v => v.Name)];
        return names.Length == 0 ? null : names[_random.Next(names.Length)];
    }

    private string Key() => Pick("0", "1", "-1", "(2 + $z)", Int(1));

    private string IntMap() => Pick("@i", "@u", $"@k[{Key()}]", $"@k2[{Key()}, {Text(1)}]");

    private string Condition(int depth) => Pick(Bool(depth), Bool(depth), Int(depth));

    private string Literal()
    {
        long value = Chance(40) ? Edges[_random.Next(Edges.Length)] : Chance(60) ? Next(0, 20) : _random.NextInt64();
        // No number of 64 bits is as small as that one's negative.
        bool isLargest = Chance(3);
        string text = isLargest ? "18446744073709551615" : value.ToString(CultureInfo.InvariantCulture);
        text = !isLargest && Chance(30) ? "-" + text : text;
        return Chance(50) ? $"({text} + $z)" : Chance(10) ? $"((uint64){text} | $z)" : text.StartsWith('-') ? $"({text})" : text;
    }

    private string Int(int depth)
    {
        if (depth <= 0 || Chance(10))
            return Chance(40) ? Literal() : Known('i') ?? Pick("@i", "@u", "$z", "@k[1]");
        return Next(0, 20) switch
        {
            0 or 1 or 2 or 3 or 4 => $"({Int(depth - 1)} {Pick("+", "-", "*", "&", "|", "^")} {Int(depth - 1)})",
            5 or 6 or 7 => $"({Int(depth - 1)} {Pick("/", "%")} {Int(depth - 1)})",
            8 or 9 => $"({Int(depth - 1)} {Pick("<<", ">>")} {Pick(Int(depth - 1), "1", "8", "31", "63", "(64 + $z)")})",
            10 or 11 or 12 => $"({Pick(Widths)}){Int(depth - 1)}",
            13 => $"{Pick("-", "~")}({Int(depth - 1)})",
            14 => $"({Condition(depth - 1)} ? {Int(depth - 1)} : {Int(depth - 1)})",
            15 => $"({Pick("int64", "uint8", "int32")})({Bool(depth - 1)})",
            16 => Chance(20) ? Pick($"{IntMap()}++", $"--{IntMap()}", $"({Pick("uint8", "int16")})delete(@k, {Key()})") : IntMap(),
            17 when Chance(15) && Known('i') is { } counted && !counted.StartsWith("$i", StringComparison.Ordinal) => Pick($"{counted}++", $"++{counted}", $"{counted}--"),
            17 => Chance(50) ? $"({Tuple(depth - 1)}).0" : $"({Tuple(depth - 1)}).2.0",
            18 when Chance(40) => Pick($"strlen({Text(depth - 1)})", $"strncmp({Text(depth - 1)}, {Text(depth - 1)}, {Next(0, 10)})", $"bswap(({Pick("uint16", "uint32", "uint64")}){Int(depth - 1)})"),
            18 when !_readsAggregates => IntMap(),
            18 => Pick("@c", $"@sum[{Key()}]", $"@min[{Key()}]", $"@max[{Key()}]", $"@avg[{Key()}]"),
            _ => Nested(depth),
        };
    }

    /// <summary>A block with a value; what it declares is gone after it.</summary>
    private string Nested(int depth)
    {
        string name = $"$v{_names++}";
        string value = Int(depth - 1);
        _scopes.Push([(name, 'i')]);
        string result = $"{{ let {name} = {value}; {Pick($"{name}++; ", $"@i = {name}; ", $"if ({Bool(1)}) {{ {name} = {Int(1)}; }} ", "")}{Int(depth - 1)} }}";
        _scopes.Pop();
        return $"({result})";
    }

    private string Bool(int depth)
    {
        if (depth <= 0)
            return Known('b') ?? Pick("true", "false", "@b", "($z == 0)", "($z != 0)");
        return Next(0, 14) switch
        {
            0 or 1 or 2 or 3 => $"({Int(depth - 1)} {Pick("<", ">", "<=", ">=")} {Int(depth - 1)})",
            4 or 5 => $"({Int(depth - 1)} {Pick("==", "!=")} {Int(depth - 1)})",
            6 or 7 => $"({Condition(depth - 1)} {Pick("&&", "||")} {Condition(depth - 1)})",
            8 => $"!({Condition(depth - 1)})",
            9 => $"({Text(depth - 1)} {Pick("==", "!=")} {Text(depth - 1)})",
            10 => $"({Tuple(depth - 1)} {Pick("==", "!=")} {Tuple(depth - 1)})",
            11 => Pick($"has_key(@k, {Key()})", $"has_key(@k2, ({Key()}, {Text(1)}))", $"has_key(@ks, {Text(1)})"),
            12 => Chance(70) ? $"({Tuple(depth - 1)}).2.1" : $"strcontains({Text(depth - 1)}, {Pick(Texts)})",
            _ => $"(bool){Int(depth - 1)}",
        };
    }

    private string Text(int depth)
    {
        if (depth <= 0 || Chance(40))
            return Chance(60) ? Pick(Texts) : Known('s') ?? "@s";
        return Next(0, 4) switch
        {
            0 => $"({Condition(depth - 1)} ? {Text(depth - 1)} : {Text(depth - 1)})",
            1 => $"@ks[{Text(depth - 1)}]",
            2 => $"({Tuple(depth - 1)}).1",
            _ => "@s",
        };
    }

    /// <summary>All have the same form: (number, text, (number, bool)).</summary>
    private string Tuple(int depth)
    {
        if (depth <= 0 || Chance(30))
            return Known('t') ?? Pick("@t", "@kt[1, 2]", "@kt[($z + 7), 7]");
        return Chance(20)
            ? $"({Condition(depth - 1)} ? {Tuple(depth - 1)} : {Tuple(depth - 1)})"
            : $"({Int(depth - 1)}, {Text(depth - 1)}, ({Int(depth - 1)}, {Bool(depth - 1)}))";
    }
}
