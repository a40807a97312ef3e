using Ctrace.Compiler.Catalog.Aggregations;
using Ctrace.Compiler.Catalog.Builtins;
using Ctrace.Compiler.Catalog.Probes;

namespace Ctrace.Compiler.Catalog;

/// <summary>All that the language offers, as data. Binder, listings, documentation and tests read it here.</summary>
public static class CatalogIndex
{
    /// <summary>The aggregations.</summary>
    public static IReadOnlyList<AggregationDefinition> Aggregations { get; } =
    [
        new CountAggregation(), new SumAggregation(), new AverageAggregation(), new MinAggregation(), new MaxAggregation(),
        new StatsAggregation(), new HistogramAggregation(), new LinearHistogramAggregation(), new TimeSeriesAggregation(),
        .. QuantileAggregation.All, new DistinctAggregation(), new RateAggregation(), new EdgeAggregation(false), new EdgeAggregation(true),
    ];

    /// <summary>The builtin values.</summary>
    public static IReadOnlyList<BuiltinDefinition> Builtins { get; } = [.. ProcessBuiltins.All, .. MachineBuiltins.All, .. ProbeBuiltins.All, .. SystemBuiltins.All, .. ProgramBuiltins.All, .. Enum.GetValues<StackSource>().Select(StackFunction.Value)];

    internal static NtopFunction Ntop { get; } = new();

    /// <summary>The functions.</summary>
    public static IReadOnlyList<FunctionDefinition> Functions { get; } =
    [
        new PrintfFunction(), new PrintFunction(), new ClearFunction(), new ZeroFunction(), new DeleteFunction(), new HasKeyFunction(), new LenFunction(false), new LenFunction(true), new FindFunction(), new GetoptFunction(),
        new ExitFunction(), new StrFunction(), new TimeFunction(), new StrftimeFunction(), new StackFunction(StackSource.Kernel), new StackFunction(StackSource.User), new StackFunction(StackSource.Unwound),
        .. FormattedFunction.All, new DebugfFunction(), new AssertFunction(), new StaticAssertFunction(), new JoinFunction(),
        new BufFunction(), Ntop, new PtonFunction(), new MacaddrFunction(),
        new StrlenFunction(), new StrcapFunction(), new StrncmpFunction(), new StrcontainsFunction(), new StrstrFunction(), new StrConcatFunction(),
        new MemcmpFunction(false), new MemcmpFunction(true), new BswapFunction(), new AssertStrFunction(),
        .. TaskFunction.All, .. LookupFunction.All, new UsymFunction(), new KaddrFunction(), new CgroupidFunction(), new CgroupPathFunction(),
        new RegFunction(), .. TypeFunction.All, new IsErrFunction(),
        new SpaceFunction(false), new SpaceFunction(true), new ComptimeFunction(), new KfuncFunction(false), new KfuncFunction(true),
        new SignalFunction("signal", false), new SignalFunction("signal_thread", true),
    ];

    /// <summary>
    /// Functions that not every machine takes: <c>fail</c>, which refuses by itself, and functions that only some kernels have (all their symbols must be listed)
    /// or probes have: they say so.
    /// </summary>
    public static IReadOnlyList<FunctionDefinition> Elsewhere { get; } = [new FailFunction(), new PercpuKaddrFunction(), new OverrideFunction(), new WriteUserFunction(), new PathFunction(), new SocketCookieFunction(), new UaddrFunction(), new SkboutputFunction()];

    /// <summary>What builtin values do when they are called: <c>nsecs(monotonic)</c>.</summary>
    public static IReadOnlyList<FunctionDefinition> BuiltinCalls { get; } =
        [new NsecsFunction(), new NamespaceFunction("pid", false), new NamespaceFunction("tid", true), LookupFunction.Comm, .. TaskFunction.WithTask];

    /// <summary>The kinds of probes.</summary>
    public static IReadOnlyList<ProbeKind> Probes { get; } =
    [
        new OnceKind(false), new OnceKind(true), new TracepointKind(), new RawTracepointKind(), new IntervalKind(), new ProfileKind(),
        new KernelFunctionKind(false), new KernelFunctionKind(true), new TrampolineKind(false), new TrampolineKind(true),
        new UserFunctionKind(false), new UserFunctionKind(true), new UsdtKind(), new SoftwareKind(), new HardwareKind(), new WatchpointKind(), new IteratorKind(), new SpanKind(), new DotnetKind(), new SelfKind(), new TestKind(false), new TestKind(true),
    ];

    internal static RecordlessTracepointKind RecordlessTracepoint { get; } = new();

    internal static SyscallDispatchKind SyscallDispatch { get; } = new();

    /// <summary>An aggregation by name, or null.</summary>
    public static AggregationDefinition? FindAggregation(string name) => Aggregations.FirstOrDefault(a => a.Name == name);

    /// <summary>What a builtin value can be written with, so that no macro of the same name is meant.</summary>
    private const string PlainPrefix = "__builtin_";

    /// <summary>A builtin value by name, or null.</summary>
    public static BuiltinDefinition? FindBuiltin(string name) => Builtins.FirstOrDefault(b => b.Name == name) ?? (name.StartsWith(PlainPrefix, StringComparison.Ordinal) ? Builtins.FirstOrDefault(b => b.Name == name[PlainPrefix.Length..]) : null);

    /// <summary>A function by name, or null.</summary>
    public static FunctionDefinition? FindFunction(string name) => Functions.FirstOrDefault(f => f.Name == name) ?? BuiltinCalls.Concat(Elsewhere).FirstOrDefault(f => f.Name == name);

    /// <summary>A kind of probes by any of its names, or null.</summary>
    public static ProbeKind? FindProbe(string name) => Probes.FirstOrDefault(p => p.Names.Contains(name)) ?? Probes.FirstOrDefault(p => p.Names.Contains(name, StringComparer.OrdinalIgnoreCase) && name.Length > 2);
}
