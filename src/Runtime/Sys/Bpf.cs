using System.Runtime.CompilerServices;

namespace Ctrace.Runtime.Sys;

/// <summary>
/// bpf(2), one method per command. The attribute is union bpf_attr of include/uapi/linux/bpf.h: the words a command uses,
/// and zeros. Methods give a result of the kernel's or minus the error number.
/// </summary>
internal static unsafe partial class Bpf
{
    private const int MapCreate = 0, MapLookup = 1, MapUpdate = 2, MapDelete = 3, MapGetNextKey = 4, ProgramLoad = 5,
        Pin = 6, TestRun = 10, ProgramNextId = 11, ProgramOpen = 13, ObjectInfo = 15, RawTracepointOpen = 17, TypesLoad = 18, TypesOpen = 19, TypesNextId = 23, LookupBatch = 24, LookupAndDeleteBatch = 25,
        UpdateBatch = 26, DeleteBatch = 27, LinkCreate = 28, StatisticsEnable = 32, IteratorCreate = 33;

    /// <summary>A program that is loaded again after EAGAIN (a signal came while it was verified).</summary>
    private const int LoadAttempts = 5;

    /// <summary>BPF_LOG_LEVEL1: the verifier tells of each step; with BPF_LOG_LEVEL2 also what it knows after each.</summary>
    public const uint LogSteps = 1, LogStates = 2;

    /// <summary>sizeof(struct bpf_func_info).</summary>
    private const uint FunctionRecordSize = 8;

    /// <summary>BPF_PERF_EVENT of enum bpf_attach_type.</summary>
    public const int AttachPerfEvent = 41;

    /// <summary>BPF_TRACE_KPROBE_MULTI and BPF_TRACE_UPROBE_MULTI.</summary>
    public const int AttachKprobeMulti = 42, AttachUprobeMulti = 48;

    /// <summary>BPF_TRACE_KPROBE_SESSION and BPF_TRACE_UPROBE_SESSION.</summary>
    public const int AttachKprobeSession = 56, AttachUprobeSession = 57;

    private const uint AttachIterator = 28;

    /// <summary>BPF_F_NO_PREALLOC.</summary>
    public const uint NoPreallocation = 1;

    /// <summary>BPF_F_MMAPABLE: an array that processes can map into their memory (5.5).</summary>
    public const uint Mappable = 1 << 10;

    /// <summary>BPF_EXIST: update only what is there.</summary>
    public const ulong UpdateExisting = 2;

    /// <summary>Creates a map.</summary>
    /// <param name="type">enum bpf_map_type.</param>
    /// <param name="keySize">Bytes of a key.</param>
    /// <param name="valueSize">Bytes of a value.</param>
    /// <param name="maxEntries">Entries, or bytes of a ring buffer.</param>
    /// <param name="name">At most 15 characters of <c>[A-Za-z0-9_.]</c>.</param>
    /// <param name="flags">BPF_F_ flags.</param>
    /// <returns>The descriptor, or minus the error number.</returns>
    public static int CreateMap(int type, int keySize, int valueSize, int maxEntries, string name, uint flags = 0)
    {
        var attribute = new Attribute();
        attribute.Put(0, (uint)type);
        attribute.Put(4, (uint)keySize);
        attribute.Put(8, (uint)valueSize);
        attribute.Put(12, (uint)maxEntries);
        attribute.Put(16, flags);
        attribute.PutName(28, name);
        return Call(MapCreate, ref attribute, 72);
    }

