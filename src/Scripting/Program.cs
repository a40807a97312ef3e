using Microsoft.Win32.SafeHandles;
using Ctrace.Scripting.Protocol;

namespace Ctrace.Scripting;

/// <summary>
/// ctrace-cs: runs a program's C#, apart from the tracer and without its rights. ctrace starts it with a pipe at descriptors 3 (in) and
/// 4 (out).
/// </summary>
internal static class Program
{
    private const int Input = 3, Output = 4;

    private static int Main(string[] args)
    {
        if (args is not ["--pipe"])
        {
            Console.Error.WriteLine("ctrace-cs runs the C# in ctrace's programs; ctrace starts it by itself");
            return 2;
        }

        using var input = new FileStream(new SafeFileHandle(Input, true), FileAccess.Read, 1 << 16);
        using var output = new FileStream(new SafeFileHandle(Output, true), FileAccess.Write, 0);
        return new Host(new Pipe(input, output)).Run();
    }
}
