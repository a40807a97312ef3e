namespace Ctrace.Kernel.Tests;

/// <summary>A thread that waits for pieces of work and does nothing else.</summary>
internal sealed class Worker : IDisposable
{
    private readonly SemaphoreSlim _given = new(0), _done = new(0);
    private readonly Thread _thread;
    private Action? _work;
    private Exception? _failure;

    public Worker()
    {
        _thread = new Thread(Loop) { IsBackground = true };
        _thread.Start();
        Run(() => Id = Native.gettid());
    }

    /// <summary>The thread's id, as the kernel knows it.</summary>
    public int Id { get; private set; }

    /// <summary>Runs something on the thread and waits for it; a failure is thrown here.</summary>
    public void Run(Action work)
    {
        _work = work;
        _given.Release();
        _done.Wait();
        if (_failure is { } failure)
            throw new InvalidOperationException("the workload failed: " + failure.Message, failure);
    }

    public void Dispose()
    {
        _work = null;
        _given.Release();
        _thread.Join();
        _given.Dispose();
        _done.Dispose();
    }

    private void Loop()
    {
        while (true)
        {
            _given.Wait();
            if (_work is not { } work)
                return;
            _failure = null;
            try
            {
                work();
            }
            catch (Exception e)
            {
                _failure = e;
            }

            _done.Release();
        }
    }
}