    /// <summary>Loads a program.</summary>
    /// <param name="type">enum bpf_prog_type.</param>
    /// <param name="name">At most 15 characters of <c>[A-Za-z0-9_.]</c>.</param>
    /// <param name="slots">The instructions, eight bytes each.</param>
    /// <param name="log">Where the verifier writes, or empty for no log.</param>
    /// <returns>The descriptor, or minus the error number (ENOSPC: the log did not fit).</returns>
    /// <param name="attachType">enum bpf_attach_type, or 0.</param>
    /// <param name="typeId">The id in the type information of the kernel function it is for, or 0.</param>
    /// <param name="typeInformation">Descriptor of the module's type information, or of the BPF program that the function is in; 0 for the kernel's own.</param>
    /// <param name="ownTypes">Descriptor of the program's own type information, or 0.</param>
    /// <param name="functions">struct bpf_func_info of its functions, eight bytes each, with that.</param>
    /// <param name="logLevel">How much the verifier says, where there is room for it.</param>
    public static int LoadProgram(
        int type, string name, ReadOnlySpan<ulong> slots, Span<byte> log, int attachType = 0, int typeId = 0, int typeInformation = 0, int ownTypes = 0, ReadOnlySpan<uint> functions = default,
        uint logLevel = LogSteps)
    {
        fixed (ulong* code = slots)
        fixed (uint* functionRecords = functions)
        fixed (byte* license = "GPL\0"u8)
        fixed (byte* logBuffer = log)
        {
            int result = -Errno.EAGAIN;
            for (int i = 0; i < LoadAttempts && result == -Errno.EAGAIN; i++)
            {
                var attribute = new Attribute();
                attribute.Put(0, (uint)type);
                attribute.Put(4, (uint)slots.Length);
                attribute.Put(8, (ulong)code);
                attribute.Put(16, (ulong)license);
                if (!log.IsEmpty)
                {
                    attribute.Put(24, logLevel);
                    attribute.Put(28, (uint)log.Length);
                    attribute.Put(32, (ulong)logBuffer);
                }

                attribute.PutName(48, name);
                attribute.Put(68, (uint)attachType);
                if (!functions.IsEmpty)
                {
                    attribute.Put(72, (uint)ownTypes);
                    attribute.Put(76, FunctionRecordSize);
                    attribute.Put(80, (ulong)functionRecords);
                    attribute.Put(88, (uint)functions.Length / 2);
                }

                attribute.Put(108, (uint)typeId);
                attribute.Put(112, (uint)typeInformation);
                result = Call(ProgramLoad, ref attribute, typeId == 0 && functions.IsEmpty ? 72 : 120);
            }

            return result;
        }
    }

    /// <summary>Loads type information.</summary>
    /// <returns>The descriptor, or minus the error number.</returns>
    public static int LoadTypes(ReadOnlySpan<byte> types)
    {
        fixed (byte* data = types)
        {
            var attribute = new Attribute();
            attribute.Put(0, (ulong)data);
            attribute.Put(16, (uint)types.Length);
            return Call(TypesLoad, ref attribute, 28);
        }
    }

    /// <summary>Reads one entry.</summary>
    public static int Lookup(int map, void* key, void* value) => Element(MapLookup, map, key, value, 0);

    /// <summary>Writes one entry; for a per-CPU map the value holds every possible CPU's.</summary>
    public static int Update(int map, void* key, void* value, ulong flags = 0) => Element(MapUpdate, map, key, value, flags);

    /// <summary>Removes one entry.</summary>
    public static int Delete(int map, void* key) => Element(MapDelete, map, key, null, 0);

    /// <summary>The key after a key (null: the first); -ENOENT at the end.</summary>
    public static int NextKey(int map, void* key, void* next) => Element(MapGetNextKey, map, key, next, 0);

    /// <summary>Reads many entries. -ENOENT: that was the last; -ENOSPC: the buffers are too small for the next bucket.</summary>
    /// <param name="map">The map.</param>
    /// <param name="delete">Whether the entries are removed as they are read.</param>
    /// <param name="position">Where the last batch ended, or null at first.</param>
    /// <param name="nextPosition">Where this one ends.</param>
    /// <param name="keys">Receives the keys.</param>
    /// <param name="values">Receives the values.</param>
    /// <param name="count">How many fit; on return how many there were.</param>
    public static int ReadBatch(int map, bool delete, void* position, void* nextPosition, void* keys, void* values, ref uint count)
    {
        var attribute = new Attribute();
        attribute.Put(0, (ulong)position);
        attribute.Put(8, (ulong)nextPosition);
        attribute.Put(16, (ulong)keys);
        attribute.Put(24, (ulong)values);
        attribute.Put(32, count);
        attribute.Put(36, (uint)map);
        int result = Call(delete ? LookupAndDeleteBatch : LookupBatch, ref attribute, 56);
        count = attribute.Get32(32);
        return result;
    }

