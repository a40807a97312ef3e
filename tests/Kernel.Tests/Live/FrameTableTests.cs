using System.Globalization;
using Ctrace.Compiler.Layouts;
using Ctrace.Runtime.Symbols;
using Ctrace.Runtime.Unwinding;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>What a binary says of its frames is read as readelf reads it, for each piece of its code.</summary>
public class FrameTableTests
{
    private const string Text = """
        #include <stdlib.h>
        #include <string.h>
        volatile int sink;
        __attribute__((noinline)) int large(int n) { volatile char b[100000]; memset((void *)b, n, sizeof b); return b[n]; }
        __attribute__((noinline)) int aligned(int n) { volatile char b[64] __attribute__((aligned(64))); memset((void *)b, n, 64); return b[n] + large(n); }
        __attribute__((noinline)) int any(int n) { volatile char *b = alloca(n); memset((void *)b, n, n); return b[n - 1] + aligned(n); }
        int main(int c, char **v) { sink = any(c + 30); return 0; }
        """;

    [KernelFact("readelf", "gcc")]
    public void Each_row_is_readelfs()
    {
        using var programs = new Programs();
        string libc = Mapping.ReadAll(Environment.ProcessId)!.First(m => Path.GetFileName(m.File).StartsWith("libc.so", StringComparison.Ordinal)).File;
        int known = 0;
        foreach (string file in (string[])[programs.Compile("small", Text, "-O2"), programs.Compile("plain", Text, "-O0 -mstackrealign"), libc, "/bin/bash"])
        {
            var (rows, right, unknown) = Compare(file);
            // What counts from other registers, for an instruction or two, is not followed.
            Assert.True(rows > 0 && unknown * 100 <= rows * (rows < 1000 ? 20 : 1), $"{file}: of {rows} rows, {right} are right, and {unknown} not known");
            known += right;
        }

        Assert.True(known > 5000, $"{known} rows");
    }

    private static (int Rows, int Right, int Unknown) Compare(string file)
    {
        var table = FrameTable.Read(ElfFile.TryOpen(file)!);
        int rows = 0, right = 0, unknown = 0;
        foreach (var (place, frame, saved, returns) in Expected(file))
        {
            rows++;
            int at = Array.FindLastIndex(table, Index(table, place), r => r.Place <= place);
            uint rule = at < 0 ? 0 : table[at].Rule;
            var kind = (UnwindRule)(rule & ((1 << UnwindLayout.KindBits) - 1));
            string told = Told(rule, kind);
            string expected = returns == "u" ? "end" : $"{frame} {(saved is "u" or "s" ? "same" : saved)}";
            // readelf does not say which expression it is.
            bool same = expected == told || (frame == "exp" && kind is UnwindRule.LinkageTable or UnwindRule.ThroughFramePointer or UnwindRule.Signal);
            if (kind == UnwindRule.None)
            {
                unknown++;
                // Nothing that could be said is left out.
                Assert.True(frame == "exp" || (!frame.StartsWith("rsp", StringComparison.Ordinal) && !frame.StartsWith("rbp", StringComparison.Ordinal)) || saved is "vexp" or "exp" || returns is "vexp" or "exp", $"{file} at {place:x}: {expected}");
                continue;
            }

            Assert.True(same, $"{file} at {place:x}: {expected}, and not {told}");
            right++;
        }

        return (rows, right, unknown);
    }

    private static string Told(uint rule, UnwindRule kind)
    {
        int distance = (int)rule >> (32 - UnwindLayout.DistanceBits), words = (int)(rule >> UnwindLayout.KindBits) & ((1 << UnwindLayout.SavedBits) - 1);
        string saved = words == 0 ? "same" : $"c-{words * 8}";
        return kind switch
        {
            UnwindRule.End => "end",
            UnwindRule.FromStackPointer => $"rsp+{distance} {saved}",
            UnwindRule.FromFramePointer => $"rbp+{distance} {saved}",
            _ => $"{kind}",
        };
    }

    private static int Index(FrameRow[] table, uint place)
    {
        int found = Array.BinarySearch(table, new FrameRow(place, 0), Comparer<FrameRow>.Create((a, b) => a.Place.CompareTo(b.Place)));
        return Math.Min(table.Length - 1, found < 0 ? ~found : found);
    }

    /// <summary>The rows that readelf prints: place, frame's beginning, where rbp is, where the address to return to is.</summary>
    private static IEnumerable<(uint Place, string Frame, string Saved, string Returns)> Expected(string file)
    {
        string[] columns = [];
        bool isFunction = false;
        foreach (string line in Programs.Run("sh", "-c", "readelf -W --debug-dump=frames-interp \"$0\" 2>/dev/null || true", file).Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is [_, _, _, "CIE" or "FDE", ..])
                isFunction = words[3] == "FDE";
            else if (words is ["LOC", ..])
                columns = words;
            else if (isFunction && words.Length == columns.Length && words.Length > 2 && ulong.TryParse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong place) && place <= uint.MaxValue)
                yield return ((uint)place, words[1], columns.IndexOf("rbp") is > 0 and var saved ? words[saved] : "u", columns.IndexOf("ra") is > 0 and var returns ? words[returns] : "u");
        }
    }
}
