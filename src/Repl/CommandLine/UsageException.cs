namespace Ctrace.Repl;

/// <summary>ctrace was called in a way that makes no sense; the message is one line for the user.</summary>
public sealed class UsageException(string message) : Exception(message);
