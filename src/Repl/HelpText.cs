namespace Ctrace.Repl;

/// <summary>What <c>--help</c> prints.</summary>
internal static class HelpText
{
    internal const string Text = """
        ctrace: ask a running Linux system a question, in one line

        usage: ctrace [options] FILE [parameters]
               ctrace [options] -e PROGRAM [parameters]
               ctrace                                    (the prompt)
               ctrace -l [PATTERN]

        programs
          -e PROGRAM       the program itself; FILE is a program's file, - is standard input
          -I FOLDER        look for headers (#include) there too
          --include FILE   include a header before the program's own
          -- PARAMETERS    $1, $2, ... of the program

        what to trace
          -c COMMAND       run a command and trace only it; ends when it does
          -p PID           trace only this process; ends when it does
          --dwarf-pid PID  dw_ustack unwinds this process too; may be given again
          --duration TIME  end after so long: 500ms, 10s, 5m, 2h
          -l [PATTERN]     list probes, or those of a program (-l FILE); with -v (or as -lv)
                           their fields too
          --probe-filter REGEX
                           attach only probes whose names match, and begin and end
          --traceable-functions FILE
                           the kernel's functions that can be probed, a name in each line
          --debuginfo FOLDER[:FOLDER]
                           look for debug files there too

        output
          -o FILE          write results to a file
          --rotate SIZE[,COUNT]
                           begin a new file at SIZE (10M); FILE.1, FILE.2, ... are the
                           COUNT (5) files before
          -f FORMAT        text, json (a document per line) or csv; folded, speedscope
                           or pprof for maps that are keyed by stacks
          --flame FILE.svg a flame graph of the maps that are keyed by stacks, at the end
          --heatmap FILE.svg
                           the histograms over time, as a picture, at the end; with -
                           instead of FILE.svg, a line each time that one is printed
          -B MODE          when output goes out: none (at once), line or full
          -q               results and errors only
          -k               tell of reads that fail, and of divisions by zero, with their places
          --no-warnings    no warnings
          -v               say more; at the end, what each probe cost

        safety
          --max-cpu 5%     detach a probe that takes more of one CPU than that
          --unsafe         allow what changes the system: signal, system, override

        without running
          --dry-run        compile, and let the kernel's verifier judge; attach nothing
          --test, --bench  run the program's test:NAME or bench:NAME probes, and show how they did
          --fmt            print the program laid out in the usual way
          --dump STEP,...  print what it becomes: ast, types, ir, asm (the bytecode beside
                           its source), loading, verifier (its log) or all; -d also runs it
          --mode MODE      bpftrace's: test, bench, format, codegen or compiler-bench
          --check          say whether the program fits this kernel, or those of
                           --btf FILE (type information) and --target FOLDER, each as often as needed
          --describe-target FOLDER  save what --target needs of this machine
          --info           say what this machine can do, and what ctrace does instead
          --version        print the version
          --help           print this

        environment
          CTRACE_MAX_MAP_KEYS  entries of a map with keys      (4096)
          CTRACE_MAX_STRLEN    longest string that str() reads (1024)
          CTRACE_EVENT_BUFFER  bytes of the event buffer       (8M)
          CTRACE_DEBUG=1       details of an internal error

        examples
          ctrace -e 'tracepoint:syscalls:sys_enter_execve < count() >'
          ctrace -e 'tracepoint:syscalls:sys_enter_openat < count() by comm top 10 >'
          ctrace -e 'tracepoint:syscalls:sys_enter_openat < pid, comm, str(args.filename) as file >'
          ctrace -l 'tracepoint:syscalls:*open*'

        """;
}
