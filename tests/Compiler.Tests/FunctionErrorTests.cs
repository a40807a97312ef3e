using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Tests;

/// <summary>Functions that are called wrongly say so once, at the right place (between the brackets ⟦ ⟧).</summary>
public class FunctionErrorTests
{
    [Theory]
    [InlineData("begin { print(buf(⟦(1, 2)⟧, 3)); }", "buf() reads from", "args.buf")]
    [InlineData("begin { print(buf(⟦\"abc\"⟧)); }", "needs a length", "args.count")]
    [InlineData("begin { print(buf(\"abc\", ⟦\"x\"⟧)); }", "length is an integer", null)]
    [InlineData("begin { print(buf(\"abc\", ⟦0⟧)); }", "greater than 0", null)]
    [InlineData("begin { print(⟦buf()⟧); }", "takes 1 to 2 arguments", "buf(data")]
    [InlineData("begin { print(ntop(⟦\"x\"⟧)); }", "integer or 4 or 16 bytes", null)]
    [InlineData("begin { print(ntop(⟦comm⟧)); }", "integer or 4 or 16 bytes", null)]
    [InlineData("begin { print(ntop(⟦comm⟧, 1)); }", "family is an integer", "AF_INET")]
    [InlineData("begin { print(pton(⟦\"1.2.3\"⟧)); }", "no IPv4 or IPv6 address", "::1")]
    [InlineData("begin { print(pton(⟦\"01.2.3.4\"⟧)); }", "no IPv4 or IPv6 address", "::1")]
    [InlineData("begin { print(pton(⟦\"fe80::1%eth0\"⟧)); }", "no IPv4 or IPv6 address", "::1")]
    [InlineData("begin { print(pton(⟦pid⟧)); }", "string literal", null)]
    [InlineData("begin { print(macaddr(⟦pton(\"1.2.3.4\")⟧)); }", "at least 6 bytes", null)]
    [InlineData("begin { print(macaddr(⟦pid⟧)); }", "6 bytes or their address", null)]
    [InlineData("begin { print(strlen(⟦5⟧)); }", "takes text, not an int64", "str(")]
    [InlineData("begin { print(strlen(⟦(1, 2)⟧)); }", "takes text", null)]
    [InlineData("begin { print(strncmp(⟦pid⟧, \"x\", 1)); }", "takes text", "str(")]
    [InlineData("begin { print(strncmp(\"a\", \"x\", ⟦pid⟧)); }", "must be a constant", null)]
    [InlineData("begin { print(strncmp(\"a\", \"x\", ⟦-1⟧)); }", "must be a constant", null)]
    [InlineData("begin { print(⟦strncmp(\"a\", \"x\")⟧); }", "takes 3 arguments, not 2", "length")]
    [InlineData("begin { print(strstr(\"a\", ⟦5⟧)); }", "takes text", "str(")]
    [InlineData("tracepoint:syscalls:sys_enter_read { print(strcontains(⟦args.buf⟧, \"x\")); }", "takes text", "str(")]
    [InlineData("tracepoint:syscalls:sys_enter_read { $x = str_concat(str(args.buf), str(args.buf)); print(⟦str_concat($x, $x)⟧); }", "the most is 4096", "size")]
    [InlineData("begin { print(str_concat(\"a\", ⟦pid⟧)); }", "takes text", "str(")]
    [InlineData("begin { print(memcmp(⟦true⟧, \"x\", 1)); }", "compares bytes", null)]
    [InlineData("begin { print(memcmp(\"a\", \"abc\", ⟦pid⟧)); }", "must be a constant", null)]
    [InlineData("begin { print(memcmp(⟦\"a\"⟧, \"abc\", 3)); }", "fewer bytes than 3", null)]
    [InlineData("begin { print(memcmp_record((a=1, b=2), ⟦(1, 2)⟧, 8)); }", "compares records", "a=1")]
    [InlineData("begin { ⟦skboutput(\"a.pcap\", 5, 5, 0)⟧; }", "not available in begin", "fentry")]
    [InlineData("begin { skboutput(⟦comm⟧, 5, 5, 0); }", "string literal", "skboutput(")]
    [InlineData("uprobe:⟦/nosuch/shop.dll⟧:Main { }", "compiled while it runs", "ustack")]
    [InlineData("begin { assert_str(⟦5⟧); }", "this is no text, but an int64", "characters")]
    [InlineData("begin { ⟦write_user(5, \"a\", 1)⟧; }", "changes the system", "--unsafe")]
    [InlineData("begin { print(comm(⟦\"a\"⟧)); }", "takes a number", null)]
    [InlineData("begin { print(config.⟦nosuch⟧); }", "no element 'nosuch'", "max_strlen")]
    [InlineData("begin { printf(⟦\"%gx\"⟧, 1); }", "'%g' is no conversion", "%d")]
    [InlineData("tracepoint:syscalls:sys_enter_read { $a = args; print(⟦$a⟧); }", "$a stands before one of its fields", "args.")]
    [InlineData("tracepoint:syscalls:sys_enter_read { $a = args; print($a.⟦nosuch⟧); }", "nosuch", "")]
    [InlineData("begin { print(bswap(⟦\"a\"⟧)); }", "takes an integer", null)]
    [InlineData("begin { print(bswap(⟦comm⟧)); }", "takes an integer", null)]
    [InlineData("begin { print(strerror(⟦comm⟧)); }", "takes a number", null)]
    [InlineData("begin { print(ksym(⟦comm⟧)); }", "takes an address", null)]
    [InlineData("begin { print(usym(⟦comm⟧)); }", "takes an address", null)]
    [InlineData("begin { print(kaddr(⟦\"no_such\"⟧)); }", "no symbol 'no_such'", "kallsyms")]
    [InlineData("begin { print(kaddr(⟦pid⟧)); }", "string literal", null)]
    [InlineData("begin { print(percpu_kaddr(\"softnet_data\", ⟦comm⟧)); }", "CPU is an integer", null)]
    [InlineData("begin { print(cgroupid(⟦\"/nosuch\"⟧)); }", "no cgroup '/nosuch'", "/sys/fs/cgroup")]
    [InlineData("begin { print(cgroupid(⟦5⟧)); }", "string literal", null)]
    [InlineData("begin { print(cgroup_path(⟦comm⟧)); }", "cgroup's number", "cgroup")]
    [InlineData("begin { print(⟦reg(\"ip\")⟧); }", "does not see the registers", "uprobe")]
    [InlineData("profile:hz:1 { print(reg(⟦\"foo\"⟧)); }", "no register 'foo'", "ip")]
    [InlineData("profile:hz:1 { print(reg(⟦5⟧)); }", "string literal", null)]
    [InlineData("begin { print(nsecs(⟦foo⟧)); }", "no such clock", "monotonic")]
    [InlineData("begin { print(pid(⟦foo⟧)); }", "no such namespace", "curr_ns")]
    [InlineData("begin { print(strftime(\"%H\", ⟦nsecs(monotonic)⟧)); }", "time of day", "nsecs")]
    [InlineData("begin { print(is_err(⟦comm⟧)); }", "takes an address", null)]
    [InlineData("begin { ⟦static_assert(1 == 2, \"one is not two\")⟧; }", "one is not two", null)]
    [InlineData("begin { static_assert(⟦pid == 2⟧, \"x\"); }", "not known while compiling", "assert()")]
    [InlineData("begin { assert(⟦comm⟧, \"x\"); }", "a condition is a number", null)]
    [InlineData("begin { assert(1, ⟦pid⟧); }", "string literal", null)]
    [InlineData("begin { ⟦fail(\"needs %d of %s\", 3, \"x\")⟧; }", "needs 3 of x", null)]
    [InlineData("begin { fail(\"%d\", ⟦pid⟧); }", "not known while compiling", null)]
    [InlineData("begin { ⟦system(\"true\")⟧; }", "changes the system", "--unsafe")]
    [InlineData("tracepoint:syscalls:sys_enter_read { ⟦signal(\"SIGKILL\")⟧; }", "changes the system", "--unsafe")]
    [InlineData("tracepoint:syscalls:sys_enter_read { ⟦override(1)⟧; }", "changes the system", "--unsafe")]
    [InlineData("begin { errorf(⟦pid⟧); }", "string literal", null)]
    [InlineData("begin { warnf(\"%d\", ⟦comm⟧); }", "prints an integer", "%s")]
    [InlineData("begin { cat(⟦\"%d\"⟧); }", "has no argument", "%%")]
    [InlineData("begin { join(⟦comm⟧); }", "address of an array", "args.argv")]
    [InlineData("tracepoint:syscalls:sys_enter_read { join(args.buf, ⟦5⟧); }", "string literal", null)]
    [InlineData("begin { printf(\"%r\", ⟦5⟧); }", "prints a buffer", "buf(")]
    [InlineData("begin { printf(\"%rh\", ⟦comm⟧); }", "'%rh' prints a buffer", "buf(")]
    [InlineData("begin { printf(\"%d\", ⟦buf(\"a\", 1)⟧); }", "prints an integer", "%s")]
    [InlineData("begin { printf(\"%d\", ⟦strerror(1)⟧); }", "prints an integer", "%s")]
    [InlineData("begin { printf(\"%x\", ⟦ntop(1)⟧); }", "prints an integer", "%s")]
    [InlineData("begin { printf(\"%p\", ⟦username⟧); }", "prints an integer", "%s")]
    [InlineData("tracepoint:syscalls:sys_enter_read { print(⟦path(args.buf)⟧); }", "path() is not available", "fentry")]
    [InlineData("begin { print(⟦uaddr(\"x\")⟧); }", "uaddr() is not available", "uprobe")]
    [InlineData("begin { print(⟦socket_cookie(1)⟧); }", "not available", "fentry")]
    [InlineData("begin { @ = ntop(1); ⟦@ = 5⟧; }", "@ holds inet", "another map")]
    [InlineData("begin { @ = buf(\"a\", 1); ⟦@ = \"a\"⟧; }", "@ holds buffer[1]", "another map")]
    [InlineData("begin { @[ntop(1)] = 1; ⟦@[1]⟧ = 1; }", "@ has the key [inet]", "same kind")]
    [InlineData("begin { print(⟦ntop(1) == 5⟧); }", "==", null)]
    [InlineData("begin { print(username == ⟦\"nobody here\"⟧); }", "no such username", "print it")]
    [InlineData("begin { print(ksym(1) == ⟦\"do_nanosleep\"⟧); }", "no such ksym", "the number")]
    [InlineData("begin { print(⟦username + 1⟧); }", "+", null)]
    [InlineData("begin { @ = sum(⟦ntop(1)⟧); }", "takes an integer", null)]
    public void AWrongCallIsReportedWhereItIs(string marked, string words, string? hint)
    {
        int start = marked.IndexOf('⟦'), end = marked.IndexOf('⟧') - 1;
        string program = marked.Replace("⟦", "").Replace("⟧", "");
        var result = Compile.Text(program);
        var error = Assert.Single(result.Diagnostics, d => d.Severity == Severity.Error);
        Assert.Contains(words, error.Message);
        Assert.Equal(TextSpan.FromBounds(start, end), error.Span);
        if (hint is not null)
            Assert.Contains(hint, error.Hint);
    }

