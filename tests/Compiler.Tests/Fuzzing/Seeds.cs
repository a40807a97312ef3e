using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Ctrace.Compiler.Catalog;

namespace Ctrace.Compiler.Tests.Fuzzing;

/// <summary>Right programs: the examples, the goldens, the questions of docs/queries.md, the catalogue's examples.</summary>
internal static partial class Seeds
{
    public static IReadOnlyList<string> All()
    {
        string[] files =
        [
            .. Directory.GetFiles(Path.Combine(Root(), "examples"), "*.ct"), .. Directory.GetFiles(Path.Combine(Root(), "tests", "goldens"), "*.ct"),
        ];
        return
        [
            .. files.Order(StringComparer.Ordinal).Select(File.ReadAllText),
            .. Fence().Matches(File.ReadAllText(Path.Combine(Root(), "docs", "queries.md"))).Select(m => m.Groups[1].Value),
            .. CatalogIndex.Probes.Select(p => p.Example), .. CatalogIndex.Aggregations.Select(a => a.Example), .. CatalogIndex.Builtins.Select(b => b.Example),
            .. CatalogIndex.Functions.Concat(CatalogIndex.BuiltinCalls).Concat(CatalogIndex.Elsewhere).Select(f => f.Example),
            .. Own,
        ];
    }

    /// <summary>Parts of the language that few of the others use.</summary>
    private static readonly string[] Own =
    [
        "struct S { int a; unsigned b : 3, c : 13; char d[8]; struct { short e; union { long f; char g; }; } h[2]; struct S *n; }; enum E { A, B = 7 }; #define K 5\nbegin { $s = (struct S *)curtask; print(($s->a, $s->b, $s->c, $s->d, $s->h[1].e, $s->h[0].f, $s->n->n->a, A + B + K)); }",
        "macro add(a, b) { a + b } macro inc($x) { $x = $x + 1; $x } macro fill(@m, v) { @m[v] = v; } begin { $y = 3; inc($y); fill(@z, add($y, 4)); print(@z); }",
        "let @h = lruhash(10); config = { max_map_keys = 100; missing_probes = warn } begin { @h[1, \"a\"] = (1, (2, \"b\")); for ($kv : @h) { print(($kv.0.1, $kv.1.1.1)); } }",
        "begin { let $a : int8 = (int8)300; let $b; $b = 5; for ($i : -3..(1 + 2)) { if ($i == 1) { continue; } @[$i] = $i % 3; } while ($a < 100) { $a++; if ($a > 50) { break; } } unroll(3) { @n++; } }",
        "kprobe:vfs_read { @[args.file->f_path.dentry->d_name.name] = hist(args.count); } kretprobe:vfs_read { @r = stats(retval); }",
        "rawtracepoint:sched_switch /args.prev->pid != 0/ { @[args.prev->comm, (uint8)args.prev_state] = sum(args.next->prio); }",
        "begin { $a = (int32[2])0x100000002; print($a[1]); print((uint8[4])(uint32)7); $t = (a=1, b=\"x\"); print($t.b); $p = (uint64 *)0xffff; print(*$p); print($p[2]); print(*(int16 *)($p + 1)); }",
        "begin { $x = { let $y = 4; $y * 2 }; $z = $x > 3 ? (1, \"long\") : (2, \"s\"); _ = $z; print($z.0 ? comm : \"none\"); return; }",
        "tracepoint:sched:sched_switch < count() as n, p50(prev_prio), hist(args.next_pid, 2), distinct(args.next_comm) by args.prev_comm as from, (cpu > 0) top 3 by n into @s > end { print(@s, 5); clear(@s); zero(@s); }",
        "interval:s:1 { @t = tseries(rand % 10, 1s, 20); print(@t); @f = first(nsecs); @l = last(nsecs); delete(@d, (1, 2)); @d[(1, 2)] = count(); if (has_key(@d, (1, 2))) { print(len(@d)); } }",
        "begin { @s = str_concat(comm, \"-\"); print(strcontains(@s, \"a\") && strncmp(@s, \"bc\", 2) == 0 || !memcmp(@s, \"xyz\", 3)); print(ntop(0x0100007f)); print(macaddr((uint8[6])0)); printf(\"%-10s|%5d|%lx|%c|%p|%r\\n\", \"a\", -1, 255, 65, 0, buf(\"ab\", 2)); }",
        "begin, end, /* the last */ /pid != 0/ // why\n { $x = comptime 2 + 3; if comptime sizeof($x) == 8 { print($x) } else { print(\"small\") } }",
        "interval:s:$1, $2 /* a */ /comptime (1 < 2) && $# > 0/ /* b */ { $a = (uint16)1; $p = &$a; $q = (int32 *)$p; $q++; $q += 2; @p = $q; @p--; $r = $1 ?: 5; print((sizeof($a), bswap($a), $r)); }",
        "fentry:bpf:7:run_*, kprobe:vfs_read+4, uprobe:/bin/sh:cpp:\"a::b(int)\", iter:task:tasks { $v = if (pid > 1) { \"a\" } else { \"b\" }; debugf(\"%s\", $v); @m[kstack(3) == kstack(3)] = (&@m)->max_entries; while (1) { let $i : uint8 = (uint8)3; break; } }",
    ];

    [GeneratedRegex("```(?:ct)?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fence();

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));
}
