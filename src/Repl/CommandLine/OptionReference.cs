namespace Ctrace.Repl;

/// <summary>An option as docs/language.md lists it.</summary>
/// <param name="Written">The option with its value.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Example">A command line that has it, without the program's name.</param>
internal sealed record OptionReference(string Written, string Summary, string[] Example)
{
    private const string Count = "tracepoint:raw_syscalls:sys_enter < count() by comm >", Stacks = "profile:hz:99 { @[kstack] = count(); }";

    /// <summary>All of them.</summary>
    internal static IReadOnlyList<OptionReference> All { get; } =
    [
        new("-e PROGRAM", "The program itself.", ["-e", Count]),
        new("FILE", "A program's file; `-` is standard input.", ["examples/opensnoop.ct"]),
        new("-- PARAMETERS", "`$1`, `$2`, … of the program, and its named parameters (`getopt`).", ["-e", "begin { print($1); exit(); }", "--", "7"]),
        new("-I FOLDER", "Look for headers there too.", ["-I", "/usr/include", "-e", Count]),
        new("--include FILE", "Include a header before the program's own.", ["--include", "stddef.h", "-e", Count]),
        new("-c COMMAND", "Run a command and trace only it; ends when it does.", ["-c", "ls /", "-e", Count]),
        new("-p PID", "Trace only this process; ends when it does.", ["-p", "1", "-e", Count]),
        new("--dwarf-pid PID", "Let `dw_ustack` unwind this process too; may be given again.", ["--dwarf-pid", "1", "-e", "profile:hz:99 { @[dw_ustack] = count(); }"]),
        new("-l [PATTERN]", "List probes, or those of a program (`-l FILE`, `-l -e PROGRAM`); with `-v` (or as `-lv`) their fields too.", ["-l", "tracepoint:sched:*"]),
        new("--probe-filter REGEX", "Attach only probes whose names a regular expression matches; `begin` and `end` run all the same.", ["--probe-filter", "sys_enter", "-e", Count]),
        new("--traceable-functions FILE", "Take the kernel's functions that can be probed from a file, a `name` or `name [module]` in each line.", ["--traceable-functions", "functions", "-e", Count]),
        new("--usdt-file-activation", "For bpftrace's command lines: semaphores of static probes are always counted up for all processes of a file.", ["--usdt-file-activation", "-e", Count]),
        new("--debuginfo FOLDER[:FOLDER]", "Look for debug files there too, by build id or name; relative to the binary unless it begins with `/`; `+` before it checks names by their checksums.", ["--debuginfo", "/srv/debug", "-e", Count]),
        new("-o FILE", "Write results to a file.", ["-o", "results", "-e", Count]),
        new("--rotate SIZE[,COUNT]", "Begin a new file when it has that size, and keep so many old ones (5).", ["-o", "results", "--rotate", "10M,3", "-e", Count]),
        new("-f FORMAT", "`text`, `json`, `csv`, or for maps keyed by stacks `folded`, `speedscope`, `pprof`.", ["-f", "json", "-e", Count]),
        new("--flame FILE.svg", "Draw maps keyed by stacks as a flame graph.", ["--flame", "flame.svg", "-e", Stacks]),
        new("--heatmap FILE.svg", "Draw histograms over time.", ["--heatmap", "heat.svg", "-e", "span:syscall:read { @ = hist(duration); }"]),
        new("-B MODE", "When output goes out: `none` (at once), `line` or `full` (when 64 KiB are full, and at the end).", ["-B", "line", "-e", Count]),
        new("-q", "Results and errors only.", ["-q", "-e", Count]),
        new("-v", "Say more: steps and their times, and at the end what each probe cost.", ["-v", "-e", Count]),
        new("-k", "Tell of reads of memory and of map entries that fail, and of divisions by zero: where, how often, and the kernel's error.", ["-k", "-e", Count]),
        new("--no-warnings", "No warnings. What got lost is told all the same.", ["--no-warnings", "-e", Count]),
        new("--duration TIME", "End after that time.", ["--duration", "10s", "-e", Count]),
        new("--max-cpu SHARE", "Detach a probe that takes more of one CPU than that.", ["--max-cpu", "5%", "-e", Count]),
        new("--no-feature FEATURE,…", "Do without what the kernel has: `kprobe_multi`, `uprobe_multi`, `kprobe_session`, `uprobe_session`, `kprobe_pmu`.", ["--no-feature", "uprobe_multi", "-e", Count]),
        new("--unsafe", "Allow what changes the system: `signal`, `system`, `override`.", ["--unsafe", "-e", "interval:s:1 { system(\"date\"); }"]),
        new("--dry-run", "Compile, and let the kernel's verifier judge; attach nothing.", ["--dry-run", "-e", Count]),
        new("--dump STEP,…", "Print what a program becomes, and don't run it: `ast`, `types` (of maps and variables), `ir`, `asm` (the bytecode beside its source), `loading` (what is made in the kernel), `verifier` (its log) or `all`.", ["--dump", "types,asm", "-e", Count]),
        new("-d STEP,…", "The same, and then run the program; also with bpftrace's names `codegen`, `dis`, `libbpf`, ….", ["-d", "ast", "-e", Count]),
        new("--fmt", "Print the program laid out in the usual way: comments stay, only white space and missing semicolons change.", ["--fmt", "examples/opensnoop.ct"]),
        new("--mode MODE", "For bpftrace's command lines: `test`, `bench` and `format` are `--test`, `--bench` and `--fmt`; `codegen` only compiles, `compiler-bench` times that.", ["--mode", "codegen", "-e", Count]),
        new("--test", "Run the program's `test:NAME` probes, and show how they did.", ["--test", "-e", "test:sums { return 1 + 1 != 2; }"]),
        new("--bench", "Run the program's `bench:NAME` probes, and show how long they take.", ["--bench", "-e", "bench:sum { $a = nsecs + 1; }"]),
        new("--check", "Say whether the program fits this kernel, or those that are given.", ["--check", "-e", Count]),
        new("--target FOLDER", "Check for the machine that was described there.", ["--check", "examples/opensnoop.ct", "--target", "old-server"]),
        new("--btf FILE", "Check for a kernel by its type information alone.", ["--check", "-e", "kprobe:vfs_read < count() by comm >", "--btf", "vmlinux.btf"]),
        new("--describe-target FOLDER", "Save what `--target` needs of this machine.", ["--describe-target", "this-server"]),
        new("--info", "Say what this machine can do, and what ctrace does instead.", ["--info"]),
        new("--version", "Print the version.", ["--version"]),
        new("--help", "Print the options.", ["--help"]),
    ];
}
