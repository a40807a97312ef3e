using System.Collections.Immutable;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Syntax;

/// <summary>What a piece of a program is, for colours.</summary>
public enum TokenClass
{
    /// <summary>A name that means nothing by itself: a field, a type, a column.</summary>
    Name,

    /// <summary>A comment.</summary>
    Comment,

    /// <summary>A string literal.</summary>
    String,

    /// <summary>A number or a duration.</summary>
    Number,

    /// <summary>A word of the language.</summary>
    Keyword,

    /// <summary>A probe.</summary>
    Probe,

    /// <summary>A builtin value.</summary>
    Builtin,

    /// <summary>A function.</summary>
    Function,

    /// <summary>An aggregation.</summary>
    Aggregation,

    /// <summary>A map.</summary>
    Map,

    /// <summary>A variable or a parameter.</summary>
    Variable,

    /// <summary>An operator or a bracket.</summary>
    Operator,
}

/// <summary>Where in a program a place is.</summary>
public enum SyntaxPlace
{
    /// <summary>Where a probe may stand.</summary>
    Probe,

    /// <summary>After a probe and a blank: a comma, a predicate or a body follows.</summary>
    AfterProbe,

    /// <summary>In a predicate.</summary>
    Predicate,

    /// <summary>In a query.</summary>
    Query,

    /// <summary>In a block.</summary>
    Block,

    /// <summary>In a string.</summary>
    String,

    /// <summary>In a comment.</summary>
    Comment,
}

/// <summary>A piece of a program.</summary>
/// <param name="Span">Where.</param>
/// <param name="Class">What.</param>
public readonly record struct ClassifiedToken(TextSpan Span, TokenClass Class);

/// <summary>A program in pieces.</summary>
/// <param name="Tokens">The pieces in order; white space lies between them.</param>
/// <param name="End">Where the text ends.</param>
/// <param name="Depth">Brackets and braces that are open at the end.</param>
/// <param name="ClauseStart">Where the last clause begins.</param>
/// <param name="Enclosing">The body that a string or comment at the end is in; otherwise as <paramref name="End"/>.</param>
public sealed record ClassifiedText(
    ImmutableArray<ClassifiedToken> Tokens, SyntaxPlace End, int Depth, int ClauseStart, SyntaxPlace Enclosing)
{
    /// <summary>Whether more has to follow before the text can be a program: something is open.</summary>
    public bool IsOpen => Depth > 0 || End is SyntaxPlace.Query or SyntaxPlace.Block or SyntaxPlace.Comment;
}

/// <summary>
/// A scanner that never gives up: it makes sense of programs that are only half typed. It knows words and brackets, not
/// grammar; what it says is for colours, for completion, and for whether a line goes on.
/// </summary>
public static class Classifier
{
    private static readonly ImmutableHashSet<string> Keywords =
    [
        "if", "else", "while", "for", "unroll", "break", "continue", "return", "let", "by", "top", "every", "into", "as", "sizeof",
        "offsetof", "struct", "union", "enum", "config", "true", "false", "import", "macro",
    ];

    /// <summary>The words of the language.</summary>
    public static IEnumerable<string> Words => Keywords.Order(StringComparer.Ordinal);

    /// <summary>Takes a text to pieces.</summary>
    public static ClassifiedText Classify(string text) => new Scanner(text).Run();

    private sealed class Scanner(string text)
    {
        private readonly ImmutableArray<ClassifiedToken>.Builder _tokens = ImmutableArray.CreateBuilder<ClassifiedToken>();
        private readonly Stack<char> _open = [];
        private SyntaxPlace _place = SyntaxPlace.Probe;
        private SyntaxPlace? _unfinished;
        private int _position, _clause;

        public ClassifiedText Run()
        {
            while (_position < text.Length)
                Step(text[_position]);
            return new ClassifiedText(_tokens.ToImmutable(), _unfinished ?? _place, _open.Count, _clause, _place);
        }

        private void Step(char c)
        {
            if (char.IsWhiteSpace(c))
            {
                // What may follow a probe after a blank is no longer part of its name.
                if (_place == SyntaxPlace.Probe && _tokens is [.., { Class: TokenClass.Probe } last] && last.Span.End == _position)
                    _place = SyntaxPlace.AfterProbe;
                _position++;
                return;
            }

            if (text.AsSpan(_position).StartsWith("//"))
                Take(TokenClass.Comment, text.IndexOf('\n', _position) is >= 0 and var line ? line : text.Length);
            else if (text.AsSpan(_position).StartsWith("/*"))
                TakeComment();
            else if (c == '"')
                TakeString();
            else if (_place is SyntaxPlace.Probe or SyntaxPlace.AfterProbe && _open.Count == 0)
                StepOutside(c);
            else
                StepInside(c);
        }

        private void TakeComment()
        {
            int end = text.IndexOf("*/", _position + 2, StringComparison.Ordinal);
            if (end < 0)
                _unfinished = SyntaxPlace.Comment;
            Take(TokenClass.Comment, end < 0 ? text.Length : end + 2);
        }

