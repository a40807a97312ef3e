using System.Diagnostics;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Small programs made for a test, in a folder of their own.</summary>
internal sealed class Programs : IDisposable
{
    /// <summary>Where they are.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("ctrace-programs").FullName;

    /// <summary>Compiles a C program (or C++, with the language's compiler); gives the path.</summary>
    public string Compile(string name, string text, string options = "-g", string compiler = "gcc", string extension = "c")
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllText($"{path}.{extension}", text);
        Run(compiler, [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "-o", path, $"{path}.{extension}"]);
        return path;
    }

    /// <summary>Builds a .NET program; gives the path of its assembly.</summary>
    public string BuildManaged(string name, string text, string sdk = "Microsoft.NET.Sdk")
    {
        string folder = Path.Combine(Folder, name), project = Path.Combine(folder, name + ".csproj");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), text);
        File.WriteAllText(project, $"""
            <Project Sdk="{sdk}">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <UseAppHost>false</UseAppHost>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
            </Project>
            """);
        Run(Host, "build", project, "-v", "q", "-nodeReuse:false", "-o", Path.Combine(folder, "out"));
        return Path.Combine(folder, "out", name + ".dll");
    }

    /// <summary>The program that runs .NET programs: the one that runs us, where it does.</summary>
    public static string Host { get; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : Machine.Which("dotnet") ?? "dotnet";

    /// <summary>Runs a command, which must succeed; gives what it printed.</summary>
    public static string Run(string command, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(command, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command} {string.Join(' ', args)}\n{output}{errors.Result}");
        return output;
    }

    /// <summary>Starts a command whose output is in files.</summary>
    public static Process StartQuietly(string command, params string[] args) => Process.Start(new ProcessStartInfo(command, args))!;

    /// <summary>Compiles a .NET program to native code that has its symbols; gives the path.</summary>
    public string PublishNative(string name, string text)
    {
        string assembly = BuildManaged(name, text), folder = Path.GetDirectoryName(Path.GetDirectoryName(assembly))!, native = Path.Combine(folder, "native");
        Run(Host, "publish", Path.Combine(folder, name + ".csproj"), "-v", "q", "-nodeReuse:false", "-c", "Release", "--use-current-runtime", "-p:PublishAot=true", "-p:StripSymbols=false", "-p:UseAppHost=true", "-o", native);
        return Path.Combine(native, name);
    }

    public void Dispose() => Directory.Delete(Folder, true);
}
