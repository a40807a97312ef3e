using System.Runtime.InteropServices;
using Ctrace.Compiler;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Reading;

/// <summary>Reads the counters of lost things, and reports what was added since the last time.</summary>
internal sealed unsafe class LossCounters(TraceProgram program, KernelMap? map, ITraceSink sink)
{
    private readonly long[] _reported = new long[program.Losses.Length];
    private readonly byte[] _raw = new byte[map?.RawValueSize ?? 0];

    /// <summary>Reports each counter that has grown.</summary>
    public void Report()
    {
        for (int i = 0; i < _reported.Length && map is not null; i++)
        {
            long total = Total(i), added = total - _reported[i];
            _reported[i] = total;
            if (added > 0)
                sink.Lost(program.Losses[i], added);
        }
    }

    private long Total(int index)
    {
        fixed (byte* value = _raw)
            if (Bpf.Lookup(map!.Fd, &index, value) < 0)
                return 0;
        long total = 0;
        foreach (long cpu in MemoryMarshal.Cast<byte, long>(_raw))
            total += cpu;
        return total;
    }
}
