using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace Ctrace.Shop;

/// <summary>
/// A program that does what it is told, a known number of times, and tells its own figures: for tests of what ctrace sees of it. Each line
/// of its input is a command, and is answered by a line.
/// </summary>
internal static class Program
{
    private static object? _kept;

    /// <summary>Something for collections to look at, so that a pause is no matter of microseconds.</summary>
    private static readonly List<object[]> Stock = [.. Enumerable.Range(0, 300_000).Select(i => new object[] { new object(), i })];

    /// <summary>Commands may be arguments too, with colons in place of blanks; the program ends after them.</summary>
    private static void Main(string[] args)
    {
        GC.Collect();
        GC.KeepAlive(Stock);
        foreach (string arg in args)
            Console.WriteLine(Do(arg.Split(':')));
        if (args.Length > 0)
            return;
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
            Console.WriteLine(Do(line.Split(' ')));
    }

    private static string Do(string[] words)
    {
        int[] numbers = [.. words.Skip(1).Where(w => int.TryParse(w, out _)).Select(int.Parse)];
        return words[0] switch
        {
            "collect" => Collect(numbers[0], numbers[1]),
            "throw" => Throw(words[1], numbers[0]),
            "contend" => Contend(numbers[0], numbers[1]),
            "allocate" => Allocate(numbers[0], numbers[1]),
            "request" => Request(numbers[0], numbers[1], words[3]),
            "pool" => Pool(numbers[0]),
            "wait" => Wait(numbers[0]),
            _ => "what?",
        };
    }

    private static string Wait(int milliseconds)
    {
        Thread.Sleep(milliseconds);
        return "";
    }

    /// <summary>Collects a generation so often: how often each generation was collected, and the pauses in nanoseconds.</summary>
    private static string Collect(int generation, int times)
    {
        int[] before = Counts();
        var pauses = GC.GetTotalPauseDuration();
        for (int i = 0; i < times; i++)
            GC.Collect(generation, GCCollectionMode.Forced, true);
        int[] after = Counts();
        // A collection of a generation is one of the younger ones too.
        return $"{after[0] - after[1] - before[0] + before[1]} {after[1] - after[2] - before[1] + before[2]} {after[2] - before[2]} {(long)(GC.GetTotalPauseDuration() - pauses).TotalNanoseconds}";

        static int[] Counts() => [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)];
    }

    /// <summary>Throws and catches: how often.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string Throw(string type, int times)
    {
        int caught = 0;
        for (int i = 0; i < times; i++)
        {
            try
            {
                ChargeCustomer(type, i);
            }
            catch (Exception e) when (e is InvalidOperationException or OutOfStockException or FormatException)
            {
                caught++;
            }
        }

        return $"{caught}";
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ChargeCustomer(string type, int order) =>
        throw type switch
        {
            "OutOfStock" => new OutOfStockException($"order {order}: nichts übrig"),
            "Format" => new FormatException($"{int.Parse("none", System.Globalization.CultureInfo.InvariantCulture)}"),
            "Large" => new InvalidOperationException(new string('x', 1000)),
            _ => new InvalidOperationException($"order {order}"),
        };

    /// <summary>Has a thread wait for a lock so often, so long: how often threads did, and for how many nanoseconds they tried to get it.</summary>
    private static string Contend(int times, int milliseconds)
    {
        object gate = new();
        long before = Monitor.LockContentionCount, waited = 0;
        for (int i = 0; i < times; i++)
        {
            using var ready = new ManualResetEventSlim();
            Thread waiter;
            lock (gate)
            {
                waiter = new Thread(() =>
                {
                    ready.Set();
                    long begun = Stopwatch.GetTimestamp();
                    WaitForDesk(gate);
                    waited += (long)Stopwatch.GetElapsedTime(begun).TotalNanoseconds;
                });
                waiter.Start();
                ready.Wait();
                Thread.Sleep(milliseconds);
            }

            waiter.Join();
        }

        return $"{Monitor.LockContentionCount - before} {waited}";
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForDesk(object gate)
    {
        lock (gate)
            _kept = gate;
    }

    /// <summary>Makes arrays: how many bytes the thread has allocated.</summary>
    private static string Allocate(int times, int size)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < times; i++)
            FillShelf(size);
        return $"{GC.GetAllocatedBytesForCurrentThread() - before}";
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FillShelf(int size) => _kept = new byte[size];

    /// <summary>
    /// Makes requests to a server of our own, which takes so long for each, and nanoseconds that they took in all. Of "/none" the server has
    /// nothing; for "/fail" there is none.
    /// </summary>
    private static string Request(int times, int milliseconds, string path)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port, answered = 0;
        Thread? server = null;
        if (path == "/fail")
            listener.Stop();
        else
            (server = new Thread(() => Serve(listener, times, milliseconds, path == "/none" ? "404 None" : "200 OK"))).Start();
        using var http = new HttpClient();
        long begun = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++)
        {
            try
            {
                using var response = http.GetAsync(new Uri($"http://127.0.0.1:{port}{path}")).GetAwaiter().GetResult();
                answered++;
            }
            catch (HttpRequestException)
            {
                // Nobody is there.
            }
        }

        long took = (long)Stopwatch.GetElapsedTime(begun).TotalNanoseconds;
        server?.Join();
        return $"{answered} {took} {port}";
    }

    private static void Serve(TcpListener listener, int times, int milliseconds, string status)
    {
        byte[] buffer = new byte[4096];
        for (int i = 0; i < times; i++)
        {
            using var client = listener.AcceptSocket();
            string text = "";
            while (!text.EndsWith("\r\n\r\n", StringComparison.Ordinal) && client.Receive(buffer) is > 0 and var count)
                text += Encoding.ASCII.GetString(buffer, 0, count);
            Thread.Sleep(milliseconds);
            client.Send(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"));
        }
    }

    /// <summary>Has the thread pool's threads wait for each other: how many it has then.</summary>
    private static string Pool(int threads)
    {
        using var all = new CountdownEvent(threads);
        ThreadPool.SetMinThreads(threads, 1);
        for (int i = 0; i < threads; i++)
        {
            ThreadPool.QueueUserWorkItem(_ =>
            {
                all.Signal();
                all.Wait();
            });
        }

        all.Wait();
        return $"{ThreadPool.ThreadCount}";
    }
}

/// <summary>An exception of the program's own.</summary>
internal sealed class OutOfStockException(string message) : Exception(message);
