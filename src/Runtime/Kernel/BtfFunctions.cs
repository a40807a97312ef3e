using Ctrace.Compiler.Targets;

namespace Ctrace.Runtime.Kernel;

/// <summary>Kernel functions in the type information.</summary>
internal static class BtfFunctions
{
    /// <summary>In bytes; of functions that are given more, and of others that the obstacles name, the kernel makes no trampolines (btf_distill_func_proto in kernel/bpf/btf.c).</summary>
    private const int LargestStructure = 16;

    /// <summary>In 64-bit words: MAX_BPF_FUNC_ARGS of include/linux/bpf.h.</summary>
    private const int MostWords = 12;

    /// <summary>All functions that it knows, in alphabetical order.</summary>
    public static List<KernelFunction> Names(Btf btf)
    {
        var functions = new List<KernelFunction>();
        for (int id = btf.Own.First; id < btf.Own.End; id++)
            if (btf.Kind(id) == BtfKind.Function)
                functions.Add(new KernelFunction(btf.Name(id), null));
        functions.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return functions;
    }

    /// <summary>A function's arguments and result, or null.</summary>
    public static FunctionPrototype? Find(Btf btf, BtfTypes types, string name)
    {
        int function = btf.FindFunction(name);
        return function == 0 ? null : Get(btf, types, function);
    }

    /// <summary>The arguments and the result of a function by its id.</summary>
    public static FunctionPrototype Get(Btf btf, BtfTypes types, int function)
    {
        int prototype = btf.Target(function), word = 0;
        var arguments = new List<RawArgument>();
        string? obstacle = IsStructure(btf, btf.Target(prototype)) ? "it returns a structure" : null;
        for (int i = 0; i < btf.MemberCount(prototype); i++)
        {
            int text = btf.Extra(prototype, i * 2), type = btf.Extra(prototype, (i * 2) + 1);
            // The last of a variable number of arguments has neither name nor type.
            if (type == 0)
            {
                obstacle ??= "it takes any number of arguments";
                continue;
            }

            var argument = BtfRawTracepoints.Argument(btf, text == 0 ? $"arg{i}" : btf.Text(text), type);
            arguments.Add(argument with { Type = types.Get(type), Register = word == arguments.Count ? null : word });
            word += argument.Words;
            if (IsStructure(btf, type))
                obstacle ??= btf.Kind(btf.Strip(type)) == BtfKind.Union ? $"its argument {argument.Name} is a union" :
                    argument.Size is 0 or > LargestStructure ? $"its argument {argument.Name} is a structure of {argument.Size} bytes" : null;
        }

        if (word > MostWords)
            obstacle ??= $"its arguments take {word} words, and the kernel allows {MostWords}";
        return new FunctionPrototype(function, null, arguments, types.Get(btf.Target(prototype))) { ResultName = BtfTypeNames.Name(btf, btf.Target(prototype)), Obstacle = obstacle };
    }

    private static bool IsStructure(Btf btf, int type) => btf.Kind(btf.Strip(type)) is BtfKind.Structure or BtfKind.Union;
}
