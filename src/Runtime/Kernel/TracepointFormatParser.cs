using System.Globalization;
using Ctrace.Compiler.Targets;

namespace Ctrace.Runtime.Kernel;

/// <summary>
/// Reads a tracepoint's <c>format</c> file. A field's line is
/// <c>field:const char * filename;	offset:24;	size:8;	signed:0;</c> (kernel/trace/trace_events.c, f_show).
/// </summary>
internal static class TracepointFormatParser
{
    private const string DataLocation = "__data_loc ", RelativeLocation = "__rel_loc ";

    /// <summary>Parses a whole file; null where it has no id.</summary>
    public static TracepointFormat? Parse(string category, string name, string text)
    {
        ulong? id = null;
        var fields = new List<TracepointField>();
        foreach (var rawLine in text.AsSpan().EnumerateLines())
        {
            var line = rawLine.Trim();
            if (line.StartsWith("ID:"))
                id = ulong.Parse(line[3..], CultureInfo.InvariantCulture);
            else if (line.StartsWith("field:") && ParseField(line) is { } field && !field.Name.StartsWith("common_", StringComparison.Ordinal))
                fields.Add(field);
        }

        return id is { } number ? new TracepointFormat(category, name, number, fields) : null;
    }

    private static TracepointField? ParseField(ReadOnlySpan<char> line)
    {
        int end = line.IndexOf(';');
        if (end < 0)
            return null;
        var declaration = line["field:".Length..end].Trim();
        int offset = Attribute(line, "offset:"), size = Attribute(line, "size:");
        bool signed = Attribute(line, "signed:") != 0;

        TracepointFieldKind? location = null;
        if (declaration.StartsWith(DataLocation))
        {
            location = TracepointFieldKind.DataLocation;
            declaration = declaration[DataLocation.Length..];
        }
        else if (declaration.StartsWith(RelativeLocation))
        {
            location = TracepointFieldKind.RelativeLocation;
            declaration = declaration[RelativeLocation.Length..];
        }

        // "char comm[16]" has its brackets behind the name, "__data_loc char[] name" before it.
        bool isArray = declaration.EndsWith("]");
        string bounds = "";
        if (isArray)
        {
            int bracket = declaration.IndexOf('[');
            bounds = declaration[bracket..].ToString();
            declaration = declaration[..bracket];
        }

        int start = declaration.Length;
        while (start > 0 && (char.IsAsciiLetterOrDigit(declaration[start - 1]) || declaration[start - 1] == '_'))
            start--;
        string name = declaration[start..].ToString();
        string type = declaration[..start].Trim().ToString();
        if (location is { } kind)
            return new TracepointField(name, type, offset, size, signed, kind);
        if (isArray)
            return Array(name, type, bounds, offset, size, signed);
        if (type.EndsWith('*'))
            return new TracepointField(name, type, offset, size, false, TracepointFieldKind.Pointer);
        return size is 1 or 2 or 4 or 8
            ? new TracepointField(name, type, offset, size, signed, TracepointFieldKind.Integer)
            : new TracepointField(name, type, offset, size, signed, TracepointFieldKind.Array, size);
    }

    private static TracepointField Array(string name, string type, string bounds, int offset, int size, bool signed)
    {
        if (type is "char" or "const char")
            return new TracepointField(name, type, offset, size, signed, TracepointFieldKind.CharArray, size);

        // The bound may be a constant's name that the kernel did not resolve: then bytes are all we know.
        int count = int.TryParse(bounds.AsSpan(1, bounds.Length - 2), CultureInfo.InvariantCulture, out int n) && n > 0 ? n : size;
        return new TracepointField(name, type, offset, size, signed, TracepointFieldKind.Array, count);
    }

    private static int Attribute(ReadOnlySpan<char> line, string name)
    {
        int start = line.LastIndexOf(name) + name.Length;
        int length = line[start..].IndexOf(';');
        return int.TryParse(line.Slice(start, Math.Max(0, length)), CultureInfo.InvariantCulture, out int value) ? value : 0;
    }
}
