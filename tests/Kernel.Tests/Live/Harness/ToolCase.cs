using System.Text.RegularExpressions;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>How a tool of bpftrace's is compared: what is done meanwhile, and what of its output must be the same.</summary>
/// <param name="Tool">The script.</param>
/// <param name="Workload">What a shell does meanwhile.</param>
/// <param name="Keep">Lines that are compared.</param>
/// <param name="Blur">What in them is not.</param>
/// <param name="Command">A command that the workload needs.</param>
/// <param name="Same">What becomes of lines that are alike then.</param>
internal sealed record ToolCase(string Tool, string Workload, string Keep, string Blur, string? Command = null, ToolCase.Alike Same = ToolCase.Alike.Each)
{
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

    private const string Clock = @"\d\d:\d\d:\d\d(\.\d+)?", Numbers = @"\d+ *", NoHistogram = "^[^[]", Nothing = "(?!)";

    private const string WriteFile = "f=$(mktemp -p /var/tmp); dd if=/dev/zero of=$f bs=64k count=20 conv=fsync; rm $f";

    /// <summary>A connection over loopback, a line, and its end.</summary>
    private const string Connect = "nc -l -p 18080 >/dev/null & until echo ctrace 2>/dev/null >/dev/tcp/127.0.0.1/18080; do sleep 0.2; done; wait";

    /// <summary>What the shell does next may use only so much memory.</summary>
    private const string Confined = "g=/sys/fs/cgroup/ctrace-tool; echo +memory >/sys/fs/cgroup/cgroup.subtree_control; mkdir -p $g; echo 16M >$g/memory.max; echo $$ >$g/cgroup.procs";

