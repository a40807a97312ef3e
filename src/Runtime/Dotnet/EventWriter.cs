using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Compiler.Catalog.Dotnet;
using Ctrace.Compiler.Symbols;
using Ctrace.Runtime.Symbols;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Dotnet;

/// <summary>Makes records of events (<see cref="DotnetRecord"/>), one after the other in the same memory, which programs read.</summary>
internal sealed unsafe class EventWriter : IDisposable
{
    private const int CommSeconds = 1, MostNames = 1024;

    /// <summary>From CLOCK_MONOTONIC to CLOCK_BOOTTIME, nanoseconds.</summary>
    private readonly long _timeOffset = Clock.BootNanoseconds() - Clock.MonotonicNanoseconds();
    private readonly Dictionary<long, (byte[] Name, long Read)> _names = [];

    /// <summary>Threads by the numbers that they have within the process's own namespace, where it has one.</summary>
    private readonly Dictionary<long, int>? _threads;
    private readonly int _process;
    private byte* _memory = (byte*)NativeMemory.AllocZeroed(DotnetRecord.Size);

    /// <summary>Prepares it for a process's events.</summary>
    public EventWriter(int process)
    {
        _process = process;
        if (ProcessStatus.Read(process)?.InnermostId != process)
            _threads = [];
    }

    /// <summary>Where the record is.</summary>
    public ulong Address => (ulong)_memory;

    /// <summary>Who, when and where.</summary>
    public void Begin(in NettraceEvent e, ulong[] addresses)
    {
        Write(DotnetRecord.TimeOffset, (ulong)(e.Time + _timeOffset));
        Write32(DotnetRecord.ProcessOffset, (uint)_process);
        long thread = ThreadOf(e.Thread);
        Write32(DotnetRecord.ThreadOffset, (uint)thread);
        NameOf(thread).CopyTo(Span(DotnetRecord.CommOffset, DotnetRecord.CommSize));
        Write(DotnetRecord.StackOffset, (ulong)_process);
        var stack = MemoryMarshal.Cast<byte, ulong>(Span(DotnetRecord.StackOffset + 8, StackType.Deepest * 8));
        int depth = Math.Min(addresses.Length, stack.Length);
        addresses.AsSpan(0, depth).CopyTo(stack);
        stack[depth..].Clear();
    }

    /// <summary>The fields as they came.</summary>
    public void Fields(DotnetEvent definition, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        int offset = DotnetRecord.FieldsOffset;
        foreach (var field in definition.Fields)
        {
            switch (field.Encoding)
            {
                case DotnetEncoding.Text:
                    Text(offset, reader.Characters());
                    break;
                case DotnetEncoding.Real:
                    Write(offset, (ulong)Math.Max(0, Math.Round(BitConverter.UInt64BitsToDouble(reader.Fixed(8)))));
                    break;
                default:
                    Write(offset, reader.Fixed(field.Encoding switch { DotnetEncoding.Byte => 1, DotnetEncoding.Half => 2, DotnetEncoding.Word => 4, _ => 8 }));
                    break;
            }

            offset += DotnetRecord.SizeOf(field);
        }
    }

    /// <summary>Fields that were put together: numbers and texts, in their order.</summary>
    public void Fields(DotnetEvent definition, ReadOnlySpan<object> values)
    {
        int offset = DotnetRecord.FieldsOffset;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] is string text)
                Text(offset, text);
            else
                Write(offset, (ulong)values[i]);
            offset += DotnetRecord.SizeOf(definition.Fields[i]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }

    /// <summary>A thread's number as we see it.</summary>
    private long ThreadOf(long thread)
    {
        if (_threads is null)
            return thread;
        if (_threads.TryGetValue(thread, out int known))
            return known;
        try
        {
            _threads.Clear();
            foreach (string folder in Directory.EnumerateDirectories($"/proc/{_process}/task"))
                if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int id) && ProcessStatus.Read(id) is { } status)
                    _threads[status.InnermostId] = id;
        }
        catch (IOException)
        {
            // The process has ended.
        }

        // One that has ended keeps its number.
        return _threads.TryGetValue(thread, out known) ? known : _threads[thread] = (int)thread;
    }

    /// <summary>A thread's name, which it may change: it is read again after a while.</summary>
    private byte[] NameOf(long thread)
    {
        long now = Environment.TickCount64 / 1000;
        if (_names.TryGetValue(thread, out var known) && now - known.Read < CommSeconds)
            return known.Name;
        byte[] name = new byte[DotnetRecord.CommSize];
        try
        {
            byte[] text = File.ReadAllBytes($"/proc/{_process}/task/{thread}/comm");
            text.AsSpan(0, Math.Min(text.Length, name.Length - 1)).TrimEnd((byte)'\n').CopyTo(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended: it keeps the name that it had, if we know it.
            name = known.Name ?? name;
        }

        if (_names.Count >= MostNames)
            _names.Clear();
        _names[thread] = (name, now);
        return name;
    }

    private void Text(int offset, ReadOnlySpan<char> text)
    {
        var target = Span(offset, DotnetRecord.TextSize);
        Encoding.UTF8.GetEncoder().Convert(text, target[..^1], true, out _, out int used, out _);
        target[used..].Clear();
    }

    private Span<byte> Span(int offset, int size) => new(_memory + offset, size);

    private void Write(int offset, ulong value) => *(ulong*)(_memory + offset) = value;

    private void Write32(int offset, uint value) => *(uint*)(_memory + offset) = value;
}
