using Ctrace.Compiler.CDeclarations;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Tests;

/// <summary>Declarations of C: sizes and places as gcc gives them on x86-64.</summary>
public class CDeclarationTests
{
    [Theory]
    [InlineData("struct s { char a; int b; };", "struct s", 8, "a 0, b 4")]
    [InlineData("struct s { char a; long b; char c; };", "struct s", 24, "a 0, b 8, c 16")]
    [InlineData("struct s { short a, b[3], *c; };", "struct s", 16, "a 0, b 2, c 8")]
    [InlineData("struct s { int a; union { char b; long c; }; int d; };", "struct s", 24, "a 0, b 8, c 8, d 16")]
    [InlineData("union u { char a[5]; int b; };", "union u", 8, "a 0, b 0")]
    [InlineData("struct s { unsigned a:3; unsigned b:5; unsigned c:24; unsigned d:1; };", "struct s", 8, "a 0:0:3, b 0:3:5, c 0:8:24, d 4:0:1")]
    [InlineData("struct s { unsigned a:3; unsigned :0; unsigned b:2; };", "struct s", 8, "a 0:0:3, b 4:0:2")]
    [InlineData("struct s { char a; unsigned b:4; short c; };", "struct s", 4, "a 0, b 0:8:4, c 2")]
    [InlineData("struct s { long a:40; long b:30; };", "struct s", 16, "a 0:0:40, b 8:0:30")]
    [InlineData("struct s { char a; int b; } __attribute__((packed));", "struct s", 5, "a 0, b 1")]
    [InlineData("struct __attribute__((packed)) s { char a; int b; };", "struct s", 5, "a 0, b 1")]
    [InlineData("struct s { int a; char b[]; };", "struct s", 4, "a 0, b 4")]
    [InlineData("struct s { int (*f)(int, char *); struct s *next; int m[2][3]; };", "struct s", 40, "f 0, next 8, m 16")]
    [InlineData("typedef unsigned long long u64x; typedef struct { u64x a; u64x b; } pair; struct s { pair p; u64x c; };", "struct s", 24, "p 0, c 16")]
    [InlineData("#define N 4\n#define M (N * 2 + 1)\nstruct s { char a[M]; int b[N << 1]; };", "struct s", 44, "a 0, b 12")]
    [InlineData("#define FIELD(t, n) t n##_x\nstruct s { FIELD(int, a); FIELD(long, b); };", "struct s", 16, "a_x 0, b_x 8")]
    [InlineData("#if defined(A) || 0x10 > 20\nstruct s { int a; };\n#elif 3 == 1 + 2\nstruct s { long b; };\n#else\nstruct s { char c; };\n#endif\n", "struct s", 8, "b 0")]
    [InlineData("enum { A = 3, B }; struct s { char a[B]; };", "struct s", 4, "a 0")]
    [InlineData("extern int f(struct x *p); static inline int g(void) { return 1; } struct s { const char * const a; volatile int b; };", "struct s", 16, "a 0, b 8")]
    [InlineData("struct s { _Bool a; unsigned char b; signed c; unsigned short int d; long unsigned int e; };", "struct s", 24, "a 0, b 1, c 4, d 8, e 16")]
    public void Structures_lie_in_memory_as_C_has_them(string text, string name, int size, string members)
    {
        var type = Assert.IsType<StructureType>(Declare(text, out var diagnostics).Find(name));
        Assert.Empty(diagnostics);
        Assert.Equal(size, type.Size);
        Assert.Equal(members, string.Join(", ", type.MemberNames.Select(n => type.Find(n)!).Select(m => m.Bits > 0 ? $"{m.Name} {m.Offset}:{m.FirstBit}:{m.Bits}" : $"{m.Name} {m.Offset}")));
    }

    [Theory]
    [InlineData("enum e { A, B = 5, C, D = -1, E = B | 8 };", "A", 0)]
    [InlineData("enum e { A, B = 5, C, D = -1, E = B | 8 };", "C", 6)]
    [InlineData("enum e { A, B = 5, C, D = -1, E = B | 8 };", "D", -1)]
    [InlineData("enum e { A, B = 5, C, D = -1, E = B | 8 };", "E", 13)]
    [InlineData("enum e { A = 1 << 20, B = 'x', C = (int)sizeof_is_not_here };", "A", null)]
    public void Constants_of_enumerations(string text, string name, int? value) => Assert.Equal(value, Declare(text, out _).FindEnumerator(name)?.Value);

