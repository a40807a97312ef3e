using Ctrace.Repl.Rendering;
using Microsoft.Win32.SafeHandles;

namespace Ctrace.Repl;

/// <summary>Where results go: standard output, a file, or one file after the other.</summary>
internal sealed class ResultsFile : IDisposable
{
    private readonly string? _name;
    private readonly SafeFileHandle? _file;
    private readonly RotatedFile? _rotated;

    /// <summary>Opens what the command line asks for.</summary>
    /// <exception cref="UsageException">It can't be written.</exception>
    internal ResultsFile(Request request)
    {
        _name = request.DryRun ? null : request.OutputFile;
        if (_name is not null && request.Rotation is { } rotation)
        {
            _rotated = new RotatedFile(_name, rotation);
            Output = new OutputStream(_rotated.Write) { Buffering = request.Buffering };
            return;
        }

        _file = _name is null ? null : OutputFile.Open(_name);
        Output = new OutputStream(_file is null ? 1 : (int)_file.DangerousGetHandle()) { Buffering = request.Buffering };
    }

    /// <summary>Writes there.</summary>
    internal OutputStream Output { get; }

    /// <summary>The exit code: a reader that goes away is no mistake, a file that can't take any more is one.</summary>
    internal int Check(int code)
    {
        Output.Finish();
        if (_name is null || !Output.IsBroken)
            return code;
        StandardError.WriteLine($"ctrace: -o {_name}: {_rotated?.Problem ?? "it can't be written any more: is the disk full?"}; the trace ended there");
        return 1;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _rotated?.Dispose();
    }
}
