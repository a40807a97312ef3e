using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Reading;

/// <summary>Empties maps.</summary>
internal static unsafe class MapWriter
{
    /// <summary>Removes all entries. A single slot can't be removed: it is set to zeros, its presence word included.</summary>
    public static void Clear(KernelMap map)
    {
        if (map.Spec.IsSingleSlot)
            Put(map, 0, new byte[map.RawValueSize]);
        else
            new MapReader(map).ReadAll(clear: true);
    }

    /// <summary>Keeps the keys and sets the values to zero; what was set stays set.</summary>
    public static void Zero(KernelMap map)
    {
        int presence = map.Spec.Shape?.PresenceOffset ?? -1;
        byte[] raw = new byte[map.RawValueSize];
        if (map.Spec.IsSingleSlot)
        {
            int key = 0;
            fixed (byte* value = raw)
                if (Bpf.Lookup(map.Fd, &key, value) < 0)
                    return;
            for (int slot = 0; slot < raw.Length; slot += map.SlotSize)
                KeepPresence(raw.AsSpan(slot, map.Spec.ValueSize), presence);
            Put(map, 0, raw);
            return;
        }

        // Keys read here may be deleted by a program meanwhile: those must not come back, hence "existing".
        if (presence >= 0)
            for (int slot = 0; slot < raw.Length; slot += map.SlotSize)
                raw[slot + presence] = 1;
        fixed (byte* value = raw)
            foreach (var row in new MapReader(map).ReadAll())
                fixed (byte* key = row.Key.Span)
                    Bpf.Update(map.Fd, key, value, Bpf.UpdateExisting);
    }

    /// <summary>Writes a single slot, or an entry of an array.</summary>
    public static void Put(KernelMap map, int index, ReadOnlySpan<byte> raw)
    {
        fixed (byte* value = raw)
        {
            int result = Bpf.Update(map.Fd, &index, value);
            if (result < 0)
                throw new SessionException($"can't write the map {map.Spec.Name}: {Errno.Text(-result)}");
        }
    }

    private static void KeepPresence(Span<byte> value, int presence)
    {
        if (presence < 0)
        {
            value.Clear();
            return;
        }

        value[..presence].Clear();
        value[(presence + 8)..].Clear();
    }
}
