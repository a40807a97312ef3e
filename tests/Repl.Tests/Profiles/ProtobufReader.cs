using System.Text;

namespace Ctrace.Repl.Tests.Profiles;

/// <summary>Takes a message apart again: its fields in order, as numbers or bytes.</summary>
internal sealed class ProtobufReader
{
    private readonly List<(int Field, ulong Number, byte[] Bytes)> _fields = [];

    internal ProtobufReader(byte[] message)
    {
        for (int i = 0; i < message.Length;)
        {
            ulong tag = Variable(message, ref i);
            switch (tag & 7)
            {
                case 0:
                    _fields.Add(((int)(tag >> 3), Variable(message, ref i), []));
                    break;
                case 2:
                    int size = (int)Variable(message, ref i);
                    _fields.Add(((int)(tag >> 3), 0, message[i..(i + size)]));
                    i += size;
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7}");
            }
        }
    }

    internal ulong Number(int field) => _fields.Where(f => f.Field == field).Select(f => f.Number).FirstOrDefault();

    internal List<ProtobufReader> Messages(int field) => [.. _fields.Where(f => f.Field == field).Select(f => new ProtobufReader(f.Bytes))];

    internal List<string> Texts(int field) => [.. _fields.Where(f => f.Field == field).Select(f => Encoding.UTF8.GetString(f.Bytes))];

    internal List<ulong> Packed(int field)
    {
        var numbers = new List<ulong>();
        foreach (var (_, _, bytes) in _fields.Where(f => f.Field == field))
            for (int i = 0; i < bytes.Length;)
                numbers.Add(Variable(bytes, ref i));
        return numbers;
    }

    private static ulong Variable(byte[] bytes, ref int i)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = bytes[i++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
    }
}
