using System.Globalization;
using System.Runtime.InteropServices;
using Ctrace.Runtime;

namespace Ctrace.Repl.Scripting;

/// <summary>Starts ctrace-cs as who called sudo.</summary>
internal static partial class ScriptLauncher
{
    /// <summary>What its objects may take, in bytes, written in hexadecimal: 512 MB.</summary>
    private const string HeapLimit = "0x20000000";

    private static readonly string[] Libraries = ["libssl.so.3", "libssl.so.1.1", "libssl.so.10"];

    /// <summary>Starts it.</summary>
    /// <param name="allowRoot">Whether it may be root (without capabilities) where nobody called sudo.</param>
    /// <param name="variable">Gives an environment variable, or null.</param>
    /// <exception cref="SessionException">It is not there, or would have to be root.</exception>
    internal static ConfinedProcess Start(bool allowRoot, Func<string, string?> variable)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "cs"), path = Path.Combine(folder, "ctrace-cs");
        if (!File.Exists(path))
            throw new SessionException($"C# needs {path}, which is not there", "build ctrace again: dotnet build src/Repl -c Release");
        var identity = Identity(variable);
        if (identity is null && EffectiveUser() == 0 && !allowRoot)
            throw new SessionException("C# does not run as root", "use sudo from a user's account, whose rights it then has, or allow it with --unsafe");
        return ConfinedProcess.Start(path, ["--pipe"], Environment(folder, variable), identity);
    }

    /// <summary>
    /// What else there is to say of how it ended. The compiler for C# makes checksums, for which .NET on Linux loads OpenSSL; without it
    /// the process is aborted.
    /// </summary>
    internal static string Explain(string ending, Func<string, bool> canLoad) =>
        !ending.Contains("signal 6", StringComparison.Ordinal) || Libraries.Any(canLoad) ? ending
            : "it needs OpenSSL, which is not installed: install libssl3 (Debian, Ubuntu) or openssl-libs (Fedora)";

    /// <summary>Whether a library is there.</summary>
    internal static bool CanLoad(string library) => NativeLibrary.TryLoad(library, out nint loaded) && loaded != 0;

    /// <summary>Who called sudo; null where nobody did, or we could not become them anyway.</summary>
    internal static ProcessIdentity? Identity(Func<string, string?> variable)
    {
        if (EffectiveUser() != 0 || !uint.TryParse(variable("SUDO_UID"), NumberStyles.None, CultureInfo.InvariantCulture, out uint user) || user == 0
            || !uint.TryParse(variable("SUDO_GID"), NumberStyles.None, CultureInfo.InvariantCulture, out uint group))
            return null;
        return new ProcessIdentity(user, group, Groups(variable("SUDO_USER"), group));
    }

    /// <summary>The groups that a user is in, from /etc/group.</summary>
    private static List<uint> Groups(string? name, uint own)
    {
        var groups = new List<uint> { own };
        if (string.IsNullOrEmpty(name))
            return groups;
        try
        {
            foreach (string line in File.ReadLines("/etc/group"))
                if (line.Split(':') is [_, _, var number, var members, ..] && members.Split(',').Contains(name) && uint.TryParse(number, out uint group) && group != own && group != 0)
                    groups.Add(group);
        }
        catch (IOException)
        {
            // Then they have only their own.
        }

        return groups;
    }

    private static List<string> Environment(string folder, Func<string, string?> variable)
    {
        List<string> result =
        [
            "DOTNET_gcServer=0", "DOTNET_GCHeapHardLimit=" + HeapLimit, "DOTNET_EnableDiagnostics=0", "DOTNET_TieredPGO=0", "DOTNET_TC_BackgroundWorkerTimeoutMs=0",
            "DOTNET_NOLOGO=1", "PATH=/usr/bin:/bin", "HOME=/",
        ];
        foreach (string name in new[] { "LANG", "LC_ALL", "TZ" })
            if (variable(name) is { } value)
                result.Add($"{name}={value}");
        string note = Path.Combine(folder, "dotnet-root");
        if (variable("DOTNET_ROOT") is { Length: > 0 } root && Directory.Exists(root))
            result.Add("DOTNET_ROOT=" + root);
        else if (File.Exists(note) && File.ReadAllText(note).Trim() is { Length: > 0 } built && Directory.Exists(built))
            result.Add("DOTNET_ROOT=" + built);
        return result;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
