using System.Diagnostics;

namespace Ctrace.Kernel.Tests.Prompting;

/// <summary>ctrace's prompt in a real terminal (tmux): types as people do, and sees what they see.</summary>
internal sealed class PromptDriver : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _session = $"ctrace-{Environment.ProcessId}-{Guid.NewGuid():N}";

    /// <summary>Starts the prompt.</summary>
    /// <param name="home">The folder for its history; a new one where it is null.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="words">ctrace's arguments.</param>
    public PromptDriver(string? home = null, int width = 110, int height = 34, string words = "")
    {
        Home = home ?? Directory.CreateTempSubdirectory("ctrace").FullName;
        // What ctrace leaves on the screen can still be read after its end.
        // A server of its own: one that is shared ends with its last session, perhaps just as the next is asked for.
        Tmux("new-session", "-d", "-s", _session, "-x", $"{width}", "-y", $"{height}",
            $"env -u SUDO_UID -u XDG_STATE_HOME HOME='{Home}' TERM=screen-256color '{Tracer.Executable}' {words}; echo exit code $?; sleep 300");
        try
        {
            WaitFor("ctrace>");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the prompt's history is kept.</summary>
    public string Home { get; }

    /// <summary>What the screen shows now, without empty lines at the end.</summary>
    public string Screen => Tmux("capture-pane", "-p", "-t", _session).TrimEnd('\n', ' ');

    /// <summary>The same with its colours, as escape sequences.</summary>
    public string Colours => Tmux("capture-pane", "-p", "-e", "-t", _session);

    /// <summary>The last line with a prompt.</summary>
    public string Line => Screen.Split('\n').Last(l => l.StartsWith("ctrace>", StringComparison.Ordinal));

    /// <summary>Types text, a key at a time.</summary>
    public void Type(string text)
    {
        foreach (char c in text)
            Tmux("send-keys", "-t", _session, "-l", "--", c == ';' ? "\\;" : c.ToString());
    }

    /// <summary>Presses a key by tmux's name: Enter, Tab, C-c, BSpace.</summary>
    public void Press(string key) => Tmux("send-keys", "-t", _session, key);

    /// <summary>Types a line and Enter.</summary>
    public void Enter(string text)
    {
        Type(text);
        WaitFor(text.Length > 40 ? text[..40] : text);
        Press("Enter");
    }

    /// <summary>Pastes text as a terminal does.</summary>
    public void Paste(string text)
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, text);
        Tmux("load-buffer", "-b", _session, file);
        Tmux("paste-buffer", "-p", "-d", "-b", _session, "-t", _session);
        File.Delete(file);
    }

    /// <summary>Changes the terminal's size.</summary>
    public void Resize(int width, int height) => Tmux("resize-window", "-t", _session, "-x", $"{width}", "-y", $"{height}");

    /// <summary>Waits until the screen shows a text.</summary>
    public string WaitFor(string text) => WaitUntil(screen => screen.Contains(text, StringComparison.Ordinal), $"'{text}'");

    /// <summary>Waits until the first trace's probes are in place.</summary>
    public void WaitAttached() => WaitUntil(s => s.Split('\n').Any(l => l.StartsWith("1│", StringComparison.Ordinal) && (l.Contains("no event yet") || l.Contains(" events, "))), "a running trace");

    /// <summary>Waits until the screen is as it should be.</summary>
    public string WaitUntil(Func<string, bool> holds, string what)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            string screen = Screen;
            if (holds(screen))
                return screen;
            if (Stopwatch.GetElapsedTime(started) > Patience)
                Assert.Fail($"the screen never showed {what}:\n{screen}");
            Thread.Sleep(20);
        }
    }

    public void Dispose() => Tmux("kill-server");

    private string Tmux(params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo("tmux", ["-L", _session, .. words]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = process.StandardOutput.ReadToEnd();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"tmux {words[0]} failed: {errors}");
        return output;
    }
}
