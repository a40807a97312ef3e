using Ctrace.Compiler.Targets;

namespace Ctrace.Runtime.Symbols.Dwarf;

/// <summary>
/// Which line of which source file code was made of (.debug_line). All of it is gone through once for where each unit has its code;
/// rows are made again when an address of the unit is asked for.
/// </summary>
internal sealed class LineTable
{
    /// <summary>What is larger would take seconds.</summary>
    private const long LargestTable = 256 << 20;

    /// <summary>Units whose rows are kept.</summary>
    private const int MostKept = 64;

    private readonly byte[] _lines;
    private readonly (byte[] Lines, byte[] Others) _texts;
    private readonly Dictionary<int, (LineProgram Program, List<LineRow> Rows)> _units = [];
    private ulong[]? _starts;
    private (ulong End, int Unit)[] _ranges = [];

    private LineTable(byte[] lines, (byte[] Lines, byte[] Others) texts) => (_lines, _texts) = (lines, texts);

    /// <summary>The table of a binary; null where it has none.</summary>
    public static LineTable? TryRead(ElfFile file) =>
        file.Find(".debug_line") is { Size: > 0 and <= LargestTable } section && file.Uncompressed(section) is { Length: > 0 } lines
            ? new LineTable(lines, (Section(file, ".debug_line_str"), Section(file, ".debug_str"))) : null;

    /// <summary>Where code at an address, as it is linked, comes from.</summary>
    public (string File, int Line)? Find(ulong address)
    {
        var starts = _starts ??= FindRanges();
        int index = Array.BinarySearch(starts, address);
        index = index < 0 ? ~index - 1 : index;
        if (index < 0 || address >= _ranges[index].End || Unit(_ranges[index].Unit) is not var (program, rows))
            return null;
        LineRow? best = null;
        for (int i = 0; i + 1 < rows.Count; i++)
            if (!rows[i].IsEnd && rows[i].Address <= address && address < rows[i + 1].Address && (best is null || rows[i].Address >= best.Value.Address))
                best = rows[i];
        return best is { Line: > 0 } row && program.FileName(row.File) is { Length: > 0 } name ? (name, (int)row.Line) : null;
    }

    /// <summary>The statements of all source files whose path ends with some name.</summary>
    public List<SourceStatement> Statements(string file)
    {
        var statements = new List<SourceStatement>();
        foreach (var program in Units())
        {
            var wanted = new Dictionary<uint, bool>();
            foreach (var row in program.Rows())
            {
                if (!wanted.TryGetValue(row.File, out bool isWanted))
                    wanted[row.File] = isWanted = IsNamed(program.FileName(row.File), file);
                if (isWanted && row is { IsEnd: false, IsStatement: true, Line: > 0, Address: > 0 })
                    statements.Add(new SourceStatement(program.FileName(row.File), (int)row.Line, (int)row.Column, (long)row.Address));
            }
        }

        return statements;
    }

    /// <summary>Whether a path is meant by a file's name, or by the end of its path.</summary>
    private static bool IsNamed(string path, string name) =>
        path.EndsWith(name, StringComparison.Ordinal) && (path.Length == name.Length || name.StartsWith('/') || path[^(name.Length + 1)] == '/');

    private static byte[] Section(ElfFile file, string name) => file.Find(name) is { Size: <= LargestTable } section ? file.Uncompressed(section) : [];

    private IEnumerable<LineProgram> Units()
    {
        for (int at = 0; LineProgram.Read(_lines, at, _texts) is { } program; at = program.End)
            yield return program;
    }

    private ulong[] FindRanges()
    {
        var ranges = new List<(ulong Start, ulong End, int Unit)>();
        int at = 0;
        foreach (var program in Units())
        {
            ulong least = ulong.MaxValue;
            foreach (var row in program.Rows())
            {
                least = Math.Min(least, row.Address);
                // What the linker has thrown away is at 0.
                if (row.IsEnd && least > 0 && row.Address > least)
                    ranges.Add((least, row.Address, at));
                least = row.IsEnd ? ulong.MaxValue : least;
            }

            at = program.End;
        }

        ranges.Sort();
        _ranges = [.. ranges.Select(r => (r.End, r.Unit))];
        return [.. ranges.Select(r => r.Start)];
    }

    private (LineProgram Program, List<LineRow> Rows)? Unit(int at)
    {
        if (_units.TryGetValue(at, out var known))
            return known;
        if (LineProgram.Read(_lines, at, _texts) is not { } program)
            return null;
        if (_units.Count >= MostKept)
            _units.Clear();
        return _units[at] = (program, program.Rows());
    }
}
