using System.Diagnostics;
using System.Globalization;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>A .NET program (tests/Shop) that does what it is told, a known number of times, and tells its own figures.</summary>
internal sealed class Shop : IDisposable
{
    /// <summary>How ctrace calls it.</summary>
    public const string Name = "ctshop";

    private readonly Process _process;

    /// <summary>Starts one.</summary>
    /// <param name="launcher">What starts it, where that is not the program that runs .NET programs; the whole command is added.</param>
    public Shop(params string[] launcher)
    {
        string[] command = [.. launcher, Programs.Host, Assembly];
        _process = Process.Start(Start(command))!;
        Id = _process.Id;
        Assert.Equal("ready", _process.StandardOutput.ReadLine());
    }

    /// <summary>Its assembly.</summary>
    public static string Assembly { get; } = Path.Combine(Path.GetDirectoryName(typeof(Shop).Assembly.Location)!, Name + ".dll");

    /// <summary>Its number; that of what started it, where something did.</summary>
    public int Id { get; }

    /// <summary>Whether it runs no more.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Has it do something; gives what it says of it.</summary>
    public string Say(string command)
    {
        _process.StandardInput.WriteLine(command);
        return _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"the program ended at '{command}'");
    }

    /// <summary>The same in numbers.</summary>
    public long[] Do(string command) => [.. Say(command).Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture))];

    /// <summary>Has it end by itself.</summary>
    public void Close()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        Assert.Equal(0, _process.ExitCode);
    }

    /// <summary>Kills it, at once.</summary>
    public void Kill()
    {
        _process.Kill(true);
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    /// <summary>How to start a .NET program that can be asked: the environment of tests may say that none can.</summary>
    public static ProcessStartInfo Start(params string[] command) => new(command[0], command[1..])
    {
        RedirectStandardInput = true, RedirectStandardOutput = true,
        Environment = { ["DOTNET_EnableDiagnostics"] = "1", ["TMPDIR"] = "/tmp" },
    };
}
