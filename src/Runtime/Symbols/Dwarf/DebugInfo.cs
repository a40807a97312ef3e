using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Runtime.Symbols.Dwarf;

/// <summary>
/// What a binary's functions are given, by name and type (.debug_info). All entries are gone through once for where the functions are; the rest is
/// read when it is asked for.
/// </summary>
internal sealed class DebugInfo
{
    /// <summary>A concrete function refers to an abstract one, and that to a declaration; more steps go in a circle.</summary>
    private const int MostSteps = 4;

    private readonly List<DebugUnit> _units;
    private readonly Dictionary<ulong, (DebugUnit Unit, int Place)> _functions = [];
    private readonly DebugTypes _types;
    private readonly bool _isArm;
    private Dictionary<string, int>? _places;

    private DebugInfo(DebugSections sections, ElfFile file)
    {
        (_units, _isArm) = (DebugUnit.ReadAll(sections), file.IsArm);
        _types = new DebugTypes(Find);
        var split = new SplitUnits(file, sections);
        foreach (var unit in _units)
        {
            if (unit.SplitName is null)
                AddFunctions(unit);
            else if (split.Find(unit) is { } rest)
                AddFunctions(rest);
        }

        if (sections.Supplement is { } shared)
            _units.AddRange(DebugUnit.ReadAll(shared));
        _units.AddRange(split.All);
        Missing = split.Missing;
    }

    /// <summary>What a binary has of it; null where it has none.</summary>
    public static DebugInfo? TryRead(ElfFile file)
    {
        if (DebugSections.Read(file) is not { } sections)
            return null;
        if (DebugFiles.FindSupplement(file) is not var (shared, path))
            return new DebugInfo(sections, file);
        // Without it, names and types are missing everywhere.
        if (shared is null)
            return new DebugInfo(sections with { Info = [] }, file) { Missing = path };
        sections = sections with { Supplement = DebugSections.Read(shared, sections.End) };
        shared.Close();
        return new DebugInfo(sections, file);
    }

    /// <summary>A file with a part of it that is missing, or belongs to another build; null where all are there.</summary>
    public string? Missing { get; private init; }

    /// <summary>The arguments and the result of the function at an address, as it is linked; null where they are not known.</summary>
    public FunctionPrototype? Find(ulong address)
    {
        if (!_functions.TryGetValue(address, out var place) || place.Unit.Read(place.Place) is not { } function)
            return null;
        var parameters = Children(function).Where(c => c.Tag == DebugTag.Parameter).ToList();
        TraceType? result = null;
        string resultName = "void";
        bool hasResult = false;
        var entry = function;
        for (int step = 0; step < MostSteps; step++)
        {
            if (!hasResult && entry.Reference(DebugAttribute.Type) is { } type)
                (result, resultName, hasResult) = (_types.Get(type), DebugTypeNames.Name(type, Find), true);
            if (parameters.Count == 0)
                parameters = [.. Children(entry).Where(c => c.Tag == DebugTag.Parameter)];
            if ((entry.Reference(DebugAttribute.AbstractOrigin) ?? entry.Reference(DebugAttribute.Specification)) is not { } origin || Find((int)origin) is not { } next)
                break;
            entry = next;
        }

        var arguments = parameters.Select(Parameter).ToList();
        int?[] registers = CallingConvention.Registers([.. arguments.Select(a => a.Type)], result, _isArm);
        return new FunctionPrototype(0, null, [.. arguments.Zip(registers, (a, register) => Argument(a.Name, a.Type, a.TypeName, register))], result ?? TraceType.Void) { ResultName = resultName };
    }

    private void AddFunctions(DebugUnit unit)
    {
        for (int at = unit.First; unit.Read(at) is { } entry; at = entry.End)
            if (entry is { Tag: DebugTag.Function } && entry.Values.TryGetValue(DebugAttribute.LowAddress, out var start) && start.Kind == DebugValueKind.Address)
                _functions.TryAdd((ulong)start.Number, (unit, at));
    }

    /// <summary>A type by its C spelling; null where there is none. All entries are gone through once more for the names, when the first is asked for.</summary>
    public TraceType? FindType(string name) => (_places ??= ReadTypeNames()).TryGetValue(name, out int place) ? _types.Get(place) : null;

    /// <summary>Names of whole types, and not of declarations; of several by one name, in different files of the source, the first.</summary>
    private Dictionary<string, int> ReadTypeNames()
    {
        var places = new Dictionary<string, int>();
        foreach (var unit in _units)
            for (int at = unit.First; unit.Read(at) is { } entry; at = entry.End)
                if (Word(entry.Tag) is { } word && entry.Name.Length > 0 && !entry.Values.ContainsKey(DebugAttribute.Declaration))
                    places.TryAdd(word + entry.Name, at);
        return places;
    }

    private static string? Word(DebugTag tag) => tag switch
    {
        DebugTag.Structure or DebugTag.Class => "struct ",
        DebugTag.Union => "union ",
        DebugTag.Enumeration => "enum ",
        DebugTag.Typedef => "",
        _ => null,
    };

    private RawArgument Argument(string name, TraceType type, string typeName, int? register)
    {
        // What does not fit is given by its address.
        bool isAddress = register is not null && !type.IsScalar && CallingConvention.IsByReference(type, _isArm);
        var given = isAddress ? new PointerType(type, AddressSpace.User) : type;
        return new RawArgument(name, isAddress ? typeName + "*" : typeName, given.Size, given is IntegerType { Signed: true }, given is PointerType) { Type = given, Register = register ?? RawArgument.NoRegister };
    }

    private (string Name, TraceType Type, string TypeName) Parameter(DebugEntry entry)
    {
        var (name, type) = (entry.Name, entry.Reference(DebugAttribute.Type));
        for (int step = 0; step < MostSteps && entry.Reference(DebugAttribute.AbstractOrigin) is { } origin && Find((int)origin) is { } next; step++)
        {
            entry = next;
            name = name.Length > 0 ? name : entry.Name;
            type ??= entry.Reference(DebugAttribute.Type);
        }

        return type is { } known ? (name, _types.Get(known), DebugTypeNames.Name(known, Find)) : (name, TraceType.UInt64, "unsigned long");
    }

    /// <summary>The entries that belong to one, and not those that belong to these.</summary>
    public static IEnumerable<DebugEntry> Children(DebugEntry parent)
    {
        if (!parent.HasChildren)
            yield break;
        int depth = 0;
        for (int at = parent.End; depth >= 0 && parent.Unit.Read(at) is { } entry; at = entry.End)
        {
            if (depth == 0 && entry.Tag != DebugTag.End)
                yield return entry;
            depth += entry.Tag == DebugTag.End ? -1 : entry.HasChildren ? 1 : 0;
        }
    }

    /// <summary>An entry by its place.</summary>
    private DebugEntry? Find(int place)
    {
        int low = 0, high = _units.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (place < _units[middle].Start)
                high = middle - 1;
            else if (place >= _units[middle].End)
                low = middle + 1;
            else
                return _units[middle].Read(place);
        }

        return null;
    }
}
