using System.Collections.Immutable;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Lowering;

/// <summary>
/// Tells which values are the same wherever they stand in a clause: who is running, the record's fields, constants. They need
/// be asked for only once per event.
/// </summary>
internal static class ValueIdentity
{
    /// <summary>A text for the value that is equal for equal values; null when it may change within an event.</summary>
    public static string? Of(BoundExpression expression) => expression switch
    {
        BoundBuiltin { Definition.IsStable: true } e => e.Definition.Name,
        BoundField { Field: var field } => $"args.{field.Name}",
        BoundRawArgument { Index: var index } => $"arg{index}",
        BoundConstant { Value: var value } => value.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => null,
    };

    /// <summary>The same for a key, which also depends on how its parts lie in memory.</summary>
    public static string? Of(ImmutableArray<BoundExpression> keys, TupleType layout)
    {
        // One part that fills the key is the same as the value alone.
        if (keys.Length == 1 && keys[0].Type == layout.Elements[0].Type && layout.Size == keys[0].Type.Size)
            return Of(keys[0]);
        string?[] parts = [.. keys.Select(Of)];
        return parts.Contains(null) ? null : $"{layout.Name}:{string.Join(",", parts)}";
    }
}
