using System.Runtime.InteropServices;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Loading;

/// <summary>The type information of the kernel's modules, which programs on their functions are loaded with.</summary>
internal static unsafe class ModuleTypes
{
    private const int LongestName = 64;

    /// <summary>Opens a module's.</summary>
    /// <param name="module">Its name.</param>
    /// <exception cref="SessionException">It has none: it was unloaded, or the kernel keeps it from us.</exception>
    public static FileDescriptor Open(string module)
    {
        for (uint id = 0; Bpf.NextTypes(id, out uint next) == 0; id = next)
        {
            int fd = Bpf.OpenTypes(next);
            if (fd < 0)
                continue;
            var types = new FileDescriptor(fd);
            if (NameOf(types) == module)
                return types;
            types.Dispose();
        }

        throw new SessionException($"the kernel has no type information of the module {module}", "is it still loaded? see lsmod");
    }

    /// <summary>Its name, which programs' own do not have.</summary>
    private static string? NameOf(FileDescriptor types)
    {
        byte* name = stackalloc byte[LongestName];
        var info = new Information { Name = (ulong)name, NameLength = LongestName };
        return Bpf.Information(types.Number, &info, sizeof(Information)) == 0 && info.IsKernels != 0 ? Marshal.PtrToStringUTF8((nint)name) : null;
    }

    /// <summary>struct bpf_btf_info, from include/uapi/linux/bpf.h.</summary>
    private struct Information
    {
        public ulong Types;
        public uint Size, Id;
        public ulong Name;
        public uint NameLength, IsKernels;
    }
}
