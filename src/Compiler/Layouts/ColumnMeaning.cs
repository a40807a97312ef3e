namespace Ctrace.Compiler.Layouts;

/// <summary>What a row's number stands for, where the kernel's interface says so. People get its name too.</summary>
public enum ColumnMeaning
{
    /// <summary>Itself.</summary>
    None,

    /// <summary>What a system call returned: from -4095 to -1 an error's number, negated.</summary>
    SystemCallResult,

    /// <summary>The flags of <c>open</c>.</summary>
    OpenFlags,
}
