using Ctrace.Scripting.Protocol;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Scripting;

namespace Ctrace.Scripting;

/// <summary>The compiled C# and its state.</summary>
internal sealed class ScriptSession
{
    private static readonly string[] Imports =
        ["System", "System.Collections.Generic", "System.Globalization", "System.IO", "System.Linq", "System.Net", "System.Text", "System.Text.RegularExpressions", "System.Threading", "System.Threading.Tasks", "Ctrace"];

    private readonly ScriptOptions _options;
    private readonly Dictionary<string, (string Signature, int Number)> _declared = new(StringComparer.Ordinal);
    private Dictionary<string, WireMap> _maps = new(StringComparer.Ordinal);
    private ScriptState<object> _state;
    private int _lastNumber;

    private ScriptSession(ScriptOptions options, ScriptState<object> state) => (_options, _state) = (options, state);

    /// <summary>The maps' names, without the sign.</summary>
    internal IEnumerable<string> MapNames => _maps.Keys;

    /// <summary>Starts with nothing but the globals.</summary>
    internal static async Task<ScriptSession> StartAsync(Globals globals)
    {
        var options = ScriptOptions.Default.WithReferences(References()).WithImports(Imports).WithEmitDebugInformation(true)
            .WithFilePath("ctrace").WithFileEncoding(System.Text.Encoding.UTF8).WithOptimizationLevel(OptimizationLevel.Debug).WithAllowUnsafe(false);
        var state = await CSharpScript.RunAsync("new[] { 1, 2 }.Where(x => x > 1).Sum()", options, globals, typeof(Globals));
        return new ScriptSession(options, await state.ContinueWithAsync<object>(""));
    }

    /// <summary>Says which maps there are.</summary>
    internal void SetMaps(IEnumerable<WireMap> maps) => _maps = maps.ToDictionary(m => m.Name.TrimStart('@'), m => m with { Name = m.Name.TrimStart('@') }, StringComparer.Ordinal);

    /// <summary>A map's column names and how many of them are keys; null where there is no such map.</summary>
    internal (string[] Names, int Keys)? Shape(string map) =>
        _maps.TryGetValue(map, out var found) ? ([.. found.Keys.Concat(found.Columns).Select(c => c.Name)], found.Keys.Length) : null;

    /// <summary>Compiles a handler.</summary>
    /// <returns>The handler, or what is wrong and where in its code.</returns>
    internal async Task<(Func<object?, Task>? Handler, List<(int Start, int Length, string Message)> Errors)> CompileAsync(WireHandler handler)
    {
        await DeclareAsync();
        bool isAsync = CSharpSyntaxTree.ParseText(handler.Code, CSharpParseOptions.Default.WithKind(SourceCodeKind.Script)).GetRoot().DescendantNodes().OfType<AwaitExpressionSyntax>().Any();
        string map = handler.Map.TrimStart('@');
        string before = CodeWriter.Before(handler, handler.Kind == WireHandler.Table ? _declared[map].Number : 0, isAsync);
        var spelled = Spelled.Out(handler.Code, Accessor);
        var script = _state.Script.ContinueWith<object>(before + spelled.Text + CodeWriter.After, _options);
        var errors = script.Compile().Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        if (errors.Count > 0)
        {
            return (null, [.. errors.Select(d =>
            {
                int start = Math.Clamp(d.Location.SourceSpan.Start - before.Length, 0, spelled.Text.Length);
                int end = Math.Clamp(d.Location.SourceSpan.End - before.Length, start, spelled.Text.Length);
                return (spelled.Original(start), Math.Max(1, spelled.Original(end) - spelled.Original(start)), $"{d.GetMessage(System.Globalization.CultureInfo.InvariantCulture)} ({d.Id})");
            })]);
        }

        var result = await script.RunFromAsync(_state);
        var compiled = (Delegate)result.ReturnValue;
        return (handler.Kind switch
        {
            WireHandler.Row => Call<EventRow>(compiled, isAsync),
            WireHandler.Table => _ => compiled.DynamicInvoke() as Task ?? Task.CompletedTask,
            _ => Call<object>(compiled, isAsync),
        }, []);
    }

