namespace Ctrace.Runtime.Symbols.Dwarf;

/// <summary>An entry of .debug_info: a function, a parameter, a type.</summary>
/// <param name="Unit">Its unit.</param>
/// <param name="Place">Where it begins.</param>
/// <param name="End">Where the next entry begins: its first child, where it has children.</param>
/// <param name="Tag">What it is; 0 for the end of a list of children.</param>
/// <param name="HasChildren">Whether entries follow that belong to it.</param>
/// <param name="Values">What is said of it, by attribute.</param>
internal sealed record DebugEntry(DebugUnit Unit, int Place, int End, DebugTag Tag, bool HasChildren, IReadOnlyDictionary<DebugAttribute, DebugValue> Values)
{
    /// <summary>A number, or null where it is not said.</summary>
    public long? Number(DebugAttribute attribute) => Values.TryGetValue(attribute, out var value) && value.Kind is DebugValueKind.Number or DebugValueKind.Address ? value.Number : null;

    /// <summary>The place of another entry, or null.</summary>
    public int? Reference(DebugAttribute attribute) => Values.TryGetValue(attribute, out var value) && value.Kind == DebugValueKind.Reference && value.Number is >= 0 and <= int.MaxValue ? (int)value.Number : null;

    /// <summary>A text, or null where it is not said.</summary>
    public string? Text(DebugAttribute attribute) => Values.TryGetValue(attribute, out var value) ? value.Text : null;

    /// <summary>Its name; empty where it has none.</summary>
    public string Name => Text(DebugAttribute.Name) ?? "";
}

/// <summary>What is said of an entry.</summary>
/// <param name="Kind">How to read it.</param>
/// <param name="Number">The number, the address, or the place of an entry.</param>
/// <param name="Text">The text.</param>
internal readonly record struct DebugValue(DebugValueKind Kind, long Number, string? Text = null);

/// <summary>How a value is to be read.</summary>
internal enum DebugValueKind : byte
{
    /// <summary>In a form that nobody here asks for, or in another file.</summary>
    Other,

    /// <summary>A number.</summary>
    Number,

    /// <summary>An address.</summary>
    Address,

    /// <summary>The place of an entry in .debug_info.</summary>
    Reference,

    /// <summary>A text.</summary>
    Text,
}

#pragma warning disable CS1591 // DW_TAG_ and DW_AT_ of the DWARF standard.
internal enum DebugTag : ushort
{
    End = 0, Array = 1, Class = 2, Enumeration = 4, Parameter = 5, Member = 0xd, Pointer = 0xf, Reference = 0x10, CompileUnit = 0x11, Structure = 0x13, SubroutineType = 0x15, Typedef = 0x16,
    Union = 0x17, MoreParameters = 0x18, Inheritance = 0x1c, Subrange = 0x21, BaseType = 0x24, Const = 0x26, Enumerator = 0x28, Function = 0x2e, Volatile = 0x35, Restrict = 0x37,
    RvalueReference = 0x42, Atomic = 0x47, PartialUnit = 0x3c,
}

internal enum DebugAttribute : ushort
{
    Name = 0x03, ByteSize = 0x0b, BitOffset = 0x0c, BitSize = 0x0d, LowAddress = 0x11, Folder = 0x1b, ConstantValue = 0x1c, UpperBound = 0x2f, AbstractOrigin = 0x31, CallingConvention = 0x36, Count = 0x37,
    MemberLocation = 0x38, Declaration = 0x3c, Encoding = 0x3e, Specification = 0x47, Type = 0x49, Signature = 0x69, DataBitOffset = 0x6b, TextOffsets = 0x72, Addresses = 0x73,
    SplitName = 0x76, OldSplitName = 0x2130, OldSplitId = 0x2131, OldAddresses = 0x2133,
}
#pragma warning restore CS1591
