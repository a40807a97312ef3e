using System.Text;

namespace Ctrace.Runtime.Symbols.Demangling;

/// <summary>The words of Rust's symbols (RFC 2603): basic types, texts, and names that have letters beyond ASCII.</summary>
internal static class RustTypes
{
    /// <summary>A basic type by its letter, or null.</summary>
    public static string? Basic(char letter) => letter switch
    {
        'a' => "i8", 'b' => "bool", 'c' => "char", 'd' => "f64", 'e' => "str", 'f' => "f32", 'h' => "u8", 'i' => "isize", 'j' => "usize",
        'l' => "i32", 'm' => "u32", 'n' => "i128", 'o' => "u128", 'p' => "_", 's' => "i16", 't' => "u16", 'u' => "()", 'v' => "...",
        'x' => "i64", 'y' => "u64", 'z' => "!", _ => null,
    };

    /// <summary>A text whose bytes are given in hexadecimal digits.</summary>
    public static string Text(string digits) =>
        digits.Length % 2 == 0 ? $"\"{Encoding.UTF8.GetString(Convert.FromHexString(digits))}\"" : throw new FormatException();

    /// <summary>A name in Punycode (RFC 3492), with an underscore before the part that says what goes where; null where it is none.</summary>
    public static string? Punycode(string text)
    {
        const int radix = 36, least = 1, most = 26, skew = 38, damping = 700, first = 128, firstBias = 72, mostRunes = 1024;
        int border = text.LastIndexOf('_');
        var runes = new List<int>(border < 0 ? [] : text[..border].Select(c => (int)c));
        int code = first, bias = firstBias, at = border + 1, place = 0;
        while (at < text.Length && runes.Count < mostRunes)
        {
            int before = place, weight = 1;
            for (int k = radix; ; k += radix)
            {
                if (at >= text.Length)
                    return null;
                int digit = text[at] is >= 'a' and <= 'z' ? text[at] - 'a' : char.IsAsciiDigit(text[at]) ? text[at] - '0' + 26 : radix;
                at++;
                long sum = place + ((long)digit * weight);
                if (digit >= radix || sum > int.MaxValue)
                    return null;
                place = (int)sum;
                int threshold = Math.Clamp(k - bias, least, most);
                if (digit < threshold)
                    break;
                if ((long)weight * (radix - threshold) > int.MaxValue)
                    return null;
                weight *= radix - threshold;
            }

            int delta = (place - before) / (before == 0 ? damping : 2), count = runes.Count + 1, steps = 0;
            delta += delta / count;
            for (; delta > (radix - least) * most / 2; steps += radix)
                delta /= radix - least;
            bias = steps + ((radix - least + 1) * delta / (delta + skew));
            code += place / count;
            place %= count;
            if (!Rune.IsValid(code))
                return null;
            runes.Insert(place++, code);
        }

        return at < text.Length ? null : string.Concat(runes.Select(r => new Rune(r).ToString()));
    }
}
