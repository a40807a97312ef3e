using Ctrace.Compiler.Targets;
using Ctrace.Repl.Prompting;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime;

namespace Ctrace.Repl;

/// <summary>Where ctrace begins: every way out is one line for the user and an exit code, never a stack trace.</summary>
internal static class Program
{
    private const int Fine = 0, Refused = 1, WrongUsage = 2;

    private static int Main(string[] args)
    {
        AppDomain.CurrentDomain.UnhandledException += static (_, e) =>
        {
            TerminalMode.Restore();
            ReportBug((Exception)e.ExceptionObject);
            ProcessExit.Now(Refused);
        };
        try
        {
            return Run(CommandLineParser.Parse(args));
        }
        catch (UsageException e)
        {
            return Report(e.Message, null, WrongUsage);
        }
        catch (RefusedException e)
        {
            return Report(e.Message, null, Refused);
        }
        catch (SessionException e)
        {
            return Report(e.Message, e.Hint, Refused);
        }
        catch (TargetException e)
        {
            return Report(e.Message, e.Hint, Refused);
        }
        catch (Exception e)
        {
            ReportBug(e);
            return Refused;
        }
    }

    private static int Run(Request request)
    {
        switch (request.Kind)
        {
            case RequestKind.Help:
                return Print(HelpText.Text);
            case RequestKind.Version:
                return Print($"ctrace {typeof(Program).Assembly.GetName().Version!.ToString(3)}\n");
            case RequestKind.Info:
                return InfoReport.Run();
            case RequestKind.Check:
                return PortabilityCheck.Run(request, Limits.Read(Environment.GetEnvironmentVariable));
            case RequestKind.DescribeTarget:
                return PortabilityCheck.Describe(request.TargetFolders[0]);
            case RequestKind.Format:
                return FormatCommand.Run(request);
            case RequestKind.List:
                return Lister.Run(request);
            case RequestKind.Prompt:
                return ReadEvalPrintLoop.Run(request, Limits.Read(Environment.GetEnvironmentVariable));
            default:
                return BatchRunner.Run(request, Limits.Read(Environment.GetEnvironmentVariable));
        }
    }

    private static int Print(string text)
    {
        var output = new OutputStream(1);
        output.Write(text);
        output.Flush();
        return Fine;
    }

    private static int Report(string message, string? hint, int code)
    {
        StandardError.WriteLine("ctrace: " + message);
        if (hint is not null)
            StandardError.WriteLine("  hint: " + hint);
        return code;
    }

    private static void ReportBug(Exception e)
    {
        string message = e.Message.ReplaceLineEndings(" ");
        StandardError.WriteLine($"ctrace: internal error: {message} ({e.GetType().Name}); please report it with the program");
        if (Environment.GetEnvironmentVariable("CTRACE_DEBUG") == "1")
            StandardError.WriteLine(e.ToString());
    }
}
