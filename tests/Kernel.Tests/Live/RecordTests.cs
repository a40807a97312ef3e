using System.Text.RegularExpressions;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>The record that a probe is given: its fields, and its address.</summary>
public class RecordTests
{
    /// <summary>perf lets nobody sample what it causes itself, such as irq_work_exit.</summary>
    [KernelFact]
    public void Tracepoints_that_may_not_be_sampled_are_attached()
    {
        var result = Tracer.Run("-e", "tracepoint:irq*:* { @[probe] = count(); } interval:ms:300 { exit(); }");
        Assert.Equal(0, result.Code);
        // What the kernel leaves out of so many interrupts is told behind it.
        Assert.Matches(@"^Attached \d\d+ probes\n", result.Errors);
    }

    [SkippableTheory]
    [InlineData("tracepoint:sched:sched_switch")]
    [InlineData("rawtracepoint:sched_switch")]
    [InlineData("profile:hz:99")]
    [InlineData("software:cpu-clock:1000000")]
    [InlineData("interval:s:1")]
    [InlineData("uprobe:libc:malloc")]
    [InlineData("kprobe:ksys_read")]
    [InlineData("iter:task")]
    public void Its_address_is_a_number_like_any_other(string probe)
    {
        if (probe.StartsWith('k') && !Directory.Exists("/sys/bus/event_source/devices/kprobe"))
            throw Skip.Because("the kernel has no kprobes");
        string program = probe + " { @and = (uint64)ctx & 7; @negated = -(int64)(uint64)ctx; @inverted = ~(uint64)ctx; @half = (uint64)ctx / 2; @[ctx, 1] = count(); "
            + "@hist = hist((uint64)ctx); @bool = (bool)ctx; $c = ctx; $d = ctx; @difference = $c - $d; if ($c == $d) { @same = 1; } $i = (uint64)ctx; while ($i > 1000) { $i = $i >> 4; } @last = $i; }";
        Loads(program);
    }

    [KernelFact]
    public void The_address_is_the_same_each_time_it_is_asked_for()
    {
        var result = Tracer.Run("-q", "-e", "profile:hz:99 { $a = ctx; $b = ctx; print(($a == $b, $a - $b, (uint64)ctx & 7, (uint64)$a != 0)); exit(); }");
        // Each CPU may be there before the end.
        Assert.Equal(["(true, 0, 0, true)"], result.Lines.Distinct());
    }

    /// <summary>A text that the record keeps elsewhere is an address where one is wanted: programs cast it.</summary>
    [KernelFact]
    public void A_text_of_the_record_has_an_address()
    {
        const string Program = "tracepoint:sched:sched_process_exec /args.filename == \"/bin/true\"/ { "
            + "print(((uint8*)args.filename)[0]); print(str(args.filename + 5)); print(*(uint8*)(args.filename + 1)); print((uint64)args.filename != 0); "
            + "print(args.filename ? 1 : 2); print(!args.filename); if (args.filename && pid) { print(str(args.filename)); } exit(); }";
        using var tracer = Tracer.Start("-q", "-e", Program, "-c", "/bin/true");
        Assert.Equal(["47", "true", "98", "true", "1", "false", "/bin/true"], tracer.Finish().Lines);
    }

    /// <summary>Arrays of any length, of something else than characters, are pointers into the record.</summary>
    [KernelFact]
    public void Arrays_of_any_length_can_be_read()
    {
        var field = new Regex(@"field:__(?:data|rel)_loc (?!char)\S.* (\w+);\s*offset");
        var found = Directory.GetFiles("/sys/kernel/tracing/events", "format", SearchOption.AllDirectories)
            .SelectMany(path => File.ReadLines(path).Select(line => (Path: path.Split('/'), Match: field.Match(line)))).Where(f => f.Match.Success)
            .Select(f => (Probe: $"tracepoint:{f.Path[^3]}:{f.Path[^2]}", Field: f.Match.Groups[1].Value)).ToList();
        Assert.NotEmpty(found);
        Loads(string.Concat(found.Select((f, i) => $"{f.Probe} {{ @a{i} = (uint64)args.{f.Field} & 7; @b{i} = *(uint8*)args.{f.Field}; printf(\"%r\\n\", buf(args.{f.Field}, 4)); }}\n")));
    }

    private static void Loads(string program)
    {
        var result = Tracer.Run("--dry-run", "--no-warnings", "-e", program);
        Assert.Equal((0, "The program compiles and loads."), (result.Code, result.Errors.Trim()));
    }
}