    /// <summary>Removes many entries.</summary>
    public static int RemoveBatch(int map, void* keys, ref uint count)
    {
        var attribute = new Attribute();
        attribute.Put(16, (ulong)keys);
        attribute.Put(32, count);
        attribute.Put(36, (uint)map);
        int result = Call(DeleteBatch, ref attribute, 56);
        count = attribute.Get32(32);
        return result;
    }

    /// <summary>Lets the kernel measure how long programs run, for as long as the descriptor is open (5.8).</summary>
    public static int EnableStatistics()
    {
        var attribute = new Attribute();
        return Call(StatisticsEnable, ref attribute, 4);
    }

    /// <summary>Runs a raw tracepoint program once, on this CPU, in this thread.</summary>
    public static int RunProgram(int program) => RunProgram(program, out _);

    /// <summary>The same; gives what it returned.</summary>
    public static int RunProgram(int program, out uint returned)
    {
        var attribute = new Attribute();
        attribute.Put(0, (uint)program);
        int result = Call(TestRun, ref attribute, 80);
        returned = attribute.Get32(4);
        return result;
    }

    /// <summary>The same, for a program that is given words of ours as its context.</summary>
    public static int RunProgram(int program, ReadOnlySpan<ulong> context)
    {
        fixed (ulong* words = context)
        {
            var attribute = new Attribute();
            attribute.Put(0, (uint)program);
            attribute.Put(40, (uint)(context.Length * sizeof(ulong)));
            attribute.Put(48, (ulong)words);
            return Call(TestRun, ref attribute, 80);
        }
    }

    /// <summary>Attaches a raw tracepoint program by the tracepoint's name.</summary>
    /// <param name="name">UTF-8, with a NUL at its end.</param>
    /// <param name="program">The program.</param>
    public static int OpenRawTracepoint(ReadOnlySpan<byte> name, int program)
    {
        fixed (byte* text = name)
        {
            var attribute = new Attribute();
            attribute.Put(0, (ulong)text);
            attribute.Put(8, (uint)program);
            return Call(RawTracepointOpen, ref attribute, 16);
        }
    }

    /// <summary>A link for a program that is run for each of the kernel's objects (BPF_TRACE_ITER).</summary>
    public static int LinkIterator(int program)
    {
        var attribute = new Attribute();
        attribute.Put(0, (uint)program);
        attribute.Put(8, AttachIterator);
        return Call(LinkCreate, ref attribute, 28);
    }

    /// <summary>Gives a link a file of its own, in which it stays.</summary>
    /// <param name="descriptor">The link.</param>
    /// <param name="path">The file, UTF-8, with a NUL at its end.</param>
    public static int PinObject(int descriptor, ReadOnlySpan<byte> path)
    {
        fixed (byte* text = path)
        {
            var attribute = new Attribute();
            attribute.Put(0, (ulong)text);
            attribute.Put(8, (uint)descriptor);
            return Call(Pin, ref attribute, 16);
        }
    }

    /// <summary>A file whose reading runs the program of such a link.</summary>
    public static int CreateIterator(int link)
    {
        var attribute = new Attribute();
        attribute.Put(0, (uint)link);
        return Call(IteratorCreate, ref attribute, 8);
    }

    /// <summary>Attaches a program to a perf event by a link, which is quick to take off again (5.15).</summary>
    /// <param name="program">The program.</param>
    /// <param name="perfEvent">The event.</param>
    /// <param name="cookie">What bpf_get_attach_cookie gives to the program.</param>
    public static int LinkPerfEvent(int program, int perfEvent, ulong cookie = 0)
    {
        var attribute = new Attribute();
        attribute.Put(0, (uint)program);
        attribute.Put(4, (uint)perfEvent);
        attribute.Put(8, AttachPerfEvent);
        attribute.Put(16, cookie);
        return Call(LinkCreate, ref attribute, 48);
    }

