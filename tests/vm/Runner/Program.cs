using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Ctrace.Vm;

/// <summary>
/// Runs a test assembly where there is no SDK, one test after another, and prints a line for each: PASS, FAIL or SKIP, its name,
/// why, and how long it took. A process that has grown large ends between two classes with <see cref="GoOn"/>, and the next one takes over
/// where it stopped; so does the one after a test that ended the process or takes too long, which has failed.
/// </summary>
internal static class Program
{
    private const int LongestLine = 400;

    /// <summary>What begins the message of an exception that means that the test can't be decided here (Skip of the kernel tests).</summary>
    private const string SkipToken = "$XunitDynamicSkip$";

    /// <summary>The exit code that says: start me again, there is more to do.</summary>
    private const int GoOn = 75;

    /// <summary>A process's memory that is given back by ending it: several of these fit into a test machine.</summary>
    private const long LargestProcess = 700L << 20;

    private static readonly TimeSpan LongestTest = TimeSpan.FromMinutes(5);
    private static readonly Stopwatch Clock = Stopwatch.StartNew();

    private static int Main(string[] args)
    {
        if (args.Length < 2)
        {
            Console.Error.WriteLine("usage: runner ASSEMBLY PROGRESS [REGEX of the tests' names]      PROGRESS is a file that does not exist yet");
            return 2;
        }

        // What the runtime was told for this process is not for the programs that are traced.
        foreach (string? variable in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(v => v.StartsWith("DOTNET_GC", StringComparison.OrdinalIgnoreCase) || v.StartsWith("DOTNET_T", StringComparison.Ordinal)))
            Environment.SetEnvironmentVariable(variable, null);
        var wanted = new Regex(args.Length > 2 ? args[2] : "");
        var progress = new Progress(args[1]);
        bool failed = progress.HasFailed;
        if (progress.Interrupted is { } name)
        {
            Say("FAIL", name, "the process that ran it came to an end");
            failed = true;
        }

        Type? last = null;
        foreach (var (type, method, fact) in Tests(Assembly.LoadFrom(args[0])).Where(t => wanted.IsMatch(Name(t.Type, t.Method))).Skip(progress.Done))
        {
            if (last is not null && type != last && Environment.WorkingSet > LargestProcess)
                return GoOn;
            last = type;
            progress.Begin(Name(type, method), failed);
            failed |= Run(type, method, fact) > 0;
            progress.End(failed);
        }

        return failed ? 1 : 0;
    }

    private static IEnumerable<(Type Type, MethodInfo Method, FactAttribute Fact)> Tests(Assembly assembly) =>
        from type in assembly.GetTypes().Where(t => t is { IsPublic: true, IsAbstract: false }).OrderBy(t => t.FullName, StringComparer.Ordinal)
        from method in type.GetMethods()
        let fact = method.GetCustomAttribute<FactAttribute>()
        where fact is not null
        select (type, method, fact);

    private static string Name(Type type, MethodInfo method) => $"{type.Name}.{method.Name}";

    /// <summary>Ends the process: its next one says that the test has failed.</summary>
    private static void GiveUp(string test)
    {
        Console.Out.WriteLine($"{test} takes more than {LongestTest.TotalMinutes} minutes");
        Console.Out.Flush();
        Process.GetCurrentProcess().Kill();
    }

    private static int Run(Type type, MethodInfo method, FactAttribute fact)
    {
        string name = $"{type.Name}.{method.Name}";
        if (fact.Skip is { } reason)
        {
            Say("SKIP", name, reason);
            return 0;
        }

        foreach (var data in method.GetCustomAttributes<DataAttribute>().Where(d => d.Skip is not null))
            foreach (object?[] arguments in data.GetData(method))
                Say("SKIP", $"{name}({string.Join(", ", arguments)})", data.Skip!);
        int failed = 0;
        object?[][] cases;
        try
        {
            cases = fact is TheoryAttribute ? [.. Cases(method)] : [[]];
        }
        catch (Exception e)
        {
            Say("FAIL", name, (e.InnerException ?? e).Message);
            return 1;
        }

        foreach (object?[] arguments in cases)
            failed += RunCase(type, method, arguments, arguments.Length == 0 ? name : $"{name}({string.Join(", ", arguments)})");
        return failed;
    }

    private static IEnumerable<object?[]> Cases(MethodInfo method) => method.GetCustomAttributes<DataAttribute>().Where(d => d.Skip is null).SelectMany(data => data.GetData(method));

    /// <summary>The arguments with the last ones as an array, where the method takes any number of them.</summary>
    private static object?[] Gathered(MethodInfo method, object?[] arguments)
    {
        var parameters = method.GetParameters();
        if (parameters is not [.., var last] || !last.IsDefined(typeof(ParamArrayAttribute)) || (arguments.Length == parameters.Length && arguments[^1] is Array))
            return arguments;
        object?[] rest = arguments[(parameters.Length - 1)..];
        var array = Array.CreateInstance(last.ParameterType.GetElementType()!, rest.Length);
        rest.CopyTo(array, 0);
        return [.. arguments[..(parameters.Length - 1)], array];
    }

    private static int RunCase(Type type, MethodInfo method, object?[] arguments, string name)
    {
        object? instance = null;
        Clock.Restart();
        using var limit = new Timer(_ => GiveUp(name), null, LongestTest, Timeout.InfiniteTimeSpan);
        try
        {
            instance = type.GetConstructor([typeof(ITestOutputHelper)]) is { } made ? made.Invoke([new Output()]) : Activator.CreateInstance(type);
            if (method.Invoke(instance, Gathered(method, arguments)) is Task task)
                task.GetAwaiter().GetResult();
            Say("PASS", name, "");
            return 0;
        }
        catch (Exception e)
        {
            var cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
            if (cause.Message.StartsWith(SkipToken, StringComparison.Ordinal))
            {
                Say("SKIP", name, cause.Message[SkipToken.Length..]);
                return 0;
            }

            Say("FAIL", name, cause.Message + (cause.InnerException is { } deeper ? $" | {deeper.Message}" : ""));
            return 1;
        }
        finally
        {
            (instance as IDisposable)?.Dispose();
        }
    }

    private static void Say(string verdict, string test, string why)
    {
        string time = verdict == "SKIP" ? "" : string.Create(CultureInfo.InvariantCulture, $" ({Clock.Elapsed.TotalSeconds:0.000} s)");
        string line = (why.Length == 0 ? $"{verdict} {test}{time}" : $"{verdict} {test}{time}: {why}").ReplaceLineEndings(" | ");
        Console.Out.WriteLine(line.Length > LongestLine ? line[..LongestLine] : line);
        Console.Out.Flush();
    }

    /// <summary>What tests say beside their result is not brought back.</summary>
    private sealed class Output : ITestOutputHelper
    {
        public void WriteLine(string message)
        {
        }

        public void WriteLine(string format, params object[] args)
        {
        }
    }
}
