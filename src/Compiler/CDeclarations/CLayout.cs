using System.Collections.Immutable;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.CDeclarations;

/// <summary>Lays a structure out as the System V ABI of x86-64 and arm64 does.</summary>
internal sealed class CLayout(bool isUnion)
{
    private readonly List<(string Name, TraceType Type, int Bits)> _members = [];

    /// <summary>Adds a member.</summary>
    /// <param name="name">Its name, or an empty text.</param>
    /// <param name="type">Its type.</param>
    /// <param name="bits">A bit-field's width; -1 for other members.</param>
    public void Add(string name, TraceType type, int bits) => _members.Add((name, type, bits));

    /// <summary>The structure.</summary>
    public StructureType Finish(string name, bool packed)
    {
        var members = ImmutableArray.CreateBuilder<StructureMember>();
        int position = 0, size = 0, alignment = 1;
        foreach (var (member, type, bits) in _members)
        {
            int natural = packed ? 1 : Math.Max(1, type.Alignment), unit = Math.Max(1, type.Size) * 8;
            if (isUnion)
                position = 0;
            // A bit-field goes on where the last one ended, unless it would reach over its type's boundary; a width of 0 ends a unit.
            if (bits < 0 || bits == 0 || !packed && position / unit != (position + bits - 1) / unit)
                position = TupleType.Align(position, (bits == 0 ? unit / 8 : natural) * 8);
            if (bits != 0 && (bits < 0 || member.Length > 0))
                members.Add(StructureMember.At(member, type, position, Math.Max(0, bits)));
            if (bits != 0)
                alignment = Math.Max(alignment, natural);
            position += bits < 0 ? type.Size * 8 : bits;
            size = Math.Max(size, (position + 7) / 8);
        }

        var all = members.ToImmutable();
        return new StructureType(name, TupleType.Align(size, alignment), alignment) { Load = () => all };
    }
}
