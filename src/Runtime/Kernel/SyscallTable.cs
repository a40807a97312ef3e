using System.Runtime.InteropServices;

namespace Ctrace.Runtime.Kernel;

/// <summary>
/// System call numbers by name. The kernel offers them nowhere at run time; they never change once given, so a table
/// per CPU is safe (arch/x86/entry/syscalls/syscall_64.tbl, scripts/syscall.tbl).
/// </summary>
internal sealed partial class SyscallTable
{
    /// <summary>Tracepoints are named after the function in the kernel, which is not always the call's own name.</summary>
    private static readonly (string Function, string Call)[] Aliases =
    [
        ("newstat", "stat"), ("newfstat", "fstat"), ("newlstat", "lstat"), ("newuname", "uname"),
        ("sendfile64", "sendfile"), ("umount", "umount2"), ("newfstatat", "fstatat"), ("fadvise64_64", "fadvise64"),
        ("sysctl", "_sysctl"),
    ];

    private readonly (int First, string Names)[] _runs;
    private Dictionary<string, int>? _numbers;

    private SyscallTable((int First, string Names)[] runs) => _runs = runs;

    /// <summary>A call's number, or null.</summary>
    /// <param name="name">Without a prefix: <c>read</c>; the spelling of the tracepoints is understood too.</param>
    public int? Find(string name)
    {
        _numbers ??= Build();
        return _numbers.TryGetValue(name, out int number) ? number : null;
    }

    /// <summary>The table of the CPU that we run on, or null.</summary>
    public static SyscallTable? Current => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => X64,
        Architecture.Arm64 => Arm64,
        _ => null,
    };

    /// <summary>A number's call, or null.</summary>
    public string? FindName(int number)
    {
        foreach (var (first, names) in _runs)
        {
            if (number < first)
                continue;
            string[] run = names.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            if (number - first < run.Length)
                return run[number - first];
        }

        return null;
    }

    private Dictionary<string, int> Build()
    {
        var numbers = new Dictionary<string, int>(512);
        foreach (var (first, names) in _runs)
        {
            int number = first;
            foreach (string name in names.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
                numbers[name] = number++;
        }

        foreach (var (function, call) in Aliases)
            if (numbers.TryGetValue(call, out int number))
                numbers.TryAdd(function, number);
        return numbers;
    }
}
