using System.Text;
using Ctrace.Compiler.Syntax;
using PrettyPrompt.Highlighting;

namespace Ctrace.Repl.Prompting;

/// <summary>The prompt's colours, as SGR numbers of ECMA-48, and text cut for one line.</summary>
internal static class Palette
{
    /// <summary>Columns of the mark before a trace's lines.</summary>
    internal const int MarkWidth = 4;

    /// <summary>Puts all back.</summary>
    internal const string Reset = "\x1b[0m";

    private static readonly int[] Colours = [36, 33, 35, 32, 34, 96, 93, 95, 92, 94];

    /// <summary>Text in a trace's colour.</summary>
    internal static string Paint(int trace, string text, bool colour) => colour ? $"\x1b[{Colours[(trace - 1) % Colours.Length]}m{text}{Reset}" : text;

    /// <summary>Text with an SGR number.</summary>
    internal static string Style(string sgr, string text, bool colour = true) => colour && sgr.Length > 0 ? $"\x1b[{sgr}m{text}{Reset}" : text;

    /// <summary>How a piece of a program is coloured: an SGR number, or an empty string.</summary>
    internal static string Sgr(TokenClass kind) => kind switch
    {
        TokenClass.Comment => "90",
        TokenClass.String => "32",
        TokenClass.Number => "35",
        TokenClass.Keyword => "94",
        TokenClass.Probe => "36",
        TokenClass.Builtin => "33",
        TokenClass.Function or TokenClass.Aggregation => "93",
        TokenClass.Map => "95",
        TokenClass.Variable => "92",
        _ => "",
    };

    /// <summary>The same as the line editor names it.</summary>
    internal static AnsiColor? Colour(TokenClass kind) => Sgr(kind) switch
    {
        "90" => AnsiColor.BrightBlack,
        "32" => AnsiColor.Green,
        "33" => AnsiColor.Yellow,
        "35" => AnsiColor.Magenta,
        "36" => AnsiColor.Cyan,
        "92" => AnsiColor.BrightGreen,
        "93" => AnsiColor.BrightYellow,
        "94" => AnsiColor.BrightBlue,
        "95" => AnsiColor.BrightMagenta,
        _ => null,
    };

    /// <summary>A program's text coloured.</summary>
    internal static string Highlight(string text, bool colour = true)
    {
        if (!colour)
            return text;
        var result = new StringBuilder();
        int position = 0;
        foreach (var token in Classifier.Classify(text).Tokens)
        {
            result.Append(text, position, token.Span.Start - position);
            result.Append(Style(Sgr(token.Class), text.Substring(token.Span.Start, token.Span.Length)));
            position = token.Span.End;
        }

        return result.Append(text, position, text.Length - position).ToString();
    }

    /// <summary>Columns that text takes on a terminal; its colours take none.</summary>
    internal static int Columns(string text)
    {
        int columns = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\x1b')
                i = text.IndexOf('m', i) is >= 0 and var end ? end : text.Length;
            else
                columns += char.IsAscii(text[i]) ? 1 : Math.Max(0, PrettyPrompt.Rendering.UnicodeWidth.GetWidth(text[i]));
        }

        return columns;
    }

    /// <summary>Text with its white space made one blank each, cut to so many columns (0: not cut).</summary>
    internal static string OneLine(string text, int width)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return width > 0 && line.Length > width ? line[..Math.Max(0, width - 1)] + "…" : line;
    }
}
