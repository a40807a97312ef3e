using Ctrace.Compiler;
using Ctrace.Compiler.Binding;

namespace Ctrace.Repl;

/// <summary>Settings of the config block that the environment gives: <c>CTRACE_STACK_MODE=perf</c>, or with bpftrace's prefix.</summary>
public static class EnvironmentSettings
{
    /// <summary>Applies all that are set. Those that are limits have their own place (<see cref="Limits"/>).</summary>
    /// <param name="options">What is chosen so far.</param>
    /// <param name="variable">Gives a variable's text, or null.</param>
    /// <exception cref="UsageException">A value makes no sense.</exception>
    public static CompilationOptions Apply(CompilationOptions options, Func<string, string?> variable)
    {
        foreach (string setting in Settings.Names)
        {
            string own = "CTRACE_" + setting.ToUpperInvariant(), other = "BPFTRACE_" + setting.ToUpperInvariant();
            if (own is Limits.MaxMapKeysName or Limits.MaxStringLengthName)
                continue;
            string name = variable(own) is { Length: > 0 } ? own : other;
            if (variable(name) is { Length: > 0 } text)
                options = Settings.Apply(setting, text, options) ?? throw new UsageException($"{name}={text}: expected {Settings.Takes(setting)}");
        }

        return options;
    }
}
