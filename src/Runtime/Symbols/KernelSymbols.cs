using System.Buffers.Text;
using System.Text;

namespace Ctrace.Runtime.Symbols;

/// <summary>The kernel's symbols, from /proc/kallsyms. Only the text's bytes are kept, and the addresses beside them.</summary>
internal sealed class KernelSymbols
{
    /// <summary>Where the running kernel shows its symbols.</summary>
    public const string RunningKernel = "/proc/kallsyms";

    private readonly byte[] _text;
    private readonly ulong[] _addresses;
    private readonly int[] _names;

    private KernelSymbols(byte[] text, ulong[] addresses, int[] names) => (_text, _addresses, _names) = (text, addresses, names);

    /// <summary>Whether the kernel shows addresses at all.</summary>
    public bool AreHidden => _addresses.Length == 0;

    /// <summary>Reads them; none where that is not allowed.</summary>
    public static KernelSymbols Read(string path = RunningKernel)
    {
        byte[] text;
        try
        {
            text = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            text = [];
        }

        var addresses = new List<ulong>(1 << 17);
        var names = new List<int>(1 << 17);
        bool any = false;
        for (int start = 0; start < text.Length;)
        {
            int end = text.AsSpan(start).IndexOf((byte)'\n') is >= 0 and var length ? start + length : text.Length;
            // "ffffffff81000000 T name", then perhaps a tab and the module
            if (Utf8Parser.TryParse(text.AsSpan(start, end - start), out ulong address, out int digits, 'x') && start + digits + 3 < end)
            {
                any |= address != 0;
                addresses.Add(address);
                names.Add(start + digits + 3);
            }

            start = end + 1;
        }

        if (!any)
            return new KernelSymbols([], [], []);
        ulong[] sorted = [.. addresses];
        int[] places = [.. names];
        Array.Sort(sorted, places);
        return new KernelSymbols(text, sorted, places);
    }

    /// <summary>The symbol that an address belongs to, and how many bytes it is from its start; null where it belongs to none.</summary>
    public (string Name, ulong Distance)? Find(ulong address)
    {
        // Below the kernel's half there are only offsets of per-CPU variables.
        if ((long)address >= 0)
            return null;
        int index = Array.BinarySearch(_addresses, address);
        index = index < 0 ? ~index - 1 : index;
        return index < 0 || (long)_addresses[index] >= 0 ? null : (Encoding.UTF8.GetString(Name(First(index))), address - _addresses[index]);
    }

    /// <summary>A symbol's address, or null.</summary>
    public ulong? FindAddress(string name)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        for (int i = 0; i < _names.Length; i++)
            if (Name(i).SequenceEqual(wanted))
                return _addresses[i];
        return null;
    }

    /// <summary>How many symbols have a name.</summary>
    public int CountOf(string name)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        int count = 0;
        for (int i = 0; i < _names.Length; i++)
            count += Name(i).SequenceEqual(wanted) ? 1 : 0;
        return count;
    }

    /// <summary>Of several symbols at an address, that which the kernel lists first.</summary>
    private int First(int index)
    {
        int first = index;
        for (int i = index; i >= 0 && _addresses[i] == _addresses[index]; i--)
            if (_names[i] < _names[first])
                first = i;
        for (int i = index; i < _addresses.Length && _addresses[i] == _addresses[index]; i++)
            if (_names[i] < _names[first])
                first = i;
        return first;
    }

    private ReadOnlySpan<byte> Name(int index)
    {
        var rest = _text.AsSpan(_names[index]);
        int end = rest.IndexOfAny((byte)'\n', (byte)'\t');
        return end < 0 ? rest : rest[..end];
    }
}
