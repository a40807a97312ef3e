namespace Ctrace.Runtime.Dotnet;

/// <summary>Keeps events until all that happened before them has come, and then hands them on in the order of time.</summary>
/// <param name="handler">Told of each.</param>
internal sealed class EventSorter(NettraceReader.Handler handler)
{
    private readonly List<Pending> _pending = [];
    private byte[] _payloads = new byte[64 << 10];
    private int _used, _count;

    /// <summary>Whether none is kept.</summary>
    public bool IsEmpty => _pending.Count == 0;

    /// <summary>Keeps an event.</summary>
    public void Add(in NettraceEvent e)
    {
        if (_payloads.Length - _used < e.Payload.Length)
            Array.Resize(ref _payloads, Math.Max(_payloads.Length * 2, _used + e.Payload.Length));
        e.Payload.CopyTo(_payloads.AsSpan(_used));
        // The stack's array stays as it is.
        _pending.Add(new Pending(e.Time, _count++, e.Provider, e.Id, e.Thread, e.Activity, e.Stack, _used, e.Payload.Length));
        _used += e.Payload.Length;
    }

    /// <summary>Hands on what happened before a time.</summary>
    public void DispatchBefore(long time)
    {
        if (_pending.Count == 0)
            return;
        _pending.Sort();
        int ready = 0;
        while (ready < _pending.Count && _pending[ready].Time < time)
            Hand(_pending[ready++]);
        _pending.RemoveRange(0, ready);
        if (_pending.Count == 0)
            (_used, _count) = (0, 0);
    }

    /// <summary>Hands on all.</summary>
    public void Dispatch() => DispatchBefore(long.MaxValue);

    private void Hand(Pending e) => handler(new NettraceEvent
    {
        Provider = e.Provider, Id = e.Id, Thread = e.Thread, Time = e.Time, Activity = e.Activity, Stack = e.Stack, Payload = _payloads.AsSpan(e.Offset, e.Length),
    });

    /// <summary>An event, and where its fields are.</summary>
    private readonly record struct Pending(long Time, int Order, string Provider, int Id, long Thread, Guid Activity, ulong[] Stack, int Offset, int Length) : IComparable<Pending>
    {
        public int CompareTo(Pending other) => Time != other.Time ? Time.CompareTo(other.Time) : Order.CompareTo(other.Order);
    }
}
