using Ctrace.Runtime.Dotnet;
using Ctrace.Runtime.Symbols.History;

namespace Ctrace.Runtime.Symbols;

/// <summary>
/// Symbols of processes: which file an address belongs to says /proc/PID/maps, or what was remembered of the process; what is there says
/// the file.
/// </summary>
/// <param name="demangles">Whether functions get the names that their source has, and not their symbols.</param>
/// <param name="findsLines">Whether lines of the source are looked for.</param>
internal sealed class ProcessSymbols(bool demangles, bool findsLines)
{
    private readonly RecentCache<int, List<Mapping>> _processes = new(MostProcesses);
    private readonly RecentCache<(ulong Device, ulong Inode, string File), BinarySymbols?> _files = new(MostFiles);
    private readonly RecentCache<int, PerfMap?> _perfMaps = new(MostProcesses, m => m?.Close());
    private readonly RecentCache<int, (PrecompiledMethods? Methods, long Read)> _precompiled = new(MostPrecompiled);
    private readonly List<PerfMapRequest> _runtimes = [];
    private bool _isReleased;

    /// <summary>What is looked up is kept of as many; a program's precompiled methods take the most memory.</summary>
    private const int MostProcesses = 512, MostFiles = 512, MostPrecompiled = 8;

    private const int SameMilliseconds = 20, AgainMilliseconds = 5000;

    private int _lastProcess;
    private long _lastAsked;
    private ProcessImage[] _lastImages = [];
    private ulong[] _lastStack = [];
    private int[]? _lastKnown;

    /// <summary>What is remembered of processes; null where nobody does.</summary>
    public ProcessHistory? History { get; set; }

