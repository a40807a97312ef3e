using System.Net.Sockets;
using Ctrace.Compiler.Catalog.Dotnet;

namespace Ctrace.Runtime.Dotnet;

/// <summary>
/// Methods of a .NET process that came compiled with their assemblies (ReadyToRun), as its runtime lists them when a stream of events ends: its
/// perf map leaves them out.
/// </summary>
internal sealed class PrecompiledMethods
{
    /// <summary>MethodDCEndVerbose: MethodID, ModuleID, start, size, token, flags, namespace, name, signature.</summary>
    private const int MethodEvent = 144;

    private const string Rundown = "Microsoft-Windows-DotNETRuntimeRundown";
    private const int PatienceMilliseconds = 5000;

    private readonly List<(ulong Start, uint Size, string Type, string Method, string Signature)> _methods = [];

    private PrecompiledMethods()
    {
    }

    /// <summary>Asks a process; null where it is none of .NET's, or does not want to be asked.</summary>
    public static PrecompiledMethods? TryRead(int process)
    {
        if (DiagnosticsSocket.Find(process) is not { } socket)
            return null;
        // Of what happens, nothing is asked for; at the end all methods are listed.
        using var connection = socket.Send(EventPipeSession.Commands, EventPipeSession.CollectTracing2, EventPipeSession.Request([(DotnetEvents.Runtime, 0, 1)], rundown: true), out byte[] session);
        if (connection is null)
            return null;
        connection.ReceiveTimeout = PatienceMilliseconds;
        // It answers when all is read.
        new Thread(() => socket.Ask(EventPipeSession.Commands, EventPipeSession.StopTracing, session)) { IsBackground = true }.Start();
        using var stream = new NetworkStream(connection, false);
        var methods = new PrecompiledMethods();
        try
        {
            new NettraceReader(stream, methods.Take, () => null).Read();
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidDataException)
        {
            // What has come is good.
        }

        methods._methods.Sort((a, b) => a.Start.CompareTo(b.Start));
        return methods;
    }

    /// <summary>The method that an address is in, and how far.</summary>
    /// <param name="address">The address.</param>
    /// <param name="file">The assembly's file.</param>
    public (string Name, ulong Distance)? Find(ulong address, string file)
    {
        int low = 0, high = _methods.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_methods[middle].Start <= address)
                low = middle + 1;
            else
                high = middle;
        }

        if (low == 0)
            return null;
        var (start, size, type, method, signature) = _methods[low - 1];
        if (address - start >= size)
            return null;
        // As in perf maps: "void [shop] Shop::Serve(int32)[…]".
        int arguments = Math.Max(0, signature.IndexOf('('));
        return ($"{signature[..arguments].Trim()} [{Path.GetFileNameWithoutExtension(file)}] {type}::{method}{signature[arguments..]}[ReadyToRun]", address - start);
    }

    private void Take(in NettraceEvent e)
    {
        if (e.Id != MethodEvent || e.Provider != Rundown)
            return;
        var reader = new PayloadReader(e.Payload);
        reader.Take(2 * sizeof(ulong));
        ulong start = reader.Fixed(8);
        uint size = (uint)reader.Fixed(4);
        reader.Take(2 * sizeof(uint));
        _methods.Add((start, size, reader.Text(), reader.Text(), reader.Text()));
    }
}
