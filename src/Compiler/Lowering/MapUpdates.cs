using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Symbols;

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

/// <summary>Finds out whether a statement goes over a map: then more than one function shares the stack.</summary>
internal static class MapLoopFinder
{
    public static bool HasLoop(BoundStatement statement) => statement switch
    {
        BoundMapLoop => true,
        BoundBlock block => block.Statements.Any(HasLoop),
        BoundLoop loop => HasLoop(loop.Body),
        BoundIf choice => HasLoop(choice.Then) || choice.Else is not null && HasLoop(choice.Else),
        _ => false,
    };
}