    [Theory]
    [InlineData("#define A 5", 5L)]
    [InlineData("#define B 2\n#define A (B + 3) * B", 10L)]
    [InlineData("#define A \"text\"", "text")]
    [InlineData("#define A -1", -1L)]
    [InlineData("#define A (1 ? 0x10UL : 3)", 16L)]
    [InlineData("#define A(x) x", null)]
    [InlineData("#define A return", null)]
    [InlineData("#define A 5\n#undef A", null)]
    [InlineData("#define A A", null)]
    public void Macros_are_constants_where_they_can_be(string text, object? value) => Assert.Equal(value, Declare(text, out _).FindMacro("A"));

    [Theory]
    [InlineData("⟦#foo⟧\nbegin { }", "no directive")]
    [InlineData("⟦#⟧if 1\nbegin { }", "no #endif")]
    [InlineData("⟦#⟧endif\nbegin { }", "no #if")]
    [InlineData("⟦#include \"x.h\"⟧\nbegin { }", "no header x.h")]
    [InlineData("⟦#include \"y/x.h\"⟧\nbegin { }", "no header y/x.h")]
    [InlineData("struct s { ⟦f⟧oo_t x; }; begin { }", "no type 'foo_t'")]
    [InlineData("struct s { int x[⟦y⟧]; }; begin { }", "a constant is expected")]
    [InlineData("struct s { int x:⟦9⟧9; }; begin { }", "1 to 64 bits")]
    [InlineData("struct s { int x ⟦y⟧; }; begin { }", "';' is expected")]
    [InlineData("enum e { ⟦5⟧ }; begin { }", "a name for a constant")]
    [InlineData("struct s ⟦{⟧ int x; begin { }", "never closed")]
    [InlineData("struct s { int x; }; begin { $p = (struct s *)0; print($p->⟦y⟧); }", "no member 'y'")]
    [InlineData("begin { print((⟦struct nosuch⟧)0); }", "no type 'struct nosuch'")]
    [InlineData("struct s { int x; }; begin { print(⟦(struct s)5⟧); }", "can't be cast to a whole struct s")]
    [InlineData("begin { print(⟦*comm⟧); }", "is no pointer")]
    [InlineData("begin { print(⟦*(void *)5⟧); }", "is not known")]
    [InlineData("begin { $x = 5; print(⟦$x⟧[0]); }", "has no elements")]
    [InlineData("begin { $x = (int32 *)5; print($x[⟦\"a\"⟧]); }", "an index is an integer")]
    [InlineData("struct s { int a[3]; }; begin { $p = (struct s *)0; print($p->a[⟦3⟧]); }", "outside of the array")]
    [InlineData("begin { print(⟦&pid⟧); }", "this has no address")]
    [InlineData("begin { print(⟦(uint8[3])pid⟧); }", "has 4 bytes")]
    [InlineData("struct s { char x[9000]; }; begin { $x = ⟦*(struct s *)0⟧; }", "too much for one value")]
    [InlineData("struct s { int x; }; begin { print(sizeof(⟦struct t⟧)); }", "no type 'struct t'")]
    [InlineData("struct s { int x; }; begin { print(offsetof(struct s, ⟦y⟧)); }", "no member 'y'")]
    [InlineData("struct s { int x; }; begin { print(offsetof(struct s, x.⟦y⟧)); }", "has no members")]
    public void Mistakes_are_shown_where_they_are(string marked, string message)
    {
        int start = marked.IndexOf('⟦'), end = marked.IndexOf('⟧') - 1;
        var result = Compile.Text(marked.Replace("⟦", "").Replace("⟧", ""));
        Assert.Null(result.Program);
        var error = Assert.Single(result.Diagnostics, d => d.Severity == Severity.Error);
        Assert.Contains(message, error.Message);
        Assert.Equal(TextSpan.FromBounds(start, end), error.Span);
    }

    [Fact]
    public void Mistakes_in_headers_are_passed_over()
    {
        var table = new CTypeTable(new FakeTarget());
        var diagnostics = new DiagnosticBag();
        table.Declare("#include <a.h>\nstruct s { good_t x; };", new Headers(), diagnostics);
        Assert.Empty(diagnostics);
        Assert.Equal(8, table.Find("struct s")!.Size);
    }

    private sealed class Headers : IHeaderSource
    {
        public string Find(string name, bool isSystem) => "#pragma once\nint broken * 5 6; nonsense_t y; struct { good_t } z;\ntypedef long good_t;\n#nonsense\n";
    }

    private static CTypeTable Declare(string text, out DiagnosticBag diagnostics)
    {
        var table = new CTypeTable(new FakeTarget());
        diagnostics = new DiagnosticBag();
        table.Declare(text, null, diagnostics);
        return table;
    }
}
