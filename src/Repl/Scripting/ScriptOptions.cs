using Ctrace.Runtime.Symbols;
using Ctrace.Scripting.Protocol;

namespace Ctrace.Repl.Scripting;

/// <summary>What ctrace-cs is started with.</summary>
internal sealed record ScriptOptions
{
    /// <summary>The program's parameters.</summary>
    public IReadOnlyList<string> Parameters { get; init; } = [];

    /// <summary>Its handlers.</summary>
    public IReadOnlyList<WireHandler> Handlers { get; init; } = [];

    /// <summary>Names addresses for it; this machine's by default.</summary>
    public Symbolizer? Symbols { get; init; }

    /// <summary>Whether it may be root.</summary>
    public bool AllowRoot { get; init; }
}

/// <summary>An error in a handler's C#.</summary>
/// <param name="Handler">Which.</param>
/// <param name="Start">Where in its code.</param>
/// <param name="Length">How much of it.</param>
/// <param name="Message">What.</param>
internal sealed record ScriptError(int Handler, int Start, int Length, string Message);
