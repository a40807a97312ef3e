namespace Ctrace.Runtime.Symbols;

/// <summary>Symbols of processes: which file an address belongs to says /proc/PID/maps, what is there says the file.</summary>
/// <param name="demangles">Whether functions get the names that their source has, and not their symbols.</param>
internal sealed class ProcessSymbols(bool demangles)
{
    private readonly Dictionary<int, List<Mapping>> _processes = [];
    private readonly Dictionary<(ulong Device, ulong Inode, string File), BinarySymbols?> _files = [];
    private readonly Dictionary<int, PerfMap?> _perfMaps = [];

    /// <summary>The symbol that an address is in.</summary>
    /// <returns>The name, or null; the distance from its start; the file, or null.</returns>
    public (string? Name, ulong Distance, string? File) Find(int process, ulong address)
    {
        if (!_processes.TryGetValue(process, out var maps))
            _processes[process] = maps = Mapping.ReadAll(process) ?? [];
        var mapping = Locate(maps, address);
        if (mapping is null && maps.Count > 0)
        {
            // The process may have loaded something since.
            var again = Mapping.ReadAll(process);
            if (again is not null)
                _processes[process] = again;
            mapping = Locate(again ?? [], address);
        }

        if (mapping is { IsFile: true } && Binary(process, mapping)?.Find(address - mapping.Start + mapping.Offset) is var (name, distance))
            return (name, distance, mapping.File);
        if (mapping?.File == Vdso.Name && Vdso.Symbols?.Find(address - mapping.Start) is var (kernels, within))
            return (kernels, within, Vdso.Name);
        // Code that a runtime made, or that it loaded in a form of its own (.NET's libraries).
        var perfMap = FindPerfMap(process);
        if (perfMap?.Find(address) is var (compiled, into))
            return (compiled, into, perfMap.Path);
        return (null, 0, mapping is { File: not "" } ? mapping.File : null);
    }

    private static Mapping? Locate(List<Mapping> maps, ulong address) => maps.Find(m => address >= m.Start && address < m.End);

    private BinarySymbols? Binary(int process, Mapping mapping)
    {
        var key = (mapping.Device, mapping.Inode, mapping.File);
        if (_files.TryGetValue(key, out var known))
            return known;
        return _files[key] = mapping.Open(process) is { } file && ElfFile.TryRead(mapping.File, ByteSource.Of(file.Handle)) is { } elf ? new BinarySymbols(elf, process, demangles) : null;
    }

    private PerfMap? FindPerfMap(int process)
    {
        if (!_perfMaps.TryGetValue(process, out var map))
            _perfMaps[process] = map = PerfMap.TryOpen(process);
        return map;
    }
}
