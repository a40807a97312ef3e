using System.Collections.Immutable;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Aggregations;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>Gives queries their meaning: one map update, or one event row.</summary>
/// <param name="expressions">Binds its expressions.</param>
/// <param name="statements">Binds its aggregates.</param>
/// <param name="handler">The C# that gets its rows; -1 for none.</param>
internal sealed class QueryBinder(ExpressionBinder expressions, StatementBinder statements, int handler)
{
    private BindingContext Context => expressions.Context;

    /// <summary>Whether a query aggregates: then every item must.</summary>
    public static bool IsAggregation(QuerySyntax query) => query.Items.Any(IsAggregate);

    /// <summary>Binds a query.</summary>
    /// <param name="query">As written.</param>
    /// <param name="defaultMap">Its map without <c>into</c>.</param>
    public BoundStatement Bind(QuerySyntax query, string defaultMap)
    {
        foreach (var group in query.Options.GroupBy(o => o.GetType()).Where(g => g.Count() > 1))
            Context.Diagnostics.ReportTwice(group.Last().Span, $"'{group.Last().Label.Split(' ')[0]}'");
        return IsAggregation(query) ? BindAggregation(query, defaultMap) : BindRow(query);
    }

    private static bool IsAggregate(NamedExpressionSyntax item) =>
        item.Expression is CallSyntax call && CatalogIndex.FindAggregation(call.Name) is not null;

    private BoundRow BindRow(QuerySyntax query)
    {
        foreach (var option in query.Options)
            Context.Diagnostics.ReportEventOption(option.Span, option.Label.Split(' ')[0]);
        var names = Names(query.Items);
        var columns = query.Items.Select(item => CatalogIndex.Ntop.OfField(expressions.Bind(item.Expression))).ToImmutableArray();
        foreach (var none in columns.Where(c => c.Type is NoneType))
            Context.Diagnostics.ReportType(none.Span, "this gives no value to show");
        return new BoundRow(names, columns, handler, query.Span);
    }

    private BoundStatement BindAggregation(QuerySyntax query, string defaultMap)
    {
        foreach (var item in query.Items.Where(item => !IsAggregate(item)))
            Context.Diagnostics.ReportMixedQuery(item.Span, NameOf(item));
        var by = query.Options.OfType<BySyntax>().FirstOrDefault();
        var into = query.Options.OfType<IntoSyntax>().FirstOrDefault();
        // With one aggregate that was not given a name there is no table, and so no header in which two names could be confused.
        ImmutableArray<NamedExpressionSyntax> keySyntax = by?.Keys ?? [];
        var names = query.Items.Length > 1 || query.Items[0].Name is not null ? Names([.. keySyntax, .. query.Items]) : [.. Names(keySyntax), .. Names(query.Items)];
        var keyNames = names[..keySyntax.Length];
        var itemNames = names[keyNames.Length..];

        string mapName = into?.Map ?? defaultMap;
        var map = Context.DefineMap(mapName, into?.Span ?? query.Span);
        var shapes = ImmutableArray.CreateBuilder<AggregateColumn>();
        var updates = ImmutableArray.CreateBuilder<AggregateUpdate>();
        int offset = 0;
        var shared = new Dictionary<string, int>();
        foreach (var (item, name) in query.Items.Zip(itemNames))
        {
            if (!IsAggregate(item) || statements.BindAggregate((CallSyntax)item.Expression, shapes.Count, out var shape, name, offset) is not { } update)
                continue;
            if (shape!.Definition is TimeSeriesAggregation && query.Items.Length > 1)
                expressions.Context.Diagnostics.ReportType(item.Span, "tseries() is drawn, and stands alone in a query", "ask for it in a query of its own");
            // Several quantiles of one value are read from the same buckets.
            if (shape!.Definition.SharesStorage)
            {
                string value = SyntaxNode.Dump(((CallSyntax)item.Expression).Arguments[0]);
                if (shared.TryGetValue(value, out int known))
                {
                    shapes.Add(shape with { Offset = known });
                    continue;
                }

                shared.Add(value, offset);
            }

            shapes.Add(shape);
            updates.Add(update);
            offset += shape.Size;
        }

        var mapSyntax = new MapSyntax(mapName, by is null ? [] : [.. by.Keys.Select(k => k.Expression)], query.Span, query.Span);
        var keys = expressions.BindKeys(map, mapSyntax, CatalogIndex.Ntop.OfField);
        var shown = BindOptions(query, keyNames, itemNames);
        if (keys is null || shapes.Count < query.Items.Length)
            return new BoundBlock([], query.Span);
        if (map.Plain is not null || map.IsAggregate && (map.Query is null || !map.Aggregates.SequenceEqual(shapes)))
        {
            Context.Diagnostics.ReportQueryMap(into?.Span ?? query.Span, mapName);
            return new BoundBlock([], query.Span);
        }

        map.Aggregates = shapes.ToImmutable();
        map.Query = shown;
        return new BoundAggregate(map, keys.Value, updates.ToImmutable(), query.Span);
    }

