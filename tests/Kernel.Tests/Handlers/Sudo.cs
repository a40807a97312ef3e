using System.Diagnostics;

namespace Ctrace.Kernel.Tests.Handlers;

/// <summary>ctrace as root by way of sudo: the environment says who called it.</summary>
internal static class Sudo
{
    /// <summary>The user that C# becomes; no such user need exist.</summary>
    public const int User = 65534, Group = 65534;

    /// <summary>What Ctrl-C sends.</summary>
    public const int Interrupt = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Runs a program to its end.</summary>
    public static TraceResult Run(params string[] args) => Run(Caller, null, args);

    /// <summary>Runs a program and, once it is attached, something else, which is the end of it if that is wanted.</summary>
    public static TraceResult Run(Action<Process> work, params string[] args) => Run(Caller, work, args);

    /// <summary>Runs a program as root who logged in as root.</summary>
    public static TraceResult RunAsRoot(params string[] args) => Run([], null, args);

    private static Dictionary<string, string> Caller => new() { ["SUDO_UID"] = $"{User}", ["SUDO_GID"] = $"{Group}", ["SUDO_USER"] = "nobody" };

    private static TraceResult Run(Dictionary<string, string> environment, Action<Process>? work, string[] args)
    {
        var start = new ProcessStartInfo(Tracer.Executable, args) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string name in new[] { "SUDO_UID", "SUDO_GID", "SUDO_USER" })
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var messages = new List<string>();
        var attached = new TaskCompletionSource();
        var reader = Task.Run(() =>
        {
            while (process.StandardError.ReadLine() is { } line)
            {
                lock (messages)
                    messages.Add(line);
                if (line.StartsWith("Attached", StringComparison.Ordinal))
                    attached.TrySetResult();
            }

            attached.TrySetResult();
        });
        try
        {
            if (work is not null)
            {
                Assert.True(attached.Task.Wait(Patience), "ctrace does not attach");
                work(process);
            }

            Assert.True(process.WaitForExit(Patience) && output.Wait(Patience) && reader.Wait(Patience), "ctrace does not end:\n" + string.Join('\n', messages));
            Assert.DoesNotContain(messages, m => m.Contains("internal error") || m.StartsWith("   at "));
            return new TraceResult(process.ExitCode, output.Result, string.Join('\n', messages));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    /// <summary>The lines of a result that are not empty.</summary>
    public static string[] Lines(this TraceResult result) => result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
