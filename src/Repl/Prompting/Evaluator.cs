using Ctrace.Repl.Commands;
using Ctrace.Runtime;

namespace Ctrace.Repl.Prompting;

/// <summary>Does what an entry says: starts a program, runs a command, evaluates C#.</summary>
internal sealed class Evaluator
{
    /// <summary>A script that loads itself would go on for ever.</summary>
    private const int MostNested = 8;

    private readonly IScreen _screen;
    private readonly IScripting _scripting;
    private int _nested;

    internal Evaluator(Workspace workspace, IScreen screen, IScripting scripting, LivePanel? panel)
    {
        (_screen, _scripting) = (screen, scripting);
        Context = new CommandContext(workspace, screen) { Panel = panel, RunText = RunText };
    }

    /// <summary>What commands work on.</summary>
    internal CommandContext Context { get; }

    /// <summary>Whether the last entry was refused.</summary>
    internal bool HasFailed { get; private set; }

    /// <summary>Does it; what is wrong with it is said on the screen.</summary>
    internal void Run(string entry, CancellationToken cancellation)
    {
        string text = entry.Trim();
        HasFailed = false;
        Context.Cancellation = cancellation;
        try
        {
            if (text.StartsWith(':'))
                CommandTable.Run(text, Context);
            else if (text.StartsWith('='))
                Evaluate(text[1..].Trim(), cancellation);
            else if (!Entries.IsNothing(text))
                HasFailed = !Context.Workspace.Start(entry);
        }
        catch (UsageException e)
        {
            Refuse(e.Message, null);
        }
        catch (RefusedException e)
        {
            Refuse(e.Message, null);
        }
        catch (SessionException e)
        {
            Refuse(e.Message, e.Hint);
        }
        catch (Compiler.Targets.TargetException e)
        {
            Refuse(e.Message, e.Hint);
        }
        catch (OperationCanceledException)
        {
            Refuse("stopped", null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Refuse($"internal error: {e.Message.ReplaceLineEndings(" ")} ({e.GetType().Name}); please report it with what you typed", null);
        }
    }

    private void RunText(string text)
    {
        if (_nested == MostNested)
            throw new UsageException("scripts load one another without an end");
        _nested++;
        try
        {
            foreach (string entry in Entries.Of(text))
            {
                Run(entry, Context.Cancellation);
                if (HasFailed || Context.IsLeaving || Context.Cancellation.IsCancellationRequested)
                    return;
            }
        }
        finally
        {
            _nested--;
        }
    }

    private void Evaluate(string code, CancellationToken cancellation)
    {
        if (code.Length == 0)
            throw new UsageException("= needs an expression, such as = Maps.Count");
        var (text, error) = _scripting.EvaluateAsync(code, cancellation).GetAwaiter().GetResult();
        if (error is not null)
            Refuse(error, null);
        else if (!string.IsNullOrEmpty(text))
            _screen.Print(text.TrimEnd('\n'));
    }

    private void Refuse(string message, string? hint)
    {
        HasFailed = true;
        _screen.Message(message + (hint is null ? "" : $"\n  hint: {hint}"));
    }
}
