namespace Ctrace.Runtime.Symbols.Dwarf;

/// <summary>
/// Units of which a binary has only a skeleton (<c>-gsplit-dwarf</c>): the rest is in a file for each (.dwo), or in one for all (BINARY.dwp).
/// </summary>
/// <param name="file">The binary, or its debug file.</param>
/// <param name="main">Its sections.</param>
internal sealed class SplitUnits(ElfFile file, DebugSections main)
{
    private readonly Dictionary<string, List<DebugUnit>> _files = [];
    private long _end = main.Supplement?.End ?? main.End;

    /// <summary>The first file that is missing, or belongs to another build; null where all are there.</summary>
    public string? Missing { get; private set; }

    /// <summary>All units that were found, those of types included, in the order of their places.</summary>
    public IEnumerable<DebugUnit> All => _files.Values.SelectMany(units => units).OrderBy(unit => unit.Start);

    /// <summary>The rest of a unit; null where its file is missing.</summary>
    public DebugUnit? Find(DebugUnit skeleton)
    {
        string name = skeleton.SplitName ?? "", path = Path.Combine(skeleton.Own?.Text(DebugAttribute.Folder) ?? "", name), alone = Path.GetFileName(name);
        string[] places = [file.Path + ".dwp", path, Path.Combine(Path.GetDirectoryName(file.Path) ?? "/", alone), .. DebugFolders.For(file.Path).Select(f => Path.Combine(f.TrimStart('+'), alone))];
        foreach (string place in places)
        {
            if (Open(place).Find(u => u.SplitId == skeleton.SplitId && u.Own?.Tag == DebugTag.CompileUnit) is not { } unit)
                continue;
            unit.TakeAddresses(skeleton);
            return unit;
        }

        Missing ??= path;
        return null;
    }

    private List<DebugUnit> Open(string path)
    {
        if (_files.TryGetValue(path, out var known))
            return known;
        if (ElfFile.TryOpen(path) is not { } found)
            return _files[path] = [];
        var sections = DebugSections.ReadSplit(found, _end, main.Addresses);
        var units = sections is null ? [] : DebugUnit.ReadAll(sections, DebugPackage.TryRead(found));
        found.Close();
        _end = sections?.End ?? _end;
        return _files[path] = units;
    }
}
