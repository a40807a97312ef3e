using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Symbols;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Kernel;

/// <summary>
/// Another machine's kernel, by its description or by its type information alone. Programs can be compiled for it, and not run. Programs and
/// libraries that probes name are those of this machine.
/// </summary>
public sealed class DescribedTarget : ITarget
{
    private readonly TargetDescription _description;
    private readonly KernelFiles _files;
    private readonly Dictionary<string, IUserBinary?> _binaries = [];

    private DescribedTarget(string name, TargetDescription description, KernelFiles files)
    {
        (Name, _description, _files) = (name, description, files);
        Architecture = new[] { X64.Architecture, Arm64.Architecture }.FirstOrDefault(a => a.Name == description.Machine)
            ?? throw new TargetException($"{name}: its CPU ({description.Machine}) is not supported", "x86-64 and arm64 are");
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>Opens a folder that <see cref="TargetDescription.Save"/> made.</summary>
    /// <exception cref="TargetException">It is no such folder.</exception>
    public static DescribedTarget OfFolder(string folder)
    {
        var description = TargetDescription.Load(folder);
        string types = Path.Combine(folder, TargetDescription.TypesFile), symbols = Path.Combine(folder, TargetDescription.SymbolFile);
        return new DescribedTarget(description.Release, description,
            new KernelFiles(new TraceFs(Path.Combine(folder, TargetDescription.TraceFolder)), () => File.Exists(types) ? Btf.TryOpen(types, isForeign: true) : null, File.Exists(symbols) ? symbols : null,
                Path.Combine(folder, TargetDescription.TypesFolder), areForeign: true));
    }

    /// <summary>Opens a kernel's type information: a raw file, or a binary that has it in its section <c>.BTF</c>.</summary>
    /// <exception cref="TargetException">There is none in the file.</exception>
    public static DescribedTarget OfTypes(string path)
    {
        if (!File.Exists(path))
            throw new TargetException($"there is no file {path}");
        if (Btf.TryOpen(path, isForeign: true) is null)
            throw new TargetException($"{path} holds no type information of a kernel (BTF)", "/sys/kernel/btf/vmlinux is such a file");
        var files = new KernelFiles(null, () => Btf.TryOpen(path, isForeign: true), null);
        // What tells a feature from outside is what came to the header files with it.
        var features = KernelFeatures.All.Where(f => files.FindEnumerator(f.Marker) is not null).Select(f => f.Feature).ToHashSet();
        bool isArm = files.FindMemberOffset("pt_regs", "pstate") is not null;
        int? comm = features.Contains(KernelFeature.FetchAtomics) ? files.FindMemberOffset("task_struct", "comm") : null;
        return new DescribedTarget(Path.GetFileName(path),
            new TargetDescription("", (isArm ? Arm64.Architecture : X64.Architecture).Name, Cpus.Possible, Cpus.Possible, comm is { } offset && offset % 8 == 0 ? offset : null, features), files);
    }

    /// <summary>Which .NET programs run there can't be described: whichever is asked for may.</summary>
    public IReadOnlyList<(int Id, string Name)> FindDotnetProcesses(string pattern) => [(0, pattern)];

    /// <inheritdoc/>
    public Architecture Architecture { get; }

    /// <inheritdoc/>
    public int PossibleCpus => _description.PossibleCpus;

    /// <inheritdoc/>
    public int OnlineCpus => _description.OnlineCpus;

    /// <inheritdoc/>
    public int? CommOffset => _description.CommOffset;

    /// <inheritdoc/>
    public bool Supports(KernelFeature feature) => _description.Features.Contains(feature);

    /// <inheritdoc/>
    public IReadOnlyList<(string Category, string Name)> Tracepoints => _files.Tracepoints;

    /// <inheritdoc/>
    public IReadOnlyList<string> RawTracepoints => _files.RawTracepoints;

    /// <inheritdoc/>
    public string RawTracepointModule(string name) => _files.RawTracepointModule(name);

    /// <inheritdoc/>
    public TracepointFormat? FindTracepoint(string category, string name) => _files.FindTracepoint(category, name);

    /// <inheritdoc/>
    public IReadOnlyList<RawArgument>? FindRawTracepointArguments(string name) => _files.FindRawTracepointArguments(name);

    /// <inheritdoc/>
    public int? FindMemberOffset(string structure, string member) => _files.FindMemberOffset(structure, member);

    /// <inheritdoc/>
    public TraceType? FindType(string name) => _files.FindType(name);

    /// <inheritdoc/>
    public (EnumType Type, long Value)? FindEnumerator(string name) => _files.FindEnumerator(name);

    /// <inheritdoc/>
    public IReadOnlyList<KernelFunction> KernelFunctions => _files.Functions;

    /// <inheritdoc/>
    public FunctionPrototype? FindPrototype(string function, string? module) => _files.FindPrototype(function, module);

    /// <inheritdoc/>
    public bool HasTypes => _files.HasTypes;

    /// <inheritdoc/>
    public ulong? FindKernelSymbol(string name) => _files.FindSymbol(name);

    /// <inheritdoc/>
    public (string Name, ulong Distance)? FindKernelSymbolAt(ulong address) => _files.FindSymbolAt(address);

    /// <inheritdoc/>
    public IUserBinary? OpenBinary(string name, int process)
    {
        if (!_binaries.TryGetValue(name, out var binary))
            _binaries[name] = binary = BinaryFinder.Find(name) is { } path ? ElfFile.TryOpen(path) : null;
        return binary;
    }

    /// <inheritdoc/>
    public IEnumerable<IUserBinary> FindBinaries(string pattern, int process) => BinaryFinder.FindAll(pattern).Select(ElfFile.TryOpen).OfType<IUserBinary>();

    /// <summary>Groups and names of users are whatever that machine has: any number serves to see whether a program fits.</summary>
    public ulong? FindCgroup(string path) => 1;

    /// <inheritdoc/>
    public long? FindNumber(LookupKind kind, string name) => kind == LookupKind.User ? NameResolver.FindNumber(kind, name) ?? 0 : NameResolver.FindNumber(kind, name);

    /// <inheritdoc/>
    public int? FindSyscallNumber(string name) => (Architecture == X64.Architecture ? SyscallTable.X64 : SyscallTable.Arm64).Find(name);
}
