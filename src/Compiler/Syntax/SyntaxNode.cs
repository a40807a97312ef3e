using System.Text;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Syntax;

/// <summary>A node of the syntax tree.</summary>
/// <param name="Span">The source it covers, surrounding white space excluded.</param>
public abstract record SyntaxNode(TextSpan Span)
{
    /// <summary>What the node is, on one line of a dump.</summary>
    public abstract string Label { get; }

    /// <summary>The nodes inside it, in source order.</summary>
    public virtual IEnumerable<SyntaxNode> Children => [];

    /// <inheritdoc/>
    public sealed override string ToString() => Label;

    /// <summary>The tree as indented text, for <c>--dump ast</c>.</summary>
    public static string Dump(SyntaxNode root)
    {
        var text = new StringBuilder();
        // An explicit stack: a long chain of operators makes a tree deeper than the call stack.
        var pending = new Stack<(SyntaxNode Node, int Depth)>([(root, 0)]);
        while (pending.TryPop(out var next))
        {
            text.Append(' ', Math.Min(next.Depth, 100) * 2).Append(next.Node.Label).Append('\n');
            foreach (var child in next.Node.Children.Reverse())
                pending.Push((child, next.Depth + 1));
        }

        return text.ToString();
    }
}
