using System.Text;

namespace Ctrace.Compiler.Formatting;

/// <summary>Puts a program's pieces into lines.</summary>
internal sealed class FormatWriter(FormatMarks marks, List<FormatToken> tokens)
{
    private enum Bracket
    {
        List,
        Query,
        Block,
        FlatBlock,
        Settings,
    }

    /// <param name="Bracket">What is open.</param>
    /// <param name="IsValue">Whether a block's last statement may be its value.</param>
    /// <param name="EndsStatement">Whether the closing bracket is the end of a statement.</param>
    /// <param name="Statement">The word that the statement outside begins with.</param>
    private readonly record struct Context(Bracket Bracket, bool IsValue, bool EndsStatement, string Statement);

    private readonly StringBuilder _text = new();
    private readonly FormatLine _line = new();
    private readonly FormatSpacing _spacing = new(marks);
    private readonly Stack<Context> _contexts = [];
    private FormatToken? _last;
    private string _statement = "";
    private int _depth, _lineDepth;

    /// <summary>Whether the next piece begins a line; whether that is only because of the comment before it.</summary>
    private bool _endsLine = true, _endsComment;

    private bool _afterOpen, _afterComment, _inPredicate, _hasBlock;

    private Bracket? Innermost => _contexts.TryPeek(out var context) ? context.Bracket : null;

