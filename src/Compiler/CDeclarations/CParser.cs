using System.Collections.Immutable;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.CDeclarations;

/// <summary>A mistake in a declaration.</summary>
internal sealed class CException(string message, int position) : Exception(message)
{
    /// <summary>Characters from the text's start; negative inside a header.</summary>
    public int Position { get; } = position;
}

/// <summary>Reads declarations of types. Functions and variables are passed over.</summary>
internal sealed class CParser(List<CToken> tokens, CTypeTable table)
{
    private static readonly HashSet<string> Passed =
        ["const", "volatile", "restrict", "__restrict", "__restrict__", "extern", "static", "inline", "__inline", "__inline__", "register", "__extension__", "_Noreturn", "auto"];

    private static readonly HashSet<string> BaseWords = ["void", "char", "short", "int", "long", "signed", "unsigned", "_Bool", "bool", "float", "double", "__signed__"];

    private int _at;
    private bool _packed;

    private CToken Current => _at < tokens.Count ? tokens[_at] : new CToken(CTokenKind.Mark, "", tokens.Count > 0 ? tokens[^1].Start : 0);

    /// <summary>Reads all; a mistake in the program's own text ends it, one in a header is passed over.</summary>
    /// <exception cref="CException">A mistake in the program's own text.</exception>
    public void Run()
    {
        while (_at < tokens.Count)
        {
            int start = _at;
            try
            {
                Declaration();
            }
            catch (CException mistake) when (mistake.Position < 0)
            {
                _at = start;
                PassDeclaration();
            }
        }
    }

    private void Declaration()
    {
        if (Accept(";"))
            return;
        bool isTypedef = Accept("typedef");
        var type = Specifier();
        // A missing semicolon behind a brace is fine.
        if (!isTypedef && _at < tokens.Count && _at > 0 && tokens[_at - 1].Text == "}" && Current.Text is "struct" or "union" or "enum" or "typedef")
            return;
        while (_at < tokens.Count && !Accept(";"))
        {
            if (Current.Text == "{")
            {
                PassBraces();
                return;
            }

            var (name, declared, _) = Declarator(type);
            if (isTypedef && name.Length > 0)
                table.AddTypedef(name, declared);
            PassAttributes();
            if (Accept("="))
                PassInitializer();
            if (!Accept(",") && Current.Text is not (";" or "{") && _at < tokens.Count)
                throw Mistake($"';' is expected before '{Current.Text}'");
        }
    }

    /// <summary>What stands before the names: <c>unsigned long</c>, <c>struct x { … }</c>, a typedef's name.</summary>
    private TraceType Specifier()
    {
        var words = new List<string>();
        TraceType? type = null;
        while (_at < tokens.Count)
        {
            string word = Current.Text;
            if (Passed.Contains(word))
                _at++;
            else if (word is "__attribute__" or "__declspec" or "_Alignas" or "__alignof__")
                PassAttributes();
            else if (word is "struct" or "union" or "enum" && type is null && words.Count == 0)
                type = Tagged();
            else if (BaseWords.Contains(word) && type is null)
                words.Add(tokens[_at++].Text.Replace("__signed__", "signed"));
            else if (Current.Kind == CTokenKind.Name && type is null && words.Count == 0)
            {
                type = table.Find(word) ?? throw Mistake($"there is no type '{word}'");
                _at++;
            }
            else
                break;
        }

        return type ?? Basic(words);
    }

    private TraceType Basic(List<string> words)
    {
        if (words.Count == 0)
            throw Mistake($"a declaration of a type is expected, not '{Current.Text}'");
        string name = string.Join(' ', words);
        if (words.Contains("char"))
            return new IntegerType(1, !words.Contains("unsigned"));
        return words switch
        {
            ["void"] => TraceType.Void,
            ["_Bool"] or ["bool"] => TraceType.Bool,
            _ when words.Contains("double") => TraceType.UInt64,
            _ when words.Contains("float") => TraceType.UInt32,
            _ => new IntegerType(words.Contains("short") ? 2 : words.Contains("long") ? 8 : 4, !words.Contains("unsigned")),
        };
    }

    private TraceType Tagged()
    {
        string kind = tokens[_at++].Text;
        _packed = false;
        PassAttributes();
        string? tag = Current.Kind == CTokenKind.Name ? tokens[_at++].Text : null;
        PassAttributes();
        string name = $"{kind} {tag ?? "{...}"}";
        if (Current.Text != "{")
            return table.Find(name) ?? new VoidType(name);
        _at++;
        TraceType type = kind == "enum" ? Enumeration(name) : Structure(name, kind == "union");
        if (tag is not null)
            table.AddTag(name, type);
        return type;
    }

