using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Formatting;

/// <summary>A block's braces, and how it is laid out.</summary>
/// <param name="Close">Where the closing brace is.</param>
/// <param name="IsBody">Whether it is a clause's or a macro's: its opening brace has a line of its own.</param>
/// <param name="IsFlat">Whether it stands on one line.</param>
/// <param name="IsValue">Whether its last statement may be its value, which has no semicolon.</param>
internal sealed record FormatBlock(int Close, bool IsBody, bool IsFlat, bool IsValue);

/// <summary>What only the syntax tree knows of places in the text.</summary>
internal sealed class FormatMarks
{
    /// <summary>The most characters, without white space, of a choice or loop that stands on one line.</summary>
    private const int LongestFlat = 80;

    private readonly string _text;

    internal FormatMarks(string text, ProgramSyntax program)
    {
        _text = text;
        foreach (var macro in program.Macros)
        {
            Walk(macro.Body);
            Blocks[macro.Body.Span.Start] = new FormatBlock(macro.Body.Span.End - 1, IsBody: true, IsFlat: false, IsValue: true);
        }

        foreach (var setting in program.Config)
            Settings.Add(setting.Span.Start);
        foreach (var clause in program.Clauses)
            Add(clause);
    }

    /// <summary>Where settings begin.</summary>
    internal HashSet<int> Settings { get; } = [];

    /// <summary>Probes and C#, which are copied, and marks that only their place tells.</summary>
    internal Dictionary<int, (int End, FormatKind Kind)> Copied { get; } = [];

    /// <summary>Operators between two values.</summary>
    internal HashSet<int> BinaryOperators { get; } = [];

    /// <summary><c>++</c> and <c>--</c> before what they count.</summary>
    internal HashSet<int> PrefixIncrements { get; } = [];

    /// <summary>Blocks by their opening braces.</summary>
    internal Dictionary<int, FormatBlock> Blocks { get; } = [];

    /// <summary>Where queries begin, and where their closing brackets are.</summary>
    internal HashSet<int> Queries { get; } = [];

    internal HashSet<int> QueryEnds { get; } = [];

    /// <summary>Probes of clauses whose body is a block.</summary>
    internal HashSet<int> BlockProbes { get; } = [];

    private void Add(ClauseSyntax clause)
    {
        foreach (var probe in clause.Probes)
        {
            Copied[probe.Span.Start] = (probe.Span.End, FormatKind.Probe);
            if (clause.Body is BlockBodySyntax)
                BlockProbes.Add(probe.Span.Start);
        }

        if (clause.Predicate is { } predicate)
        {
            Walk(predicate);
            AddSlash(predicate.Span.End);
        }

        foreach (var handler in new[] { clause.Handler, clause.Body as HandlerSyntax })
            if (handler is not null)
                Copied[handler.Span.Start] = (handler.Span.End, FormatKind.Handler);
        if (clause.Body is QuerySyntax query)
        {
            Queries.Add(query.Span.Start);
            QueryEnds.Add(query.Span.End - 1);
            // With what follows, "=>", it would be another mark.
            Copied[query.Span.End - 1] = (query.Span.End, FormatKind.Mark);
        }

        Walk(clause.Body);
        if (clause.Body is BlockBodySyntax { Block: var block })
            Blocks[block.Span.Start] = new FormatBlock(block.Span.End - 1, IsBody: true, IsFlat: false, IsValue: false);
    }

    /// <summary>The slash that ends a predicate is no part of <c>/=</c>.</summary>
    private void AddSlash(int place)
    {
        while (place < _text.Length && (char.IsWhiteSpace(_text[place]) || _text[place] == ')'))
            place++;
        if (_text.AsSpan(Math.Min(place, _text.Length)).StartsWith("/="))
            Copied[place] = (place + 1, FormatKind.Mark);
    }

    private void Walk(SyntaxNode root)
    {
        // An explicit stack: a long chain of operators makes a tree deeper than the call stack.
        var pending = new Stack<(SyntaxNode Node, bool InValue)>([(root, root is BlockSyntax)]);
        while (pending.TryPop(out var next))
        {
            var (node, inValue) = next;
            switch (node)
            {
                case BinarySyntax binary:
                    BinaryOperators.Add(binary.OperatorSpan.Start);
                    break;
                case IncrementSyntax { IsPostfix: false }:
                    PrefixIncrements.Add(node.Span.Start);
                    break;
                case IfSyntax choice when !Blocks.ContainsKey(choice.Then.Span.Start):
                    AddChoice(choice, inValue);
                    break;
                case IfExpressionSyntax { If: var choice }:
                    AddChoice(choice, inValue: true);
                    break;
                case BlockExpressionSyntax { Block: var value }:
                    Add(value, IsFlat(value), isValue: true);
                    break;
                case BlockSyntax block when !Blocks.ContainsKey(block.Span.Start):
                    Add(block, IsFlat(block), inValue);
                    break;
            }

            bool within = inValue || node is ExpressionSyntax;
            foreach (var child in node.Children)
                pending.Push((child, within));
        }
    }

    /// <summary>The branches of a choice are laid out alike.</summary>
    private void AddChoice(IfSyntax choice, bool inValue)
    {
        var branches = new List<BlockSyntax>();
        for (StatementSyntax? branch = choice; branch is not null;)
        {
            branches.Add(branch as BlockSyntax ?? ((IfSyntax)branch).Then);
            branch = (branch as IfSyntax)?.Else;
        }

        bool isFlat = branches.TrueForAll(IsFlat) && Length(choice.Span) <= LongestFlat;
        foreach (var branch in branches)
            Add(branch, isFlat, inValue);
    }

    private void Add(BlockSyntax block, bool isFlat, bool isValue) =>
        Blocks[block.Span.Start] = new FormatBlock(block.Span.End - 1, IsBody: false, isFlat, isValue);

    /// <summary>Formatting changes nothing about it.</summary>
    private int Length(TextSpan span) => _text.AsSpan(span.Start, span.Length).ToArray().Count(c => !char.IsWhiteSpace(c));

    /// <summary>A block of one simple statement that somebody wrote on one line stays there.</summary>
    private bool IsFlat(BlockSyntax block) =>
        block.Statements is [] or [ExpressionStatementSyntax or AssignmentSyntax or ReturnSyntax or LoopJumpSyntax]
        && Length(block.Span) <= LongestFlat && _text.IndexOfAny(['\n', '{'], block.Span.Start + 1, block.Span.Length - 1) < 0;
}