    /// <summary>Evaluates a line; variables that it makes stay.</summary>
    internal async Task<(string? Text, string? Error)> EvaluateAsync(string code)
    {
        await DeclareAsync();
        var spelled = Spelled.Out(IsUnfinishedStatement(code) ? code + ";" : code, Accessor);
        try
        {
            _state = await _state.ContinueWithAsync<object>(spelled.Text, _options);
            return (_state.ReturnValue is { } value ? Shown.Text(value) : null, null);
        }
        catch (CompilationErrorException e)
        {
            return (null, string.Join('\n', e.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(3).Select(d => Point(code, spelled.Original(d.Location.SourceSpan.Start), d))));
        }
        catch (Exception e)
        {
            var inner = e is AggregateException { InnerException: { } first } ? first : e;
            return (null, $"{inner.GetType().Name}: {inner.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>What may stand at a place in a line.</summary>
    internal async Task<List<(string Text, string Kind, string Description)>> CompleteAsync(string code, int caret)
    {
        await DeclareAsync();
        int start = caret;
        while (start > 0 && (char.IsLetterOrDigit(code[start - 1]) || code[start - 1] == '_'))
            start--;
        string typed = code[start..caret];
        if (start > 0 && code[start - 1] == '@')
            return [.. MapNames.Where(n => n.StartsWith(typed, StringComparison.OrdinalIgnoreCase)).Select(n => ("@" + n, "map", _maps[n].Signature))];
        var spelled = Spelled.Out(code[..start], Accessor);
        var script = _state.Script.ContinueWith<object>(spelled.Text + "x__", _options);
        var compilation = script.GetCompilation();
        var tree = compilation.SyntaxTrees.Last();
        var model = compilation.GetSemanticModel(tree);
        var token = tree.GetRoot().FindToken(Math.Max(0, spelled.Text.Length));
        IEnumerable<ISymbol> symbols;
        if (token.Parent?.Parent is MemberAccessExpressionSyntax access && access.Name.Span.Contains(token.Span))
        {
            var container = model.GetTypeInfo(access.Expression).Type ?? model.GetSymbolInfo(access.Expression).Symbol as INamespaceOrTypeSymbol as ITypeSymbol;
            var space = model.GetSymbolInfo(access.Expression).Symbol as INamespaceOrTypeSymbol;
            bool isStatic = space is not null;
            symbols = model.LookupSymbols(token.SpanStart, (INamespaceOrTypeSymbol?)space ?? container, includeReducedExtensionMethods: true)
                .Where(s => s is not IMethodSymbol { MethodKind: MethodKind.Constructor } && (s.IsStatic == isStatic || s is IMethodSymbol { MethodKind: MethodKind.ReducedExtension } || s is INamespaceOrTypeSymbol));
        }
        else
            symbols = model.LookupSymbols(token.SpanStart);
        return [.. symbols.Where(s => s.Name.StartsWith(typed, StringComparison.OrdinalIgnoreCase) && s.CanBeReferencedByName && !s.Name.EndsWith("__", StringComparison.Ordinal))
            .GroupBy(s => s.Name).Take(200).Select(g => (g.Key, g.First().Kind.ToString().ToLowerInvariant(), g.First().ToMinimalDisplayString(model, token.SpanStart) + (g.Count() > 1 ? $" (and {g.Count() - 1} more)" : "")))
            .OrderBy(c => c.Key, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Whether nothing is missing but a semicolon at the end, which nobody types at a prompt.</summary>
    private static bool IsUnfinishedStatement(string code) =>
        CSharpSyntaxTree.ParseText(code, CSharpParseOptions.Default.WithKind(SourceCodeKind.Script)).GetDiagnostics().ToList() is [{ Id: "CS1002" }];

    private static Func<object?, Task> Call<T>(Delegate compiled, bool isAsync)
    {
        if (isAsync)
            return argument => ((Func<T, Task>)compiled)((T)argument!);
        var action = (Action<T>)compiled;
        return argument =>
        {
            action((T)argument!);
            return Task.CompletedTask;
        };
    }

    private string? Accessor(string map) => _declared.TryGetValue(map, out var declared) && _maps.ContainsKey(map) ? CodeWriter.Accessor(declared.Number) : null;

    /// <summary>Types for the maps that are new, or have changed.</summary>
    private async Task DeclareAsync()
    {
        var code = new System.Text.StringBuilder();
        foreach (var (name, map) in _maps)
        {
            if (_declared.TryGetValue(name, out var known) && known.Signature == map.Signature)
                continue;
            code.Append(CodeWriter.Declare(map, ++_lastNumber));
            _declared[name] = (map.Signature, _lastNumber);
        }

        if (code.Length > 0)
            _state = await _state.ContinueWithAsync<object>(code.ToString(), _options);
    }

    private static string Point(string code, int at, Diagnostic error)
    {
        string message = $"{error.GetMessage(System.Globalization.CultureInfo.InvariantCulture)} ({error.Id})";
        at = Math.Clamp(at, 0, code.Length);
        int line = at == 0 ? 0 : code.LastIndexOf('\n', at - 1) + 1, end = code.IndexOf('\n', line);
        return $"{message}\n  {(end < 0 ? code[line..] : code[line..end])}\n  {new string(' ', at - line)}^";
    }

    /// <summary>The whole base library, and what the globals are made of.</summary>
    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(p => Path.GetFileName(p) is var name && (name.StartsWith("System", StringComparison.Ordinal) || name is "netstandard.dll" or "mscorlib.dll" or "Microsoft.CSharp.dll" or "ctrace-cs.dll"))
            .Select(p => MetadataReference.CreateFromFile(p));
}