    /// <summary>Attaches a tracing program to the function that it was loaded for.</summary>
    public static int LinkTracing(int program)
    {
        var attribute = new Attribute();
        attribute.Put(0, (ulong)0);
        attribute.Put(8, (uint)program);
        return Call(RawTracepointOpen, ref attribute, 16);
    }

    /// <summary>Attaches a program to many kernel functions.</summary>
    /// <param name="program">The program.</param>
    /// <param name="names">Addresses of the functions' names.</param>
    /// <param name="cookies">What bpf_get_attach_cookie gives at each.</param>
    /// <param name="attachType">enum bpf_attach_type that the program was loaded for.</param>
    /// <param name="isReturn">Whether it runs at their returns.</param>
    public static int LinkKernelFunctions(int program, ReadOnlySpan<nint> names, ReadOnlySpan<ulong> cookies, int attachType, bool isReturn)
    {
        fixed (nint* name = names)
        fixed (ulong* cookie = cookies)
        {
            var attribute = new Attribute();
            attribute.Put(0, (uint)program);
            attribute.Put(8, (uint)attachType);
            attribute.Put(16, isReturn ? 1u : 0);
            attribute.Put(20, (uint)names.Length);
            attribute.Put(24, (ulong)name);
            attribute.Put(40, (ulong)cookie);
            return Call(LinkCreate, ref attribute, 64);
        }
    }

    /// <summary>Attaches a program to many places of a binary.</summary>
    /// <param name="program">The program.</param>
    /// <param name="path">The file, UTF-8, with a NUL at its end.</param>
    /// <param name="offsets">Bytes from the file's start.</param>
    /// <param name="semaphores">Where in the file counters of attached tracers are; empty for none.</param>
    /// <param name="cookies">What bpf_get_attach_cookie gives at each.</param>
    /// <param name="attachType">enum bpf_attach_type that the program was loaded for.</param>
    /// <param name="isReturn">Whether it runs at the functions' returns.</param>
    public static int LinkUserFunctions(
        int program, ReadOnlySpan<byte> path, ReadOnlySpan<long> offsets, ReadOnlySpan<long> semaphores, ReadOnlySpan<ulong> cookies, int attachType, bool isReturn)
    {
        fixed (byte* text = path)
        fixed (long* offset = offsets, semaphore = semaphores)
        fixed (ulong* cookie = cookies)
        {
            var attribute = new Attribute();
            attribute.Put(0, (uint)program);
            attribute.Put(8, (uint)attachType);
            attribute.Put(16, (ulong)text);
            attribute.Put(24, (ulong)offset);
            attribute.Put(32, (ulong)semaphore);
            attribute.Put(40, (ulong)cookie);
            attribute.Put(48, (uint)offsets.Length);
            attribute.Put(52, isReturn ? 1u : 0);
            return Call(LinkCreate, ref attribute, 64);
        }
    }

    private static int Element(int command, int map, void* key, void* value, ulong flags)
    {
        var attribute = new Attribute();
        attribute.Put(0, (uint)map);
        attribute.Put(8, (ulong)key);
        attribute.Put(16, (ulong)value);
        attribute.Put(24, flags);
        return Call(command, ref attribute, 32);
    }

    private static int Call(int command, ref Attribute attribute, int size)
    {
        fixed (byte* pointer = attribute.Bytes)
        {
            while (true)
            {
                nint result = LibC.syscall(SyscallNumbers.Bpf, command, (nint)pointer, size, 0, 0);
                if (result >= 0)
                    return (int)result;
                int error = Errno.Last;
                if (error != Errno.EINTR)
                    return -error;
            }
        }
    }

    /// <summary>union bpf_attr.</summary>
    private struct Attribute
    {
        public fixed byte Bytes[128];

        public void Put(int offset, uint value) => Unsafe.WriteUnaligned(ref Bytes[offset], value);

        public void Put(int offset, ulong value) => Unsafe.WriteUnaligned(ref Bytes[offset], value);

        public void PutName(int offset, string name)
        {
            for (int i = 0; i < name.Length && i < 15; i++)
                Bytes[offset + i] = (byte)name[i];
        }

        public uint Get32(int offset) => Unsafe.ReadUnaligned<uint>(ref Bytes[offset]);
    }
}
