using Ctrace.Compiler.Catalog.Dotnet;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>A kind of probe: how it is written, what it matches on a machine, how it is attached.</summary>
public abstract class ProbeKind
{
    /// <summary>Its spellings, the usual one first.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>How it is written.</summary>
    public abstract string Signature { get; }

    /// <summary>What it is for, in a line.</summary>
    public abstract string Summary { get; }

    /// <summary>A program that uses it.</summary>
    public abstract string Example { get; }

    /// <summary>The program's type.</summary>
    public abstract BpfProgramType ProgramType { get; }

    /// <summary>Whether <c>-p</c> and <c>-c</c> filter its events by process.</summary>
    public virtual bool HasProcess => true;

    /// <summary>
    /// Programs of the same domain never interrupt each other on a CPU (the kernel skips the second), so that they may share
    /// a per-CPU value without atomic instructions. Null: each program is its own domain.
    /// </summary>
    public virtual string? Domain => null;

    /// <summary>Whether the program may be preempted, so that two of the same program can be under way on a CPU.</summary>
    public virtual bool IsPreemptible => false;

    /// <summary>Whether there are too many probes to list without knowing what for (the functions of all binaries).</summary>
    public virtual bool NeedsPattern => false;

    /// <summary>Whether C# may stand alone on it: it fires seldom.</summary>
    public virtual bool TakesHandlers => false;

    /// <summary>The probes that a pattern may mean, for listings.</summary>
    public virtual IEnumerable<string> ListFor(ITarget target, string pattern) => List(target);

    /// <summary>Whether one of them is meant.</summary>
    public virtual bool IsListed(string pattern, string probe) => !NeedsPattern ? Glob.Matches(pattern, probe) : Glob.Matches(pattern[(pattern.LastIndexOf(':') + 1)..], probe[(probe.LastIndexOf(':') + 1)..]);

    /// <summary>Whether a pattern without the group, the category or module that stands before the name, means a probe of any.</summary>
    protected static bool IsInAnyGroup(string pattern, string probe) => pattern.Split(':') is [var kind, var name] && Glob.Matches($"{kind}:*:{name}", probe);

    /// <summary>All probes of this kind, for listings.</summary>
    public virtual IEnumerable<string> List(ITarget target) => [];

    /// <summary>Fields of a probe for listings: type and name.</summary>
    public virtual IEnumerable<string> Describe(ITarget target, string probe) => [];

    /// <summary>The probes that what is written matches; none after a diagnostic.</summary>
    internal abstract IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics);
}

/// <summary>A probe that exists on the machine.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its whole name.</param>
/// <param name="Plan">How to attach it.</param>
internal sealed record ResolvedProbe(ProbeKind Kind, string Name, AttachPlan Plan)
{
    /// <summary>The probe at the entry, where this is the return of a span; otherwise null.</summary>
    public ResolvedProbe? Entry { get; init; }

    /// <summary>A tracepoint's record.</summary>
    public TracepointFormat? Format { get; init; }

    /// <summary>A raw tracepoint's or a function's arguments, from type information.</summary>
    public IReadOnlyList<RawArgument>? RawArguments { get => field ??= FindArguments?.Invoke(); init; }

    /// <summary>Looks for a function's arguments, which takes a while, where a program asks for them; null where there is nothing to look in.</summary>
    public Func<IReadOnlyList<RawArgument>?>? FindArguments { get; init; }

    /// <summary>Which word of the context, or register, the n-th argument begins in. Those of processes' functions are counted by their registers.</summary>
    public int WordOf(int argument) => FindArguments is null && argument < RawArguments?.Count ? RawArguments[argument].Register ?? argument : argument;

    /// <summary>Gives the file with debug information that is missing, where there are no arguments for want of it.</summary>
    public Func<string?>? FindMissingFile { get; init; }

    /// <summary>Looks for a type in the debug information of the binary that is probed; null where there is no binary.</summary>
    public Func<string, Symbols.TraceType?>? FindType { get; init; }

    /// <summary>Whether the context is an array of 64-bit arguments (<c>arg0</c>, …).</summary>
    public bool HasRawContext { get; init; }

    /// <summary>The record that the context's only word is the address of, in ctrace's own memory; otherwise null.</summary>
    public EventRecord? Record { get; init; }

    /// <summary>Whether the context is the CPU's registers (struct pt_regs).</summary>
    public bool HasRegisters { get; init; }

    /// <summary>Where a static probe's arguments are; null for one in a form that is not known. Null where it is no static probe.</summary>
    public IReadOnlyList<UsdtArgument?>? StaticArguments { get; init; }

    /// <summary>What tells it from other probes of the same name; 0 where there are none.</summary>
    public long Location { get; init; }

    /// <summary>Whether it is at the first instruction of a function of a process: on the stack's top is then the address to return to.</summary>
    public bool IsFunctionEntry { get; init; }

    /// <summary>Whether it is somewhere in a function, and not named after it.</summary>
    public bool IsWithinFunction { get; init; }

    /// <summary>Whether it is at a function's return.</summary>
    public bool IsReturn { get; init; }

    /// <summary>What <c>ctx</c> points to, where that is known; otherwise null.</summary>
    public Symbols.TraceType? ContextType { get; init; }

    /// <summary>What the function returned, where that has a type.</summary>
    public Symbols.TraceType? Result { get; init; }

    /// <summary>enum bpf_attach_type that programs must be loaded for, or 0.</summary>
    public int AttachType { get; init; }

    /// <summary>The kernel function that programs must be loaded for, or null.</summary>
    public FunctionPrototype? Function { get; init; }

    /// <summary>All names, where one attachment serves many probes.</summary>
    public IReadOnlyList<string>? AllNames { get; init; }

    /// <summary>Whether pointers in its record are addresses of the traced process.</summary>
    public bool HasUserPointers { get; init; }

    /// <summary>
    /// When many system call tracepoints are served by one program on the raw tracepoint: which of these probes each system
    /// call number is, as (number, name). Null otherwise.
    /// </summary>
    public IReadOnlyList<(int Number, string Name)>? Syscalls { get; init; }

    /// <summary>The probes it stands for.</summary>
    public IEnumerable<string> Names => Syscalls?.Select(s => s.Name) ?? AllNames ?? [Name];
}
