using Ctrace.Repl.Prompting;

namespace Ctrace.Repl.Commands;

/// <summary>What may stand after a command's name, for completion.</summary>
internal enum ArgumentKind
{
    /// <summary>Nothing, or free text.</summary>
    Text,

    /// <summary>A trace's number.</summary>
    Trace,

    /// <summary>A map.</summary>
    Map,

    /// <summary>A probe.</summary>
    Probe,

    /// <summary>A file.</summary>
    File,

    /// <summary>Something that <c>:help</c> explains.</summary>
    Topic,

    /// <summary>A setting.</summary>
    Setting,

    /// <summary>An output format.</summary>
    Format,
}

/// <summary>A command of the prompt: all there is to say about it.</summary>
/// <param name="Name">As typed, without the colon.</param>
/// <param name="Arguments">Its arguments, as documentation shows them; optional ones in brackets.</param>
/// <param name="Summary">What it does, in a line.</param>
/// <param name="Kind">What its first argument is.</param>
/// <param name="Run">Does it: the context, and what stands after the name.</param>
internal sealed record Command(string Name, string Arguments, string Summary, ArgumentKind Kind, Action<CommandContext, string> Run)
{
    /// <summary>As documentation shows it.</summary>
    internal string Signature => Arguments.Length == 0 ? $":{Name}" : $":{Name} {Arguments}";

    /// <summary>Whether it can't be used without an argument.</summary>
    internal bool NeedsArgument => Arguments.Length > 0 && Arguments[0] != '[';
}

/// <summary>What commands work on.</summary>
/// <param name="Workspace">The traces, maps and settings.</param>
/// <param name="Screen">Where results go.</param>
internal sealed record CommandContext(Workspace Workspace, IScreen Screen)
{
    /// <summary>Draws the live tables or hides them; null where there are none.</summary>
    internal LivePanel? Panel { get; init; }

    /// <summary>Ends waiting commands.</summary>
    internal CancellationToken Cancellation { get; set; }

    /// <summary>Set when the prompt is to end.</summary>
    internal bool IsLeaving { get; set; }

    /// <summary>Runs a line as if it were typed (<c>:load</c>).</summary>
    internal Action<string> RunText { get; init; } = _ => { };

    /// <summary>Prints a line of text.</summary>
    internal void Print(string text) => Screen.Print(text);
}
