using System.Runtime.CompilerServices;
using System.Text;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Text;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering;

/// <summary>Texts that are made as <c>printf</c> makes them and then used: a message, a file's name, a command.</summary>
/// <param name="probeNames">What probe-name values index.</param>
/// <param name="values">Shows values.</param>
internal sealed class FormattedTexts(IReadOnlyList<string> probeNames, ValueFormatter values)
{
    /// <summary>As much of a file as bpftrace shows.</summary>
    internal const int MostFileBytes = 10 << 10;

    private readonly ConditionalWeakTable<FormattedEvent, PrintfRenderer> _renderers = [];
    private readonly ByteWriter _text = new();

    /// <summary>An event's text; valid until the next one.</summary>
    internal ReadOnlySpan<byte> Format(FormattedEvent layout, ReadOnlySpan<byte> record)
    {
        var renderer = _renderers.GetValue(layout, l => new PrintfRenderer(l.Format, l.Fields, probeNames, values));
        _text.Clear();
        renderer.Write(_text, record);
        return _text.Written;
    }

    /// <summary>A message with its place in the program: <c>stdin:1:9-30: ERROR: text</c>.</summary>
    internal static string Message(FormattedEvent layout, ReadOnlySpan<byte> text, SourceText? source)
    {
        string kind = layout.Use == FormatUse.Error ? "ERROR" : "WARNING";
        var (file, line, column) = Position(layout.Span, source);
        return $"{file}:{line}:{column}-{column + layout.Span.Length}: {kind}: {Encoding.UTF8.GetString(text).TrimEnd('\n')}";
    }

    /// <summary>A call's file, line and column, from 1. A program from the command line is called as bpftrace calls it.</summary>
    internal static (string File, int Line, int Column) Position(TextSpan span, SourceText? source)
    {
        if (source is null)
            return ("stdin", 1, 1);
        var (line, column) = source.Locate(span.Start);
        string file = source.NameAt(span.Start);
        return (file == "-e" ? "stdin" : file, line + 1, column + 1);
    }

    /// <summary>A file's beginning; null with a reason where it can't be read.</summary>
    internal static byte[]? ReadFile(ReadOnlySpan<byte> name, int most, out string problem)
    {
        string path = Encoding.UTF8.GetString(name);
        problem = "";
        try
        {
            using var file = File.OpenRead(path);
            byte[] content = new byte[most > 0 ? most : MostFileBytes];
            return content[..file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file"
                : e is UnauthorizedAccessException ? "it can't be read" : e.Message.ReplaceLineEndings(" ");
            problem = $"cat(\"{path}\"): {why}";
            return null;
        }
    }

    /// <summary>What a command says; null with a reason, and with what it said, where it can't be run or fails: that is no result, as in bpftrace.</summary>
    internal static byte[]? RunCommand(ReadOnlySpan<byte> command, out string problem)
    {
        byte[]? output = ShellCommand.Run(command, out string? failure);
        string said = output is null ? "" : Encoding.UTF8.GetString(output).TrimEnd('\n');
        problem = $"system(\"{Encoding.UTF8.GetString(command)}\"): {(output is null ? "the shell can't be started" : "the command " + failure)}{(said.Length > 0 ? $": {said}" : "")}";
        return failure is null ? output : null;
    }

    /// <summary>Texts one behind the other, each with its NUL, joined.</summary>
    internal static void Join(ByteWriter output, ReadOnlySpan<byte> texts, string separator)
    {
        bool first = true;
        while (texts.Length > 0)
        {
            int end = texts.IndexOf((byte)0);
            if (!first)
                output.Write(separator);
            first = false;
            output.Write(end < 0 ? texts : texts[..end]);
            texts = end < 0 ? default : texts[(end + 1)..];
        }
    }
}
