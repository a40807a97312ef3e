namespace Ctrace.Runtime.Kernel;

/// <summary>Finds structures' members.</summary>
internal static class BtfMembers
{
    /// <summary>Byte offset of a member; dots reach into members, and anonymous ones are looked through.</summary>
    /// <returns>The offset, or null where there is no such structure or member, or it is a bit-field.</returns>
    public static int? FindOffset(Btf btf, string structure, string path)
    {
        int type = btf.Find(structure, BtfKind.Structure);
        if (type == 0)
            type = btf.Find(structure, BtfKind.Union);
        if (type == 0)
            return null;
        int offset = 0;
        foreach (string name in path.Split('.'))
        {
            if (Find(btf, type, name) is not var (bits, member) || bits % 8 != 0)
                return null;
            offset += bits / 8;
            type = btf.Strip(member);
        }

        return offset;
    }

    private static (int Bits, int Type)? Find(Btf btf, int type, string name)
    {
        if (btf.Kind(type) is not (BtfKind.Structure or BtfKind.Union))
            return null;
        bool hasBitFields = btf.Flag(type);
        for (int i = 0; i < btf.MemberCount(type); i++)
        {
            int nameOffset = btf.Extra(type, i * 3), member = btf.Extra(type, (i * 3) + 1);
            int bits = btf.Extra(type, (i * 3) + 2);
            if (hasBitFields)
                bits &= 0xffffff;
            if (nameOffset == 0)
            {
                if (Find(btf, btf.Strip(member), name) is var (inner, innerType))
                    return (bits + inner, innerType);
            }
            else if (btf.Text(nameOffset) == name)
            {
                return (bits, member);
            }
        }

        return null;
    }
}
