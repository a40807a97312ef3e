using System.Collections.Immutable;
using System.Text;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Kernel.Tests.Properties;

/// <summary>
/// Runs a bound program in the plainest way: what the kernel must give as well. Numbers are <see cref="long"/>, texts
/// <see cref="string"/>, tuples arrays.
/// </summary>
internal sealed class TreeInterpreter
{
    private readonly Dictionary<VariableSymbol, object> _variables = [];
    private readonly Dictionary<MapSymbol, Dictionary<string, Entry>> _maps = [];
    private int _steps;

    /// <summary>An entry of a map: its value, or what its aggregate has gathered.</summary>
    private sealed class Entry
    {
        public object? Value;
        public long Count, Sum;
    }

    private enum Flow
    {
        Next,
        Break,
        Continue,
        Return,
    }

    /// <summary>What was printed.</summary>
    public List<string> Printed { get; } = [];

    /// <summary>Runs the only clause.</summary>
    public void Run(BoundProgram program) => Execute(program.Clauses[0].Body);

    /// <summary>The maps' entries as <c>@name[key]=value</c>, in no particular order.</summary>
    public IEnumerable<string> Entries() => _maps.SelectMany(m => m.Value.Select(e => $"{m.Key.Name}[{e.Key}]={Shown(m.Key, e.Value)}"));

    private static string Shown(MapSymbol map, Entry entry) => !map.IsAggregate
        ? Format(entry.Value!, map.Plain!)
        : Format(Gathered(map, entry), map.Aggregates[0].Signed ? TraceType.Int64 : TraceType.UInt64);

    private static long Gathered(MapSymbol map, Entry entry) => map.Aggregates[0].Definition.Name switch
    {
        "count" => entry.Count,
        "avg" => map.Aggregates[0].Signed ? entry.Sum / entry.Count : (long)((ulong)entry.Sum / (ulong)entry.Count),
        _ => entry.Sum,
    };

    /// <summary>A value as text that is the same for values that are the same.</summary>
    public static string Format(object value, TraceType type) => type switch
    {
        TupleType tuple => "(" + string.Join(",", tuple.Elements.Zip((object[])value, (e, v) => Format(v, e.Type))) + ")",
        BoolType => (long)value != 0 ? "true" : "false",
        IntegerType { Signed: false } => ((ulong)(long)value).ToString(System.Globalization.CultureInfo.InvariantCulture),
        IntegerType => ((long)value).ToString(System.Globalization.CultureInfo.InvariantCulture),
        StringType => $"'{value}'",
        _ => throw new InvalidOperationException($"no value of type {type}"),
    };

    private Flow Execute(BoundStatement statement)
    {
        if (++_steps > 1_000_000)
            throw new InvalidOperationException("the program does not end");
        switch (statement)
        {
            case BoundBlock s:
                return All(s.Statements);
            case BoundExpressionStatement s:
                Effect(s.Expression);
                return Flow.Next;
            case BoundAssignVariable { Value: BoundConstant { Type: ErrorType } } s:
                _variables[s.Variable] = Zero(s.Variable.Type);
                return Flow.Next;
            case BoundAssignVariable s:
                _variables[s.Variable] = Value(s.Value);
                return Flow.Next;
            case BoundAssignMap s:
                var value = Value(s.Value);
                At(s.Map, s.Keys).Value = value;
                return Flow.Next;
            case BoundAddToMap s:
                long change = Number(s.Value);
                Change(s.Map, s.Keys, s.Subtract ? -change : change);
                return Flow.Next;
            case BoundAggregate s:
                Aggregate(s);
                return Flow.Next;
            case BoundIf s:
                return Number(s.Condition) != 0 ? Execute(s.Then) : s.Else is null ? Flow.Next : Execute(s.Else);
            case BoundLoop s:
                return Loop(s);
            case BoundLoopJump s:
                return s.IsBreak ? Flow.Break : Flow.Continue;
            case BoundReturn:
                return Flow.Return;
            default:
                throw new InvalidOperationException($"no rule for {statement.GetType().Name}");
        }
    }

