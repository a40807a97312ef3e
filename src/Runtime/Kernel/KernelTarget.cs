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

    private readonly FeatureProbes _features;
    private readonly KernelFiles _files = new(new TraceFs(), static () => Btf.TryOpen(), KernelSymbols.RunningKernel, Btf.RunningModules);
    private readonly Dictionary<(string, int), IUserBinary?> _binaries = [];
    private readonly Dictionary<string, bool> _rawTracepoints = [];
    private LoadedBpfPrograms? _programs;
    private int? _onlineCpus;
    private bool _commSearched;
    private int? _commOffset;

    /// <summary>The running kernel; nothing is read yet.</summary>
    public KernelTarget() => _features = new FeatureProbes(_files.FindFunctionId, this);

    /// <inheritdoc/>
    public IReadOnlyList<KernelFunction> KernelFunctions => _files.Functions;

    /// <inheritdoc/>
    public bool HasKernelFunction(string name) => _files.HasFunction(name);

    /// <inheritdoc/>
    public FunctionPrototype? FindPrototype(string function, string? module) => _files.FindPrototype(function, module);

    /// <inheritdoc/>
    public IReadOnlyList<BpfFunction> BpfFunctions => (_programs ??= new(FindType)).Functions;

    /// <inheritdoc/>
    public FunctionPrototype? FindPrototype(BpfFunction function) => (_programs ??= new(FindType)).FindPrototype(function);

    /// <inheritdoc/>
    public IUserBinary? OpenBinary(string name, int process)
    {
        if (_binaries.TryGetValue((name, process), out var known))
            return known;
        return _binaries[(name, process)] = (ProcessFiles.Find(name, process) ?? BinaryFinder.Find(name)) is { } path ? ElfFile.TryOpen(path) : null;
    }

    /// <inheritdoc/>
    public int ProcessId { get; init; }

    /// <summary>A file with the functions that can be probed, in place of the kernel's own list; null for that.</summary>
    public string? TraceableFunctions { get => _files.FunctionList; init => _files.FunctionList = value; }

    /// <inheritdoc/>
    public bool StartsCommand { get; init; }

    /// <inheritdoc/>
    public IEnumerable<IUserBinary> FindBinaries(string pattern, int process) =>
        (process != 0 ? ProcessFiles.Mapped(process, pattern) : pattern.Contains('/') ? BinaryFinder.FindAll(pattern) : ProcessFiles.MappedByAll(pattern)).Select(ElfFile.TryOpen).OfType<IUserBinary>();

    /// <inheritdoc/>
    public IReadOnlyList<(int Id, string Name)> FindDotnetProcesses(string pattern) => Dotnet.DotnetProcesses.Find(pattern);

    /// <inheritdoc/>
    public bool HasTypes => _files.HasTypes;

    /// <inheritdoc/>
    public TraceType? FindType(string name) => _files.FindType(name);

    /// <summary>The kernel's types that a pattern means (<c>struct task_*</c>), by name or with their declarations.</summary>
    public IEnumerable<string> ListTypes(string pattern, bool areDeclared) => _files.ListTypes(pattern, areDeclared);

    /// <inheritdoc/>
    public (EnumType Type, long Value)? FindEnumerator(string name) => _files.FindEnumerator(name);

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
    public IReadOnlyList<(string Category, string Name)> Tracepoints => _files.Tracepoints;

    /// <inheritdoc/>
    public IReadOnlyList<string> RawTracepoints => _files.RawTracepoints;

    /// <inheritdoc/>
    public string RawTracepointModule(string name) => _files.RawTracepointModule(name);

    /// <inheritdoc/>
    public bool HasRawTracepoint(string name) => _rawTracepoints.TryGetValue(name, out bool known) ? known : _rawTracepoints[name] = FeatureProbes.HasRawTracepoint(name);

    /// <inheritdoc/>
    public bool Supports(KernelFeature feature) => !Unused.Contains(feature) && _features.Supports(feature);

    /// <summary>Features that are left alone although the kernel may have them (<c>--no-feature</c>).</summary>
    public IReadOnlySet<KernelFeature> Unused { get; init; } = new HashSet<KernelFeature>();

    /// <summary>Whether the kernel has kprobes, by whatever way.</summary>
    public bool HasKprobes => Supports(KernelFeature.KprobeEvents) || Attaching.TraceEvent.IsPossible;

    /// <inheritdoc/>
    public TracepointFormat? FindTracepoint(string category, string name) => _files.FindTracepoint(category, name);

    /// <inheritdoc/>
    public IReadOnlyList<RawArgument>? FindRawTracepointArguments(string name) => _files.FindRawTracepointArguments(name);

    /// <inheritdoc/>
    public int? FindMemberOffset(string structure, string member) => _files.FindMemberOffset(structure, member);

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
    public ulong? FindKernelSymbol(string name) => _files.FindSymbol(name);

    /// <inheritdoc/>
    public (string Name, ulong Distance)? FindKernelSymbolAt(ulong address) => _files.FindSymbolAt(address);

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
        _files.Trim();
        _programs = null;
        _binaries.Clear();
    }
}