    /// <summary>The symbol that an address is in.</summary>
    /// <param name="process">The process.</param>
    /// <param name="address">The address.</param>
    /// <param name="stack">The addresses that it was seen with: a process may have run several programs, and they tell which one it was.</param>
    /// <returns>The name, or null; the distance from its start; the file, or null.</returns>
    public (string? Name, ulong Distance, string? File) Find(int process, ulong address, ReadOnlySpan<ulong> stack)
    {
        var mapping = Place(process, address, stack);
        if (mapping is { IsFile: true } && Binary(process, mapping)?.Find(address - mapping.Start + mapping.Offset) is var (name, distance))
            return (name, distance, mapping.File);
        if (mapping?.File == Vdso.Name && Vdso.Symbols?.Find(address - mapping.Start) is var (kernels, within))
            return (kernels, within, Vdso.Name);
        if (mapping is { IsFile: true } && mapping.File.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) && FindPrecompiled(process, address, mapping.File) is var (precompiled, inside))
            return (precompiled, inside, mapping.File);
        // Code that a runtime made.
        var perfMap = FindPerfMap(process);
        if (perfMap?.Find(address) is var (compiled, into))
            return (compiled, into, perfMap.Path);
        return (null, 0, mapping is { File: not "" } ? mapping.File : null);
    }

    /// <summary>The build id of the binary that an address is in, and the place in its file; null where it is in none, or that has no number.</summary>
    public (string BuildId, ulong Offset)? FindPlace(int process, ulong address, ReadOnlySpan<ulong> stack)
    {
        var mapping = Place(process, address, stack);
        var binary = mapping is { IsFile: true } ? Binary(process, mapping) : mapping?.File == Vdso.Name ? Vdso.Symbols : null;
        return binary?.BuildId is { Length: > 0 } id ? (id, address - mapping!.Start + mapping.Offset) : null;
    }

    /// <summary>The line of the source that an address belongs to; null where that is not known.</summary>
    public (string File, int Line)? FindLine(int process, ulong address, ReadOnlySpan<ulong> stack)
    {
        var mapping = Place(process, address, stack);
        return mapping is { IsFile: true } ? Binary(process, mapping)?.FindLine(address - mapping.Start + mapping.Offset) : null;
    }

    /// <summary>The mapping that an address is in: as it is remembered, or else as it is now.</summary>
    private Mapping? Place(int process, ulong address, ReadOnlySpan<ulong> stack) => Remembered(process, address, stack, out bool isAmbiguous) ?? (isAmbiguous ? null : Mapped(process, address));

    /// <summary>The mapping among those that are remembered; null where none is, or several may be meant: no name is better than a wrong one.</summary>
    private Mapping? Remembered(int process, ulong address, ReadOnlySpan<ulong> stack, out bool isAmbiguous)
    {
        isAmbiguous = false;
        if (History is null)
            return null;
        var images = Images(process, stack);
        if (images.Length == 0)
            return null;
        if (images.Length == 1)
            return images[0].Find(address);
        // Of the programs that the process has run, the one that knows the most of the stack. Addresses are chosen at random for each, but those of
        // programs that are linked for fixed ones may be the same. What only was a copy of its parent is then less likely.
        Mapping? best = null;
        (int Known, bool IsProgram) most = (-1, false);
        int[] known = _lastKnown ??= Known(images, stack);
        for (int i = 0; i < images.Length; i++)
        {
            var mapping = images[i].Find(address);
            var rank = (known[i] + (mapping is null ? 0 : 1), images[i].IsProgram);
            int order = rank.CompareTo(most);
            if (order > 0)
                (best, most, isAmbiguous) = (mapping, rank, false);
            else if (order == 0 && mapping is not null && best is not null)
                isAmbiguous |= (mapping.Device, mapping.Inode, mapping.Start - mapping.Offset) != (best.Device, best.Inode, best.Start - best.Offset);
        }

        return isAmbiguous ? null : best;
    }

    /// <summary>The programs that a process has run. The addresses of a stack are asked for one after the other.</summary>
    private ProcessImage[] Images(int process, ReadOnlySpan<ulong> stack)
    {
        long now = Environment.TickCount64;
        if (process != _lastProcess || now - _lastAsked > SameMilliseconds || stack.IsEmpty || !stack.SequenceEqual(_lastStack))
            (_lastProcess, _lastAsked, _lastStack, _lastImages, _lastKnown) = (process, now, stack.ToArray(), History!.Images(process), null);
        return _lastImages;
    }

    /// <summary>How many of a stack's addresses each program knows.</summary>
    private static int[] Known(ProcessImage[] images, ReadOnlySpan<ulong> stack)
    {
        int[] known = new int[images.Length];
        for (int i = 0; i < images.Length; i++)
            foreach (ulong address in stack)
                known[i] += images[i].Has(address) ? 1 : 0;
        return known;
    }

    private Mapping? Mapped(int process, ulong address)
    {
        if (!_processes.TryGet(process, out var maps))
            maps = _processes.Set(process, Mapping.ReadAll(process) ?? []);
        var mapping = Locate(maps, address);
        if (mapping is not null || maps.Count == 0)
            return mapping;
        // The process may have loaded something since.
        var again = Mapping.ReadAll(process);
        if (again is not null)
            _processes.Set(process, again);
        return Locate(again ?? [], address);
    }

    private static Mapping? Locate(List<Mapping> maps, ulong address) => maps.Find(m => address >= m.Start && address < m.End);

    private BinarySymbols? Binary(int process, Mapping mapping)
    {
        var key = (mapping.Device, mapping.Inode, mapping.File);
        if (_files.TryGet(key, out var known))
            return known;
        return _files.Set(key, Open(process, mapping) is var (file, through) && ElfFile.TryRead(mapping.File, ByteSource.Of(file.Handle)) is { } elf ? new BinarySymbols(elf, through, demangles, findsLines) : null);
    }

    /// <summary>A mapping's file, and the process through which it was found: the process itself, or one that it came from.</summary>
    private (Sys.OpenFile File, int Process)? Open(int process, Mapping mapping)
    {
        foreach (int candidate in (IEnumerable<int>)[process, .. History?.Ancestors(process) ?? []])
            if (mapping.Open(candidate) is { } file)
                return (file, candidate);
        return null;
    }

    /// <summary>Has a process that compiles its code while it runs tell us the names of what it compiles from here on.</summary>
    public void Prepare(int process) => FindPerfMap(process);

    /// <summary>Has those processes stop that write their perf maps for us.</summary>
    public void Release()
    {
        _isReleased = true;
        foreach (var runtime in _runtimes)
            runtime.Stop();
        _runtimes.Clear();
    }

    private (string Name, ulong Distance)? FindPrecompiled(int process, ulong address, string file)
    {
        long now = Environment.TickCount64;
        _ = _precompiled.TryGet(process, out var last);
        var (known, read) = last;
        if (known?.Find(address, file) is { } found)
            return found;
        // It may have been used for the first time since.
        if (_isReleased || (read != 0 && now - read < AgainMilliseconds))
            return null;
        known = PrecompiledMethods.TryRead(process) ?? known;
        _precompiled.Set(process, (known, Environment.TickCount64));
        return known?.Find(address, file);
    }

    private PerfMap? FindPerfMap(int process)
    {
        if (_perfMaps.TryGet(process, out var map))
            return map;
        map = PerfMap.TryOpen(process);
        if (map is null && !_isReleased && PerfMapRequest.TryStart(process) is { } runtime)
        {
            _runtimes.Add(runtime);
            map = PerfMap.TryOpen(process);
        }

        return _perfMaps.Set(process, map);
    }
}
