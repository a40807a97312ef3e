using System.Runtime.InteropServices;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Reading;

/// <summary>The words that say which of two maps that take turns programs write to (<see cref="Compiler.Layouts.MapTwin"/>).</summary>
internal sealed unsafe class MapTurns(KernelMap map)
{
    /// <summary>Gives the turn to the other of the two.</summary>
    /// <param name="offset">Bytes to the word.</param>
    /// <returns>Whether it was the second one's until now.</returns>
    /// <exception cref="SessionException">The kernel refused.</exception>
    public bool Switch(int offset)
    {
        byte[] words = new byte[map.RawValueSize];
        int key = 0;
        fixed (byte* value = words)
        {
            int result = Bpf.Lookup(map.Fd, &key, value);
            if (result < 0)
                throw new SessionException($"can't read the map {map.Spec.Name}: {Errno.Text(-result)}");
        }

        ref long turn = ref MemoryMarshal.AsRef<long>(words.AsSpan(offset, sizeof(long)));
        bool second = turn != 0;
        turn = second ? 0 : 1;
        MapWriter.Put(map, 0, words);
        return second;
    }
}
