using Ctrace.Compiler.Diagnostics;

namespace Ctrace.Runtime.Loading;

/// <summary>The kernel rejected a program or a map, and there is a place in the source to point at.</summary>
public sealed class LoadException(Diagnostic diagnostic) : Exception(diagnostic.Message)
{
    /// <summary>What the user sees.</summary>
    public Diagnostic Diagnostic { get; } = diagnostic;
}
