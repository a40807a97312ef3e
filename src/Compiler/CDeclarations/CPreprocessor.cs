using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.CDeclarations;

/// <summary>Finds the text of headers.</summary>
public interface IHeaderSource
{
    /// <summary>A header's text, or null where it is not found.</summary>
    /// <param name="name">As between the quotes or angle brackets.</param>
    /// <param name="isSystem">Whether it stands in angle brackets.</param>
    string? Find(string name, bool isSystem);
}

/// <summary>
/// Directives and macros: what is left are the tokens of declarations. A program's own mistakes are reported; a header's are
/// passed over, because a program seldom needs all that a header has.
/// </summary>
internal sealed class CPreprocessor(IHeaderSource? headers, bool hasTypes, DiagnosticBag diagnostics)
{
    private const int MostHeaders = 2000, MostTokens = 4_000_000, DeepestExpansion = 32;

    private readonly Dictionary<string, CMacro> _macros = new() { ["__x86_64__"] = CMacro.One, ["__LP64__"] = CMacro.One, ["__STDC__"] = CMacro.One };
    private readonly HashSet<string> _once = [];
    private int _headers;

    /// <summary>The macros without parameters that are defined at the end, by name.</summary>
    public IEnumerable<KeyValuePair<string, CMacro>> Macros => _macros;

    /// <summary>The tokens of declarations; those of headers have a negative start.</summary>
    public List<CToken> Output { get; } = [];

    /// <summary>Defines a macro as 1.</summary>
    public void Define(string name) => _macros[name] = CMacro.One;

    /// <summary>Takes a text.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="isProgram">Whether it is the program's, and not a header's.</param>
    public void Take(List<CToken> tokens, bool isProgram)
    {
        var conditions = new Stack<(bool Active, bool Taken, int Start)>();
        for (int i = 0; i < tokens.Count && Output.Count < MostTokens;)
        {
            bool active = conditions.All(c => c.Active);
            if (tokens[i] is { Kind: CTokenKind.Mark, Text: "#" } && (i == 0 || tokens[i - 1].Kind == CTokenKind.LineEnd))
            {
                int end = i;
                while (end < tokens.Count && tokens[end].Kind != CTokenKind.LineEnd)
                    end++;
                Directive(tokens[(i + 1)..end], tokens[i].Start, active, conditions, isProgram);
                i = end + 1;
            }
            else
            {
                int next = i;
                while (next < tokens.Count && !(tokens[next] is { Text: "#" } && (next == 0 || tokens[next - 1].Kind == CTokenKind.LineEnd)))
                    next++;
                if (active)
                    Expand([.. tokens[i..next].Where(t => t.Kind != CTokenKind.LineEnd)], Output, isProgram, []);
                i = next;
            }
        }

        if (isProgram && conditions.TryPeek(out var open))
            diagnostics.ReportType(new TextSpan(open.Start, 1), "this #if has no #endif");
    }

    /// <summary>Replaces macros.</summary>
    public void Expand(List<CToken> tokens, List<CToken> output, bool isProgram, HashSet<string> active)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (token.Kind != CTokenKind.Name || !_macros.TryGetValue(token.Text, out var macro) || active.Contains(token.Text) || active.Count > DeepestExpansion)
            {
                output.Add(isProgram ? token : token with { Start = -1 });
                continue;
            }

            var body = macro.Body;
            if (macro.Parameters is { } parameters)
            {
                if (Arguments(tokens, i + 1, out int end) is not { } arguments)
                {
                    output.Add(isProgram ? token : token with { Start = -1 });
                    continue;
                }

                i = end;
                body = macro.With(arguments);
            }

