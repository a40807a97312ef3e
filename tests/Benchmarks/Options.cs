using System.Globalization;
using System.Text.RegularExpressions;

namespace Ctrace.Benchmarks;

/// <summary>What is measured, and how often.</summary>
internal sealed class Options
{
    public const string Help = """
        usage: tests/Benchmarks/run [options]

        Measures dist/ctrace beside bpftrace and prints tables in Markdown. Run it as root, on a machine that does little else.

          --parts LIST       of start, print, events, handlers, long (default: all but the last)
          --cases REGEX      only the cases of "events" whose program matches
          --program TEXT     a program on a read, newfstatat or raw_syscalls tracepoint that is measured instead of the cases
          --rounds N         alternating rounds per case of "events" (default 7)
          --runs N           alternating runs of "start", a fifth of that of "print" (default 15)
          --events N         events per round of "events" (default 150000)
          --burst N          events of the long burst of "print" (default 2000000)
          --minutes N        how long "long" lasts (default 10)
          --ctrace FILE      the program to measure (default: $BENCH_CTRACE, otherwise dist/ctrace)
          --bpftrace COMMAND what runs bpftrace (default: $BENCH_BPFTRACE, otherwise bpftrace on the PATH)

        """;

    public const string HowToGetBpftrace = """
        bpftrace is not here, so only ctrace's figures follow. To compare:
          apt-get install bpftrace                        on Debian or Ubuntu (check bpftrace --version: the targets are for 0.27)
        or, for the version of Debian sid without changing this system:
          debootstrap --variant=minbase --include=bpftrace sid DIR
          for d in proc sys dev; do mount --bind /$d DIR/$d; done
          BENCH_BPFTRACE="chroot DIR bpftrace" tests/Benchmarks/run
        """;

    public static readonly string[] AllParts = ["start", "print", "events", "handlers", "long"];

    public string[] Parts { get; private set; } = AllParts[..^1];
    public Regex Cases { get; private set; } = new("");
    public string? Program { get; private set; }
    public int Rounds { get; private set; } = 7;
    public int Runs { get; private set; } = 15;
    public int Events { get; private set; } = 150_000;
    public int Minutes { get; private set; } = 10;
    public int Burst { get; private set; } = 2_000_000;
    public string Ctrace { get; private set; } = Environment.GetEnvironmentVariable("BENCH_CTRACE") ?? "dist/ctrace";
    public string Bpftrace { get; private set; } = Environment.GetEnvironmentVariable("BENCH_BPFTRACE") is { Length: > 0 } b ? b : "bpftrace";

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">It can't be read.</exception>
    public static Options Parse(string[] arguments)
    {
        var options = new Options();
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string name = arguments[i];
            string value = i + 1 < arguments.Length ? arguments[i + 1] : throw new ArgumentException($"{name}: a value is missing");
            switch (name)
            {
                case "--parts": options.Parts = ReadParts(value); break;
                case "--cases": options.Cases = new Regex(value); break;
                case "--program": options.Program = value; break;
                case "--rounds": options.Rounds = ReadNumber(name, value); break;
                case "--runs": options.Runs = ReadNumber(name, value); break;
                case "--events": options.Events = ReadNumber(name, value); break;
                case "--minutes": options.Minutes = ReadNumber(name, value); break;
                case "--burst": options.Burst = ReadNumber(name, value); break;
                case "--ctrace": options.Ctrace = value; break;
                case "--bpftrace": options.Bpftrace = value; break;
                default: throw new ArgumentException($"{name} is not an option; --help lists them");
            }
        }

        return options;
    }

    private static string[] ReadParts(string value)
    {
        string[] parts = value.Split(',');
        string? unknown = parts.Except(AllParts).FirstOrDefault();
        return unknown is null ? parts : throw new ArgumentException($"--parts: {unknown} is none of {string.Join(", ", AllParts)}");
    }

    private static int ReadNumber(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n > 0
            ? n
            : throw new ArgumentException($"{name}: {value} is not a number above 0");
}
