using System.Runtime.CompilerServices;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Formatting;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Tests;

/// <summary>Programs are laid out in one way, and mean afterwards what they meant before.</summary>
public class FormatterTests
{
    [Theory]
    [InlineData("begin{print(1)}", "begin\n{\n  print(1);\n}\n")]
    [InlineData("begin {}", "begin\n{}\n")]
    [InlineData("  kprobe:a,kprobe:b /pid==1&&tid==2/ { @[comm,pid]=count() ; ; }", "kprobe:a,\nkprobe:b\n/pid == 1 && tid == 2/\n{\n  @[comm, pid] = count();\n}\n")]
    [InlineData("begin{$x=-1-(-2)*$y[0]; $x++; --$x; $p=*(uint8*)$x; $q=&$x}", "begin\n{\n  $x = -1 - (-2) * $y[0];\n  $x++;\n  --$x;\n  $p = *(uint8 *)$x;\n  $q = &$x;\n}\n")]
    [InlineData("begin{$a=- -$b; $c=-(-$b); $d=(int32)-$b; $e=!!$b; $f=$b- -1}", "begin\n{\n  $a = - -$b;\n  $c = -(-$b);\n  $d = (int32)-$b;\n  $e = !!$b;\n  $f = $b - -1;\n}\n")]
    [InlineData("begin{let $x:uint8=5;$y=$x?1:2;$z=$x?:3}", "begin\n{\n  let $x : uint8 = 5;\n  $y = $x ? 1 : 2;\n  $z = $x ?: 3;\n}\n")]
    [InlineData("begin{$r=(a=1,b=2);print($r.a);$t=(1,);$u=()}", "begin\n{\n  $r = (a=1, b=2);\n  print($r.a);\n  $t = (1,);\n  $u = ();\n}\n")]
    [InlineData("begin{for($i:0..10){print($i);print(1)}while(1){break}unroll(3){$x++}}", "begin\n{\n  for ($i : 0..10) {\n    print($i);\n    print(1);\n  }\n  while (1) { break }\n  unroll (3) { $x++ }\n}\n")]
    [InlineData("begin{if($x){print(1)}else if($y){print(2);}else{print(3)}}", "begin\n{\n  if ($x) { print(1) } else if ($y) { print(2); } else { print(3) }\n}\n")]
    [InlineData("begin{if($x){print(1)}else{\nprint(3)}}", "begin\n{\n  if ($x) {\n    print(1);\n  } else {\n    print(3);\n  }\n}\n")]
    [InlineData("begin{$t={let $a=1;$a+1};$s=if($t){1}else{2};print($s)}", "begin\n{\n  $t = {\n    let $a = 1;\n    $a + 1\n  };\n  $s = if ($t) { 1 } else { 2 };\n  print($s);\n}\n")]
    [InlineData("macro add($x,@m,y){$x+y} begin{print(add($a,@b,1))}", "macro add($x, @m, y)\n{\n  $x + y\n}\nbegin\n{\n  print(add($a, @b, 1));\n}\n")]
    [InlineData("config={max_strlen=64;stack_mode=perf}let @m=lruhash(100);begin{}", "config = {\n  max_strlen = 64;\n  stack_mode = perf;\n}\nlet @m = lruhash(100);\nbegin\n{}\n")]
    [InlineData("tracepoint:a:b   <count( ),  avg(args.x)by comm,pid top 10 by count every 1s into @m>", "tracepoint:a:b < count(), avg(args.x) by comm, pid top 10 by count every 1s into @m >\n")]
    [InlineData("tracepoint:a:b /x==1/ < (a>b) as c >\n\n\n\ninterval:s:1{exit()}", "tracepoint:a:b /x == 1/ < (a > b) as c >\n\ninterval:s:1\n{\n  exit();\n}\n")]
    [InlineData("tracepoint:a:b < count()\nby comm\n  top 5 > => { foreach(var r in rows)\n Print( r ); }", "tracepoint:a:b < count()\n    by comm\n    top 5 > => { foreach(var r in rows)\n Print( r ); }\n")]
    [InlineData("end=>{Print( 1 );}", "end => {Print( 1 );}\n")]
    [InlineData("uprobe:/usr/*/libc.so*:malloc{@=count()}", "uprobe:/usr/*/libc.so*:malloc\n{\n  @ = count();\n}\n")]
    [InlineData("#!/usr/bin/env ctrace\n#include <linux/fs.h>\nstruct a { int  b; };\n\nbegin{print(sizeof(struct a *))}", "#!/usr/bin/env ctrace\n#include <linux/fs.h>\nstruct a { int  b; };\n\nbegin\n{\n  print(sizeof(struct a *));\n}\n")]
    [InlineData("#!/usr/bin/env ctrace\nbegin{}", "#!/usr/bin/env ctrace\nbegin\n{}\n")]
    [InlineData("import \"a.bt\";begin{}", "import \"a.bt\";\nbegin\n{}\n")]
    [InlineData("begin{if comptime (1){print(1);}return}", "begin\n{\n  if comptime(1) { print(1); }\n  return;\n}\n")]
    [InlineData("begin{@a[1]=(uint64)$x.y->z[1];print(@a,5,2);printf(\"%d\\n\",$1+$#)}", "begin\n{\n  @a[1] = (uint64)$x.y->z[1];\n  print(@a, 5, 2);\n  printf(\"%d\\n\", $1 + $#);\n}\n")]
    // Marks that would be others together; settings without any; a semicolon behind a comment.
    [InlineData("tracepoint:a:b<count() by comm every 5s >=>{ Print(1); }", "tracepoint:a:b < count() by comm every 5s > => { Print(1); }\n")]
    [InlineData("tracepoint:a:b /pid==cpid/=> { Print(1); }", "tracepoint:a:b /pid == cpid/ => { Print(1); }\n")]
    [InlineData("config={}begin{}", "config = {}\nbegin\n{}\n")]
    [InlineData("begin{let $z=$y // why\n; @=1 /* so */; @b=2\n// own\n// and\n;}", "begin\n{\n  let $z = $y; // why\n  @ = 1; /* so */\n  @b = 2;\n  // own\n  // and\n}\n")]
    public void A_program_is_laid_out(string text, string expected) => Assert.Equal(expected, Formatted(text));

