using System.Collections.Immutable;
using Ctrace.Compiler.CDeclarations;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Binding;

/// <summary>What the clauses of a program share while they are bound: maps above all.</summary>
internal sealed class BindingContext(ITarget target, CompilationOptions options)
{
    private readonly Dictionary<string, MapSymbol> _maps = options.LivingMaps.ToDictionary(m => m.Name, LivingMap.Symbol);
    private readonly Dictionary<(int Clause, string Name), TraceType> _variableTypes = [];
    private readonly Dictionary<(int Clause, string Name, int Place), AssignedType> _assigned = [];
    private readonly HashSet<string> _readBeforeStored = [];

    public ITarget Target => target;

    /// <summary>The types that the program can name.</summary>
    public CTypeTable Types { get; } = new(target);

    public CompilationOptions Options { get; set; } = options;

    /// <summary>Renewed for each pass: only the last one's messages count.</summary>
    public DiagnosticBag Diagnostics { get; private set; } = new();

    /// <summary>
    /// Whether this pass found out something that an earlier part of it should have known: a map read before the clause
    /// that stores to it, a key that has to be wider. Then another pass follows.
    /// </summary>
    public bool NeedsAnotherPass { get; private set; }

    /// <summary>The parameters without a name: <c>$1</c> and so on.</summary>
    public ImmutableArray<string> Positional => [.. Options.Parameters.Where(p => !IsNamed(p))];

    /// <summary>What was given for a named parameter (<c>--name=value</c>; <c>--name</c> alone is an empty text); null where it was not.</summary>
    public string? FindNamed(string name) => Options.Parameters.LastOrDefault(p => p == "--" + name || p.StartsWith($"--{name}=", StringComparison.Ordinal)) is { } found
        ? found.IndexOf('=') is var equals and > 0 ? found[(equals + 1)..] : "" : null;

    private static bool IsNamed(string parameter) => parameter.StartsWith("--", StringComparison.Ordinal) && parameter.Length > 2;

    /// <summary>The program's macros by name, the latest first: it takes the place of an earlier one with the same parameters.</summary>
    public Dictionary<string, List<MacroSyntax>> Macros { get; } = [];

    public void AddMacro(MacroSyntax macro)
    {
        if (!Macros.TryGetValue(macro.Name, out var same))
            Macros.Add(macro.Name, same = []);
        same.RemoveAll(m => m.Parameters.Select(p => p[0] is '$' or '@' ? p[0] : ' ').SequenceEqual(macro.Parameters.Select(p => p[0] is '$' or '@' ? p[0] : ' ')));
        same.Insert(0, macro);
    }

    /// <summary>The macro of that name which takes what is given, or else comes nearest to it; null where there is none.</summary>
    public MacroSyntax? FindMacro(string name, ImmutableArray<ExpressionSyntax> given) => !Macros.TryGetValue(name, out var macros) ? null
        : macros.FirstOrDefault(m => m.Parameters.Length == given.Length && m.Parameters.Zip(given, MacroFrame.Takes).All(takes => takes))
            ?? macros.FirstOrDefault(m => m.Parameters.Length == given.Length) ?? macros[0];

    public IReadOnlyCollection<MapSymbol> Maps => _maps.Values;

    /// <summary>The program's variables, as far as this pass has met them.</summary>
    public List<VariableSymbol> Variables { get; } = [];

    public void StartPass()
    {
        Variables.Clear();
        Diagnostics = new DiagnosticBag();
        NeedsAnotherPass = false;
    }

    /// <summary>A map that something is stored to, or null.</summary>
    public MapSymbol? FindMap(string name)
    {
        var map = _maps.GetValueOrDefault(name);
        if (map is null || map.Plain is null && !map.IsAggregate)
        {
            NeedsAnotherPass |= map is null && _readBeforeStored.Add(name);
            return null;
        }

        map.IsUsed = true;
        return map;
    }

