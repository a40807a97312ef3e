namespace Ctrace.Runtime.Symbols.Dwarf;

/// <summary>
/// The indices of a package of split debug information (.dwp): which parts of the other sections belong to which unit of .debug_info.dwo
/// (DWARF 5, section 7.3.5; GNU's extension of version 4 differs in its header only).
/// </summary>
internal sealed class DebugPackage
{
    private const int InfoSection = 1, AbbreviationSection = 3, TextOffsetSection = 6;
    private const int MostSections = 16, MostUnits = 1 << 24;

    private readonly Dictionary<long, (int Abbreviations, int TextOffsets)> _parts = [];

    private DebugPackage(ElfFile file)
    {
        Read(DebugSections.Section(file, ".debug_cu_index"));
        Read(DebugSections.Section(file, ".debug_tu_index"));
    }

    /// <summary>A file's; null where it is no package.</summary>
    public static DebugPackage? TryRead(ElfFile file) => file.Find(".debug_cu_index") is null ? null : new DebugPackage(file);

    /// <summary>Where the parts of the unit at a place begin.</summary>
    public (int Abbreviations, int TextOffsets) Find(int place) => _parts.GetValueOrDefault(place);

    private void Read(byte[] index)
    {
        // Version 5 is two bytes and padding, version 2 four bytes. Then: columns, units, slots of the hash table.
        var reader = new DwarfReader(index, 4);
        int columns = (int)Math.Min(reader.Word(), MostSections), units = (int)Math.Min(reader.Word(), MostUnits);
        uint slots = reader.Word();
        // Each slot is a signature, and then the number of a row.
        reader.Skip(slots * 12UL);
        var sections = new int[columns];
        for (int i = 0; i < columns; i++)
            sections[i] = (int)reader.Word();
        for (int unit = 0; unit < units && !reader.AtEnd; unit++)
        {
            long place = -1;
            int abbreviations = 0, textOffsets = 0;
            foreach (int section in sections)
            {
                int start = (int)Math.Min(int.MaxValue, reader.Word());
                if (section == InfoSection)
                    place = start;
                else if (section == AbbreviationSection)
                    abbreviations = start;
                else if (section == TextOffsetSection)
                    textOffsets = start;
            }

            if (place >= 0)
                _parts[place] = (abbreviations, textOffsets);
        }
    }
}
