namespace Ctrace.Repl.Prompting;

/// <summary>Something that can stand where the cursor is.</summary>
/// <param name="Text">What is put in.</param>
/// <param name="Kind">What it is, in a word or two; shown beside it.</param>
/// <param name="Signature">How it is written in full.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Example">A program that uses it, or null.</param>
internal sealed record Completion(string Text, string Kind, string Signature, string Summary, string? Example = null);

/// <summary>What may stand at a place, and what it would replace.</summary>
/// <param name="Start">Where the text begins that a choice replaces.</param>
/// <param name="Length">How long that text is.</param>
/// <param name="Items">The choices, the most likely first.</param>
internal sealed record Completions(int Start, int Length, IReadOnlyList<Completion> Items)
{
    /// <summary>The text that is replaced ends where the cursor is.</summary>
    internal static Completions None(int caret) => new(caret, 0, []);
}
