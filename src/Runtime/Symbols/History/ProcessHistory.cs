using System.Globalization;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Symbols.History;

/// <summary>
/// Remembers which code processes had mapped, so that their addresses have names when they have ended or run another program. The
/// kernel tells of each new process, mapping, program and end; what processes had before is read from /proc, one after another, in the
/// background.
/// </summary>
internal sealed class ProcessHistory : IDisposable
{
    /// <summary>Mappings that are kept, of some five thousand processes (2 MB); those that ended first are forgotten first.</summary>
    private const int MostMappings = 30_000;

    private const int MostAncestors = 8;

    /// <summary>Programs of one process.</summary>
    private const int MostImages = 16;

    private readonly Lock _lock = new();
    /// <summary>The latest first. Each array stays as it is.</summary>
    private readonly Dictionary<int, ProcessImage[]> _processes = [];
    private readonly Queue<(int Process, ProcessImage Image)> _ended = [];
    private readonly ProcessRecords _records;
    private readonly int _only;
    private long _weight;
    private bool _disposed;

    private ProcessHistory(ProcessRecords records, int only) => (_records, _only) = (records, only);

    /// <summary>What can be polled: <see cref="Read"/> when it is ready.</summary>
    public IEnumerable<FileDescriptor> Descriptors => _records.Descriptors;

    /// <summary>Records that did not fit: some processes may be unknown.</summary>
    public long LostCount => _records.LostCount;

    /// <summary>Begins to watch; null where the kernel does not let us.</summary>
    /// <param name="only">The only process whose past matters; 0 for all.</param>
    public static ProcessHistory? TryStart(int only) => ProcessRecords.TryOpen() is { } records ? new ProcessHistory(records, only) : null;

    /// <summary>Reads what the processes have that were there before, in the background and without haste.</summary>
    public void LookAround()
    {
        if (_only != 0)
        {
            Look(_only);
            return;
        }

        new Thread(() =>
        {
            foreach (string folder in Directory.EnumerateDirectories("/proc"))
            {
                if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int process) || !Look(process))
                    continue;
                if (Volatile.Read(ref _disposed))
                    return;
                Thread.Sleep(1);
            }
        }, 1 << 18) { IsBackground = true, Name = "ctrace processes" }.Start();
    }

    /// <summary>Takes what has happened.</summary>
    public void Read()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            foreach (var record in _records.Read())
                Take(record);
            while (_weight > MostMappings && _ended.TryDequeue(out var oldest))
                Forget(oldest.Process, oldest.Image);
        }
    }

    /// <summary>The programs that a process has run, the latest first.</summary>
    public ProcessImage[] Images(int process)
    {
        lock (_lock)
        {
            if (!_disposed && _records.HasNews)
                Read();
            return _processes.GetValueOrDefault(process, []);
        }
    }

    /// <summary>The processes that one was forked from, the nearest first: they mostly see the same files.</summary>
    public IReadOnlyList<int> Ancestors(int process)
    {
        lock (_lock)
        {
            var ancestors = new List<int>();
            while (ancestors.Count < MostAncestors && _processes.TryGetValue(process, out var images) && images[^1].Parent is not 0 and var parent && !ancestors.Contains(parent))
                ancestors.Add(process = parent);
            return ancestors;
        }
    }

    /// <summary>Stops watching; what is known stays.</summary>
    public void Dispose()
    {
        Read();
        lock (_lock)
        {
            _disposed = true;
            _records.Dispose();
        }
    }

    private void Take(ProcessRecord record)
    {
        if (_only != 0 && record.Process != _only)
            return;
        switch (record)
        {
            case ForkRecord fork:
                Begin(fork.Process, Current(fork.Parent) is { } parent ? parent.Fork(fork.Parent) : new ProcessImage(fork.Parent, false));
                break;
            case ExecRecord exec:
                // What was forked only to become another program leaves nothing behind that would be its own.
                Begin(exec.Process, new ProcessImage(Last(exec.Process)?.Parent ?? 0, true));
                break;
            case MappingRecord mapped when Last(mapped.Process) is { } image:
                image.Add(mapped.Mapping);
                Count(image, image.Weight);
                break;
            case MappingRecord mapped:
                Current(mapped.Process)?.Add(mapped.Mapping);
                break;
            case ExitRecord exit when _processes.TryGetValue(exit.Process, out var images):
                foreach (var image in images)
                    _ended.Enqueue((exit.Process, image));
                break;
            default:
                break;
        }
    }

    private ProcessImage? Last(int process) => _processes.TryGetValue(process, out var images) ? images[0] : null;

    /// <summary>What a process runs now: of one that was there before, what /proc says.</summary>
    private ProcessImage? Current(int process)
    {
        if (Last(process) is { } known)
            return known;
        if (Mapping.ReadAll(process) is not { } maps)
            return null;
        var image = ProcessImage.Of(maps);
        Begin(process, image);
        return image;
    }

    private void Begin(int process, ProcessImage image)
    {
        if (_processes.TryGetValue(process, out var images) && images.Length >= MostImages)
            Forget(process, images[^1]);
        _processes[process] = [image, .. _processes.GetValueOrDefault(process, [])];
        Count(image, image.Weight);
    }

    private void Count(ProcessImage image, int weight)
    {
        _weight += weight - image.Counted;
        image.Counted = weight;
    }

    /// <summary>Reads a process of before; tells whether it was there to be read.</summary>
    private bool Look(int process)
    {
        lock (_lock)
            if (_processes.ContainsKey(process))
                return false;
        if (Mapping.ReadAll(process) is not { } maps)
            return false;
        Read();
        lock (_lock)
        {
            // What it did since we looked was told meanwhile, and that is then all there is to know.
            if (!_processes.ContainsKey(process))
                Begin(process, ProcessImage.Of(maps, ProcessStatus.ParentOf(process)));
        }

        return true;
    }

    private void Forget(int process, ProcessImage image)
    {
        if (!_processes.TryGetValue(process, out var images) || !images.Contains(image))
            return;
        Count(image, 0);
        if (images.Length == 1)
            _processes.Remove(process);
        else
            _processes[process] = [.. images.Where(i => i != image)];
    }
}
