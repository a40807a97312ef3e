using System.Globalization;
using System.Text;

namespace Ctrace.Runtime.Symbols.Demangling;

/// <summary>
/// Symbols of Rust as they were before its own scheme: C++'s for names in namespaces, the last of which is a hash, with what C++ can't have
/// in a name written between dollar signs. The hash tells nobody anything and is left out.
/// </summary>
internal static class LegacyRustDemangler
{
    private const int HashLength = 17;

    private static readonly Dictionary<string, string> Escapes = new()
    {
        ["SP"] = "@", ["BP"] = "*", ["RF"] = "&", ["LT"] = "<", ["GT"] = ">", ["LP"] = "(", ["RP"] = ")", ["C"] = ",",
    };

    /// <summary>The name; null where the symbol is none of these.</summary>
    public static string? Demangle(string symbol)
    {
        if (!symbol.StartsWith("_ZN", StringComparison.Ordinal))
            return null;
        var parts = new List<string>();
        int at = 3;
        while (at < symbol.Length && symbol[at] != 'E')
        {
            int length = 0, start = at;
            while (at < symbol.Length && char.IsAsciiDigit(symbol[at]) && length < symbol.Length)
                length = (length * 10) + (symbol[at++] - '0');
            if (at == start || length == 0 || length > symbol.Length - at)
                return null;
            parts.Add(symbol.Substring(at, length));
            at += length;
        }

        // Behind the end may come what the optimizer adds: .llvm.123, .cold.
        bool ends = at < symbol.Length && (at + 1 == symbol.Length || symbol[at + 1] == '.');
        if (!ends || parts.Count < 2 || !IsHash(parts[^1]))
            return null;
        string suffix = symbol[(at + 1)..];
        return string.Join("::", parts.SkipLast(1).Select(Unescape)) + (suffix.StartsWith(".llvm.", StringComparison.Ordinal) ? "" : suffix);
    }

    private static bool IsHash(string part) => part.Length == HashLength && part[0] == 'h' && part.AsSpan(1).IndexOfAnyExcept("0123456789abcdef") < 0;

    private static string Unescape(string part)
    {
        // A name can't begin with a dollar sign: an underscore comes before it.
        var rest = part.StartsWith("_$", StringComparison.Ordinal) ? part.AsSpan(1) : part;
        var text = new StringBuilder(part.Length);
        while (rest.Length > 0)
        {
            if (rest.StartsWith(".."))
            {
                text.Append("::");
                rest = rest[2..];
            }
            else if (rest[0] == '$' && rest[1..].IndexOf('$') is > 0 and var length && Character(rest.Slice(1, length).ToString()) is { } character)
            {
                text.Append(character);
                rest = rest[(length + 2)..];
            }
            else
            {
                text.Append(rest[0]);
                rest = rest[1..];
            }
        }

        return text.ToString();
    }

    private static string? Character(string escape)
    {
        if (Escapes.TryGetValue(escape, out string? known))
            return known;
        return escape[0] == 'u' && int.TryParse(escape.AsSpan(1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int code)
            && Rune.IsValid(code) && !Rune.IsControl(new Rune(code)) ? new Rune(code).ToString() : null;
    }
}
