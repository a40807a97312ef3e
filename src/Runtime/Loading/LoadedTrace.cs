using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;

namespace Ctrace.Runtime.Loading;

/// <summary>A program's maps and eBPF programs in the kernel. They go when their descriptors are closed: nothing is pinned.</summary>
internal sealed class LoadedTrace : IDisposable
{
    private readonly List<KernelMap> _maps = [];
    private readonly List<LoadedProgram> _programs = [];

    /// <summary>Maps, by their index in the program.</summary>
    public IReadOnlyList<KernelMap> Maps => _maps;

    /// <summary>Programs, by their index in the program.</summary>
    public IReadOnlyList<LoadedProgram> Programs => _programs;

    /// <summary>Creates all maps and loads all programs.</summary>
    /// <param name="program">The program.</param>
    /// <param name="existing">Gives a map that is there already and to be used, or null; the caller keeps its own.</param>
    /// <param name="observer">Looks on, or null.</param>
    /// <exception cref="LoadException">The kernel rejects something that has a place in the source.</exception>
    /// <exception cref="SessionException">The kernel refuses.</exception>
    public static LoadedTrace Load(TraceProgram program, Func<MapSpec, KernelMap?>? existing = null, ILoadObserver? observer = null)
    {
        var trace = new LoadedTrace();
        try
        {
            foreach (var map in program.Maps)
            {
                trace._maps.Add(existing?.Invoke(map) is { } other ? MapLoader.Adopt(map, other) : MapLoader.Create(map));
                observer?.OnMap(map, trace._maps[^1].Fd);
            }

            foreach (var each in program.Programs)
                trace._programs.Add(ProgramLoader.Load(each, trace._maps, observer));
            return trace;
        }
        catch
        {
            trace.Dispose();
            throw;
        }
    }

    /// <summary>The first map with a role, or null.</summary>
    public KernelMap? Find(MapRole role) => _maps.Find(m => m.Spec.Role == role);

    /// <summary>Takes the programs out of the kernel; the maps, which may be read further, stay.</summary>
    public void Unload()
    {
        foreach (var program in _programs)
            program.Dispose();
        _programs.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Unload();
        foreach (var map in _maps)
            map.Dispose();
    }
}
