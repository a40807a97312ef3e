using System.Text;
using System.Text.Json;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Runtime.Kernel;

/// <summary>
/// A machine's description in a folder: what programs are compiled by, so that another machine can tell whether they would fit
/// (<see cref="DescribedTarget"/>). It holds <c>target.json</c>, and copies of the kernel's own files: its type information and its modules' (<c>btf/vmlinux</c>, <c>btf/MODULE</c>), the
/// lists and formats of tracefs (<c>tracing/</c>), and its symbols without their addresses (<c>symbols</c>).
/// </summary>
/// <param name="Release">The kernel's release: <c>6.12.9-amd64</c>.</param>
/// <param name="Machine">The CPU, as <c>uname -m</c> prints it.</param>
/// <param name="PossibleCpus">CPUs that may ever be there.</param>
/// <param name="OnlineCpus">CPUs that were running.</param>
/// <param name="CommOffset">See <see cref="ITarget.CommOffset"/>.</param>
/// <param name="Features">What it has.</param>
public sealed record TargetDescription(string Release, string Machine, int PossibleCpus, int OnlineCpus, int? CommOffset, IReadOnlySet<KernelFeature> Features)
{
    /// <summary>Changes when a description is laid out in another way.</summary>
    private const int FormatVersion = 1;

    internal const string MainFile = "target.json", TypesFolder = "btf", TypesFile = "btf/vmlinux", TraceFolder = "tracing", SymbolFile = "symbols";

    private const string Events = "available_events";

    /// <summary>Describes the running machine.</summary>
    /// <param name="folder">A folder that is made, is empty, or holds an older description.</param>
    /// <exception cref="TargetException">The folder can't be used, or the machine keeps something from us.</exception>
    public static TargetDescription Save(string folder)
    {
        var target = new KernelTarget();
        try
        {
            if (Directory.Exists(folder) && !File.Exists(Path.Combine(folder, MainFile)) && Directory.EnumerateFileSystemEntries(folder).Any())
                throw new TargetException($"{folder} holds something else", "name a folder that is not there yet, or is empty");
            Directory.CreateDirectory(folder);
            CopyTypes(folder);
            CopyTracepoints(target, folder);
            CopySymbols(folder);
            var features = KernelFeatures.All.Select(f => f.Feature).Where(target.Supports).ToHashSet();
            var description = new TargetDescription(File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), target.Architecture.Name, target.PossibleCpus, target.OnlineCpus, target.CommOffset, features);
            // Last, so that what was interrupted is not taken for a description.
            description.Write(Path.Combine(folder, MainFile));
            return description;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TargetException($"the description can't be written: {e.Message}");
        }
    }

    /// <summary>Reads a description.</summary>
    /// <exception cref="TargetException">It is none.</exception>
    public static TargetDescription Load(string folder)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, MainFile)));
            var root = document.RootElement;
            if (root.GetProperty("format").GetInt32() != FormatVersion)
                throw new TargetException($"{folder} was made by another version of ctrace", "make it again: ctrace --describe-target");
            // A feature that this version does not know does no harm.
            var features = root.GetProperty("features").EnumerateObject().Where(f => f.Value.GetBoolean())
                .Select(f => Enum.TryParse(f.Name, out KernelFeature feature) ? feature : (KernelFeature?)null).OfType<KernelFeature>().ToHashSet();
            return new TargetDescription(root.GetProperty("release").GetString()!, root.GetProperty("machine").GetString()!, root.GetProperty("possibleCpus").GetInt32(),
                root.GetProperty("onlineCpus").GetInt32(), root.GetProperty("commOffset") is { ValueKind: JsonValueKind.Number } offset ? offset.GetInt32() : null, features);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TargetException($"{folder} is no description of a machine: {e.Message}", "ctrace --describe-target FOLDER makes one");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new TargetException($"{Path.Combine(folder, MainFile)} is broken: {e.Message}", "make it again: ctrace --describe-target");
        }
    }

    private void Write(string path)
    {
        using var file = File.Create(path);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteNumber("format", FormatVersion);
        json.WriteString("release", Release);
        json.WriteString("machine", Machine);
        json.WriteNumber("possibleCpus", PossibleCpus);
        json.WriteNumber("onlineCpus", OnlineCpus);
        if (CommOffset is { } offset)
            json.WriteNumber("commOffset", offset);
        else
            json.WriteNull("commOffset");
        json.WriteStartObject("features");
        foreach (var feature in KernelFeatures.All)
            json.WriteBoolean(feature.Feature.ToString(), Features.Contains(feature.Feature));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void CopyTypes(string folder)
    {
        if (!File.Exists(Btf.RunningKernel))
            return;
        string copy = Path.Combine(folder, TypesFolder);
        Directory.CreateDirectory(copy);
        // Of an older description there may be modules that are not loaded now.
        foreach (string file in Directory.GetFiles(copy))
            File.Delete(file);
        foreach (string file in Directory.GetFiles(Btf.RunningModules))
            File.WriteAllBytes(Path.Combine(copy, Path.GetFileName(file)), File.ReadAllBytes(file));
    }

    private static void CopyTracepoints(KernelTarget target, string folder)
    {
        var traceFs = new TraceFs();
        string copy = Path.Combine(folder, TraceFolder);
        Directory.CreateDirectory(copy);
        File.WriteAllText(Path.Combine(copy, Events), traceFs.Read(Events) ?? "");
        // What a locked-down kernel, or one without kprobes, refuses to list: its symbols serve instead.
        if (KernelFunctionList.Followable(traceFs) is { } functions)
            File.WriteAllText(Path.Combine(copy, KernelFunctionList.File), functions);
        foreach (var (category, name) in target.Tracepoints)
        {
            string path = $"events/{category}/{name}/format";
            if (traceFs.Read(path) is not { } format)
                continue;
            Directory.CreateDirectory(Path.Combine(copy, $"events/{category}/{name}"));
            File.WriteAllText(Path.Combine(copy, path), format);
        }
    }

    /// <summary>Addresses are nobody's business elsewhere, and other ones after the next start. That there is a symbol is what counts.</summary>
    private static void CopySymbols(string folder)
    {
        using var source = new StreamReader(KernelSymbols.RunningKernel, Encoding.UTF8, false, 1 << 16);
        using var copy = new StreamWriter(Path.Combine(folder, SymbolFile));
        copy.NewLine = "\n";
        while (source.ReadLine() is { } line)
            if (line.IndexOf(' ') is > 0 and var end)
                copy.WriteLine("ffffffff00000000" + line[end..]);
    }
}
