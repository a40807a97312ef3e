using System.Text;
using Ctrace.Repl.Prompting;

namespace Ctrace.Repl.Tests.Prompting;

public class TerminalTests
{
    [Theory]
    [InlineData("a", ConsoleKey.A, 'a', (ConsoleModifiers)0)]
    [InlineData("A", ConsoleKey.A, 'A', ConsoleModifiers.Shift)]
    [InlineData("\r", ConsoleKey.Enter, '\r', (ConsoleModifiers)0)]
    [InlineData("\x7f", ConsoleKey.Backspace, '\b', (ConsoleModifiers)0)]
    [InlineData("\x03", ConsoleKey.C, '\x03', ConsoleModifiers.Control)]
    [InlineData("\x1b[A", ConsoleKey.UpArrow, '\0', (ConsoleModifiers)0)]
    [InlineData("\x1bOB", ConsoleKey.DownArrow, '\0', (ConsoleModifiers)0)]
    [InlineData("\x1b[1;5C", ConsoleKey.RightArrow, '\0', ConsoleModifiers.Control)]
    [InlineData("\x1b[3~", ConsoleKey.Delete, '\0', (ConsoleModifiers)0)]
    [InlineData("\x1b[Z", ConsoleKey.Tab, '\0', ConsoleModifiers.Shift)]
    [InlineData("\x1b", ConsoleKey.Escape, '\x1b', (ConsoleModifiers)0)]
    [InlineData("\x1b" + "f", ConsoleKey.F, 'f', ConsoleModifiers.Alt)]
    [InlineData("é", ConsoleKey.None, 'é', (ConsoleModifiers)0)]
    public void BytesBecomeKeys(string bytes, ConsoleKey key, char character, ConsoleModifiers modifiers)
    {
        var decoder = new KeyDecoder();
        // Byte by byte: that is how they may come.
        foreach (byte b in Encoding.UTF8.GetBytes(bytes))
            decoder.Add([b]);
        var typed = decoder.Next(true)!.Value;
        Assert.Equal((key, character, modifiers), (typed.Key.Key, typed.Key.KeyChar, typed.Key.Modifiers));
        Assert.Null(decoder.Next(true));
    }

    [Fact]
    public void APasteIsOneText()
    {
        var decoder = new KeyDecoder();
        decoder.Add("\x1b[200~begin {\r\n :x"u8);
        Assert.Null(decoder.Next(false));
        decoder.Add(" }\x1b[201~x"u8);
        Assert.Equal("begin {\n :x }", decoder.Next(false)!.Value.Pasted);
        Assert.Equal('x', decoder.Next(false)!.Value.Key.KeyChar);
    }

    [Fact]
    public void WhatIsPrintedStandsAboveTheLine()
    {
        var output = new StringBuilder();
        var terminal = new Terminal(() => (20, 6), text => output.Append(text)) { Live = (_, _) => ["1| live"] };
        terminal.Edit(s => s.Write("ctrace> ab"));
        terminal.Print("one\ntwo");
        terminal.Paint();
        Assert.Equal(["one", "two", "1| live", "ctrace> ab"], Shown(output, 20, 6));
        terminal.Print("three");
        terminal.Note = "note";
        terminal.Paint();
        Assert.Equal(["one", "two", "three", "1| live", "ctrace> ab", "note"], Shown(output, 20, 6));
    }

    [Fact]
    public void AChangeOfSizeDrawsAllAnew()
    {
        var output = new StringBuilder();
        var size = (Width: 30, Height: 8);
        var terminal = new Terminal(() => size, text => output.Append(text)) { Live = (width, _) => [new string('-', width)] };
        terminal.Edit(s => s.Write("ctrace> x"));
        terminal.Print("printed");
        terminal.Paint();
        output.Clear();
        size = (12, 5);
        Assert.True(terminal.CheckSize());
        Assert.Equal(["printed", "------------", "ctrace> x"], Shown(output, 12, 5));
        Assert.False(terminal.CheckSize());
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m")]
    [InlineData("\x1b[2Jgone\x07", "?[2Jgone?")]
    [InlineData("a\tb", "a       b")]
    public void TracedTextCantMoveTheCursor(string text, string shown)
    {
        var output = new StringBuilder();
        var terminal = new Terminal(() => (80, 24), t => output.Append(t));
        terminal.Print(text);
        terminal.Paint();
        Assert.Contains(shown + "\x1b[K\r\n", output.ToString());
    }

    [Fact]
    public void TheLiveTablesLeaveRoomForTheLine()
    {
        int rows = 0;
        var terminal = new Terminal(() => (40, 10), _ => { }) { Live = (_, height) => [.. Enumerable.Repeat("x", rows = height)] };
        terminal.Edit(s => s.Write("a\nb\nc"));
        terminal.Note = "note";
        terminal.Paint();
        Assert.Equal(6, rows);
    }

    [Fact]
    public void TheHistoryIsSearched()
    {
        var history = new HistorySearch(null);
        foreach (string line in new[] { "tracepoint:a:b < count() >", "profile:hz:99 { @ = count(); }", "tracepoint:c:d { }" })
            history.Add(line);
        history.Begin();
        foreach (char c in "trace")
            Assert.Null(history.Take(new ConsoleKeyInfo(c, ConsoleKey.None, false, false, false)));
        Assert.Equal("tracepoint:c:d { }", history.Found);
        history.Take(new ConsoleKeyInfo('\x12', ConsoleKey.R, false, false, true));
        Assert.Equal("tracepoint:a:b < count() >", history.Found);
        Assert.Equal("tracepoint:a:b < count() >", history.Take(new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false)));
        Assert.False(history.IsActive);
    }

    [Fact]
    public void TheHistoryIsTheCallersOwn()
    {
        string folder = Directory.CreateTempSubdirectory("ctrace").FullName;
        string? file = StateFolder.HistoryFile(name => name == "XDG_STATE_HOME" ? folder : null);
        Assert.Equal(Path.Combine(folder, "ctrace", "history"), file);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file!));
        Directory.Delete(folder, true);
    }

    /// <summary>The rows of a terminal that was sent this, as an editor's screen understands it; scrolling is not needed here.</summary>
    private static string[] Shown(StringBuilder output, int width, int height)
    {
        var screen = new VirtualScreen(width);
        screen.Write(output.ToString());
        Assert.True(screen.Height <= height);
        return [.. Enumerable.Range(0, screen.Height).Select(i => System.Text.RegularExpressions.Regex.Replace(screen.Row(i), "\x1b\\[[0-9;]*m", ""))];
    }
}
