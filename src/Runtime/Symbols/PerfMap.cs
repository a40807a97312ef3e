using System.Buffers.Text;
using System.Text;
using Ctrace.Runtime.Sys;
using IoPath = System.IO.Path;

namespace Ctrace.Runtime.Symbols;

/// <summary>
/// Names of code that a runtime compiled while it ran, which it writes to /tmp/perf-PID.map: lines of start, size and name. .NET does that
/// with DOTNET_PerfMapEnabled=1, Node with --perf-basic-prof. The file grows while the process runs, and so does this.
/// </summary>
internal sealed class PerfMap
{
    /// <summary>What is beyond is not read.</summary>
    private const long LargestFile = 1L << 30;

    /// <summary>How many entries before an address are looked at: code that is replaced leaves its entry behind.</summary>
    private const int NestingLimit = 64;

    private const int ChunkSize = 256 << 10, LongestName = 4096;

    private readonly OpenFile _file;
    private ulong[] _starts = [];
    private Entry[] _entries = [];
    private long _read;

    private PerfMap(string path, OpenFile file) => (Path, _file) = (path, file);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The map of a process, or null.</summary>
    public static PerfMap? TryOpen(int process)
    {
        var status = ProcessStatus.Read(process);
        string inside = $"perf-{status?.InnermostId ?? process}.map", outside = $"/tmp/perf-{process}.map";
        var folder = TemporaryFolder.OfPerfMaps(process);
        return Open(IoPath.Combine(folder.Path, inside), IoPath.Combine(folder.Name, inside), status) ?? Open(outside, outside, status);
    }

    /// <summary>The entry that an address is in, and how far; null where it is in none.</summary>
    public (string Name, ulong Distance)? Find(ulong address)
    {
        if (Search(address) is { } found)
            return found;
        // It may have been compiled since.
        return Grow() ? Search(address) : null;
    }

    /// <summary>Closes the file: nothing more is asked.</summary>
    public void Close() => _file.Handle.Dispose();

    private static PerfMap? Open(string path, string shown, ProcessStatus? status)
    {
        var file = OpenFile.TryOpen(path);
        if (file is null)
            return null;
        // In a folder that all may write to, only the process itself (or root) is believed, and nothing that is older than the process. Of a
        // process that has ended, neither is known: what was written while we run is its own.
        bool isTrusted = status is null
            ? file.Modified >= ProcessStatus.Own.Started - 1
            : (file.Owner == 0 || file.Owner == status.User) && file.Modified >= status.Started - 1;
        if (isTrusted)
            return new PerfMap(shown, file);
        file.Handle.Dispose();
        return null;
    }

    private (string Name, ulong Distance)? Search(ulong address)
    {
        int index = Array.BinarySearch(_starts, address);
        index = index < 0 ? ~index - 1 : index;
        while (index >= 0 && index + 1 < _starts.Length && _starts[index + 1] == _starts[index])
            index++;
        int best = -1;
        for (int i = index; i >= 0 && i > index - NestingLimit; i--)
            // The last that was written is what is there now.
            if (address - _starts[i] < _entries[i].Size && (best < 0 || _entries[i].Name > _entries[best].Name))
                best = i;
        return best < 0 ? null : (Name(_entries[best]), address - _starts[best]);
    }

    /// <summary>Reads what was added; tells whether that is anything.</summary>
    private bool Grow()
    {
        var starts = new List<ulong>();
        var entries = new List<Entry>();
        var source = ByteSource.Of(_file.Handle);
        byte[] buffer = new byte[ChunkSize];
        while (_read < LargestFile && source.Read(buffer, _read) is > 0 and var count)
        {
            int used = Parse(buffer.AsSpan(0, count), starts, entries);
            if (used == 0 && count < buffer.Length)
                break; // The last line is still being written.
            _read += used == 0 ? count : used;
        }

        if (starts.Count == 0)
            return false;
        _starts = [.. _starts, .. starts];
        _entries = [.. _entries, .. entries];
        Array.Sort(_starts, _entries);
        return true;
    }

    /// <summary>Parses whole lines; gives how many bytes they are.</summary>
    private int Parse(ReadOnlySpan<byte> text, List<ulong> starts, List<Entry> entries)
    {
        int at = 0;
        while (text[at..].IndexOf((byte)'\n') is >= 0 and var length)
        {
            var line = text.Slice(at, length);
            int skip = Prefix(line);
            if (Utf8Parser.TryParse(line[skip..], out ulong start, out int digits, 'x') && skip + digits < length && line[skip + digits] == ' ')
            {
                int next = skip + digits + 1;
                next += Prefix(line[next..]);
                if (Utf8Parser.TryParse(line[next..], out ulong size, out int more, 'x') && next + more + 1 < length && size > 0)
                {
                    starts.Add(start);
                    entries.Add(new Entry((uint)Math.Min(size, uint.MaxValue), _read + at + next + more + 1));
                }
            }

            at += length + 1;
        }

        return at;
    }

    private static int Prefix(ReadOnlySpan<byte> number) => number.StartsWith("0x"u8) ? 2 : 0;

    private string Name(Entry entry)
    {
        byte[] bytes = new byte[LongestName];
        var name = bytes.AsSpan(0, ByteSource.Of(_file.Handle).Read(bytes, entry.Name));
        int end = name.IndexOf((byte)'\n');
        name = end < 0 ? name : name[..end];
        // What another program wrote is not to drive the terminal.
        foreach (ref byte b in name)
            b = b is < 0x20 or 0x7f ? (byte)'?' : b;
        return Encoding.UTF8.GetString(name).TrimEnd();
    }

    /// <param name="Size">Bytes of code.</param>
    /// <param name="Name">Where in the file its name is.</param>
    private readonly record struct Entry(uint Size, long Name);
}
