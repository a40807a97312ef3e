using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Ctrace.Compiler;
using Ctrace.Compiler.Text;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Where instructions begin: a probe in the middle of one would break the program.</summary>
public sealed class InstructionLengthTests
{
    private const int MostUnknown = 1000;

    [KernelTheory("objdump")]
    [InlineData("libc.so.6")]
    [InlineData("libm.so.6")]
    [InlineData("libstdc++.so.6")]
    public void They_begin_where_objdump_says(string library)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || BinaryFinder.Find(library) is not { } path)
            return;
        var file = ElfFile.TryOpen(path)!;
        var section = file.Find(".text")!;
        byte[] code = file.Content(section);
        long count = 0, unknown = 0, before = -1;
        bool isSound = true;
        foreach (string line in Lines(path))
        {
            // "   26700:	48 83 ec 08          	sub    $0x8,%rsp"; what it can't read either is "(bad)".
            int colon = line.IndexOf(":\t", StringComparison.Ordinal);
            if (colon < 0 || !long.TryParse(line.AsSpan(0, colon).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long address))
                continue;
            long at = address - section.Address;
            // objdump shows FWAIT and what comes after it as one.
            if (before >= 0 && isSound && code[before] != 0x9b && InstructionLength.Of(code.AsSpan((int)before)) is var length && length != at - before)
            {
                Assert.True(length == 0, $"at {before + section.Address:x}: {length}, and not {at - before}: {Convert.ToHexString(code.AsSpan((int)before, 12))}");
                unknown++;
            }

            (before, isSound) = (at, !line.Contains("(bad)") && !line.EndsWith("rex.WRXB", StringComparison.Ordinal));
            count++;
        }

        Assert.True(count > 10_000, $"{count} instructions");
        Assert.InRange(unknown, 0, MostUnknown);
    }

    [KernelFact("gcc")]
    public void A_probe_in_the_middle_of_one_is_refused()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return;
        using var programs = new Programs();
        // push %rbp is one byte, mov %rsp,%rbp three.
        string program = programs.Compile("shop", "__attribute__((noinline)) int order(int n) { __asm__ volatile(\"\"); return n * 3; } int main(void) { return order(4) - 12; }", "-O0 -fcf-protection=none");
        Assert.Contains("no instruction begins at order+2", Refusal($"uprobe:{program}:order+2 {{ @ = count(); }}"));
        long address = ElfFile.TryOpen(program)!.FindSymbol("order")!.Value.Address;
        Assert.Contains($"no instruction begins at 0x{address + 3:x}, within order", Refusal($"uprobe:{program}:0x{address + 3:x} {{ @ = count(); }}"));
        Assert.Equal(1, Traced.Run($"uprobe:{program}:order+4 {{ @ = count(); }}", () => Programs.Run(program)).Number());
        Assert.Equal(1, Traced.Run($"uprobe:{program}:0x{address + 1:x} {{ @ = count(); }}", () => Programs.Run(program)).Number());
    }

    private static IEnumerable<string> Lines(string path)
    {
        using var process = Process.Start(new ProcessStartInfo("objdump", ["-d", "-w", "-j", ".text", "--no-show-raw-insn", path]) { RedirectStandardOutput = true })!;
        while (process.StandardOutput.ReadLine() is { } line)
            yield return line;
    }

    private static string Refusal(string program) =>
        Assert.Single(Compilation.Compile(new SourceText(program), new KernelTarget(), new CompilationOptions()).Diagnostics).Message;
}
