using System.Globalization;
using System.Text;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>Small things that all pictures need.</summary>
internal static class Svg
{
    /// <summary>Text as it may stand in an element or in an attribute.</summary>
    internal static string Escape(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            safe.Append(rune.Value switch
            {
                '<' => "&lt;", '>' => "&gt;", '&' => "&amp;", '"' => "&quot;",
                // Control characters can't be in XML at all, and neither can the last two of each plane.
                < 0x20 or 0x7f or 0xfffe or 0xffff => "?",
                _ => rune.ToString(),
            });
        }

        return safe.ToString();
    }

    /// <summary>A coordinate.</summary>
    internal static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A count, as people read it.</summary>
    internal static string Count(ulong value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A part of a whole.</summary>
    internal static string Percent(double part, double whole) =>
        (whole > 0 ? 100 * part / whole : 0).ToString("0.##", CultureInfo.InvariantCulture) + "%";

    /// <summary>A text's first characters.</summary>
    internal static string Cut(string text, int length) => text.Length <= length ? text : length < 3 ? "" : text[..(length - 2)] + "..";
}
