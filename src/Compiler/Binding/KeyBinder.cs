using System.Collections.Immutable;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Binding;

/// <summary>Binds the keys that a map is used with.</summary>
internal sealed class KeyBinder(ExpressionBinder expressions)
{
    /// <summary>The keys of a map's use, checked against the map; null after a diagnostic.</summary>
    public ImmutableArray<BoundExpression>? Bind(MapSymbol map, MapSyntax syntax, Func<BoundExpression, BoundExpression>? shown)
    {
        var keys = ImmutableArray.CreateBuilder<BoundExpression>();
        foreach (var key in syntax.Keys)
        {
            // @m[(a, b)] is the same as @m[a, b]
            if (syntax.Keys.Length == 1 && key is TupleSyntax { Names: [], Items.IsEmpty: false } tuple)
                keys.AddRange(tuple.Items.Select(expressions.BindValue));
            else
                keys.Add(shown is null ? expressions.BindValue(key) : shown(expressions.BindValue(key)));
        }

        // A tuple that is the whole key is the same as its elements.
        if (keys is [{ Type: TupleType { Names: [] } whole } value])
        {
            keys.Clear();
            keys.AddRange(whole.Elements.Select(e => new BoundElement(value, e, value.Span)));
        }

        if (keys.Any(k => k.Type is ErrorType))
            return null;
        for (int i = 0; i < keys.Count && map.Keys is { } known && known.Length == keys.Count; i++)
            keys[i] = Numbered(known[i], TypeRules.Fitted(known[i], keys[i]));
        if (keys.FirstOrDefault(k => k.Type is NoneType) is { } none)
        {
            expressions.Context.Diagnostics.ReportType(none.Span, "this gives no value to use as a key");
            return null;
        }

        if (keys.Any(k => k.Type is StackType) && !expressions.Context.Target.Supports(KernelFeature.LargeKeys))
            MakeRoom(map, keys);
        var types = keys.Select(k => k.Type).ToImmutableArray();
        var written = syntax.Keys is [TupleSyntax { Names: [] } parts] ? parts.Items : syntax.Keys;
        for (int i = 0; i < keys.Count; i++)
            expressions.Context.NoteAssigned(map.AssignedKeys.Element(i), keys[i], written.Length == keys.Count ? written[i] : null);
        if (expressions.Context.MergeKeys(map, types))
            return keys.ToImmutable();
        expressions.Context.Diagnostics.ReportKeyMismatch(syntax.Span, map.Name, Describe(map.Keys!.Value), Describe(types));
        return null;
    }

    /// <summary>The number that a name stands for, where the map's keys are shown by name: <c>@[syscall_name(n)]</c>, and then <c>@["read"]</c>.</summary>
    private BoundExpression Numbered(TraceType wanted, BoundExpression key) =>
        wanted is LookupType lookup && key is BoundString text && expressions.Context.Target.FindNumber(lookup.Kind, System.Text.Encoding.UTF8.GetString(text.Bytes.AsSpan())) is { } number
            ? new BoundConstant(number, lookup, key.Span) : key;

    /// <summary>Where keys are small, stacks of the usual depth get what the other parts leave.</summary>
    private void MakeRoom(MapSymbol map, ImmutableArray<BoundExpression>.Builder keys)
    {
        if (keys.Sum(k => TupleType.Align(k.Type.Size, 8)) <= MapSymbol.LargestKeyOfOldKernels)
            return;
        static bool IsUsual(BoundExpression key) => key is BoundBuiltin or BoundCall && key.Type is StackType { Depth: StackType.Deepest };
        int taken = keys.Sum(k => !IsUsual(k) ? TupleType.Align(k.Type.Size, 8) : k.Type is StackType { IsUser: true } ? 8 : 0), stacks = keys.Count(IsUsual);
        if (stacks == 0 || (MapSymbol.LargestKeyOfOldKernels - taken) / stacks / 8 is not (> 0 and var depth))
            return;
        for (int i = 0; i < keys.Count; i++)
        {
            if (!IsUsual(keys[i]))
                continue;
            // What another clause made room for.
            int known = map.Keys is { } settled && settled.Length == keys.Count && settled[i] is StackType { Depth: var before } && before < StackType.Deepest ? before : depth;
            var stack = (StackType)keys[i].Type;
            var type = new StackType(stack.IsUser, stack.Mode, known);
            keys[i] = keys[i] is BoundBuiltin value ? value with { Type = type } : (BoundCall)keys[i] with { Type = type };
            expressions.Context.Diagnostics.ReportShallowStack(keys[i].Span, known);
        }
    }

    private static string Describe(ImmutableArray<TraceType> keys) =>
        keys.IsEmpty ? "no key" : $"the key [{string.Join(", ", keys.Select(k => k.Name))}]";
}