            Expand([.. body.Select(t => t with { Start = token.Start })], output, isProgram, [.. active, token.Text]);
        }
    }

    private static List<List<CToken>>? Arguments(List<CToken> tokens, int open, out int end)
    {
        end = open;
        if (open >= tokens.Count || tokens[open].Text != "(")
            return null;
        var arguments = new List<List<CToken>> { new() };
        int depth = 0;
        for (int i = open; i < tokens.Count; i++)
        {
            depth += tokens[i].Text switch { "(" => 1, ")" => -1, _ => 0 };
            if (depth == 0)
            {
                end = i;
                return arguments;
            }

            if (depth == 1 && tokens[i].Text == ",")
                arguments.Add([]);
            else if (i > open)
                arguments[^1].Add(tokens[i]);
        }

        return null;
    }

    private void Directive(List<CToken> line, int start, bool active, Stack<(bool Active, bool Taken, int Start)> conditions, bool isProgram)
    {
        string name = line.Count > 0 ? line[0].Text : "";
        switch (name)
        {
            case "ifdef" or "ifndef" when line.Count > 1:
                bool defined = _macros.ContainsKey(line[1].Text) == (name == "ifdef");
                conditions.Push((active && defined, !active || defined, start));
                break;
            case "if":
                bool holds = active && Holds(line[1..]);
                conditions.Push((holds, !active || holds, start));
                break;
            case "elif" when conditions.TryPop(out var before):
                bool now = !before.Taken && Holds(line[1..]);
                conditions.Push((now, before.Taken || now, start));
                break;
            case "else" when conditions.TryPop(out var other):
                conditions.Push((!other.Taken, true, start));
                break;
            case "endif" when conditions.TryPop(out _):
                break;
            case "elif" or "else" or "endif" when isProgram:
                diagnostics.ReportType(new TextSpan(start, 1), $"this #{name} has no #if");
                break;
            case "define" when active && line.Count > 1:
                _macros[line[1].Text] = CMacro.Parse(line);
                break;
            case "undef" when active && line.Count > 1:
                _macros.Remove(line[1].Text);
                break;
            case "error" when active && isProgram:
                diagnostics.ReportType(Whole(), Message());
                break;
            case "warning" when active && isProgram:
                diagnostics.Warn("CT2033", Whole(), Message());
                break;
            case "include" when active:
                Include(line, start, isProgram);
                break;
            case "" or "define" or "undef" or "include" or "pragma" or "error" or "warning" or "line" or "ifdef" or "ifndef":
                break;
            default:
                if (isProgram && active)
                    diagnostics.ReportType(new TextSpan(start, 1 + name.Length), $"'#{name}' is no directive", "there are #include, #define, #if and their relatives");
                break;
        }

        TextSpan Whole() => new(start, LengthOf(line, start));
        string Message() => line.Count > 1 ? string.Join(' ', line.Skip(1).Select(t => t.Text.Trim('"'))) : "#" + name;
    }

    private static int LengthOf(List<CToken> line, int start) => line[^1].Start + line[^1].Text.Length - start;

    private bool Holds(List<CToken> condition)
    {
        var tokens = new List<CToken>();
        for (int i = 0; i < condition.Count; i++)
        {
            if (condition[i].Text != "defined")
            {
                tokens.Add(condition[i]);
                continue;
            }

            bool parenthesised = i + 1 < condition.Count && condition[i + 1].Text == "(";
            int at = i + (parenthesised ? 2 : 1);
            string name = at < condition.Count ? condition[at].Text : "";
            tokens.Add(new CToken(CTokenKind.Number, _macros.ContainsKey(name) ? "1" : "0", 0));
            i = at + (parenthesised ? 1 : 0);
        }

        var expanded = new List<CToken>();
        Expand(tokens, expanded, false, []);
        // A name that is no macro counts as 0.
        return CConstant.Evaluate([.. expanded.Select(t => t.Kind == CTokenKind.Name ? t with { Kind = CTokenKind.Number, Text = "0" } : t)], _ => null) is { } value && value != 0;
    }

    private void Include(List<CToken> line, int start, bool isProgram)
    {
        if (line.Count < 2)
            return;
        bool isSystem = line[1].Text == "<";
        string name = isSystem ? string.Concat(line.Skip(2).TakeWhile(t => t.Text != ">").Select(t => t.Text)) : line[1].Text.Trim('"');
        if (!_once.Add(name) || ++_headers > MostHeaders)
            return;
        if (headers?.Find(name, isSystem) is { } text)
        {
            Take(CTokenizer.Cut(text), isProgram: false);
            return;
        }

        // The kernel's own headers say what its type information says too: without them most programs do.
        if (isProgram && isSystem && hasTypes)
            diagnostics.Warn("CT2034", new TextSpan(start, LengthOf(line, start)), $"there is no header {name}: only the kernel's own types are known");
        else if (isProgram)
            diagnostics.ReportType(new TextSpan(start, LengthOf(line, start)), $"there is no header {name}",
                isSystem ? "install the headers, or declare the types in the program" : "give its folder with -I");
    }
}
