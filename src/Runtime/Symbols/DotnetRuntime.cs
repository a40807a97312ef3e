using System.Buffers.Binary;
using System.Net.Sockets;

namespace Ctrace.Runtime.Symbols;

/// <summary>
/// The .NET runtime of a process, asked over its diagnostics socket to write its perf map, and at the end to stop that (dotnet/diagnostics,
/// documentation/design-docs/ipc-protocol.md; the commands came with .NET 8). A process that does not answer is left alone.
/// </summary>
internal sealed class DotnetRuntime
{
    private const byte ProcessCommands = 4, EnablePerfMap = 5, DisablePerfMap = 6, ServerCommands = 0xff, Okay = 0;

    /// <summary>PerfMapType.PerfMap: the map, and no file of another kind beside it.</summary>
    private const uint PerfMapOnly = 3;

    private const int HeaderLength = 20, LongestAnswer = 4096, PatienceMilliseconds = 2000;

    /// <summary>SOL_SOCKET and SO_PEERCRED.</summary>
    private const int SocketLevel = 1, PeerCredentials = 17;

    private readonly int _process;
    private readonly string _socket, _mapFile;

    private DotnetRuntime(int process, string socket, string mapFile) => (_process, _socket, _mapFile) = (process, socket, mapFile);

    /// <summary>Has a process write the names of what it has compiled, and of what it will.</summary>
    /// <returns>What to <see cref="Stop"/> at the end; null where the process is not .NET's, does not want to be asked, or writes it already.</returns>
    public static DotnetRuntime? TryStart(int process)
    {
        if (ProcessStatus.Read(process) is not { } status)
            return null;
        string folder = $"/proc/{process}/root/tmp", map = $"{folder}/perf-{status.InnermostId}.map";
        if (File.Exists(map) || FindSocket(folder, status.InnermostId) is not { } socket)
            return null;
        var runtime = new DotnetRuntime(process, socket, map);
        Span<byte> type = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(type, PerfMapOnly);
        return runtime.Ask(EnablePerfMap, type) ? runtime : null;
    }

    /// <summary>Has it stop, and removes what nobody else asked for.</summary>
    public void Stop()
    {
        if (!Ask(DisablePerfMap, []))
            return;
        try
        {
            File.Delete(_mapFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is a file in a folder for temporary ones.
        }
    }

    /// <summary>dotnet-diagnostic-PID-START-socket.</summary>
    private static string? FindSocket(string folder, int id)
    {
        try
        {
            return Directory.EnumerateFiles(folder, $"dotnet-diagnostic-{id}-*-socket").FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Sends a command; tells whether the answer is yes.</summary>
    private bool Ask(byte command, ReadOnlySpan<byte> payload)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = PatienceMilliseconds, ReceiveTimeout = PatienceMilliseconds };
            socket.Connect(new UnixDomainSocketEndPoint(_socket));
            // Anybody may make a socket of that name: only the process itself is believed.
            Span<byte> peer = stackalloc byte[12];
            if (socket.GetRawSocketOption(SocketLevel, PeerCredentials, peer) < 4 || BinaryPrimitives.ReadInt32LittleEndian(peer) != _process)
                return false;
            Span<byte> message = stackalloc byte[HeaderLength + 4];
            message.Clear();
            "DOTNET_IPC_V1"u8.CopyTo(message);
            int length = HeaderLength + payload.Length;
            BinaryPrimitives.WriteUInt16LittleEndian(message[14..], (ushort)length);
            (message[16], message[17]) = (ProcessCommands, command);
            payload.CopyTo(message[HeaderLength..]);
            socket.Send(message[..length]);
            Span<byte> answer = stackalloc byte[LongestAnswer];
            int received = 0;
            while (received < HeaderLength && socket.Receive(answer[received..]) is > 0 and var count)
                received += count;
            return received >= HeaderLength && answer[16] == ServerCommands && answer[17] == Okay;
        }
        catch (Exception e) when (e is SocketException or IOException or ArgumentException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
