using System.Text.RegularExpressions;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>How a tool of bpftrace's is compared: what is done meanwhile, and what of its output must be the same.</summary>
/// <param name="Tool">The script.</param>
/// <param name="Workload">What a shell does meanwhile.</param>
/// <param name="Keep">Lines that are compared; an entry of a map is one, with its stack or its histogram.</param>
/// <param name="Blur">What in them is not.</param>
/// <param name="Except">The same in words; null where only other processes' lines are left out.</param>
internal sealed record ToolCase(string Tool, string Workload, string Keep, string Blur, string? Except)
{
    /// <summary>A command that the workload needs.</summary>
    public string? Command { get; init; }

    /// <summary>A program of ours that the workload starts as <c>$program</c>.</summary>
    public string? Program { get; init; }

    /// <summary>What becomes of lines that are alike then.</summary>
    public Alike Same { get; init; }

    /// <summary>What becomes of lines that are alike.</summary>
    public enum Alike
    {
        /// <summary>There are as many of them.</summary>
        Each,

        /// <summary>They count as one: how often they come depends on the clock.</summary>
        Once,

        /// <summary>The numbers at their ends are added up: between which seconds they fall depends on the clock.</summary>
        Added,
    }

    private const string Clock = @"\d\d:\d\d:\d\d(\.\d+)?", Histogram = @"(?<=:); \[.*", Nothing = "(?!)";

    private const string Times = "the time", Latencies = "how long it took", Buckets = "how many fall into which bucket";

    private const string WriteFile = "f=$(mktemp -p /var/tmp); dd if=/dev/zero of=$f bs=64k count=20 conv=fsync; rm $f";

    /// <summary>A connection over loopback, a line, and its end.</summary>
    private const string Connect = "nc -l -p 18080 >/dev/null & until echo ctrace 2>/dev/null >/dev/tcp/127.0.0.1/18080; do sleep 0.2; done; wait";

    /// <summary>What the shell does next may use only so much memory.</summary>
    private const string Confined = "g=/sys/fs/cgroup/ctrace-tool; echo +memory >/sys/fs/cgroup/cgroup.subtree_control; mkdir -p $g; echo 16M >$g/memory.max; echo $$ >$g/cgroup.procs";

    /// <summary>
    /// A connection with a key that both know, so that no certificate is needed, and a line over it. Both are there when the tracers end: bpftrace has no
    /// names for functions of processes that are not.
    /// </summary>
    private const string Encrypt = "set -m; p=$((20000 + $$ % 10000)); sleep 60 | openssl s_server -accept $p -psk 1a2b3c4d -nocert -quiet -naccept 2 & "
        + "until (: </dev/tcp/127.0.0.1/$p); do sleep 0.2; done; (echo ctrace; sleep 60) | openssl s_client -connect 127.0.0.1:$p -psk 1a2b3c4d -quiet & sleep 8";

    /// <summary>A network with nobody in it but us.</summary>
    private static readonly string Lonely = $"insmod {ModuleTests.Module}; ip addr add 10.9.9.1/24 dev dummy0";

    private static readonly string Call = "timeout 5 bash -c 'exec 3<>/dev/tcp/10.9.9.2/80'; rmmod dummy";

