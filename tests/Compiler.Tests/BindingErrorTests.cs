using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Tests;

/// <summary>What is wrong is reported once, where it is (between the brackets ⟦ ⟧), in words that name it.</summary>
public class BindingErrorTests
{
    [Theory]
    [InlineData("begin { @a = ⟦cnt⟧(); }", "no function 'cnt'", "count")]
    [InlineData("interval:s:1 { print(⟦dw_ustack⟧); }", "needs to know the processes", "--dwarf-pid")]
    [InlineData("interval:s:1 { print(⟦dw_ustack(raw, 3)⟧); }", "needs to know the processes", "--dwarf-pid")]
    [InlineData("begin { @a[1] = 1; print(⟦&@a[1]⟧); }", "has no address", "&@map")]
    [InlineData("begin { print(&⟦@nosuch⟧); }", "nothing is ever stored in @nosuch", null)]
    [InlineData("begin { ⟦debugf(\"%d %d %d %d\", 1, 2, 3, 4)⟧; }", "3 values at a time", "two calls")]
    [InlineData("begin { debugf(\"%r\", ⟦buf(\"a\", 1)⟧); }", "does not print this by itself", "%d")]
    [InlineData("begin { debugf(⟦pid⟧); }", "must be a string literal", null)]
    [InlineData("⟦#error \"no good\"⟧\nbegin { }", "no good", null)]
    [InlineData("begin { print(⟦$0⟧); }", "there is no $0", "$#")]
    [InlineData("interval:s:⟦$1⟧ { }", "the parameter $1 is not given", "on the command line")]
    [InlineData("begin { @ = ⟦kstack == kstack(3)⟧; }", "does not go with", null)]
    [InlineData("begin { print(kstack(⟦-1⟧)); }", "the depth of a stack", null)]
    [InlineData("begin { $s = \"a\"; ⟦$s++⟧; }", "only integers and pointers", null)]
    [InlineData("begin { print(⟦AF_INET6⟧); }", "there is no 'AF_INET6'", "#include <sys/socket.h>")]
    [InlineData("begin { print(⟦ENOENT⟧); }", "there is no 'ENOENT'", "#include <errno.h>")]
    [InlineData("begin { @ = lhist(1, 0, 9, 1); ⟦@ = lhist(1, 0, 5, 1)⟧; }", "lhist() with other bounds", "another map")]
    [InlineData("begin { ⟦break⟧; }", "only for loops", "return")]
    [InlineData("begin { if (1) { ⟦continue⟧; } }", "only for loops", "return")]
    [InlineData("begin { unroll(⟦pid⟧) { } }", "unroll takes a constant", "for (")]
    [InlineData("begin { unroll(⟦101⟧) { } }", "from 0 to 100", "for (")]
    [InlineData("begin { for ($i : 0..⟦\"a\"⟧) { } }", "a range has integers", null)]
    [InlineData("begin { while (⟦comm⟧) { } }", "a condition is", "compare")]
    [InlineData("begin { for ($i : 0..3) { } print(⟦$i⟧); }", "$i has no value", "assign it")]
    [InlineData("macro m(x) { x } begin { ⟦m()⟧; }", "m", "m(x)")]
    [InlineData("macro m($x) { $x = 1; } begin { m(⟦5⟧); }", "takes a variable", "m($x)")]
    [InlineData("macro m(@x) { @x = 1; } begin { m(⟦5⟧); }", "takes a map", "m(@x)")]
    [InlineData("macro m(x) { ⟦m(x)⟧ } begin { m(1); }", "uses itself", "recursive")]
    [InlineData("macro m() { ⟦$y⟧ } begin { $y = 1; print(m()); }", "$y has no value", "assign it")]
    [InlineData("let @m = ⟦has⟧(10); begin { @m[1] = 1; }", "no kind of map 'has'", "hash")]
    [InlineData("let @m = hash(⟦0⟧); begin { @m[1] = 1; }", "number of entries", "hash(1000)")]
    [InlineData("begin { @a = 1; print(has_key(⟦@a⟧, 1)); }", "key", null)]
    [InlineData("begin { print(has_key(⟦pid⟧, 1)); }", "takes a map", null)]
    [InlineData("begin { print(getopt(⟦pid⟧)); }", "must be a string literal", null)]
    [InlineData("config = { missing_probes = ⟦5⟧ } begin { }", "error, warn or ignore", null)]
    [InlineData("begin { ⟦prinf⟧(\"x\") }", "no function 'prinf'", "printf")]
    [InlineData("begin { @ = ⟦comn⟧; }", "no 'comn'", "comm")]
    [InlineData("begin { @ = ⟦x⟧; }", "no 'x'", "$")]
    [InlineData("begin { print(⟦@x⟧) }", "nothing is ever stored in @x", "count()")]
    [InlineData("begin { @ab = 1; print(⟦@ac⟧) }", "nothing is ever stored in @ac", "@ab")]
    [InlineData("begin { print(⟦$x⟧) }", "$x has no value", "assign it")]
    [InlineData("begin { if (1) { $x = 1; } print(⟦$x⟧) }", "$x has no value", "assign it")]
    [InlineData("begin { @a=count(); ⟦@a = 5⟧; }", "@a holds count()", "another map")]
    [InlineData("begin { @a=5; ⟦@a = count()⟧; }", "@a holds int64", "another map")]
    [InlineData("begin { @a=count(); ⟦@a = sum(5)⟧; }", "@a holds count()", "another map")]
    [InlineData("begin { @a=hist(5); ⟦@a = hist(5, 2)⟧; }", "@a holds hist()", "another map")]
    [InlineData("begin { @a=5; ⟦@a = \"x\"⟧; }", "@a holds int64", "another map")]
    [InlineData("begin { $x = 5; ⟦$x = \"a\"⟧; }", "$x holds an int64", "another variable")]
    [InlineData("begin { @a[1] = 5; ⟦@a[\"x\"]⟧ = 5; }", "@a has the key [int64]", "same kind of key")]
    [InlineData("begin { @a[1] = 5; ⟦@a⟧ = 5; }", "@a has the key [int64]", "same kind of key")]
    [InlineData("begin { @a[1] = 5; ⟦@a[1, 2]⟧ = 5; }", "@a has the key [int64]", "same kind of key")]
    [InlineData("tracepoint:syscalls:sys_enter_openat { print(args.⟦fname⟧) }", "no field 'fname'", "filename")]
    [InlineData("begin { print(args.⟦x⟧) }", "begin has no field 'x'", "no fields")]
    [InlineData("begin { print(⟦retval⟧) }", "retval is not available in begin", "sys_exit")]
    [InlineData("begin { print(⟦arg0⟧) }", "arg0 is not available in begin", "rawtracepoint")]
    [InlineData("begin { print(⟦args⟧) }", "args stands before", null)]
    [InlineData("⟦tracepoint:syscalls:sys_enter_opnat⟧ { }", "this machine has no", "sys_enter_openat")]
    [InlineData("⟦tracepoint:syscals:sys_enter_openat⟧ { }", "this machine has no", "tracepoint:syscalls:sys_enter_openat")]
    [InlineData("⟦tracepoint:nosuch:*⟧ { }", "this machine has no", "-l")]
    [InlineData("⟦tracepoint:syscalls⟧ { }", "not of the form", "CATEGORY")]
    [InlineData("⟦begn⟧ { }", "no kind of probe 'begn'", "begin")]
    [InlineData("⟦sched_switch⟧ < count() >", "no kind of probe", "tracepoint:sched:sched_switch")]
    [InlineData("interval:⟦foo⟧:1 { }", "no unit 'foo'", "ms")]
    [InlineData("interval:s:⟦0⟧ { }", "no period", "interval:s:1")]
    [InlineData("⟦interval:us:1⟧ { }", "too often", "100us")]
    [InlineData("⟦rawtracepoint:sched_swich⟧ { }", "this machine has no", "sched_switch")]
    [InlineData("begin { printf(\"%d\", ⟦\"abc\"⟧); }", "'%d' prints an integer", "%s")]
    [InlineData("begin { printf(⟦\"%d %d\"⟧, 1); }", "has no argument", "%%")]
    [InlineData("begin { printf(⟦\"%q\"⟧, 1); }", "is no conversion", "%d")]
    [InlineData("begin { printf(\"x\", ⟦1⟧); }", "no conversion for this argument", "%d")]
    [InlineData("begin { printf(⟦pid⟧); }", "string literal", null)]
    [InlineData("begin { @ = hist(5, ⟦9⟧); }", "bits of a histogram", null)]
    [InlineData("begin { @ = lhist(1, 5, ⟦0⟧, 1); }", "high end", null)]
    [InlineData("begin { @ = lhist(1, 0, 5, ⟦0⟧); }", "step", null)]
    [InlineData("begin { @ = ⟦lhist(1, 5)⟧; }", "takes 4 arguments, not 2", "lhist(value")]
    [InlineData("begin { @ = lhist(1, 0, ⟦pid⟧, 1); }", "must be a constant", null)]
    [InlineData("begin { @ = sum(⟦\"x\"⟧); }", "takes an integer", null)]
    [InlineData("begin { $x = ⟦count()⟧; }", "aggregation", "@ = count")]
    [InlineData("begin { @ = 1 + ⟦\"a\"⟧; }", null, null)]
    [InlineData("begin { ⟦5⟧ = 3; }", "can't be assigned", "@name")]
    [InlineData("begin { clear(⟦@nope⟧); }", "nothing is ever stored", null)]
    [InlineData("begin { zero(⟦5⟧); }", "takes a map", null)]
    [InlineData("begin { if (⟦comm⟧) { } }", "a condition is a number", "==")]
    [InlineData("begin { $t = (1, 2); print($t.⟦5⟧); }", ".0 to .1", null)]
    [InlineData("begin { print(pid.⟦x⟧); }", "no members", null)]
    [InlineData("begin { @[⟦printf(\"x\")⟧] = 1; }", "no value", null)]
    [InlineData("begin { @ = ⟦pid ? 2 : \"x\"⟧; }", "? :", "same type")]
    [InlineData("config = { ⟦max_map_kyes = 5⟧ } begin { }", "no setting", "max_map_keys")]
    [InlineData("config = { max_map_keys = ⟦0⟧ } begin { }", "takes an integer", null)]
    [InlineData("begin < count(), ⟦pid⟧ >", "is no aggregation", "by pid")]
    [InlineData("begin < pid ⟦by comm⟧ >", "'by' goes with aggregations", "count()")]
    [InlineData("begin < pid ⟦top 5⟧ >", "'top' goes with aggregations", null)]
    [InlineData("begin < pid, ⟦pid⟧ >", "two columns are called 'pid'", "as pid2")]
    [InlineData("begin < count() by comm top 5 by ⟦foo⟧ >", "no column 'foo'", "count, comm")]
    [InlineData("begin < count() by comm top ⟦0⟧ >", "number of rows", null)]
    [InlineData("begin < count() by comm ⟦by pid⟧ >", "'by' is given twice", null)]
    [InlineData("begin { @x = 5; } begin < count() ⟦into @x⟧ >", "@x is stored to elsewhere", "into")]
    [InlineData("begin < count() every ⟦5⟧ >", "1ms or more", "every 1s")]
    [InlineData("tracepoint:syscalls:sys_enter_call* { @ = ⟦args.a⟧; }", "many system calls at once", null)]
    public void AMistakeIsReportedWhereItIs(string marked, string? words, string? hint)
    {
        int start = marked.IndexOf('⟦'), end = marked.IndexOf('⟧') - 1;
        string program = marked.Replace("⟦", "").Replace("⟧", "");
        var result = Compile.Text(program);
        Assert.Null(result.Program);
        var error = Assert.Single(result.Diagnostics, d => d.Severity == Severity.Error);
        if (words is null)
            return;
        Assert.Contains(words, error.Message);
        Assert.Equal(TextSpan.FromBounds(start, end), error.Span);
        if (hint is not null)
            Assert.Contains(hint, error.Hint);
    }

    [Fact]
    public void IndependentMistakesAreAllReported()
    {
        var result = Compile.Text("begin { @a = cnt(); print($x); } interval:foo:1 { }");
        Assert.Equal(3, result.Diagnostics.Count(d => d.Severity == Severity.Error));
    }

    [Theory]
    [InlineData("begin { @a = 1 / 0; }", "division by zero")]
    [InlineData("begin { pid; }", "not used")]
    [InlineData("#include <nosuch.h>\nbegin { }", "there is no header nosuch.h")]
    public void ADoubtfulThingIsAWarning(string program, string words)
    {
        var result = Compile.Text(program);
        Assert.NotNull(result.Program);
        Assert.Contains(words, Assert.Single(result.Diagnostics).Message);
    }
}
