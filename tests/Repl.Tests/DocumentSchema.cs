using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Schema;

namespace Ctrace.Tests;

/// <summary>docs/schema.json, to check documents against.</summary>
internal static class DocumentSchema
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "docs");
    private static readonly JSchema Schema = JSchema.Parse(File.ReadAllText(Path.Combine(Folder, "schema.json")));

    /// <summary>The types of documents that it knows.</summary>
    public static string[] Types => [.. Documents.Select(TypeOf)];

    private static IEnumerable<JSchema> Documents => Schema.OneOf.Select(s => s.Ref ?? s);

    /// <summary>docs/json.md.</summary>
    public static string Reference => File.ReadAllText(Path.Combine(Folder, "json.md"));

    /// <summary>What is wrong with a document; null where nothing is.</summary>
    public static string? Problem(string document)
    {
        var json = JToken.Parse(document);
        if (json.IsValid(Schema, out IList<ValidationError> errors))
            return null;
        // Of all types only the document's own tells something.
        var own = Documents.FirstOrDefault(s => TypeOf(s) == (string?)json["type"]);
        if (own is not null)
            json.IsValid(own, out errors);
        return $"{document}: {string.Join("; ", errors.Select(e => $"{e.Path}: {e.Message}"))}";
    }

    private static string TypeOf(JSchema document) => document.Properties["type"].Const!.ToString();
}
