using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Ctrace.Vm;

/// <summary>
/// Runs a test assembly where there is no SDK, one test after another, and prints a line for each: PASS, FAIL or SKIP, its name,
/// and why.
/// </summary>
internal static class Program
{
    private const int LongestLine = 400;

    /// <summary>What begins the message of an exception that means that the test can't be decided here (Skip of the kernel tests).</summary>
    private const string SkipToken = "$XunitDynamicSkip$";

    private static int Main(string[] args)
    {
        if (args.Length < 1)
        {
            Console.Error.WriteLine("usage: runner ASSEMBLY [REGEX of the tests' names]");
            return 2;
        }

        var wanted = new Regex(args.Length > 1 ? args[1] : "");
        var assembly = Assembly.LoadFrom(args[0]);
        int failed = 0;
        foreach (var type in assembly.GetTypes().Where(t => t is { IsPublic: true, IsAbstract: false }).OrderBy(t => t.FullName, StringComparer.Ordinal))
            foreach (var method in type.GetMethods())
                if (method.GetCustomAttribute<FactAttribute>() is { } fact && wanted.IsMatch($"{type.Name}.{method.Name}"))
                    failed += Run(type, method, fact);
        return failed == 0 ? 0 : 1;
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
        string line = (why.Length == 0 ? $"{verdict} {test}" : $"{verdict} {test}: {why}").ReplaceLineEndings(" | ");
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
