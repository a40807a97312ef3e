using Xunit.Abstractions;
using Xunit.Sdk;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>A theory whose rows can find out while they run that they can't be decided here: they throw <see cref="Skip"/>.</summary>
[XunitTestCaseDiscoverer("Ctrace.Kernel.Tests.Live.SkippableDiscoverer", "Ctrace.Kernel.Tests")]
public sealed class SkippableTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips all of it where programs can't be loaded.</summary>
    public SkippableTheoryAttribute() => Skip = Machine.WhyNot([]);
}

/// <summary>Finds the rows of such theories.</summary>
public sealed class SkippableDiscoverer(IMessageSink diagnostics) : TheoryDiscoverer(diagnostics)
{
    /// <inheritdoc/>
    protected override IEnumerable<IXunitTestCase> CreateTestCasesForDataRow(ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo theory, object[] row) =>
        [new SkippableCase(DiagnosticMessageSink, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method, row)];
}

/// <summary>One row.</summary>
public sealed class SkippableCase : XunitTestCase
{
    /// <summary>For the test framework, which then reads it.</summary>
    [Obsolete("for the test framework")]
    public SkippableCase()
    {
    }

    /// <summary>A row.</summary>
    public SkippableCase(IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method, object[] row)
        : base(diagnostics, display, options, method, row)
    {
    }

    /// <inheritdoc/>
    public override async Task<RunSummary> RunAsync(IMessageSink diagnosticMessageSink, IMessageBus messageBus, object[] constructorArguments, ExceptionAggregator aggregator, CancellationTokenSource cancellationTokenSource)
    {
        using var bus = new SkippingBus(messageBus);
        var summary = await base.RunAsync(diagnosticMessageSink, bus, constructorArguments, aggregator, cancellationTokenSource);
        summary.Failed -= bus.Skipped;
        summary.Skipped += bus.Skipped;
        return summary;
    }

    /// <summary>Makes failures with that exception to skipped tests.</summary>
    private sealed class SkippingBus(IMessageBus inner) : IMessageBus
    {
        public int Skipped { get; private set; }

        public bool QueueMessage(IMessageSinkMessage message)
        {
            if (message is not ITestFailed failed || failed.ExceptionTypes.FirstOrDefault() != typeof(Skip).FullName)
                return inner.QueueMessage(message);
            Skipped++;
            return inner.QueueMessage(new TestSkipped(failed.Test, failed.Messages[0][Skip.Token.Length..]));
        }

        public void Dispose()
        {
            // The bus is the framework's.
        }
    }
}
