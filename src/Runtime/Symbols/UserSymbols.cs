using System.Globalization;

namespace Ctrace.Runtime.Symbols;

/// <summary>The functions of one process, from the files that are mapped in it. It may be gone: then nothing is known.</summary>
internal sealed class UserSymbols
{
    private readonly List<(ulong Start, ulong End, ulong Offset, string File)> _mappings = [];
    private readonly Dictionary<string, ElfSymbols?> _files = [];
    private readonly int _process;

    /// <summary>Looks at a process's mappings.</summary>
    public UserSymbols(int process)
    {
        _process = process;
        try
        {
            foreach (string line in File.ReadLines($"/proc/{process}/maps"))
                Add(line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is not ours to look at.
        }
    }

    /// <summary>The function at an address, or null.</summary>
    public string? Find(ulong address)
    {
        foreach (var (start, end, offset, file) in _mappings)
        {
            if (address < start || address >= end)
                continue;
            if (!_files.TryGetValue(file, out var symbols))
                _files[file] = symbols = ElfSymbols.TryRead($"/proc/{_process}/root{file}");
            return symbols?.Find(address - start + offset);
        }

        return null;
    }

    /// <summary>"55d0c0a00000-55d0c0a20000 r-xp 00002000 fd:01 123   /usr/bin/bash"</summary>
    private void Add(string line)
    {
        string[] parts = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 6 || !parts[5].StartsWith('/') || parts[0].Split('-') is not [var from, var to])
            return;
        if (ulong.TryParse(from, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong start)
            && ulong.TryParse(to, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong end)
            && ulong.TryParse(parts[2], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong offset))
            _mappings.Add((start, end, offset, parts[5]));
    }
}
