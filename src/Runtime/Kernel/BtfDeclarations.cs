using System.Text;

namespace Ctrace.Runtime.Kernel;

/// <summary>Structures, unions and enumerations as C declares them.</summary>
internal static class BtfDeclarations
{
    private const int MaxDepth = 32;

    /// <summary>The types that have a name and a declaration.</summary>
    public static IEnumerable<(int Id, string Name)> Names(Btf btf)
    {
        for (int id = btf.Own.First; id < btf.Own.End; id++)
            if (IsDeclared(btf.Kind(id)) && btf.NameOffset(id) != 0)
                yield return (id, BtfTypeNames.Name(btf, id));
    }

    /// <summary>A type's declaration, with its members, without the last semicolon.</summary>
    public static string Declare(Btf btf, int id)
    {
        var text = new StringBuilder();
        Append(text, btf, id, 0);
        return text.ToString();
    }

    private static bool IsDeclared(BtfKind kind) => kind is BtfKind.Structure or BtfKind.Union or BtfKind.Enumeration or BtfKind.Enumeration64;

    private static void Append(StringBuilder text, Btf btf, int id, int depth)
    {
        bool isNamed = btf.NameOffset(id) != 0, isEnumeration = btf.Kind(id) is BtfKind.Enumeration or BtfKind.Enumeration64;
        string keyword = isEnumeration ? "enum" : btf.Kind(id) == BtfKind.Union ? "union" : "struct";
        text.Append(keyword).Append(isNamed ? " " + btf.Name(id) : "").Append(" {\n");
        string indent = new('\t', depth + 1);
        for (int i = 0; i < btf.MemberCount(id); i++)
        {
            text.Append(indent);
            if (isEnumeration)
                AppendEnumerator(text, btf, id, i);
            else
                AppendMember(text, btf, id, i, depth);
            text.Append('\n');
        }

        text.Append(indent.AsSpan(1)).Append('}');
    }

    private static void AppendEnumerator(StringBuilder text, Btf btf, int id, int index)
    {
        bool isWide = btf.Kind(id) == BtfKind.Enumeration64;
        int start = index * (isWide ? 3 : 2), low = btf.Extra(id, start + 1);
        ulong wide = isWide ? (uint)low | (ulong)(uint)btf.Extra(id, start + 2) << 32 : 0;
        text.Append(btf.Text(btf.Extra(id, start))).Append(" = ");
        _ = (isWide, btf.Flag(id)) switch
        {
            (true, true) => text.Append((long)wide),
            (true, false) => text.Append(wide),
            (false, true) => text.Append(low),
            _ => text.Append((uint)low),
        };
        text.Append(',');
    }

    private static void AppendMember(StringBuilder text, Btf btf, int id, int index, int depth)
    {
        int name = btf.Extra(id, index * 3), type = btf.Extra(id, (index * 3) + 1), bits = btf.Flag(id) ? btf.Extra(id, (index * 3) + 2) >> 24 & 0xff : 0;
        AppendDeclaration(text, btf, type, name == 0 ? "" : btf.Text(name), depth + 1);
        if (bits > 0)
            text.Append(": ").Append(bits);
        text.Append(';');
    }

    /// <summary>C writes the name in the middle of its type: <c>int (*name[4])(char *)</c>.</summary>
    private static void AppendDeclaration(StringBuilder text, Btf btf, int type, string name, int depth)
    {
        string inner = name;
        for (int step = 0; step < MaxDepth; step++)
        {
            switch (btf.Kind(type))
            {
                case BtfKind.Pointer:
                    inner = "*" + inner;
                    break;
                case BtfKind.Array:
                    inner = (inner.StartsWith('*') ? $"({inner})" : inner) + $"[{btf.ArrayLength(type)}]";
                    type = btf.Extra(type, 0);
                    continue;
                case BtfKind.Prototype:
                    inner = (inner.StartsWith('*') ? $"({inner})" : inner) + Parameters(btf, type, depth);
                    break;
                // Behind a pointer's star stands the qualifier of the pointer itself.
                case BtfKind.Const when btf.Kind(btf.Target(type)) == BtfKind.Pointer:
                    inner = inner.Length > 0 ? "const " + inner : "const";
                    break;
                case BtfKind.TypeTag or BtfKind.Restrict:
                    break;
                case BtfKind.Const:
                    text.Append("const ");
                    break;
                case BtfKind.Volatile:
                    text.Append("volatile ");
                    break;
                default:
                    if (IsDeclared(btf.Kind(type)) && btf.NameOffset(type) == 0 && depth < MaxDepth)
                        Append(text, btf, type, depth);
                    else
                        text.Append(BtfTypeNames.Name(btf, type));
                    text.Append(inner.Length > 0 ? " " + inner : "");
                    return;
            }

            type = btf.Target(type);
        }
    }

    private static string Parameters(Btf btf, int prototype, int depth)
    {
        var parameters = Enumerable.Range(0, btf.MemberCount(prototype)).Select(i => btf.Extra(prototype, (i * 2) + 1)).Select(type =>
        {
            var text = new StringBuilder();
            if (type == 0 || depth >= MaxDepth)
                text.Append("...");
            else
                AppendDeclaration(text, btf, type, "", depth + 1);
            return text.ToString();
        }).ToList();
        return $"({(parameters.Count == 0 ? "void" : string.Join(", ", parameters))})";
    }
}
