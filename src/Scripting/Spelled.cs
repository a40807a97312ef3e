using System.Text;
using System.Text.RegularExpressions;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Scripting;

/// <summary>The user's C# with our shorthand spelt out, and the way back to the places in it.</summary>
internal sealed partial class Spelled
{
    private readonly List<(int At, int Length, int Original, int OriginalLength)> _edits = [];

    private Spelled()
    {
    }

    /// <summary>What is compiled.</summary>
    internal string Text { get; private set; } = "";

    /// <summary>Spells out <c>@name</c> and <c>Maps["name"]</c> for the maps there are.</summary>
    /// <param name="code">As typed.</param>
    /// <param name="accessor">The property for a map, or null.</param>
    internal static Spelled Out(string code, Func<string, string?> accessor)
    {
        var result = new StringBuilder();
        var spelled = new Spelled();
        spelled.Spell(code, 0, code.Length, accessor, result);
        spelled.Text = result.ToString();
        return spelled;
    }

    private void Spell(string code, int from, int to, Func<string, string?> accessor, StringBuilder result)
    {
        var holes = new List<(int Start, int End)>();
        for (int i = from; i < to;)
        {
            holes.Clear();
            int end = CSharpScanner.Skip(code, i, holes);
            if (end == i && Reference(code, i) is var (name, length) && accessor(name) is { } property)
            {
                _edits.Add((result.Length, property.Length, i, length));
                result.Append(property);
                i += length;
                continue;
            }

            if (end == i)
            {
                // A word is taken whole: what only ends in Maps is not ours.
                end++;
                while (IsWord(code[i]) && end < to && IsWord(code[end]))
                    end++;
            }

            // $"{@bytes.Count} of …": code again.
            foreach (var (start, close) in holes.ToArray())
            {
                result.Append(code, i, start - i);
                Spell(code, start, close, accessor, result);
                i = close;
            }

            result.Append(code, i, end - i);
            i = end;
        }
    }

    /// <summary>A place in <see cref="Text"/> as a place in the code as it was typed.</summary>
    internal int Original(int position)
    {
        int shift = 0;
        foreach (var (at, length, original, originalLength) in _edits)
        {
            if (position < at)
                break;
            if (position < at + length)
                return original;
            shift += originalLength - length;
        }

        return position + shift;
    }

    /// <summary>A map's name at a place, and how long the reference is.</summary>
    private static (string Name, int Length)? Reference(string code, int at)
    {
        if (code[at] != '@')
            return Indexed().Match(code, at) is { Success: true } match ? (match.Groups[1].Value, match.Length) : null;
        int end = at + 1;
        while (end < code.Length && IsWord(code[end]))
            end++;
        return (code[(at + 1)..end], end - at);
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    [GeneratedRegex("\\GMaps\\s*\\[\\s*\"@?([A-Za-z0-9_]*)\"\\s*\\]")]
    private static partial Regex Indexed();
}
