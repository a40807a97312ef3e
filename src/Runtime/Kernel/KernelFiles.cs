using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Runtime.Kernel;

/// <summary>What a kernel's own files tell of it: the running kernel's, or copies of another's. Each is read when it is first asked for.</summary>
/// <param name="traceFs">Its tracefs; null where there is only type information.</param>
/// <param name="openBtf">Opens its type information; null where it has none.</param>
/// <param name="symbolFile">Its symbols, in the form of /proc/kallsyms.</param>
/// <param name="moduleTypes">The folder with its modules' type information, a file each; null where there is none.</param>
/// <param name="areForeign">Whether these are copies, which may be anything.</param>
internal sealed class KernelFiles(TraceFs? traceFs, Func<Btf?> openBtf, string? symbolFile, string? moduleTypes = null, bool areForeign = false)
{
    private readonly Dictionary<string, (Btf Btf, BtfTypes Types)?> _modules = [];
    private readonly Dictionary<(string, string), TracepointFormat?> _formats = [];
    private IReadOnlyList<(string Category, string Name)>? _tracepoints;
    private IReadOnlyList<string>? _rawTracepoints;
    private readonly Dictionary<string, string> _rawTracepointModules = [];
    private IReadOnlyList<KernelFunction>? _functions;
    private KernelSymbols? _symbols;
    private Btf? _btf;
    private BtfTypes? _types;
    private bool _btfMissing;

    /// <summary>Whether there is type information.</summary>
    public bool HasTypes => OpenBtf() is not null;

    /// <summary>A file with the functions that can be probed, in place of tracefs's; null for that.</summary>
    public string? FunctionList { get; set; }

    /// <summary>The functions that can be probed, in alphabetical order.</summary>
    /// <exception cref="TargetException">The machine keeps them from us.</exception>
    public IReadOnlyList<KernelFunction> Functions => _functions ??= traceFs is not null || symbolFile is not null
        ? KernelFunctionList.Read(traceFs, symbolFile, FunctionList)
        : OpenBtf() is { } btf ? BtfFunctions.Names(btf) : [];

    /// <summary>
    /// Whether there is a function. The type information is read ten times as fast as the kernel writes its list; that it knows a few that can't be
    /// probed is said when they are attached.
    /// </summary>
    public bool HasFunction(string name) => FunctionList is null && _functions is null && FindFunctionId(name) != 0 || Functions.Any(f => f.Name == name);

    /// <summary>All tracepoints as (category, name), in alphabetical order.</summary>
    /// <exception cref="TargetException">They can't be read.</exception>
    public IReadOnlyList<(string Category, string Name)> Tracepoints => _tracepoints ??= ReadTracepoints();

    /// <summary>The names of the raw tracepoints, in alphabetical order. Type information knows them exactly.</summary>
    public IReadOnlyList<string> RawTracepoints => _rawTracepoints ??= ReadRawTracepoints();

    /// <summary>The module that has a raw tracepoint.</summary>
    public string RawTracepointModule(string name) => RawTracepoints.Count > 0 && _rawTracepointModules.TryGetValue(name, out string? module) ? module : "vmlinux";

    /// <summary>A type by its C spelling, or null.</summary>
    public TraceType? FindType(string name) => HasTypes ? Types.Find(name) ?? OpenModules().Select(m => m.Types.Find(name)).FirstOrDefault(t => t is not null) : null;

    /// <summary>A constant of an enumeration, or null.</summary>
    public (EnumType Type, long Value)? FindEnumerator(string name) => HasTypes ? Types.FindEnumerator(name) ?? OpenModules().Select(m => m.Types.FindEnumerator(name)).FirstOrDefault(e => e is not null) : null;

    /// <summary>The types that a pattern means (<c>struct task_*</c>): their names, or their declarations with the module that has them.</summary>
    public IEnumerable<string> ListTypes(string pattern, bool areDeclared)
    {
        if (OpenBtf() is not { } kernel)
            return [];
        var all = OpenModules().Select(m => m.Btf).Prepend(kernel).Zip(Directory.Exists(moduleTypes) ? ModuleNames().Prepend("vmlinux") : ["vmlinux"]);
        var found = all.SelectMany(m => BtfDeclarations.Names(m.First).Where(t => Compiler.Catalog.Probes.Glob.Matches(pattern, t.Name)).Select(t => (Btf: m.First, Module: m.Second, t.Id, t.Name)))
            .OrderBy(t => t.Name, StringComparer.Ordinal);
        return areDeclared ? found.Select(t => $"{t.Module}: {BtfDeclarations.Declare(t.Btf, t.Id)};\n") : found.Select(t => t.Name).Distinct();
    }

    /// <summary>A function's arguments and result, or null. Without a module, one of the kernel itself comes before one of a module.</summary>
    public FunctionPrototype? FindPrototype(string function, string? module)
    {
        if (OpenBtf() is not { } btf)
            return null;
        if (module is null && BtfFunctions.Find(btf, Types, function) is { } own)
            return own;
        IEnumerable<string> modules = module is not null ? [module] : moduleTypes is null ? [] : Functions.Where(f => f.Name == function).Select(f => f.Module).OfType<string>();
        foreach (string name in modules)
            if (OpenModule(name) is var (types, values) && types.FindFunction(function) >= types.Own.First)
                return BtfFunctions.Find(types, values, function)! with { Module = name };
        return null;
    }

    /// <summary>A function's number in the type information, or 0.</summary>
    public int FindFunctionId(string name) => OpenBtf()?.FindFunction(name) ?? 0;

