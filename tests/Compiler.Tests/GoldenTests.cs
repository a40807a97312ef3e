using Ctrace.Compiler.Bytecode;

namespace Ctrace.Compiler.Tests;

/// <summary>
/// The bytecode of one feature per file, for the fake machine: a change of the code generator shows here, instruction by
/// instruction. <c>UPDATE_GOLDEN=1</c> writes the files anew.
/// </summary>
public class GoldenTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Golden");

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Folder, "*.ct").Select(f => Path.GetFileNameWithoutExtension(f)!).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void TheBytecodeIsAsBefore(string name)
    {
        string actual = Disassembler.Format(Compile.Good(File.ReadAllText(Path.Combine(Folder, name + ".ct"))));
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(Path.Combine(SourceFolder(), name + ".asm"), actual);
        else
            Assert.Equal(File.ReadAllText(Path.Combine(Folder, name + ".asm")), actual);
    }

    private static string SourceFolder([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Golden");
}
