using System.Globalization;
using System.Text;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>
/// Profiles as flame graphs, in one picture that needs nothing else: a click on a function zooms in on it, <c>/</c> searches. Without
/// a script (in a viewer of pictures) it is still right. The outermost function is at the top, where a reader begins however deep
/// the stacks are.
/// </summary>
public static class FlameGraph
{
    private const int Width = 1200, Margin = 10, LineHeight = 18, Header = 52, Footer = 10;
    private const double CharacterWidth = 7.3;

    /// <summary>Parts smaller than that of the whole can't be seen and are left out, with what they called.</summary>
    private const ulong SmallestPart = 50_000;

    /// <summary>The picture's text.</summary>
    public static string Write(IReadOnlyList<StackProfile> profiles)
    {
        var body = new StringBuilder();
        int y = Header;
        foreach (var profile in profiles)
            y = Graph(body, profile, y);
        return $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{y + Footer}" viewBox="0 0 {Width} {y + Footer}" font-family="monospace" font-size="12">
            <style>
            .f {"{"} cursor: pointer {"}"} .f:hover rect {"{"} stroke: #000 {"}"} .past rect {"{"} opacity: 0.5 {"}"} .found rect {"{"} fill: #e04ce0 {"}"}
            .f text {"{"} pointer-events: none {"}"} .button {"{"} cursor: pointer; fill: #1a5fb4 {"}"}
            </style>
            <rect width="100%" height="100%" fill="#ffffff"/>
            <text x="{Width / 2}" y="22" font-size="16" text-anchor="middle">{Svg.Escape(string.Join(", ", profiles.Select(p => $"{p.Name}: {p.Measure}")))}</text>
            <text id="reset" class="button" x="{Margin}" y="22" visibility="hidden">all of it</text>
            <text id="search" class="button" x="{Width - Margin}" y="22" text-anchor="end">search (/)</text>
            <text id="matched" x="{Width - Margin}" y="40" text-anchor="end"> </text>
            <text id="details" x="{Margin}" y="42"> </text>
            {body}<script><![CDATA[
            {FlameScript.Text}
            ]]></script>
            </svg>

            """;
    }

    private static int Graph(StringBuilder body, StackProfile profile, int top)
    {
        var root = FlameNode.Build(profile);
        if (root.Value == 0)
        {
            body.Append(CultureInfo.InvariantCulture, $"<text x=\"{Margin}\" y=\"{top + 14}\">{Svg.Escape(profile.Name)}: nothing was counted</text>\n");
            return top + LineHeight;
        }

        int depth = root.Depth;
        body.Append(CultureInfo.InvariantCulture, $"<g class=\"graph\" data-total=\"{root.Value}\">\n");
        // Recursion would be as deep as the deepest stack, which has a limit.
        Frame(body, root, root.Value, 0, 0, top);
        body.Append("</g>\n");
        return top + (depth * LineHeight) + LineHeight;
    }

    private static void Frame(StringBuilder body, FlameNode node, ulong total, ulong start, int level, int y)
    {
        double scale = (Width - (2.0 * Margin)) / total;
        double x = Margin + (start * scale), width = node.Value * scale;
        string name = node.Frame.Name.Length > 0 ? node.Frame.Name : "[empty]";
        string file = node.Frame.File is { } path ? $" in {path}" : node.Frame.Kind == FrameKind.Kernel ? " in the kernel" : "";
        body.Append(CultureInfo.InvariantCulture, $"<g class=\"f {Class(node.Frame.Kind)}\" data-s=\"{start}\" data-n=\"{node.Value}\" data-l=\"{level}\" data-t=\"{Svg.Escape(name)}\">");
        body.Append($"<title>{Svg.Escape(name)}{Svg.Escape(file)} ({Svg.Count(node.Value)}, {Svg.Percent(node.Value, total)})</title>");
        body.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Svg.Number(x)}\" y=\"{y}\" width=\"{Svg.Number(width)}\" height=\"{LineHeight - 1}\" fill=\"{Colour(node.Frame)}\" rx=\"1\"/>");
        body.Append(CultureInfo.InvariantCulture, $"<text x=\"{Svg.Number(x + 3)}\" y=\"{y + 13}\">{Svg.Escape(Svg.Cut(name, (int)((width - 6) / CharacterWidth)))}</text></g>\n");
        foreach (var child in node.Children)
        {
            if (child.Value >= total / SmallestPart)
                Frame(body, child, total, start, level + 1, y + LineHeight);
            start += child.Value;
        }
    }

    private static string Class(FrameKind kind) => kind switch { FrameKind.Kernel => "k", FrameKind.User => "u", _ => "l" };

    /// <summary>Warm colours for processes, blue ones for the kernel, grey for what is no function; the same name always has the same.</summary>
    private static string Colour(ProfileFrame frame)
    {
        uint hash = 2166136261;
        foreach (char c in frame.Name)
            hash = (hash ^ c) * 16777619;
        int tone = (int)(hash >> 8) % 40;
        return frame.Kind switch
        {
            FrameKind.Kernel => $"hsl({195 + (tone / 2)},70%,{68 + (tone % 12)}%)",
            FrameKind.User => $"hsl({15 + tone},85%,{62 + (tone % 12)}%)",
            _ => $"hsl(90,10%,{76 + (tone % 12)}%)",
        };
    }
}
