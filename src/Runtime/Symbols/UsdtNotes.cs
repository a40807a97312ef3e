using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Compiler.Targets;

namespace Ctrace.Runtime.Symbols;

/// <summary>Static probes: notes that the macros of <c>sys/sdt.h</c> leave in a binary (.note.stapsdt).</summary>
internal static class UsdtNotes
{
    private const int StapType = 3, HeaderSize = 12;

    /// <summary>Reads all.</summary>
    public static List<UsdtProbe> Read(ElfFile elf)
    {
        var probes = new List<UsdtProbe>();
        var bytes = elf.ReadNotes(".note.stapsdt").AsSpan();
        long link = elf.AddressOf(".stapsdt.base");
        while (bytes.Length >= HeaderSize)
        {
            int nameSize = MemoryMarshal.Read<int>(bytes), size = MemoryMarshal.Read<int>(bytes[4..]), type = MemoryMarshal.Read<int>(bytes[8..]);
            if (nameSize < 0 || size < 0 || HeaderSize + (long)Align(nameSize) + size > bytes.Length)
                break;
            var content = bytes.Slice(HeaderSize + Align(nameSize), size);
            if (type == StapType && bytes.Slice(HeaderSize, nameSize).SequenceEqual("stapsdt\0"u8) && size > 24 && Probe(elf, content, link) is { } probe)
                probes.Add(probe);
            bytes = bytes[Math.Min(bytes.Length, HeaderSize + Align(nameSize) + Align(size))..];
        }

        return probes;
    }

    private static UsdtProbe? Probe(ElfFile elf, ReadOnlySpan<byte> note, long link)
    {
        long address = MemoryMarshal.Read<long>(note), noted = MemoryMarshal.Read<long>(note[8..]), semaphore = MemoryMarshal.Read<long>(note[16..]);
        // The linker may have moved things after the note was written (prelink): by as much as the base moved.
        long moved = link == 0 ? 0 : link - noted;
        string[] texts = Encoding.UTF8.GetString(note[24..]).Split('\0');
        if (texts.Length < 3 || elf.FindOffset(address + moved) is not { } offset)
            return null;
        return new UsdtProbe(texts[0], texts[1], offset, semaphore == 0 ? 0 : elf.FindOffset(semaphore + moved) ?? 0, texts[2]);
    }

    private static int Align(int size) => (size + 3) & ~3;
}
