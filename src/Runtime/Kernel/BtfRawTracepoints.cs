using Ctrace.Compiler.Targets;

namespace Ctrace.Runtime.Kernel;

/// <summary>
/// Raw tracepoints in BTF: for each the kernel has <c>typedef void (*btf_trace_NAME)(void *__data, …)</c>
/// (include/trace/bpf_probe.h). Parameters' names are only known to the function <c>__bpf_trace_NAME</c>, if at all.
/// </summary>
internal static class BtfRawTracepoints
{
    private const string TypedefPrefix = "btf_trace_", FunctionPrefix = "__bpf_trace_";

    /// <summary>All names, in alphabetical order.</summary>
    public static List<string> Names(Btf btf)
    {
        var names = new List<string>();
        for (int id = btf.Own.First; id < btf.Own.End; id++)
            if (btf.Kind(id) == BtfKind.Typedef && btf.StartsWith(id, "btf_trace_"u8))
                names.Add(btf.Name(id)[TypedefPrefix.Length..]);
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>Arguments of one, or null where BTF does not know it.</summary>
    public static List<RawArgument>? Arguments(Btf btf, BtfTypes types, string name)
    {
        int typedef = btf.Find(TypedefPrefix + name, BtfKind.Typedef);
        if (typedef == 0 || btf.Kind(btf.Target(typedef)) != BtfKind.Pointer)
            return null;
        int prototype = btf.Target(btf.Target(typedef));
        if (btf.Kind(prototype) != BtfKind.Prototype)
            return null;
        int named = NamedPrototype(btf, name, btf.MemberCount(prototype));

        var arguments = new List<RawArgument>();
        for (int i = 1; i < btf.MemberCount(prototype); i++)
        {
            int type = btf.Extra(prototype, (i * 2) + 1);
            int text = btf.Extra(prototype, i * 2);
            if (named != 0)
                text = btf.Extra(named, i * 2);
            arguments.Add(Argument(btf, text == 0 ? $"arg{i - 1}" : btf.Text(text), type) with { Type = types.Get(type) });
        }

        return arguments;
    }

    /// <summary>Events of one class share a function, which then has the class's name: those stay without names.</summary>
    private static int NamedPrototype(Btf btf, string name, int parameters)
    {
        int function = btf.Find(FunctionPrefix + name, BtfKind.Function);
        if (function == 0)
            return 0;
        int prototype = btf.Target(function);
        return btf.Kind(prototype) == BtfKind.Prototype && btf.MemberCount(prototype) == parameters ? prototype : 0;
    }

    /// <summary>An argument as far as a listing and code generation need it.</summary>
    public static RawArgument Argument(Btf btf, string name, int type)
    {
        int stripped = btf.Strip(type);
        string typeName = BtfTypeNames.Name(btf, type);
        return btf.Kind(stripped) switch
        {
            BtfKind.Pointer => new RawArgument(name, typeName, 8, false, true),
            BtfKind.Integer => new RawArgument(name, typeName, btf.Size(stripped), (btf.Extra(stripped, 0) >> 24 & 1) != 0, false),
            BtfKind.Enumeration => new RawArgument(name, typeName, btf.Size(stripped), true, false),
            BtfKind.Structure or BtfKind.Union or BtfKind.Enumeration64 =>
                new RawArgument(name, typeName, btf.Size(stripped), false, false),
            _ => new RawArgument(name, typeName, 8, false, false),
        };
    }
}
