using System.Collections.Immutable;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>
/// A macro in use. Its own variables are in scopes of their own; what was given for its parameters has its meaning where the macro
/// is used.
/// </summary>
/// <param name="Macro">The macro.</param>
/// <param name="Arguments">What was given.</param>
/// <param name="CallerScopes">The variables where it is used.</param>
/// <param name="Caller">The macro that it is used in, or null.</param>
internal sealed record MacroFrame(
    MacroSyntax Macro, ImmutableArray<ExpressionSyntax> Arguments, List<Dictionary<string, VariableSymbol>> CallerScopes, MacroFrame? Caller)
{
    /// <summary>Whether a macro is in use here already: one that uses itself has no end.</summary>
    public bool IsInside(MacroSyntax macro) => ReferenceEquals(Macro, macro) || Caller?.IsInside(macro) == true;

    /// <summary>Whether something can be given for a parameter: <c>$name</c> takes a variable, <c>@name</c> a map, a plain name anything.</summary>
    public static bool Takes(string parameter, ExpressionSyntax argument) => parameter[0] switch
    {
        '$' => argument is VariableSyntax,
        '@' => argument is MapSyntax { Keys: [] },
        _ => true,
    };

    /// <summary>What was given for a parameter, or null where there is no such parameter.</summary>
    public ExpressionSyntax? Find(string parameter) => Macro.Parameters.IndexOf(parameter) is >= 0 and var index ? Arguments[index] : null;
}
