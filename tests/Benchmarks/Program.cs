using System.ComponentModel;
using Ctrace.Benchmarks;

if (args.Contains("--help"))
{
    Console.Write(Options.Help);
    return 0;
}

Options options;
try
{
    options = Options.Parse(args);
}
catch (ArgumentException e)
{
    Console.Error.WriteLine($"run: {e.Message}");
    return 1;
}

var folder = Directory.CreateTempSubdirectory("ctrace-bench-");
// Also after Ctrl-C nothing stays behind.
AppDomain.CurrentDomain.ProcessExit += (_, _) =>
{
    Tracer.Running?.Dispose();
    folder.Delete(true);
};
try
{
    string program = options.Ctrace;
    if (!File.Exists(program + ".dll"))
    {
        // A native program. A copy, so that a build meanwhile does not change what is measured.
        program = Path.Combine(folder.FullName, "ctrace");
        File.Copy(options.Ctrace, program);
    }

    if (Tool.Find("ctrace", program) is not { } ctrace)
    {
        Console.Error.WriteLine($"run: {options.Ctrace} does not run");
        return 1;
    }

    var bpftrace = Tool.Find("bpftrace", options.Bpftrace);
    if (bpftrace is null)
        Console.Error.WriteLine(Options.HowToGetBpftrace);
    var bench = new Bench(options, bpftrace is null ? [ctrace] : [ctrace, bpftrace], folder.FullName);
    Machine.Print(bench);
    foreach (string part in Options.AllParts.Where(options.Parts.Contains))
    {
        switch (part)
        {
            case "start": StartAndStop.Run(bench); break;
            case "print": Printing.Run(bench); break;
            case "events": EventCost.Run(bench); break;
            case "handlers": HandlerRate.Run(bench); break;
            case "long": LongRun.Run(bench); break;
        }
    }

    return 0;
}
catch (Exception e) when (e is InvalidOperationException or IOException or Win32Exception)
{
    Console.Error.WriteLine($"run: {e.Message}");
    return 1;
}
