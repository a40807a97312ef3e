namespace Ctrace.Benchmarks;

/// <summary>Says where the figures come from.</summary>
internal static class Machine
{
    public static void Print(Bench bench)
    {
        string cpu = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
            ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
        Console.WriteLine($"- {Environment.ProcessorCount} × {cpu}, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}");
        const string Vulnerabilities = "/sys/devices/system/cpu/vulnerabilities";
        if (Directory.Exists(Vulnerabilities))
        {
            foreach (string file in Directory.GetFiles(Vulnerabilities).Order())
            {
                string state = File.ReadAllText(file).Trim();
                if (state != "Not affected")
                    Console.WriteLine($"- {Path.GetFileName(file)}: {state}");
            }
        }

        Console.WriteLine($"- {string.Join(", ", bench.Tools.Select(t => t.Version()))}");
        Console.WriteLine();
    }
}
