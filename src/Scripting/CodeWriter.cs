using System.Text;
using Ctrace.Compiler.Syntax;
using Ctrace.Scripting.Protocol;
using Microsoft.CodeAnalysis.CSharp;

namespace Ctrace.Scripting;

/// <summary>C# around the user's: typed rows for maps, and locals for columns.</summary>
internal static class CodeWriter
{
    /// <summary>A class for a map's rows, and a property that reads them.</summary>
    internal static string Declare(WireMap map, int number)
    {
        var text = new StringBuilder();
        WireColumn[] columns = [.. map.Keys, .. map.Columns];
        text.Append($"public sealed class Row{number} : Ctrace.MapRow {{ public Row{number}(string[] names, object[] values) : base(names, values, {map.Keys.Length}) {{ }} ");
        if (map.Keys.Length > 0)
        {
            var key = map.Keys.Length == 1 ? map.Keys[0].Type : new WireType(WireType.Tuple, [.. map.Keys.Select(k => k.Type)]);
            string value = map.Keys.Length == 1 ? Convert(key, "Values[0]") : $"({string.Join(", ", map.Keys.Select((k, i) => Convert(k.Type, $"Values[{i}]")))})";
            text.Append($"public {key.CSharp} Key => {value}; ");
        }

        text.Append($"public {map.Columns[0].Type.CSharp} Value => {Convert(map.Columns[0].Type, $"Values[{map.Keys.Length}]")}; ");
        var names = Identifiers(columns, ["Key", "Value", "Names", "Values", "Measure", "KeyCount", $"Row{number}"]);
        for (int i = 0; i < columns.Length; i++)
            if (names[i] is { } name)
                text.Append($"public {columns[i].Type.CSharp} {name} => {Convert(columns[i].Type, $"Values[{i}]")}; ");
        return text.Append($"}}\nCtrace.Map<Row{number}> {Accessor(number)} => Maps.Typed(\"{map.Name}\", (names, values) => new Row{number}(names, values));\n").ToString();
    }

    /// <summary>The property that reads a map.</summary>
    internal static string Accessor(int number) => $"map{number}__";

    /// <summary>What stands before a handler's code, in a script of its own whose value is the handler.</summary>
    internal static string Before(WireHandler handler, int map, bool isAsync)
    {
        string parameter = handler.Kind == WireHandler.Row ? "Ctrace.EventRow" : "object", name = handler.Kind == WireHandler.Row ? "row" : "nothing__";
        bool isTable = handler.Kind == WireHandler.Table;
        var text = new StringBuilder((isAsync, isTable) switch
        {
            (true, true) => "(System.Func<System.Threading.Tasks.Task>)(async () => {\n",
            (false, true) => "(System.Action)(() => {\n",
            (true, false) => $"(System.Func<{parameter}, System.Threading.Tasks.Task>)(async {name} => {{\n",
            _ => $"(System.Action<{parameter}>)({name} => {{\n",
        });
        if (isTable)
            text.Append($"var rows = {Accessor(map)};\n");
        var names = Identifiers(handler.Columns, ["row"]);
        for (int i = 0; i < handler.Columns.Length; i++)
            if (names[i] is { } local)
                text.Append($"{handler.Columns[i].Type.CSharp} {local} = {Convert(handler.Columns[i].Type, $"row.Values[{i}]")};\n");
        return text.Append($"#line {handler.Line} \"{FileName}\"\n").ToString();
    }

    /// <summary>What stands behind it.</summary>
    internal const string After = "\n#line hidden\n})";

    /// <summary>What the lines of handlers are said to be in.</summary>
    internal const string FileName = "handler";

    /// <summary>An object to a type.</summary>
    private static string Convert(WireType type, string value) => type.Name switch
    {
        WireType.Tuple => $"({string.Join(", ", type.Items.Select((item, i) => Convert(item, $"((object[]){value})[{i}]")))})",
        WireType.Array => $"System.Array.ConvertAll((object[]){value}, item => {Convert(type.Items[0], "item")})",
        "dynamic" => $"(dynamic){value}",
        _ => $"({type.Name}){value}",
    };

    /// <summary>Columns' names as C# takes them; null for one that can't be a name, or is taken.</summary>
    private static string?[] Identifiers(WireColumn[] columns, string[] taken)
    {
        var used = new HashSet<string>(taken, StringComparer.Ordinal);
        var result = new string?[columns.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            string name = new([.. columns[i].Name.Select(c => char.IsLetterOrDigit(c) ? c : '_')]);
            name = name.Trim('_') is { Length: > 0 } trimmed ? trimmed : name;
            if (name.Length == 0 || char.IsAsciiDigit(name[0]))
                name = "_" + name;
            if (SyntaxFacts.GetKeywordKind(name) != SyntaxKind.None)
                name = "@" + name;
            result[i] = used.Add(name) ? name : null;
        }

        return result;
    }
}
