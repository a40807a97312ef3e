using Ctrace.Compiler.Syntax;
using Ctrace.Repl.Prompting;
using Ctrace.Repl.Rendering;
using Ctrace.Repl.Scripting;

namespace Ctrace.Repl;

/// <summary>
/// The prompt without a terminal: <c>ctrace &lt; script.txt</c> runs line by line, and draws nothing. At the end of the input, what
/// runs goes on until it ends or is interrupted.
/// </summary>
internal sealed class LineLoop : IScreen
{
    private static readonly TimeSpan AttachLimit = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly OutputStream _output = new(1);

    public int Width => 0;

    public bool HasColour => false;

    public bool IsLive => false;

    /// <summary>Runs what standard input says; the result is the exit code: 1 when a line was refused.</summary>
    internal static int Run(Settings settings)
    {
        var screen = new LineLoop();
        using var workspace = new Workspace(settings, screen);
        using var cancellation = new CancellationTokenSource();
        using var signals = new StopSignals(cancellation.Cancel);
        var scripting = new PromptScripting(workspace);
        using var closing = new Closer(scripting);
        var evaluator = new Evaluator(workspace, screen, scripting, null);
        bool failed = false;
        foreach (string entry in Read(cancellation.Token))
        {
            evaluator.Run(entry, cancellation.Token);
            failed |= evaluator.HasFailed;
            WaitForProbes(workspace, cancellation.Token);
            if (evaluator.Context.IsLeaving || cancellation.IsCancellationRequested)
                break;
        }

        while (!evaluator.Context.IsLeaving && !cancellation.IsCancellationRequested && workspace.Traces.Any(t => t.IsAlive))
            cancellation.Token.WaitHandle.WaitOne(20);
        workspace.StopAll();
        screen._output.Flush();
        return failed ? 1 : 0;
    }

    public void Print(string text)
    {
        lock (_lock)
        {
            _output.Write(text);
            _output.Write("\n");
            _output.Flush();
        }
    }

    public void Message(string text) => StandardError.WriteLine(text);

    public void Changed()
    {
    }

    /// <summary>Ends the C# process at the end.</summary>
    private sealed class Closer(PromptScripting scripting) : IDisposable
    {
        public void Dispose() => scripting.DisposeAsync().AsTask().Wait();
    }

    /// <summary>What a line says about events must find the probes of the line before in place.</summary>
    private static void WaitForProbes(Workspace workspace, CancellationToken cancellation)
    {
        var limit = DateTime.UtcNow + AttachLimit;
        while (workspace.Traces.Any(t => t.State == TraceState.Starting) && !cancellation.IsCancellationRequested && DateTime.UtcNow < limit)
            Thread.Sleep(2);
    }

    /// <summary>Lines, those together that belong to one program: where a brace is open, it goes on.</summary>
    private static IEnumerable<string> Read(CancellationToken cancellation)
    {
        string text = "";
        using var input = new StreamReader(Console.OpenStandardInput());
        while (!cancellation.IsCancellationRequested && input.ReadLine() is { } line)
        {
            if (text.Length == 0 && line.StartsWith("#!", StringComparison.Ordinal))
                continue;
            text = text.Length == 0 ? line : text + "\n" + line;
            if (!Entries.IsLine(text) && Classifier.Classify(text).IsOpen)
                continue;
            if (!Entries.IsNothing(text))
                yield return text;
            text = "";
        }

        if (!Entries.IsNothing(text))
            yield return text;
    }
}