    [Theory]
    [InlineData("begin { ⟦signal(9)⟧; }", "ctrace itself")]
    [InlineData("tracepoint:syscalls:sys_enter_read { signal(⟦\"SIGFOO\"⟧); }", "no signal 'SIGFOO'")]
    [InlineData("tracepoint:syscalls:sys_enter_read { signal(⟦99⟧); }", "1 to 64")]
    [InlineData("tracepoint:syscalls:sys_enter_read { signal_thread(⟦comm⟧); }", "number or a name")]
    [InlineData("tracepoint:syscalls:sys_enter_read { ⟦override(1)⟧; }", "not available in tracepoint")]
    public void WhatIsAllowedIsCheckedToo(string marked, string words)
    {
        int start = marked.IndexOf('⟦'), end = marked.IndexOf('⟧') - 1;
        var result = Compile.Text(marked.Replace("⟦", "").Replace("⟧", ""), new CompilationOptions { Unsafe = true });
        var error = Assert.Single(result.Diagnostics, d => d.Severity == Severity.Error);
        Assert.Contains(words, error.Message);
        Assert.Equal(TextSpan.FromBounds(start, end), error.Span);
    }

    /// <summary>Text that is as long as others is looked for in a loop that the kernel bounds, which an older one can't.</summary>
    [Fact]
    public void WhatTextsAreLookedForDependsOnTheKernel()
    {
        const string program = "tracepoint:syscalls:sys_enter_read { print(strstr(comm, str(args.buf))); }";
        Assert.Empty(Compile.Text(program).Diagnostics);
        var error = Assert.Single(Compile.Text(program, target: new FakeTarget(Targets.KernelFeature.MayGoto)).Diagnostics);
        Assert.Contains("too long to look for on this kernel", error.Message);
        Assert.Contains("64 bytes", error.Hint);
        Assert.Equal("str(args.buf)", program[error.Span.Start..error.Span.End]);
    }
}
