namespace Ctrace.Runtime.Symbols.Demangling;

/// <summary>
/// Symbols as people wrote them: compilers put a function's namespace and types into its symbol (mangling). C++ and Rust do; names of
/// other languages are what they are.
/// </summary>
public static class Demangler
{
    /// <summary>A symbol that is longer is left as it is: nobody reads it, and it would cost what nobody waits for.</summary>
    private const int LongestSymbol = 8192;

    /// <summary>Whether a symbol may be one of a compiler's.</summary>
    /// <param name="symbol">The symbol.</param>
    public static bool IsMangled(string symbol) => symbol is ['_', 'Z' or 'R', _, ..];

    /// <summary>The name that the symbol was made of; the symbol itself where it is none of a known compiler's.</summary>
    /// <param name="symbol">The symbol.</param>
    public static string Demangle(string symbol)
    {
        if (!IsMangled(symbol) || symbol.Length > LongestSymbol)
            return symbol;
        return symbol[1] == 'R'
            ? RustDemangler.Demangle(symbol) ?? symbol
            : LegacyRustDemangler.Demangle(symbol) ?? CppDemangler.Demangle(symbol) ?? symbol;
    }
}
