using System.Text.Json;
using System.Text.RegularExpressions;
using NJsonSchema;
using NJsonSchema.Validation;

namespace Ctrace.Tests;

/// <summary>docs/schema.json, to check documents against.</summary>
internal static partial class DocumentSchema
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "docs");
    private static readonly JsonSchema Schema = Read();

    /// <summary>The types of documents that it knows.</summary>
    public static string[] Types => [.. Schema.OneOf.Select(d => TypeOf(d.ActualSchema))];

    /// <summary>docs/json.md.</summary>
    public static string Reference => File.ReadAllText(Path.Combine(Folder, "json.md"));

    /// <summary>What is wrong with a document; null where nothing is.</summary>
    public static string? Problem(string document)
    {
        if (Schema.Validate(document).Count == 0)
            return null;
        // Of all types only the document's own tells something.
        using var json = JsonDocument.Parse(document);
        string? type = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("type", out var name) ? name.ToString() : null;
        var own = Schema.OneOf.Select(d => d.ActualSchema).FirstOrDefault(d => TypeOf(d) == type);
        IEnumerable<ValidationError> errors = own?.Validate(document) ?? [];
        return $"{document}: {string.Join("; ", errors.Select(e => $"{e.Path}: {e.Kind}"))}";
    }

    /// <summary>The library knows the older words for a single value and for definitions.</summary>
    private static JsonSchema Read()
    {
        string text = File.ReadAllText(Path.Combine(Folder, "schema.json"));
        return JsonSchema.FromJsonAsync(Constant().Replace(text, "\"enum\": [$1]").Replace("$defs", "definitions")).GetAwaiter().GetResult();
    }

    private static string TypeOf(JsonSchema document) => document.Properties["type"].Enumeration.First()!.ToString()!;

    [GeneratedRegex("\"const\":\\s*(\"[^\"]*\"|[0-9a-z]+)")]
    private static partial Regex Constant();
}
