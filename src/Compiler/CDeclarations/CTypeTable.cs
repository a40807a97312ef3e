using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.CDeclarations;

/// <summary>The types and constants that a program can name: those it declares, and the kernel's.</summary>
internal sealed class CTypeTable(ITarget target)
{
    private readonly Dictionary<string, TraceType> _types = [];
    private readonly Dictionary<string, long> _constants = [];
    private readonly Dictionary<string, (EnumType Type, long Value)> _enumerators = [];
    private readonly Dictionary<string, List<CToken>> _macros = [];

    /// <summary>Whether the kernel's own types are known.</summary>
    public bool HasKernelTypes => target.HasTypes;

    /// <summary>Reads the definitions that a program begins with.</summary>
    /// <param name="text">Their text, from the program's start.</param>
    /// <param name="headers">Finds headers; null where there are none.</param>
    /// <param name="diagnostics">Receives mistakes.</param>
    public void Declare(string text, IHeaderSource? headers, DiagnosticBag diagnostics)
    {
        var tokens = CTokenizer.Cut(text);
        if (tokens is [{ Text: "#" }, { Text: "!" }, ..])
            tokens.RemoveRange(0, tokens.FindIndex(t => t.Kind == CTokenKind.LineEnd) is var line and >= 0 ? line : tokens.Count);
        bool asks = tokens.Any(t => t.Kind == CTokenKind.Mark && t.Text == "#");
        var preprocessor = new CPreprocessor(headers, asks && target.HasTypes, diagnostics);
        if (asks && target.HasTypes)
            preprocessor.Define("BPFTRACE_HAVE_BTF");
        preprocessor.Take(tokens, isProgram: true);
        try
        {
            new CParser(preprocessor.Output, this).Run();
        }
        catch (CException mistake)
        {
            diagnostics.ReportType(new TextSpan(Math.Clamp(mistake.Position, 0, Math.Max(0, text.Length - 1)), 1), mistake.Message);
        }

        foreach (var (name, macro) in preprocessor.Macros.Where(m => m.Value.Parameters is null && m.Value.Body.Count > 0))
        {
            var body = new List<CToken>();
            preprocessor.Expand([.. macro.Body], body, false, [name]);
            _macros[name] = body;
        }
    }

    /// <summary>A type by its C spelling, or null.</summary>
    public TraceType? Find(string name) => FindOwn(name) ?? target.FindType(name);

    /// <summary>A type of the program's own or of the language, and not of the kernel, or null.</summary>
    public TraceType? FindOwn(string name) => name == "void" ? TraceType.Void : _types.GetValueOrDefault(name) ?? TypeNames.Find(name);

    /// <summary>A type that was only named when a pointer to it was declared, when it is known by now.</summary>
    public TraceType Complete(TraceType type) => type is VoidType { CName: not "void" and var name } ? Find(name) ?? type : type;

    /// <summary>A constant of an enumeration, or null.</summary>
    public (EnumType Type, long Value)? FindEnumerator(string name) =>
        _enumerators.TryGetValue(name, out var found) ? found : target.FindEnumerator(name);

    /// <summary>What a macro without parameters stands for: a number or text; null where there is none, or it is something else.</summary>
    public object? FindMacro(string name) => !_macros.TryGetValue(name, out var body) ? null
        : body is [{ Kind: CTokenKind.Text, Text: var text }] ? text[1..^1]
        : CConstant.Evaluate(body, Constant);

    /// <summary>The value of a name in a constant expression.</summary>
    public long? Constant(string name) => _constants.TryGetValue(name, out long value) ? value : null;

    internal void AddTypedef(string name, TraceType type) => _types[name] = type;

    internal void AddTag(string name, TraceType type) => _types[name] = type;

    internal void AddConstant(string name, long value) => _constants[name] = value;

    internal void AddEnumerators(EnumType type)
    {
        foreach (var (name, value) in type.Values)
            _enumerators[name] = (type, value);
    }
}
