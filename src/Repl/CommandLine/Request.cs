using System.Collections.Immutable;

namespace Ctrace.Repl;

/// <summary>What the command line asks for.</summary>
public sealed record Request
{
    /// <summary>The one thing to do.</summary>
    public RequestKind Kind { get; init; } = RequestKind.Run;

    /// <summary>The program given with <c>-e</c>.</summary>
    public string? Program { get; init; }

    /// <summary>The program's file; <c>-</c> for standard input.</summary>
    public string? File { get; init; }

    /// <summary>The parameters <c>$1</c>, <c>$2</c>, ….</summary>
    public ImmutableArray<string> Parameters { get; init; } = [];

    /// <summary>What to list (<c>-l</c>); null for everything.</summary>
    public string? Pattern { get; init; }

    /// <summary>A command to run and trace.</summary>
    public ImmutableArray<string>? Command { get; init; }

    /// <summary>A process to trace; 0 for none.</summary>
    public int ProcessId { get; init; }

    /// <summary>More processes whose stacks are unwound without frame pointers (<c>--dwarf-pid</c>).</summary>
    public ImmutableArray<int> UnwoundProcesses { get; init; } = [];

    /// <summary>Where the results go; null for standard output.</summary>
    public string? OutputFile { get; init; }

    /// <summary>Type information of kernels that a program is checked for (<c>--btf</c>).</summary>
    public ImmutableArray<string> TypeFiles { get; init; } = [];

    /// <summary>Descriptions of machines that a program is checked for (<c>--target</c>); with <see cref="RequestKind.DescribeTarget"/> the one to make.</summary>
    public ImmutableArray<string> TargetFolders { get; init; } = [];

    /// <summary>Folders to look for headers in (<c>-I</c>).</summary>
    public ImmutableArray<string> HeaderFolders { get; init; } = [];

    /// <summary>Headers to include before the program (<c>--include</c>).</summary>
    public ImmutableArray<string> IncludedHeaders { get; init; } = [];

    /// <summary>More folders to look for debug files in (<c>--debuginfo</c>).</summary>
    public ImmutableArray<string> DebugFolders { get; init; } = [];

    /// <summary>A regular expression: only probes whose names it matches are attached (<c>--probe-filter</c>); null for all.</summary>
    public string? ProbeFilter { get; init; }

    /// <summary>The file with the functions of the kernel that can be probed (<c>--traceable-functions</c>); null for the kernel's own list.</summary>
    public string? TraceableFunctions { get; init; }

    /// <summary>No warnings (<c>--no-warnings</c>).</summary>
    public bool NoWarnings { get; init; }

    /// <summary>Tell of reads of memory and of maps that fail (<c>-k</c>).</summary>
    public bool TellsFailures { get; init; }

    /// <summary>When output goes out (<c>-B</c>).</summary>
    public Rendering.Buffering Buffering { get; init; }

    /// <summary>How results are printed.</summary>
    public Prompting.ResultFormat Format { get; init; }

    /// <summary>Where a flame graph of the maps with stacks goes (<c>--flame</c>); null for none.</summary>
    public string? FlameFile { get; init; }

    /// <summary>Where a picture of the histograms over time goes (<c>--heatmap</c>); "-" for the output itself; null for none.</summary>
    public string? HeatMapFile { get; init; }

    /// <summary>Whether histograms are drawn over time as they are printed.</summary>
    public bool DrawsHeat => HeatMapFile is "-";

    /// <summary>How the file of results gives way to a new one (<c>--rotate</c>); null for never.</summary>
    public Rotation? Rotation { get; init; }

    /// <summary>How long to trace (<c>--duration</c>); null for as long as the program likes.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The most of one CPU that a probe may take, in percent (<c>--max-cpu</c>); null for no limit.</summary>
    public double? MaxCpu { get; init; }

    /// <summary>Features of the kernel that are not to be used (<c>--no-feature</c>).</summary>
    public ImmutableHashSet<Compiler.Targets.KernelFeature> UnusedFeatures { get; init; } = [];

    /// <summary>The program may change the system.</summary>
    public bool Unsafe { get; init; }

    /// <summary>Only results and errors.</summary>
    public bool Quiet { get; init; }

    /// <summary>More detail.</summary>
    public bool Verbose { get; init; }

    /// <summary>Compile and load; attach nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Run the <c>test</c> probes, and nothing else.</summary>
    public bool Test { get; init; }

    /// <summary>Run the <c>bench</c> probes, and nothing else.</summary>
    public bool Bench { get; init; }

    /// <summary>What to print instead of running (<c>--dump</c>), or before it (<c>-d</c>).</summary>
    public DumpKind Dump { get; init; }

    /// <summary>Whether the program is only looked at, and not run.</summary>
    public bool OnlyDumps { get; init; }
}

/// <summary>The things that ctrace does.</summary>
public enum RequestKind
{
    /// <summary>Run a program (or dump it, or try it).</summary>
    Run,

    /// <summary>Work at the prompt.</summary>
    Prompt,

    /// <summary>List probes.</summary>
    List,

    /// <summary>Explain the command line.</summary>
    Help,

    /// <summary>Say what this machine can do.</summary>
    Info,

    /// <summary>Say on which kernels a program fits.</summary>
    Check,

    /// <summary>Lay a program out in the usual way, and print it.</summary>
    Format,

    /// <summary>Time the steps of the compiler.</summary>
    TimeCompiler,

    /// <summary>Compile a program, and no more.</summary>
    Compile,

    /// <summary>Save what programs are compiled by.</summary>
    DescribeTarget,

    /// <summary>Say the version.</summary>
    Version,
}