    private EnumType Enumeration(string name)
    {
        var values = ImmutableArray.CreateBuilder<(string, long)>();
        long next = 0;
        while (!Accept("}"))
        {
            if (Current.Kind != CTokenKind.Name)
                throw Mistake("a name for a constant is expected");
            string constant = tokens[_at++].Text;
            PassAttributes();
            if (Accept("="))
                next = Constant("," , "}");
            values.Add((constant, next));
            table.AddConstant(constant, next);
            next++;
            if (!Accept(",") && Current.Text != "}")
                throw Mistake($"',' or '}}' is expected, not '{Current.Text}'");
        }

        PassAttributes();
        bool wide = values.Any(v => v.Item2 is > uint.MaxValue or < int.MinValue);
        var type = new EnumType(name, wide ? 8 : 4, values.Any(v => v.Item2 < 0)) { Values = values.ToImmutable() };
        table.AddEnumerators(type);
        return type;
    }

    private StructureType Structure(string name, bool isUnion)
    {
        var layout = new CLayout(isUnion);
        while (!Accept("}"))
        {
            if (_at >= tokens.Count)
                throw Mistake("'}' is expected at the end of the structure");
            if (Accept(";"))
                continue;
            var type = Specifier();
            if (Accept(";"))
            {
                // A structure without a name: its members count as this one's.
                if (type is StructureType)
                    layout.Add("", type, -1);
                continue;
            }

            do
            {
                var (member, declared, bits) = Current.Text == ":" ? ("", type, Bits()) : Declarator(type);
                PassAttributes();
                layout.Add(member, declared, bits);
            }
            while (Accept(","));
            Expect(";");
        }

        PassAttributes();
        return layout.Finish(name, _packed);
    }

    /// <summary>A name with its stars, bounds and width.</summary>
    private (string Name, TraceType Type, int Bits) Declarator(TraceType type)
    {
        while (Current.Text == "*" || Passed.Contains(Current.Text))
            if (tokens[_at++].Text == "*")
                type = new PointerType(type, AddressSpace.Any);
        PassAttributes();
        string name = "";
        if (Current.Text == "(")
        {
            // A function's address, or a name in parentheses.
            _at++;
            bool isPointer = Current.Text is "*" or "^";
            (name, _, _) = Declarator(type);
            Expect(")");
            if (isPointer)
                type = new PointerType(TraceType.Void, AddressSpace.Any);
        }
        else if (Current.Kind == CTokenKind.Name)
        {
            name = tokens[_at++].Text;
        }

        if (Current.Text == "(")
            PassParentheses();
        var bounds = new Stack<long>();
        while (Accept("["))
            bounds.Push(Current.Text == "]" ? ExpectAfter("]", 0) : Constant("]"));
        foreach (long bound in bounds)
            type = new ArrayType(type, (int)Math.Clamp(bound, 0, 1 << 24));
        return (name, type, Current.Text == ":" ? Bits() : -1);
    }

    private int Bits()
    {
        Expect(":");
        int start = _at;
        long bits = Constant(",", ";");
        return bits is >= 0 and <= 64 ? (int)bits : throw Mistake("a bit-field has 1 to 64 bits", start);
    }

    /// <summary>A constant up to one of some marks; a comma stays, a closing bracket is taken.</summary>
    private long Constant(params ReadOnlySpan<string> ends)
    {
        int start = _at, depth = 0;
        while (_at < tokens.Count && (depth > 0 || !ends.Contains(Current.Text)))
        {
            depth += Current.Text switch { "(" => 1, ")" => -1, _ => 0 };
            _at++;
        }

        var value = CConstant.Evaluate(tokens[start.._at], table.Constant) ?? throw Mistake("a constant is expected", start);
        if (Current.Text == "]")
            _at++;
        return value;
    }

    private long ExpectAfter(string mark, long value)
    {
        Expect(mark);
        return value;
    }

    private void PassAttributes()
    {
        while (Current.Text is "__attribute__" or "__declspec" or "_Alignas" or "__asm__" or "asm" or "__packed" or "__aligned")
        {
            int start = _at++;
            if (Current.Text == "(")
                PassParentheses();
            _packed |= tokens[start.._at].Any(t => t.Text is "packed" or "__packed__" or "__packed");
        }
    }

    private void PassParentheses() => PassPair("(", ")");

    private void PassBraces() => PassPair("{", "}");

    private void PassPair(string open, string close)
    {
        int depth = 0;
        do
        {
            depth += Current.Text == open ? 1 : Current.Text == close ? -1 : 0;
            _at++;
        }
        while (depth > 0 && _at < tokens.Count);
    }

    private void PassInitializer()
    {
        while (_at < tokens.Count && Current.Text is not ("," or ";"))
        {
            if (Current.Text == "{")
                PassBraces();
            else
                _at++;
        }
    }

    private void PassDeclaration()
    {
        while (_at < tokens.Count && Current.Text != ";")
        {
            if (Current.Text == "{")
                PassBraces();
            else if (Current.Text == "(")
                PassParentheses();
            else
                _at++;
        }

        _at++;
    }

    private bool Accept(string text)
    {
        if (Current.Text != text)
            return false;
        _at++;
        return true;
    }

    private void Expect(string text)
    {
        if (!Accept(text))
            throw Mistake($"'{text}' is expected before '{Current.Text}'");
    }

    private CException Mistake(string message, int at = -1) => new(message, (at < 0 ? Current : tokens[Math.Min(at, tokens.Count - 1)]).Start);
}
