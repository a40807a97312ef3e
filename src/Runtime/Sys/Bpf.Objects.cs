namespace Ctrace.Runtime.Sys;

/// <summary>What the kernel has, whoever made it: programs and type information, by their ids.</summary>
internal static unsafe partial class Bpf
{
    /// <summary>The id after an id of the type information that is loaded.</summary>
    /// <returns>0, or minus the error number: -ENOENT at the end.</returns>
    public static int NextTypes(uint id, out uint next) => NextId(TypesNextId, id, out next);

    /// <summary>The same of the programs that are loaded.</summary>
    public static int NextProgram(uint id, out uint next) => NextId(ProgramNextId, id, out next);

    private static int NextId(int command, uint id, out uint next)
    {
        var attribute = new Attribute();
        attribute.Put(0, id);
        int result = Call(command, ref attribute, 12);
        next = attribute.Get32(4);
        return result;
    }

    /// <summary>Opens type information by its id.</summary>
    /// <returns>The descriptor, or minus the error number.</returns>
    public static int OpenTypes(uint id) => OpenById(TypesOpen, id);

    /// <summary>Opens a program by its id.</summary>
    /// <returns>The descriptor, or minus the error number.</returns>
    public static int OpenProgram(uint id) => OpenById(ProgramOpen, id);

    private static int OpenById(int command, uint id)
    {
        var attribute = new Attribute();
        attribute.Put(0, id);
        return Call(command, ref attribute, 12);
    }

    /// <summary>Fills a structure with what the kernel tells of an object.</summary>
    public static int Information(int fd, void* info, int size)
    {
        var attribute = new Attribute();
        attribute.Put(0, (uint)fd);
        attribute.Put(4, (uint)size);
        attribute.Put(8, (ulong)info);
        return Call(ObjectInfo, ref attribute, 16);
    }

    /// <summary>Fills struct bpf_prog_info, as much of it as the kernel knows.</summary>
    public static int ProgramInfo(int program, Span<byte> info)
    {
        fixed (byte* pointer = info)
            return Information(program, pointer, info.Length);
    }
}