    private Flow All(ImmutableArray<BoundStatement> statements)
    {
        foreach (var statement in statements)
            if (Execute(statement) is not Flow.Next and var flow)
                return flow;
        return Flow.Next;
    }

    private Flow Loop(BoundLoop loop)
    {
        while (Number(loop.Condition) != 0)
        {
            switch (Execute(loop.Body))
            {
                case Flow.Break:
                    return Flow.Next;
                case Flow.Return:
                    return Flow.Return;
            }

            if (loop.Step is not null)
                Execute(loop.Step);
        }

        return Flow.Next;
    }

    private void Aggregate(BoundAggregate s)
    {
        var update = s.Updates[0];
        long value = update.Value is null ? 0 : Number(update.Value);
        var entry = At(s.Map, s.Keys);
        bool first = entry.Count++ == 0, signed = s.Map.Aggregates[0].Signed;
        bool less = signed ? value < entry.Sum : (ulong)value < (ulong)entry.Sum;
        entry.Sum = s.Map.Aggregates[0].Definition.Name switch
        {
            "min" => first || less ? value : entry.Sum,
            "max" => first || !less ? value : entry.Sum,
            _ => entry.Sum + value,
        };
    }

    private long Change(MapSymbol map, ImmutableArray<BoundExpression> keys, long by)
    {
        var entry = At(map, keys);
        long before = (long)(entry.Value ?? 0L);
        entry.Value = before + by;
        return before;
    }

    private Entry At(MapSymbol map, ImmutableArray<BoundExpression> keys)
    {
        string key = Key(map, keys);
        if (!_maps.TryGetValue(map, out var entries))
            _maps.Add(map, entries = []);
        if (!entries.TryGetValue(key, out var entry))
            entries.Add(key, entry = new Entry());
        return entry;
    }

    private Entry? Find(MapSymbol map, ImmutableArray<BoundExpression> keys)
    {
        string key = Key(map, keys);
        return _maps.GetValueOrDefault(map)?.GetValueOrDefault(key);
    }

    private string Key(MapSymbol map, ImmutableArray<BoundExpression> keys) =>
        string.Join(",", keys.Select((k, i) => Format(Value(k), map.Keys!.Value[i])));

    private void Effect(BoundExpression expression)
    {
        switch (expression)
        {
            case BoundBlockExpression e:
                All(e.Statements);
                if (e.Value is not null)
                    Value(e.Value);
                break;
            case BoundCall { Definition.Name: "print" } e:
                Printed.Add(Format(Value(e.Arguments[0]), e.Arguments[0].Type));
                break;
            case BoundCall { Definition.Name: "exit" }:
                break;
            default:
                Value(expression);
                break;
        }
    }

    private long Number(BoundExpression expression) => (long)Value(expression);

    private object Value(BoundExpression expression) => expression switch
    {
        BoundConstant e => e.Value,
        BoundString e => Encoding.Latin1.GetString(e.Bytes.AsSpan()),
        BoundVariable e => _variables[e.Variable],
        BoundMapRead e => Find(e.Map, e.Keys)?.Value ?? Zero(e.Type),
        BoundAggregateRead e => Find(e.Map, e.Keys) is { } entry ? Gathered(e.Map, entry) : 0L,
        BoundUnary e => Unary(e.Operator, Number(e.Operand)),
        BoundBinary e => Binary(e),
        BoundTernary e => Number(e.Condition) != 0 ? Value(e.Then) : Value(e.Else),
        BoundTuple e => e.Items.Select(Value).ToArray(),
        BoundElement e => ((object[])Value(e.Value))[((TupleType)e.Value.Type).Elements.IndexOf(e.Element)],
        BoundConversion e => Cut(Number(e.Value), e.Type),
        // The only builtin value that is used, and only to make a 0 of.
        BoundBuiltin { Definition.Name: "nsecs" } => 1L,
        BoundIncrement e => Increment(e),
        BoundBlockExpression e => All(e.Statements) == Flow.Next ? Value(e.Value!) : throw new InvalidOperationException("a jump out of an expression"),
        BoundCall { Definition.Name: "has_key" } e => Find((MapSymbol)e.Data!, e.Arguments) is null ? 0L : 1L,
        BoundCall { Definition.Name: "delete" } e => _maps.GetValueOrDefault((MapSymbol)e.Data!)?.Remove(Key((MapSymbol)e.Data!, e.Arguments)) == true ? 1L : 0L,
        BoundCall e => Call(e.Definition.Name, e),
        _ => throw new InvalidOperationException($"no rule for {expression.GetType().Name}"),
    };

