using System.Globalization;
using System.Text;

namespace Ctrace.Kernel.Tests.Properties;

/// <summary>What the compiler computes of constants is what the kernel computes of the same values.</summary>
public class FoldingTests
{
    private static readonly string[] Operators = ["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "==", "!=", "<", ">", "<=", ">=", "&&", "||"];
    private static readonly string[] Types = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"];

    private static readonly string[] Values =
    [
        "0", "1", "2", "-1", "-2", "7", "-7", "63", "64", "65", "127", "128", "-128", "255", "256", "32768", "65535", "2147483647", "-2147483648", "4294967295", "4294967296",
        "9223372036854775807", "-9223372036854775808", "18446744073709551615", "1311768467463790320",
    ];

    [KernelTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void ConstantsAreComputedAsVariablesAre(int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder("begin { $z = nsecs >> 63; ");
        var cases = new List<string>();
        for (int i = 0; i < 100; i++)
        {
            string type = Pick(Types), a = $"({type}){Pick(Values)}", b = $"({type}){Pick(Values)}", op = Pick(Operators);
            // Where one side is known and the other not, the code is another one again.
            cases.Add($"{a} {op} {b}");
            text.Append(CultureInfo.InvariantCulture, $"$a{i} = {a} ^ ({type})$z; $b{i} = {b} ^ ({type})$z; ");
            foreach (string other in (string[])[$"($a{i} {op} $b{i})", $"($a{i} {op} {b})", $"({a} {op} $b{i})"])
                text.Append(CultureInfo.InvariantCulture, $"if (({cases[i]}) != {other}) {{ printf(\"{i}: %s: %d %d\\n\", \"{other}\", {cases[i]}, {other}); }} ");
        }

        var result = Tracer.Run("-e", text.Append("exit(); }").ToString());
        Assert.True(result.Code == 0, result.Messages);
        Assert.True(result.Output.Trim().Length == 0, string.Join("\n", result.Output.Trim().Split('\n').Select(line => line + "   of " + (int.TryParse(line.Split(':')[0], out int i) ? cases[i] : ""))));

        string Pick(string[] choices) => choices[random.Next(choices.Length)];
    }
}
