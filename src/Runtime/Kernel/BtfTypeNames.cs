namespace Ctrace.Runtime.Kernel;

/// <summary>Types as C spells them, for listings.</summary>
internal static class BtfTypeNames
{
    private const int MaxDepth = 16;

    /// <summary>The C spelling: <c>struct task_struct *</c>.</summary>
    public static string Name(Btf btf, int id, int depth = 0)
    {
        if (depth > MaxDepth)
            return "?";
        string Target() => Name(btf, btf.Target(id), depth + 1);
        switch (btf.Kind(id))
        {
            case BtfKind.Void:
                return "void";
            case BtfKind.Pointer:
                if (btf.Kind(btf.Target(id)) == BtfKind.Prototype)
                    return "void (*)()";
                string target = Target();
                return target.EndsWith('*') ? target + "*" : target + " *";
            case BtfKind.Const:
                // C puts the qualifier of a pointer behind it.
                return btf.Kind(btf.Target(id)) == BtfKind.Pointer ? Target() + " const" : "const " + Target();
            case BtfKind.Volatile:
                return "volatile " + Target();
            case BtfKind.Restrict or BtfKind.TypeTag:
                return Target();
            case BtfKind.Structure:
                return "struct " + NameOf(btf, id);
            case BtfKind.Union:
                return "union " + NameOf(btf, id);
            case BtfKind.Enumeration or BtfKind.Enumeration64:
                return "enum " + NameOf(btf, id);
            case BtfKind.Forward:
                return (btf.Flag(id) ? "union " : "struct ") + NameOf(btf, id);
            case BtfKind.Array:
                return $"{Name(btf, btf.Extra(id, 0), depth + 1)}[{btf.ArrayLength(id)}]";
            default:
                return NameOf(btf, id);
        }
    }

    private static string NameOf(Btf btf, int id) => btf.NameOffset(id) == 0 ? "{...}" : btf.Name(id);
}
