using System.Buffers.Binary;
using System.Collections.Immutable;
using Ctrace.Compiler.Layouts;

namespace Ctrace.Runtime.Reading;

/// <summary>
/// Reads both buffers, carries out orders as soon as they are seen, and gives everything to the sink in the order in
/// which the program made it.
/// </summary>
internal sealed class RecordPump : IDisposable
{
    /// <summary>Events between two looks at the orders: some hundred microseconds.</summary>
    private const int EventsPerStep = 256;

    private readonly IRecordSource? _events, _orders, _packets;
    private readonly PacketFiles? _files;
    private readonly ImmutableArray<EventLayout> _eventLayouts;
    private readonly ImmutableArray<Order> _orderLayouts;
    private readonly MapPrinter _maps;
    private readonly ITraceSink _sink;
    private readonly OutputQueue _queue = new();
    private long _exitPosition = long.MaxValue;
    private readonly RecordHandler _onEvent, _onOrder, _onPacket;

    /// <summary>Creates it; a buffer that the program does not have is null.</summary>
    public RecordPump(
        Compiler.TraceProgram program, IRecordSource? events, IRecordSource? orders, IRecordSource? packets, MapPrinter maps, ITraceSink sink)
    {
        (_events, _orders, _packets, _maps, _sink) = (events, orders, packets, maps, sink);
        (_eventLayouts, _orderLayouts) = (program.Events, program.Orders);
        (_onEvent, _onOrder, _onPacket) = (OnEvent, OnOrder, OnPacket);
        if (packets is null)
            return;
        _files = new PacketFiles(sink.Warn);
        foreach (var packet in _eventLayouts.OfType<PacketEvent>())
            _files.Open(packet.File);
    }

    /// <summary>Called when the program wants to end, with the exit code, before anything else is read.</summary>
    public Action<int>? ExitRequested { get; set; }

    /// <summary>Bytes of events read so far.</summary>
    public long EventPosition => _events?.Position ?? 0;

    /// <summary>Carries out the orders that are there, and reads some of the events.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Step()
    {
        // The limit is taken first: an order that was given before an event below it is then there to be seen.
        long limit = _events?.Written ?? 0, before = EventPosition;
        bool any = ReadOrders();
        _events?.Read(limit, EventsPerStep, _onEvent);
        _queue.ShowUpTo(_events is null ? long.MaxValue : EventPosition);
        return ReadPackets() || any || EventPosition != before;
    }

    /// <inheritdoc/>
    public void Dispose() => _files?.Dispose();

    private bool ReadPackets()
    {
        if (_packets is null)
            return false;
        if (_packets.Read(_packets.Written, EventsPerStep, _onPacket) == 0)
        {
            _files!.Flush();
            return false;
        }

        _packets.Release(wake: true);
        return true;
    }

    /// <summary>Carries out the orders that are there; what they show waits.</summary>
    public bool ReadOrders()
    {
        if (_orders is null)
            return false;
        long before = _orders.Position;
        _orders.Read(_orders.Written, int.MaxValue, _onOrder);
        if (_orders.Position == before)
            return false;
        _orders.Release(wake: true);
        return true;
    }

    /// <summary>Reads until nothing is left, and shows all that waits. Only useful when no program runs any more.</summary>
    public void Drain()
    {
        while (Step())
            _events?.Release(wake: false);
        _events?.Release(wake: true);
        _queue.ShowUpTo(long.MaxValue);
    }

    /// <summary>Shows events again, which it does not after an <c>exit</c>: what comes now is from <c>end</c>.</summary>
    public void Resume() => _exitPosition = long.MaxValue;

    /// <summary>Prints a map after the events that were sent before now, and removes its entries.</summary>
    public void Refresh(int mapIndex)
    {
        long position = _events?.Written ?? 0;
        var snapshot = _maps.TakePeriod(mapIndex);
        _queue.Add(position, () => _sink.Map(snapshot, 0, 1));
    }

    private void OnEvent(long position, ReadOnlySpan<byte> record)
    {
        _queue.ShowUpTo(position);
        if (position < _exitPosition)
            _sink.Event(_eventLayouts[BinaryPrimitives.ReadInt32LittleEndian(record)], record);
    }

    private void OnPacket(long position, ReadOnlySpan<byte> record) =>
        _files!.Write((PacketEvent)_eventLayouts[BinaryPrimitives.ReadInt32LittleEndian(record)], record);

    private void OnOrder(long start, ReadOnlySpan<byte> record)
    {
        long position = BinaryPrimitives.ReadInt64LittleEndian(record[8..]);
        // Perf buffers have no position in common: there, what was sent before now comes first.
        if (_events is not RingBuffer)
            position = _events?.Written ?? 0;
        var payload = record[Order.HeaderSize..];
        switch (_orderLayouts[BinaryPrimitives.ReadInt32LittleEndian(record)])
        {
            case ExitOrder:
                // What other CPUs sent until they were stopped happened after the end.
                if (_events is RingBuffer)
                    _exitPosition = Math.Min(_exitPosition, position);
                ExitRequested?.Invoke(payload.Length >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(payload) : 0);
                break;
            case PrintMapOrder order:
                var snapshot = _maps.Snapshot(order.MapIndex, evenUnset: true);
                _queue.Add(position, () => _sink.Map(snapshot, order.Top, order.Divisor));
                break;
            case PrintEntryOrder order:
                var entry = _maps.Entry(order.MapIndex, payload[..order.KeySize]);
                _queue.Add(position, () => _sink.Entry(entry));
                break;
            case ClearMapOrder order:
                foreach (var part in _maps.Parts(order.MapIndex))
                    MapWriter.Clear(part);
                _maps.Cleared(order.MapIndex);
                break;
            case ZeroMapOrder order:
                foreach (var part in _maps.Parts(order.MapIndex))
                    MapWriter.Zero(part);
                _maps.Cleared(order.MapIndex);
                break;
            case var other:
                throw new InvalidOperationException($"no such order: {other.GetType().Name}");
        }
    }
}
