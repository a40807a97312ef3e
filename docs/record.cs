#!/usr/bin/env -S dotnet run
// Records the prompt in use: drives ctrace in a real terminal (tmux), and writes what was on the screen as an animated SVG.
//     sudo dotnet run docs/record.cs -- docs/prompt.svg
// Needs root, tmux and a built dist/ctrace. The times between frames are those of the run.

using System.Diagnostics;
using System.Globalization;
using System.Text;

const int Width = 100, Height = 28;
const string Session = "ctrace-recording";
string output = args.Length > 0 ? args[0] : "docs/prompt.svg";
string program = Path.GetFullPath("dist/ctrace");
if (!File.Exists(program))
{
    Console.Error.WriteLine("record: dist/ctrace is not built: run ./ctrace --version first");
    return 1;
}

var frames = new List<(TimeSpan At, string[] Lines)>();
string home = Directory.CreateTempSubdirectory("ctrace").FullName;
Tmux("kill-session", "-t", Session);
Tmux("new-session", "-d", "-s", Session, "-x", $"{Width}", "-y", $"{Height}", $"env HOME={home} TERM=screen-256color '{program}'");
using var load = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "while :; do ls -R /usr/include /usr/lib > /dev/null 2>&1; dd if=/dev/zero of=/dev/null bs=4k count=20000 2> /dev/null; cat /etc/passwd > /dev/null; sleep 0.1; done"]))!;
long started = Stopwatch.GetTimestamp();

Wait(1.2);
Type("tracepoint:syscalls:sys_enter_re");
Wait(0.8);
Type("ad < count(), sum(args.count) as bytes, p99(args.count) by com");
Wait(0.8);
Press("Tab");
Type(" top 5 >");
Wait(0.5);
Press("Enter");
Wait(2.5);
Type("tracepoint:syscalls:sys_enter_openat { @opened[comm, str(args.fil");
Wait(0.8);
Press("Tab");
Type(")] = cont(); }");
Wait(2);
for (int i = 0; i < "nt(); }".Length; i++)
    Press("BSpace");
Type("unt(); }");
Wait(0.5);
Press("Enter");
Wait(3);
Type(":stop 1");
Press("Enter");
Wait(2);
Type(":print @opened 5");
Press("Enter");
Wait(2);
Press("C-d");
Wait(2.5);

Tmux("kill-session", "-t", Session);
load.Kill(entireProcessTree: true);
Directory.Delete(home, true);
File.WriteAllText(output, Svg());
Console.WriteLine($"{output}: {frames.Count} frames, {frames[^1].At.TotalSeconds:F0} s, {new FileInfo(output).Length / 1024} KB");
return 0;

void Type(string text)
{
    foreach (char c in text)
    {
        Tmux("send-keys", "-t", Session, "-l", "--", c == ';' ? "\\;" : c.ToString());
        Wait(0.045);
    }
}

void Press(string key)
{
    Tmux("send-keys", "-t", Session, key);
    Wait(0.1);
}

// Looks at the screen for a while: each picture that differs from the one before is a frame.
void Wait(double seconds)
{
    long from = Stopwatch.GetTimestamp();
    do
    {
        string[] lines = Tmux("capture-pane", "-e", "-p", "-t", Session).Split('\n');
        if (frames.Count == 0 || !frames[^1].Lines.SequenceEqual(lines))
            frames.Add((Stopwatch.GetElapsedTime(started), lines));
        Thread.Sleep(20);
    }
    while (Stopwatch.GetElapsedTime(from).TotalSeconds < seconds);
}

static string Tmux(params string[] words)
{
    using var process = Process.Start(new ProcessStartInfo("tmux", ["-L", "ctrace-record", .. words]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    string text = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return text;
}

// All frames stand below one another, and the picture moves from each to the next. A line that many frames share is there once.
string Svg()
{
    const double cell = 8.4, line = 18;
    double width = (Width * cell) + 20, height = (Height * line) + 20;
    var names = new Dictionary<string, int>();
    var definitions = new StringBuilder();
    var body = new StringBuilder();
    var moves = new StringBuilder();
    double total = frames[^1].At.TotalSeconds + 3;
    for (int f = 0; f < frames.Count; f++)
    {
        for (int i = 0; i < frames[f].Lines.Length; i++)
        {
            string text = frames[f].Lines[i];
            if (text.Length == 0)
                continue;
            if (!names.TryGetValue(text, out int name))
            {
                names.Add(text, name = names.Count);
                definitions.Append(CultureInfo.InvariantCulture, $"<text id=\"l{name}\" xml:space=\"preserve\">{Spans(text)}</text>\n");
            }

            body.Append(CultureInfo.InvariantCulture, $"<use href=\"#l{name}\" x=\"10\" y=\"{(f * height) + 10 + (line * (i + 0.8)):F0}\"/>");
        }

        body.Append('\n');
        moves.Append(CultureInfo.InvariantCulture, $"{frames[f].At.TotalSeconds / total * 100:F2}%{{transform:translateY({-f * height:F0}px)}}");
    }

    return string.Create(CultureInfo.InvariantCulture, $$"""
        <svg xmlns="http://www.w3.org/2000/svg" width="{{width:F0}}" height="{{height:F0}}" viewBox="0 0 {{width:F0}} {{height:F0}}">
        <style>
        text{font:14px "DejaVu Sans Mono",Menlo,Consolas,monospace;white-space:pre;fill:#d4d4d4}
        @keyframes play{{{moves}}}
        #frames{animation:play {{total:F1}}s steps(1,end) infinite}
        </style>
        <defs>
        {{definitions}}</defs>
        <rect width="100%" height="100%" rx="6" fill="#1e1e1e"/>
        <g id="frames">
        {{body}}</g>
        </svg>

        """);
}

// A line with SGR sequences to text with colours.
static string Spans(string text)
{
    string[] colours = ["#5c6370", "#e06c75", "#98c379", "#d7ba7d", "#61afef", "#c678dd", "#56b6c2", "#d4d4d4"];
    string[] bright = ["#7f848e", "#ff7b86", "#b5e890", "#f2cc8f", "#82c7ff", "#e29bf2", "#7fdbe6", "#ffffff"];
    var result = new StringBuilder();
    string fill = "", style = "";
    for (int i = 0; i < text.Length;)
    {
        if (text[i] == '\x1b')
        {
            int end = text.IndexOf('m', i);
            foreach (string part in text[(i + 2)..end].Split(';'))
            {
                int n = part.Length == 0 ? 0 : int.Parse(part, CultureInfo.InvariantCulture);
                (fill, style) = n switch
                {
                    0 => ("", ""),
                    1 => (fill, style + "font-weight:bold;"),
                    4 => (fill, style + "text-decoration:underline;"),
                    22 => (fill, style.Replace("font-weight:bold;", "")),
                    24 => (fill, style.Replace("text-decoration:underline;", "")),
                    >= 30 and <= 37 => (colours[n - 30], style),
                    39 => ("", style),
                    >= 90 and <= 97 => (bright[n - 90], style),
                    _ => (fill, style),
                };
            }

            i = end + 1;
            continue;
        }

        int next = text.IndexOf('\x1b', i);
        string piece = (next < 0 ? text[i..] : text[i..next]).Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");
        result.Append(fill.Length + style.Length == 0 ? piece
            : $"<tspan{(fill.Length > 0 ? $" fill=\"{fill}\"" : "")}{(style.Length > 0 ? $" style=\"{style}\"" : "")}>{piece}</tspan>");
        i = next < 0 ? text.Length : next;
    }

    return result.ToString();
}