    [Theory]
    [InlineData("// head\n\n\n/* two\n   lines */\nbegin // of it\n{ // all\n  // own\n  print(1); // behind\n\n\n  print(2) // last\n}\n// end", "// head\n\n/* two\n   lines */\nbegin // of it\n{ // all\n  // own\n  print(1); // behind\n\n  print(2); // last\n}\n// end\n")]
    [InlineData("begin{printf(\"%d %d\\n\", // what\n1,/* one */2)}", "begin\n{\n  printf(\"%d %d\\n\", // what\n      1, /* one */ 2);\n}\n")]
    [InlineData("begin{if(1){print(1);\n} // yes\nelse{print(2);\n}}", "begin\n{\n  if (1) {\n    print(1);\n  } // yes\n  else {\n    print(2);\n  }\n}\n")]
    public void Comments_stay(string text, string expected) => Assert.Equal(expected, Formatted(text));

    [Fact]
    public void A_long_line_is_broken_between_its_parts()
    {
        string text = Formatted("begin{printf(\"%d %d %d %d %d %d\\n\",$aaaaaaaaaaaaaaaaaaaa,$bbbbbbbbbbbbbbbbbbbbbbbbb,$cccccccccccccccccccccccc,$dddddddddddddddddddddd);}");
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 100, line));
        Assert.Contains("\n      $", text);
    }

    [Fact]
    public void A_mistake_is_told()
    {
        var diagnostics = new DiagnosticBag();
        Assert.Null(Formatter.Format(new SourceText("begin { print( }"), diagnostics));
        Assert.True(diagnostics.HasErrors);
    }

    public static TheoryData<string> Goldens() => GoldenTests.Files();

    [Theory]
    [MemberData(nameof(Goldens))]
    public void The_bytecode_stays(string name)
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", name + ".ct"));
        Assert.Equal(Code(Compile.Good(text)), Code(Compile.Good(Formatted(text))));
    }

    public static TheoryData<string> Examples() => [.. Directory.GetFiles(Path.Combine(Root(), "examples"), "*.ct").Select(f => Path.GetFileName(f)!).Order()];

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_is_laid_out_as_it_should(string file) => Formatted(File.ReadAllText(Path.Combine(Root(), "examples", file)));

    /// <summary>Formats; what comes out has the same words in the same order, and stays as it is when it is formatted again.</summary>
    private static string Formatted(string text)
    {
        var diagnostics = new DiagnosticBag();
        string? formatted = Formatter.Format(new SourceText(text), diagnostics);
        Assert.True(formatted is not null, string.Concat(diagnostics.Select(d => DiagnosticPrinter.Format(new SourceText(text), d))));
        Assert.Equal(Words(text), Words(formatted));
        Assert.Equal(formatted, Formatter.Format(new SourceText(formatted), diagnostics));
        return formatted;
    }

    /// <summary>All but white space and semicolons.</summary>
    private static string Words(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c) && c != ';'));

    private static string Code(TraceProgram program) => string.Join('\n', program.Programs.SelectMany(p => p.Code.Select(i => (i with { Span = default }).ToString())));

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
