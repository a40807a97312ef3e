using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Targets;
using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Ctrace.Repl.Prompting;

namespace Ctrace.Repl;

/// <summary>Words of the command line to a <see cref="Request"/>.</summary>
public static class CommandLineParser
{
    /// <summary>Reads the command line.</summary>
    /// <exception cref="UsageException">It makes no sense.</exception>
    public static Request Parse(string[] words)
    {
        // What stands after -- belongs to the program, whatever it looks like.
        int end = Array.IndexOf(words, "--");
        string[] own = end < 0 ? words : words[..end];
        string[] rest = end < 0 ? [] : words[(end + 1)..];

        var options = new Options();
        // -lv is one word in everyone's fingers, but -l takes a value and would take the v.
        own = [.. own.SelectMany(w => w == "-lv" ? ["-l", "-v"] : new[] { w })];
        var result = options.Root.Parse(own, Options.Configuration);
        CheckWords(options, result);

        if (result.GetValue(options.Help))
            return new Request { Kind = RequestKind.Help };
        if (result.GetValue(options.Version))
            return new Request { Kind = RequestKind.Version };
        if (result.GetValue(options.Info))
            return new Request { Kind = RequestKind.Info };

        string[] free = result.GetValue(options.Words) ?? [];
        if (result.GetValue(options.DescribeTarget) is { } described)
            return described.Length > 0 && free is [] ? new Request { Kind = RequestKind.DescribeTarget, TargetFolders = [described] } : throw new UsageException("--describe-target takes one folder, and nothing else");
        string[] types = result.GetValue(options.Btf) ?? [], targets = result.GetValue(options.Target) ?? [];
        bool checks = result.GetValue(options.Check);
        if (!checks && types.Length + targets.Length > 0)
            throw new UsageException($"{(types.Length > 0 ? "--btf" : "--target")} says what --check is to look at: ctrace --check FILE --target FOLDER");
        bool verbose = result.GetValue(options.Verbose);
        if (result.GetResult(options.List) is not null)
            return WithSymbols(ListRequest(result.GetValue(options.List), result.GetValue(options.Program), [.. free, .. rest], verbose), result, options) with { ProcessId = ReadProcess("-p", result.GetValue(options.Process)) };

        string? program = result.GetValue(options.Program);
        if (program is not null && free.Length > 0 && LooksLikeProgramFile(free[0]))
            throw new UsageException($"both -e and a file ({free[0]}) are given; put a parameter of that name after --");
        string? file = program is null && free.Length > 0 ? free[0] : null;
        bool prompts = program is null && file is null;
        if (prompts && Batch(options).FirstOrDefault(o => result.GetResult(o) is { Implicit: false }) is { } needsProgram)
            throw new UsageException($"{needsProgram.Name} needs a program: give one with -e 'PROBE < count() >', as a FILE, or - to read it from standard input");

        int process = ReadProcess("-p", result.GetValue(options.Process));
        var command = ReadCommand(result.GetValue(options.Command));
        if (process != 0 && command is not null)
            throw new UsageException("-c and -p can't be used together: trace a new command or a running process");
        var dump = DumpKinds.Read("--dump", result.GetValue(options.Dump) ?? []);
        string? mode = result.GetValue(options.Layout) ? "format" : result.GetValue(options.Mode);
        return WithSymbols(new Request
        {
            Kind = checks ? RequestKind.Check : prompts ? RequestKind.Prompt : KindOf(mode),
            TypeFiles = [.. types],
            TargetFolders = [.. targets],
            Program = program,
            File = file,
            Parameters = [.. file is null ? free : free[1..], .. rest],
            Command = command,
            ProcessId = process,
            UnwoundProcesses = [.. (result.GetValue(options.DwarfPid) ?? []).Select(p => ReadProcess("--dwarf-pid", p))],
            OutputFile = result.GetValue(options.Output) is "" ? throw new UsageException("-o needs a file name")
                : result.GetValue(options.Output),
            IncludedHeaders = [.. result.GetValue(options.IncludeFile) ?? []],
            ProbeFilter = result.GetValue(options.ProbeFilter),
            NoWarnings = result.GetValue(options.NoWarnings),
            TellsFailures = result.GetValue(options.Failures),
            Buffering = ReadBuffering(result.GetValue(options.Buffer)),
            HeaderFolders = [.. result.GetValue(options.Include) ?? []],
            Format = ReadFormat(result.GetValue(options.Format)),
            FlameFile = ReadPicture("--flame", result.GetValue(options.Flame)),
            HeatMapFile = ReadHeatMap(result, options),
            Rotation = ReadRotation(result, options),
            Duration = Amounts.Duration("--duration", result.GetValue(options.Duration)),
            MaxCpu = Amounts.Percent("--max-cpu", result.GetValue(options.MaxCpu)),
            Unsafe = result.GetValue(options.Unsafe),
            Quiet = result.GetValue(options.Quiet),
            Verbose = verbose,
            DryRun = result.GetValue(options.DryRun),
            Test = mode == "test" || result.GetValue(options.Test),
            Bench = mode == "bench" || result.GetValue(options.Bench),
            Dump = dump | DumpKinds.Read("-d", result.GetValue(options.Debug) ?? []),
            OnlyDumps = dump != DumpKind.None,
        }, result, options);
    }

