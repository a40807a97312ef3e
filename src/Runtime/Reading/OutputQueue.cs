namespace Ctrace.Runtime.Reading;

/// <summary>
/// Output that waits for events: a map printed after a printf shows up after it, although orders travel on a buffer of
/// their own. What is printed was read when the order came.
/// </summary>
internal sealed class OutputQueue
{
    private readonly Queue<(long Position, Action Show)> _waiting = new();

    /// <summary>Adds an output that comes after all events before a position.</summary>
    public void Add(long position, Action show) => _waiting.Enqueue((position, show));

    /// <summary>Shows what waits for no event at or after a position.</summary>
    public void ShowUpTo(long position)
    {
        while (_waiting.TryPeek(out var first) && first.Position <= position)
            _waiting.Dequeue().Show();
    }
}
