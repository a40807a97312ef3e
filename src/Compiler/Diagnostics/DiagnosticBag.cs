using System.Collections;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Diagnostics;

/// <summary>Gathers diagnostics. Every message of the language has one method in here or in its companions.</summary>
public sealed partial class DiagnosticBag : IEnumerable<Diagnostic>
{
    /// <summary>The code of "this machine has no …".</summary>
    private const string NoProbe = "CT3003";

    /// <summary>More would not be read. Counted for each severity: warnings must not keep the error out.</summary>
    private const int Most = 20;

    private readonly List<Diagnostic> _all = [];

    /// <summary>Whether the program can't run.</summary>
    public bool HasErrors { get; private set; }

    /// <inheritdoc/>
    public IEnumerator<Diagnostic> GetEnumerator() => _all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Adds an error. The same message at the same place is given once.</summary>
    /// <returns>Always true, so that a check can report and return in one step.</returns>
    internal bool Error(string code, TextSpan span, string message, string? hint = null, bool isAboutMachine = false) =>
        Error(new Diagnostic(code, Severity.Error, span, message, hint) { IsAboutMachine = isAboutMachine });

    private bool Error(Diagnostic diagnostic)
    {
        HasErrors = true;
        AddNew(diagnostic);
        return true;
    }

    private void AddNew(Diagnostic diagnostic)
    {
        if (_all.Count(d => d.Severity == diagnostic.Severity) < Most && !Has(diagnostic))
            _all.Add(diagnostic);
    }

    /// <summary>Whether the same is said already, perhaps by way of another use of a macro.</summary>
    private bool Has(Diagnostic diagnostic) => _all.Exists(d => d.Span == diagnostic.Span && d.Message == diagnostic.Message && d.Severity == diagnostic.Severity);

    /// <summary>Adds a warning.</summary>
    internal void Warn(string code, TextSpan span, string message, string? hint = null) =>
        AddNew(new Diagnostic(code, Severity.Warning, span, message, hint));

    /// <summary>Adds what another bag holds.</summary>
    internal void AddRange(DiagnosticBag other)
    {
        _all.AddRange(other._all);
        HasErrors |= other.HasErrors;
    }

    /// <summary>The same with missing probes as warnings, or without them.</summary>
    internal DiagnosticBag WithoutMissing(bool warn)
    {
        var bag = new DiagnosticBag();
        foreach (var each in _all)
        {
            if (each.Code != NoProbe)
                bag.Add(each);
            else if (warn)
                bag.Add(each with { Severity = Severity.Warning });
        }

        return bag;
    }

    internal void Add(Diagnostic diagnostic)
    {
        _all.Add(diagnostic);
        HasErrors |= diagnostic.Severity == Severity.Error;
    }

    /// <summary>How many there are.</summary>
    internal int Total => _all.Count;

    /// <summary>Notes for all from one on that they are about what a macro stands for, and where it is used.</summary>
    internal void NoteExpansion(int from, TextSpan use)
    {
        for (int i = from; i < _all.Count; i++)
            _all[i] = _all[i] with { ExpandedFrom = _all[i].ExpandedFrom.Add(use) };
    }

    /// <summary>"did you mean", or the alternative where nothing is near.</summary>
    internal static string? DidYouMean(string name, IEnumerable<string> candidates, string? otherwise = null)
    {
        string[] near = Spelling.Nearest(name, candidates);
        return near.Length > 0 ? $"did you mean {string.Join(" or ", near)}?" : otherwise;
    }
}
