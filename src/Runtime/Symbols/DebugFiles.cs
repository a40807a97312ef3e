using System.Buffers.Binary;
using System.Text;
using SharpCompress.Compressors.Xz;

namespace Ctrace.Runtime.Symbols;

/// <summary>
/// The symbols of stripped binaries: distributions put them into a file of its own (found by the binary's build id, or by a name and checksum
/// in it), or in compressed form into the binary itself. All three ways are gdb's, see "Debugging Information in Separate Files" and
/// "MiniDebugInfo" in its manual.
/// </summary>
internal static class DebugFiles
{
    private const string Folder = "/usr/lib/debug", SupplementSection = ".debug_sup";

    /// <summary>What a binary carries in compressed form is some hundred kilobytes; what is larger is broken.</summary>
    private const int LargestCompressed = 256 << 20;

    /// <summary>The file that has a binary's symbols; null where there is none, or it belongs to another version.</summary>
    /// <param name="file">The binary.</param>
    /// <param name="process">A process that it runs in: in a container the files may be there, and not here. 0 for none.</param>
    public static ElfFile? Find(ElfFile file, int process)
    {
        string[] roots = process == 0 ? [""] : [$"/proc/{process}/root", ""];
        byte[] id = BuildId(file);
        foreach (string folder in DebugFolders.For(file.Path))
            if ((InFolder(folder, file, id)) is { } given)
                return given;
        foreach (string root in roots)
            if ((ByBuildId(root, id) ?? ByName(root, file, id)) is { } found)
                return found;
        return FromCompressed(file);
    }

    /// <summary>The file in which a binary keeps what it has in common with others (dwz makes it). Null where it has none in common; no file where it is missing, or another.</summary>
    public static (ElfFile? File, string Path)? FindSupplement(ElfFile file)
    {
        if (SupplementOf(file) is not var (name, id))
            return null;
        string path = Path.Combine(Path.GetDirectoryName(file.Path) ?? "/", name);
        IEnumerable<string> places = DebugFolders.For(file.Path).Select(f => f.TrimStart('+')).SelectMany(f => (string[])[PathOf(f, id), $"{f}/{Path.GetFileName(name)}"]);
        foreach (string place in places.Prepend(PathOf(Folder, id)).Prepend(path))
        {
            if (ElfFile.TryOpen(place) is not { } found)
                continue;
            if (BuildId(found).AsSpan().SequenceEqual(id) || Dwarf.DwarfReader.Supplement(found.ReadContent(SupplementSection)) is var (_, own) && own.AsSpan().SequenceEqual(id))
                return (found, place);
            found.Close();
        }

        return (null, path);
    }

    /// <summary>Its name and number: GNU's section has a text that ends with 0, and then the build id; DWARF 5's has a header, and a length before the number.</summary>
    private static (string Name, byte[] Id)? SupplementOf(ElfFile file)
    {
        byte[] link = file.ReadContent(".gnu_debugaltlink");
        int end = link.AsSpan().IndexOf((byte)0);
        if (end > 0 && link.Length - end > 2)
            return (Encoding.UTF8.GetString(link, 0, end), link[(end + 1)..]);
        return Dwarf.DwarfReader.Supplement(file.ReadContent(SupplementSection)) is { Name.Length: > 0, Id.Length: >= 2 } other ? other : null;
    }

    /// <summary>The number that the linker gave a binary; empty where it gave none.</summary>
    public static byte[] BuildId(ElfFile file)
    {
        const int headerSize = 12, nameSize = 4;
        byte[] note = file.ReadNotes(".note.gnu.build-id");
        if (note.Length < headerSize + nameSize || BinaryPrimitives.ReadInt32LittleEndian(note) != nameSize)
            return [];
        int size = BinaryPrimitives.ReadInt32LittleEndian(note.AsSpan(4));
        return size > 0 && size <= note.Length - headerSize - nameSize ? note[(headerSize + nameSize)..(headerSize + nameSize + size)] : [];
    }

    /// <summary>What a folder of <c>--debuginfo</c> has: by build id, as /usr/lib/debug, or by name; a + before it lets the checksum decide.</summary>
    private static ElfFile? InFolder(string folder, ElfFile file, byte[] id)
    {
        bool byChecksum = folder.StartsWith('+');
        folder = folder.TrimStart('+');
        if (id.Length >= 2 && Open(PathOf(folder, id), id, null) is { } found)
            return found;
        return LinkOf(file) is var (name, checksum) ? Open($"{folder}/{name}", id, byChecksum ? checksum : null) : Open($"{folder}/{Path.GetFileName(file.Path)}.debug", id, null);
    }

    private static string PathOf(string folder, byte[] id)
    {
        string name = Convert.ToHexStringLower(id);
        return $"{folder}/.build-id/{name[..2]}/{name[2..]}.debug";
    }

    private static ElfFile? ByBuildId(string root, byte[] id) => id.Length < 2 ? null : Open(PathOf(root + Folder, id), id, null);

    private static ElfFile? ByName(string root, ElfFile file, byte[] id)
    {
        if (LinkOf(file) is not var (name, checksum) || !file.Path.StartsWith('/'))
            return null;
        string folder = Path.GetDirectoryName(file.Path) ?? "/";
        foreach (string place in (string[])[folder, folder + "/.debug", Folder + folder])
            if (Open($"{root}{place}/{name}", id, checksum) is { } found)
                return found;
        return null;
    }

    /// <summary>The name and the checksum that a binary has of its debug file; null where it has none.</summary>
    private static (string Name, uint Checksum)? LinkOf(ElfFile file)
    {
        // A name that ends with 0, then to the next multiple of 4 the checksum.
        byte[] link = file.ReadContent(".gnu_debuglink");
        int end = link.AsSpan().IndexOf((byte)0);
        int sum = (end + 4) & ~3;
        if (end <= 0 || sum + 4 > link.Length)
            return null;
        string name = Encoding.UTF8.GetString(link, 0, end);
        return name.Contains('/') ? null : (name, BinaryPrimitives.ReadUInt32LittleEndian(link.AsSpan(sum)));
    }

    private static ElfFile? Open(string path, byte[] id, uint? checksum)
    {
        if (ElfFile.TryOpen(path) is not { } file)
            return null;
        if (file.HasSymbolTable && (BuildId(file) is { Length: > 0 } other && id.Length > 0 ? other.AsSpan().SequenceEqual(id) : checksum == file.Checksum()))
            return file;
        file.Close();
        return null;
    }

    private static ElfFile? FromCompressed(ElfFile file)
    {
        byte[] compressed = file.ReadContent(".gnu_debugdata");
        if (compressed.Length == 0)
            return null;
        try
        {
            using var content = new MemoryStream();
            using var stream = new XZStream(new MemoryStream(compressed));
            byte[] piece = new byte[64 << 10];
            for (int count; (count = stream.Read(piece, 0, piece.Length)) > 0 && content.Length < LargestCompressed;)
                content.Write(piece, 0, count);
            return ElfFile.TryRead(file.Path, ByteSource.Of(content.ToArray()));
        }
        catch (Exception)
        {
            // Whatever the library says of bytes that somebody else wrote: there are no names in them.
            return null;
        }
    }
}
