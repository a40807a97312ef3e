using System.Globalization;
using System.Numerics;
using System.Text;

namespace Ctrace.Runtime.Symbols.Demangling;

/// <summary>
/// Symbols of Rust in its own scheme ("v0", RFC 2603). Hashes of crates and the types of constants are left out, as the compiler's own tools do
/// it for people.
/// </summary>
internal sealed class RustDemangler
{
    /// <summary>Symbols refer back into themselves: a short one may stand for a name without end.</summary>
    private const int DeepestName = 200, LongestName = 16 << 10;

    private readonly string _symbol;
    private readonly StringBuilder _text = new();
    private int _at, _depth, _lifetimes;
    private bool _isSilent;

    private RustDemangler(string symbol, int start) => (_symbol, _at) = (symbol, start);

    /// <summary>The name; null where the symbol is none of these.</summary>
    public static string? Demangle(string symbol)
    {
        // A suffix of the optimizer's is behind a point, which a symbol itself has none of.
        int end = symbol.IndexOf('.');
        var parser = new RustDemangler(end < 0 ? symbol : symbol[..end], 2);
        try
        {
            parser.Path(isValue: true);
            string name = parser._text.ToString();
            // A second path says who instantiated a generic function.
            if (parser.More)
            {
                parser._isSilent = true;
                parser.Path(isValue: false);
            }

            string suffix = end < 0 || symbol.AsSpan(end).StartsWith(".llvm.") ? "" : symbol[end..];
            return parser.More ? null : name + suffix;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private bool More => _at < _symbol.Length;

    private char Next() => More ? _symbol[_at++] : throw new FormatException();

    private bool Take(char c)
    {
        bool has = More && _symbol[_at] == c;
        _at += has ? 1 : 0;
        return has;
    }

    private void Write(string text)
    {
        if (_isSilent)
            return;
        if (_text.Length + text.Length > LongestName)
            throw new FormatException();
        _text.Append(text);
    }

    private void Path(bool isValue)
    {
        using var level = Deeper();
        switch (Next())
        {
            case 'C':
                Disambiguator();
                Write(Identifier());
                break;
            case 'N':
                Nested(Next(), isValue);
                break;
            case 'M':
                ImplementationPath();
                Write("<");
                Type();
                Write(">");
                break;
            case 'X':
                ImplementationPath();
                goto case 'Y';
            case 'Y':
                Write("<");
                Type();
                Write(" as ");
                Path(isValue: false);
                Write(">");
                break;
            case 'I':
                Path(isValue);
                Write(isValue ? "::<" : "<");
                List(Argument);
                Write(">");
                break;
            case 'B':
                Back(() => Path(isValue));
                break;
            default:
                throw new FormatException();
        }
    }

    private void Nested(char space, bool isValue)
    {
        if (!char.IsAsciiLetter(space))
            throw new FormatException();
        Path(isValue);
        long number = Disambiguator();
        string name = Identifier();
        if (char.IsAsciiLetterLower(space))
        {
            if (name.Length > 0)
                Write("::" + name);
            return;
        }

        // What has no name in the source: the third closure of a function.
        string kind = space switch { 'C' => "closure", 'S' => "shim", _ => space.ToString() };
        Write($"::{{{kind}{(name.Length > 0 ? ":" + name : "")}#{number}}}");
    }

    /// <summary>Where an implementation stands: its type says more.</summary>
    private void ImplementationPath()
    {
        bool was = _isSilent;
        Disambiguator();
        _isSilent = true;
        Path(isValue: false);
        _isSilent = was;
    }

    private void Argument()
    {
        if (Take('L'))
            Lifetime(Number());
        else if (Take('K'))
            Constant();
        else
            Type();
    }

    private void Type()
    {
        using var level = Deeper();
        char tag = Next();
        if (RustTypes.Basic(tag) is { } basic)
        {
            Write(basic);
            return;
        }

        switch (tag)
        {
            case 'A':
                Write("[");
                Type();
                Write("; ");
                Constant();
                Write("]");
                break;
            case 'S':
                Write("[");
                Type();
                Write("]");
                break;
            case 'T':
                Write("(");
                Write(List(Type) == 1 ? ",)" : ")");
                break;
            case 'R' or 'Q':
                Write("&");
                if (Take('L') && Number() is not 0 and var lifetime)
                {
                    Lifetime(lifetime);
                    Write(" ");
                }

                Write(tag == 'Q' ? "mut " : "");
                Type();
                break;
            case 'P' or 'O':
                Write(tag == 'P' ? "*const " : "*mut ");
                Type();
                break;
            case 'F':
                Binder(Function);
                break;
            case 'D':
                Write("dyn ");
                Binder(() => List(Trait, " + "));
                if (!Take('L'))
                    throw new FormatException();
                if (Number() is not 0 and var bound)
                {
                    Write(" + ");
                    Lifetime(bound);
                }

                break;
            case 'B':
                Back(Type);
                break;
            default:
                _at--;
                Path(isValue: false);
                break;
        }
    }

    private void Function()
    {
        Write(Take('U') ? "unsafe " : "");
        if (Take('K'))
            Write($"extern \"{(Take('C') ? "C" : Identifier().Replace('_', '-'))}\" ");
        Write("fn(");
        List(Type);
        Write(")");
        if (Take('u'))
            return;
        Write(" -> ");
        Type();
    }

    /// <summary>A trait with its associated types, which stand among its arguments.</summary>
    private void Trait()
    {
        bool isOpen = OpenPath();
        while (Take('p'))
        {
            Write(isOpen ? ", " : "<");
            isOpen = true;
            Write(Identifier() + " = ");
            Type();
        }

        Write(isOpen ? ">" : "");
    }

    /// <summary>A path whose list of arguments, if it has one, is left open.</summary>
    private bool OpenPath()
    {
        using var level = Deeper();
        if (Take('B'))
        {
            bool isOpen = false;
            Back(() => isOpen = OpenPath());
            return isOpen;
        }

        if (!Take('I'))
        {
            Path(isValue: false);
            return false;
        }

        Path(isValue: false);
        Write("<");
        List(Argument);
        return true;
    }

    private void Constant()
    {
        using var level = Deeper();
        char type = Next();
        switch (type)
        {
            case 'p':
                Write("_");
                return;
            case 'B':
                Back(Constant);
                return;
            case 'R' when Take('e'):
                Write(RustTypes.Text(Digits()));
                return;
            case 'R' or 'Q':
                Write(type == 'R' ? "&" : "&mut ");
                Constant();
                return;
            case 'A':
                Write("[");
                List(Constant);
                Write("]");
                return;
            case 'T':
                Write("(");
                Write(List(Constant) == 1 ? ",)" : ")");
                return;
            default:
                break;
        }

        bool isNegative = Take('n');
        string digits = Digits();
        var value = BigInteger.Parse("0" + digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        Write(type switch
        {
            'b' when value <= 1 => value.IsOne ? "true" : "false",
            'c' when value <= 0x10ffff && Rune.IsValid((int)value) => $"'{new Rune((int)value)}'",
            'a' or 's' or 'l' or 'x' or 'n' or 'i' or 'h' or 't' or 'm' or 'y' or 'o' or 'j' => (isNegative ? "-" : "") + value.ToString(CultureInfo.InvariantCulture),
            _ => throw new FormatException(),
        });
    }

    private string Digits()
    {
        int start = _at;
        while (More && char.IsAsciiHexDigitLower(_symbol[_at]))
            _at++;
        return Take('_') ? _symbol[start..(_at - 1)] : throw new FormatException();
    }

    private void Binder(Action inside)
    {
        int count = Take('G') ? (int)Math.Min(Number() + 1, DeepestName) : 0;
        if (count > 0)
        {
            Write("for<");
            for (int i = 0; i < count; i++)
            {
                _lifetimes++;
                Write(i > 0 ? ", " : "");
                Lifetime(1);
            }

            Write("> ");
        }

        inside();
        _lifetimes -= count;
    }

    /// <summary>Lifetimes are counted from the innermost, which is 1.</summary>
    private void Lifetime(long index)
    {
        const int letters = 26;
        long depth = _lifetimes - index;
        if (index != 0 && depth < 0)
            throw new FormatException();
        Write(index == 0 ? "'_" : depth < letters ? $"'{(char)('a' + depth)}" : $"'_{depth}");
    }

    private int List(Action item) => List(item, ", ");

    private int List(Action item, string separator)
    {
        int count = 0;
        while (!Take('E'))
        {
            Write(count++ > 0 ? separator : "");
            item();
        }

        return count;
    }

    /// <summary>What stands further to the front.</summary>
    private void Back(Action read)
    {
        int here = _at - 1;
        long place = Number() + 2;
        if (place >= here)
            throw new FormatException();
        // Where nothing is written, what it leads to need not be read again.
        if (_isSilent)
            return;
        int after = _at;
        _at = (int)place;
        read();
        _at = after;
    }

    private long Disambiguator() => Take('s') ? Number() + 1 : 0;

    /// <summary>A number to base 62: nothing is 0, and any other is one more than its digits say.</summary>
    private long Number()
    {
        const int radix = 62;
        if (Take('_'))
            return 0;
        long value = 0;
        for (char c; (c = Next()) != '_';)
        {
            int digit = c switch { >= '0' and <= '9' => c - '0', >= 'a' and <= 'z' => c - 'a' + 10, >= 'A' and <= 'Z' => c - 'A' + 36, _ => throw new FormatException() };
            // Hashes have all 64 bits: nobody asks for their value.
            value = value < (long.MaxValue / radix) - radix ? (value * radix) + digit : (long.MaxValue / radix) - 1;
        }

        return value + 1;
    }

    private string Identifier()
    {
        bool isPunycode = Take('u');
        int length = 0, start = _at;
        if (!Take('0'))
            while (More && char.IsAsciiDigit(_symbol[_at]) && length < _symbol.Length)
                length = (length * 10) + (Next() - '0');
        if (_at == start)
            throw new FormatException();
        Take('_');
        if (length > _symbol.Length - _at)
            throw new FormatException();
        string text = _symbol.Substring(_at, length);
        _at += length;
        return isPunycode ? RustTypes.Punycode(text) ?? $"punycode{{{text}}}" : text;
    }

    private Level Deeper()
    {
        if (++_depth > DeepestName)
            throw new FormatException();
        return new Level(this);
    }

    private readonly struct Level(RustDemangler parser) : IDisposable
    {
        public void Dispose() => parser._depth--;
    }
}
