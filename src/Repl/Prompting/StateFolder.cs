using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Ctrace.Repl.Prompting;

/// <summary>
/// The history's file: in the state folder of whoever called sudo, and theirs. Nobody else may read it, because it tells what
/// they looked at.
/// </summary>
internal static partial class StateFolder
{
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The file's path, ready to be written to; null where that can't be.</summary>
    /// <param name="variable">Gives an environment variable, or null.</param>
    internal static string? HistoryFile(Func<string, string?> variable)
    {
        try
        {
            var owner = Owner(variable);
            if (Folder(variable, owner) is not { } folder)
                return null;
            Create(folder, owner);
            string file = Path.Combine(folder, "history");
            if (File.Exists(file) && new FileInfo(file).LinkTarget is not null)
                return null;
            if (!File.Exists(file))
                using (new FileStream(file, new FileStreamOptions { Mode = System.IO.FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = FileMode }))
                {
                }

            File.SetUnixFileMode(file, FileMode);
            Give(file, owner);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The folder for what ctrace remembers.</summary>
    internal static string? Folder(Func<string, string?> variable, (uint User, uint Group, string Home)? owner)
    {
        // sudo keeps the caller's variables only when told to; then they name the caller's folders.
        if (variable("XDG_STATE_HOME") is { Length: > 0 } state && Path.IsPathRooted(state))
            return Path.Combine(state, "ctrace");
        string? home = owner?.Home ?? variable("HOME");
        return string.IsNullOrEmpty(home) ? null : Path.Combine(home, ".local", "state", "ctrace");
    }

    /// <summary>Who called sudo; null where nobody did.</summary>
    private static (uint User, uint Group, string Home)? Owner(Func<string, string?> variable)
    {
        if (!uint.TryParse(variable("SUDO_UID"), NumberStyles.None, CultureInfo.InvariantCulture, out uint user)
            || !uint.TryParse(variable("SUDO_GID"), NumberStyles.None, CultureInfo.InvariantCulture, out uint group) || EffectiveUser() != 0)
            return null;
        foreach (string line in File.ReadLines("/etc/passwd"))
            if (line.Split(':') is [_, _, var number, _, _, var home, ..] && number == user.ToString(CultureInfo.InvariantCulture))
                return (user, group, home);
        return null;
    }

    /// <summary>Makes each missing part of a path, theirs from the start.</summary>
    private static void Create(string folder, (uint User, uint Group, string Home)? owner)
    {
        if (Directory.Exists(folder))
            return;
        if (Path.GetDirectoryName(folder) is { } parent)
            Create(parent, owner);
        Directory.CreateDirectory(folder, FolderMode);
        Give(folder, owner);
    }

    private static void Give(string path, (uint User, uint Group, string Home)? owner)
    {
        if (owner is var (user, group, _))
            _ = ChangeOwner(Encoding.UTF8.GetBytes(path + '\0'), user, group);
    }

    [LibraryImport("libc", EntryPoint = "lchown")]
    private static partial int ChangeOwner(byte[] path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
