using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>Makes profiles of maps. Names are looked up here, and nowhere else.</summary>
/// <param name="symbols">Names addresses.</param>
/// <param name="values">Shows the parts of keys that are no stacks.</param>
public sealed class ProfileBuilder(Symbolizer symbols, ValueFormatter values)
{
    private readonly ByteWriter _text = new();

    /// <summary>Stacks that were left out, since their values are below zero: no picture and no other tool can show those.</summary>
    public int LeftOut { get; private set; }

    /// <summary>A profile of a map.</summary>
    /// <param name="map">One for which <see cref="StackMaps.IsProfile"/> is true.</param>
    /// <param name="top">Only that many of the largest; 0 for all that the map shows.</param>
    public StackProfile Build(MapSnapshot map, int top = 0)
    {
        var shape = map.Spec.Shape!;
        int column = StackMaps.Column(shape);
        var samples = ImmutableArray.CreateBuilder<ProfileSample>();
        foreach (var row in MapRows.Choose(map, top))
        {
            var number = (NumberValue)row.Values[column];
            if (number is { Signed: true, Bits: < 0 })
                LeftOut++;
            else if (number.Bits != 0)
                samples.Add(Sample(shape, row.Keys, (ulong)number.Bits));
        }

        bool isCount = shape.Columns[column].Content is AggregateContent { Definition.Name: "count" };
        string measure = shape.Columns[column].Name is var name and not "value" ? name : map.Spec.Name.TrimStart('@') is { Length: > 0 } own ? own : "value";
        return new StackProfile(map.Spec.Name, measure, isCount, samples.ToImmutable());
    }

    private ProfileSample Sample(MapShape shape, TraceValue[] keys, ulong value)
    {
        var frames = ImmutableArray.CreateBuilder<ProfileFrame>();
        var labels = ImmutableArray.CreateBuilder<(string Name, string Text)>();
        var stacks = new List<StackValue>();
        for (int i = 0; i < keys.Length; i++)
        {
            // The process's name is what people look for first.
            bool isComm = shape.KeyNames[i] == "comm" || (shape.KeyNames[i] == $"key{i + 1}" && shape.Keys[i].Type is StringType { Size: 16, Limit: 0 });
            Take(keys[i], isComm ? "comm" : shape.KeyNames[i], stacks, labels, isComm ? 0 : labels.Count);
        }

        frames.AddRange(labels.Select(l => new ProfileFrame(l.Text, FrameKind.Label)));
        // What a process called comes before what the kernel then did.
        foreach (var stack in stacks.Where(s => s.Process is not null).Concat(stacks.Where(s => s.Process is null)))
            foreach (ulong address in stack.Addresses.Reverse())
                frames.Add(Frame(stack, address));
        return new ProfileSample(frames.ToImmutable(), value, labels.ToImmutable());
    }

    private void Take(TraceValue key, string name, List<StackValue> stacks, ImmutableArray<(string Name, string Text)>.Builder labels, int place)
    {
        switch (key)
        {
            case StackValue stack:
                stacks.Add(stack);
                break;
            case TupleValue tuple:
                foreach (var item in tuple.Items)
                    Take(item, name, stacks, labels, labels.Count);
                break;
            case RecordValue record:
                foreach (var (member, value) in record.Members)
                    Take(value, member, stacks, labels, labels.Count);
                break;
            default:
                _text.Clear();
                values.Write(_text, key);
                labels.Insert(place, (name, Encoding.UTF8.GetString(_text.Written)));
                break;
        }
    }

    private ProfileFrame Frame(StackValue stack, ulong address)
    {
        if (stack.Process is not { } process)
            return new ProfileFrame(symbols.Kernel(address) is var (name, _) ? name : Hex(address), FrameKind.Kernel);
        var (function, _, file) = symbols.User(process, address, stack.Addresses.AsSpan());
        // Code without names counts as its file: thousands of addresses would tell nothing.
        return new ProfileFrame(function ?? (file is null ? "[unknown]" : $"[{Path.GetFileName(file)}]"), FrameKind.User, file);
    }

    private static string Hex(ulong address) => "0x" + address.ToString("x", CultureInfo.InvariantCulture);
}
