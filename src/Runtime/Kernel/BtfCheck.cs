using System.Runtime.InteropServices;

namespace Ctrace.Runtime.Kernel;

/// <summary>Looks at type information that somebody else's file holds: the kernel's own needs no such look.</summary>
internal static class BtfCheck
{
    private const int HeaderLength = 24, TypeLength = 12;

    /// <summary>Whether all its parts, names and references lie within it, or within the kernel's that a module's adds to.</summary>
    /// <param name="data">The information.</param>
    /// <param name="firstType">The first id that is its own: 1, or for a module the number of the kernel's.</param>
    /// <param name="firstString">The same for its strings: 0, or the length of the kernel's.</param>
    public static bool IsSound(ReadOnlySpan<byte> data, uint firstType = 1, uint firstString = 0)
    {
        var header = MemoryMarshal.Cast<byte, int>(data[..HeaderLength]);
        if (data[2] != 1 || header[1] is < HeaderLength or > 1024)
            return false;
        if (Section(data, (uint)header[1] + (ulong)(uint)header[2], (uint)header[3]) is not { } typesEnd || Section(data, (uint)header[1] + (ulong)(uint)header[4], (uint)header[5]) is not { } stringsEnd)
            return false;
        var types = data[(header[1] + header[2])..typesEnd];
        var strings = data[(header[1] + header[4])..stringsEnd];
        // A module's strings begin with one, the kernel's with an empty one.
        if (types.Length % 4 != 0 || (firstString == 0 ? strings.IsEmpty || strings[0] != 0 : strings.IsEmpty) || strings[^1] != 0)
            return false;
        var words = MemoryMarshal.Cast<byte, uint>(types);
        return Count(words, firstType) is { } count && AreSound(words, firstType, count, firstString + (uint)strings.Length);
    }

    private static int? Section(ReadOnlySpan<byte> data, ulong start, ulong length) => start + length <= (ulong)data.Length ? (int)(start + length) : null;

    /// <summary>Number of types with <c>void</c>; null where the last is cut off, or there is a kind that came later than this was written.</summary>
    private static uint? Count(ReadOnlySpan<uint> words, uint first)
    {
        uint count = first;
        for (int at = 0; at < words.Length; count++)
        {
            var (kind, members) = Kind(words, at);
            if (kind is BtfKind.Void or > BtfKind.Enumeration64 || at + Length(kind, members) > words.Length)
                return null;
            at += Length(kind, members);
        }

        return count;
    }

    private static bool AreSound(ReadOnlySpan<uint> words, uint first, uint count, uint strings)
    {
        uint id = first;
        for (int at = 0; at < words.Length; id++)
        {
            var (kind, members) = Kind(words, at);
            if (words[at] >= strings)
                return false;
            bool refersOn = kind is BtfKind.Pointer or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.Function or BtfKind.Prototype
                or BtfKind.Variable or BtfKind.DeclarationTag or BtfKind.TypeTag;
            // A name for itself would be followed for ever.
            if (refersOn && (words[at + 2] >= count || words[at + 2] == id))
                return false;
            var rest = words.Slice(at + (TypeLength / 4), Length(kind, members) - (TypeLength / 4));
            if (!AreMembersSound(kind, members, rest, count, strings))
                return false;
            at += Length(kind, members);
        }

        return true;
    }

    private static bool AreMembersSound(BtfKind kind, int members, ReadOnlySpan<uint> rest, uint count, uint strings)
    {
        if (kind == BtfKind.Array)
            return rest[0] < count && rest[1] < count;
        var (size, hasName, type) = kind switch
        {
            BtfKind.Structure or BtfKind.Union => (3, true, 1),
            BtfKind.Enumeration => (2, true, -1),
            BtfKind.Enumeration64 => (3, true, -1),
            BtfKind.Prototype => (2, true, 1),
            BtfKind.DataSection => (3, false, 0),
            _ => (0, false, -1),
        };
        for (int i = 0; size > 0 && i < members; i++)
            if (hasName && rest[i * size] >= strings || type >= 0 && rest[(i * size) + type] >= count)
                return false;
        return true;
    }

    private static (BtfKind Kind, int Members) Kind(ReadOnlySpan<uint> words, int at) =>
        at + 2 < words.Length ? ((BtfKind)(words[at + 1] >> 24 & 0x1f), (int)(words[at + 1] & 0xffff)) : (BtfKind.Void, 0);

    /// <summary>In words of 4 bytes.</summary>
    private static int Length(BtfKind kind, int members) => (TypeLength + Btf.ExtraBytes(kind, members)) / 4;
}
