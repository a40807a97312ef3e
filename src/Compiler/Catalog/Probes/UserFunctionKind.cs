using System.Collections.Immutable;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary><c>uprobe</c> and <c>uretprobe</c>: functions of programs and libraries.</summary>
internal sealed class UserFunctionKind(bool isReturn) : RegisterKind(isReturn)
{
    public override IReadOnlyList<string> Names => IsReturn ? ["uretprobe", "ur"] : ["uprobe", "u"];
    public override string Signature => $"{Names[0]}:BINARY:FUNCTION{(IsReturn ? "" : "[+OFFSET]")}";
    public override string Summary => IsReturn ? "The return of a function of a program or library; its result is retval." : "The entry of a function of a program or library; its arguments are arg0, arg1, ….";
    public override string Example => IsReturn ? "uretprobe:/bin/bash:readline { printf(\"%s\\n\", str(retval)); }" : "uprobe:libc:malloc { @[comm] = sum(arg0); }";

    /// <summary>What stands before a name of the source's, as bpftrace has it. Rust's are meant too.</summary>
    internal const string Language = "cpp";

    /// <summary>So many symbols are taken apart for a message.</summary>
    private const int MostSpelled = 50_000;

    /// <summary>The process may be preempted while its program runs: two of the same program may share a CPU.</summary>
    public override bool IsPreemptible => true;

    public override bool NeedsPattern => true;

    public override IEnumerable<string> ListFor(ITarget target, string pattern)
    {
        if (pattern.Split(':', 3) is not [_, var path, .. var rest])
            return [];
        return Glob.IsPattern(path)
            ? target.FindBinaries(path, target.ProcessId).SelectMany(b => ListFor(b, rest))
            : target.OpenBinary(path, target.ProcessId) is { } binary ? ListFor(binary, rest) : [];
    }

    private IEnumerable<string> ListFor(IUserBinary binary, string[] rest)
    {
        var functions = binary.Functions.Select(f => f.Name).Distinct();
        if (IsSourceName(rest, out string name))
            return functions.Where(f => SourceNames.MayMatch(name, f)).Select(f => (Symbol: f, Name: binary.SourceName(f)))
                .Where(f => f.Name != f.Symbol && SourceNames.Matches(name, f.Name))
                .Select(f => $"{Names[0]}:{binary.Path}:{Language}:\"{f.Name}\"").Distinct().Order(StringComparer.Ordinal);
        return functions.Order(StringComparer.Ordinal).Select(f => $"{Names[0]}:{binary.Path}:{f}");
    }

