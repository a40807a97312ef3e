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

    /// <summary>Where it shows its modules', a file each.</summary>
    public const string RunningModules = "/sys/kernel/btf";

    /// <summary>So many functions are found quicker by going through all types.</summary>
    private const int MostSearches = 8;

    private const int HeaderLength = 24;
    private const ushort Magic = 0xeb9f;

    private readonly byte* _data;
    private readonly int _types, _typesLength, _strings, _stringsLength;

    /// <summary>What a module's adds to: the kernel's own. Its ids and strings go on where those end.</summary>
    private readonly Btf? _base;

    /// <summary>The first id that is its own, and the place of its first string.</summary>
    private readonly int _firstType, _firstString;
    private int[] _offsets;
    private Dictionary<string, int>? _functions;
    private int _searches;

    private Btf(byte* data, int headerLength, ReadOnlySpan<int> header, Btf? kernel)
    {
        _data = data;
        (_base, _firstType, _firstString) = (kernel, kernel?.Count ?? 0, kernel?._stringsLength ?? 0);
        (_types, _typesLength) = (headerLength + header[0], header[1]);
        (_strings, _stringsLength) = (headerLength + header[2], header[3]);
        _offsets = Index();
    }

    /// <summary>Number of types, and thus one more than the highest id; 0 is <c>void</c>.</summary>
    public int Count { get; private set; }

    /// <summary>Reads the running kernel's, or gives null where it has none that can be read.</summary>
    /// <param name="path">The file: type information itself, or a binary with a section <c>.BTF</c>.</param>
    /// <param name="isForeign">Whether it may be anything: then all of it is looked at before it is used.</param>
    /// <param name="kernel">Where the file is a module's: the kernel's.</param>
    public static Btf? TryOpen(string path = RunningKernel, bool isForeign = false, Btf? kernel = null)
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

            if (length < HeaderLength || Unsafe.ReadUnaligned<ushort>(data) != Magic || isForeign && !BtfCheck.IsSound(new ReadOnlySpan<byte>(data, length), (uint)(kernel?.Count ?? 1), (uint)(kernel?._stringsLength ?? 0)))
            {
                NativeMemory.Free(data);
                return null;
            }

            return new Btf(data, *(int*)(data + 4), new ReadOnlySpan<int>(data + 8, 4), kernel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Type information that the kernel has looked at already.</summary>
    public static Btf Of(ReadOnlySpan<byte> content)
    {
        byte* data = (byte*)NativeMemory.Alloc((nuint)content.Length);
        content.CopyTo(new Span<byte>(data, content.Length));
        return new Btf(data, *(int*)(data + 4), new ReadOnlySpan<int>(data + 8, 4), null);
    }

    /// <summary>Kind of a type.</summary>
    public BtfKind Kind(int id) => id == 0 ? BtfKind.Void : (BtfKind)(Info(id) >> 24 & 0x1f);

    /// <summary>Number of its members, parameters or enumerators.</summary>
    public int MemberCount(int id) => (int)(Info(id) & 0xffff);

    /// <summary>Whether the kind's own flag is set; in structures it means that offsets carry a bit-field's width.</summary>
    public bool Flag(int id) => Info(id) >> 31 != 0;

    /// <summary>Size in bytes of an integer, enumeration, structure or union.</summary>
    public int Size(int id) => Word(id, 8);

    /// <summary>The type that a pointer, typedef, qualifier or function refers to.</summary>
    public int Target(int id) => Word(id, 8);

    /// <summary>The name's place in the string section; 0 where it has none.</summary>
    public int NameOffset(int id) => Word(id, 0);

    /// <summary>Its name, or an empty string.</summary>
    public string Name(int id) => id == 0 ? "void" : Text(NameOffset(id));

    /// <summary>Whether its name begins with a text, without making a string of it.</summary>
    public bool StartsWith(int id, ReadOnlySpan<byte> prefix)
    {
        int start = NameOffset(id) - _firstString;
        if (start < 0)
            return _base!.HasText(NameOffset(id), prefix);
        return HasText(start, prefix);
    }

    private bool HasText(int start, ReadOnlySpan<byte> prefix)
    {
        return start + prefix.Length <= _stringsLength
            && new ReadOnlySpan<byte>(_data + _strings + start, prefix.Length).SequenceEqual(prefix);
    }

    /// <summary>A string of the string section.</summary>
    public string Text(int offset) => offset < _firstString ? _base!.Text(offset) : Marshal.PtrToStringUTF8((nint)(_data + _strings + offset - _firstString)) ?? "";

    /// <summary>The n-th 32-bit word after a type's common 12 bytes.</summary>
    public int Extra(int id, int index) => Word(id, 12 + (index * 4));

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
        int wanted = FindText(name), shared = _base?.FindText(name) ?? 0;
        if (wanted <= 0 && shared <= 0)
            return 0;
        for (int id = Math.Max(1, _firstType); id < Count; id++)
            if (NameOffset(id) is var text && (text == wanted || text == shared) && text != 0 && Kind(id) == kind)
                return id;
        return _base?.Find(name, kind) ?? 0;
    }

    /// <summary>The function with a name, or 0. Who asks for many (a wildcard) is soon answered from a list of all.</summary>
    public int FindFunction(string name)
    {
        if (_functions is null && ++_searches <= MostSearches)
            return Find(name, BtfKind.Function);
        if (_functions is null)
        {
            _functions = new(StringComparer.Ordinal);
            for (int id = Own.First; id < Count; id++)
                if (Kind(id) == BtfKind.Function)
                    _functions.TryAdd(Name(id), id);
        }

        return _functions.TryGetValue(name, out int found) ? found : _base?.FindFunction(name) ?? 0;
    }

    /// <summary>The ids that are its own, not the kernel's.</summary>
    public (int First, int End) Own => (Math.Max(1, _firstType), Count);

    /// <summary>The enumeration that has a constant, or null.</summary>
    public int? FindEnumerator(string name)
    {
        int wanted = FindText(name), shared = _base?.FindText(name) ?? 0;
        for (int id = Own.First; (wanted > 0 || shared > 0) && id < Count; id++)
        {
            int words = Kind(id) switch { BtfKind.Enumeration => 2, BtfKind.Enumeration64 => 3, _ => 0 };
            for (int i = 0; words > 0 && i < MemberCount(id); i++)
                if (Extra(id, i * words) is var text && (text == wanted || text == shared) && text != 0)
                    return id;
        }

        return _base?.FindEnumerator(name);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Count == 0)
            return;
        Count = 0;
        _offsets = [];
        _functions = null;
        NativeMemory.Free(_data);
    }

    private int FindText(string name)
    {
        byte[] pattern = Encoding.UTF8.GetBytes($"\0{name}\0");
        var strings = new ReadOnlySpan<byte>(_data + _strings, _stringsLength);
        // A module's strings begin with one; the kernel's with an empty one.
        if (_firstString > 0 && strings.StartsWith(pattern.AsSpan(1)))
            return _firstString;
        return strings.IndexOf(pattern) is >= 0 and var before ? before + 1 + _firstString : 0;
    }

    private uint Info(int id) => (uint)Word(id, 4);

    private int Word(int id, int offset) => id < _firstType ? _base!.Word(id, offset) : Word(_offsets[id - _firstType] + offset);

    private int Word(int offset) => Unsafe.ReadUnaligned<int>(_data + offset);

    private int[] Index()
    {
        // A type takes 12 bytes and mostly some more: 20 is what kernels have on average.
        int[] offsets = new int[(_typesLength / 20) + 16];
        int count = _base is null ? 1 : 0;
        for (int offset = _types; offset < _types + _typesLength; count++)
        {
            if (count == offsets.Length)
                Array.Resize(ref offsets, offsets.Length + (offsets.Length / 4));
            offsets[count] = offset;
            uint info = (uint)Word(offset + 4);
            offset += 12 + ExtraBytes((BtfKind)(info >> 24 & 0x1f), (int)(info & 0xffff));
        }

        Count = _firstType + count;
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
