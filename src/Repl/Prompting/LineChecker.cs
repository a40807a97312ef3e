using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Text;

namespace Ctrace.Repl.Prompting;

/// <summary>Compiles a line while it is being typed, in the background, and tells what is wrong with it.</summary>
internal sealed class LineChecker : IDisposable
{
    /// <summary>Typing pauses for so long before the line is looked at.</summary>
    private const int PauseMilliseconds = 120;

    private readonly Workspace _workspace;
    private readonly Action _found;
    private readonly AutoResetEvent _changed = new(false);
    private readonly Thread _thread;
    private volatile string _text = "";
    private volatile Mistake? _mistake;
    private volatile bool _closed;

    /// <summary>A mistake in a line.</summary>
    /// <param name="Text">The line.</param>
    /// <param name="Span">Where in it.</param>
    /// <param name="Message">What it is, in one line.</param>
    internal sealed record Mistake(string Text, TextSpan Span, string Message);

    /// <summary>A checker.</summary>
    /// <param name="workspace">Compiles.</param>
    /// <param name="found">Called from another thread when the answer for a line has changed.</param>
    internal LineChecker(Workspace workspace, Action found)
    {
        (_workspace, _found) = (workspace, found);
        _thread = new Thread(Run, 16 << 20) { IsBackground = true, Name = "ctrace checker" };
        _thread.Start();
    }

    /// <summary>What is wrong with a line; null where nothing is known to be.</summary>
    internal Mistake? Of(string text) => _mistake is { } mistake && mistake.Text == text ? mistake : null;

    /// <summary>Has a line looked at.</summary>
    internal void Look(string text)
    {
        if (_text == text)
            return;
        _text = text;
        _changed.Set();
    }

    /// <summary>The first mistake that does not come from the line's being unfinished.</summary>
    internal static Mistake? Check(Workspace workspace, string text)
    {
        if (text.Trim().Length == 0 || text.TrimStart()[0] is ':' or '=')
            return null;
        var scan = Classifier.Classify(text);
        bool open = scan.IsOpen;
        // Of an unfinished text, only what stands before the statement that is being typed can be judged.
        int end = open ? StatementStart(text, scan) : text.TrimEnd().Length;
        var errors = workspace.Check(open ? text + Closing.Of(text) : text).Diagnostics.Where(d => d.Severity == Severity.Error && !d.IsAboutMachine);
        // A word that is still being typed is not wrong yet.
        var error = errors.FirstOrDefault(d => d.Span.End < end || !open && d.Span.Start < end && end == text.Length && IsWhole(text, end));
        return error is null ? null : new Mistake(text, error.Span, error.Message + (error.Hint is { } hint ? $" ({hint})" : ""));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _closed = true;
        _changed.Set();
        _thread.Join();
        _changed.Dispose();
    }

    private static int StatementStart(string text, ClassifiedText scan) => scan.Tokens
        .LastOrDefault(t => t.Class == TokenClass.Operator && text.AsSpan(t.Span.Start, t.Span.Length) is ";" or "{" or "<" or "/" or "}").Span.Start;

    private static bool IsWhole(string text, int end) => text[end - 1] is '}' or '>';

    private void Run()
    {
        while (!_closed)
        {
            _changed.WaitOne();
            while (!_closed && _changed.WaitOne(PauseMilliseconds))
            {
            }

            if (_closed)
                return;
            string text = _text;
            Mistake? mistake;
            try
            {
                mistake = Check(_workspace, text);
            }
            catch (Exception)
            {
                // What can't be checked is said when it is started.
                mistake = null;
            }

            bool changed = mistake != _mistake;
            _mistake = mistake;
            if (changed && _text == text)
                _found();
        }
    }
}
