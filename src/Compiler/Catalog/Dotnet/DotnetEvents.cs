
namespace Ctrace.Compiler.Catalog.Dotnet;

/// <summary>
/// The events. Those of the runtime are described in its manifest (dotnet/runtime, src/coreclr/vm/ClrEtwAll.man), newer fields at the end;
/// those of libraries by their event sources.
/// </summary>
public static class DotnetEvents
{
    /// <summary>Who tells of what.</summary>
    public const string Runtime = "Microsoft-Windows-DotNETRuntime", Http = "System.Net.Http", Hosting = "Microsoft.AspNetCore.Hosting", Tasks = "System.Threading.Tasks.TplEventSource";

    private const ulong Collections = 1, Contention = 0x4000, Exceptions = 0x8000, Threading = 0x10000, Compilation = 0x10, All = ulong.MaxValue;

    private const int Errors = 2, Usual = 4, Verbose = 5;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<DotnetEvent> List { get; } =
    [
        Of("GCStart", "A garbage collection begins.", 1, Collections, Usual, Word("Count"), Word("Generation"), Word("Reason"), Word("Type")),
        Of("GCEnd", "It ends.", 2, Collections, Usual, Word("Count"), Word("Generation")),
        Of("GCRestartEEEnd", "All threads run again.", 3, Collections, Usual),
        Of("GCHeapStats", "What the heaps hold after a collection, in bytes.", 4, Collections, Usual,
            Long("GenerationSize0"), Long("TotalPromotedSize0"), Long("GenerationSize1"), Long("TotalPromotedSize1"), Long("GenerationSize2"), Long("TotalPromotedSize2"),
            Long("GenerationSize3"), Long("TotalPromotedSize3"), Long("FinalizationPromotedSize"), Long("FinalizationPromotedCount"), Word("PinnedObjectCount"), Word("SinkBlockCount"),
            Word("GCHandleCount"), Half(""), Long("GenerationSize4"), Long("TotalPromotedSize4")),
        Of("GCSuspendEEBegin", "All threads are to stop.", 9, Collections, Usual, Word("Reason"), Word("Count")),
        Of("GCAllocationTick", "Some 100 KB more were allocated; TypeName is what the last object was.", 10, Collections, Verbose,
            Word(""), Word("AllocationKind"), Half(""), Long("AllocationAmount"), Long(""), Text("TypeName"), Word("HeapIndex"), Long("Address"), Long("ObjectSize")),
        Of("ThreadPoolWorkerThreadStart", "The thread pool has one more thread.", 50, Threading, Usual, Word("ActiveWorkerThreadCount"), Word("RetiredWorkerThreadCount")),
        Of("ThreadPoolWorkerThreadStop", "The thread pool has one thread less.", 51, Threading, Usual, Word("ActiveWorkerThreadCount"), Word("RetiredWorkerThreadCount")),
        Of("ThreadPoolWorkerThreadAdjustmentAdjustment", "The thread pool changes how many threads it wants.", 55, Threading, Usual, Real("AverageThroughput"), Word("NewWorkerThreadCount"), Word("Reason")),
        Of("ExceptionThrown", "An exception is thrown.", 80, Exceptions, Errors, Text("ExceptionType"), Text("ExceptionMessage"), Long("ExceptionEIP"), Word("ExceptionHRESULT"), Half("ExceptionFlags")),
        Of("ContentionStart", "A thread waits for a lock.", 81, Contention, Usual, Byte("ContentionFlags"), Half(""), Long("LockID"), Long("AssociatedObjectID"), Long("LockOwnerThreadID")),
        Of("ContentionStop", "It has the lock; Duration is how long it waited, in nanoseconds.", 91, Contention, Usual, Byte("ContentionFlags"), Half(""), Real("Duration")),
        Of("MethodJittingStarted", "A method is to be compiled.", 145, Compilation, Verbose,
            Long("MethodID"), Long("ModuleID"), Word("MethodToken"), Word("MethodILSize"), Text("MethodNamespace"), Text("MethodName"), Text("MethodSignature")),
        Of("MethodLoadVerbose", "A method was compiled, or loaded.", 143, Compilation, Verbose,
            Long("MethodID"), Long("ModuleID"), Long("MethodStartAddress"), Word("MethodSize"), Word("MethodToken"), Word("MethodFlags"), Text("MethodNamespace"), Text("MethodName"), Text("MethodSignature")),
        new("HttpRequestStart", "HttpClient begins a request.", Http, 1, All, Usual, [Text("Scheme"), Text("Host"), Word("Port"), Text("PathAndQuery")]),
        new("HttpRequestStop", "HttpClient has the response's head.", Http, 2, All, Usual, [Word("StatusCode")]),
        new("HttpRequestFailed", "HttpClient gives up a request.", Http, 3, All, Usual, [Text("ExceptionMessage")]),
        new("AspNetRequestStart", "ASP.NET Core begins a request.", Hosting, 3, All, Usual, [Text("Method"), Text("Path")]),
        new("AspNetRequestStop", "ASP.NET Core is done with a request.", Hosting, 4, All, Usual, []),
        Made("GCPause", "All threads were stopped for a garbage collection; Duration in nanoseconds.", ["GCSuspendEEBegin", "GCStart", "GCEnd", "GCRestartEEEnd"],
            Long("Duration"), Word("Generation"), Word("Count"), Word("Reason")),
        Made("Contention", "A thread has waited for a lock; Duration in nanoseconds, the stack is where it did.", ["ContentionStart", "ContentionStop"],
            Long("Duration"), Long("LockID"), Long("LockOwnerThreadID")),
        Made("HttpRequest", "HttpClient has made a request, StatusCode 0 where it failed; Duration in nanoseconds.", ["HttpRequestStart", "HttpRequestStop", "HttpRequestFailed"],
            Long("Duration"), Word("StatusCode"), Text("Host"), Word("Port"), Text("PathAndQuery")),
        Made("AspNetRequest", "ASP.NET Core has answered a request; Duration in nanoseconds.", ["AspNetRequestStart", "AspNetRequestStop"],
            Long("Duration"), Text("Method"), Text("Path")),
    ];

    /// <summary>An event by its name, or null.</summary>
    public static DotnetEvent? Find(string name) => List.FirstOrDefault(e => e.Name == name);

    private static DotnetEvent Of(string name, string summary, int id, ulong keywords, int level, params DotnetField[] fields) => new(name, summary, Runtime, id, keywords, level, [.. fields]);

    private static DotnetEvent Made(string name, string summary, string[] parts, params DotnetField[] fields) => new(name, summary, "", 0, 0, 0, [.. fields]) { Parts = [.. parts] };

    private static DotnetField Byte(string name) => new(name, DotnetEncoding.Byte);

    private static DotnetField Half(string name) => new(name, DotnetEncoding.Half);

    private static DotnetField Word(string name) => new(name, DotnetEncoding.Word);

    private static DotnetField Long(string name) => new(name, DotnetEncoding.Long);

    private static DotnetField Real(string name) => new(name, DotnetEncoding.Real);

    private static DotnetField Text(string name) => new(name, DotnetEncoding.Text);
}
