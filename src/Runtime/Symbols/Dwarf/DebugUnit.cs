namespace Ctrace.Runtime.Symbols.Dwarf;

/// <summary>A unit of .debug_info: what a compiler made of one source file. It reads its entries; what a broken file says is nonsense, and no exception.</summary>
internal sealed class DebugUnit
{
    private const int CompileUnit = 1, TypeUnit = 2, SkeletonUnit = 4, SplitUnit = 5, SplitTypeUnit = 6, IndirectForm = 0x16, ImplicitForm = 0x21;

    /// <summary>A kind of entry: its tag, and the attributes with their forms.</summary>
    private sealed record Abbreviation(DebugTag Tag, bool HasChildren, (DebugAttribute Attribute, int Form, long Constant)[] Attributes);

    private readonly DebugSections _sections;
    private readonly Dictionary<ulong, Abbreviation> _abbreviations;
    private readonly bool _isLarge;
    private readonly int _version, _addressSize;
    private readonly long _textOffsets;
    private long _addresses;

    private DebugUnit(DebugSections sections, int start, int first, int end, bool isLarge, int version, int addressSize, Dictionary<ulong, Abbreviation> abbreviations, long firstText)
    {
        (_sections, _isLarge, _version, _addressSize, _abbreviations) = (sections, isLarge, version, addressSize, abbreviations);
        (Start, First, End) = (start + sections.Base, first + sections.Base, end + sections.Base);
        // The unit's own entry says where its texts and addresses are listed, which it may use itself: they are asked for only afterwards. Before
        // version 5 (in files of split information) lists have no header.
        int header = version < 5 ? 0 : isLarge ? 16 : 8;
        (_textOffsets, _addresses) = (firstText + header, header);
        Own = Read(First);
        (_textOffsets, _addresses) = (Own?.Number(DebugAttribute.TextOffsets) ?? _textOffsets, Own?.Number(DebugAttribute.Addresses) ?? Own?.Number(DebugAttribute.OldAddresses) ?? _addresses);
        Own = Read(First);
    }

    /// <summary>Where it begins.</summary>
    public int Start { get; }

    /// <summary>Where its first entry is.</summary>
    public int First { get; }

    /// <summary>Where it ends.</summary>
    public int End { get; }

    /// <summary>Its first entry, which stands for the whole.</summary>
    public DebugEntry? Own { get; }

    /// <summary>What it has in common with the unit in another file that says the rest (or with the one here, seen from there); null where it is whole.</summary>
    public ulong? SplitId { get => field ?? (ulong?)Own?.Number(DebugAttribute.OldSplitId); private init; }

    /// <summary>The file that says the rest, as the compiler called it; null where it is whole.</summary>
    public string? SplitName => Own?.Text(DebugAttribute.SplitName) ?? Own?.Text(DebugAttribute.OldSplitName);

    /// <summary>Addresses are listed in the program; where, only the unit there knows.</summary>
    public void TakeAddresses(DebugUnit skeleton) => _addresses = skeleton._addresses;

    /// <summary>All units, in order.</summary>
    /// <param name="sections">What they are in.</param>
    /// <param name="package">Where several files were packed into one: what belongs to which unit; otherwise null.</param>
    public static List<DebugUnit> ReadAll(DebugSections sections, DebugPackage? package = null)
    {
        var units = new List<DebugUnit>();
        var known = new Dictionary<int, Dictionary<ulong, Abbreviation>>();
        for (int at = 0; at < sections.Info.Length;)
        {
            var reader = new DwarfReader(sections.Info, at);
            ulong length = reader.Word();
            bool isLarge = length == uint.MaxValue;
            if (isLarge)
                length = reader.Long();
            if (length == 0 || length > (ulong)(sections.Info.Length - reader.Position))
                break;
            bool isType = at >= sections.TypesStart;
            int end = reader.Position + (int)length, version = reader.Half(), kind = version >= 5 ? reader.Byte() : isType ? TypeUnit : CompileUnit, addressSize = version >= 5 ? reader.Byte() : 0;
            int abbreviations = (int)Math.Min(int.MaxValue, reader.Offset(isLarge));
            if (version < 5)
                addressSize = reader.Byte();
            var parts = (isType ? package?.FindType(at - sections.TypesStart) : package?.Find(at)) ?? default;
            abbreviations += parts.Abbreviations;
            ulong? split = null;
            if (kind is TypeUnit or SplitTypeUnit)
            {
                ulong signature = reader.Long();
                sections.SignedTypes[signature] = (int)Math.Min(int.MaxValue, (ulong)(sections.Base + at) + reader.Offset(isLarge));
            }
            else if (kind is SkeletonUnit or SplitUnit)
                split = reader.Long();
            if (version is >= 2 and <= 5 && addressSize is 4 or 8)
            {
                if (!known.TryGetValue(abbreviations, out var table))
                    known[abbreviations] = table = ReadAbbreviations(sections.Abbreviations, abbreviations);
                units.Add(new DebugUnit(sections, at, reader.Position, end, isLarge, version, addressSize, table, parts.TextOffsets) { SplitId = split });
            }

            at = end;
        }

        return units;
    }