    /// <summary>One for each tool of the package.</summary>
    public static IReadOnlyList<ToolCase> All { get; } =
    [
        new("bashreadline.bt", "printf 'echo ctrace-readline\\nexit\\n' | script -qec 'bash -i' /dev/null", "ctrace-readline|PID", Clock, "script"),
        new("biolatency-kp.bt", WriteFile, NoHistogram, Numbers),
        new("biolatency.bt", WriteFile, NoHistogram, Numbers),
        new("biosnoop.bt", WriteFile, " dd |PID", Numbers),
        new("biostacks.bt", WriteFile, "^Tracing", Numbers),
        new("bitesize.bt", WriteFile, @"^@.*\[dd\]|^Tracing", Numbers),
        new("capable.bt", "f=$(mktemp); chown 65534 $f; chmod 4755 $f; rm $f", @"ch(own|mod)\b|TIME|Tracing", Clock),
        new("cpuwalk.bt", "sleep 1", NoHistogram, Numbers),
        new("dcsnoop.bt", "cat /nosuch-ctrace; mkdir /tmp/ctrace-dc; cat /tmp/ctrace-dc/none; rmdir /tmp/ctrace-dc; true", "ctrace|TIME", @"^\d+ *"),
        new("execsnoop.bt", "/bin/echo ctrace-exec 'a b'; sh -c 'exec /bin/ls ctrace-exec'; /nosuch/ctrace-exec x; true", "ctrace-exec|PID", Clock),
        new("gethostlatency.bt", "getent ahosts localhost; getent hosts localhost", "getent|PID", Numbers, "getent"),
        new("killsnoop.bt", "sleep 30 & kill -0 $!; kill -TERM $!; kill -USR1 999999999; true", "SIGTERM|999999999|PID", Clock),
        new("loads.bt", "sleep 2.5", "Reading", Clock),
        new("mdflush.bt", "sync", "Tracing|TIME", Clock),
        new("naptime.bt", "sleep 0.111; sleep 0.222", "0.111|0.222|PPID", Clock),
        new("oomkill.bt", $"{Confined}; x=a; while :; do x=$x$x; done", "Trac|Trigger", Clock + "|(?<=loadavg).*"),
        new("opensnoop.bt", "cat /etc/hostname /nosuch/ctrace-open; head -c 1 /etc/passwd; true", "^PID|ctrace-open| cat .*/etc/hostname| head .*/etc/passwd", Nothing),
        new("pidpersec.bt", "sleep 2.5", "Tracing|PIDs", @"\d+|(?<=sec: ).*", Same: Alike.Once),
        new("runqlat.bt", "true", NoHistogram, Numbers),
        new("runqlen.bt", "sleep 1", NoHistogram, Numbers),
        new("setuids.bt", "setpriv --reuid=12345 --clear-groups true; true", "12345|PID", Clock, "setpriv"),
        new("ssllatency.bt", "openssl version", NoHistogram, Numbers, "openssl"),
        new("sslsnoop.bt", "openssl version", "FUNC|openssl", Numbers, "openssl"),
        new("statsnoop.bt", "stat -f /etc/hostname; stat /etc/hostname /nosuch/ctrace-stat; true", " stat |PID", Nothing),
        new("swapin.bt", $"f=/var/tmp/swap; dd if=/dev/zero of=$f bs=1M count=64; chmod 600 $f; mkswap $f; swapon $f; {Confined}; x=$(head -c 40000000 /dev/zero | tr '\\0' a); y=$x; echo ${{#y}}; sleep 1.5; swapoff $f; rm $f",
            @"^@\[bash", @"(?<=: )\d+", "swapon", Alike.Once),
        new("syncsnoop.bt", "sync /etc/hostname; sync -d /etc/hostname", " sync |PID", Clock),
        new("syscount.bt", "dd if=/dev/zero of=/dev/null bs=1 count=30000", @"^Count|^Tracing|^Top|@process\[dd\]", Nothing),
        new("tcpaccept.bt", Connect, "18080|TIME|Tracing", Clock, "nc"),
        new("tcpconnect.bt", Connect, "18080|TIME|Tracing", Clock, "nc"),
        new("tcpdrop.bt", "true", "TIME|Tracing", Clock),
        new("tcplife.bt", Connect, "18080|PID", @"\d+$", "nc"),
        new("tcpretrans.bt", $"insmod {ModuleTests.Module}; ip addr add 10.9.9.1/24 dev dummy0; ip link set dummy0 up; timeout 4 bash -c 'exec 3<>/dev/tcp/10.9.9.2/80'; rmmod dummy", @"10\.9\.9\.2|TIME|Tracing", Clock, "insmod"),
        new("tcpsynbl.bt", Connect, "^[^A]", Nothing, "nc"),
        new("threadsnoop.bt", "python3 -c 'import threading; t = threading.Thread(target=print); t.start(); t.join()'", "python3|PID", Clock, "python3"),
        new("undump.bt", "syslogd -n -O /dev/null & p=$!; sleep 1; logger ctrace-undump; logger ctrace-undump again; sleep 1; kill $p", "ctrace-undump|TIME|Dump", Clock, "syslogd"),
        new("vfscount.bt", "for i in {1..20}; do mkdir /tmp/ctrace-v; ln -s x /tmp/ctrace-v/l; ln /tmp/ctrace-v/l /tmp/ctrace-v/m; mv /tmp/ctrace-v/m /tmp/ctrace-v/n; rm /tmp/ctrace-v/[ln]; rmdir /tmp/ctrace-v; done",
            @"^@\[vfs_(mkdir|rmdir|symlink|link|rename|unlink)\]|Tracing", Nothing),
        new("vfsstat.bt", "for i in {1..20}; do dd if=/dev/zero of=/var/tmp/ctrace-v$i bs=1 count=1 conv=fsync; done; rm /var/tmp/ctrace-v*; sleep 1.2", @"^@\[vfs_(create|fsync)\]|Tracing", Nothing, Same: Alike.Added),
        new("writeback.bt", WriteFile + "; sync", "Tracing|TIME", Numbers),
        new("xfsdist.bt", WriteFile, NoHistogram, Numbers),
    ];

    /// <summary>What of an output is compared. Events of different CPUs have no order.</summary>
    public string[] Compared(IEnumerable<string> lines) => [.. Merged(lines.Where(l => Regex.IsMatch(l, Keep) && !l.StartsWith("Attach", StringComparison.Ordinal)).Select(l => Regex.Replace(l, Blur, "#").TrimEnd())).Order(StringComparer.Ordinal)];

    private IEnumerable<string> Merged(IEnumerable<string> lines) => Same switch
    {
        Alike.Each => lines,
        Alike.Once => lines.Distinct(),
        _ => lines.GroupBy(l => Regex.Replace(l, @"\d+$", "")).Select(same => same.Key + string.Concat(same.Select(l => l[same.Key.Length..]).Where(n => n.Length > 0).Sum(long.Parse))),
    };
}
