using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>A builtin value: its name, its type where it is allowed, and its code.</summary>
public sealed class BuiltinDefinition
{
    /// <summary>As written.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a line.</summary>
    public required string Summary { get; init; }

    /// <summary>A program that uses it.</summary>
    public required string Example { get; init; }

    /// <summary>Its type in a probe, or null where the probe has no such thing.</summary>
    internal Func<ResolvedProbe, ITarget, TraceType?> Type { get; init; } = (_, _) => null;

    /// <summary>For what is known while compiling: its value, instead of all that follows. Otherwise null.</summary>
    internal Func<CompilationOptions, TextSpan, BoundExpression>? Bind { get; init; }

    /// <summary>What it can't be had without, and what to do about it; null where all is there.</summary>
    internal Func<CompilationOptions, ITarget, (string Message, string Hint)?> Missing { get; init; } = (_, _) => null;

    /// <summary>Where it is available, for the message when it is not.</summary>
    internal string Available { get; init; } = "";

    /// <summary>Whether its value depends on which of a clause's probes fired.</summary>
    internal bool DependsOnProbe { get; init; }

    /// <summary>Whether it tells which of a clause's probes fired.</summary>
    internal bool IsProbeName { get; init; }

    /// <summary>Whether it is about the program alone, and not about who is running: true wherever the program runs.</summary>
    internal bool IsOfProgram { get; init; }

    /// <summary>Whether it is what a register holds, of which a function may use a part only.</summary>
    internal bool IsRegister { get; init; }

    /// <summary>Whether it is the same during the whole event.</summary>
    internal bool IsStable { get; init; }

    /// <summary>Gives a register with the value; for what fits one.</summary>
    internal Func<ClauseEmitter, BoundBuiltin, int>? Emit { get; init; }

    /// <summary>Writes the value to memory, with zeros up to the type's size; for text.</summary>
    internal Action<ClauseEmitter, BoundBuiltin, Place>? EmitInto { get; init; }

    /// <summary>A value of one type, everywhere.</summary>
    internal static BuiltinDefinition Everywhere(
        string name, string summary, string example, TraceType type, Func<ClauseEmitter, BoundBuiltin, int> emit, bool stable = false) =>
        new() { Name = name, Summary = summary, Example = example, Type = (_, _) => type, Emit = emit, IsStable = stable };

    /// <summary>The same, for what has nothing to do with who is running.</summary>
    internal static BuiltinDefinition OfProgram(string name, string summary, string example, TraceType type, Func<ClauseEmitter, BoundBuiltin, int> emit) =>
        new() { Name = name, Summary = summary, Example = example, Type = (_, _) => type, Emit = emit, IsOfProgram = true };
}
