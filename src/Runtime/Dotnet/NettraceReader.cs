using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Ctrace.Runtime.Dotnet;

/// <summary>An event as it came.</summary>
internal readonly ref struct NettraceEvent
{
    /// <summary>Who tells it.</summary>
    public required string Provider { get; init; }

    /// <summary>Its number there.</summary>
    public required int Id { get; init; }

    /// <summary>The thread that it is about.</summary>
    public required long Thread { get; init; }

    /// <summary>CLOCK_MONOTONIC, in nanoseconds.</summary>
    public required long Time { get; init; }

    /// <summary>What it is a part of; empty for nothing.</summary>
    public required Guid Activity { get; init; }

    /// <summary>Addresses, the innermost first.</summary>
    public required ulong[] Stack { get; init; }

    /// <summary>Its fields.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }
}

/// <summary>
/// Reads a stream of events in the form that .NET runtimes write since .NET Core 3.0 (microsoft/perfview,
/// src/TraceEvent/EventPipe/NetTraceFormat_v5.md: version 4).
/// </summary>
/// <param name="stream">The stream.</param>
/// <param name="handler">Told of each event, in the order of time.</param>
/// <param name="settled">Waits a moment for more. Where nothing comes: the time before which all that happened has come.</param>
internal sealed class NettraceReader(Stream stream, NettraceReader.Handler handler, Func<long?> settled)
{
    private const byte NullReference = 1, BeginObject = 5, EndObject = 6;
    private const int LargestName = 256, LargestBlock = 64 << 20, WordSize = 8;
    private const long Second = 1_000_000_000;

    /// <summary>A mistake that no runtime makes.</summary>
    private static InvalidDataException Disorder => new("the .NET runtime's events are in disorder");

    private readonly Dictionary<int, (string Provider, int Id)> _kinds = [];
    private readonly Dictionary<int, ulong[]> _stacks = [];
    private readonly EventSorter _sorter = new(handler);

    /// <summary>For each thread the number of its last event.</summary>
    private readonly Dictionary<long, uint> _threads = [];
    private readonly byte[] _buffer = new byte[64 << 10];
    private byte[] _block = new byte[64 << 10];
    private long _position, _frequency = Second;
    private int _length, _start, _end;

    /// <summary>Told of each event.</summary>
    public delegate void Handler(in NettraceEvent e);

    /// <summary>Events that the runtime had no room for.</summary>
    public long LostCount { get; private set; }

    /// <summary>Whether the runtime has said that there is no more.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Reads to the end.</summary>
    /// <exception cref="InvalidDataException">It is in another form.</exception>
    /// <exception cref="IOException">The stream breaks off.</exception>
    public void Read()
    {
        Span<byte> magic = stackalloc byte[8];
        Fill(magic);
        if (!magic.SequenceEqual("Nettrace"u8) || Name(Int()) != "!FastSerialization.1")
            throw new InvalidDataException("the .NET runtime writes its events in a form that is not known");
        try
        {
            byte tag;
            while ((tag = Next()) == BeginObject)
                ReadObject();
            if (tag != NullReference)
                throw Disorder;
            IsComplete = true;
        }
        finally
        {
            _sorter.Dispatch();
        }
    }

    /// <summary>What comes next. While nothing does, what is settled is handed on.</summary>
    private byte Next()
    {
        while (_start == _end && !_sorter.IsEmpty && settled() is { } time)
            _sorter.DispatchBefore(time);
        return Byte();
    }

    private void ReadObject()
    {
        if (Byte() != BeginObject || Byte() != NullReference)
            throw Disorder;
        int version = Int();
        _ = Int();
        string type = Name(Int());
        if (Byte() != EndObject)
            throw Disorder;
        if (type == "Trace")
        {
            const int size = 48;
            Span<byte> header = stackalloc byte[size];
            Fill(header);
            if (version < 4)
                throw new InvalidDataException("the .NET runtime is too old: .NET 5 is the first whose events can be read");
            const int frequencyPlace = 24, wordSizePlace = 32;
            if (version > 5 || BinaryPrimitives.ReadInt32LittleEndian(header[wordSizePlace..]) != WordSize)
                throw new InvalidDataException("the .NET runtime writes its events in a form that is not known");
            _frequency = BinaryPrimitives.ReadInt64LittleEndian(header[frequencyPlace..]) is > 0 and var ticks ? ticks : throw Disorder;
        }
        else
        {
            ReadBlock();
            var block = _block.AsSpan(0, _length);
            switch (type)
            {
                case "MetadataBlock" or "EventBlock":
                    ReadEvents(block, type == "MetadataBlock");
                    break;
                case "StackBlock":
                    ReadStacks(block);
                    break;
                case "SPBlock":
                    ReadSequencePoint(block);
                    break;
                default:
                    break;
            }
        }

        if (Byte() != EndObject)
            throw Disorder;
    }

    /// <summary>A block's bytes, which begin at a multiple of four in the stream.</summary>
    private void ReadBlock()
    {
        _length = Int();
        if (_length is < 0 or > LargestBlock)
            throw Disorder;
        while (_position % 4 != 0)
            Byte();
        if (_block.Length < _length)
            _block = new byte[_length];
        Fill(_block.AsSpan(0, _length));
    }

