using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Diagnostics;

/// <summary>Messages about meaning (CT20xx) and about the machine (CT30xx).</summary>
public sealed partial class DiagnosticBag
{
    internal void ReportCallProblem(TextSpan span, string message, string? hint) => Error("CT2001", span, message, hint);

    internal void ReportUnknownName(TextSpan span, string name, IEnumerable<string> known) =>
        Error("CT2002", span, $"there is no '{name}'", Headers.For(name) is { } header ? $"before the first probe: #include <{header}>"
            : DidYouMean(name, known, "a text goes in quotes, a map starts with @, a variable with $"));

    internal void ReportUnknownFunction(TextSpan span, string name, IEnumerable<string> known) =>
        Error("CT2003", span, $"there is no function '{name}'", DidYouMean(name, known));

    internal void ReportArity(TextSpan span, string name, int given, int least, int most, string signature) =>
        Error("CT2004", span, $"{name}() takes {Count(least, most)}, not {given}", $"write {signature}");

    internal void ReportUndefinedMap(TextSpan span, string name, IEnumerable<string> known) =>
        Error("CT2005", span, $"nothing is ever stored in {name}", DidYouMean(name, known, $"assign it somewhere: {name} = count();"));

    internal void ReportUndefinedVariable(TextSpan span, string name, IEnumerable<string> known) =>
        Error("CT2006", span, $"{name} has no value here", DidYouMean(name, known, $"assign it before: {name} = …;"));

    internal void ReportUnknownField(TextSpan span, string probe, string field, IReadOnlyCollection<string> known) =>
        Error("CT2007", span, $"{probe} has no field '{field}'",
            DidYouMean(field, known, known.Count == 0 ? "it has no fields" : $"its fields are {Some(known)}"));

    internal void ReportUnavailable(TextSpan span, string name, string probe, string available) =>
        Error("CT2008", span, $"{name} is not available in {probe}", available.Length == 0 ? null : $"it is available {available}");

    internal void ReportTypes(TextSpan span, string op, string left, string right, string? hint = null) =>
        Error("CT2009", span, $"'{op}' does not go with {left} and {right}", hint);

    internal void ReportType(TextSpan span, string message, string? hint = null) => Error("CT2010", span, message, hint);

    internal void ReportHandler(TextSpan span, string message) =>
        Error("CT2010", span, message, "PROBE < pid, comm > => { Print(comm); }");

    internal void ReportNoMember(TextSpan span, Symbols.StructureType structure, string name) =>
        Error(new Diagnostic("CT2010", Severity.Error, span, $"{structure} has no member '{name}'", DidYouMean(name, structure.MemberNames, $"its members are {Some([.. structure.MemberNames])}")) { Subject = structure });

    internal void ReportMapMismatch(TextSpan span, string map, string holds, string given) =>
        Error("CT2011", span, $"{map} holds {holds}, and this stores {given}", "use another map");

    internal void ReportKeyMismatch(TextSpan span, string map, string wanted, string given) =>
        Error("CT2012", span, $"{map} has {wanted}, and here {given}", "use the same kind of key everywhere, or another map");

    internal void ReportNothingAssigned(TextSpan span, string name) =>
        Error("CT2006", span, $"nothing is ever assigned to {name}", $"give it a value where it is declared: let {name} = 0;");

    internal void ReportNoValue(TextSpan span, string purpose) => Error("CT2010", span, $"this gives no value to {purpose}");

    internal void ReportVariableMismatch(TextSpan span, string name, string holds, string given) =>
        Error("CT2013", span, $"{name} holds {holds}, and this assigns {given}", "use another variable");

    internal void ReportDeclaredMismatch(TextSpan span, string name, string type, string given) =>
        Error("CT2013", span, $"{name} is declared as {type}, which can't hold {given}", "cast the value, or declare another type");

    internal void ReportBadTarget(TextSpan span) =>
        Error("CT2014", span, "this can't be assigned to", "assign to a map (@name) or a variable ($name)");

    internal void ReportAggregateElsewhere(TextSpan span, string name) =>
        Error("CT2015", span, $"{name}() is an aggregation: it is only assigned to a map", $"@ = {name}(…);");

    internal void ReportShallowStack(TextSpan span, int depth) =>
        Warn("CT2017", span, $"this kernel's keys have at most 512 bytes: of deeper stacks, the innermost {depth} functions are kept", "Linux 5.18 has no such limit");

    internal void ReportLargeKey(TextSpan span, int size, int largest) =>
        Error("CT2018", span, $"this key has {size} bytes, and this kernel's have at most {largest}",
            "read shorter texts: str(…, 100), or config = { max_strlen = 100 }; Linux 5.18 has no such limit");

    internal void ReportNoDotnetEvent(TextSpan span, string name, IReadOnlyList<string> nearest) =>
        Error(NoProbe, span, $".NET programs have no event '{name}'", nearest.Count > 0 ? $"did you mean {string.Join(" or ", nearest)}?" : "docs/dotnet.md lists them, and so does ctrace -l 'dotnet:*'");

    internal void ReportNoDotnetProcess(TextSpan span, string process, IReadOnlyList<string> running) =>
        Error(NoProbe, span, $"there is no .NET program '{process}' that runs and can be asked",
            running.Count > 0 ? $"those that run are {string.Join(", ", running.Take(8))}" : "none runs here; programs are asked over their diagnostics socket, unless DOTNET_EnableDiagnostics=0");

