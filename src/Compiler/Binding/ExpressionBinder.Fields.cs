using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Dotnet;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Binding;

/// <content>The fields of the probe's record, and the arguments of its function.</content>
internal sealed partial class ExpressionBinder
{
    /// <summary>Whether the probe has fields.</summary>
    public bool HasArguments => probe.RawArguments is not null || probe.FindArguments is not null || probe.Format is not null || probe.Record is not null;

    /// <summary>Whether this is <c>args</c>, or a variable that was set to it.</summary>
    public bool StandsForArguments(ExpressionSyntax syntax) =>
        syntax is NameSyntax { Name: "args" } || syntax is VariableSyntax variable && FindVariable(variable.Name) is { Type: ArgumentsType };

    private BoundExpression BindField(MemberSyntax syntax)
    {
        NoteProbe();
        if (probe.Record is { } record)
        {
            if (record.Fields.FirstOrDefault(f => f.Name == syntax.Name) is { } found)
                return InRecord(found, syntax.Span);
            context.Diagnostics.ReportUnknownField(syntax.NameSpan, probe.Name, syntax.Name, [.. record.Fields.Select(f => f.Name)]);
            return new BoundError(syntax.Span);
        }

        if (probe.RawArguments is { } arguments)
        {
            int index = arguments.ToList().FindIndex(a => a.Name == syntax.Name);
            if (index >= 0 && arguments[index].Register == RawArgument.NoRegister)
            {
                context.Diagnostics.ReportType(syntax.Span, $"args.{syntax.Name} ({arguments[index].TypeName}) is not in registers for integers", "of what is passed on the stack, sarg0 is the first");
                return new BoundError(syntax.Span);
            }

            if (index >= 0)
                return new BoundRawArgument(arguments[index].Register ?? index, RawType(arguments[index]), syntax.Span) { InRegister = probe.HasRegisters };
            if (probe is { IsReturn: true, HasRegisters: true })
                context.Diagnostics.ReportType(syntax.Span, $"args.{syntax.Name} is not known at the return: this kernel has no fexit", $"span:kernel:{probe.Name.Split(':')[^1]} keeps what was given at the entry");
            else
                context.Diagnostics.ReportUnknownField(syntax.NameSpan, probe.Name, syntax.Name, [.. arguments.Select(a => a.Name)]);
            return new BoundError(syntax.Span);
        }

        if (probe.FindArguments is not null)
        {
            if (probe.FindMissingFile?.Invoke() is { } file)
                context.Diagnostics.ReportType(syntax.Span, $"the arguments of {probe.Name} are not known: a file with a part of its binary's debug information is not there, or of another build: {file}", "put it there or beside the binary, or name its folder with --debuginfo; arg0 is the first argument in any case");
            else
                context.Diagnostics.ReportType(syntax.Span, $"the arguments of {probe.Name} are not known: its binary has no debug information of it", "compile it with -g, or install its debug symbols; arg0 is the first argument in any case");
            return new BoundError(syntax.Span);
        }

        var fields = probe.Format?.Fields ?? [];
        if (fields.FirstOrDefault(f => f.Name == syntax.Name) is not { } field)
        {
            context.Diagnostics.ReportUnknownField(syntax.NameSpan, probe.Name, syntax.Name, [.. fields.Select(f => f.Name)]);
            return new BoundError(syntax.Span);
        }

        if (FieldType(field) is not { } type)
            return Unsupported(syntax, $"reading the array {field.TypeName} {field.Name}");
        if (probe.Syscalls is not null && !SyscallFields.IsCommon(field, probe))
            return Unsupported(syntax, $"reading {field.Name} from many system calls at once");
        return new BoundField(field, type, syntax.Span);
    }

    /// <summary>A part of the event's record, which is in the memory of the process that runs the program.</summary>
    public static BoundExpression InRecord(RecordField field, TextSpan span) =>
        new BoundDereference(new BoundRawArgument(0, new PointerType(new VoidType("record"), AddressSpace.User), span), field.Offset, field.Type, span);

    /// <summary>What stands in the event's record for a builtin value; null where nothing does.</summary>
    public RecordField? RecordedBuiltin(string name) => probe.Record?.Builtins.FirstOrDefault(f => f.Name == name);

    private TraceType? FieldType(TracepointField field) => field.Kind switch
    {
        TracepointFieldKind.Integer => new IntegerType(field.Size, field.Signed),
        TracepointFieldKind.Pointer => TypeResolver.FromSpelling(field.TypeName, context.Types, probe.HasUserPointers ? AddressSpace.User : AddressSpace.Kernel),
        TracepointFieldKind.CharArray => new StringType(field.Size),
        _ when field is { IsElsewhere: true, ElementTypeName: "char" or "const char" } => new StringType(context.Options.MaxStringLength),
        _ when field.IsElsewhere =>
            new PointerType(TypeResolver.FromSpelling(field.ElementTypeName, context.Types, AddressSpace.Kernel) ?? new VoidType(field.ElementTypeName), AddressSpace.Kernel),
        TracepointFieldKind.Array => ArrayFieldType(field),
        _ => null,
    };

    /// <summary>An array, or a structure, in the record; null where its type is not known.</summary>
    private TraceType? ArrayFieldType(TracepointField field)
    {
        var type = TypeResolver.FromSpelling(field.TypeName, context.Types, AddressSpace.Kernel);
        return type?.Size == field.Size ? type
            : type is { Size: > 0 } && field.Size % type.Size == 0 ? new ArrayType(type, field.Size / type.Size)
            : null;
    }

    private static TraceType RawType(RawArgument argument) =>
        argument.Type is { IsScalar: true } or StructureType ? argument.Type :
        argument.IsPointer ? new PointerType(new VoidType(argument.TypeName.Replace("*", "").Trim()), AddressSpace.Kernel) : new IntegerType(argument.Size is 1 or 2 or 4 or 8 ? argument.Size : 8, argument.Signed);
}
