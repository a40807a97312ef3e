namespace Ctrace.Runtime.Symbols.Dwarf;

/// <summary>
/// The indices of a package of split debug information (.dwp): which parts of the other sections belong to which unit of .debug_info.dwo
/// (DWARF 5, section 7.3.5; GNU's extension of version 4 differs in its header only).
/// </summary>
internal sealed class DebugPackage
{
    private const int InfoSection = 1, TypeSection = 2, AbbreviationSection = 3, TextOffsetSection = 6;
    private const int MostSections = 16, MostUnits = 1 << 24;

    private readonly Dictionary<(int Section, int Place), (int Abbreviations, int TextOffsets)> _parts = [];

    private DebugPackage(ElfFile file)
    {
        Read(DebugSections.Section(file, ".debug_cu_index"));
        Read(DebugSections.Section(file, ".debug_tu_index"));
    }

    /// <summary>A file's; null where it is no package.</summary>
    public static DebugPackage? TryRead(ElfFile file) => file.Find(".debug_cu_index") is null ? null : new DebugPackage(file);

    /// <summary>Where the parts of the unit at a place begin.</summary>
    /// <param name="place">Where it is in .debug_info.dwo.</param>
    public (int Abbreviations, int TextOffsets) Find(int place) => _parts.GetValueOrDefault((InfoSection, place));

    /// <summary>The same of a unit in .debug_types.dwo, which only version 4 has.</summary>
    /// <param name="place">Where it is in that section.</param>
    public (int Abbreviations, int TextOffsets) FindType(int place) => _parts.GetValueOrDefault((TypeSection, place));

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
            (int, int)? place = null;
            int abbreviations = 0, textOffsets = 0;
            foreach (int section in sections)
            {
                int start = (int)Math.Min(int.MaxValue, reader.Word());
                if (section is InfoSection or TypeSection)
                    place = (section, start);
                else if (section == AbbreviationSection)
                    abbreviations = start;
                else if (section == TextOffsetSection)
                    textOffsets = start;
            }

            if (place is { } at)
                _parts[at] = (abbreviations, textOffsets);
        }
    }
}
