using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>Which maps are profiles: those whose key is, or has in it, a stack, and whose values add up.</summary>
public static class StackMaps
{
    /// <summary>The program's maps that are profiles.</summary>
    /// <param name="program">The program.</param>
    /// <param name="what">What needs them, for the message: <c>-f folded</c>.</param>
    /// <exception cref="RefusedException">There is none.</exception>
    public static IReadOnlyList<MapSpec> Require(TraceProgram program, string what)
    {
        var keyed = program.Maps.Where(m => m.Role == MapRole.User && HasStack(m)).ToList();
        var maps = keyed.FindAll(m => Column(m.Shape!) >= 0);
        if (maps.Count > 0)
            return maps;
        throw new RefusedException(keyed.Count == 0
            ? $"{what} needs a map with a stack in its key, and the program has none; such as: profile:hz:99 < count() by ustack >"
            : $"{what} needs a map with a stack in its key and a value that adds up (count(), sum() or a number); {keyed[0].Name} has {keyed[0].Shape!.Columns[0].Name}");
    }

    /// <summary>Whether a map is a profile.</summary>
    public static bool IsProfile(MapSpec map) => map.Shape is { } shape && HasStack(map) && Column(shape) >= 0;

    /// <summary>The column that counts: the first whose values add up; -1 where none does.</summary>
    internal static int Column(MapShape shape)
    {
        for (int i = 0; i < shape.Columns.Length; i++)
            if (shape.Columns[i].Content is AggregateContent { Definition.Name: "count" or "sum" } or PlainContent { Type: IntegerType })
                return i;
        return -1;
    }

    private static bool HasStack(MapSpec map) => map.Shape is { } shape && shape.Keys.Any(k => IsStack(k.Type));

    private static bool IsStack(TraceType type) => type is StackType || (type is TupleType tuple && tuple.Elements.Any(e => IsStack(e.Type)));
}