    /// <summary>One for each tool of the package.</summary>
    public static IReadOnlyList<ToolCase> All { get; } =
    [
        new("bashreadline.bt", "(sleep 1; echo 'echo ctrace-readline'; sleep 1; echo exit; sleep 1) | script -qec 'bash -i' /dev/null", "ctrace-readline|PID", Clock, Times) { Command = "script" },
        new("biolatency-kp.bt", WriteFile, "", Histogram, Buckets),
        new("biolatency.bt", WriteFile, "", Histogram, Buckets),
        new("biosnoop.bt", WriteFile, " dd |PID|MAJOR", @"^\d+ +| +\d+$", "the time and how long it took"),
        new("biostacks.bt", WriteFile, @"^@.*\bksys_write\b|^@.*\bdo_fsync\b|^Tracing", Histogram, "stacks of other work; " + Buckets) { Same = Alike.Once },
        new("bitesize.bt", WriteFile, @"^@.*\[dd\]|^Tracing", Nothing, null),
        new("capable.bt", "f=$(mktemp); chown 65534 $f; chmod 4755 $f; rm $f", @"ch(own|mod)\b|TIME|Tracing", Clock, Times),
        new("cpuwalk.bt", "sleep 1", "", Histogram, Buckets),
        new("dcsnoop.bt", "cat /nosuch-dcs; mkdir /tmp/dcs-new; cat /tmp/dcs-new/none; rmdir /tmp/dcs-new; true", "dcs-|-dcs|TIME", @"^\d+ *", Times),
        new("execsnoop.bt", "/bin/echo ctrace-exec 'a b'; sh -c 'exec /bin/ls ctrace-exec'; /nosuch/ctrace-exec x; true", "ctrace-exec|PID", Clock, Times),
        new("gethostlatency.bt", "getent ahosts localhost; getent ahosts 127.0.0.1; getent hosts localhost", "getent|PID", Clock + @"|(?<=getent) +\d+", "the time and how long it took") { Command = "getent" },
        new("killsnoop.bt", "sleep 30 & kill -0 $!; kill -TERM $!; kill -USR1 999999999; true", "SIGTERM|999999999|PID", Clock, Times),
        new("loads.bt", "sleep 2.5", "Reading|load", Clock + @"|\d+\.\d+", "the time and the averages") { Same = Alike.Once },
        new("mdflush.bt", "sync", "Tracing|TIME", Clock, Times),
        new("naptime.bt", "sleep 0.111; sleep 0.222", "0.111|0.222|PPID", Clock, Times),
        new("oomkill.bt", $"{Confined}; x=a; while :; do x=$x$x; done", "Trac|Trigger", Clock + "|(?<=loadavg).*", "the time and the load"),
        new("opensnoop.bt", "cat /etc/hostname /nosuch/ctrace-open; head -c 1 /etc/passwd; true", "^PID|ctrace-open| cat .*/etc/hostname| head .*/etc/passwd", Nothing, null),
        new("pidpersec.bt", "sleep 2.5", "Tracing|PIDs", @"\d+|(?<=sec: ).*", "the time and how many") { Same = Alike.Once },
        new("runqlat.bt", "true", "", Histogram, Buckets),
        new("runqlen.bt", "sleep 1", "", Histogram, Buckets),
        new("setuids.bt", "setpriv --reuid=12345 --clear-groups true; true", "12345|PID", Clock, Times) { Command = "setpriv" },
        new("ssllatency.bt", Encrypt, "^Tracing|^@stat", ", .average.*", "how long it took") { Command = "openssl", Same = Alike.Added },
        new("sslsnoop.bt", Encrypt, "FUNC|openssl", @"^\d+ *|(?<=openssl) +\d+", "the time and how long it took") { Command = "openssl" },
        new("statsnoop.bt", "stat -f /etc/hostname; stat /etc/hostname /nosuch/ctrace-stat; true", " stat |PID", Nothing, null),
        new("swapin.bt", $"f=/var/tmp/swap; dd if=/dev/zero of=$f bs=1M count=64; chmod 600 $f; mkswap $f; swapon $f; {Confined}; x=$(head -c 40000000 /dev/zero | tr '\\0' a); y=$x; echo ${{#y}}; sleep 1.5; swapoff $f; rm $f",
            @"^@\[bash", @"(?<=: )\d+", "the time and how many") { Command = "swapon", Same = Alike.Once },
        new("syncsnoop.bt", "sync /etc/hostname; sync -d /etc/hostname", " sync |PID", Clock, Times),
        new("syscount.bt", "dd if=/dev/zero of=/dev/null bs=1 count=30000", @"^Count|^Tracing|^Top|@process\[dd\]", Nothing, "calls of all processes together"),
        new("tcpaccept.bt", Connect, "18080|TIME|Tracing", Clock, Times) { Command = "nc" },
        new("tcpconnect.bt", Connect, "18080|TIME|Tracing", Clock, Times) { Command = "nc" },
        // A device that asks for its neighbours and hears nothing: what waited for the answer is dropped.
        new("tcpdrop.bt", $"{Lonely}; ip link set dummy0 arp on up; {Call}", "SYN_SENT|TIME|Tracing", Clock, "the time and the stack; what is dropped when the socket is closed, which bpftrace shows late or never") { Command = "insmod" },
        new("tcplife.bt", Connect, "18080|PID", @"\d+$", Latencies) { Command = "nc" },
        new("tcpretrans.bt", $"{Lonely}; ip link set dummy0 up; {Call}", @"10\.9\.9\.2|TIME|Tracing", Clock, Times) { Command = "insmod" },
        new("tcpsynbl.bt", Connect, "", Nothing, null) { Command = "nc" },
        new("threadsnoop.bt", "$program", "threads|PID", Clock, Times) { Program = "threads" },
        new("undump.bt", "syslogd -n -O /dev/null & p=$!; sleep 1; logger ctrace-undump; logger ctrace-undump again; sleep 1; kill $p", "ctrace-undump|TIME|Dump", Clock, Times) { Command = "syslogd" },
        new("vfscount.bt", "for i in {1..20}; do mkdir /tmp/ctrace-v; ln -s x /tmp/ctrace-v/l; ln /tmp/ctrace-v/l /tmp/ctrace-v/m; mv /tmp/ctrace-v/m /tmp/ctrace-v/n; rm /tmp/ctrace-v/[ln]; rmdir /tmp/ctrace-v; done",
            @"^@\[vfs_(mkdir|rmdir|symlink|link|rename)\]|Tracing", Nothing, "calls that others make too, as vfs_read"),
        new("vfsstat.bt", "for i in {1..20}; do dd if=/dev/zero of=/var/tmp/ctrace-v$i bs=1 count=1 conv=fsync; done; rm /var/tmp/ctrace-v*; sleep 1.2", @"^@\[vfs_(create|fsync)\]|Tracing", Nothing,
            "calls that others make too, as vfs_read; which second a call falls into") { Same = Alike.Added },
        new("writeback.bt", WriteFile + "; sync", @"Tracing|TIME| sync ", Clock + @"|\d+\.\d+$", "the time and how long it took; what the kernel writes by itself"),
        new("xfsdist.bt", WriteFile, "", Histogram, Buckets),
    ];

