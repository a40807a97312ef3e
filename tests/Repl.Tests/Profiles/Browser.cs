using System.Diagnostics;

namespace Ctrace.Repl.Tests.Profiles;

/// <summary>A test that needs a browser without a window; where there is none it is skipped.</summary>
public sealed class BrowserFactAttribute : FactAttribute
{
    /// <summary>Looks for one.</summary>
    public BrowserFactAttribute() => Skip = Browser.Path is null ? "needs a browser: none of chromium, chromium-browser, google-chrome is installed" : null;
}

/// <summary>Chromium, or a relative of it.</summary>
internal static class Browser
{
    internal static readonly string? Path = new[] { "chromium", "chromium-browser", "google-chrome" }
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => System.IO.Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>Shows a picture, runs a script in it as a user would click, and gives what the script returns.</summary>
    internal static string Run(string svg, string script)
    {
        string folder = Directory.CreateTempSubdirectory("ctrace-browser").FullName;
        try
        {
            string file = System.IO.Path.Combine(folder, "picture.svg");
            // A mistake in the picture's own script shows as text that no test expects.
            File.WriteAllText(file, svg.Replace("</svg>", $$"""
                <text id="answer"> </text><script><![CDATA[
                { let answer; try { answer = (() => { {{script}} })(); } catch (e) { answer = "failed: " + e; } get("answer").textContent = "<<" + answer + ">>"; }
                ]]></script></svg>
                """));
            var start = new ProcessStartInfo(Path!, ["--headless=new", "--no-sandbox", "--disable-gpu", $"--user-data-dir={folder}/profile", "--virtual-time-budget=2000", "--dump-dom", "file://" + file])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            string page = process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(2)).Result;
            process.WaitForExit();
            int from = page.IndexOf("&lt;&lt;", StringComparison.Ordinal), to = page.IndexOf("&gt;&gt;</text>", StringComparison.Ordinal);
            Assert.True(from >= 0 && to > from, "the script did not run; the browser shows:\n" + page[..Math.Min(page.Length, 2000)]);
            return page[(from + 8)..to];
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
