using System.Globalization;

namespace Ctrace.Runtime.Symbols;

/// <summary>Symbols of processes: which file an address belongs to says /proc/PID/maps, what is there says the file.</summary>
internal sealed class ProcessSymbols
{
    private readonly Dictionary<int, List<Mapping>> _processes = [];
    private readonly Dictionary<string, (ElfFile File, SymbolTable Table)?> _files = [];

    /// <summary>The symbol that an address is in.</summary>
    /// <returns>The name, or null; the distance from its start; the file, or null.</returns>
    public (string? Name, ulong Distance, string? File) Find(int process, ulong address)
    {
        if (!_processes.TryGetValue(process, out var maps))
            _processes[process] = maps = ReadMaps(process);
        var mapping = Locate(maps, address);
        if (mapping is null && maps.Count > 0)
        {
            // The process may have loaded something since.
            var again = ReadMaps(process);
            if (again.Count > 0)
                _processes[process] = again;
            mapping = Locate(again, address);
        }

        if (mapping is null)
            return (null, 0, null);
        if (!_files.TryGetValue(mapping.File, out var known))
            _files[mapping.File] = known = Open(process, mapping.File);
        return known?.Table.Find(address - mapping.Start + mapping.Offset) is var (name, distance) ? (name, distance, mapping.File) : (null, 0, mapping.File);
    }

    private static Mapping? Locate(List<Mapping> maps, ulong address) => maps.Find(m => address >= m.Start && address < m.End);

    /// <summary>By way of the process's own root: it may be in a container.</summary>
    private static (ElfFile, SymbolTable)? Open(int process, string file)
    {
        var elf = ElfFile.TryOpen($"/proc/{process}/root{file}") ?? ElfFile.TryOpen(file);
        return elf is null ? null : (elf, new SymbolTable(elf.Functions.Select(f => ((ulong)f.FileOffset, f.Name, (ulong)f.Size))));
    }

    private static List<Mapping> ReadMaps(int process)
    {
        var maps = new List<Mapping>();
        try
        {
            foreach (string line in File.ReadLines($"/proc/{process}/maps"))
            {
                // 7f12-7f34 r-xp 00026000 08:01 123 /usr/lib/libc.so.6
                string[] parts = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
                if (parts.Length == 6 && parts[1].Contains('x') && parts[5].StartsWith('/') && parts[0].Split('-') is [var start, var end])
                    maps.Add(new Mapping(Hex(start), Hex(end), Hex(parts[2]), parts[5].Replace(" (deleted)", "")));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended: its addresses are shown as numbers.
        }

        return maps;
    }

    private static ulong Hex(string text) => ulong.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong value) ? value : 0;

    private sealed record Mapping(ulong Start, ulong End, ulong Offset, string File);
}
