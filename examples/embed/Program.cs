// Counts the programs that start on this machine, by command, until Enter is pressed or the input ends. Needs root, as ctrace does.
using Ctrace.Runtime;

try
{
    var sink = new TraceSink();
    using var session = TraceSession.Create("tracepoint:sched:sched_process_exec { @execs[comm] = count(); }", sink);
    var tracing = Task.Run(session.Run);
    if (await Task.WhenAny(sink.WhenAttached, tracing) == tracing)
        return await tracing;
    Console.WriteLine("Counting; press Enter to stop.");
    Console.ReadLine();

    session.Stop();
    await tracing;
    foreach (var entry in session.Snapshot("@execs")!.Entries().OrderByDescending(e => e.Value<long>()))
        Console.WriteLine($"{entry.Value<long>(),8} {entry.Key<string>()}");
    if (sink.LostCount > 0)
        Console.WriteLine($"{sink.LostCount} were not counted, because the map was full");
    return 0;
}
catch (Exception e) when (e is ProgramException or SessionException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
