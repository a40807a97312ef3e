using Ctrace.Compiler.CDeclarations;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>Finds the types that programs and the kernel's formats name.</summary>
internal static class TypeResolver
{
    private static readonly string[] Qualifiers = ["const", "volatile", "restrict", "__user", "__rcu", "__percpu"];

    /// <summary>The type of a spelling as the kernel's formats have it (<c>const struct file *</c>); null where it is not known.</summary>
    /// <param name="spelling">The C type.</param>
    /// <param name="types">Knows the types.</param>
    /// <param name="space">Where its pointers point to.</param>
    public static TraceType? FromSpelling(string spelling, CTypeTable types, AddressSpace space)
    {
        var words = spelling.Replace("*", " * ").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(word => !Qualifiers.Contains(word)).ToList();
        int pointers = words.Count(word => word == "*");
        string name = string.Join(' ', words.Where(word => word != "*"));
        var type = types.Find(name) ?? (pointers > 0 ? new VoidType(name) : null);
        return type is null ? null : WithPointers(type, pointers, space);
    }

    /// <summary>A pointer to a pointer to … a type.</summary>
    public static TraceType WithPointers(TraceType type, int pointers, AddressSpace space)
    {
        for (int i = 0; i < pointers; i++)
            type = new PointerType(type, space);
        return type;
    }

    /// <summary>The type that a program names; null after a diagnostic.</summary>
    public static TraceType? Resolve(ExpressionBinder binder, TypeSyntax syntax, AddressSpace space)
    {
        var context = binder.Context;
        var type = syntax.Of is { } value ? TypeOf(binder, value, space) : binder.GivenType(syntax.Name, space) ?? Find(binder, syntax);
        switch (type)
        {
            case ErrorType:
                return null;
            case null when syntax.Pointers > 0:
                // A pointer to a type that is only named is a pointer all the same.
                type = new VoidType(syntax.Name);
                break;
            case null:
                Report(context, syntax);
                return null;
        }

        type = WithPointers(type, syntax.Pointers, space);
        if (syntax.Name is TypeNames.Text or TypeNames.Bytes && syntax.Pointers == 0)
            return type;
        foreach (int bound in syntax.Dimensions.Reverse())
            type = new ArrayType(type, bound);
        return type;
    }

    /// <summary>typeof(x): in a macro, x may be a type.</summary>
    private static TraceType TypeOf(ExpressionBinder binder, ExpressionSyntax value, AddressSpace space) =>
        value is NameSyntax name && binder.GivenType(name.Name, space) is { } given ? given : AssignedTypes.Of(binder.Bind(value), value);

    private static TraceType? Find(ExpressionBinder binder, TypeSyntax syntax) => syntax.Name switch
    {
        TypeNames.Text => new StringType(syntax.Dimensions is [var size and > 0] ? size : binder.Context.Options.MaxStringLength),
        // As in bpftrace, the word struct may be left out.
        _ => Find(binder, syntax.Name) ?? (syntax.Name.Contains(' ') ? null
            : Find(binder, "struct " + syntax.Name) ?? Find(binder, "union " + syntax.Name) ?? Find(binder, "enum " + syntax.Name)),
    };

    /// <summary>The program's types, then those of the binary that is probed, then the kernel's.</summary>
    private static TraceType? Find(ExpressionBinder binder, string name)
    {
        if (binder.Probe.FindType is not { } find)
            return binder.Context.Types.Find(name);
        binder.NoteProbe();
        return binder.Context.Types.FindOwn(name) ?? find(name) ?? binder.Context.Types.Find(name);
    }

    private static void Report(BindingContext context, TypeSyntax syntax)
    {
        string? hint = DiagnosticBag.DidYouMean(syntax.Name, TypeNames.All)
            ?? (context.Types.HasKernelTypes ? null : "this kernel has no type information (BTF): declare the type in the program");
        context.Diagnostics.ReportType(syntax.Span, $"there is no type '{syntax.Name}'", hint);
    }
}
