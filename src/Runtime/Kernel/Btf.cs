using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Ctrace.Runtime.Kernel;

/// <summary>
/// The kernel's type information (Documentation/bpf/btf.rst) as it is in the file: bytes, and one offset for each type.
/// There is no object per type: a kernel has more than 100,000.
/// </summary>
internal sealed unsafe class Btf : IDisposable
{
    /// <summary>Where the running kernel shows its own.</summary>
    public const string RunningKernel = "/sys/kernel/btf/vmlinux";

    private const int HeaderLength = 24;
    private const ushort Magic = 0xeb9f;

    private readonly byte* _data;
    private readonly int _types, _typesLength, _strings, _stringsLength;
    private int[] _offsets;

    private Btf(byte* data, int headerLength, ReadOnlySpan<int> header)
    {
        _data = data;
        (_types, _typesLength) = (headerLength + header[0], header[1]);
        (_strings, _stringsLength) = (headerLength + header[2], header[3]);
        _offsets = Index();
    }

    /// <summary>Number of types, and thus one more than the highest id; 0 is <c>void</c>.</summary>
    public int Count { get; private set; }

    /// <summary>Reads the running kernel's, or gives null where it has none that can be read.</summary>
    /// <param name="path">The file: type information itself, or a binary with a section <c>.BTF</c>.</param>
    /// <param name="isForeign">Whether it may be anything: then all of it is looked at before it is used.</param>
    public static Btf? TryOpen(string path = RunningKernel, bool isForeign = false)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            int length = (int)Math.Min(file.Length, int.MaxValue);
            byte* data = (byte*)NativeMemory.Alloc((nuint)length);
            file.ReadExactly(new Span<byte>(data, length));
            if (isForeign && length > 4 && new ReadOnlySpan<byte>(data, 4).SequenceEqual("\x7fELF"u8))
            {
                NativeMemory.Free(data);
                byte[] section = Symbols.ElfFile.TryOpen(path)?.ReadContent(".BTF") ?? [];
                length = section.Length;
                data = (byte*)NativeMemory.Alloc((nuint)length);
                section.CopyTo(new Span<byte>(data, length));
            }

            if (length < HeaderLength || Unsafe.ReadUnaligned<ushort>(data) != Magic || isForeign && !BtfCheck.IsSound(new ReadOnlySpan<byte>(data, length)))
            {
                NativeMemory.Free(data);
                return null;
            }

            return new Btf(data, *(int*)(data + 4), new ReadOnlySpan<int>(data + 8, 4));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Kind of a type.</summary>
    public BtfKind Kind(int id) => id == 0 ? BtfKind.Void : (BtfKind)(Info(id) >> 24 & 0x1f);

    /// <summary>Number of its members, parameters or enumerators.</summary>
    public int MemberCount(int id) => (int)(Info(id) & 0xffff);

    /// <summary>Whether the kind's own flag is set; in structures it means that offsets carry a bit-field's width.</summary>
    public bool Flag(int id) => Info(id) >> 31 != 0;

    /// <summary>Size in bytes of an integer, enumeration, structure or union.</summary>
    public int Size(int id) => Word(_offsets[id] + 8);

    /// <summary>The type that a pointer, typedef, qualifier or function refers to.</summary>
    public int Target(int id) => Word(_offsets[id] + 8);

    /// <summary>The name's place in the string section; 0 where it has none.</summary>
    public int NameOffset(int id) => Word(_offsets[id]);

    /// <summary>Its name, or an empty string.</summary>
    public string Name(int id) => id == 0 ? "void" : Text(NameOffset(id));

    /// <summary>Whether its name begins with a text, without making a string of it.</summary>
    public bool StartsWith(int id, ReadOnlySpan<byte> prefix)
    {
        int start = NameOffset(id);
        return start + prefix.Length <= _stringsLength
            && new ReadOnlySpan<byte>(_data + _strings + start, prefix.Length).SequenceEqual(prefix);
    }

    /// <summary>A string of the string section.</summary>
    public string Text(int offset) => Marshal.PtrToStringUTF8((nint)(_data + _strings + offset)) ?? "";

    /// <summary>The n-th 32-bit word after a type's common 12 bytes.</summary>
    public int Extra(int id, int index) => Word(_offsets[id] + 12 + (index * 4));

    /// <summary>Number of elements of an array.</summary>
    public int ArrayLength(int id) => Extra(id, 2);

    /// <summary>Follows typedefs and qualifiers.</summary>
    public int Strip(int id)
    {
        while (Kind(id) is BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag)
            id = Target(id);
        return id;
    }

    /// <summary>The type with a name and a kind, or 0. Equal strings are stored once, so one number is compared per type.</summary>
    public int Find(string name, BtfKind kind)
    {
        int wanted = FindText(name);
        if (wanted <= 0)
            return 0;
        for (int id = 1; id < Count; id++)
            if (NameOffset(id) == wanted && Kind(id) == kind)
                return id;
        return 0;
    }

    /// <summary>The enumeration that has a constant, or null.</summary>
    public int? FindEnumerator(string name)
    {
        int wanted = FindText(name);
        for (int id = 1; wanted > 0 && id < Count; id++)
        {
            int words = Kind(id) switch { BtfKind.Enumeration => 2, BtfKind.Enumeration64 => 3, _ => 0 };
            for (int i = 0; words > 0 && i < MemberCount(id); i++)
                if (Extra(id, i * words) == wanted)
                    return id;
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Count == 0)
            return;
        Count = 0;
        _offsets = [];
        NativeMemory.Free(_data);
    }

    private int FindText(string name)
    {
        byte[] pattern = Encoding.UTF8.GetBytes($"\0{name}\0");
        return new ReadOnlySpan<byte>(_data + _strings, _stringsLength).IndexOf(pattern) + 1;
    }

    private uint Info(int id) => (uint)Word(_offsets[id] + 4);

    private int Word(int offset) => Unsafe.ReadUnaligned<int>(_data + offset);

    private int[] Index()
    {
        // A type takes 12 bytes and mostly some more: 20 is what kernels have on average.
        int[] offsets = new int[(_typesLength / 20) + 16];
        int count = 1;
        for (int offset = _types; offset < _types + _typesLength; count++)
        {
            if (count == offsets.Length)
                Array.Resize(ref offsets, offsets.Length + (offsets.Length / 4));
            offsets[count] = offset;
            uint info = (uint)Word(offset + 4);
            offset += 12 + ExtraBytes((BtfKind)(info >> 24 & 0x1f), (int)(info & 0xffff));
        }

        Count = count;
        return offsets;
    }

    /// <summary>Bytes that follow the 12 that all types have.</summary>
    public static int ExtraBytes(BtfKind kind, int members) => kind switch
    {
        BtfKind.Integer or BtfKind.Variable or BtfKind.DeclarationTag => 4,
        BtfKind.Array => 12,
        BtfKind.Structure or BtfKind.Union or BtfKind.DataSection or BtfKind.Enumeration64 => members * 12,
        BtfKind.Enumeration or BtfKind.Prototype => members * 8,
        _ => 0,
    };
}

/// <summary>Kinds of types, from include/uapi/linux/btf.h.</summary>
internal enum BtfKind
{
#pragma warning disable CS1591 // BTF_KIND_ and the kernel's own abbreviation.
    Void, Integer, Pointer, Array, Structure, Union, Enumeration, Forward, Typedef, Volatile, Const, Restrict, Function,
    Prototype, Variable, DataSection, Float, DeclarationTag, TypeTag, Enumeration64,
#pragma warning restore CS1591
}
