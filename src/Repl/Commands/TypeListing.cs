using Ctrace.Compiler.Symbols;

namespace Ctrace.Repl.Commands;

/// <summary>A kernel type's members as lines.</summary>
internal static class TypeListing
{
    /// <summary>One line for each member or named value.</summary>
    internal static IEnumerable<string> Members(TraceType type) => type switch
    {
        StructureType structure => structure.Members.Select(m =>
            $"{m.Offset,6}  {m.Type.Name} {m.Name}{(m.Bits > 0 ? $" : {m.Bits}" : "")}"),
        EnumType choice => choice.Values.Select(v => $"{v.Name} = {v.Value}"),
        _ => [],
    };
}
