using System.Text;
using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Loading;

/// <summary>Loads programs. Writing the verifier's log costs time, so one is asked for only after a rejection.</summary>
internal static class ProgramLoader
{
    private const int FirstLogSize = 1 << 16, LastLogSize = 1 << 26;

    /// <summary>Loads one program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="maps">What its instructions name.</param>
    /// <param name="observer">Looks on, or null.</param>
    /// <exception cref="LoadException">The verifier rejects it.</exception>
    /// <exception cref="SessionException">Loading is not permitted.</exception>
    public static LoadedProgram Load(BpfProgram program, IReadOnlyList<KernelMap> maps, ILoadObserver? observer = null)
    {
        ulong[] slots = InstructionEncoder.Encode(program, maps);
        using var types = FunctionTypes.Of(program);
        using var module = program.Function switch
        {
            { Program: { } id } => LoadedBpfPrograms.Open(id),
            { Module: { } name } => ModuleTypes.Open(name),
            _ => null,
        };
        int fd = Load(program, slots, types, module, []);
        if (fd == -Errno.EPERM && MemoryLock.TryRaise())
            fd = Load(program, slots, types, module, []);
        string log = "";
        if (fd < 0)
            fd = LoadAgain(program, slots, types, module, Bpf.LogSteps, out log);
        else if (observer is { WantsVerifierLog: true })
            LibC.close(LoadAgain(program, slots, types, module, Bpf.LogStates, out log));
        observer?.OnProgram(program, fd, log);
        return new LoadedProgram(program, new FileDescriptor(fd));
    }

    private static int Load(BpfProgram program, ulong[] slots, FunctionTypes? types, FileDescriptor? module, byte[] log, uint level = Bpf.LogSteps) =>
        Bpf.LoadProgram((int)program.Type, program.Name, slots, log, program.AttachType, program.Function?.TypeId ?? 0, module?.Number ?? 0, types?.Fd ?? 0, types?.Records, level);

    private static int LoadAgain(BpfProgram program, ulong[] slots, FunctionTypes? types, FileDescriptor? module, uint level, out string text)
    {
        for (int size = FirstLogSize; ; size *= 4)
        {
            byte[] log = new byte[size];
            int fd = Load(program, slots, types, module, log, level);
            if (fd == -Errno.ENOSPC && size < LastLogSize)
                continue;

            int end = Array.IndexOf(log, (byte)0);
            text = Encoding.UTF8.GetString(log, 0, end < 0 ? size : end);
            if (fd >= 0)
                return fd;
            if (text.Length == 0 && fd is -Errno.EPERM or -Errno.EACCES)
                throw Rights.Failure(-fd, "load BPF programs");
            throw new LoadException(VerifierLog.Explain(program, text, -fd));
        }
    }
}