    /// <summary>What of an output is compared. Events of different CPUs have no order.</summary>
    public string[] Compared(IEnumerable<string> lines) => [.. Merged(Joined(lines).Where(l => Regex.IsMatch(l, Keep) && l.Length > 0 && !l.StartsWith("Attach", StringComparison.Ordinal)).Select(l => Regex.Replace(l, Blur, "#").TrimEnd(' ', '#'))).Order(StringComparer.Ordinal)];

    /// <summary>The stack in an entry's key, and the histogram that is its value, are joined to the line that they follow.</summary>
    private static List<string> Joined(IEnumerable<string> lines)
    {
        List<string> joined = [];
        foreach (string line in lines)
        {
            bool isPart = line.StartsWith('[') || line.StartsWith(']') || line.StartsWith("    ", StringComparison.Ordinal);
            if (isPart && joined is [.., ['@', ..]])
                joined[^1] += "; " + line.Trim();
            else
                joined.Add(line);
        }

        return joined;
    }

    private IEnumerable<string> Merged(IEnumerable<string> lines) => Same switch
    {
        Alike.Each => lines,
        Alike.Once => lines.Distinct(),
        _ => lines.GroupBy(l => Regex.Replace(l, @"\d+$", "")).Select(same => same.Key + string.Concat(same.Select(l => l[same.Key.Length..]).Where(n => n.Length > 0).Sum(long.Parse))),
    };
}
