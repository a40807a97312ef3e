namespace Ctrace.Compiler.Tests.Rules;

/// <summary>Macros, settings and C# handlers.</summary>
public class MacroRuleTests
{
    [Theory]
    [InlineData("⟦macro m(x, x) { x }⟧ begin { m(1, 2); }", "the parameter x of m() is given twice")]
    [InlineData("macro m(x) { x } begin { print(⟦m()⟧); }", "m() takes one argument, not 0")]
    [InlineData("macro m(x) { x } begin { print(⟦m(1, 2)⟧); }", "m() takes one argument, not 2")]
    [InlineData("macro m(x) { ⟦nosuch⟧ } begin { print(m(1)); }", "there is no 'nosuch'")]
    [InlineData("macro m(x) { ⟦x + \"a\"⟧ } begin { print(m(1)); }", "'+' does not go with int64 and string[2]")]
    [InlineData("macro m($x) { $x } begin { print(m(⟦$y⟧)); }", "$y has no value here")]
    [InlineData("macro m($x) { $x } begin { print(m(⟦pid⟧)); }", "m() takes a variable here, for $x")]
    [InlineData("macro m(@x) { @x[1] = 1; } begin { m(⟦$y⟧); }", "m() takes a map here, for @x")]
    [InlineData("macro m(@x) { @x = 1; } begin { m(⟦@a[1]⟧); }", "m() takes a map here, for @x")]
    [InlineData("macro m(@x) { print(@x); } begin { m(⟦@nope⟧); }", "nothing is ever stored in @nope")]
    [InlineData("macro a() { b() } macro b() { ⟦a()⟧ } begin { a(); }", "the macro a uses itself")]
    [InlineData("macro m() { $x = 1; } begin { m(); print(⟦$x⟧); }", "$x has no value here")]
    [InlineData("macro m() { print(1); } begin { $x = ⟦m()⟧; }", "this gives no value to assign")]
    [InlineData("macro add(a, b) { a + b } begin { print(⟦ad⟧(1, 2)); }", "there is no function 'ad'", "did you mean add?")]
    [InlineData("⟦macro m(x) { x }⟧", "the program declares things and traces nothing")]
    [InlineData("⟦let @a = hash(5);⟧", "the program declares things and traces nothing")]
    [InlineData("config = { ⟦foo = 1⟧ } begin { }", "there is no setting 'foo'")]
    [InlineData("config = { ⟦max_map_key = 1⟧ } begin { }", "there is no setting 'max_map_key'", "did you mean max_map_keys?")]
    [InlineData("config = { max_map_keys = ⟦\"x\"⟧ } begin { }", "max_map_keys takes an integer from 1 to 1073741824")]
    [InlineData("config = { max_map_keys = ⟦-⟧1 } begin { }", "unexpected '-': expected a number, a string or a name")]
    [InlineData("config = { max_strlen = ⟦0⟧ } begin { }", "max_strlen takes an integer from 1 to 4096")]
    [InlineData("config = { max_strlen = ⟦99999⟧ } begin { }", "max_strlen takes an integer from 1 to 4096")]
    [InlineData("config = { missing_probes = ⟦nothing⟧ } begin { }", "missing_probes takes error, warn or ignore")]
    [InlineData("config = { missing_probes = ⟦\"fatal\"⟧ } begin { }", "missing_probes takes error, warn or ignore")]
    [InlineData("begin => { Print(1); } => ⟦{ }⟧", "one handler is enough")]
    [InlineData("tracepoint:syscalls:sys_enter_read => ⟦{ Print(1); }⟧", "a handler stands alone only on begin, end, interval, self")]
    [InlineData("begin { } => ⟦{ Print(1); }⟧", "a handler follows a query, not a block")]
    public void AMistakeIsReportedOnceWhereItIs(string marked, string message, string? hint = null) => Marked.Check(marked, message, hint);
}
