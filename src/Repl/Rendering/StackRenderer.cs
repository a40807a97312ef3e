using System.Globalization;
using System.Text;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Values;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Repl.Rendering;

/// <summary>Stacks as text, as bpftrace shows them: a line for each address, innermost first, and line breaks around.</summary>
/// <param name="symbols">Names the addresses.</param>
public sealed class StackRenderer(Symbolizer symbols)
{
    /// <summary>Writes a stack on lines of its own.</summary>
    public void Write(ByteWriter output, StackValue stack)
    {
        output.Write((byte)'\n');
        foreach (ulong address in stack.Addresses)
        {
            output.Write(Encoding.UTF8.GetBytes(Line(stack, address)));
            output.Write((byte)'\n');
        }
    }

    /// <summary>Writes a stack on one line, outermost first: main;read;vfs_read.</summary>
    public void WriteFolded(ByteWriter output, StackValue stack) =>
        output.Write(Encoding.UTF8.GetBytes(string.Join(';', stack.Addresses.Reverse().Select(a => Name(stack, a).Name ?? Hex(a)))));

    private string Line(StackValue stack, ulong address)
    {
        if (stack.Mode == StackMode.Raw)
            return address.ToString("x", CultureInfo.InvariantCulture);
        var (name, distance, file) = Name(stack, address);
        string symbol = name is null ? Hex(address) : $"{name}+{distance}";
        if (stack.Mode == StackMode.Symbols)
            return "        " + symbol;
        return $"\t{address:x} {symbol}" + (stack.Process is null ? "" : $" ({file ?? "[unknown]"})");
    }

    private (string? Name, ulong Distance, string? File) Name(StackValue stack, ulong address)
    {
        if (stack.Process is { } process)
            return symbols.User(process, address, stack.Addresses.AsSpan());
        return symbols.Kernel(address) is var (name, distance) ? (name, distance, null) : (null, 0, null);
    }

    private static string Hex(ulong address) => "0x" + address.ToString("x", CultureInfo.InvariantCulture);
}
