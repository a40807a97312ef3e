using System.Net.Sockets;
using System.Text;
using Ctrace.Compiler.Catalog.Dotnet;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Dotnet;

/// <summary>The events of one process: asked for, and handed on in a thread of its own until they end.</summary>
internal sealed class EventPipeSession : IDisposable
{
    /// <summary>The group of commands, and those of it that are used.</summary>
    internal const byte Commands = 2, StopTracing = 1, CollectTracing2 = 3;

    private const int IdleMicroseconds = 30_000;

    /// <summary>The runtime writes what has come together ten times a second: what is twice as old has come.</summary>
    private const long SettledNanoseconds = 200_000_000;
    private const uint BufferMegabytes = 64, Nettrace = 1;

    /// <summary>TasksFlowActivityIds: what belongs together has one id, also where it goes on in another thread.</summary>
    private const ulong FlowingActivities = 0x80;

    private readonly DiagnosticsSocket _socket;
    private readonly Socket _connection;
    private readonly byte[] _session;
    private readonly Thread _thread;

    private EventPipeSession(DiagnosticsSocket socket, Socket connection, byte[] session, NettraceReader.Handler handler)
    {
        (_socket, _connection, _session) = (socket, connection, session);
        _thread = new Thread(() => Read(handler), 1 << 20) { IsBackground = true, Name = "ctrace .NET" };
    }

    /// <summary>The process.</summary>
    public int Process => _socket.Process;

    /// <summary>Events that the runtime had no room for.</summary>
    public long LostCount { get; private set; }

    /// <summary>What went wrong, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether all has been handed on.</summary>
    public bool HasEnded => !_thread.IsAlive;

    /// <summary>Asks for events.</summary>
    /// <param name="socket">The process's socket.</param>
    /// <param name="events">Which ones.</param>
    /// <param name="handler">Told of each, in the session's own thread.</param>
    /// <returns>Null where the process refuses, or has ended.</returns>
    public static EventPipeSession? TryStart(DiagnosticsSocket socket, IReadOnlyCollection<DotnetEvent> events, NettraceReader.Handler handler)
    {
        var connection = socket.Send(Commands, CollectTracing2, Request(Providers(events), rundown: false), out byte[] session);
        if (connection is null)
            return null;
        connection.ReceiveTimeout = 0;
        var started = new EventPipeSession(socket, connection, session, handler);
        started._thread.Start();
        return started;
    }

    /// <summary>Asks for no more. What is on its way still comes.</summary>
    public void Stop() => _socket.Ask(Commands, StopTracing, _session);

    /// <summary>Takes no more.</summary>
    public void Dispose() => _connection.Dispose();

    private void Read(NettraceReader.Handler handler)
    {
        using var connection = _connection;
        using var stream = new NetworkStream(connection, false);
        var reader = new NettraceReader(stream, handler, () => connection.Poll(IdleMicroseconds, SelectMode.SelectRead) ? null : Clock.MonotonicNanoseconds() - SettledNanoseconds);
        try
        {
            reader.Read();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            Problem = "it ended before it had sent all its events: what it did in its last moments may be missing";
        }
        catch (Exception e) when (e is InvalidDataException or SessionException)
        {
            Problem = e.Message;
        }

        LostCount = reader.LostCount;
    }

    /// <summary>u32 megabytes, u32 format, u8 whether the names of all methods come at the end; then the providers.</summary>
    internal static byte[] Request(List<(string Name, ulong Keywords, int Level)> providers, bool rundown)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.Unicode);
        writer.Write(BufferMegabytes);
        writer.Write(Nettrace);
        writer.Write(rundown);
        writer.Write(providers.Count);
        foreach (var (name, keywords, level) in providers)
        {
            writer.Write(keywords);
            writer.Write(level);
            writer.Write(name.Length + 1);
            writer.Write((name + '\0').ToCharArray());
            writer.Write(0);
        }

        writer.Flush();
        return bytes.ToArray();
    }

    private static List<(string Name, ulong Keywords, int Level)> Providers(IReadOnlyCollection<DotnetEvent> events)
    {
        var providers = events.GroupBy(e => e.Provider).Select(g => (Name: g.Key, Keywords: g.Aggregate(0UL, (all, e) => all | e.Keywords), Level: g.Max(e => e.Level))).ToList();
        if (providers.Exists(p => p.Name is DotnetEvents.Http or DotnetEvents.Hosting))
            providers.Add((DotnetEvents.Tasks, FlowingActivities, 4));
        return providers;
    }
}