    public override bool IsListed(string pattern, string probe) => IsSourceName(pattern.Split(':', 3)[2..], out _) || base.IsListed(pattern, probe);

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (SourceLine.Of(probe) is { } line && (line.Binary == probe.Parts[1].Text || target.OpenBinary(probe.Parts[1].Text, target.ProcessId) is null))
            return ResolveLine(probe, line, target, diagnostics);
        bool isSourceName = probe.Parts.Length == 4 && probe.Parts[2].Text == Language;
        if (probe.Parts.Length != 3 && !isSourceName)
        {
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, probe.Parts.Length > 3 && probe.Parts[2].Text == Language
                ? $"write the function in quotes, {Names[0]}:{probe.Parts[1].Text}:{Language}:\"{string.Join(':', probe.Parts.Skip(3).Select(p => p.Text))}\""
                : $"write {Names[0]}:/bin/bash:readline");
            return [];
        }

        string path = probe.Parts[1].Text;
        if (Glob.IsPattern(path))
            return ResolveAll(probe, [.. target.FindBinaries(path, target.ProcessId)], target, diagnostics);
        if (target.OpenBinary(path, target.ProcessId) is { } binary)
            return ResolveIn(binary, probe, target, diagnostics);
        diagnostics.ReportNoBinary(probe.Parts[1].Span, path, target.ProcessId);
        return [];
    }

    /// <summary>The function in those of several binaries that have it.</summary>
    private List<ResolvedProbe> ResolveAll(ProbeSyntax probe, ImmutableArray<IUserBinary> binaries, ITarget target, DiagnosticBag diagnostics)
    {
        var refusals = new DiagnosticBag();
        var found = binaries.SelectMany(b => ResolveIn(b, probe, target, refusals)).ToList();
        if (found.Count > 0)
            return found;
        if (binaries.IsEmpty)
            diagnostics.ReportNoBinary(probe.Parts[1].Span, probe.Parts[1].Text, target.ProcessId);
        else if (binaries.Length == 1)
            diagnostics.AddRange(refusals);
        else
            diagnostics.ReportType(probe.Parts[^1].Span, $"none of {binaries.Length} binaries has '{probe.Parts[^1].Text}'");
        return [];
    }

    private IEnumerable<ResolvedProbe> ResolveIn(IUserBinary binary, ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        bool isSourceName = probe.Parts.Length == 4;
        // A plus sign may be part of the name: operator+.
        if ((isSourceName && !HasOffset(probe.Parts[^1].Text) ? (probe.Parts[^1].Text, 0) : SplitOffset(probe.Parts[^1], diagnostics)) is not var (function, offset))
            return [];
        if (!isSourceName && Lexemes.TryInteger(function, out long address, out _))
        {
            if (binary.FindOffset(address) is not { } place)
                diagnostics.ReportType(probe.Parts[^1].Span, $"there is no code at {function} in {binary.Path}");
            else if (binary.Functions.FirstOrDefault(f => place > f.FileOffset && place < f.FileOffset + f.Size) is { Name: { } around } inside && binary.StartsInstruction(place, inside.FileOffset) == false)
                diagnostics.ReportType(probe.Parts[^1].Span, $"no instruction begins at {function}, within {around}: a probe in the middle of one would break the program", "disassemble the function, and take the address of one");
            else
                return [Probe($"{Names[0]}:{binary.Path}:{function}", new UprobePlan(binary.Path, place, IsReturn, 0))];
            return [];
        }

        var matches = isSourceName ? FindSources(function, binary) : FindSymbols(function, binary);
        if (matches.Count == 0)
        {
            diagnostics.ReportNoProbe(probe.Span, probe.Text, [.. NearNames(function, binary, isSourceName).Select(n => $"{Names[0]}:{probe.Parts[1].Text}:{n}")]);
            return [];
        }

        if (offset > 0 && IsReturn)
        {
            diagnostics.ReportType(probe.Parts[^1].Span, "a return has no distance from the function's start", $"write {Names[0]}:{probe.Parts[1].Text}:{function}");
            return [];
        }

        if (offset > 0 && matches.Exists(f => f.Size > 0 && offset >= f.Size))
        {
            diagnostics.ReportType(probe.Parts[^1].Span, $"{function} has {matches[0].Size} bytes: the distance is outside of it");
            return [];
        }

        if (IsReturn && binary.StackWalker is { } runtime)
            diagnostics.Warn("CT2037", probe.Span, $"{runtime} looks through its own stack, and may end {binary.Path} where it finds what the kernel puts there for a uretprobe", "use uprobe where the program must go on");
        if (offset > 0 && matches.Find(f => binary.StartsInstruction(f.FileOffset + offset, f.FileOffset) == false) is { Name: { } broken })
        {
            diagnostics.ReportType(probe.Parts[^1].Span, $"no instruction begins at {broken}+{offset}: a probe in the middle of one would break the program", "disassemble the function, and take the distance of one");
            return [];
        }

        // Parts of functions that the compiler moved away are jumped to, and the very first function has no caller.
        bool isEntry = !IsReturn && offset == 0 && !matches.Exists(f => f.Name.Contains(".cold", StringComparison.Ordinal) || f.Name == "_start");
        if (matches.Count > 1 && offset == 0 && target.Supports(KernelFeature.UprobeMulti))
        {
            string[] names = [.. matches.Select(f => $"{Names[0]}:{binary.Path}:{f.Name}")];
            return [Probe(names[0], new UprobeMultiPlan(binary.Path, [.. matches.Select(f => f.FileOffset)], [], IsReturn)) with { AllNames = names, AttachType = UprobeMulti, IsFunctionEntry = isEntry, FindArguments = isEntry ? () => CommonArguments(binary, matches) : null, FindMissingFile = () => binary.MissingDebugFile, FindType = binary.FindType }];
        }

        return matches.Select(f => Probe($"{Names[0]}:{binary.Path}:{f.Name}" + (offset > 0 ? $"+{offset}" : ""), new UprobePlan(binary.Path, f.FileOffset + offset, IsReturn, 0) { IsOneOfMany = matches.Count > 1 }) with
        {
            IsFunctionEntry = isEntry,
            FindArguments = isEntry ? () => Arguments(binary, f) : null,
            FindMissingFile = () => binary.MissingDebugFile,
            FindType = binary.FindType,
        });
    }

    /// <summary>What the debug information says. A copy that the compiler made for some callers may be given less than the source says.</summary>
    private static IReadOnlyList<RawArgument>? Arguments(IUserBinary binary, (string Name, long FileOffset, long Size) function) =>
        function.Name.Contains(".isra", StringComparison.Ordinal) || function.Name.Contains(".constprop", StringComparison.Ordinal) ? null : binary.FindPrototype(function.FileOffset)?.Arguments;

    /// <summary>The arguments of many functions: those that all of them have in the same place, with the same name and type.</summary>
    private static IReadOnlyList<RawArgument>? CommonArguments(IUserBinary binary, List<(string Name, long FileOffset, long Size)> functions)
    {
        List<RawArgument>? common = null;
        foreach (var function in functions)
        {
            if (Arguments(binary, function) is not { } own)
                return null;
            common = common is null ? [.. own] : common.FindAll(a => own.Any(o => (o.Name, o.Type?.Name, o.Register) == (a.Name, a.Type?.Name, a.Register)));
        }

        return common;
    }

    public override IEnumerable<string> Describe(ITarget target, string probe)
    {
        if (probe.Split(':', 3) is not [_, var path, var function] || target.OpenBinary(path, target.ProcessId) is not { } binary)
            return [];
        var found = IsSourceName([function], out string name) ? FindSources(name, binary) : FindSymbols(function, binary);
        if (found is not [var only])
            return [];
        if (!IsReturn)
            return Arguments(binary, only)?.Select(a => $"{a.TypeName} {a.Name}") ?? [];
        return binary.FindPrototype(only.FileOffset) is { Result: not VoidType } prototype ? [$"{prototype.ResultName} retval"] : [];
    }

    private IEnumerable<ResolvedProbe> ResolveLine(ProbeSyntax probe, SourceLine line, ITarget target, DiagnosticBag diagnostics)
    {
        if (target.OpenBinary(line.Binary, target.ProcessId) is not { } binary)
        {
            diagnostics.ReportNoBinary(probe.Parts[1].Span, line.Binary, target.ProcessId);
            return [];
        }

        if (IsReturn)
        {
            diagnostics.ReportType(probe.Span, "a line of the source has no return", $"write uprobe:{probe.Text[(probe.Text.IndexOf(':') + 1)..]}");
            return [];
        }

        if (line.Resolve(probe, binary, diagnostics) is not { } places)
            return [];
        string name = $"{Names[0]}:{binary.Path}@{line.File}:{line.Line}{(line.Column > 0 ? $":{line.Column}" : "")}";
        return places.Select(p => Probe(name, new UprobePlan(binary.Path, p.Place, false, 0)) with { Location = p.Place, IsWithinFunction = true, FindType = binary.FindType });
    }

    /// <summary>One function may have several symbols; a symbol may stand twice, for the dynamic linker and the debugger.</summary>
    private static List<(string Name, long FileOffset, long Size)> FindSymbols(string function, IUserBinary binary) =>
    [
        .. OnePerPlace(binary.Functions.Where(f => Glob.IsPattern(function) ? Glob.Matches(function, f.Name) : f.Name == function)).OrderBy(f => f.Name, StringComparer.Ordinal),
    ];

    /// <summary>Functions by what the source calls them. Where two are called the same, their symbols tell them apart.</summary>
    private static List<(string Name, long FileOffset, long Size)> FindSources(string function, IUserBinary binary)
    {
        var found = OnePerPlace(binary.Functions.Where(f => f.Name == function || (SourceNames.MayMatch(function, f.Name) && SourceNames.Matches(function, binary.SourceName(f.Name)))))
            .Select(f => (Symbol: f.Name, Name: binary.SourceName(f.Name), f.FileOffset, f.Size)).ToList();
        var once = found.GroupBy(f => f.Name).Where(g => g.Count() == 1).Select(g => g.Key).ToHashSet();
        return [.. found.Select(f => ($"{Language}:\"{(once.Contains(f.Name) ? f.Name : f.Symbol)}\"", f.FileOffset, f.Size)).OrderBy(f => f.Item1, StringComparer.Ordinal)];
    }

    private static IEnumerable<(string Name, long FileOffset, long Size)> OnePerPlace(IEnumerable<(string Name, long FileOffset, long Size)> functions) =>
        functions.GroupBy(f => f.FileOffset).Select(g => g.OrderBy(f => f.Name[0] == '_').ThenBy(f => f.Name.Length).ThenBy(f => f.Name, StringComparer.Ordinal).First());

    /// <summary>What may have been meant: a symbol that is spelled nearly so, or a function that the source calls so, or nearly.</summary>
    private static IEnumerable<string> NearNames(string function, IUserBinary binary, bool isSourceName)
    {
        var symbols = binary.Functions.Select(f => f.Name).Distinct();
        var near = isSourceName ? [] : Spelling.Nearest(function, symbols);
        if (near.Length > 0)
            return near;
        var sources = symbols.Take(MostSpelled).Select(s => (Symbol: s, Name: binary.SourceName(s))).Where(s => s.Name != s.Symbol || isSourceName).Select(s => s.Name).ToList();
        var exact = sources.Where(s => SourceNames.Matches(function, s) || SourceNames.Matches("*::" + function, s)).Distinct().Order(StringComparer.Ordinal).Take(3).ToList();
        return (exact.Count > 0 ? exact : Spelling.Nearest(function, sources.SelectMany(SourceNames.Short)).ToList()).Select(s => $"{Language}:\"{s}\"");
    }

    /// <summary>Whether the end of a pattern is a name of the source's, <c>cpp:NAME</c> with or without quotes.</summary>
    private static bool IsSourceName(string[] rest, out string name)
    {
        bool isSource = rest is [var text] && text.StartsWith(Language + ":", StringComparison.Ordinal);
        name = isSource ? rest[0][(Language.Length + 1)..].Trim('"') : "";
        return isSource;
    }

    private static bool HasOffset(string text) => text.LastIndexOf('+') is > 0 and var plus && Lexemes.TryInteger(text[(plus + 1)..], out _, out _);

    private ResolvedProbe Probe(string name, AttachPlan plan) => new(this, name, plan) { HasRegisters = true, IsReturn = IsReturn, HasUserPointers = true };
}