    /// <summary>The entry at a place; null where none can be.</summary>
    public DebugEntry? Read(int place)
    {
        if (place < First || place >= End)
            return null;
        var reader = new DwarfReader(_sections.Info, place - _sections.Base);
        ulong number = reader.Unsigned();
        if (number == 0)
            return new DebugEntry(this, place, reader.Position + _sections.Base, DebugTag.End, false, new Dictionary<DebugAttribute, DebugValue>());
        if (!_abbreviations.TryGetValue(number, out var kind))
            return null;
        var values = new Dictionary<DebugAttribute, DebugValue>(kind.Attributes.Length);
        foreach (var (attribute, form, constant) in kind.Attributes)
            values[attribute] = form == ImplicitForm ? new DebugValue(DebugValueKind.Number, constant) : Value(ref reader, form);
        return new DebugEntry(this, place, reader.Position + _sections.Base, kind.Tag, kind.HasChildren, values);
    }

    private static Dictionary<ulong, Abbreviation> ReadAbbreviations(byte[] section, int place)
    {
        var table = new Dictionary<ulong, Abbreviation>();
        var reader = new DwarfReader(section, place);
        while (!reader.AtEnd && reader.Unsigned() is not 0 and var number)
        {
            var tag = (DebugTag)reader.Unsigned();
            bool hasChildren = reader.Byte() != 0;
            var attributes = new List<(DebugAttribute, int, long)>();
            while (!reader.AtEnd)
            {
                ulong attribute = reader.Unsigned(), form = reader.Unsigned();
                long constant = form == ImplicitForm ? reader.Signed() : 0;
                if (attribute == 0 && form == 0)
                    break;
                attributes.Add(((DebugAttribute)attribute, (int)form, constant));
            }

            table[number] = new Abbreviation(tag, hasChildren, [.. attributes]);
        }

        return table;
    }

    /// <summary>DW_FORM_ of the DWARF standard, versions 2 to 5, and GNU's.</summary>
    private DebugValue Value(ref DwarfReader reader, int form)
    {
        switch (form)
        {
            case 0x01:
                return new(DebugValueKind.Address, (long)reader.Fixed(_addressSize));
            case 0x0b or 0x05 or 0x06 or 0x07:
                return new(DebugValueKind.Number, (long)reader.Fixed(form == 0x0b ? 1 : form == 0x05 ? 2 : form == 0x06 ? 4 : 8));
            case 0x0c:
                return new(DebugValueKind.Number, reader.Byte());
            case 0x0d:
                return new(DebugValueKind.Number, reader.Signed());
            case 0x0f:
                return new(DebugValueKind.Number, (long)reader.Unsigned());
            case 0x17:
                return new(DebugValueKind.Number, (long)reader.Offset(_isLarge));
            case 0x19:
                return new(DebugValueKind.Number, 1);
            case 0x08:
                return new(DebugValueKind.Text, 0, reader.Text());
            case 0x0e:
                return Text(_sections.Texts, reader.Offset(_isLarge));
            case 0x1f:
                return Text(_sections.LineTexts, reader.Offset(_isLarge));
            case 0x1a or 0x1f02:
                return ListedText(reader.Unsigned());
            case >= 0x25 and <= 0x28:
                return ListedText(reader.Fixed(form - 0x24));
            case 0x1b or 0x1f01:
                return ListedAddress(reader.Unsigned());
            case >= 0x29 and <= 0x2c:
                return ListedAddress(reader.Fixed(form - 0x28));
            case >= 0x11 and <= 0x14:
                return new(DebugValueKind.Reference, Start + (long)reader.Fixed(1 << (form - 0x11)));
            case 0x15:
                return new(DebugValueKind.Reference, Start + (long)reader.Unsigned());
            case 0x10:
                // Version 2 had it as long as an address.
                return new(DebugValueKind.Reference, _sections.Base + (long)(_version == 2 ? reader.Fixed(_addressSize) : reader.Offset(_isLarge)));
            case 0x1f20 or 0x1c or 0x24:
                // In the file that several binaries share.
                long shared = (long)(form == 0x1c ? reader.Word() : form == 0x24 ? reader.Long() : reader.Offset(_isLarge));
                return _sections.Supplement is { } other ? new(DebugValueKind.Reference, other.Base + shared) : default;
            case 0x1f21 or 0x1d:
                ulong text = reader.Offset(_isLarge);
                return _sections.Supplement is { } texts ? Text(texts.Texts, text) : default;
            case 0x20:
                return _sections.SignedTypes.TryGetValue(reader.Long(), out int signed) ? new(DebugValueKind.Reference, signed) : default;
            case IndirectForm:
                return reader.Unsigned() is < 0x2000 and not IndirectForm and var inner ? Value(ref reader, (int)inner) : default;
        }

        // What nobody here asks for is left out; of an unknown form nobody knows how long it is, so that the rest is nonsense.
        reader.Skip(form switch
        {
            0x0a => reader.Byte(),
            0x03 => reader.Half(),
            0x04 => reader.Word(),
            0x09 or 0x18 => reader.Unsigned(),
            0x1e => 16,
            0x22 or 0x23 => reader.Unsigned() & 0,
            _ => 0,
        });
        return default;
    }

    private static DebugValue Text(byte[] section, ulong place) => new(DebugValueKind.Text, 0, new DwarfReader(section, (int)Math.Min(int.MaxValue, place)).Text());

    private DebugValue ListedText(ulong index)
    {
        int size = _isLarge ? 8 : 4;
        return Text(_sections.Texts, new DwarfReader(_sections.TextOffsets, (int)Math.Min(int.MaxValue, (ulong)_textOffsets + index * (ulong)size)).Fixed(size));
    }

    private DebugValue ListedAddress(ulong index) =>
        new(DebugValueKind.Address, (long)new DwarfReader(_sections.Addresses, (int)Math.Min(int.MaxValue, (ulong)_addresses + index * (ulong)_addressSize)).Fixed(_addressSize));
}
