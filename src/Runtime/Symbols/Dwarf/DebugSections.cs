namespace Ctrace.Runtime.Symbols.Dwarf;

/// <summary>The sections that .debug_info refers to.</summary>
internal sealed record DebugSections(byte[] Info, byte[] Abbreviations, byte[] Texts, byte[] LineTexts, byte[] TextOffsets, byte[] Addresses)
{
    /// <summary>What is larger would take many seconds, and as much memory.</summary>
    private const long LargestSection = 512L << 20;

    /// <summary>Where types are that stand in units of their own, by their signatures.</summary>
    public Dictionary<ulong, int> SignedTypes { get; } = [];

    /// <summary>Where in <see cref="Info"/> the units of types begin that version 4 keeps in a section of their own (.debug_types).</summary>
    public required int TypesStart { get; init; }

    /// <summary>What is added to places in it: entries of several files, one behind the other, have different places.</summary>
    public int Base { get; init; }

    /// <summary>Where the places after it begin.</summary>
    public long End => (long)Base + Info.Length;

    /// <summary>The file in which several binaries keep what they have in common (made by dwz); null for none.</summary>
    public DebugSections? Supplement { get; init; }

    /// <summary>A file's sections; null where it has none, or too much.</summary>
    /// <param name="file">The file.</param>
    /// <param name="start">The first place that is free.</param>
    public static DebugSections? Read(ElfFile file, long start = 0) => Make(file, "", start, Section(file, ".debug_addr"));

    /// <summary>The sections of a file with what was split off a binary.</summary>
    /// <param name="file">The file.</param>
    /// <param name="start">The first place that is free.</param>
    /// <param name="addresses">The binary's .debug_addr.</param>
    public static DebugSections? ReadSplit(ElfFile file, long start, byte[] addresses) => Make(file, ".dwo", start, addresses);

    /// <summary>A section's content; empty where there is none.</summary>
    public static byte[] Section(ElfFile file, string name) => file.Find(name) is { Size: <= LargestSection } section ? file.Uncompressed(section) : [];

    /// <summary>Each type of its own unit has a section of its own in a file that was not linked.</summary>
    private static byte[] Together(ElfFile file, string name) =>
        file.FindAll(name).ToList() is [_, _, ..] several && several.Sum(s => s.Size) <= LargestSection ? [.. several.SelectMany(file.Uncompressed)] : Section(file, name);

    private static DebugSections? Make(ElfFile file, string end, long start, byte[] addresses) =>
        Together(file, ".debug_info" + end) is { Length: > 0 } info && Together(file, ".debug_types" + end) is var types
        && Section(file, ".debug_abbrev" + end) is { Length: > 0 } abbreviations && start + info.Length + types.Length <= int.MaxValue
            ? new DebugSections(types.Length == 0 ? info : [.. info, .. types], abbreviations, Section(file, ".debug_str" + end), Section(file, ".debug_line_str" + end), Section(file, ".debug_str_offsets" + end), addresses) { Base = (int)start, TypesStart = info.Length }
            : null;
}
