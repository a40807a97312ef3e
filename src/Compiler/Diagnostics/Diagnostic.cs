using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Diagnostics;

/// <summary>How bad a diagnostic is.</summary>
public enum Severity
{
    /// <summary>The program runs, but perhaps not as meant.</summary>
    Warning,

    /// <summary>The program does not run.</summary>
    Error,
}

/// <summary>One message about a program.</summary>
/// <param name="Code">A stable identifier such as <c>CT1001</c>.</param>
/// <param name="Severity">Error or warning.</param>
/// <param name="Span">Where in the source.</param>
/// <param name="Message">What is wrong, in the words of the language.</param>
/// <param name="Hint">What to do about it, or null.</param>
public sealed record Diagnostic(string Code, Severity Severity, TextSpan Span, string Message, string? Hint = null)
{
    /// <summary>Whether the machine refused (rights, a missing mount): then no place in the program is to blame.</summary>
    public bool IsAboutMachine { get; init; }

    /// <summary>The uses of macros that led to the place, the innermost first.</summary>
    public System.Collections.Immutable.ImmutableArray<TextSpan> ExpandedFrom { get; init; } = [];

    /// <summary>The type whose member is missing, for who offers those that it has; otherwise null.</summary>
    public Symbols.TraceType? Subject { get; init; }
}
