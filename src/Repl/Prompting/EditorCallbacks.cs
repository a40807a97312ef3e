using System.Collections.Immutable;
using Ctrace.Compiler.Syntax;
using PrettyPrompt;
using PrettyPrompt.Completion;
using PrettyPrompt.Consoles;
using PrettyPrompt.Documents;
using PrettyPrompt.Highlighting;

namespace Ctrace.Repl.Prompting;

/// <summary>What the line editor asks the prompt: colours, completions, and what a key means here.</summary>
/// <param name="completer">Completes programs and commands.</param>
/// <param name="checker">Finds mistakes.</param>
/// <param name="scripting">Completes C#.</param>
/// <param name="colour">Whether to use colours.</param>
internal sealed class EditorCallbacks(Completer completer, LineChecker checker, IScripting scripting, bool colour) : PromptCallbacks
{
    private static readonly KeyPress NewLine = new(new ConsoleKeyInfo('\n', ConsoleKey.Enter, true, false, false));

    private static readonly KeyPress OpenMenu = new(new ConsoleKeyInfo(' ', ConsoleKey.Spacebar, false, false, true));

    private string _text = "";
    private List<FormatSpan> _spans = [];

    /// <summary>Shows a message below the line.</summary>
    internal Action<string> ShowNote { get; set; } = _ => { };

    /// <summary>Whether more has been typed already.</summary>
    internal Func<bool> HasKeys { get; set; } = () => false;

    /// <summary>Has Ctrl-C and Ctrl-D first: the line's text and the key; null when it has dealt with it.</summary>
    internal Func<string, ConsoleKeyInfo, ConsoleKeyInfo?> OnKey { get; set; } = (_, key) => key;

    protected override Task<IReadOnlyCollection<FormatSpan>> HighlightCallbackAsync(string text, CancellationToken cancellationToken)
    {
        checker.Look(text);
        _text = text;
        _spans = [];
        Refresh();
        return Task.FromResult<IReadOnlyCollection<FormatSpan>>(_spans);
    }

    /// <summary>
    /// Brings colours and note up to date with what the checker has found. The editor asks for a line's colours only when the line has
    /// changed, and keeps the list: so that is what changes.
    /// </summary>
    internal void Refresh()
    {
        var mistake = checker.Of(_text);
        ShowNote(mistake is null ? "" : Palette.Style("31", mistake.Message, colour));
        _spans.Clear();
        if (colour || mistake is not null)
            _spans.AddRange(Spans(_text, mistake));
    }

    protected override Task<TextSpan> GetSpanToReplaceByCompletionAsync(string text, int caret, CancellationToken cancellationToken)
    {
        if (IsCSharp(text))
        {
            int start = caret;
            while (start > 0 && (char.IsLetterOrDigit(text[start - 1]) || text[start - 1] is '_' or '@'))
                start--;
            return Task.FromResult(TextSpan.FromBounds(start, caret));
        }

        var found = completer.At(text, caret);
        return Task.FromResult(new TextSpan(found.Start, found.Length));
    }

    protected override async Task<IReadOnlyList<CompletionItem>> GetCompletionItemsAsync(string text, int caret, TextSpan spanToBeReplaced, CancellationToken cancellationToken)
    {
        if (IsCSharp(text))
        {
            int from = text.IndexOf('=') + 1;
            var items = await scripting.CompleteAsync(text[from..], caret - from, cancellationToken);
            return [.. items.Select(i => new CompletionItem(i.Text, getExtendedDescription: _ => Task.FromResult(new FormattedString($"{i.Kind} {i.Description}".Trim()))))];
        }

        return [.. completer.At(text, caret).Items.Select(Item)];
    }

    protected override Task<bool> ShouldOpenCompletionWindowAsync(string text, int caret, KeyPress keyPress, CancellationToken cancellationToken)
    {
        // Whoever types faster than menus open is not shown any.
        if (HasKeys())
            return Task.FromResult(false);
        char typed = caret > 0 ? text[caret - 1] : ' ';
        bool opens = char.IsLetterOrDigit(typed) || typed is ':' or '@' or '$' or '_' || typed is '.' or '/' || typed == '>' && caret > 1 && text[caret - 2] == '-'
            || typed == ' ' && text.TrimStart().StartsWith(':') && text.Count(c => c == ' ') == 1;
        return Task.FromResult(opens);
    }

