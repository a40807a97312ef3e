
namespace Ctrace.Compiler.Catalog;

/// <summary>A part of the language that is no name of the catalogue's: how it is written, what it means, a program that has it.</summary>
public sealed record LanguageEntry(string Written, string Summary, string Example);

/// <summary>What documentation says of types, statements and settings; tests run each example.</summary>
public static class LanguageReference
{
    /// <summary>Types.</summary>
    public static IReadOnlyList<LanguageEntry> Types { get; } =
    [
        new("bool", "True or false.", "begin { let $x : bool = 5 > 3; print($x); exit(); }"),
        new("int8 … int64, uint8 … uint64", "Integers; C's names too: char, unsigned long, uint32_t, size_t, u64.", "begin { let $x : uint8 = 200; print((int8)$x); exit(); }"),
        new("string[N]", "Text of at most N - 1 bytes.", "begin { let $s : string[16] = \"hello\"; print($s); exit(); }"),
        new("TYPE[N]", "An array; an integer can be cast to one of its size, and back.", "begin { $bytes = (uint8[4])(uint32)0x01020304; print($bytes[0]); exit(); }"),
        new("TYPE *", "A pointer: + and - count in elements, *p and p[i] read memory.", "tracepoint:syscalls:sys_enter_openat { $p = (uint8 *)args.filename; print(*($p + 1)); }"),
        new("(a, b)", "A tuple; its elements are .0, .1, ….", "begin { $t = (1, \"one\"); print($t.1); @[(1, 2)] = 3; exit(); }"),
        new("(a=x, b=y)", "A record: a tuple whose elements have names.", "begin { $r = (id=1, name=\"one\"); print($r.name); exit(); }"),
        new("struct, union, enum, typedef", "From the kernel's type information, from headers (#include), or declared before the clauses.", "struct pair { int a; int b; } begin { print(sizeof(struct pair)); exit(); }"),
        new("typeof(x)", "The type of an expression, where a type is written.", "begin { $x = 5; let $y : typeof($x) = 6; print($y); exit(); }"),
    ];

    /// <summary>Statements and expressions.</summary>
    public static IReadOnlyList<LanguageEntry> Statements { get; } =
    [
        new("$x = value", "A variable of the clause; its first assignment settles its type.", "begin { $x = 5; print($x); exit(); }"),
        new("let $x", "Declares a variable in the innermost scope, with a type (let $x : uint8) or without.", "begin { let $x; if (pid > 0) { $x = 1; } print($x); exit(); }"),
        new("@name = value, @name[key] = value", "A map, shared by all clauses, printed at the end.", "tracepoint:syscalls:sys_enter_read { @last[comm] = args.count; }"),
        new("+= -= *= /= %= <<= >>= &= |= ^=", "Compound assignment; += and -= on maps are atomic.", "tracepoint:syscalls:sys_enter_read { @bytes += args.count; }"),
        new("x++, --x", "Counts up or down; the value is the one before or after.", "begin { $x = 5; $y = $x++; print(($x, $y)); exit(); }"),
        new("if (c) { … } else { … }", "A choice.", "tracepoint:syscalls:sys_enter_read { if (args.count > 4096) { @large = count(); } else { @small = count(); } }"),
        new("c ? a : b", "A choice between values.", "tracepoint:syscalls:sys_enter_read { @[args.count > 4096 ? \"large\" : \"small\"] = count(); }"),
        new("while (c) { … }", "A loop; the kernel ends one that is too long, and that is counted.", "begin { $i = 0; while ($i < 5) { $i++; } print($i); exit(); }"),
        new("for ($i : a..b) { … }", "A loop over a range; b is not part of it.", "begin { for ($i : 0..3) { print($i); } exit(); }"),
        new("for ($entry : @map) { … }", "A loop over a map: $entry.0 is the key, $entry.1 the value. The order is the kernel's.", "begin { @a[1] = 10; for ($entry : @a) { print($entry); } exit(); }"),
        new("unroll (n) { … }", "n copies.", "begin { $x = 1; unroll (3) { $x *= 2; } print($x); exit(); }"),
        new("break, continue", "Leaves the innermost loop, or goes on with its next round.", "begin { for ($i : 0..9) { if ($i == 2) { break; } } exit(); }"),
        new("return", "Ends the clause for this event.", "tracepoint:syscalls:sys_enter_read { if (args.count == 0) { return; } @ = count(); }"),
        new("{ …; value }", "A block as an expression.", "begin { $x = { let $y = 2; $y * 3 }; print($x); exit(); }"),
        new("_ = value", "Throws a value away.", "begin { @a[1] = 1; _ = delete(@a, 1); exit(); }"),
        new("/condition/", "A predicate: the clause runs only where it holds.", "tracepoint:syscalls:sys_enter_read /args.count > 4096/ { @ = count(); }"),
        new("macro name(x, $y, @z) { … }", "A name for a piece of program; x stands for an expression, $y for a variable, @z for a map.", "macro twice(x) { x * 2 } begin { print(twice(4)); exit(); }"),
        new("let @m = lruhash(n);", "Declares a map's kind and its number of entries: hash, lruhash, percpuhash, percpulruhash, array, percpuarray.", "let @m = lruhash(100); tracepoint:syscalls:sys_enter_read { @m[tid] = nsecs; }"),
        new("$1, $2, …, $#", "The parameters on the command line, and their number.", "begin { printf(\"%d %d\\n\", $#, $1); exit(); }"),
        new("sizeof, offsetof, container_of", "Sizes and places of types, in bytes.", "struct pair { int a; int b; } begin { print(sizeof(struct pair)); print(offsetof(struct pair, b)); exit(); }"),
    ];

