namespace Ctrace.Runtime.Symbols.Dwarf;

/// <summary>A row of a table of lines: from here on, code belongs to a line.</summary>
/// <param name="Address">Where the code begins, as it is linked.</param>
/// <param name="File">The number of the file.</param>
/// <param name="Line">The line; 0 where the code has none.</param>
/// <param name="Column">The column; 0 where that is not known.</param>
/// <param name="IsStatement">Whether a statement begins here.</param>
/// <param name="IsEnd">Whether what is before ends here, and nothing begins.</param>
internal readonly record struct LineRow(ulong Address, uint File, uint Line, uint Column, bool IsStatement, bool IsEnd);

/// <summary>
/// The line number program of one compilation unit (DWARF 2 to 5, section 6.2 of the standard): its files, and the instructions that
/// make the rows.
/// </summary>
internal sealed class LineProgram
{
    private const uint LargeMark = 0xffffffff;
    private const int Path = 1, Directory = 2, Oldest = 2, Latest = 5;
    private const int MostFiles = 1 << 20;

    private readonly byte[] _section;
    private readonly List<string> _directories = [];
    private readonly List<(string Name, ulong Directory)> _files = [];
    private readonly byte[] _operands = new byte[256];
    private int _start, _least, _lineBase, _lineRange, _opcodeBase;
    private bool _isStatement;

    private LineProgram(byte[] section) => _section = section;

    /// <summary>Where the next unit begins.</summary>
    public int End { get; private set; }

    /// <summary>Reads the header at a place.</summary>
    /// <param name="section">.debug_line.</param>
    /// <param name="at">The place.</param>
    /// <param name="texts">.debug_line_str and .debug_str.</param>
    /// <returns>Null at the end, or where nothing can be made of it.</returns>
    public static LineProgram? Read(byte[] section, int at, (byte[] Lines, byte[] Others) texts)
    {
        var reader = new DwarfReader(section, at);
        ulong length = reader.Word();
        bool isLarge = length == LargeMark;
        if (isLarge)
            length = reader.Long();
        if (length < 8 || length > (ulong)(section.Length - reader.Position))
            return null;
        var program = new LineProgram(section) { End = reader.Position + (int)length };
        int version = reader.Half();
        if (version is < Oldest or > Latest)
            return program;
        if (version >= 5)
            reader.Skip(2);
        ulong header = reader.Offset(isLarge);
        program._start = (int)Math.Min((ulong)program.End, (ulong)reader.Position + Math.Min(header, int.MaxValue));
        program._least = reader.Byte();
        if (version >= 4)
            reader.Skip(1);
        program._isStatement = reader.Byte() != 0;
        program._lineBase = (sbyte)reader.Byte();
        program._lineRange = Math.Max((byte)1, reader.Byte());
        program._opcodeBase = reader.Byte();
        for (int i = 1; i < program._opcodeBase; i++)
            program._operands[i] = reader.Byte();
        if (version >= 5)
            program.ReadFiles(ref reader, isLarge, texts);
        else
            program.ReadOldFiles(ref reader);
        return program;
    }

    /// <summary>A file's path: absolute, or relative to the folder that the compiler was in.</summary>
    public string FileName(uint number)
    {
        if (number >= _files.Count)
            return "";
        var (name, directory) = _files[(int)number];
        if (name.StartsWith('/') || directory >= (ulong)_directories.Count)
            return name;
        string folder = _directories[(int)directory];
        if (!folder.StartsWith('/') && directory != 0 && _directories[0] is { Length: > 0 } first)
            folder = System.IO.Path.Combine(first, folder);
        return folder.Length == 0 ? name : $"{folder.TrimEnd('/')}/{name}";
    }