    /// <summary>The whole text.</summary>
    /// <param name="head">What stands before the pieces, as it is.</param>
    internal string Write(string head)
    {
        if (head.Length > 0)
            _text.Append(head).Append('\n');
        _afterOpen = head.Length == 0;
        for (int i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].IsComment)
                AddComment(tokens[i], isFirst: i == 0);
            else
                Add(tokens[i], tokens.Skip(i + 1).Cast<FormatToken?>().FirstOrDefault(t => !t!.Value.Is(";")), tokens.Skip(i + 1).Cast<FormatToken?>().FirstOrDefault(t => !t!.Value.IsComment));
        }

        _line.WriteTo(_text, _lineDepth);
        return _text.ToString();
    }

    /// <summary>Starts a line, behind an empty one where somebody left one.</summary>
    private void Begin(FormatToken token)
    {
        _line.WriteTo(_text, _lineDepth);
        if (token.LinesBefore > 1 && !_afterOpen && !token.Is("}"))
            _text.Append('\n');
        (_lineDepth, _endsLine, _endsComment, _afterOpen, _afterComment) = (_depth, false, false, false, false);
    }

    private void AddComment(FormatToken comment, bool isFirst)
    {
        bool hasLine = comment.LinesBefore > 0 || isFirst;
        if (_endsLine && hasLine)
        {
            Begin(comment);
            _endsLine = true;
        }

        _line.Add(new FormatPiece(comment.Text, true, MustBreak: hasLine, IsComment: true));
        _endsComment = comment.Kind == FormatKind.LineComment || hasLine;
        _afterComment = true;
    }

    /// <param name="token">The piece.</param>
    /// <param name="follower">What follows, comments included, but no semicolon.</param>
    /// <param name="next">The next piece that is no comment.</param>
    private void Add(FormatToken token, FormatToken? follower, FormatToken? next)
    {
        if (token.Is("}"))
            Close(token, next);
        else if (token.Is("{"))
            Open(token, follower);
        else if (token.Is(";"))
            EndStatement(token);
        else
            AddPlain(token, next);
        if (!token.Is(";"))
            _last = token;
        if (next is { } following && !token.Is("{") && !token.Is("}") && LacksSemicolon(following))
            EndStatement(new FormatToken(";", token.Start, FormatKind.Mark, 0));
    }

    /// <summary>One may be missing before a brace, and between settings.</summary>
    private bool LacksSemicolon(FormatToken next) => _contexts.TryPeek(out var context) && context switch
    {
        { Bracket: Bracket.Block, IsValue: false } => next.Is("}"),
        { Bracket: Bracket.Settings } => next.Is("}") || marks.Settings.Contains(next.Start),
        _ => false,
    };

    private void EndStatement(FormatToken token)
    {
        // Nothing has come since the last one.
        if (_endsLine || _last is { } last && (last.Is("{") || last.Is(";")))
            return;
        var comments = _line.End(new FormatPiece(token.Text, false));
        foreach (var comment in comments)
        {
            _line.WriteTo(_text, _lineDepth);
            _line.Add(comment with { MustBreak = false });
            _lineDepth = _depth;
        }

        _endsLine = Innermost != Bracket.FlatBlock;
        _last = token;
    }

    private void Open(FormatToken token, FormatToken? follower)
    {
        bool isEmpty = follower is { } close && close.Is("}"), startsStatement = _endsLine;
        var block = marks.Blocks.GetValueOrDefault(token.Start);
        if (block is { IsBody: true })
            Begin(token with { LinesBefore = 0 });
        else if (startsStatement)
            Begin(token);
        AddPiece(token);
        bool isFlat = isEmpty || block is { IsFlat: true };
        _contexts.Push(new Context(isFlat ? Bracket.FlatBlock : block is null ? Bracket.Settings : Bracket.Block, block is { IsValue: true },
            block is null or { IsBody: true } || startsStatement || _statement is "if" or "while" or "for" or "unroll", _statement));
        if (isFlat)
            return;
        (_endsLine, _afterOpen) = (true, true);
        _depth++;
    }

    private void Close(FormatToken token, FormatToken? next)
    {
        var context = _contexts.Pop();
        if (context.Bracket != Bracket.FlatBlock)
        {
            _depth--;
            Begin(token);
        }

        AddPiece(token);
        _statement = context.Statement;
        _endsLine = context.EndsStatement && next is not { Text: "else", Kind: FormatKind.Word };
    }

    private void AddPlain(FormatToken token, FormatToken? next)
    {
        if (_endsLine || token.Text == "else" && _endsComment)
        {
            if (_endsLine)
                _statement = token.Text;
            Begin(token);
        }
        else if (_last is { } last && last.Is("{"))
        {
            _statement = token.Text;
        }

        if (token.Kind == FormatKind.Probe)
            _hasBlock = marks.BlockProbes.Contains(token.Start);
        bool isSlash = _contexts.Count == 0 && token.Is("/") && !marks.BinaryOperators.Contains(token.Start);
        if (isSlash && !_inPredicate && _hasBlock)
            Begin(token with { LinesBefore = 0 });
        AddPiece(token, isSlash);
        if (isSlash)
            _inPredicate = !_inPredicate;
        if (token.Text is "(" or "[" && token.Kind == FormatKind.Mark)
            _contexts.Push(new Context(Bracket.List, false, false, _statement));
        else if (token.Is(")") || token.Is("]"))
            _contexts.Pop();
        else if (marks.Queries.Contains(token.Start))
            _contexts.Push(new Context(Bracket.Query, false, false, _statement));
        else if (marks.QueryEnds.Contains(token.Start))
            EndQuery(next);
        else if (token.Kind == FormatKind.Handler || token.Is(",") && _contexts.Count == 0 && !_inPredicate)
            _endsLine = true;
    }

    private void EndQuery(FormatToken? next)
    {
        _contexts.Pop();
        _endsLine = next is not { } following || !following.Is("=>");
    }

    private void AddPiece(FormatToken token, bool isSlash = false)
    {
        if (_last is not { } last || _line.IsEmpty)
        {
            _line.Add(new FormatPiece(token.Text, false));
            return;
        }

        bool spaced = _afterComment || (isSlash ? !_inPredicate : !(token.Is("}") && last.Is("{")) && !(_inPredicate && last.Is("/") && !marks.BinaryOperators.Contains(last.Start))
            && _spacing.HasSpace(last, token, Innermost == Bracket.List));
        bool inQuery = Innermost == Bracket.Query;
        bool mayBreak = _contexts.All(c => c.Bracket != Bracket.FlatBlock) && token.Text is not (")" or "]" or "," or ";" or "{" or "}") && (last.Is(",") || last.Text is "=" && Innermost != Bracket.List || marks.BinaryOperators.Contains(last.Start)
            || token.Is("?") || token.Is(":") && !last.Is("?") && Innermost != Bracket.List || inQuery && FormatSpacing.QueryWords.Contains(token.Text) && token.Text != "as");
        bool mustBreak = _endsComment || token.LinesBefore > 0 && (mayBreak || last.Is("(") && !token.Is(")") || marks.BinaryOperators.Contains(token.Start)
            || marks.Queries.Contains(token.Start) || marks.QueryEnds.Contains(token.Start));
        _line.Add(new FormatPiece(token.Text, spaced, mayBreak, mustBreak));
        (_afterComment, _endsComment) = (false, false);
    }
}
