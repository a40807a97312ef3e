using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary><c>iter</c>: runs once for each of the kernel's objects of a kind, at once.</summary>
internal sealed class IteratorKind : ProbeKind
{
    /// <summary>BPF_TRACE_ITER of enum bpf_attach_type.</summary>
    private const int TraceIterator = 28;

    /// <summary>Where a file is that has no folder.</summary>
    private const string FileSystem = "/sys/fs/bpf/";

    /// <summary>Those that kernels have had; which of them this one has, its type information tells.</summary>
    private static readonly string[] Known =
    [
        "bpf_link", "bpf_map", "bpf_map_elem", "bpf_prog", "bpf_sk_storage_map", "cgroup", "dmabuf", "ipv6_route", "kmem_cache", "ksym", "netlink",
        "sockmap", "task", "task_file", "task_vma", "tcp", "udp", "unix",
    ];

    /// <summary>Those that want to be told what to go over: a map, a cgroup.</summary>
    private static readonly string[] WithTarget = ["bpf_map_elem", "bpf_sk_storage_map", "sockmap", "cgroup"];

    public override IReadOnlyList<string> Names => ["iter", "it"];
    public override string Signature => "iter:KIND[:FILE]";
    public override string Summary => "Each of the kernel's objects of a kind, once: tasks, files of tasks, sockets, maps. ctx has what is given for each. With a file, in the BPF file system, it runs whenever that is read.";
    public override string Example => "iter:task { printf(\"%d %s\\n\", ctx.task.pid, ctx.task.comm); }";
    public override BpfProgramType ProgramType => BpfProgramType.Tracing;
    public override bool IsPreemptible => true;

    /// <summary>They are about all processes: who runs them is ctrace.</summary>
    public override bool HasProcess => false;

    public override IEnumerable<string> List(ITarget target) => Known.Where(name => !WithTarget.Contains(name) && Find(target, name) is not null).Select(name => $"iter:{name}");

    public override IEnumerable<string> Describe(ITarget target, string probe) =>
        Find(target, probe.Split(':')[^1]) is var (_, type) ? Members(type).Select(m => $"{m.Type.Name} {m.Name}") : [];

    /// <summary>The kernel puts each pointer into a union without a name, to give it eight bytes everywhere.</summary>
    private static IEnumerable<StructureMember> Members(StructureType type) => type.Members.SelectMany(m => m is { Name: "", Type: StructureType inner } ? Members(inner) : [m]);

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (probe.Parts.Length is not (2 or 3))
        {
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, "write iter:task");
            return [];
        }

        string name = probe.Parts[1].Text;
        string? file = probe.Parts.Length == 3 ? probe.Parts[2].Text.Trim('"') : null;
        if (file is "" || file is not null && Glob.IsPattern(name))
        {
            diagnostics.ReportType(probe.Parts[2].Span, file is "" ? "the file has no name" : "a file has one iterator", $"iter:task:tasks makes {FileSystem}tasks");
            return [];
        }

        string? pin = file is null || file[0] == '/' ? file : FileSystem + file;
        string[] names = Glob.IsPattern(name) ? [.. Known.Where(k => !WithTarget.Contains(k) && Glob.Matches(name, k))] : [name];
        var found = names.Select(n => (Name: n, Iterator: Find(target, n))).Where(f => f.Iterator is not null).ToList();
        if (found.Count == 0)
            diagnostics.ReportNoProbe(probe.Span, probe.Text, target.HasTypes ? [.. Spelling.Nearest(name, Known).Select(n => $"iter:{n}")] : ["(this kernel has no type information)"]);
        else if (WithTarget.Contains(name))
            diagnostics.ReportType(probe.Parts[1].Span, $"iter:{name} goes over one map or group, which can't be named in this version");
        else
            return found.Select(f => new ResolvedProbe(this, pin is null ? $"iter:{f.Name}" : $"iter:{f.Name}:{pin}", new IteratorPlan(f.Name) { Pin = pin })
            {
                AttachType = TraceIterator,
                Function = f.Iterator!.Value.Function,
                ContextType = new PointerType(f.Iterator.Value.Type, AddressSpace.Kernel),
            });
        return [];
    }

    private static (FunctionPrototype Function, StructureType Type)? Find(ITarget target, string name) =>
        target.FindPrototype($"bpf_iter_{name}", null) is { } function && target.FindType($"struct bpf_iter__{name}") is StructureType type ? (function, type) : null;
}
