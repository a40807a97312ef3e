namespace Ctrace.Compiler.CDeclarations;

/// <summary>A macro.</summary>
/// <param name="Parameters">Their names; null for one without parentheses.</param>
/// <param name="Body">What it stands for.</param>
internal sealed record CMacro(IReadOnlyList<string>? Parameters, IReadOnlyList<CToken> Body)
{
    /// <summary>A macro that is 1.</summary>
    public static CMacro One { get; } = new(null, [new CToken(CTokenKind.Number, "1", 0)]);

    /// <summary>Reads a definition: the line without its <c>#</c>.</summary>
    public static CMacro Parse(List<CToken> line)
    {
        var name = line[1];
        // Only a parenthesis right behind the name begins parameters.
        if (line.Count <= 2 || line[2].Text != "(" || line[2].Start != name.Start + name.Text.Length)
            return new CMacro(null, line[2..]);
        int close = line.FindIndex(t => t.Text == ")");
        return close < 0 ? new CMacro(null, []) : new CMacro([.. line[3..close].Where(t => t.Text != ",").Select(t => t.Text)], line[(close + 1)..]);
    }

    /// <summary>The body with arguments in place of the parameters.</summary>
    public List<CToken> With(List<List<CToken>> arguments)
    {
        var result = new List<CToken>();
        for (int i = 0; i < Body.Count; i++)
        {
            // a ## b is one name.
            if (Body[i].Text == "##" && result.Count > 0 && i + 1 < Body.Count)
            {
                var right = Replace(Body[++i], arguments);
                if (right.Count > 0)
                {
                    result[^1] = result[^1] with { Text = result[^1].Text + right[0].Text };
                    result.AddRange(right.Skip(1));
                }
            }
            else
            {
                result.AddRange(Replace(Body[i], arguments));
            }
        }

        return result;
    }

    private List<CToken> Replace(CToken token, List<List<CToken>> arguments)
    {
        int index = token.Kind == CTokenKind.Name ? ((List<string>)[.. Parameters!]).IndexOf(token.Text) : -1;
        return index >= 0 && index < arguments.Count ? arguments[index] : [token];
    }
}
