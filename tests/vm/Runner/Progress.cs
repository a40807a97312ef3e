namespace Ctrace.Vm;

/// <summary>How far the tests have come, in a file: what outlives the process that runs them.</summary>
internal sealed class Progress
{
    private readonly string _file;

    /// <summary>Reads what an earlier process left, if any.</summary>
    public Progress(string file)
    {
        _file = file;
        // Three lines: the number of tests that are done, whether one has failed, and the one that is under way.
        if (File.Exists(file) && File.ReadAllLines(file) is [var done, var failed, .. var rest])
        {
            Done = int.Parse(done);
            HasFailed = bool.Parse(failed);
            Interrupted = rest.FirstOrDefault();
        }

        if (Interrupted is not null)
            Done++;
    }

    /// <summary>How many tests are over.</summary>
    public int Done { get; private set; }

    /// <summary>Whether a test has failed in an earlier process.</summary>
    public bool HasFailed { get; }

    /// <summary>The test that an earlier process did not live to finish.</summary>
    public string? Interrupted { get; }

    /// <summary>A test begins.</summary>
    public void Begin(string test, bool hasFailed) => File.WriteAllText(_file, $"{Done}\n{hasFailed}\n{test}\n");

    /// <summary>It is over.</summary>
    public void End(bool hasFailed) => File.WriteAllText(_file, $"{++Done}\n{hasFailed}\n");
}