    /// <summary>
    /// The map of a name that the whole program never stores to: its entries are all 0. Null while an earlier pass may still find what is
    /// stored there.
    /// </summary>
    public MapSymbol? DefineEmpty(string name, TextSpan span)
    {
        if (NeedsAnotherPass || IsIncomplete || _maps.GetValueOrDefault(name) is { Living: not null })
            return null;
        var map = DefineMap(name, span);
        map.IsNeverStored = true;
        SetValue(map, TraceType.Int64);
        return map;
    }

    /// <summary>Whether a clause has no probes, so that what it would store is not known: that is an error already.</summary>
    public bool IsIncomplete { get; set; }

    public void ReportUndefinedMap(MapSyntax map)
    {
        if (!IsIncomplete)
            Diagnostics.ReportUndefinedMap(map.NameSpan, map.Name, _maps.Keys);
    }

    /// <summary>The map that an assignment names, made on its first one.</summary>
    public MapSymbol DefineMap(string name, TextSpan span)
    {
        if (!_maps.TryGetValue(name, out var map))
            _maps.Add(name, map = new MapSymbol(name, span));
        map.IsNeverStored = false;
        if (!map.IsUsed)
            map.Span = span;
        map.IsUsed = true;
        return map;
    }

    /// <summary>Settles or widens a map's key. False when the types do not go together.</summary>
    public bool MergeKeys(MapSymbol map, ImmutableArray<TraceType> types)
    {
        if (map.Keys is not { } known)
        {
            map.Keys = types;
            return true;
        }

        if (known.Length != types.Length)
            return false;
        var merged = known.ToBuilder();
        for (int i = 0; i < types.Length; i++)
        {
            if (TypeRules.Merge(known[i], types[i]) is not { } type)
                return false;
            merged[i] = type;
        }

        if (!merged.SequenceEqual(known))
        {
            map.Keys = merged.ToImmutable();
            NeedsAnotherPass = true;
        }

        return true;
    }

    /// <summary>Settles or widens a map's plain value. False when the types do not go together.</summary>
    public bool MergeValue(MapSymbol map, TraceType type)
    {
        if (map.IsAggregate)
            return false;
        var stored = TypeRules.Stored(type);
        var merged = map.Plain is null ? stored : TypeRules.Merge(map.Plain, stored);
        if (merged is null)
            return false;
        NeedsAnotherPass |= map.Plain is not null && merged != map.Plain;
        map.Plain = merged;
        return true;
    }

    /// <summary>Gives a map's value another type.</summary>
    public void SetValue(MapSymbol map, TraceType type)
    {
        map.Plain = type;
        NeedsAnotherPass = true;
    }

    /// <summary>The type that an earlier pass found a variable to need.</summary>
    public TraceType VariableType(int clause, string name, TraceType first) =>
        _variableTypes.TryGetValue((clause, name), out var known) && TypeRules.Merge(known, first) is { } merged ? merged : first;

    /// <summary>Widens a variable. False when the types do not go together.</summary>
    public bool MergeVariable(int clause, VariableSymbol variable, TraceType type)
    {
        if (TypeRules.Merge(variable.Type, TypeRules.Stored(type)) is not { } merged)
            return false;
        (variable.IsUnassigned, variable.IsChanged) = (false, true);
        if (merged != variable.Type)
        {
            _variableTypes[(clause, variable.Name)] = merged;
            variable.Type = merged;
            NeedsAnotherPass = true;
        }

        return true;
    }

    /// <summary>What is known from earlier passes of how wide the integers are that a variable is assigned.</summary>
    public AssignedType Assigned(int clause, string name, TextSpan declared)
    {
        if (!_assigned.TryGetValue((clause, name, declared.Start), out var known))
            _assigned.Add((clause, name, declared.Start), known = new AssignedType());
        return known;
    }

    /// <summary>Notes what a variable or a map is assigned.</summary>
    public void NoteAssigned(AssignedType target, BoundExpression value, ExpressionSyntax? syntax) =>
        NeedsAnotherPass |= AssignedTypes.Note(target, value, syntax);

    /// <summary>Notes that a variable or a map is assigned what an operator gives, which has 64 bits.</summary>
    public void NoteComputed(AssignedType target) => NeedsAnotherPass |= target.Add(8, true);
}
