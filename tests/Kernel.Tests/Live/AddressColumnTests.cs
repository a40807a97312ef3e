using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Columns of queries that people read: addresses of sockets, and the time of day.</summary>
public class AddressColumnTests
{
    private const string Connecting = "tracepoint:sock:inet_sock_set_state /pid == $2 && args.newstate == 2/ ";

    [KernelFact]
    public void Addresses_of_sockets_are_shown_as_addresses()
    {
        int port = 0;
        var before = DateTime.Now;
        var t = Traced.Run(Connecting + "< time, args.daddr, args.daddr_v6, args.dport > " + Connecting + "< count() by args.daddr into @to >", () =>
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
            using var client = new TcpClient(AddressFamily.InterNetwork);
            client.Connect(IPAddress.Loopback, port);
        });
        string[] row = t.Lines.Single(l => l.EndsWith($" {port}", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["127.0.0.1", "::ffff:127.0.0.1", $"{port}"], row[1..]);
        var time = TimeOnly.ParseExact(row[0], "HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        Assert.InRange(time - TimeOnly.FromDateTime(before), TimeSpan.FromSeconds(-1), TimeSpan.FromMinutes(1));
        Assert.IsType<Compiler.Symbols.InternetAddressType>(Assert.Single(t.Snapshot("@to")!.Spec.Shape!.Keys).Type);
        Assert.Equal(1, Assert.Single(t.Numbers("@to")).Value);
    }
}
