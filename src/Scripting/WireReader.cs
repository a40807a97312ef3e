using System.Net;
using Ctrace.Scripting.Protocol;

namespace Ctrace.Scripting;

/// <summary>Values from the wire to objects.</summary>
internal static class WireReader
{
    internal static object? Value(BinaryReader reader) => (Tag)reader.ReadByte() switch
    {
        Tag.Null => null,
        Tag.Int64 => reader.ReadInt64(),
        Tag.UInt64 => reader.ReadUInt64(),
        Tag.Boolean => reader.ReadBoolean(),
        Tag.Double => reader.ReadDouble(),
        Tag.String => reader.ReadString(),
        Tag.Bytes => reader.ReadBytes(reader.Read7BitEncodedInt()),
        Tag.TimeSpan => new TimeSpan(reader.ReadInt64()),
        Tag.Time => DateTimeOffset.UnixEpoch.AddTicks(reader.ReadInt64()).ToLocalTime(),
        Tag.Address => new IPAddress(reader.ReadBytes(reader.ReadByte())),
        Tag.List => Values(reader),
        Tag.Record => Records.Make(Enumerable.Range(0, reader.Read7BitEncodedInt()).Select(_ => (reader.ReadString(), Value(reader))).ToList()),
        Tag.Stats => new Stats(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64()),
        Tag.Histogram => new Histogram([.. Enumerable.Range(0, reader.Read7BitEncodedInt()).Select(_ => Bucket(reader))]),
        Tag.Stack => Enumerable.Range(0, reader.Read7BitEncodedInt()).Select(_ => new StackFrame(reader.ReadUInt64(), reader.ReadString(), reader.ReadInt64())).ToArray(),
        var unknown => throw new InvalidDataException($"tag {unknown}"),
    };

    /// <summary>Several values.</summary>
    internal static object?[] Values(BinaryReader reader)
    {
        var values = new object?[reader.Read7BitEncodedInt()];
        for (int i = 0; i < values.Length; i++)
            values[i] = Value(reader);
        return values;
    }

    private static Bucket Bucket(BinaryReader reader)
    {
        string label = reader.ReadString();
        long? low = reader.ReadBoolean() ? reader.ReadInt64() : null;
        long? high = reader.ReadBoolean() ? reader.ReadInt64() : null;
        return new Bucket(label, low, high, reader.ReadInt64());
    }
}
