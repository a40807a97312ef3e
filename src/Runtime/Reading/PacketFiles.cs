using System.Buffers.Binary;
using Ctrace.Compiler.Layouts;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Reading;

/// <summary>Capture files that packets are written to, in the format that tcpdump and Wireshark read (pcap, with times in nanoseconds).</summary>
/// <param name="warn">Told once of a file that can't be written.</param>
internal sealed class PacketFiles(Action<string> warn) : IDisposable
{
    /// <summary>The format's number for times in nanoseconds, its version, the most bytes of a packet, and LINKTYPE_RAW: packets begin with IP.</summary>
    private const uint Magic = 0xa1b23c4d, Version = 2 | 4 << 16, LongestPacket = 0xfffff, RawPackets = 101;

    private readonly Dictionary<string, FileStream?> _files = [];
    private readonly long _bootTime = Clock.WallNanoseconds() - Clock.BootNanoseconds();

    /// <summary>Opens a file, so that it is there even if no packet comes.</summary>
    public void Open(string name)
    {
        if (_files.ContainsKey(name))
            return;
        try
        {
            var file = new FileStream(name, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16);
            _files.Add(name, file);
            Span<byte> header = stackalloc byte[24];
            header.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Version);
            BinaryPrimitives.WriteUInt32LittleEndian(header[16..], LongestPacket);
            BinaryPrimitives.WriteUInt32LittleEndian(header[20..], RawPackets);
            file.Write(header);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Fail(name, e);
        }
    }

    /// <summary>Writes one packet.</summary>
    public void Write(PacketEvent layout, ReadOnlySpan<byte> record)
    {
        if (_files[layout.File] is not { } file)
            return;
        ulong time = (ulong)(_bootTime + BinaryPrimitives.ReadInt64LittleEndian(record[PacketEvent.TimeOffset..]));
        ulong skipped = BinaryPrimitives.ReadUInt64LittleEndian(record[PacketEvent.SkippedOffset..]);
        // The kernel puts up to seven bytes behind it.
        var packet = record.Slice(PacketEvent.DataOffset, (int)BinaryPrimitives.ReadInt64LittleEndian(record[PacketEvent.LengthOffset..]));
        packet = skipped < (ulong)packet.Length ? packet[(int)skipped..] : default;
        Span<byte> header = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)(time / 1_000_000_000));
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)(time % 1_000_000_000));
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], packet.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], packet.Length);
        try
        {
            file.Write(header);
            file.Write(packet);
        }
        catch (IOException e)
        {
            Fail(layout.File, e);
        }
    }

    /// <summary>Writes what is still in memory.</summary>
    public void Flush()
    {
        foreach (var (name, file) in _files.ToList())
        {
            try
            {
                file?.Flush();
            }
            catch (IOException e)
            {
                Fail(name, e);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Flush();
        foreach (var file in _files.Values)
            file?.Dispose();
    }

    private void Fail(string name, Exception e)
    {
        warn($"{name} can't be written, and its packets are not: {e.Message.ReplaceLineEndings(" ")}");
        _files.GetValueOrDefault(name)?.SafeFileHandle.Dispose();
        _files[name] = null;
    }
}
