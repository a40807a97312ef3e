namespace Ctrace.Repl.Prompting;

/// <summary>C# over the live maps: what the prompt needs of it.</summary>
internal interface IScripting : IAsyncDisposable
{
    /// <summary>Evaluates a line; state stays for the next.</summary>
    Task<(string? Text, string? Error)> EvaluateAsync(string code, CancellationToken cancellation);

    /// <summary>What may stand at a place in a line.</summary>
    Task<IReadOnlyList<(string Text, string Kind, string Description)>> CompleteAsync(string code, int caret, CancellationToken cancellation);
}

/// <summary>Where C# is not part of the program.</summary>
internal sealed class NoScripting : IScripting
{
    /// <summary>What it answers.</summary>
    internal const string Absent = "C# is not available in this build: = needs ctrace-cs beside ctrace";

    public Task<(string? Text, string? Error)> EvaluateAsync(string code, CancellationToken cancellation) =>
        Task.FromResult<(string?, string?)>((null, Absent));

    public Task<IReadOnlyList<(string Text, string Kind, string Description)>> CompleteAsync(string code, int caret, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<(string, string, string)>>([]);

    public ValueTask DisposeAsync() => default;
}
