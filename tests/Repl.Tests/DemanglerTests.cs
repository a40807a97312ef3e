using System.Diagnostics;
using System.Text.RegularExpressions;
using Ctrace.Runtime.Symbols.Demangling;

namespace Ctrace.Repl.Tests;

/// <summary>Symbols as their sources call them.</summary>
public partial class DemanglerTests
{
    [Theory]
    [InlineData("main", "main")]
    [InlineData("_start", "_start")]
    [InlineData("_Z", "_Z")]
    [InlineData("_R", "_R")]
    [InlineData("_Znonsense", "_Znonsense")]
    [InlineData("_Rnonsense", "_Rnonsense")]
    public void Other_names_stay(string symbol, string name) => Assert.Equal(name, Demangler.Demangle(symbol));

    [Theory]
    [InlineData("_ZN4shop5placeEi", "shop::place(int)")]
    [InlineData("_ZN4shop5twiceIlEET_S1_", "long shop::twice<long>(long)")]
    [InlineData("_ZNK4shop5Order5priceEiPKc", "shop::Order::price(int, char const*) const")]
    [InlineData("_ZN12_GLOBAL__N_16hiddenEv.isra.0", "(anonymous namespace)::hidden() [clone .isra.0]")]
    public void Names_of_Cpp(string symbol, string name)
    {
        if (Demangler.Demangle("_Z1fv") == "_Z1fv")
            return; // Not on a machine without any C++ library.
        Assert.Equal(name, Demangler.Demangle(symbol));
    }

    [Theory]
    [InlineData("_ZN4core3fmt9Formatter3pad17h2a1b3c4d5e6f7089E", "core::fmt::Formatter::pad")]
    [InlineData("_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$3bar17h930b740aa94f1d3aE", "<Test + 'static as foo::Bar<Test>>::bar")]
    [InlineData("_ZN3foo17h05af221e174051e9E.llvm.9D1C9369", "foo")]
    [InlineData("_ZN3foo17h05af221e174051e9E.cold", "foo.cold")]
    [InlineData("_ZN4main4work28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE", "main::work::{{closure}}")]
    [InlineData("_ZN7$RF$str43foo17h0123456789abcdefE", "_ZN7$RF$str43foo17h0123456789abcdefE")]
    public void Names_of_Rust_before_its_own_scheme(string symbol, string name) => Assert.Equal(name, Demangler.Demangle(symbol));

    [Theory]
    [InlineData("_RNvC6_123foo3bar", "123foo::bar")]
    [InlineData("_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar")]
    [InlineData("_RINvNtC3std3mem8align_ofdE", "std::mem::align_of::<f64>")]
    [InlineData("_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_", "cc::spawn::{closure#0}::{closure#0}")]
    [InlineData("_RNvMs_Cs4Cv8Wi1oAIB_7mycrateNtB4_3Foo3bar", "<mycrate::Foo>::bar")]
    [InlineData("_RNvXCs2_7mycrateNtB2_3FooNtB2_3Bar3baz", "<mycrate::Foo as mycrate::Bar>::baz")]
    [InlineData("_RINvC1a1fKj7b_E", "a::f::<123>")]
    [InlineData("_RINvC1a1fKan1_Kb1_Kc78_E", "a::f::<-1, true, 'x'>")]
    [InlineData("_RINvC1a1fRShQlPuOzTabETbEE", "a::f::<&[u8], &mut i32, *const (), *mut !, (i8, bool), (bool,)>")]
    [InlineData("_RINvC1a1fFUKCjEuAhj4_E", "a::f::<unsafe extern \"C\" fn(usize), [u8; 4]>")]
    [InlineData("_RINvC1a1fFG_RL0_hEB9_E", null)]
    [InlineData("_RINvC1a1fFG_RL0_hEuE", "a::f::<for<'a> fn(&'a u8)>")]
    [InlineData("_RINvC1a1fDINtC1b1TlEp1XmEL_E", "a::f::<dyn b::T<i32, X = u32>>")]
    [InlineData("_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y", "utf8_idents::საჭმელად_გემრიელი_სადილი")]
    [InlineData("_RNvC1a3foo.llvm.123", "a::foo")]
    [InlineData("_RNvC1a3foo.cold.1", "a::foo.cold.1")]
    [InlineData("_RNvC1a30foo", null)]
    [InlineData("_RINvC1a1fB7_E", null)]
    public void Names_of_Rust(string symbol, string? name) => Assert.Equal(name ?? symbol, Demangler.Demangle(symbol));

