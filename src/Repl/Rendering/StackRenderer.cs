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
        for (int i = 0; i < stack.Addresses.Length; i++)
        {
            output.Write(Encoding.UTF8.GetBytes(Line(stack, i)));
            output.Write((byte)'\n');
        }
    }

    /// <summary>Writes a stack on one line, outermost first: main;read;vfs_read.</summary>
    public void WriteFolded(ByteWriter output, StackValue stack) =>
        output.Write(Encoding.UTF8.GetBytes(string.Join(';', stack.Addresses.Reverse().Select(a => Name(stack, a).Name ?? Hex(a)))));

    private string Line(StackValue stack, int index)
    {
        ulong address = stack.Addresses[index];
        if (stack.Mode == StackMode.Raw)
            return address.ToString("x", CultureInfo.InvariantCulture);
        if (stack is { Mode: StackMode.BuildId, Process: { } owner })
            return symbols.UserPlace(owner, address, stack.Addresses.AsSpan()) is var (id, offset) ? $"{id} {Hex(offset)}" : Hex(address);
        var (name, distance, file) = Name(stack, address);
        string symbol = name is null ? Hex(address) : $"{name}+{distance}";
        if (stack.Mode is StackMode.Symbols or StackMode.BuildId)
            return "        " + symbol + Source(stack, index);
        return $"\t{address:x} {symbol}" + (stack.Process is null ? "" : $" ({file ?? "[unknown]"})") + Source(stack, index);
    }

    /// <summary>The line of the source. An address to return to is already behind the call, perhaps on the next line.</summary>
    private string Source(StackValue stack, int index) =>
        stack.Process is { } process && symbols.UserLine(process, stack.Addresses[index] - (index > 0 ? 1u : 0u), stack.Addresses.AsSpan()) is var (file, line)
            ? string.Create(CultureInfo.InvariantCulture, $"@{file}:{line}") : "";

    private (string? Name, ulong Distance, string? File) Name(StackValue stack, ulong address)
    {
        if (stack.Process is { } process)
            return symbols.User(process, address, stack.Addresses.AsSpan());
        return symbols.Kernel(address) is var (name, distance) ? (name, distance, null) : (null, 0, null);
    }

    private static string Hex(ulong address) => "0x" + address.ToString("x", CultureInfo.InvariantCulture);
}
