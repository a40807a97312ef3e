using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;
using Ctrace.Compiler.Text;
using Pidgin;
using static Pidgin.Parser;
using static Pidgin.Parser<char>;

namespace Ctrace.Compiler.Syntax;

/// <summary>A piece of text with its place; white space after it is already skipped.</summary>
internal readonly record struct Lexeme(string Text, TextSpan Span);

/// <summary>The smallest pieces of the language. Each parser skips the white space and comments after it.</summary>
internal static class Lexemes
{
    /// <summary>White space and comments.</summary>
    public static readonly Parser<char, Unit> Trivia = new TriviaParser();

    private static readonly Parser<char, char> NameStart = Token(c => char.IsAsciiLetter(c) || c == '_');
    private static readonly Parser<char, char> NameRest = Token(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static readonly Parser<char, string> RawName =
        Map((first, rest) => first + rest, NameStart, NameRest.ManyString());

    /// <summary>A name.</summary>
    public static readonly Parser<char, Lexeme> Name = Located(RawName).Labelled("a name");

    /// <summary><c>@</c> or <c>@name</c>.</summary>
    public static readonly Parser<char, Lexeme> MapName =
        Located(Char('@').Then(NameRest.ManyString(), (at, rest) => at + rest)).Labelled("a map");

    /// <summary><c>$name</c>, <c>$1</c> or <c>$#</c>.</summary>
    public static readonly Parser<char, Lexeme> Variable = Located(
        Char('$').Then(String("#").Or(NameRest.AtLeastOnceString()), (_, rest) => rest)).Labelled("a variable");

    private static readonly Parser<char, char> Escape = Char('\\').Then(OneOf(
        Char('n').ThenReturn('\n'), Char('t').ThenReturn('\t'), Char('r').ThenReturn('\r'),
        Char('a').ThenReturn('\a'), Char('b').ThenReturn('\b'), Char('v').ThenReturn('\v'), Char('f').ThenReturn('\f'),
        Char('e').ThenReturn('\x1b'), Char('\\'), Char('"'), Char('\''), Char('?'),
        Char('x').Then(Token(char.IsAsciiHexDigit).Repeat(2), (_, digits) => RawByte(string.Concat(digits), 16)),
        Token(c => c is >= '0' and <= '7').AtLeastOnceString()
            .Where(digits => digits.Length <= 3).Select(digits => RawByte(digits, 8)))).Labelled("an escape such as \\n or \\x1b");

    /// <summary>A string literal, escapes resolved; see <see cref="RawByte"/>.</summary>
    public static readonly Parser<char, Lexeme> StringLiteral = Located(
        Escape.Or(Token(c => c is not ('"' or '\\' or '\n'))).ManyString()
            .Between(Char('"'), Char('"').Labelled("'\"' to end the string"))).Labelled("a string");

    /// <summary>A number with all that sticks to it; <see cref="TryInteger"/> reads it.</summary>
    public static readonly Parser<char, Lexeme> Number = Located(
        Map((first, rest) => first + rest, Token(char.IsAsciiDigit), NameRest.ManyString())).Labelled("a number");

    /// <summary>Adds the place, and skips the white space after.</summary>
    public static Parser<char, Lexeme> Located(Parser<char, string> parser) =>
        Map((start, text, end) => new Lexeme(text, TextSpan.FromBounds(start, end)), CurrentOffset, parser, CurrentOffset)
            .Before(Trivia);

    /// <summary>A fixed piece of punctuation, when it is not the start of a longer operator.</summary>
    public static Parser<char, Lexeme> Symbol(string text) => new OperatorParser([text], $"'{text}'");

    /// <summary>A bracket, comma, colon or the like, which nothing longer starts with.</summary>
    public static Parser<char, Lexeme> Mark(char mark) => Located(Char(mark).Select(c => c.ToString())).Labelled($"'{mark}'");

    /// <summary>Where the first character is that is neither white space nor in a comment; the length where there is none.</summary>
    public static int SkipTrivia(ReadOnlySpan<char> text, int start)
    {
        while (start < text.Length)
        {
            var rest = text[start..];
            int length = char.IsWhiteSpace(rest[0]) ? 1
                : rest.StartsWith("//") ? rest.IndexOf('\n')
                : rest.StartsWith("/*") ? rest[2..].IndexOf("*/") + 4
                : 0;
            if (length == 0)
                return start;
            // A comment that does not end.
            if (length < 0 || rest[0] == '/' && length == 3)
                return text.Length;
            start += length;
        }

        return start;
    }

    /// <summary>A word of the language.</summary>
    public static Parser<char, Lexeme> Keyword(string word) =>
        Try(Located(String(word).Before(Not(NameRest)))).Labelled($"'{word}'");

    /// <summary>
    /// <c>\xff</c> means the byte 0xff, which is no character: such bytes from 0x80 on become characters U+F780 to U+F7FF
    /// (a private area), and <see cref="ToBytes"/> turns them back.
    /// </summary>
    private static char RawByte(string digits, int radix)
    {
        int value = Convert.ToInt32(digits, radix) & 0xff;
        return (char)(value < 0x80 ? value : 0xf700 + value);
    }

    /// <summary>A string literal's bytes: UTF-8, but an escape's byte as it is.</summary>
    public static byte[] ToBytes(string literal)
    {
        var bytes = new List<byte>(literal.Length);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in literal.EnumerateRunes())
        {
            if (rune.Value is >= 0xf780 and <= 0xf7ff)
                bytes.Add((byte)(rune.Value & 0xff));
            else
                bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
        }

        return [.. bytes];
    }

