using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Lowering;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>A function: its name, how its arguments are checked, and its code.</summary>
public abstract class FunctionDefinition
{
    /// <summary>As written.</summary>
    public abstract string Name { get; }

    /// <summary>Its arguments, as documentation shows them.</summary>
    public abstract string Signature { get; }

    /// <summary>What it does, in a line.</summary>
    public abstract string Summary { get; }

    /// <summary>A program that uses it.</summary>
    public abstract string Example { get; }

    /// <summary>Fewest and most arguments.</summary>
    public abstract (int Least, int Most) Arity { get; }

    /// <summary>Whether it is about who is running, or where: nothing that ctrace could tell which runs the program itself.</summary>
    internal virtual bool IsOfThread => false;

    /// <summary>Whether a call does something, also where nobody looks at what it gives.</summary>
    internal virtual bool HasEffect => false;

    /// <summary>Checks a call whose number of arguments is right.</summary>
    internal abstract BoundExpression Bind(CallBinding call);

    /// <summary>Whether a call sends an event (an order is none): the program needs an event buffer then.</summary>
    internal virtual bool SendsEvents(BoundCall call) => false;

    /// <summary>Emits a call; gives a register with its value, or 0 when it has none.</summary>
    internal virtual int Emit(ClauseEmitter emitter, BoundCall call) => throw new InvalidOperationException($"{Name} has no scalar value");

    /// <summary>Emits a call that gives text: writes it to memory.</summary>
    internal virtual void EmitInto(ClauseEmitter emitter, BoundCall call, Place place, bool padded) =>
        throw new InvalidOperationException($"{Name} gives no text");
}
