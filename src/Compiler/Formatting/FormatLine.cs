using System.Text;

namespace Ctrace.Compiler.Formatting;

/// <summary>A piece of a line.</summary>
/// <param name="Text">What is printed.</param>
/// <param name="Spaced">Whether a blank stands before it.</param>
/// <param name="MayBreak">Whether a line may begin with it.</param>
/// <param name="MustBreak">Whether a line does begin with it.</param>
/// <param name="IsComment">Whether it is a comment, which is no reason to break a line.</param>
internal readonly record struct FormatPiece(string Text, bool Spaced, bool MayBreak = false, bool MustBreak = false, bool IsComment = false);

/// <summary>A statement's pieces: one line, or several where it is too long.</summary>
internal sealed class FormatLine
{
    private const int Width = 100, Level = 2, Continuation = 4;
    private readonly List<FormatPiece> _pieces = [];

    internal bool IsEmpty => _pieces.Count == 0;

    internal void Add(FormatPiece piece) => _pieces.Add(piece);

    /// <summary>Adds the end of the statement: before the comments behind it.</summary>
    /// <returns>Those of these comments that had lines of their own, which are taken out; the others stay behind the end.</returns>
    internal List<FormatPiece> End(FormatPiece piece)
    {
        int end = _pieces.FindLastIndex(p => !p.IsComment) + 1;
        int own = _pieces.FindIndex(end, p => p.MustBreak);
        List<FormatPiece> comments = own < 0 ? [] : _pieces[own..];
        if (own >= 0)
            _pieces.RemoveRange(own, comments.Count);
        _pieces.Insert(end, piece);
        return comments;
    }

    /// <summary>Writes what has come together, and begins anew.</summary>
    internal void WriteTo(StringBuilder text, int depth)
    {
        if (IsEmpty)
            return;
        text.Append(' ', depth * Level);
        int column = depth * Level;
        for (int i = 0; i < _pieces.Count; i++)
        {
            var piece = _pieces[i];
            if (i > 0 && (piece.MustBreak || piece.MayBreak && column + (piece.Spaced ? 1 : 0) + LengthFrom(i) > Width))
            {
                text.Append('\n').Append(' ', depth * Level + Continuation);
                column = depth * Level + Continuation;
            }
            else if (i > 0 && piece.Spaced)
            {
                text.Append(' ');
                column++;
            }

            text.Append(piece.Text);
            column += piece.Text.Length;
        }

        text.Append('\n');
        _pieces.Clear();
    }

    /// <summary>From a piece to where the line may break next.</summary>
    private int LengthFrom(int index)
    {
        int length = _pieces[index].Text.Length;
        for (int i = index + 1; i < _pieces.Count && !_pieces[i].MayBreak && !_pieces[i].MustBreak; i++)
            length += _pieces[i].IsComment ? 0 : _pieces[i].Text.Length + (_pieces[i].Spaced ? 1 : 0);
        return length;
    }
}
