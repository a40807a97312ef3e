using Ctrace.Repl.Rendering.Profiles;
using System.Collections.Immutable;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Repl.Commands;

namespace Ctrace.Repl.Prompting;

/// <summary>Finds what may stand where the cursor is: probes, fields, members, maps, functions, commands, files.</summary>
/// <param name="workspace">What there is by now.</param>
/// <param name="probes">The machine's probes.</param>
internal sealed class Completer(Workspace workspace, ProbeIndex probes)
{
    private static readonly ImmutableArray<Completion> Words = [.. Catalogue()];

    private (string Before, Completions Found) _last = ("", Completions.None(0));

    /// <summary>What may stand at a place of a line.</summary>
    internal Completions At(string text, int caret)
    {
        // The editor asks several times for each key.
        string before = text[..caret];
        if (before != _last.Before)
            _last = (before, Find(before, caret));
        return _last.Found;
    }

    private Completions Find(string before, int caret)
    {
        if (before.TrimStart().StartsWith(':') && !before.Contains('\n'))
            return Command(before);
        var scan = Classifier.Classify(before);
        if (scan.Tokens is [.., { Class: TokenClass.Comment } last] && last.Span.End == caret)
            return Completions.None(caret);
        return scan.End switch
        {
            SyntaxPlace.Probe => Probe(before, scan),
            SyntaxPlace.Predicate or SyntaxPlace.Query or SyntaxPlace.Block => Inside(before, scan),
            _ => Completions.None(caret),
        };
    }

    /// <summary>The function whose arguments are being typed, and which of them; null where there is none.</summary>
    internal static (Completion Function, int Argument)? CallAt(string text, int caret)
    {
        var tokens = Classifier.Classify(text[..caret]).Tokens;
        int depth = 0, argument = 0;
        for (int i = tokens.Length - 1; i > 0; i--)
        {
            string word = text.Substring(tokens[i].Span.Start, tokens[i].Span.Length);
            if (tokens[i].Class != TokenClass.Operator)
                continue;
            if (word is ")" or "]" or "}")
                depth++;
            else if (word == "," && depth == 0)
                argument++;
            else if (word is "(" or "[" or "{" && depth-- == 0)
            {
                string name = text.Substring(tokens[i - 1].Span.Start, tokens[i - 1].Span.Length);
                return word == "(" && Words.FirstOrDefault(w => w.Text == name + "(") is { } function ? (function, argument) : null;
            }
        }

        return null;
    }

    private Completions Command(string before)
    {
        int colon = before.IndexOf(':'), blank = before.IndexOf(' ', colon);
        if (blank < 0)
            return new Completions(colon, before.Length - colon, [.. Matching(CommandTable.All.Select(c => new Completion(":" + c.Name, "command", c.Signature, c.Summary)), before[colon..])]);
        int start = before.LastIndexOf(' ') + 1;
        string typed = before[start..];
        if (CommandTable.Find(before[(colon + 1)..blank]) is not { } command)
            return Completions.None(before.Length);
        IEnumerable<Completion> items = command.Kind switch
        {
            ArgumentKind.Map => Maps(),
            ArgumentKind.Trace => workspace.Traces.Select(t => new Completion($"{t.Number}", t.State.ToString().ToLowerInvariant(), $"{t.Number}", Palette.OneLine(t.Source.Text, 60))),
            ArgumentKind.Setting => Settings.All.Select(s => new Completion(s.Name, "setting", s.Name, s.Summary)),
            ArgumentKind.Format => Enum.GetValues<ResultFormat>().Where(f => !ProfileSink.Has(f)).Select(f => f.ToString()).Select(f => new Completion(f.ToLowerInvariant(), "format", f.ToLowerInvariant(), "")),
            ArgumentKind.Topic => HelpCommands.Topics.Select(t => new Completion(t.Name.TrimStart(':'), "", t.Signature, t.Summary, t.Example)),
            ArgumentKind.File => PathCompletion.Find(typed),
            ArgumentKind.Probe => Probes(typed),
            _ => [],
        };
        return new Completions(start, typed.Length, [.. command.Kind is ArgumentKind.Probe or ArgumentKind.File ? items : Matching(items, typed)]);
    }

    private Completions Probe(string before, ClassifiedText scan)
    {
        int start = scan.Tokens is [.., { Class: TokenClass.Probe } last] && last.Span.End == before.Length ? last.Span.Start : before.Length;
        string typed = before[start..];
        var words = scan.ClauseStart == 0 || typed.Length > 0
            ? Matching(Words.Where(w => w.Kind == "word" && w.Text is "config" or "macro"), typed) : [];
        return new Completions(start, typed.Length, [.. Probes(typed), .. words]);
    }

    private List<Completion> Probes(string typed)
    {
        var items = new List<Completion>();
        int colon = typed.IndexOf(':');
        if (colon < 0)
            foreach (var kind in CatalogIndex.Probes)
                if (kind.Names[0].StartsWith(typed, StringComparison.OrdinalIgnoreCase))
                    items.Add(new Completion(kind.Names[0] + (kind.Signature.Contains(':') ? ":" : ""), "probe", kind.Signature, kind.Summary, kind.Example));
        if (colon > 0 && CatalogIndex.FindProbe(typed[..colon]) is { NeedsPattern: true } && typed.LastIndexOf(':') == colon)
        {
            items.AddRange(PathCompletion.Find(typed[(colon + 1)..]).Select(c => c with { Text = $"{typed[..(colon + 1)]}{c.Text}{(c.Kind == "file" ? ":" : "")}" }));
            return items;
        }

        var found = probes.Find(typed);
        items.AddRange(Groups(typed, found).Select(g => new Completion(g, "group", g, "")));
        items.AddRange(found.Select(name => new Completion(name, "", name, "") ));
        return items;
    }

