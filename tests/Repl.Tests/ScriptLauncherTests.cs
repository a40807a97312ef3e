using Ctrace.Repl.Scripting;

namespace Ctrace.Repl.Tests;

/// <summary>What is said of a C# process that has ended.</summary>
public class ScriptLauncherTests
{
    private const string Aborted = "it was ended by signal 6, as after a stack overflow or when memory runs out";

    [Fact]
    public void A_machine_without_OpenSSL_is_told_to_install_it()
    {
        Assert.Contains("install libssl3", ScriptLauncher.Explain(Aborted, _ => false));
        Assert.Equal(Aborted, ScriptLauncher.Explain(Aborted, name => name == "libssl.so.1.1"));
        Assert.Equal("it ended with code 5", ScriptLauncher.Explain("it ended with code 5", _ => false));
    }
}
