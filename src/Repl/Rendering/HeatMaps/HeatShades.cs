using System.Globalization;
using System.Text;

namespace Ctrace.Repl.Rendering.HeatMaps;

/// <summary>How a terminal shows that there is more in one cell than in another: by characters of different weight, and in colours where it has them.</summary>
/// <param name="isUnicode">Whether it can show blocks.</param>
/// <param name="colours">How many colours it has: 256, 16 or none (0).</param>
internal sealed class HeatShades(bool isUnicode, int colours)
{
    private const string Blocks = "░▒▓█", Weights = ".:-=+*#%@";

    /// <summary>From blue to red, in numbers of the 256 colours and of the 16: readable on dark and on light.</summary>
    private static readonly int[] Many = [24, 31, 37, 71, 106, 142, 178, 208, 202, 196], Few = [34, 36, 32, 33, 31];

    /// <summary>The shades of the terminal that the environment describes. NO_COLOR (https://no-color.org) is honoured.</summary>
    internal static HeatShades ForTerminal()
    {
        string term = Environment.GetEnvironmentVariable("TERM") ?? "", more = Environment.GetEnvironmentVariable("COLORTERM") ?? "";
        bool none = term is "" or "dumb" || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new HeatShades(Sparklines.IsUnicode(), none ? 0 : more.Length > 0 || term.Contains("256color", StringComparison.Ordinal) ? 256 : 16);
    }

    /// <summary>Shades without colours.</summary>
    internal HeatShades WithoutColours() => new(isUnicode, 0);

    /// <summary>Draws a cell.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="count">What was counted in it; a cell with nothing is blank.</param>
    /// <param name="most">What was counted in the fullest. Shades go by the logarithm, so that rare values are seen beside frequent ones.</param>
    /// <param name="width">Its columns.</param>
    internal void Draw(StringBuilder output, ulong count, ulong most, int width)
    {
        if (count == 0)
        {
            output.Append(' ', width);
            return;
        }

        double part = most <= 1 ? 1 : Math.Log(1 + (double)count) / Math.Log(1 + (double)most);
        string steps = isUnicode ? Blocks : Weights;
        char step = steps[Step(part, steps.Length)];
        string colour = colours switch
        {
            256 => "38;5;" + Many[Step(part, Many.Length)].ToString(CultureInfo.InvariantCulture),
            16 => Few[Step(part, Few.Length)].ToString(CultureInfo.InvariantCulture),
            _ => "",
        };
        if (colour.Length > 0)
            output.Append("\x1b[").Append(colour).Append('m').Append(step, width).Append("\x1b[0m");
        else
            output.Append(step, width);
    }

    private static int Step(double part, int steps) => Math.Clamp((int)(part * steps), 0, steps - 1);
}
