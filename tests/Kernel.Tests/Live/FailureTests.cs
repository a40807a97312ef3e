namespace Ctrace.Kernel.Tests.Live;

/// <summary>What goes wrong in a program is told with <c>-k</c>, and how a program ends.</summary>
public class FailureTests
{
    private const string Program = "begin { $p = (uint8 *)1234; $z = nsecs & 0; for ($i : 0..3) { @a = *$p; } @b = 5 / $z; delete(@c, 7); @c[1] = 1; exit(); }";

    [KernelFact]
    public void Each_failure_is_told_at_its_place_and_counted()
    {
        var told = Tracer.Run("-k", "-e", Program);
        Assert.Equal(0, told.Code);
        foreach (var (text, message) in (ReadOnlySpan<(string, string)>)[
            ("*$p;", "probe_read_user failed: Bad address (-14); 3 times"), ("5 / $z", "division by zero: the result is 1; 1 time"), ("delete(@c", "map_delete_elem failed: No such file or directory (-2); 1 time")])
            Assert.Contains($"-e:1:{Program.IndexOf(text, StringComparison.Ordinal) + 1}: warning: {message}", told.Errors);
        Assert.Equal(["@a: 0", "@b: 1", "@c[1]: 1"], told.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));

        var silent = Tracer.Run("-e", Program);
        Assert.DoesNotContain("failed", silent.Errors);
        Assert.DoesNotContain("division by zero: ", silent.Errors);
        Assert.Equal(told.Output, silent.Output);
    }

    [KernelFact]
    public void What_works_is_not_told()
    {
        var run = Tracer.Run("-k", "-e", "begin { @c[1] = 1; $x = @c[1]; print($x / 1); delete(@c, 1); print(comm); exit(); }");
        Assert.Equal(0, run.Code);
        Assert.DoesNotContain("failed", run.Errors);
    }

    [KernelFact]
    public void A_program_of_begin_and_end_ends_by_itself()
    {
        var run = Tracer.Run("-q", "-e", "begin { printf(\"one\\n\"); } end { printf(\"two\\n\"); }");
        Assert.Equal((0, "one\ntwo"), (run.Code, run.Output.Trim()));
    }

    [KernelFact]
    public void After_exit_nothing_more_of_the_event_is_printed()
    {
        var run = Tracer.Run("-q", "-e", "begin { printf(\"first\\n\"); exit(); printf(\"never\\n\"); } end { printf(\"end\\n\"); }");
        Assert.Equal((0, "first\nend"), (run.Code, run.Output.Trim()));
    }
}
