using System.Globalization;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Symbols;

/// <summary>What /proc says of a process.</summary>
/// <param name="InnermostId">Its number within its own process id namespace.</param>
/// <param name="User">Whose it is.</param>
/// <param name="Started">When it began, in seconds since 1970.</param>
internal sealed record ProcessStatus(int InnermostId, uint User, long Started)
{
    private static ProcessStatus? _own;

    /// <summary>What it says of us.</summary>
    public static ProcessStatus Own => _own ??= Read(Environment.ProcessId) ?? new ProcessStatus(Environment.ProcessId, 0, DateTimeOffset.UtcNow.ToUnixTimeSeconds());

    /// <summary>Reads it; null where the process has ended.</summary>
    public static ProcessStatus? Read(int process)
    {
        try
        {
            int id = process;
            uint user = 0;
            foreach (string line in File.ReadLines($"/proc/{process}/status"))
            {
                string[] words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
                if (words is ["NSpid:", .., var last])
                    _ = int.TryParse(last, CultureInfo.InvariantCulture, out id);
                else if (words is ["Uid:", var real, ..])
                    _ = uint.TryParse(real, CultureInfo.InvariantCulture, out user);
            }

            return new ProcessStatus(id, user, StartOf(process));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The process that one was forked from; 0 where it has ended.</summary>
    public static int ParentOf(int process)
    {
        try
        {
            const int parentField = 4;
            return (int)Field(process, parentField);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static long Field(int process, int number)
    {
        string stat = File.ReadAllText($"/proc/{process}/stat");
        // The name, in parentheses, may have anything in it; the third field comes behind.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields.Length > number - 3 && long.TryParse(fields[number - 3], CultureInfo.InvariantCulture, out long value) ? value : 0;
    }

    private static long StartOf(int process)
    {
        const int startField = 22, ticksPerSecond = 100;
        long ticks = Field(process, startField);
        return DateTimeOffset.UtcNow.ToUnixTimeSeconds() - (Clock.BootNanoseconds() / 1_000_000_000) + (ticks / ticksPerSecond);
    }
}
