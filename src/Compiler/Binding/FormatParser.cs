using System.Collections.Immutable;
using Ctrace.Compiler.Catalog.Builtins;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>Parses a printf format and checks it against the arguments.</summary>
internal static class FormatParser
{
    private const string FlagCharacters = "-+ #0";

    private static readonly (string Text, int Bits)[] Lengths = [("hh", 8), ("ll", 64), ("h", 16), ("l", 64), ("j", 64), ("z", 64), ("t", 64)];

    /// <summary>Wider fields than this are a mistake, and would cost memory for each event.</summary>
    private const int MaxWidth = 4096;

    public static ImmutableArray<FormatPiece>? Parse(StringSyntax format, ImmutableArray<BoundExpression> arguments, CallBinding call)
    {
        var pieces = ImmutableArray.CreateBuilder<FormatPiece>();
        string text = format.Value;
        var literal = new System.Text.StringBuilder();
        int next = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%' || i + 1 < text.Length && text[i + 1] == '%')
            {
                i += text[i] == '%' ? 1 : 0;
                literal.Append(text[i]);
                continue;
            }

            Flush();
            int start = i++;
            var flags = FormatFlags.None;
            for (; i < text.Length && FlagCharacters.IndexOf(text[i]) is >= 0 and var flag; i++)
                flags |= (FormatFlags)(1 << flag);
            int width = Number(ref i), precision = -1;
            if (i < text.Length && text[i] == '.')
            {
                i++;
                precision = Number(ref i);
            }

            int bits = 0;
            foreach (var (length, size) in Lengths)
            {
                if (text.AsSpan(i).StartsWith(length))
                {
                    i += length.Length;
                    bits = size;
                    break;
                }
            }

            string spec = text[start..Math.Min(text.Length, i + 1)].TrimEnd();
            if (width > MaxWidth || precision > MaxWidth)
                return Fail($"{spec} asks for more than {MaxWidth} characters", "take a smaller width");
            bool isFlags = text.AsSpan(i).StartsWith("gr");
            if (i >= text.Length || !isFlags && !"diuxXocspbr".Contains(text[i]))
                return Fail($"'{spec}' is no conversion", "use %d, %u, %x, %o, %b, %c, %s, %r or %p, and %% for a percent sign");
            if (next >= arguments.Length)
                return Fail($"'{spec}' has no argument: the format wants more than the {arguments.Length} given", "add an argument, or write %% for a percent sign");
            char conversion = isFlags ? FormatArgument.AllocationFlags : text[i] == 'i' ? 'd' : text[i];
            i += isFlags ? 1 : 0;
            var argument = arguments[next];
            if (conversion == 'r')
            {
                // %rh and %rx: the letter behind belongs to it.
                conversion = i + 1 < text.Length ? text[i + 1] switch { 'h' => FormatArgument.Hexadecimal, 'x' => FormatArgument.Escaped, _ => 'r' } : 'r';
                i += conversion == 'r' ? 0 : 1;
                if (argument.Type is not (BufferType or NoneType))
                {
                    call.Problem(argument.Span, $"'{text[start..(i + 1)]}' prints a buffer, and this is {argument.Type.WithArticle}", "make one with buf(address, length)");
                    return null;
                }
            }
            else if (conversion != 's' && argument.Type is not NoneType && (!argument.Type.IsScalar || argument.Type is LookupType))
            {
                call.Problem(argument.Span, $"'{spec}' prints an integer, and this is {argument.Type.WithArticle}", "use %s");
                return null;
            }

            if (argument.Type is NoneType)
            {
                call.Problem(argument.Span, "this gives no value to print", null);
                return null;
            }

            pieces.Add(new FormatArgument(next++, conversion, width, precision, flags, bits) { IsRegister = argument is BoundBuiltin { Definition.IsRegister: true, Type: IntegerType { Signed: false }, Probe: { StaticArguments: null, Result: null } } });
        }

        Flush();
        if (next < arguments.Length)
        {
            call.Problem(arguments[next].Span, "the format has no conversion for this argument", "add a %d or %s to the format");
            return null;
        }

        return pieces.ToImmutable();

        void Flush()
        {
            if (literal.Length > 0)
                pieces.Add(new FormatText([.. Lexemes.ToBytes(literal.ToString())]));
            literal.Clear();
        }

        int Number(ref int i)
        {
            int value = 0;
            for (; i < text.Length && char.IsAsciiDigit(text[i]); i++)
                value = Math.Min(value * 10 + text[i] - '0', 1_000_000);
            return value;
        }

        ImmutableArray<FormatPiece>? Fail(string message, string hint)
        {
            call.Problem(format.Span, message, hint);
            return null;
        }
    }
}
