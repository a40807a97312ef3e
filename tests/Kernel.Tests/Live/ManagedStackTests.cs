using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Stacks of .NET programs have their methods, and are those that the runtime itself and gdb tell.</summary>
public sealed partial class ManagedStackTests(ManagedStackTests.Built built) : IClassFixture<ManagedStackTests.Built>
{
    private readonly Programs _programs = built.Programs;

    /// <summary>With DOTNET_PerfMapEnabled the runtime writes its map by itself; without, ctrace asks it to, and has it stop at the end.</summary>
    [KernelTheory(Machine.Sdk)]
    [InlineData(true, "", "")]
    [InlineData(false, "", "")]
    // Its socket and its map can be elsewhere.
    [InlineData(false, "sockets", "")]
    [InlineData(false, "sockets", "maps")]
    [InlineData(true, "", "maps")]
    public void Methods_are_named_wherever_the_runtime_has_its_files(bool writesMap, string sockets, string maps)
    {
        using var shop = Start(writesMap, Folder(sockets), Folder(maps));
        try
        {
            Assert.Equal("get_StackTrace PlaceOrder ServeCustomer Main", shop.StandardOutput.ReadLine());
            var t = Traced.Run("uprobe:libc:labs /pid == $3/ { @[ustack(perf, 4)] = count(); printf(\"%s\", ustack); exit(); }", null, shop.Id);
            Assert.Matches(@"labs\+0\n.*IL_STUB_PInvoke.*\+\d+\n.*Shop::PlaceOrder\(int64\).*\+\d+\n.*Shop::ServeCustomer\(int64\).*\+\d+\n.*Shop::Main\(string\[\]\)", t.Text);
            string map = Path.Combine(Folder(maps), $"perf-{shop.Id}.map");
            Assert.Contains($" ({map})\n", t.Text);
            Assert.Equal(writesMap, File.Exists(map));
            Assert.False(shop.HasExited);
        }
        finally
        {
            End(shop);
        }
    }

    [KernelFact(Machine.Sdk, "gdb", "as")]
    public void Stacks_are_those_of_gdb()
    {
        using var shop = Start(true, "/tmp", "/tmp");
        try
        {
            Assert.Equal("get_StackTrace PlaceOrder ServeCustomer Main", shop.StandardOutput.ReadLine());
            var t = Traced.Run("uprobe:libc:labs /pid == $3/ { printf(\"%s\", ustack(raw)); printf(\"%s\", ustack); exit(); }", null, shop.Id);
            string[] addresses = [.. Address().Matches(t.Text).Select(m => m.Value.TrimStart('0'))], names = [.. Method().Matches(t.Text).Select(m => m.Groups[1].Value)];
            // Named only now: calls to native code are compiled when they are first made.
            var (file, start) = Describe(shop.Id);
            string text = Programs.Run("gdb", "-q", "-nx", "-batch", "-p", $"{shop.Id}", "-ex", "set debuginfod enabled off", "-ex", "set confirm off", "-ex", $"add-symbol-file {file} -s .text 0x{start:x}", "-ex", "break labs", "-ex", "continue", "-ex", "bt");
            var frames = Frame().Matches(text);
            string[] managed = ["IL_STUB_PInvoke", "PlaceOrder", "ServeCustomer", "Main"];
            Assert.Equal(managed, frames.Select(m => m.Groups[2].Value).Skip(1).Take(4));
            Assert.Equal(managed, names);
            // The innermost is at the function's beginning: gdb says no address.
            Assert.Equal(frames.Skip(1).Take(4).Select(m => m.Groups[1].Value.TrimStart('0')), addresses[1..5]);
        }
        finally
        {
            End(shop);
        }
    }

    private string Folder(string name) => name == "" ? "/tmp" : Directory.CreateDirectory(Path.Combine(_programs.Folder, name)).FullName;

    /// <summary>Methods are compiled once, so that addresses stay what they are.</summary>
    private Process Start(bool writesMap, string sockets, string maps)
    {
        var start = Shop.Start(Programs.Host, built.Shop.Value, "6000", "10");
        start.Environment["DOTNET_PerfMapEnabled"] = writesMap ? "1" : "0";
        start.Environment["DOTNET_TieredCompilation"] = "0";
        start.Environment["TMPDIR"] = sockets;
        if (maps != "/tmp")
            start.Environment["DOTNET_PerfMapJitDumpPath"] = maps;
        return Process.Start(start)!;
    }

    private static void End(Process shop)
    {
        shop.Kill();
        shop.WaitForExit();
        File.Delete($"/tmp/perf-{shop.Id}.map");
    }

    /// <summary>
    /// gdb can't find its way through code that it knows nothing of: it is told what the runtime says of its methods, and that each keeps its
    /// caller's frame pointer and address above its own.
    /// </summary>
    private (string File, ulong Start) Describe(int process)
    {
        var methods = Entry().Matches(File.ReadAllText($"/tmp/perf-{process}.map"))
            .Select(m => (Start: Number(m.Groups[1]), Size: Number(m.Groups[2]), Name: m.Groups[3].Value))
            .OrderBy(m => m.Start).ToArray();
        // Near each other: the symbol file is as large as the space between.
        ulong first = methods.Single(m => m.Name == "Main").Start & ~0xffffffUL;
        var source = new StringBuilder(".cfi_sections .debug_frame\n.text\n");
        foreach (var (start, size, name) in methods.Where(m => m.Start >= first && m.Start - first < 0x2000000))
            source.Append(CultureInfo.InvariantCulture, $"""
                .org {start - first}
                .type {name}, @function
                {name}:
                .cfi_startproc
                .cfi_def_cfa rbp, 16
                .cfi_offset rip, -8
                .cfi_offset rbp, -16
                .skip {size}
                .cfi_endproc
                .size {name}, {size}

                """);
        string assembly = Path.Combine(_programs.Folder, "methods.s"), file = Path.Combine(_programs.Folder, "methods.o");
        File.WriteAllText(assembly, source.ToString());
        Programs.Run("as", "-o", file, assembly);
        return (file, first);
    }

    private static ulong Number(Group group) => ulong.Parse(group.Value.Replace("0x", "", StringComparison.Ordinal), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>The program, built for the first test that starts it.</summary>
    public sealed class Built : IDisposable
    {
        public Built() => Shop = new(() => Programs.BuildManaged("shop", Shops.CSharp));

        internal Programs Programs { get; } = new();

        internal Lazy<string> Shop { get; }

        public void Dispose() => Programs.Dispose();
    }

    [GeneratedRegex(@"^(\S+) (\S+) .*(?:Shop|dynamicClass)::(PlaceOrder|ServeCustomer|Main|IL_STUB_PInvoke)\((?:int64|string\[\])\)", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"^[0-9a-f]{6,}$", RegexOptions.Multiline)]
    private static partial Regex Address();

    [GeneratedRegex(@"^ .*(?:Shop|dynamicClass)::(\w+)\(.*$", RegexOptions.Multiline)]
    private static partial Regex Method();

    [GeneratedRegex(@"^#\d+ +(?:0x([0-9a-f]+) in )?(\S+) \(", RegexOptions.Multiline)]
    private static partial Regex Frame();
}