    protected override Task<(IReadOnlyList<OverloadItem>, int ArgumentIndex)> GetOverloadsAsync(string text, int caret, CancellationToken cancellationToken) =>
        Task.FromResult<(IReadOnlyList<OverloadItem>, int)>(!IsCSharp(text) && Completer.CallAt(text, caret) is var (function, argument)
            ? ([new OverloadItem(Bold(function.Signature), function.Summary, FormattedString.Empty, [])], argument) : ([], 0));

    protected override Task<KeyPress> TransformKeyPressAsync(string text, int caret, KeyPress keyPress, CancellationToken cancellationToken)
    {
        if (OnKey(text, keyPress.ConsoleKeyInfo) is not { } key)
            return Task.FromResult(new KeyPress(default));
        if (key != keyPress.ConsoleKeyInfo)
            return Task.FromResult(new KeyPress(key));
        // The editor asks only when there is nothing to commit: then Tab opens the menu.
        if (key is { Key: ConsoleKey.Tab, Modifiers: 0 } && keyPress.PastedText is null && caret > 0 && !char.IsWhiteSpace(text[caret - 1]))
            return Task.FromResult(OpenMenu);
        // Where a brace is open, the line goes on.
        bool isEnter = key is { Key: ConsoleKey.Enter, Modifiers: 0 } && keyPress.PastedText is null;
        if (isEnter && caret == text.TrimEnd().Length && !IsCommand(text) && !IsCSharp(text) && Classifier.Classify(text).IsOpen)
            return Task.FromResult(NewLine);
        return Task.FromResult(keyPress);
    }

    private static bool IsCSharp(string text) => text.TrimStart().StartsWith('=');

    private static bool IsCommand(string text) => text.TrimStart().StartsWith(':');

    private static CompletionItem Item(Completion item) => new(
        item.Text,
        displayText: item.Kind.Length == 0 ? item.Text : new FormattedString($"{item.Text}  {item.Kind}", new FormatSpan(item.Text.Length + 2, item.Kind.Length, AnsiColor.BrightBlack)),
        filterText: item.Text,
        getExtendedDescription: _ => Task.FromResult(Description(item)));

    private static FormattedString Description(Completion item)
    {
        if (item.Summary.Length == 0 && item.Example is null)
            return item.Signature == item.Text ? FormattedString.Empty : item.Signature;
        var text = new FormattedStringBuilder();
        text.Append(item.Signature, new ConsoleFormat(Bold: true));
        text.Append("\n" + item.Summary);
        if (item.Example is { } example)
            text.Append("\n" + example, new ConsoleFormat(Foreground: AnsiColor.Cyan));
        return text.ToFormattedString();
    }

    private static FormattedString Bold(string text) => new(text, new ConsoleFormat(Bold: true));

    /// <summary>Each piece in its colour; what the mistake covers is underlined.</summary>
    private List<FormatSpan> Spans(string text, LineChecker.Mistake? mistake)
    {
        var spans = new List<FormatSpan>();
        if (IsCommand(text) || IsCSharp(text))
            return spans;
        var tokens = colour ? Classifier.Classify(text).Tokens : ImmutableArray<ClassifiedToken>.Empty;
        int from = mistake?.Span.Start ?? text.Length, to = mistake is null ? text.Length : Math.Min(text.Length, Math.Max(mistake.Span.End, from + 1));
        foreach (var token in tokens)
        {
            Add(spans, token.Span.Start, Math.Min(token.Span.End, from), token.Class);
            Add(spans, Math.Max(token.Span.Start, to), token.Span.End, token.Class);
        }

        if (mistake is not null && to > from)
            spans.Add(FormatSpan.FromBounds(from, to, new ConsoleFormat(Foreground: AnsiColor.Red, Underline: true)));
        spans.Sort((a, b) => a.Start.CompareTo(b.Start));
        return spans;
    }

    private static void Add(List<FormatSpan> spans, int start, int end, TokenClass kind)
    {
        if (end > start && Palette.Colour(kind) is { } foreground)
            spans.Add(FormatSpan.FromBounds(start, end, new ConsoleFormat(Foreground: foreground)));
    }
}
