using System.CommandLine;

namespace Ctrace.Repl;

/// <summary>The options, one field each.</summary>
internal sealed class Options
{
    internal static readonly ParserConfiguration Configuration = new()
    {
        // A word such as @map is a word, not the name of a file with more words.
        ResponseFileTokenReplacer = null,
        EnablePosixBundling = true,
    };

    internal readonly Option<string?> Program = new("-e");
    internal readonly Option<string?> List = new("-l", "--list") { Arity = ArgumentArity.ZeroOrOne };
    internal readonly Option<string?> Command = new("-c", "--cmd");
    internal readonly Option<string?> Process = new("-p", "--pid");
    internal readonly Option<string[]> DwarfPid = new("--dwarf-pid") { Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
    internal readonly Option<string?> Output = new("-o", "--output");
    internal readonly Option<string?> Format = new("-f");
    internal readonly Option<string?> Flame = new("--flame");
    internal readonly Option<string?> HeatMap = new("--heatmap");
    internal readonly Option<string?> Rotate = new("--rotate");
    internal readonly Option<string?> Duration = new("--duration");
    internal readonly Option<string?> MaxCpu = new("--max-cpu");
    internal readonly Option<string[]> NoFeature = new("--no-feature") { Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
    internal readonly Option<bool> Unsafe = new("--unsafe");
    internal readonly Option<string[]> Dump = new("--dump") { Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
    internal readonly Option<string[]> Debug = new("-d", "--debug") { Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
    internal readonly Option<string?> Mode = new("--mode");
    internal readonly Option<bool> Layout = new("--fmt");
    internal readonly Option<string[]> Include = new("-I") { Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
    internal readonly Option<bool> Quiet = new("-q", "--quiet");
    internal readonly Option<bool> Verbose = new("-v", "--verbose");
    internal readonly Option<string?> Buffer = new("-B");
    internal readonly Option<string[]> IncludeFile = new("--include") { Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
    internal readonly Option<string[]> DebugInfo = new("--debuginfo") { Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
    internal readonly Option<string?> ProbeFilter = new("--probe-filter");
    internal readonly Option<string?> TraceableFunctions = new("--traceable-functions");
    internal readonly Option<bool> NoWarnings = new("--no-warnings");
    internal readonly Option<bool> Failures = new("-k", "--warnings");
    internal readonly Option<bool> StaticProbesByFile = new("--usdt-file-activation");
    internal readonly Option<bool> DryRun = new("--dry-run");
    internal readonly Option<bool> Test = new("--test");
    internal readonly Option<bool> Bench = new("--bench");
    internal readonly Option<bool> Check = new("--check");
    internal readonly Option<string[]> Btf = new("--btf") { Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
    internal readonly Option<string[]> Target = new("--target") { Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
    internal readonly Option<string?> DescribeTarget = new("--describe-target");
    internal readonly Option<bool> Info = new("--info");
    internal readonly Option<bool> Version = new("--version", "-V");
    internal readonly Option<bool> Help = new("--help", "-h");
    internal readonly Argument<string[]> Words = new("words") { Arity = ArgumentArity.ZeroOrMore };

    internal Options()
    {
        // A plain command: the root command would bring options of its own.
        Root = new Command("ctrace");
        foreach (Option option in new Option[]
                 {
                     Program, List, Command, Process, DwarfPid, Output, Format, Flame, HeatMap, Rotate, Duration, MaxCpu, NoFeature, Unsafe, Dump, Debug, Mode, Layout, Include, IncludeFile, DebugInfo, ProbeFilter, TraceableFunctions,
                     NoWarnings, Failures, StaticProbesByFile, Buffer, Quiet, Verbose, DryRun, Test, Bench, Check, Btf, Target, DescribeTarget, Info, Version, Help,
                 })
            Root.Add(option);
        Root.Add(Words);
    }

    internal Command Root { get; }

    /// <summary>Options that need a value, and what it is.</summary>
    internal Dictionary<string, string> ValueNames { get; } = new()
    {
        ["-e"] = "PROGRAM", ["-c"] = "COMMAND", ["-p"] = "PID", ["--dwarf-pid"] = "PID", ["-o"] = "FILE", ["--flame"] = "FILE.svg", ["--heatmap"] = "FILE.svg",
        ["--rotate"] = "SIZE[,COUNT]", ["--duration"] = "10s", ["--max-cpu"] = "5%", ["--no-feature"] = "FEATURE,…", ["-f"] = "text|json|csv|folded|speedscope|pprof", ["--dump"] = "ast|types|ir|asm|loading|verifier|all", ["-d"] = "ast|types|ir|asm|loading|verifier|all",
        ["--mode"] = "test|bench|format|codegen|compiler-bench", ["-I"] = "FOLDER",
        ["-B"] = "none|line|full", ["--include"] = "FILE", ["--debuginfo"] = "FOLDER[:FOLDER]", ["--probe-filter"] = "REGEX", ["--traceable-functions"] = "FILE",
        ["--btf"] = "FILE", ["--target"] = "FOLDER", ["--describe-target"] = "FOLDER",
    };

    internal IEnumerable<string> Names => Root.Options.SelectMany(o => o.Aliases.Prepend(o.Name));
}
