using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Lowering;

/// <summary>Finds the maps whose aggregates a statement changes in place.</summary>
internal static class MapUpdates
{
    public static void Visit(BoundStatement statement, Action<MapSymbol> found)
    {
        switch (statement)
        {
            case BoundAggregate aggregate:
                found(aggregate.Map);
                break;
            case BoundBlock block:
                foreach (var inner in block.Statements)
                    Visit(inner, found);
                break;
            case BoundLoop loop:
                Visit(loop.Body, found);
                break;
            case BoundMapLoop loop:
                Visit(loop.Body, found);
                break;
            case BoundIf choice:
                Visit(choice.Then, found);
                if (choice.Else is not null)
                    Visit(choice.Else, found);
                break;
        }
    }
}

/// <summary>Finds out whether a statement may send events: then the program has an event buffer.</summary>
internal static class EventFinder
{
    public static bool SendsEvents(BoundStatement statement) => statement switch
    {
        BoundRow or BoundHandler => true,
        BoundBlock block => block.Statements.Any(SendsEvents),
        BoundLoop loop => SendsEvents(loop.Body),
        BoundMapLoop loop => SendsEvents(loop.Body),
        BoundIf choice => SendsEvents(choice.Then) || choice.Else is not null && SendsEvents(choice.Else),
        BoundExpressionStatement { Expression: BoundCall call } => call.Definition.SendsEvents(call),
        BoundExpressionStatement { Expression: BoundTernary } => true,
        _ => false,
    };
}

/// <summary>Finds out whether a statement has a loop whose body is a function of its own: then more than one shares the stack.</summary>
internal static class LoopFinder
{
    /// <summary>So few rounds are followed one by one.</summary>
    private const int Few = 8;

    /// <summary>Whether a loop is one by callbacks: where the kernel can't bound it otherwise.</summary>
    public static bool IsCallback(BoundLoop loop, ITarget target) =>
        loop.Rounds is 0 or > Few && !target.Supports(KernelFeature.MayGoto) && target.Supports(KernelFeature.CallbackLoop);

    public static bool HasCallback(BoundStatement statement, ITarget target) => statement switch
    {
        BoundMapLoop => true,
        BoundBlock block => block.Statements.Any(s => HasCallback(s, target)),
        BoundLoop loop => IsCallback(loop, target) || HasCallback(loop.Body, target),
        BoundIf choice => HasCallback(choice.Then, target) || choice.Else is not null && HasCallback(choice.Else, target),
        _ => false,
    };
}
