using System.Buffers.Binary;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Runtime.Dotnet;

/// <summary>
/// The .NET runtime of a process, asked to write its perf map, and at the end to stop that (the commands came with .NET 8).
/// </summary>
internal sealed class PerfMapRequest
{
    private const byte ProcessCommands = 4, EnablePerfMap = 5, DisablePerfMap = 6;

    /// <summary>PerfMapType.PerfMap: the map, and no file of another kind beside it.</summary>
    private const uint PerfMapOnly = 3;

    private readonly DiagnosticsSocket _socket;
    private readonly string _mapFile;

    private PerfMapRequest(DiagnosticsSocket socket, string mapFile) => (_socket, _mapFile) = (socket, mapFile);

    /// <summary>Has a process write the names of what it has compiled, and of what it will.</summary>
    /// <returns>What to <see cref="Stop"/> at the end; null where the process is not .NET's, does not want to be asked, or writes it already.</returns>
    public static PerfMapRequest? TryStart(int process)
    {
        if (ProcessStatus.Read(process) is not { } status)
            return null;
        string map = Path.Combine(TemporaryFolder.OfPerfMaps(process).Path, $"perf-{status.InnermostId}.map");
        if (File.Exists(map) || DiagnosticsSocket.Find(process) is not { } socket)
            return null;
        Span<byte> type = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(type, PerfMapOnly);
        return socket.Ask(ProcessCommands, EnablePerfMap, type) ? new PerfMapRequest(socket, map) : null;
    }

    /// <summary>Has it stop, and removes what nobody else asked for.</summary>
    public void Stop()
    {
        if (!_socket.Ask(ProcessCommands, DisablePerfMap, []))
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
}