    private BoundQuery BindOptions(QuerySyntax query, ImmutableArray<string> keyNames, ImmutableArray<string> itemNames)
    {
        int top = 0, sort = 0;
        long every = 0;
        if (query.Options.OfType<TopSyntax>().FirstOrDefault() is { } topSyntax)
        {
            if (expressions.Bind(topSyntax.Count) is BoundConstant { Type: IntegerType, Value: > 0 and <= int.MaxValue } count)
                top = (int)count.Value;
            else
                Context.Diagnostics.ReportType(topSyntax.Count.Span, "'top' takes a number of rows, 1 or more");
            if (topSyntax.Column is { } column)
            {
                sort = itemNames.IndexOf(column);
                int key = keyNames.IndexOf(column);
                if (sort < 0 && key >= 0)
                    sort = -1 - key;
                else if (sort < 0)
                    Context.Diagnostics.ReportUnknownColumn(topSyntax.ColumnSpan, column, [.. itemNames, .. keyNames]);
            }
        }

        if (query.Options.OfType<EverySyntax>().FirstOrDefault() is { } everySyntax)
        {
            every = expressions.Bind(everySyntax.Period) is BoundConstant { Type: IntegerType } period ? period.Value : 0;
            if (every < 1_000_000)
                Context.Diagnostics.ReportType(everySyntax.Period.Span, "'every' takes a duration of 1ms or more", "every 1s");
        }

        return new BoundQuery(keyNames, top, sort, every, itemNames.Length > 1, handler);
    }

    private ImmutableArray<string> Names(ImmutableArray<NamedExpressionSyntax> items)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var item in items)
        {
            string name = NameOf(item);
            if (names.Contains(name))
                Context.Diagnostics.ReportDuplicateColumn(item.Span, name);
            names.Add(name);
        }

        return names.ToImmutable();
    }

    /// <summary>A column's name: as given, or the expression's own text.</summary>
    private static string NameOf(NamedExpressionSyntax item) => item.Name ?? Text(item.Expression);

    private static string Text(ExpressionSyntax expression) => expression switch
    {
        NameSyntax s => s.Name,
        MemberSyntax s => s.Name,
        VariableSyntax s => s.Name,
        MapSyntax s => s.Name,
        CallSyntax { Arguments: [] } s => s.Name,
        CallSyntax s when CatalogIndex.FindAggregation(s.Name) is not null => $"{s.Name}({Text(s.Arguments[0])})",
        CallSyntax s => Text(s.Arguments[^1]) is { Length: > 0 } inner ? inner : s.Name,
        CastSyntax s => Text(s.Value),
        IndexSyntax s => Text(s.Value),
        BinarySyntax s => $"{Text(s.Left)} {s.Operator} {Text(s.Right)}",
        UnarySyntax s => s.Operator + Text(s.Operand),
        IntegerSyntax s => s.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
        StringSyntax s => s.Value,
        TupleSyntax s => $"({string.Join(", ", s.Items.Select(Text))})",
        TernarySyntax s => s.Then is null ? $"{Text(s.Condition)} ?: {Text(s.Else)}" : $"{Text(s.Condition)} ? {Text(s.Then)} : {Text(s.Else)}",
        _ => expression.Label,
    };
}