    /// <summary>What a listing heeds as well: which functions and files there are, and what is left alone.</summary>
    private static Request WithSymbols(Request request, ParseResult result, Options options) => request with
    {
        DebugFolders = [.. (result.GetValue(options.DebugInfo) ?? []).SelectMany(f => f.Split(':', StringSplitOptions.RemoveEmptyEntries))],
        TraceableFunctions = result.GetValue(options.TraceableFunctions),
        UnusedFeatures = ReadFeatures(result.GetValue(options.NoFeature) ?? []),
    };

    /// <summary>What makes no sense at the prompt.</summary>
    private static IEnumerable<Option> Batch(Options options) => [options.Command, options.DwarfPid, options.Output, options.Flame, options.HeatMap, options.Rotate,
        options.Duration, options.MaxCpu, options.NoFeature, options.DryRun, options.Check, options.Dump, options.Debug, options.Test, options.Bench, options.Mode, options.Layout];

    private static void CheckWords(Options options, ParseResult result)
    {
        // An unknown option ends up among the free words.
        foreach (string word in result.GetValue(options.Words) ?? [])
        {
            if (word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]))
            {
                string hint = Spelling.Nearest(word, options.Names.Where(n => n.Length > 2)) is [var name, ..] ? $"; did you mean {name}?" : " (see --help)";
                throw new UsageException($"unknown option {word}{hint}");
            }
        }

        foreach (var error in result.Errors)
        {
            string name = error.SymbolResult is System.CommandLine.Parsing.OptionResult option ? option.Option.Name : "";
            throw new UsageException(options.ValueNames.TryGetValue(name, out string? value)
                ? error.SymbolResult!.Tokens.Count == 0 ? $"{name} needs a value: {name} {value}" : $"{name} can be given only once"
                : error.Message.TrimEnd('.'));
        }
    }

    private static Request ListRequest(string? pattern, string? program, string[] more, bool verbose)
    {
        // -l FILE, -l -e PROGRAM: the probes of a program.
        string? file = program is null && (pattern ?? more.FirstOrDefault()) is { } word && LooksLikeProgramFile(word) ? word : null;
        if (program is not null || file is not null)
            return new Request { Kind = RequestKind.List, Program = program, File = file, Verbose = verbose, Parameters = [.. pattern == file ? more : more.Skip(1)] };
        if (more.Length > 1 || (pattern is not null && more.Length > 0))
            throw new UsageException("-l takes one pattern; put it in quotes, so that the shell leaves * alone");
        return new Request
        {
            Kind = RequestKind.List,
            Pattern = pattern ?? (more.Length > 0 ? more[0] : null),
            Verbose = verbose,
        };
    }

    private static bool LooksLikeProgramFile(string word) =>
        word.EndsWith(".ct", StringComparison.Ordinal) || word.EndsWith(".bt", StringComparison.Ordinal);

    private static int ReadProcess(string option, string? text)
    {
        if (text is null)
            return 0;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int process) && process > 0
            ? process
            : throw new UsageException($"{option} {text}: expected the number of a process");
    }

    private static ImmutableArray<string>? ReadCommand(string? text)
    {
        if (text is null)
            return null;
        var words = ShellWords.Split(text);
        return words.IsEmpty ? throw new UsageException("-c needs a command") : words;
    }

    private static Rendering.Buffering ReadBuffering(string? word) => word switch
    {
        null => Rendering.Buffering.Usual,
        "none" => Rendering.Buffering.None,
        "line" => Rendering.Buffering.Line,
        "full" => Rendering.Buffering.Full,
        _ => throw new UsageException($"-B {word}: expected none, line or full"),
    };

    /// <summary>bpftrace's modes: <c>test</c>, <c>bench</c> and <c>format</c> are options of their own too.</summary>
    private static RequestKind KindOf(string? mode) => mode switch
    {
        null or "test" or "bench" => RequestKind.Run,
        "format" => RequestKind.Format,
        "codegen" => RequestKind.Compile,
        "compiler-bench" => RequestKind.TimeCompiler,
        _ => throw new UsageException($"--mode {mode}: expected test, bench, format, codegen or compiler-bench"),
    };

    private static ResultFormat ReadFormat(string? word) => word switch
    {
        null or "text" => ResultFormat.Table,
        "json" => ResultFormat.Json,
        "csv" => ResultFormat.Csv,
        "folded" => ResultFormat.Folded,
        "speedscope" => ResultFormat.Speedscope,
        "pprof" => ResultFormat.Pprof,
        _ => throw new UsageException($"-f {word}: expected text, json, csv, folded, speedscope or pprof"),
    };

    private static ImmutableHashSet<KernelFeature> ReadFeatures(string[] lists)
    {
        var unused = ImmutableHashSet.CreateBuilder<KernelFeature>();
        foreach (string name in lists.SelectMany(l => l.Split(',')))
            unused.UnionWith(KernelFeatures.Switches.TryGetValue(name, out var features) ? features
                : throw new UsageException($"--no-feature {name}: expected {string.Join(", ", KernelFeatures.Switches.Keys.Order(StringComparer.Ordinal))}"));
        return unused.ToImmutable();
    }

    private static Rotation? ReadRotation(ParseResult result, Options options)
    {
        var rotation = Amounts.Rotation("--rotate", result.GetValue(options.Rotate));
        if (rotation is not null && result.GetValue(options.Output) is null)
            throw new UsageException("--rotate needs a file: say which with -o FILE");
        if (rotation is not null && result.GetValue(options.Format) is "pprof" or "speedscope")
            throw new UsageException($"--rotate makes no sense with -f {result.GetValue(options.Format)}, which is one document");
        return rotation;
    }

    private static string? ReadHeatMap(ParseResult result, Options options) => result.GetValue(options.HeatMap) switch
    {
        "-" when ReadFormat(result.GetValue(options.Format)) != ResultFormat.Table => throw new UsageException("--heatmap - draws in the text output: leave -f out"),
        "-" => "-",
        var file => ReadPicture("--heatmap", file),
    };

    private static string? ReadPicture(string option, string? file) =>
        file is null || file.EndsWith(".svg", StringComparison.OrdinalIgnoreCase) ? file
            : throw new UsageException($"{option} {file}: expected the name of a file that ends in .svg");
}
