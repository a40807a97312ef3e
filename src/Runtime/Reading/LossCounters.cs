using System.Runtime.InteropServices;
using Ctrace.Compiler;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Reading;

/// <summary>Reads the counters of lost things, and reports what was added since the last time.</summary>
internal sealed unsafe class LossCounters(TraceProgram program, KernelMap? map, ITraceSink sink)
{
    private readonly long[] _reported = new long[program.Losses.Length];
    private readonly int[] _reports = new int[program.Losses.Length];
    private readonly byte[] _raw = new byte[map?.RawValueSize ?? 0];

    /// <summary>Reports each counter that has grown.</summary>
    public void Report()
    {
        if (map is null)
            return;
        int key = 0;
        fixed (byte* value = _raw)
            if (Bpf.Lookup(map.Fd, &key, value) < 0)
                return;
        var totals = MemoryMarshal.Cast<byte, long>(_raw);
        for (int i = 0; i < _reported.Length; i++)
        {
            if (program.Losses[i] is { Cause: LossCause.HelperFailed, Subject: null })
                continue;
            long added = totals[i] - _reported[i];
            _reported[i] = totals[i];
            if (added <= 0)
                continue;
            _reports[i]++;
            bool failed = program.Losses[i].Cause == LossCause.HelperFailed;
            sink.Lost(failed ? program.Losses[i] with { Error = (int)totals[i + 1] } : program.Losses[i], added);
        }
    }

    /// <summary>Reports what was lost in all, after the last <see cref="Report"/>.</summary>
    public void ReportTotals()
    {
        for (int i = 0; i < _reported.Length; i++)
            if (_reports[i] > 0 && program.Losses[i].Cause != LossCause.HelperFailed)
                sink.LostInAll(program.Losses[i], _reported[i], _reports[i]);
    }
}