    internal void ReportNoBinary(TextSpan span, string path, int process)
    {
        // An assembly of .NET's is no ELF file, and has no code to probe until it runs.
        if (path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
            ReportType(span, $"'{path}' is compiled while it runs: uprobes can't be put on its methods", $"profile:hz:99 {{ @[ustack] = count(); }} shows them, dotnet:{Path.GetFileNameWithoutExtension(path)}:* what the runtime tells; functions of native AOT programs can be probed");
        else if (path.Length == 0)
            ReportType(span, "the probe needs a binary, or a process", "give the binary's path, or the process with -p PID");
        else if (Glob.IsPattern(path))
            ReportType(span, process == 0 ? path.Contains('/') ? $"there is no program or library that '{path}' matches" : $"no process has mapped a file that '{path}' matches" : $"process {process} has mapped no file that '{path}' matches");
        else
            ReportType(span, $"there is no program or library '{path}' (an ELF file)", "give its whole path");
    }

    internal void WarnOfEmptyMap(TextSpan span, string name, IEnumerable<string> known) =>
        Warn("CT2005", span, $"nothing is ever stored in {name}: it reads as 0", DidYouMean(name, known));

    internal void ReportUnusedResult(TextSpan span, string function) =>
        Warn("CT2016", span, $"what {function}() gives is not used", $"to ask for nothing else: _ = {function}(…);");

    internal void WarnOfLeftOut(TextSpan span, string kind, IReadOnlyList<string> functions) =>
        Warn("CT2027", span, $"no {kind} can be attached to {Some(functions)}: left out", "kprobes can");

    internal void WarnOfDeprecated(TextSpan span, string what, string instead) =>
        Warn("CT2019", span, $"{what} is deprecated, in bpftrace as well", instead);

    internal void ReportUnused(TextSpan span) =>
        Warn("CT2016", span, "this value is not used");

    internal void ReportMixedQuery(TextSpan span, string item) =>
        Error("CT2020", span, $"'{item}' is no aggregation, and other items of this query are",
            $"make it a key: by {item}");

    internal void ReportEventOption(TextSpan span, string option) =>
        Error("CT2021", span, $"'{option}' goes with aggregations, and this query has none", "add one: < count() by … >");

    internal void ReportTwice(TextSpan span, string what) => Error("CT2022", span, $"{what} is given twice", "remove one");

    internal void ReportUnknownColumn(TextSpan span, string name, IReadOnlyCollection<string> known) =>
        Error("CT2023", span, $"the query has no column '{name}'", DidYouMean(name, known, $"its columns are {Some(known)}"));

    internal void ReportDuplicateColumn(TextSpan span, string name) =>
        Error("CT2024", span, $"two columns are called '{name}'", $"name one of them: … as {name}2");

    internal void ReportQueryMap(TextSpan span, string map) =>
        Error("CT2025", span, $"{map} is stored to elsewhere; a query's map is its own", "use another name after 'into'");

    internal void ReportLivingMap(TextSpan span, string map, string lives, string wanted) =>
        Error("CT2031", span, $"{map} is in use with {lives}; here it would have {wanted}", "use another name, or stop what uses it");

    internal void ReportUnsupported(TextSpan span, string what) => Error("CT2030", span, $"{what} is not in this version");

    internal void ReportConfig(TextSpan span, string name, IEnumerable<string> known) =>
        Error("CT2032", span, $"there is no setting '{name}'", DidYouMean(name, known, $"settings are {string.Join(", ", known)}"));

    internal void ReportUnknownProbe(TextSpan span, string kind, IReadOnlyCollection<string> known, string? whole) =>
        Error("CT3001", span, $"there is no kind of probe '{kind}'", whole is not null ? $"did you mean {whole}?" : DidYouMean(kind, known, $"kinds are {Some(known)}"));

    internal void ReportBadProbe(TextSpan span, string probe, string signature, string? hint) =>
        Error("CT3002", span, $"'{probe}' is not of the form {signature}", hint);

    internal void ReportNeverReturns(TextSpan span, string function, string entry) =>
        Error("CT3002", span, $"'{function}' never returns, and so is no span", $"its calls alone: {entry}");

    internal void ReportNoProbe(TextSpan span, string probe, IReadOnlyCollection<string> nearest) =>
        Error("CT3003", span, $"this machine has no {probe}",
            nearest.Count > 0 ? $"did you mean {string.Join(" or ", nearest.Take(3))}?" : "list what there is with: ctrace -l 'PATTERN'");

    internal void ReportNotTraceable(TextSpan span, string function) =>
        Error(NoProbe, span, $"the kernel does not let {function} be probed", "it has such a symbol, but not among available_filter_functions: probing it could stop the machine");

    internal void ReportBadUnit(TextSpan span, string unit, IReadOnlyCollection<string> known) =>
        Error("CT3004", span, $"there is no unit '{unit}'", $"units are {Some(known)}");

    internal void ReportBadPeriod(TextSpan span, string text) =>
        Error("CT3005", span, $"'{text}' is no period", "use a positive integer, as in interval:s:1");

    internal void ReportPeriodTooShort(TextSpan span, string shortest) =>
        Error("CT3006", span, "this is too often", $"the shortest period is {shortest}");

    internal void ReportMachine(TextSpan span, string message, string? hint) => Error("CT3007", span, message, hint, isAboutMachine: true);

    internal void ReportTooLarge(TextSpan span, string what) => Error("CT3008", span, what, "divide it into several clauses");

    internal void ReportLimit(TextSpan span, string setting, int most, int needed) =>
        Error("CT3009", span, $"{setting} is {most}, and the program needs {needed}", $"allow it with config = {{ {setting} = {needed} }} or CTRACE_{setting.ToUpperInvariant()}={needed}");

    private static string Count(int least, int most) =>
        least == most ? least == 0 ? "no argument" : least == 1 ? "one argument" : $"{least} arguments" : $"{least} to {most} arguments";

    private static string Some(IReadOnlyCollection<string> names) =>
        names.Count <= 12 ? string.Join(", ", names) : string.Join(", ", names.Take(12)) + ", …";
}
