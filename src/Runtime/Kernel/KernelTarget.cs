using System.Runtime.InteropServices;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Symbols;
using Ctrace.Runtime.Sys;
using CpuArchitecture = System.Runtime.InteropServices.Architecture;
using TargetArchitecture = Ctrace.Compiler.Targets.Architecture;

namespace Ctrace.Runtime.Kernel;

/// <summary>The running kernel. All is found out on first use: a program that asks for nothing costs nothing.</summary>
public sealed class KernelTarget : ITarget
{
    /// <summary>PROC_PID_INIT_INO, from include/linux/proc_ns.h.</summary>
    private const ulong InitialPidNamespace = 0xEFFFFFFC;

    private readonly FeatureProbes _features = new();
    private readonly TraceFs _traceFs = new();
    private readonly Dictionary<(string, string), TracepointFormat?> _formats = [];
    private readonly BtfTypes _types;
    private IReadOnlyList<(string Category, string Name)>? _tracepoints;
    private IReadOnlyList<string>? _rawTracepoints;
    private IReadOnlyList<KernelFunction>? _functions;
    private readonly Dictionary<(string, int), IUserBinary?> _binaries = [];
    private int? _onlineCpus;
    private KernelSymbols? _symbols;
    private Btf? _btf;
    private bool _btfMissing, _commSearched;
    private int? _commOffset;

    /// <summary>The running kernel; nothing is read yet.</summary>
    public KernelTarget() => _types = new BtfTypes(() => OpenBtf() ?? throw new TargetException("the kernel's type information can't be read any more"));

    /// <inheritdoc/>
    public IReadOnlyList<KernelFunction> KernelFunctions => _functions ??= KernelFunctionList.Read(_traceFs);

    /// <inheritdoc/>
    public FunctionPrototype? FindPrototype(string function, string? module) =>
        module is null && OpenBtf() is { } btf ? BtfFunctions.Find(btf, _types, function) : null;

    /// <inheritdoc/>
    public IUserBinary? OpenBinary(string name, int process)
    {
        if (_binaries.TryGetValue((name, process), out var known))
            return known;
        return _binaries[(name, process)] = (ProcessFiles.Find(name, process) ?? BinaryFinder.Find(name)) is { } path ? ElfFile.TryOpen(path) : null;
    }

    /// <inheritdoc/>
    public int ProcessId { get; init; }

    /// <inheritdoc/>
    public IEnumerable<IUserBinary> MappedBinaries(int process) => ProcessFiles.Mapped(process).Select(ElfFile.TryOpen).OfType<IUserBinary>();

    /// <inheritdoc/>
    public bool HasTypes => OpenBtf() is not null;

    /// <inheritdoc/>
    public TraceType? FindType(string name) => HasTypes ? _types.Find(name) : null;

    /// <inheritdoc/>
    public (EnumType Type, long Value)? FindEnumerator(string name) => HasTypes ? _types.FindEnumerator(name) : null;

    /// <inheritdoc/>
    /// <exception cref="TargetException">Another CPU than x86-64 or arm64.</exception>
    public TargetArchitecture Architecture => RuntimeInformation.ProcessArchitecture switch
    {
        CpuArchitecture.X64 => X64.Architecture,
        CpuArchitecture.Arm64 => Arm64.Architecture,
        var other => throw new TargetException($"this CPU ({other}) is not supported", "x86-64 and arm64 are"),
    };

    /// <inheritdoc/>
    public int PossibleCpus => Cpus.Possible;

    /// <inheritdoc/>
    public int OnlineCpus => _onlineCpus ??= Cpus.Online().Count;

    /// <inheritdoc/>
    public IReadOnlyList<(string Category, string Name)> Tracepoints => _tracepoints ??= ReadTracepoints();

    /// <inheritdoc/>
    public IReadOnlyList<string> RawTracepoints => _rawTracepoints ??= ReadRawTracepoints();

    /// <inheritdoc/>
    public bool Supports(KernelFeature feature) => _features.Supports(feature);

    /// <inheritdoc/>
    public TracepointFormat? FindTracepoint(string category, string name)
    {
        if (_formats.TryGetValue((category, name), out var known))
            return known;
        bool isPath = category.AsSpan().ContainsAny("/.") || name.AsSpan().ContainsAny("/.") || category == "" || name == "";
        string? text = isPath ? null : _traceFs.Read($"events/{category}/{name}/format");
        return _formats[(category, name)] = text is null ? null : TracepointFormatParser.Parse(category, name, text);
    }

    /// <inheritdoc/>
    public IReadOnlyList<RawArgument>? FindRawTracepointArguments(string name) =>
        OpenBtf() is { } btf ? BtfRawTracepoints.Arguments(btf, _types, name) : null;

    /// <inheritdoc/>
    public int? FindMemberOffset(string structure, string member) =>
        OpenBtf() is { } btf ? BtfMembers.FindOffset(btf, structure, member) : null;

    /// <inheritdoc/>
    public int? CommOffset
    {
        get
        {
            if (!_commSearched)
                (_commSearched, _commOffset) = (true, CommLocator.Find());
            return _commOffset;
        }
    }

    /// <inheritdoc/>
    public int? FindSyscallNumber(string name) => RuntimeInformation.ProcessArchitecture switch
    {
        CpuArchitecture.X64 => SyscallTable.X64.Find(name),
        CpuArchitecture.Arm64 => SyscallTable.Arm64.Find(name),
        _ => null,
    };

    /// <inheritdoc/>
    public ulong? FindKernelSymbol(string name)
    {
        _symbols ??= KernelSymbols.Read();
        return _symbols.AreHidden
            ? throw new TargetException("the kernel hides its symbols' addresses", "be root, and look at /proc/sys/kernel/kptr_restrict")
            : _symbols.FindAddress(name);
    }

    /// <inheritdoc/>
    public ulong? FindCgroup(string path) => Cgroups.Find(path);

    /// <inheritdoc/>
    public long? FindNumber(LookupKind kind, string name) => NameResolver.FindNumber(kind, name);

    /// <inheritdoc/>
    public long WallOffset => Clock.WallNanoseconds() - Clock.BootNanoseconds();

    /// <inheritdoc/>
    public long TaiOffset => Clock.TaiNanoseconds() - Clock.BootNanoseconds();

    /// <inheritdoc/>
    public (ulong Device, ulong Inode)? PidNamespace =>
        FileNumbers.Find("/proc/self/ns/pid") is { Inode: not InitialPidNamespace } file ? file : null;

    /// <summary>Frees what only compiling needs (the type information, some megabytes). It is read again when asked for.</summary>
    public void Trim()
    {
        _btf?.Dispose();
        _btf = null;
        _formats.Clear();
        (_tracepoints, _rawTracepoints, _functions, _symbols) = (null, null, null, null);
        _binaries.Clear();
    }

    private Btf? OpenBtf()
    {
        if (_btf is null && !_btfMissing)
            _btfMissing = (_btf = Btf.TryOpen()) is null;
        return _btf;
    }

    private List<(string Category, string Name)> ReadTracepoints()
    {
        string text = _traceFs.Read("available_events") ?? "";
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

    /// <summary>BTF knows them exactly. Without it, events have their tracepoint's name, except those made for system calls.</summary>
    private List<string> ReadRawTracepoints()
    {
        if (OpenBtf() is { } btf && BtfRawTracepoints.Names(btf) is { Count: > 0 } names)
            return names;
        return [.. Tracepoints.Where(t => t.Category != "syscalls").Select(t => t.Name).Distinct().Order(StringComparer.Ordinal)];
    }
}
