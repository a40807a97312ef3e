using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Reading;

/// <summary>Receives one record.</summary>
/// <param name="position">Where it starts in the stream of all records, in bytes.</param>
/// <param name="record">Its bytes; only valid during the call.</param>
internal delegate void RecordHandler(long position, ReadOnlySpan<byte> record);

/// <summary>Where the kernel writes records and we read them.</summary>
internal interface IRecordSource : IDisposable
{
    /// <summary>Readable when there are records to read.</summary>
    IReadOnlyList<FileDescriptor> Descriptors { get; }

    /// <summary>Up to where the stream was written, in bytes; <see cref="Read"/> goes no further.</summary>
    long Written { get; }

    /// <summary>Up to where it was read: everything before this position was handled.</summary>
    long Position { get; }

    /// <summary>How many bytes it holds before something gets lost.</summary>
    long Capacity { get; }

    /// <summary>Whether each record wakes us, whatever <see cref="Release"/> said: then only not waiting on it gives rest.</summary>
    bool AlwaysWakes { get; }

    /// <summary>Reads records.</summary>
    /// <param name="limit">The position to stop at: what <see cref="Written"/> gave.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="handler">Receives them.</param>
    /// <returns>How many there were.</returns>
    int Read(long limit, int count, RecordHandler handler);

    /// <summary>Tells the kernel what was read.</summary>
    /// <param name="wake">
    /// Whether the next record shall wake us. Without, the kernel believes that we are still reading: a program that
    /// sends thousands of records then pays for no wake-up, and we must look again by ourselves.
    /// </param>
    void Release(bool wake);
}