    /// <summary>The rows, in the order of the program.</summary>
    public List<LineRow> Rows()
    {
        var rows = new List<LineRow>();
        var reader = new DwarfReader(_section, _start);
        ulong address = 0;
        uint file = 1, line = 1, column = 0;
        bool isStatement = _isStatement;
        while (reader.Position < End)
        {
            int opcode = reader.Byte();
            if (opcode >= _opcodeBase)
            {
                int adjusted = opcode - _opcodeBase;
                address += (ulong)(adjusted / _lineRange * _least);
                line = (uint)(line + _lineBase + (adjusted % _lineRange));
                rows.Add(new LineRow(address, file, line, column, isStatement, false));
                continue;
            }

            switch (opcode)
            {
                case 0:
                    int length = (int)Math.Min(reader.Unsigned(), int.MaxValue), next = (int)Math.Min((long)End, (long)reader.Position + length);
                    int extended = length > 0 ? reader.Byte() : 0;
                    if (extended == 1)
                    {
                        rows.Add(new LineRow(address, file, line, column, isStatement, true));
                        (address, file, line, column, isStatement) = (0, 1, 1, 0, _isStatement);
                    }
                    else if (extended == 2)
                    {
                        address = reader.Fixed(Math.Clamp(length - 1, 0, 8));
                    }

                    reader.Position = next;
                    break;
                case 1:
                    rows.Add(new LineRow(address, file, line, column, isStatement, false));
                    break;
                case 2:
                    address += reader.Unsigned() * (ulong)_least;
                    break;
                case 3:
                    line = (uint)(line + reader.Signed());
                    break;
                case 4:
                    file = (uint)reader.Unsigned();
                    break;
                case 5:
                    column = (uint)reader.Unsigned();
                    break;
                case 6:
                    isStatement = !isStatement;
                    break;
                case 8:
                    address += (ulong)((255 - _opcodeBase) / _lineRange * _least);
                    break;
                case 9:
                    address += reader.Half();
                    break;
                default:
                    // Begins of blocks, prologues and the like, and what later versions may bring.
                    for (int i = 0; i < _operands[opcode]; i++)
                        reader.Unsigned();
                    break;
            }
        }

        return rows;
    }

    /// <summary>Before version 5: names that end with a NUL, lists that end with an empty name, numbered from 1.</summary>
    private void ReadOldFiles(ref DwarfReader reader)
    {
        _directories.Add("");
        while (!reader.AtEnd && reader.Text() is { Length: > 0 } directory)
            _directories.Add(directory);
        _files.Add(("", 0));
        while (!reader.AtEnd && reader.Text() is { Length: > 0 } name)
        {
            _files.Add((name, reader.Unsigned()));
            reader.Unsigned();
            reader.Unsigned();
        }
    }

    /// <summary>From version 5 on: lists that say what they have, numbered from 0.</summary>
    private void ReadFiles(ref DwarfReader reader, bool isLarge, (byte[] Lines, byte[] Others) texts)
    {
        _directories.AddRange(ReadList(ref reader, isLarge, texts).Select(e => e.Name));
        _files.AddRange(ReadList(ref reader, isLarge, texts));
    }

    private static List<(string Name, ulong Directory)> ReadList(ref DwarfReader reader, bool isLarge, (byte[] Lines, byte[] Others) texts)
    {
        var format = new (ulong Content, ulong Form)[reader.Byte()];
        for (int i = 0; i < format.Length; i++)
            format[i] = (reader.Unsigned(), reader.Unsigned());
        ulong count = reader.Unsigned();
        var entries = new List<(string, ulong)>();
        for (ulong i = 0; i < count && i < MostFiles && format.Length > 0 && !reader.AtEnd; i++)
        {
            string name = "";
            ulong directory = 0;
            foreach (var (content, form) in format)
            {
                var (text, number) = ReadForm(ref reader, form, isLarge, texts);
                if (content == Path)
                    name = text;
                else if (content == Directory)
                    directory = number;
            }

            entries.Add((name, directory));
        }

        return entries;
    }

    /// <summary>A value in one of the forms (DW_FORM_*) that these lists may have.</summary>
    private static (string Text, ulong Number) ReadForm(ref DwarfReader reader, ulong form, bool isLarge, (byte[] Lines, byte[] Others) texts)
    {
        switch (form)
        {
            case 0x08:
                return (reader.Text(), 0);
            case 0x1f:
                return (new DwarfReader(texts.Lines, (int)Math.Min(reader.Offset(isLarge), int.MaxValue)).Text(), 0);
            case 0x0e:
                return (new DwarfReader(texts.Others, (int)Math.Min(reader.Offset(isLarge), int.MaxValue)).Text(), 0);
            case 0x0f:
                return ("", reader.Unsigned());
            case 0x0b:
                return ("", reader.Byte());
            case 0x05:
                return ("", reader.Half());
            case 0x06:
                return ("", reader.Word());
            case 0x07:
                return ("", reader.Long());
            case 0x1e:
                reader.Skip(16);
                return ("", 0);
            case 0x09:
                reader.Skip(reader.Unsigned());
                return ("", 0);
            default:
                // Of another form nobody knows the size.
                reader.Position = int.MaxValue;
                return ("", 0);
        }
    }
}