    /// <summary>Arguments of a raw tracepoint, or null.</summary>
    public IReadOnlyList<RawArgument>? FindRawTracepointArguments(string name) =>
        OpenBtf() is { } btf ? BtfRawTracepoints.Arguments(btf, Types, name) ?? OpenModules().Select(m => BtfRawTracepoints.Arguments(m.Btf, m.Types, name)).FirstOrDefault(a => a is not null) : null;

    /// <summary>Byte offset of a structure's member, or null.</summary>
    public int? FindMemberOffset(string structure, string member) => OpenBtf() is { } btf ? BtfMembers.FindOffset(btf, structure, member) : null;

    /// <summary>A tracepoint's record, or null where there is no such tracepoint.</summary>
    /// <exception cref="TargetException">It can't be read.</exception>
    public TracepointFormat? FindTracepoint(string category, string name)
    {
        if (_formats.TryGetValue((category, name), out var known))
            return known;
        bool isPath = category.AsSpan().ContainsAny("/.") || name.AsSpan().ContainsAny("/.") || category == "" || name == "";
        string? text = isPath ? null : Trace.Read($"events/{category}/{name}/format");
        return _formats[(category, name)] = text is null ? null : TracepointFormatParser.Parse(category, name, text);
    }

    /// <summary>The address of a symbol, or null.</summary>
    /// <exception cref="TargetException">The kernel hides its addresses.</exception>
    public ulong? FindSymbol(string name)
    {
        if (symbolFile is null)
            return null;
        _symbols ??= KernelSymbols.Read(symbolFile);
        return _symbols.AreHidden
            ? throw new TargetException("the kernel hides its symbols' addresses", "be root, and look at /proc/sys/kernel/kptr_restrict")
            : _symbols.FindAddress(name);
    }

    /// <summary>The symbol that an address belongs to, and the distance from its start; null where that is not known.</summary>
    public (string Name, ulong Distance)? FindSymbolAt(ulong address) => symbolFile is null ? null : (_symbols ??= KernelSymbols.Read(symbolFile)).Find(address);

    /// <summary>Frees all of it. It is read again when asked for.</summary>
    public void Trim()
    {
        foreach (var module in _modules.Values)
            module?.Btf.Dispose();
        _modules.Clear();
        _btf?.Dispose();
        _btf = null;
        _formats.Clear();
        (_tracepoints, _rawTracepoints, _functions, _symbols) = (null, null, null, null);
    }

    // Structures look their members up late, when the type information may have been freed.
    private BtfTypes Types => _types ??= new BtfTypes(() => OpenBtf() ?? throw new TargetException("the kernel's type information can't be read any more"));

    private TraceFs Trace => traceFs ?? throw new TargetException("tracepoints are not known there: type information alone does not have them",
        "describe the machine with ctrace --describe-target, and give the folder with --target");

    /// <summary>A module's type information, which needs the kernel's. Its structures are looked up late, when it may have been freed: it is opened again then.</summary>
    private (Btf Btf, BtfTypes Types)? OpenModule(string name)
    {
        if (_modules.TryGetValue(name, out var known))
            return known;
        if (moduleTypes is null || name.Contains('/') || name == "vmlinux" || OpenBtf() is not { } kernel || Btf.TryOpen(Path.Combine(moduleTypes, name), areForeign, kernel) is not { } btf)
            return _modules[name] = null;
        return _modules[name] = (btf, new BtfTypes(() => OpenModule(name)?.Btf ?? throw new TargetException($"the type information of the module {name} can't be read any more")));
    }

    private IEnumerable<(Btf Btf, BtfTypes Types)> OpenModules()
    {
        if (moduleTypes is null || !Directory.Exists(moduleTypes))
            return [];
        return ModuleNames().Select(OpenModule).OfType<(Btf, BtfTypes)>();
    }

    /// <summary>The modules with type information.</summary>
    private IEnumerable<string> ModuleNames() => Directory.GetFiles(moduleTypes!).Select(f => Path.GetFileName(f)).Where(m => OpenModule(m) is not null).Order(StringComparer.Ordinal);

    private Btf? OpenBtf()
    {
        if (_btf is null && !_btfMissing)
            _btfMissing = (_btf = openBtf()) is null;
        return _btf;
    }

    private List<(string Category, string Name)> ReadTracepoints()
    {
        string text = Trace.Read("available_events") ?? "";
        var list = new List<(string, string)>();
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            // The ftrace category holds the tracers' own record formats: nothing can be attached to them.
            int colon = line.IndexOf(':');
            if (colon > 0 && line[..colon] is not "ftrace")
                list.Add((line[..colon].ToString(), line[(colon + 1)..].ToString()));
        }

        list.Sort((a, b) => string.CompareOrdinal(a.Item1, b.Item1) is var order and not 0 ? order : string.CompareOrdinal(a.Item2, b.Item2));
        return list;
    }

    /// <summary>Without type information, events have their tracepoint's name, except those made for system calls.</summary>
    private List<string> ReadRawTracepoints()
    {
        if (OpenBtf() is { } btf && BtfRawTracepoints.Names(btf) is { Count: > 0 } names)
        {
            // Events of modules have their tracepoint's name.
            var known = names.ToHashSet();
            foreach (string module in Directory.Exists(moduleTypes) ? ModuleNames() : [])
            {
                foreach (string name in BtfRawTracepoints.Names(OpenModule(module)!.Value.Btf).Where(known.Add))
                {
                    names.Add(name);
                    _rawTracepointModules.Add(name, module);
                }
            }

            names.Sort(StringComparer.Ordinal);
            return names;
        }

        return [.. Tracepoints.Where(t => t.Category != "syscalls").Select(t => t.Name).Distinct().Order(StringComparer.Ordinal)];
    }
}
