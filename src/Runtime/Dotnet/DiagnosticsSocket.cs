using System.Buffers.Binary;
using System.Net.Sockets;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Runtime.Dotnet;

/// <summary>
/// The socket on which the .NET runtime of a process takes commands (dotnet/diagnostics, documentation/design-docs/ipc-protocol.md).
/// A process that does not answer is left alone.
/// </summary>
/// <param name="Process">The process.</param>
/// <param name="Paths">What may be its socket, as we see it: anybody can make one of such a name.</param>
internal sealed record DiagnosticsSocket(int Process, IReadOnlyList<string> Paths)
{
    private const byte ServerCommands = 0xff, Okay = 0;
    private const int HeaderLength = 20, LongestAnswer = 4096, PatienceMilliseconds = 2000;

    /// <summary>SOL_SOCKET and SO_PEERCRED.</summary>
    private const int SocketLevel = 1, PeerCredentials = 17;

    /// <summary>A process's socket; null where it is no .NET program's, or does not want to be asked.</summary>
    public static DiagnosticsSocket? Find(int process)
    {
        if (ProcessStatus.Read(process) is not { } status)
            return null;
        try
        {
            // dotnet-diagnostic-PID-START-socket, in the process's own folder for temporary files.
            string[] paths = Directory.GetFiles(TemporaryFolder.OfSockets(process).Path, $"dotnet-diagnostic-{status.InnermostId}-*-socket");
            return paths.Length > 0 ? new DiagnosticsSocket(process, paths) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Sends a command; tells whether the answer is yes.</summary>
    public bool Ask(byte group, byte command, ReadOnlySpan<byte> payload)
    {
        using var socket = Send(group, command, payload, out _);
        return socket is not null;
    }

    /// <summary>Sends a command, whose answer may be followed by more.</summary>
    /// <param name="group">The group of commands.</param>
    /// <param name="command">The command.</param>
    /// <param name="payload">What it is given.</param>
    /// <param name="answer">What comes with a yes.</param>
    /// <returns>The connection, to be closed; null where the answer is no, or none comes.</returns>
    public Socket? Send(byte group, byte command, ReadOnlySpan<byte> payload, out byte[] answer)
    {
        answer = [];
        foreach (string path in Paths)
            if (Send(path, group, command, payload, out answer) is { } socket)
                return socket;
        return null;
    }

    private Socket? Send(string path, byte group, byte command, ReadOnlySpan<byte> payload, out byte[] answer)
    {
        answer = [];
        Socket? socket = null;
        try
        {
            socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = PatienceMilliseconds, ReceiveTimeout = PatienceMilliseconds };
            socket.Connect(new UnixDomainSocketEndPoint(path));
            // Only the process itself is believed.
            Span<byte> peer = stackalloc byte[12];
            if (socket.GetRawSocketOption(SocketLevel, PeerCredentials, peer) >= 4 && BinaryPrimitives.ReadInt32LittleEndian(peer) == Process)
            {
                byte[] message = new byte[HeaderLength + payload.Length];
                "DOTNET_IPC_V1"u8.CopyTo(message);
                BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), (ushort)message.Length);
                (message[16], message[17]) = (group, command);
                payload.CopyTo(message.AsSpan(HeaderLength));
                socket.Send(message);
                byte[] header = new byte[HeaderLength];
                if (Receive(socket, header) && header[16] == ServerCommands && header[17] == Okay
                    && BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(14)) is >= HeaderLength and <= LongestAnswer and var length)
                {
                    answer = new byte[length - HeaderLength];
                    if (Receive(socket, answer))
                        return socket;
                }
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ArgumentException or UnauthorizedAccessException)
        {
            // It has ended, or does not listen.
        }

        socket?.Dispose();
        return null;
    }

    private static bool Receive(Socket socket, Span<byte> target)
    {
        int received = 0;
        while (received < target.Length && socket.Receive(target[received..]) is > 0 and var count)
            received += count;
        return received == target.Length;
    }
}
