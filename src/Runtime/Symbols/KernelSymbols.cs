using System.Globalization;
using System.Text;

namespace Ctrace.Runtime.Symbols;

/// <summary>The kernel's symbols (/proc/kallsyms), read when the first address is to be named.</summary>
internal sealed class KernelSymbols
{
    private SymbolTable? _table;

    /// <summary>The symbol that an address is in, with the module in brackets if it has one; null where it is not known.</summary>
    public (string Name, ulong Distance)? Find(ulong address) => (_table ??= Read()).Find(address);

    private static SymbolTable Read()
    {
        var symbols = new List<(ulong, string, ulong)>(200_000);
        try
        {
            using var file = new StreamReader("/proc/kallsyms", Encoding.UTF8, false, 1 << 16);
            while (file.ReadLine() is { } line)
            {
                // ffffffff81000000 T _text, and a tab and [module] behind
                int type = line.IndexOf(' ') + 1;
                if (type <= 0 || type + 2 >= line.Length || line[type] is not ('t' or 'T' or 'w' or 'W')
                    || !ulong.TryParse(line.AsSpan(0, type - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong address) || address == 0)
                    continue;
                int tab = line.IndexOf('\t');
                symbols.Add((address, tab < 0 ? line[(type + 2)..] : line[(type + 2)..tab], 0));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Addresses are shown as numbers.
        }

        return new SymbolTable(symbols);
    }
}
