using System.Diagnostics;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>A test that traces a C program of ours: it is there already (in a machine without a compiler), or compiled for the test.</summary>
public sealed class FixtureFactAttribute : KernelFactAttribute
{
    /// <summary>Skips where there is neither, or no command that it needs as well.</summary>
    public FixtureFactAttribute(params string[] commands) : base(Fixture.AreBuilt ? commands : [.. commands, "gcc"])
    {
    }
}

/// <summary>C programs that tests trace.</summary>
internal static class Fixture
{
    private static readonly string Folder = Path.Combine(Path.GetDirectoryName(typeof(Fixture).Assembly.Location)!, "Fixtures");

    /// <summary>Whether they were compiled where there is a compiler.</summary>
    public static bool AreBuilt => File.Exists(Path.Combine(Folder, "ours"));

    /// <summary>A program's source.</summary>
    public static string Text(string name) => File.ReadAllText(Path.Combine(Folder, name + ".c"));

    /// <summary>A program's path in a folder; the path alone where it can't be compiled, because the test is skipped then.</summary>
    public static string Build(string name, string folder)
    {
        string program = Path.Combine(folder, name), built = Path.Combine(Folder, name);
        if (File.Exists(built))
            File.Copy(built, program);
        else if (Machine.Which("gcc") is not null)
        {
            using var gcc = Process.Start("gcc", ["-O1", "-g0", "-o", program, built + ".c"]);
            gcc.WaitForExit();
            Assert.Equal(0, gcc.ExitCode);
        }

        return program;
    }
}
