namespace Ctrace.Kernel.Tests.Live;

/// <summary>.NET programs that were compiled to native code are programs like any other.</summary>
public class NativeDotnetTests
{
    private const string Text = """
        using System.Runtime.CompilerServices;
        using System.Runtime.InteropServices;

        static class Shop
        {
            [DllImport("libc")]
            static extern long labs(long x);

            [MethodImpl(MethodImplOptions.NoInlining)]
            static long PlaceOrder(long n) { return labs(-n) + 1; }

            [MethodImpl(MethodImplOptions.NoInlining)]
            static long ServeCustomer(long n) { return PlaceOrder(n) + 1; }

            static void Main(string[] args)
            {
                for (long i = 0; i < long.Parse(args[0]); i++)
                    ServeCustomer(i);
            }
        }
        """;

    /// <summary>The methods' arguments are those of C. Small ones make no frame: the caller is found at the entry all the same, its own may be left out.</summary>
    [KernelFact(Machine.Sdk, "gcc")]
    public void Methods_of_a_native_program_have_uprobes_arguments_and_names()
    {
        using var programs = new Programs();
        string shop = programs.PublishNative("aotshop", Text);
        var t = Traced.Run($"uprobe:{shop}:*Shop__PlaceOrder {{ @calls = count(); @most = max(arg0); @[ustack(3)] = count(); }} uretprobe:{shop}:*Shop__ServeCustomer {{ @last = retval; @returns = count(); }}", () => Programs.Run(shop, "50"));
        Assert.Equal((50, 50, 49, 51), (t.Number("@calls"), t.Number("@returns"), t.Number("@most"), t.Number("@last")));
        Assert.Matches(@"Shop__PlaceOrder\+0\n +\S*Shop__ServeCustomer\+\d+", t.Text);
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