    /// <summary>The settings of the config block; CTRACE_ and BPFTRACE_ before a name in capitals make it an environment variable.</summary>
    public static IReadOnlyList<LanguageEntry> Settings { get; } =
    [
        new("max_map_keys", "Entries of a map with keys (4096).", "config = { max_map_keys = 100000 } tracepoint:syscalls:sys_enter_read { @[tid] = count(); }"),
        new("max_strlen", "Longest text that str() reads (1024).", "config = { max_strlen = 200 } tracepoint:syscalls:sys_enter_openat { print(str(args.filename)); }"),
        new("str_trunc_trailer", "What stands behind a text that was cut (..).", "config = { str_trunc_trailer = \"~\" } tracepoint:syscalls:sys_enter_openat { print(str(args.filename)); }"),
        new("cpp_demangle", "Whether functions of C++ and Rust are shown as in their source, and not by their symbols (true).", "config = { cpp_demangle = false } profile:hz:99 { @[ustack] = count(); }"),
        new("show_debug_info", "Whether functions in user stacks have their source's file and line behind them (false).", "config = { show_debug_info = true } profile:hz:99 { @[ustack] = count(); }"),
        new("stack_mode", "How stacks are shown: bpftrace, perf, raw or build_id.", "config = { stack_mode = perf } profile:hz:99 { @[kstack(3)] = count(); }"),
        new("print_maps_on_exit", "Whether maps are printed at the end (true).", "config = { print_maps_on_exit = false } tracepoint:syscalls:sys_enter_read { @ = count(); }"),
        new("missing_probes", "What to do where a probe is missing: error, warn or ignore.", "config = { missing_probes = warn } tracepoint:syscalls:sys_enter_read { @ = count(); }"),
        new("max_cat_bytes", "The most bytes of a file that cat() shows (10240).", "config = { max_cat_bytes = 100 } begin { cat(\"/proc/loadavg\"); exit(); }"),
        new("max_probes", "How many probes the program may be attached to; what the kernel attaches by one call, such as all functions of a wildcard, is one (no limit).", "config = { max_probes = 100 } tracepoint:sched:sched_* { @ = count(); }"),
        new("max_bpf_progs", "How many eBPF programs may be made of the program (no limit).", "config = { max_bpf_progs = 100 } tracepoint:sched:sched_switch { @ = count(); }"),
        new("perf_rb_pages", "Pages of 4 KiB of the event buffer (2048).", "config = { perf_rb_pages = 64 } begin { print(1); exit(); }"),
    ];
}
