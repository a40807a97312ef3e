using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.CDeclarations;

/// <summary>Computes constant expressions of C.</summary>
internal ref struct CConstant
{
    private static readonly Dictionary<string, int> Precedence = new()
    {
        ["||"] = 1, ["&&"] = 2, ["|"] = 3, ["^"] = 4, ["&"] = 5, ["=="] = 6, ["!="] = 6, ["<"] = 7, [">"] = 7, ["<="] = 7, [">="] = 7,
        ["<<"] = 8, [">>"] = 8, ["+"] = 9, ["-"] = 9, ["*"] = 10, ["/"] = 10, ["%"] = 10,
    };

    private readonly List<CToken> _tokens;
    private readonly Func<string, long?> _names;
    private int _at, _depth;

    private CConstant(List<CToken> tokens, Func<string, long?> names) => (_tokens, _names) = (tokens, names);

    /// <summary>The value, or null where it is no constant.</summary>
    /// <param name="tokens">The expression, macros replaced.</param>
    /// <param name="names">Values of names: enumerators, sizes.</param>
    public static long? Evaluate(List<CToken> tokens, Func<string, long?> names)
    {
        var constant = new CConstant(tokens, names);
        long? value = constant.Ternary();
        return constant._at == tokens.Count ? value : null;
    }

    private long? Ternary()
    {
        if (++_depth > 100)
            return null;
        long? condition = Binary(1);
        if (!Accept("?"))
            return condition;
        long? then = Ternary();
        if (!Accept(":"))
            return null;
        long? otherwise = Ternary();
        return condition is null ? null : condition != 0 ? then : otherwise;
    }

    private long? Binary(int least)
    {
        long? left = Unary();
        while (_at < _tokens.Count && _tokens[_at].Kind == CTokenKind.Mark && Precedence.TryGetValue(_tokens[_at].Text, out int precedence) && precedence >= least)
        {
            string op = _tokens[_at++].Text;
            long? right = Binary(precedence + 1);
            left = left is { } a && right is { } b ? Apply(op, a, b) : null;
        }

        return left;
    }

    private static long? Apply(string op, long a, long b) => op switch
    {
        "||" => a != 0 || b != 0 ? 1 : 0,
        "&&" => a != 0 && b != 0 ? 1 : 0,
        "|" => a | b,
        "^" => a ^ b,
        "&" => a & b,
        "==" => a == b ? 1 : 0,
        "!=" => a != b ? 1 : 0,
        "<" => a < b ? 1 : 0,
        ">" => a > b ? 1 : 0,
        "<=" => a <= b ? 1 : 0,
        ">=" => a >= b ? 1 : 0,
        "<<" => a << (int)b,
        ">>" => a >> (int)b,
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => b == 0 ? null : b == -1 ? -a : a / b,
        _ => b == 0 ? null : b == -1 ? 0 : a % b,
    };

    private long? Unary()
    {
        if (_at >= _tokens.Count || ++_depth > 1000)
            return null;
        var token = _tokens[_at++];
        switch (token.Kind, token.Text)
        {
            case (CTokenKind.Mark, "-"):
                return -Unary();
            case (CTokenKind.Mark, "+"):
                return Unary();
            case (CTokenKind.Mark, "~"):
                return ~Unary();
            case (CTokenKind.Mark, "!"):
                return Unary() is { } value ? value == 0 ? 1 : 0 : null;
            case (CTokenKind.Mark, "("):
                return Parenthesised();
            case (CTokenKind.Number, ['\'', ..] character):
                return Character(character);
            case (CTokenKind.Number, var text):
                return Lexemes.TryInteger(text, out long number, out _) ? number : null;
            case (CTokenKind.Name, var name):
                return _names(name);
            default:
                return null;
        }
    }

    /// <summary>A value in parentheses; a cast in front of a value is passed over.</summary>
    private long? Parenthesised()
    {
        int close = _at;
        while (close < _tokens.Count && (_tokens[close].Kind == CTokenKind.Name && _names(_tokens[close].Text) is null || _tokens[close].Text == "*"))
            close++;
        if (close > _at && close < _tokens.Count && _tokens[close].Text == ")")
        {
            _at = close + 1;
            return Unary();
        }

        long? value = Ternary();
        return Accept(")") ? value : null;
    }

    private static long? Character(string text) => text switch
    {
        [_, '\\', 'n', _] => '\n',
        [_, '\\', 't', _] => '\t',
        [_, '\\', '0', _] => 0,
        [_, '\\', var c, _] => c,
        [_, var c, _] => c,
        _ => null,
    };

    private bool Accept(string mark)
    {
        if (_at >= _tokens.Count || _tokens[_at].Text != mark)
            return false;
        _at++;
        return true;
    }
}
