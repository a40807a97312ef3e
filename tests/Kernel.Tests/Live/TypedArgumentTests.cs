using System.Diagnostics;
using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Arguments of functions of processes by name and type, as their debug information has them.</summary>
public sealed class TypedArgumentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ctrace-typed-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    /// <summary>What compilers and their users do to debug information.</summary>
    public static TheoryData<string> Ways => [.. (string[])["-O2 -g", "-O0 -g", "-O2 -gdwarf-4", "-O2 -g -gz=zlib", "-O2 -g -fdebug-types-section", "-O2 -g -no-pie", "-O2 -g -gsplit-dwarf", "-O2 -gdwarf-4 -gsplit-dwarf", "-O2 -g -gsplit-dwarf -fdebug-types-section", "-O2 -gdwarf-4 -fdebug-types-section", "-O2 -gdwarf-4 -gsplit-dwarf -fdebug-types-section"]];

    [KernelTheory("g++")]
    [MemberData(nameof(Ways))]
    public void Arguments_have_names_and_types(string options)
    {
        string program = Build(options);
        var t = Traced.Run($$"""
            uprobe:{{program}}:plain { @plain[args.a, args.b, str(args.text), (int32)args.colour, args.flag] = count();
              @point[args.point->x, args.point->y, args.point->low, args.point->high, str(args.point->name), args.point->next->x, str(args.point->next->name)] = count(); }
            uprobe:{{program}}:fractions { @fractions[args.a, args.b] = count(); }
            uprobe:{{program}}:values { @values[args.a, args.b, args.pair.first, args.pair.second] = count(); }
            uprobe:{{program}}:returns { @returns[args.a, args.b] = count(); }
            uprobe:{{program}}:cpp:"Shop::sell" { @sell[args.this->stock, args.count] = count(); }
            """, () => Programs.Run(program));
        Assert.Equal(new Dictionary<string, long> { ["-7, 200, a text, 7, true"] = 5 }, t.Numbers("@plain"));
        Assert.Equal(new Dictionary<string, long> { ["-1, 8, 5, 17, first, -2, second"] = 5 }, t.Numbers("@point"));
        Assert.Equal(new Dictionary<string, long> { ["-11, 12"] = 5 }, t.Numbers("@fractions"));
        Assert.Equal(new Dictionary<string, long> { ["-21, 24, 1, 2"] = 5 }, t.Numbers("@values"));
        Assert.Equal(new Dictionary<string, long> { ["-31, 32"] = 5 }, t.Numbers("@returns"));
        Assert.Equal(new Dictionary<string, long> { ["40, 6"] = 5 }, t.Numbers("@sell"));
    }

    [KernelFact("g++", "objcopy", "strip")]
    public void A_debug_file_serves_as_well()
    {
        string program = Build("-O2 -g");
        Programs.Run("/usr/bin/objcopy", "--only-keep-debug", program, program + ".debug");
        Programs.Run("/usr/bin/strip", "--strip-debug", program);
        Assert.Contains("not known", Refusal($"uprobe:{program}:plain {{ print(args.a); }}"));
        Programs.Run("/usr/bin/objcopy", $"--add-gnu-debuglink={program}.debug", program);
        var t = Traced.Run($"uprobe:{program}:plain {{ @[args.a] = count(); }}", () => Programs.Run(program));
        Assert.Equal(new Dictionary<string, long> { ["-7"] = 5 }, t.Numbers());
    }

    [KernelTheory("g++", "dwp")]
    [InlineData("-gdwarf-4")]
    [InlineData("-gdwarf-4 -fdebug-types-section")]
    public void A_package_of_DWARF_4_serves_in_place_of_split_files(string options) => Package(options, "dwp");

    [KernelFact("g++", "llvm-dwp")]
    public void A_package_of_DWARF_5_serves_in_place_of_split_files() => Package("-gdwarf-5", "llvm-dwp");

    private void Package(string version, string packer)
    {
        string program = Build($"-O2 {version} -gsplit-dwarf");
        string[] parts = Directory.GetFiles(_folder, "*.dwo");
        Programs.Run(packer, ["-o", program + ".dwp", .. parts]);
        foreach (string file in parts)
            File.Delete(file);
        var t = Traced.Run($"uprobe:{program}:plain {{ @[args.a, str(args.text), args.point->y] = count(); }}", () => Programs.Run(program));
        Assert.Equal(new Dictionary<string, long> { ["-7, a text, 8"] = 5 }, t.Numbers());
    }

    [KernelFact("g++")]
    public void A_split_file_that_is_missing_is_named()
    {
        string program = Build("-O2 -g -gsplit-dwarf"), part = Assert.Single(Directory.GetFiles(_folder, "*.dwo")), text = $"uprobe:{program}:plain {{ print(args.a); }}";
        Assert.Empty(Compilation.Compile(new Compiler.Text.SourceText(text), new KernelTarget(), new CompilationOptions()).Diagnostics);
        File.Move(part, part + ".away");
        Assert.Contains($"is not there, or of another build: {part}", Refusal(text));
        // One of another build has another number.
        Build("-O0 -g -gsplit-dwarf");
        File.Move(Assert.Single(Directory.GetFiles(_folder, "*.dwo")), part);
        Assert.Contains(part, Refusal(text));
    }

    [KernelFact("g++", "dwz")]
    public void What_binaries_share_is_found_in_its_own_file()
    {
        string one = Build("-O2 -g"), other = Build("-O0 -g"), shared = Path.Combine(_folder, "shared");
        Programs.Run("dwz", "-m", shared, one, other);
        Assert.True(File.Exists(shared));
        foreach (string program in (string[])[one, other])
        {
            var t = Traced.Run($"uprobe:{program}:plain {{ @[args.a, str(args.text), args.point->y, (int32)args.colour, str(args.point->next->name)] = count(); }}", () => Programs.Run(program));
            Assert.Equal(new Dictionary<string, long> { ["-7, a text, 8, 7, second"] = 5 }, t.Numbers());
        }
    }

    [KernelFact("g++")]
    public void Spans_and_many_functions_have_them_too()
    {
        string program = Build("-O2 -g");
        var t = Traced.Run($"span:user:{program}:plain {{ @[args.a, str(args.text), (int32)retval] = count(); }} uprobe:{program}:fraction* {{ @many[func, args.a, args.b] = count(); }}", () => Programs.Run(program));
        Assert.Equal(new Dictionary<string, long> { [$"-7, a text, {-7 + 200 + 'a' - 1 + 7 + 1}"] = 5 }, t.Numbers());
        Assert.Equal(new Dictionary<string, long> { ["fractional, -13, 14"] = 5, ["fractions, -11, 12"] = 5 }.OrderBy(e => e.Key, StringComparer.Ordinal), t.Numbers("@many").OrderBy(e => e.Key, StringComparer.Ordinal));
    }

    [KernelFact("g++")]
    public void Casts_take_types_of_the_binary()
    {
        string program = Build("-O2 -g");
        var t = Traced.Run($"uprobe:{program}:plain {{ $p = (struct Point *)arg3; @[$p->x, ((Point *)arg3)->y, str($p->name), sizeof(struct Large), offsetof(struct Mixed, whole)] = count(); }}", () => Programs.Run(program));
        Assert.Equal(new Dictionary<string, long> { ["-1, 8, first, 40, 8"] = 5 }, t.Numbers());
        // What the program declares counts more, and what the binary has not is the kernel's.
        t = Traced.Run($"struct Point {{ int only; }} uprobe:{program}:plain {{ @[((struct Point *)arg3)->only, sizeof(struct task_struct) > 500] = count(); }}", () => Programs.Run(program));
        Assert.Equal(new Dictionary<string, long> { ["-1, true"] = 5 }, t.Numbers());
    }

    [KernelFact("g++")]
    public void They_are_listed_and_what_is_wrong_is_said()
    {
        string program = Build("-O2 -g");
        string listed = Tracer.Run("-lv", $"uprobe:{program}:plain").Output;
        Assert.Equal([$"uprobe:{program}:plain", "    int a", "    unsigned char b", "    const char* text", "    struct Point* point", "    enum Colour colour", "    bool flag"], listed.TrimEnd().Split('\n'));
        Assert.Contains("has no field 'nonesuch'", Refusal($"uprobe:{program}:plain {{ print(args.nonesuch); }}"));
        Assert.Contains("args.between (float) is not in registers for integers", Refusal($"uprobe:{program}:fractions {{ print(args.between); }}"));
        Assert.Contains("args.large (struct Large) is not in registers", Refusal($"uprobe:{program}:values {{ print(args.large); }}"));
        Assert.Contains("compile it with -g", Refusal($"uprobe:{Build("-O2 -g0")}:plain {{ print(args.a); }}"));
    }

    [KernelFact("g++")]
    public void A_broken_file_does_no_harm()
    {
        string program = Build("-O2 -g");
        byte[] sound = File.ReadAllBytes(program);
        var random = new Random(3);
        // Behind the program's own bytes are the sections for debuggers.
        for (int round = 0; round < 40; round++)
        {
            byte[] bytes = [.. sound];
            for (int i = 0; i < 50; i++)
                bytes[random.Next(bytes.Length / 3, bytes.Length)] = (byte)random.Next();
            string broken = Path.Combine(_folder, $"broken{round}");
            File.WriteAllBytes(broken, bytes);
            _ = Compilation.Compile(new Compiler.Text.SourceText($"uprobe:{broken}:plain {{ print(args.point->next->name); }}"), new KernelTarget(), new CompilationOptions());
        }
    }

    private static string Refusal(string program) =>
        Assert.Single(Compilation.Compile(new Compiler.Text.SourceText(program), new KernelTarget(), new CompilationOptions()).Diagnostics) is var d ? $"{d.Message}; {d.Hint}" : "";

    private string Build(string options)
    {
        string program = Path.Combine(_folder, $"typed{Directory.GetFiles(_folder).Length}");
        string source = Path.Combine(Path.GetDirectoryName(typeof(TypedArgumentTests).Assembly.Location)!, "Fixtures", "typed.cc");
        using var compiler = Process.Start("g++", [.. options.Split(' '), "-o", program, source]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return program;
    }
}
