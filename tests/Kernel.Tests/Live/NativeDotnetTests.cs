using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>.NET programs that were compiled to native code are programs like any other.</summary>
public class NativeDotnetTests
{
    /// <summary>The methods' arguments are those of C. Small ones make no frame: the caller is found at the entry all the same, its own may be left out.</summary>
    [KernelFact(Machine.Sdk, "gcc")]
    public void Methods_of_a_native_program_have_uprobes_arguments_and_names()
    {
        using var programs = new Programs();
        string shop = programs.PublishNative("aotshop", Shops.CSharp);
        var t = Traced.Run($"uprobe:{shop}:*Shop__PlaceOrder {{ @calls = count(); @most = max(arg0); @[ustack(3)] = count(); }} uretprobe:{shop}:*Shop__ServeCustomer {{ @last = retval; @returns = count(); }}", () => Programs.Run(shop, "50"));
        Assert.Equal((50, 50, 49, 51), (t.Number("@calls"), t.Number("@returns"), t.Number("@most"), t.Number("@last")));
        Assert.Matches(@"Shop__PlaceOrder\+0\n +\S*Shop__ServeCustomer\+\d+", t.Text);
    }

    /// <summary>Go moves stacks, both collect garbage: neither knows the address that stands there instead of the caller's.</summary>
    [KernelTheory(Machine.Sdk, "gcc", "go")]
    [InlineData("Go")]
    [InlineData(".NET")]
    public void A_uretprobe_of_a_program_that_looks_through_its_stack_is_warned_of(string runtime)
    {
        using var programs = new Programs();
        bool isGo = runtime == "Go";
        string shop = isGo ? Shops.BuildGo(programs) : programs.PublishNative("aotshop", Shops.CSharp), function = isGo ? "main.middle" : "*Shop__ServeCustomer";
        var result = Tracer.Run("-e", $"uprobe:{shop}:{function} {{ @a = count(); }} uretprobe:{shop}:{function} {{ @b = count(); }} begin {{ exit(); }}");
        Assert.Equal(0, result.Code);
        Assert.Single(Regex.Matches(result.Errors, "warning"));
        Assert.Contains($"{runtime}'s runtime looks through its own stack, and may end {shop}", result.Errors);
        // And so it is, where it does.
        string[] arguments = isGo ? ["10"] : ["10", "1"];
        Assert.Equal(0, Ended(shop, arguments));
        int code = 0;
        var t = Traced.Run($"uretprobe:{shop}:{function} {{ @b = count(); }}", () => code = Ended(shop, arguments));
        Assert.Equal(isGo, code == 0);
        Assert.Equal(isGo ? 10 : 0, t.Number("@b"));
    }

    private static int Ended(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    [KernelFact]
    public void Methods_that_are_compiled_while_the_program_runs_have_none_and_it_is_said_what_else_there_is()
    {
        var result = Tracer.Run("-e", $"uprobe:{Shop.Assembly}:ChargeCustomer {{ @ = count(); }}");
        Assert.Equal(1, result.Code);
        Assert.Contains("is compiled while it runs: uprobes can't be put on its methods", result.Errors);
        Assert.Contains("dotnet:ctshop:", result.Errors);
    }
}