    private object Call(string name, BoundCall e)
    {
        object first = Value(e.Arguments[0]);
        return name switch
        {
            "strlen" => (long)((string)first).Length,
            "strncmp" => Start((string)first, (int)e.Data!) == Start((string)Value(e.Arguments[1]), (int)e.Data!) ? 0L : 1L,
            "strcontains" => ((string)first).Contains((string)Value(e.Arguments[1]), StringComparison.Ordinal) ? 1L : 0L,
            "str_concat" => (string)first + (string)Value(e.Arguments[1]),
            "bswap" => (long)(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((ulong)(long)first) >> 64 - e.Type.Size * 8),
            _ => throw new InvalidOperationException($"no rule for {name}()"),
        };
    }

    private static string Start(string text, int length) => text[..Math.Min(text.Length, length)];

    private object Increment(BoundIncrement e)
    {
        long step = e.IsDecrement ? -1 : 1, before;
        if (e.Target is BoundMapRead map)
            before = Change(map.Map, map.Keys, step);
        else
            _variables[((BoundVariable)e.Target).Variable] = (before = Number(e.Target)) + step;
        return e.IsPostfix ? before : before + step;
    }

    private static object Zero(TraceType type) => type switch
    {
        StringType => "",
        TupleType tuple => tuple.Elements.Select(e => Zero(e.Type)).ToArray(),
        _ => 0L,
    };

    private static long Unary(string op, long value) => op switch { "-" => -value, "~" => ~value, _ => value == 0 ? 1 : 0 };

    private object Binary(BoundBinary e)
    {
        string op = e.Operator.Text;
        if (op is "&&" or "||")
            return Number(e.Left) != 0 == (op == "||") ? op == "||" ? 1L : 0L : Number(e.Right) != 0 ? 1L : 0L;
        object first = Value(e.Left), second = Value(e.Right);
        if (first is not long a || second is not long b)
            return Same(first, second) == (op == "==") ? 1L : 0L;
        bool signed = e.Signed;
        int order = signed ? a.CompareTo(b) : ((ulong)a).CompareTo((ulong)b);
        return op switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "&" => a & b,
            "|" => a | b,
            "^" => a ^ b,
            "/" => b == 0 ? 1 : !signed ? (long)((ulong)a / (ulong)b) : b == -1 ? -a : a / b,
            "%" => b == 0 ? 1 : !signed ? (long)((ulong)a % (ulong)b) : b == -1 ? 0 : a % b,
            "<<" => a << (int)(b & 63),
            ">>" => e.Left.Type is IntegerType { Signed: true } ? a >> (int)(b & 63) : (long)((ulong)a >> (int)(b & 63)),
            "==" => order == 0 ? 1L : 0L,
            "!=" => order != 0 ? 1L : 0L,
            "<" => order < 0 ? 1L : 0L,
            ">" => order > 0 ? 1L : 0L,
            "<=" => order <= 0 ? 1L : 0L,
            ">=" => order >= 0 ? 1L : 0L,
            _ => throw new InvalidOperationException($"no operator {op}"),
        };
    }

    private static bool Same(object a, object b) => (a, b) switch
    {
        (object[] x, object[] y) => x.Zip(y, Same).All(same => same),
        _ => a.Equals(b),
    };

    private static long Cut(long value, TraceType type) => type switch
    {
        BoolType => value != 0 ? 1 : 0,
        IntegerType { Size: 1, Signed: true } => (sbyte)value,
        IntegerType { Size: 2, Signed: true } => (short)value,
        IntegerType { Size: 4, Signed: true } => (int)value,
        IntegerType { Size: 1 } => (byte)value,
        IntegerType { Size: 2 } => (ushort)value,
        IntegerType { Size: 4 } => (uint)value,
        _ => value,
    };
}