        private void TakeString()
        {
            int end = _position + 1;
            while (end < text.Length && text[end] != '"' && text[end] != '\n')
                end += text[end] == '\\' && end + 1 < text.Length ? 2 : 1;
            if (end >= text.Length)
                _unfinished = SyntaxPlace.String;
            Take(TokenClass.String, Math.Min(text.Length, end < text.Length && text[end] == '"' ? end + 1 : end));
        }

        private void StepOutside(char c)
        {
            switch (c)
            {
                case '{':
                    _place = SyntaxPlace.Block;
                    Open(c);
                    break;
                case '<':
                    _place = SyntaxPlace.Query;
                    Take(TokenClass.Operator, _position + 1);
                    break;
                case '/' when _place == SyntaxPlace.AfterProbe:
                    _place = SyntaxPlace.Predicate;
                    Take(TokenClass.Operator, _position + 1);
                    break;
                case ',':
                    _place = SyntaxPlace.Probe;
                    Take(TokenClass.Operator, _position + 1);
                    break;
                default:
                    if (_place == SyntaxPlace.AfterProbe)
                        _place = SyntaxPlace.Probe;
                    int end = _position;
                    while (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] is not (',' or '{' or '<' or '"' or ';' or '(' or ')' or '}'))
                        end++;
                    Take(TokenClass.Probe, Math.Max(end, _position + 1));
                    break;
            }
        }

        private void StepInside(char c)
        {
            if (char.IsAsciiLetter(c) || c == '_')
                Take(ClassOfWord(EndOfWord(_position)), EndOfWord(_position));
            else if (char.IsAsciiDigit(c))
                Take(TokenClass.Number, EndOfWord(_position));
            else if (c == '@')
                Take(TokenClass.Map, EndOfWord(_position + 1));
            else if (c == '$')
                Take(TokenClass.Variable, _position + 1 < text.Length && text[_position + 1] == '#' ? _position + 2 : EndOfWord(_position + 1));
            else if (c is '(' or '[' or '{')
                Open(c);
            else if (c is ')' or ']' or '}')
                Close(c);
            else if (c == '>' && _place == SyntaxPlace.Query && _open.Count == 0)
                CloseQuery();
            else if (c == '/' && _place == SyntaxPlace.Predicate && _open.Count == 0 && EndsPredicate())
                EndPredicate();
            else
                Take(TokenClass.Operator, _position + OperatorLength());
        }

        private int OperatorLength()
        {
            int length = Math.Min(3, text.Length - _position);
            return OperatorTable.Longest(text.AsSpan(_position, length))?.Length ?? 1;
        }

        private void Open(char c)
        {
            _open.Push(c);
            Take(TokenClass.Operator, _position + 1);
        }

        private void Close(char c)
        {
            _open.TryPop(out _);
            Take(TokenClass.Operator, _position + 1);
            if (c == '}' && _open.Count == 0 && _place == SyntaxPlace.Block)
                StartClause();
        }

        /// <summary>A query ends at a bare &gt;: an arrow, a shift and a comparison keep their meaning.</summary>
        private void CloseQuery()
        {
            int length = OperatorLength();
            Take(TokenClass.Operator, _position + length);
            if (length == 1)
                StartClause();
        }

        private void EndPredicate()
        {
            Take(TokenClass.Operator, _position + 1);
            _place = SyntaxPlace.AfterProbe;
        }

        /// <summary>A slash ends the predicate where a body follows; a half-typed program has none yet.</summary>
        private bool EndsPredicate()
        {
            var rest = text.AsSpan(Lexemes.SkipTrivia(text, _position + 1));
            return rest.IsEmpty || rest[0] is '{' or '<';
        }

        private void StartClause() => (_place, _clause) = (SyntaxPlace.Probe, _position);

        private TokenClass ClassOfWord(int end)
        {
            string word = text[_position..end];
            char before = _position > 0 ? text[_position - 1] : ' ';
            if (before == '.' || before == '>' && _position > 1 && text[_position - 2] == '-')
                return TokenClass.Name;
            bool isCall = end < text.Length && text[end] == '(';
            if (isCall && CatalogIndex.FindAggregation(word) is not null)
                return TokenClass.Aggregation;
            if (isCall && CatalogIndex.FindFunction(word) is not null)
                return TokenClass.Function;
            if (CatalogIndex.FindBuiltin(word) is not null || word == "args" || IsArgument(word))
                return TokenClass.Builtin;
            return Keywords.Contains(word) ? TokenClass.Keyword : TokenClass.Name;
        }

        private static bool IsArgument(string word) =>
            word.Length is 4 && (word.StartsWith("arg", StringComparison.Ordinal)) && char.IsAsciiDigit(word[3]);

        private int EndOfWord(int start)
        {
            while (start < text.Length && (char.IsAsciiLetterOrDigit(text[start]) || text[start] == '_'))
                start++;
            return start;
        }

        private void Take(TokenClass kind, int end)
        {
            _tokens.Add(new ClassifiedToken(TextSpan.FromBounds(_position, end), kind));
            _position = end;
        }
    }
}