    private void ReadEvents(ReadOnlySpan<byte> block, bool isMetadata)
    {
        const int compressed = 1;
        if (block.Length < 4)
            return;
        int headerSize = BinaryPrimitives.ReadInt16LittleEndian(block);
        if ((BinaryPrimitives.ReadInt16LittleEndian(block[2..]) & compressed) == 0)
            throw new InvalidDataException("the .NET runtime writes its events in a form that is not known");
        var reader = new PayloadReader(block[Math.Clamp(headerSize, 4, block.Length)..]);
        int kind = 0, stack = 0, size = 0;
        uint sequence = 0;
        long captured = 0, thread = 0, ticks = 0;
        Guid activity = default;
        while (!reader.AtEnd)
        {
            // Each header tells what is different from the one before.
            byte flags = reader.Byte();
            if ((flags & 1) != 0)
                kind = (int)reader.Variable();
            if ((flags & 2) != 0)
            {
                sequence += (uint)reader.Variable();
                captured = (long)reader.Variable();
                _ = reader.Variable();
            }

            // The number is the one after that of the event before, unless it is said by how much more.
            sequence += kind != 0 ? 1u : 0;
            if ((flags & 4) != 0)
                thread = (long)reader.Variable();
            if ((flags & 8) != 0)
                stack = (int)reader.Variable();
            ticks += (long)reader.Variable();
            if ((flags & 16) != 0)
                activity = reader.Guid();
            if ((flags & 32) != 0)
                _ = reader.Guid();
            if ((flags & 128) != 0)
                size = (int)Math.Min(reader.Variable(), int.MaxValue);
            if (size > reader.Left)
                throw Disorder;
            var payload = reader.Take(size);
            if (isMetadata)
            {
                Learn(payload);
                continue;
            }

            Count(captured, sequence, 1);
            long time = Nanoseconds(ticks);
            // Of the threads' events, the first of each batch is in the order of time, and so is all that came before.
            if ((flags & 64) != 0)
                _sorter.DispatchBefore(time);
            if (_kinds.TryGetValue(kind, out var known))
                _sorter.Add(new NettraceEvent { Provider = known.Provider, Id = known.Id, Thread = thread, Time = time, Activity = activity, Stack = _stacks.GetValueOrDefault(stack, []), Payload = payload });
        }
    }

    private long Nanoseconds(long ticks) => _frequency == Second ? ticks : (long)((Int128)ticks * Second / _frequency);

    /// <summary>Each of a thread's events has a number, those too for which there was no room.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="sequence">The number of its last event.</param>
    /// <param name="come">How many have come since the one that is remembered.</param>
    private void Count(long thread, uint sequence, uint come)
    {
        uint missing = sequence - _threads.GetValueOrDefault(thread) - come;
        // Less than before: another thread has the number by now.
        LostCount += missing <= int.MaxValue ? missing : 0;
        _threads[thread] = sequence;
    }

    private void Learn(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        int kind = (int)reader.Fixed(4);
        string provider = reader.Text();
        _kinds[kind] = (provider, (int)reader.Fixed(4));
    }

    private void ReadStacks(ReadOnlySpan<byte> block)
    {
        var reader = new PayloadReader(block);
        int id = (int)reader.Fixed(4);
        for (int left = (int)reader.Fixed(4); left > 0 && !reader.AtEnd; left--)
        {
            int size = (int)reader.Fixed(4);
            if (size < 0 || size > reader.Left)
                throw Disorder;
            _stacks[id++] = MemoryMarshal.Cast<byte, ulong>(reader.Take(size)).ToArray();
        }
    }

    /// <summary>
    /// From here on stacks are numbered anew, and each thread tells the number of its last event.
    /// </summary>
    private void ReadSequencePoint(ReadOnlySpan<byte> block)
    {
        _sorter.Dispatch();
        _stacks.Clear();
        var reader = new PayloadReader(block);
        _ = reader.Fixed(8);
        for (int left = (int)reader.Fixed(4); left > 0 && !reader.AtEnd; left--)
        {
            long thread = (long)reader.Fixed(8);
            Count(thread, (uint)reader.Fixed(4), 0);
        }
    }

    private string Name(int length)
    {
        if (length is < 0 or > LargestName)
            throw Disorder;
        Span<byte> bytes = stackalloc byte[length];
        Fill(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private byte Byte()
    {
        Span<byte> one = stackalloc byte[1];
        Fill(one);
        return one[0];
    }

    private int Int()
    {
        Span<byte> four = stackalloc byte[4];
        Fill(four);
        return BinaryPrimitives.ReadInt32LittleEndian(four);
    }

    private void Fill(Span<byte> target)
    {
        _position += target.Length;
        while (target.Length > 0)
        {
            if (_start == _end)
            {
                (_start, _end) = (0, stream.Read(_buffer));
                if (_end == 0)
                    throw new EndOfStreamException();
            }

            int count = Math.Min(target.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(target);
            _start += count;
            target = target[count..];
        }
    }
}