    /// <summary>The first parts of many names, such as a tracepoint's category.</summary>
    private static IEnumerable<string> Groups(string typed, IReadOnlyList<string> found)
    {
        int from = typed.LastIndexOf(':') + 1;
        if (from == 0)
            return [];
        var groups = found.Where(n => n.StartsWith(typed, StringComparison.Ordinal) && n.IndexOf(':', from) > 0)
            .Select(n => n[..(n.IndexOf(':', from) + 1)]).Distinct().ToList();
        return groups.Count > 1 ? groups : [];
    }

    private Completions Inside(string before, ClassifiedText scan)
    {
        int start = before.Length;
        while (start > 0 && (char.IsAsciiLetterOrDigit(before[start - 1]) || before[start - 1] is '_' or '@' or '$'))
            start--;
        string typed = before[start..];
        string head = before[..start];
        IEnumerable<Completion> items;
        if (head.EndsWith("args.", StringComparison.Ordinal) || head.EndsWith("args->", StringComparison.Ordinal))
            items = Fields(before, scan);
        else if (head.EndsWith('.') || head.EndsWith("->", StringComparison.Ordinal))
            items = Members(head);
        else if (typed.StartsWith('@'))
            items = Maps().Concat(Own(before, TokenClass.Map, typed, "map"));
        else if (typed.StartsWith('$'))
            items = Own(before, TokenClass.Variable, typed, "variable");
        else if (typed.Length > 0 && char.IsAsciiDigit(typed[0]))
            items = [];
        else
            items = Words.Where(w => scan.End == SyntaxPlace.Block || w.Kind != "statement").Concat(Maps());
        return new Completions(start, typed.Length, [.. Matching(items, typed)]);
    }

    private IEnumerable<Completion> Maps() => workspace.Maps.Select(m =>
        new Completion(m.Key, "map", m.Key, $"of {m.Value.Number}: {Palette.OneLine(m.Value.Source.Text, 60)}"));

    /// <summary>Names that the line itself uses.</summary>
    private static IEnumerable<Completion> Own(string before, TokenClass kind, string typed, string word) =>
        Classifier.Classify(before).Tokens.Where(t => t.Class == kind && t.Span.End < before.Length)
            .Select(t => before.Substring(t.Span.Start, t.Span.Length)).Where(n => n != typed).Distinct().Select(n => new Completion(n, word, n, ""));

    private IEnumerable<Completion> Fields(string before, ClassifiedText scan)
    {
        var probe = scan.Tokens.FirstOrDefault(t => t.Class == TokenClass.Probe && t.Span.Start >= scan.ClauseStart);
        if (probe.Span.Length == 0)
            return [];
        string name = before.Substring(probe.Span.Start, probe.Span.Length);
        lock (workspace.Target)
        {
            string? first = ProbeListing.List(workspace.Target, name).FirstOrDefault();
            return first is null ? [] : [.. ProbeListing.Describe(workspace.Target, first).Select(Field)];
        }
    }

    /// <summary>A listed field: <c>const char * filename</c>.</summary>
    private static Completion Field(string line)
    {
        string text = line.Trim();
        int start = text.LastIndexOfAny([' ', '*']) + 1;
        return new Completion(text[start..], text[..start].Trim(), text, "");
    }

    /// <summary>Members of what stands before the cursor: the compiler knows its type.</summary>
    private IEnumerable<Completion> Members(string head)
    {
        const string unknown = "no__such__member";
        var result = workspace.Check(head + unknown + Closing.Of(head));
        return result.Diagnostics.Select(d => d.Subject).OfType<StructureType>().FirstOrDefault() is not { } structure ? []
            : Leaves(structure).Select(m => new Completion(m.Name, m.Type.Name, $"{m.Type.Name} {m.Name}", $"{m.Type.Size} bytes, {m.Offset} from the start of {structure.Name}"));
    }

    private static IEnumerable<StructureMember> Leaves(StructureType structure) =>
        structure.Members.SelectMany(m => m is { Name: "", Type: StructureType inner } ? Leaves(inner) : [m]);

    /// <summary>Those that begin as typed, then those that contain it.</summary>
    private static IEnumerable<Completion> Matching(IEnumerable<Completion> items, string typed)
    {
        var all = items.DistinctBy(i => i.Text).ToList();
        return all.Where(i => i.Text.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Concat(all.Where(i => typed.Length > 1 && !i.Text.StartsWith(typed, StringComparison.OrdinalIgnoreCase) && i.Text.Contains(typed, StringComparison.OrdinalIgnoreCase)));
    }

    private static IEnumerable<Completion> Catalogue()
    {
        foreach (var a in CatalogIndex.Aggregations)
            yield return new(a.Name + "(", "aggregation", a.Signature, a.Summary, a.Example);
        foreach (var b in CatalogIndex.Builtins)
            yield return new(b.Name, "builtin", b.Name, b.Summary, b.Example);
        yield return new("args", "builtin", "args.FIELD", "the probe's own fields", "tracepoint:syscalls:sys_enter_read < sum(args.count) by comm >");
        foreach (var f in CatalogIndex.Functions)
            yield return new(f.Name + "(", "function", f.Signature, f.Summary, f.Example);
        foreach (string word in Classifier.Words)
            yield return new(word, "word", word, "a word of the language");
    }
}
