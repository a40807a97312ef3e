namespace Ctrace.Repl;

/// <summary>Looks for the command of <c>-c</c> where a shell would, so that a typing mistake is reported before anything starts.</summary>
internal static class CommandFinder
{
    /// <exception cref="UsageException">There is no such command.</exception>
    internal static void Check(string name)
    {
        if (name.Contains('/'))
        {
            if (!File.Exists(name))
                throw new UsageException($"-c: there is no {name}");
            if (!IsExecutable(name))
                throw new UsageException($"-c: {name} is not executable");
            return;
        }

        string path = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin";
        foreach (string folder in path.Split(':'))
        {
            string file = Path.Combine(folder, name);
            if (File.Exists(file) && IsExecutable(file))
                return;
        }

        throw new UsageException($"-c: there is no command {name}");
    }

    private static bool IsExecutable(string file) =>
        (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
