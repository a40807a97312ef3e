using System.Runtime.CompilerServices;
using Pidgin;

namespace Ctrace.Compiler.Syntax;

/// <summary>
/// A recursive reference of the grammar. Pidgin recurses on the call stack, which a hostile program could exhaust, and that
/// kills the process: so each level first asks whether there is room.
/// </summary>
internal sealed class Guarded<T>(Func<Parser<char, T>> parser) : Parser<char, T>
{
    private Parser<char, T>? _inner;

    public override bool TryParse(ref ParseState<char> state, ref PooledList<Expected<char>> expecteds, out T result)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new NestingException((int)state.Location);
        return (_inner ??= parser()).TryParse(ref state, ref expecteds, out result!);
    }
}

/// <summary>The program nests deeper than the stack allows.</summary>
internal sealed class NestingException(int position) : Exception
{
    public int Position { get; } = position;
}