    [Fact]
    public void Symbols_that_are_too_deep_or_stand_for_too_much_stay()
    {
        string deep = "_R" + string.Concat(Enumerable.Repeat("NvC1a", 1)) + "1f";
        Assert.Equal("a::f", Demangler.Demangle(deep));
        string nested = "_RINvC1a1f" + new string('S', 5000) + "hE";
        Assert.Equal(nested, Demangler.Demangle(nested));
        // Each tuple has the one before it twice: a name of 2^40 letters.
        string bomb = "_RINvC1a1fThhE";
        int last = 8;
        for (int i = 0; i < 40; i++)
        {
            int here = bomb.Length - 2;
            bomb += $"TB{Base62(last)}B{Base62(last)}E";
            last = here;
        }

        bomb += "E";
        var watch = Stopwatch.StartNew();
        Assert.Equal(bomb, Demangler.Demangle(bomb));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Any_bytes_give_a_name_or_nothing()
    {
        var random = new Random(1);
        const string letters = "_RNvCMXYIBsuE0123456789abchjlmpTASRQPOFDGLKn.$";
        for (int i = 0; i < 200_000; i++)
        {
            char[] text = new char[random.Next(1, 40)];
            for (int j = 0; j < text.Length; j++)
                text[j] = letters[random.Next(letters.Length)];
            Assert.NotNull(Demangler.Demangle("_R" + new string(text)));
            Assert.NotNull(Demangler.Demangle("_ZN" + new string(text)));
        }
    }

    /// <summary>The names of a real program are those that binutils gives, which also shows hashes of crates and types of constants.</summary>
    [SkippableByCommandFact("rustc", "nm", "c++filt")]
    public void Names_of_a_Rust_program_are_those_of_binutils()
    {
        string folder = Directory.CreateTempSubdirectory("ctrace-rust").FullName;
        try
        {
            string source = Path.Combine(folder, "shop.rs"), program = Path.Combine(folder, "shop");
            File.WriteAllText(source, "fn main() { let v: Vec<String> = std::env::args().collect(); println!(\"{:?}\", v); std::thread::spawn(|| println!(\"x\")).join().unwrap(); }");
            Run("rustc", "-g", "-C", "symbol-mangling-version=v0", "-o", program, source);
            string[] symbols = [.. Run("nm", program).Split('\n').Select(l => l.Split(' ')[^1]).Where(s => s.StartsWith("_R", StringComparison.Ordinal)).Distinct()];
            string list = Path.Combine(folder, "symbols");
            File.WriteAllLines(list, symbols);
            string[] names = Run("sh", "-c", $"c++filt < {list}").Split('\n');
            Assert.True(symbols.Length > 300, $"{symbols.Length} symbols");
            int compared = 0;
            for (int i = 0; i < symbols.Length; i++)
            {
                if (names[i] == symbols[i] || symbols[i].Contains('.'))
                    continue;
                compared++;
                string expected = Constant().Replace(Hash().Replace(names[i], ""), "$1$2");
                Assert.Equal(expected, Demangler.Demangle(symbols[i]));
            }

            Assert.True(compared > 300, $"{compared} names");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static string Base62(int number)
    {
        const string digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        if (number == 0)
            return "_";
        string text = "_";
        for (number--; ; number /= 62)
        {
            text = digits[number % 62] + text;
            if (number < 62)
                return text;
        }
    }

    private static string Run(string command, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(command, args) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    [GeneratedRegex(@"\[[0-9a-f]{6,}\]")]
    private static partial Regex Hash();

    [GeneratedRegex(@"(-?\d+|true|false|'.')(?:: (?:[iu](?:8|16|32|64|128|size)|bool|char))([>,\]])")]
    private static partial Regex Constant();

    private sealed class SkippableByCommandFactAttribute : FactAttribute
    {
        public SkippableByCommandFactAttribute(params string[] commands)
        {
            string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
            if (commands.FirstOrDefault(c => !folders.Any(f => File.Exists(Path.Combine(f, c)))) is { } missing)
                Skip = $"needs the command {missing}, which is not installed";
        }
    }
}
