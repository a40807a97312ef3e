using Ctrace.Repl.Prompting;
using Ctrace.Runtime;

namespace Ctrace.Repl.Scripting;

/// <summary>C# at the prompt: started in the background, and again after it has ended.</summary>
/// <param name="workspace">Whose maps it sees.</param>
internal sealed class PromptScripting(Workspace workspace) : IScripting
{
    private readonly Lock _lock = new();
    private ScriptClient? _client;

    /// <summary>Starts it, so that the first line is answered at once.</summary>
    internal void Warm() => Task.Run(() =>
    {
        try
        {
            Client();
        }
        catch (SessionException)
        {
            // Said when C# is asked for.
        }
    });

    /// <inheritdoc/>
    public async Task<(string? Text, string? Error)> EvaluateAsync(string code, CancellationToken cancellation)
    {
        var client = Client();
        client.SetMaps([.. workspace.Maps.Values.Distinct().SelectMany(t => t.Maps).DistinctBy(m => m.Name).Select(ClrTypes.Of)]);
        try
        {
            return await client.EvaluateAsync(code, cancellation);
        }
        catch (OperationCanceledException)
        {
            // What loops can only be ended as a whole: its variables are gone.
            client.Dispose();
            return (null, "stopped; C# starts anew, without the variables of earlier lines");
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<(string Text, string Kind, string Description)>> CompleteAsync(string code, int caret, CancellationToken cancellation)
    {
        if (_client is not { IsAlive: true } client)
            return [];
        client.SetMaps([.. workspace.Maps.Values.Distinct().SelectMany(t => t.Maps).DistinctBy(m => m.Name).Select(ClrTypes.Of)]);
        return await client.CompleteAsync(code, caret, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        return default;
    }

    private ScriptClient Client()
    {
        lock (_lock)
        {
            if (_client is { IsAlive: true })
                return _client;
            _client?.Dispose();
            _client = ScriptClient.Start(new ScriptOptions { AllowRoot = workspace.Settings.Unsafe }, workspace.Snapshot);
            _client.OnPrint = text => workspace.Print(text.TrimEnd('\n'));
            _client.OnExit = _ => workspace.Print("Exit() at the prompt: use :quit to leave");
            return _client;
        }
    }
}

/// <summary>What the compiler of C# found wrong in a program.</summary>
internal sealed class ScriptErrorsException(IReadOnlyList<Compiler.Diagnostics.Diagnostic> errors) : Exception
{
    /// <summary>The errors, in the program's own places.</summary>
    internal IReadOnlyList<Compiler.Diagnostics.Diagnostic> Errors { get; } = errors;
}