    private static readonly (string Suffix, long Nanoseconds)[] Durations =
    [
        ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
        ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
    ];

    /// <summary>Reads <c>10</c>, <c>0x1f</c>, <c>017</c>, <c>0b1</c>, <c>1e6</c>, <c>1_000</c>, <c>5ull</c> or <c>10ms</c>.</summary>
    public static bool TryInteger(string text, out long value, out bool unsigned)
    {
        value = 0;
        unsigned = false;
        string digits = text.Replace("_", "").ToLowerInvariant();
        int radix = digits.StartsWith("0x") ? 16 : digits.StartsWith("0b") ? 2 : digits.Length > 1 && digits[0] == '0' && char.IsDigit(digits[1]) ? 8 : 10;
        string body = radix is 16 or 2 ? digits[2..] : digits;
        int length = body.TakeWhile(c => c < '0' + Math.Min(radix, 10) && c >= '0' || radix == 16 && char.IsAsciiHexDigit(c)).Count();
        if (length == 0)
            return false;
        BigInteger number = BigInteger.Zero;
        foreach (char c in body.AsSpan(0, length))
            number = number * radix + int.Parse(c.ToString(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        string suffix = body[length..];
        if (radix == 10 && suffix.StartsWith('e') && int.TryParse(suffix[1..], NumberStyles.None, null, out int exponent) && exponent < 20)
            number *= BigInteger.Pow(10, exponent);
        else if (suffix is "u" or "l" or "ul" or "lu" or "ll" or "ull" or "llu")
            unsigned = suffix.Contains('u');
        else if (Array.Find(Durations, d => d.Suffix == suffix) is { Suffix: not null } duration)
            number *= duration.Nanoseconds;
        else if (suffix.Length > 0)
            return false;
        if (number > ulong.MaxValue)
            return false;
        unsigned |= number > long.MaxValue;
        value = unchecked((long)(ulong)number);
        return true;
    }
}

/// <summary>Skips white space and comments in one go.</summary>
internal sealed class TriviaParser : Parser<char, Unit>
{
    public override bool TryParse(ref ParseState<char> state, ref PooledList<Expected<char>> expecteds, out Unit result)
    {
        result = Unit.Value;
        while (state.HasCurrent)
        {
            if (char.IsWhiteSpace(state.Current))
            {
                state.Advance(1);
                continue;
            }

            var two = state.LookAhead(2);
            if (two is "//")
            {
                while (state.HasCurrent && state.Current != '\n')
                    state.Advance(1);
            }
            else if (two is "/*")
            {
                state.Advance(2);
                while (state.HasCurrent && state.LookAhead(2) is not "*/")
                    state.Advance(1);
                if (!state.HasCurrent)
                {
                    state.SetError(Maybe.Nothing<char>(), true, state.Location, "unterminated comment");
                    expecteds.Add(new Expected<char>("'*/' to end the comment"));
                    return false;
                }

                state.Advance(2);
            }
            else
            {
                return true;
            }
        }

        return true;
    }
}

/// <summary>One of some operators, by the longest match over all operators of the language.</summary>
/// <param name="accepted">The spellings wanted.</param>
/// <param name="label">What an error calls them.</param>
internal sealed class OperatorParser(ImmutableArray<string> accepted, string label) : Parser<char, Lexeme>
{
    public override bool TryParse(ref ParseState<char> state, ref PooledList<Expected<char>> expecteds, out Lexeme result)
    {
        result = default;
        string? found = OperatorTable.Longest(state.LookAhead(3));
        if (found is null || !accepted.Contains(found) || found == "/" && EndsPredicate(ref state))
        {
            state.SetError(
                state.HasCurrent ? Maybe.Just(state.Current) : Maybe.Nothing<char>(), !state.HasCurrent, state.Location, null);
            expecteds.Add(new Expected<char>(label));
            return false;
        }

        int start = (int)state.Location;
        state.Advance(found.Length);
        result = new Lexeme(found, new TextSpan(start, found.Length));
        return Lexemes.Trivia.TryParse(ref state, ref expecteds, out _);
    }

    /// <summary>A slash before a body ends the predicate; it does not divide.</summary>
    private static bool EndsPredicate(ref ParseState<char> state)
    {
        for (int window = 64; ; window *= 4)
        {
            var text = state.LookAhead(window);
            int next = Lexemes.SkipTrivia(text, 1);
            // What could be the start of a comment or of => may be cut.
            if (next < text.Length - 1 || text.Length < window)
                return next >= text.Length || text[next] is '{' or '<' || text[next..].StartsWith("=>");
        }
    }
}
