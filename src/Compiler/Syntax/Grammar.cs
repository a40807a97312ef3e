using System.Collections.Immutable;
using Ctrace.Compiler.Text;
using Pidgin;
using static Ctrace.Compiler.Syntax.Lexemes;
using static Pidgin.Parser;
using static Pidgin.Parser<char>;

namespace Ctrace.Compiler.Syntax;

/// <summary>
/// The grammar, bottom up. It is one class because static fields are initialised in textual order; recursion goes through
/// <see cref="Guarded{T}"/>. Binary operators are read as a flat list and folded by precedence, so that a long chain
/// costs no stack.
/// </summary>
internal static class Grammar
{
    private static readonly Parser<char, Lexeme> Comma = Mark(','), Semicolon = Mark(';'), Colon = Mark(':');
    private static readonly Parser<char, Lexeme> OpenParen = Mark('('), CloseParen = Mark(')');
    private static readonly Parser<char, Lexeme> OpenBracket = Mark('['), CloseBracket = Mark(']');
    private static readonly Parser<char, Lexeme> OpenBrace = Mark('{'), CloseBrace = Mark('}');

    // Expressions

    private static readonly Parser<char, ExpressionSyntax> AnyExpression = new Guarded<ExpressionSyntax>(() => Expression!);
    private static readonly Parser<char, ExpressionSyntax> AnyOperand = new Guarded<ExpressionSyntax>(() => Operand!);

    /// <summary>What is given to a function, or to a macro: there a type as well.</summary>
    private static readonly Parser<char, ImmutableArray<ExpressionSyntax>> ArgumentList =
        new Guarded<ExpressionSyntax>(() => TypeArgument!).Or(AnyExpression).Separated(Comma).Select(items => items.ToImmutableArray());

    private static readonly Parser<char, ExpressionSyntax> Literal = OneOf(
        Number.Bind(NumberNode),
        StringLiteral.Select<ExpressionSyntax>(text => new StringSyntax(text.Text, text.Span)));

    private static readonly Parser<char, ExpressionSyntax> MapElement = Map<char, Lexeme, Maybe<(ImmutableArray<ExpressionSyntax> Keys, TextSpan End)>, ExpressionSyntax>(
        (name, keys) => keys.HasValue
            ? new MapSyntax(name.Text, keys.Value.Keys, name.Span, TextSpan.Union(name.Span, keys.Value.End))
            : new MapSyntax(name.Text, [], name.Span, name.Span),
        MapName,
        OpenBracket.Then(Map((keys, end) => (keys.ToImmutableArray(), end.Span), AnyExpression.SeparatedAtLeastOnce(Comma), CloseBracket)).Optional());

    private static readonly Parser<char, ExpressionSyntax> VariableUse = Variable.Select(VariableNode);

    private static readonly Parser<char, ExpressionSyntax> NameOrCall = Map<char, Lexeme, Maybe<(ImmutableArray<ExpressionSyntax> Arguments, TextSpan End)>, ExpressionSyntax>(
        (name, call) => call.HasValue
            ? new CallSyntax(name.Text, call.Value.Arguments, name.Span, TextSpan.Union(name.Span, call.Value.End))
            : name.Text is "true" or "false" ? new BoolSyntax(name.Text == "true", name.Span) : new NameSyntax(name.Text, name.Span),
        Name,
        OpenParen.Then(Map((arguments, end) => (arguments, end.Span), ArgumentList, CloseParen)).Optional());

    // Types

    private static readonly Parser<char, Lexeme> Qualifier = Keyword("const").Or(Keyword("volatile"));

    /// <summary>The words of a type, and the expression of a typeof.</summary>
    private static readonly Parser<char, (string Name, ExpressionSyntax? Of, TextSpan Span)> TypeWords = Qualifier.Many().Then(OneOf(
        Map((kind, name) => (kind.Text + " " + name.Text, (ExpressionSyntax?)null, TextSpan.Union(kind.Span, name.Span)),
            OneOf(Keyword("struct"), Keyword("union"), Keyword("enum")), Name),
        Map((word, value, close) => ("typeof", (ExpressionSyntax?)value, TextSpan.Union(word.Span, close.Span)),
            Try(Keyword("typeof").Before(OpenParen)), AnyExpression, CloseParen),
        Try(Name.Where(word => TypeNames.IsTypeWord(word.Text))).AtLeastOnce().Select(words =>
            (string.Join(' ', words.Select(w => w.Text)), (ExpressionSyntax?)null, TextSpan.Union(words.First().Span, words.Last().Span))),
        Name.Select(name => (name.Text, (ExpressionSyntax?)null, name.Span)))).Before(Qualifier.Many());

    private static readonly Parser<char, int> Dimension = OpenBracket.Then(Number.Optional()).Before(CloseBracket)
        .Select(n => n.HasValue && TryInteger(n.Value.Text, out long value, out _) ? (int)Math.Clamp(value, 0, 1 << 20) : 0);

    /// <summary>A type as written.</summary>
    private static readonly Parser<char, TypeSyntax> Type = Map(
        (words, stars, bounds) => new TypeSyntax(words.Name, words.Of, stars.Count(), [.. bounds], words.Span),
        TypeWords, Symbol("*").Before(Qualifier.Many()).Many(), Try(Dimension).Many());

    /// <summary>What can only be the start of a value: after <c>(name)</c> it tells that the name is a type's.</summary>
    private static readonly Parser<char, char> ValueStart = Lookahead(Token(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or '@' or '"' or '('));

    /// <summary>A type that can't be taken for an expression.</summary>
    private static readonly Parser<char, TypeSyntax> PlainType = Type.Where(type =>
        type.Of is not null || type.Pointers > 0 || type.Name.Contains(' ') || TypeNames.IsTypeWord(type.Name));

    private static readonly Parser<char, ExpressionSyntax> TypeArgument =
        Try(PlainType.Before(Lookahead(CloseParen.Or(Comma)))).Select<ExpressionSyntax>(type => new TypeExpressionSyntax(type));

    /// <summary><c>(int32)x</c>. <c>(pid)</c> stays an expression, <c>(pid_t)$x</c> does not.</summary>
    private static readonly Parser<char, ExpressionSyntax> Cast = Map<char, (Lexeme Open, TypeSyntax Type), ExpressionSyntax, ExpressionSyntax>(
        (type, value) => new CastSyntax(type.Type, value, TextSpan.Union(type.Open.Span, value.Span)),
        Try(Map((open, type) => (open, type), OpenParen, PlainType.Before(CloseParen)))
            .Or(Try(Map((open, type) => (open, type), OpenParen, Type.Before(CloseParen).Before(ValueStart)))),
        AnyOperand);

    private static readonly Parser<char, ImmutableArray<MemberName>> MemberPath =
        Name.Select(name => new MemberName(name.Text, name.Span)).SeparatedAtLeastOnce(Mark('.')).Select(names => names.ToImmutableArray());

    private static readonly Parser<char, (TypeSyntax? Type, ExpressionSyntax? Value)> TypeOrValue =
        Try(PlainType.Before(Lookahead(CloseParen.Or(Comma)))).Select(type => ((TypeSyntax?)type, (ExpressionSyntax?)null))
            .Or(AnyExpression.Select(value => ((TypeSyntax?)null, (ExpressionSyntax?)value)));

    private static readonly Parser<char, ExpressionSyntax> Sizeof = Map<char, Lexeme, (TypeSyntax? Type, ExpressionSyntax? Value), Lexeme, ExpressionSyntax>(
        (word, of, close) => new SizeofSyntax(of.Type, of.Value, TextSpan.Union(word.Span, close.Span)),
        Try(Keyword("sizeof").Before(OpenParen)), TypeOrValue, CloseParen);

    private static readonly Parser<char, ExpressionSyntax> Offsetof = Map<char, Lexeme, (TypeSyntax? Type, ExpressionSyntax? Value), ImmutableArray<MemberName>, Lexeme, ExpressionSyntax>(
        (word, of, members, close) => new OffsetofSyntax(of.Type, of.Value, members, TextSpan.Union(word.Span, close.Span)),
        Try(Keyword("offsetof").Before(OpenParen)), TypeOrValue.Before(Comma), MemberPath, CloseParen);

    private static readonly Parser<char, ExpressionSyntax> ContainerOf = Map<char, Lexeme, ExpressionSyntax, TypeSyntax, ImmutableArray<MemberName>, Lexeme, ExpressionSyntax>(
        (word, value, type, members, close) => new ContainerOfSyntax(value, type, members, TextSpan.Union(word.Span, close.Span)),
        Try(Keyword("container_of").Before(OpenParen)), AnyExpression.Before(Comma), Type.Before(Comma), MemberPath, CloseParen);

    /// <summary><c>a=1, b=2</c>: the elements of a record.</summary>
    private static readonly Parser<char, ExpressionSyntax> Record = Map<char, Lexeme, IEnumerable<(Lexeme Name, ExpressionSyntax Value)>, Lexeme, ExpressionSyntax>(
        (open, items, close) => new TupleSyntax([.. items.Select(i => i.Value)], TextSpan.Union(open.Span, close.Span)) { Names = [.. items.Select(i => new MemberName(i.Name.Text, i.Name.Span))] },
        Try(OpenParen.Before(Lookahead(Name.Then(Symbol("="))))), Map((name, value) => (name, value), Name.Before(Symbol("=")), AnyExpression).SeparatedAtLeastOnce(Comma), CloseParen);

    /// <summary>An expression, or null where none begins. A reference: with values, Pidgin's generics make the native program half as large again.</summary>
    private static readonly Parser<char, ExpressionSyntax> OptionalExpression = AnyExpression.Or(Return<ExpressionSyntax>(null!));

    /// <summary>What stands between parentheses; a comma may be the last thing there.</summary>
    private static readonly Parser<char, ExpressionSyntax[]> Elements = Map<char, ExpressionSyntax, IEnumerable<ExpressionSyntax>, ExpressionSyntax[]>(
        (first, rest) => [first, .. rest], OptionalExpression, Comma.Then(OptionalExpression).Many()).Where(items => items[..^1].All(item => item is not null));

    /// <summary><c>(a)</c> is a, <c>(a,)</c> is a tuple of one element, <c>()</c> of none.</summary>
    private static readonly Parser<char, ExpressionSyntax> Parenthesised = Map<char, Lexeme, ExpressionSyntax[], Lexeme, ExpressionSyntax>(
        (open, items, close) => items is [{ } only] ? only : new TupleSyntax([.. items.Where(item => item is not null)], TextSpan.Union(open.Span, close.Span)),
        OpenParen, Elements, CloseParen);

    private static readonly Parser<char, ExpressionSyntax> IfExpression = new Guarded<StatementSyntax>(() => If!).Select<ExpressionSyntax>(choice => new IfExpressionSyntax((IfSyntax)choice));

    /// <summary><c>comptime value</c> is <c>comptime(value)</c>.</summary>
    private static readonly Parser<char, ExpressionSyntax> Comptime = Map<char, Lexeme, ExpressionSyntax, ExpressionSyntax>(
        (word, value) => new CallSyntax(word.Text, [value], word.Span, TextSpan.Union(word.Span, value.Span)),
        Try(Keyword("comptime").Before(Lookahead(Token(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or '@' or '"' or '!')))).Labelled("an expression"),
        new Guarded<ExpressionSyntax>(() => Operand!));

    private static readonly Parser<char, ExpressionSyntax> Primary =
        OneOf(Literal, MapElement, VariableUse, Record, Cast, Parenthesised, Sizeof, Offsetof, ContainerOf, IfExpression, Comptime, NameOrCall,
            new Guarded<BlockSyntax>(() => Block!).Select<ExpressionSyntax>(block => new BlockExpressionSyntax(block)));

    private static readonly Parser<char, Func<ExpressionSyntax, ExpressionSyntax>> Suffix = OneOf(
        Try(Mark('.').Before(Not(Char('.')))).Or(Symbol("->")).Then(Name.Or(Number)).Select<Func<ExpressionSyntax, ExpressionSyntax>>(name =>
            value => new MemberSyntax(value, name.Text, name.Span, TextSpan.Union(value.Span, name.Span))),
        OpenBracket.Then(Map<char, ExpressionSyntax, Lexeme, Func<ExpressionSyntax, ExpressionSyntax>>(
            (index, end) => value => new IndexSyntax(value, index, TextSpan.Union(value.Span, end.Span)), AnyExpression, CloseBracket)),
        Symbol("++").Or(Symbol("--")).Select<Func<ExpressionSyntax, ExpressionSyntax>>(op =>
            value => new IncrementSyntax(value, op.Text == "--", true, TextSpan.Union(value.Span, op.Span))));

    private static readonly Parser<char, Lexeme> Prefix = new OperatorParser(["-", "!", "~", "+", "++", "--", "*", "&"], "an expression");

    private static readonly Parser<char, ExpressionSyntax> Operand = Map(
        (prefixes, primary, suffixes) => prefixes.Reverse().Aggregate(suffixes.Aggregate(primary, (value, apply) => apply(value)), PrefixNode),
        Prefix.Many(), Primary, Suffix.Many());

    /// <summary>Inside a query, at depth 0, angle brackets are the query's own.</summary>
    private static Parser<char, ExpressionSyntax> ExpressionWith(ImmutableArray<string> operators, Parser<char, ExpressionSyntax> branch) => Map(
        (condition, rest) => rest.HasValue ? new TernarySyntax(condition, rest.Value.Item1, rest.Value.Item2) : condition,
        Map((first, rest) => Fold(first, rest), Operand, Map((op, right) => (op, right), new OperatorParser(operators, "an operator"), Operand).Many()),
        Mark('?').Then(Map((then, otherwise) => (then, otherwise), Colon.ThenReturn((ExpressionSyntax?)null).Or(branch.Before(Colon).Select(then => (ExpressionSyntax?)then)), branch)).Optional());

    private static readonly Parser<char, ExpressionSyntax> Expression = ExpressionWith([.. OperatorTable.Precedence.Keys], AnyExpression);
    private static readonly Parser<char, ExpressionSyntax> QueryExpression =
        ExpressionWith([.. OperatorTable.Precedence.Keys.Where(op => op is not ("<" or ">"))], new Guarded<ExpressionSyntax>(() => QueryExpression!));

    // Statements

    private static readonly Parser<char, StatementSyntax> AnyStatement = new Guarded<StatementSyntax>(() => Statement!);

    private static readonly Parser<char, Lexeme> AssignmentOperator =
        new OperatorParser(["=", .. OperatorTable.Compound.Select(op => op + "=")], "'='");

    private static readonly Parser<char, StatementSyntax> SimpleStatement = Map<char, ExpressionSyntax, Maybe<(Lexeme Op, ExpressionSyntax Value)>, StatementSyntax>(
        (target, assigned) => assigned.HasValue
            ? new AssignmentSyntax(target, assigned.Value.Op.Text is "=" ? null : assigned.Value.Op.Text[..^1], assigned.Value.Value,
                TextSpan.Union(target.Span, assigned.Value.Value.Span))
            : new ExpressionStatementSyntax(target),
        Expression, Map((op, value) => (op, value), AssignmentOperator, AnyExpression).Optional());

    private static readonly Parser<char, StatementSyntax> Let = Map<char, Lexeme, Lexeme, Maybe<TypeSyntax>, Maybe<ExpressionSyntax>, StatementSyntax>(
        (let, name, type, value) => new LetSyntax(new VariableSyntax("$" + name.Text, name.Span), type.HasValue ? type.Value : null, value.HasValue ? value.Value : null,
            TextSpan.Union(let.Span, value.HasValue ? value.Value.Span : type.HasValue ? type.Value.Span : name.Span)),
        Keyword("let"), Variable, Colon.Then(Type).Optional(), Symbol("=").Then(AnyExpression).Optional());

    private static readonly Parser<char, StatementSyntax> ReturnStatement = Map<char, Lexeme, Maybe<ExpressionSyntax>, StatementSyntax>(
        (word, value) => value.HasValue ? new ReturnSyntax(value.Value, TextSpan.Union(word.Span, value.Value.Span)) : new ReturnSyntax(null, word.Span),
        Keyword("return"), Lookahead(Token(c => c is not (';' or '}'))).Then(AnyExpression).Optional());

    private static readonly Parser<char, StatementSyntax> LoopJump = Keyword("break").Or(Keyword("continue"))
        .Select<StatementSyntax>(word => new LoopJumpSyntax(word.Text == "break", word.Span));

    // A statement that ends in a brace needs no semicolon; others do, except the last before a closing brace.
    private static readonly Parser<char, StatementSyntax> Terminated =
        OneOf(Let, ReturnStatement, LoopJump, SimpleStatement).Before(Semicolon.IgnoreResult().Or(Lookahead(CloseBrace).IgnoreResult()));

    private static readonly Parser<char, BlockSyntax> Block = Map(
        (open, statements, close) => new BlockSyntax([.. statements], TextSpan.Union(open.Span, close.Span)),
        OpenBrace, Semicolon.Many().Then(AnyStatement.Before(Semicolon.Many()).Many()), CloseBrace);

    private static readonly Parser<char, StatementSyntax> If = Map<char, Lexeme, ExpressionSyntax, BlockSyntax, Maybe<StatementSyntax>, StatementSyntax>(
        (word, condition, then, otherwise) => new IfSyntax(condition, then, otherwise.HasValue ? otherwise.Value : null,
            TextSpan.Union(word.Span, otherwise.HasValue ? otherwise.Value.Span : then.Span)),
        Keyword("if"), AnyExpression, Block,
        Keyword("else").Then(new Guarded<StatementSyntax>(() => If!).Or(Block.Cast<StatementSyntax>())).Optional());

    private static readonly Parser<char, StatementSyntax> While = Map<char, Lexeme, ExpressionSyntax, BlockSyntax, StatementSyntax>(
        (word, condition, body) => new WhileSyntax(condition, body, TextSpan.Union(word.Span, body.Span)), Keyword("while"), AnyExpression, Block);

    private static readonly Parser<char, StatementSyntax> Unroll = Map<char, Lexeme, ExpressionSyntax, BlockSyntax, StatementSyntax>(
        (word, count, body) => new UnrollSyntax(count, body, TextSpan.Union(word.Span, body.Span)), Keyword("unroll"), AnyExpression, Block);

    /// <summary>The parentheses may be left out, as in bpftrace.</summary>
    private static readonly Parser<char, (Lexeme Variable, ExpressionSyntax First, Maybe<ExpressionSyntax> End)> Range = Map(
        (variable, first, end) => (variable, first, end), Variable.Before(Colon),
        AnyExpression, Mark('.').Then(Mark('.')).Then(AnyExpression).Optional());

    private static readonly Parser<char, StatementSyntax> For = Map<char, Lexeme, (Lexeme Variable, ExpressionSyntax First, Maybe<ExpressionSyntax> End), BlockSyntax, StatementSyntax>(
        (word, range, body) => range.End.HasValue
            ? new ForRangeSyntax(new VariableSyntax("$" + range.Variable.Text, range.Variable.Span), range.First, range.End.Value, body, TextSpan.Union(word.Span, body.Span))
            : new ForMapSyntax(new VariableSyntax("$" + range.Variable.Text, range.Variable.Span), range.First, body, TextSpan.Union(word.Span, body.Span)),
        Keyword("for"), OpenParen.Then(Range).Before(CloseParen).Or(Range), Block);

    private static readonly Parser<char, StatementSyntax> Statement = OneOf(If, While, For, Unroll, Block.Cast<StatementSyntax>(), Terminated);

    // Queries

    private static readonly Parser<char, NamedExpressionSyntax> NamedExpression = Map(
        (value, name) => name.HasValue
            ? new NamedExpressionSyntax(value, name.Value.Text, TextSpan.Union(value.Span, name.Value.Span))
            : new NamedExpressionSyntax(value, null, value.Span),
        QueryExpression, Keyword("as").Then(Name).Optional());

    private static readonly Parser<char, QueryOptionSyntax> QueryOption = OneOf(
        Map<char, Lexeme, IEnumerable<NamedExpressionSyntax>, QueryOptionSyntax>(
            (word, keys) => new BySyntax([.. keys], TextSpan.Union(word.Span, keys.Last().Span)),
            Keyword("by"), NamedExpression.SeparatedAtLeastOnce(Comma)),
        Map<char, Lexeme, ExpressionSyntax, Maybe<Lexeme>, QueryOptionSyntax>(
            (word, count, column) => new TopSyntax(count, column.HasValue ? column.Value.Text : null,
                column.HasValue ? column.Value.Span : word.Span, TextSpan.Union(word.Span, column.HasValue ? column.Value.Span : count.Span)),
            Keyword("top"), Literal.Or(VariableUse), Keyword("by").Then(Name).Optional()),
        Map<char, Lexeme, ExpressionSyntax, QueryOptionSyntax>(
            (word, period) => new EverySyntax(period, TextSpan.Union(word.Span, period.Span)), Keyword("every"), Literal),
        Map<char, Lexeme, Lexeme, QueryOptionSyntax>(
            (word, map) => new IntoSyntax(map.Text, TextSpan.Union(word.Span, map.Span)), Keyword("into"), MapName));

    private static readonly Parser<char, BodySyntax> Query = Map<char, Lexeme, IEnumerable<NamedExpressionSyntax>, IEnumerable<QueryOptionSyntax>, Lexeme, BodySyntax>(
        (open, items, options, close) => new QuerySyntax([.. items], [.. options], TextSpan.Union(open.Span, close.Span)),
        Symbol("<"), NamedExpression.SeparatedAtLeastOnce(Comma), QueryOption.Many(), Mark('>').Labelled("by, top, every, into or '>'"));

    // Clauses

    /// <summary>A part that starts with a slash or a dot is a path and may hold slashes; elsewhere one starts the predicate.</summary>
    private static readonly Parser<char, string> PartText = OneOf(
        Char('"').Then(Token(c => c is not ('"' or '\n')).ManyString()).Before(Char('"')),
        Map((first, rest) => first + rest, Token(c => c is '/' or '.'), Token(c => IsPart(c) || c == '/').ManyString()),
        Token(IsPart).AtLeastOnceString());

    private static readonly Parser<char, ProbePartSyntax> Part = Map(
        (start, text, end) => new ProbePartSyntax(text, TextSpan.FromBounds(start, end)),
        // usdt::name: the part between is left out.
        CurrentOffset, Lookahead(Char(':')).ThenReturn("").Or(PartText).Labelled("the next part of the probe"), CurrentOffset);

    private static readonly Parser<char, ProbeSyntax> Probe = Map(
        (kind, parts) =>
        {
            ImmutableArray<ProbePartSyntax> all = [kind, .. parts];
            return new ProbeSyntax(all, TextSpan.Union(all[0].Span, all[^1].Span));
        },
        Map((start, text, end) => new ProbePartSyntax(text, TextSpan.FromBounds(start, end)),
            CurrentOffset, Token(IsPart).AtLeastOnceString().Labelled("a probe such as tracepoint:syscalls:sys_enter_read"), CurrentOffset),
        Char(':').Then(Part).Many()).Before(Trivia);

    private static readonly Parser<char, ExpressionSyntax> Predicate = Symbol("/").Then(Expression).Before(Mark('/').Labelled("'/' to end the predicate"));

    /// <summary>C# has been taken out: what is left are the braces.</summary>
    private static readonly Parser<char, HandlerSyntax> Handler = Map(
        (open, close) => new HandlerSyntax(TextSpan.FromBounds(open.Span.End, close.Span.Start), TextSpan.Union(open.Span, close.Span)),
        Try(Symbol("=>")).Then(Mark('{')), Mark('}'));

    private static readonly Parser<char, BodySyntax> Body =
        OneOf(Block.Select<BodySyntax>(block => new BlockBodySyntax(block)), Query, Handler.Cast<BodySyntax>());

    private static readonly Parser<char, ClauseSyntax> Clause = Map(
        (name, probes, predicate, body, handler) => new ClauseSyntax(
            name.HasValue ? name.Value.Text : null, [.. probes], predicate.HasValue ? predicate.Value : null, body,
            TextSpan.Union(probes.First().Span, body.Span)) { Handler = handler.HasValue ? handler.Value : null },
        Try(Name.Before(Symbol("="))).Optional(), Probe.SeparatedAndOptionallyTerminatedAtLeastOnce(Comma), Predicate.Optional(), Body, Handler.Optional());

    private static readonly Parser<char, SyntaxNode> Macro = Map<char, Lexeme, Lexeme, IEnumerable<string>, BlockSyntax, SyntaxNode>(
        (word, name, parameters, body) => new MacroSyntax(name.Text, [.. parameters], body, TextSpan.Union(word.Span, body.Span)),
        Try(Keyword("macro").Before(Lookahead(Name.Then(OpenParen)))), Name,
        OneOf(Variable.Select(v => "$" + v.Text), MapName.Select(m => m.Text), Name.Select(n => n.Text)).Separated(Comma).Between(OpenParen, CloseParen), Block);

    private static readonly Parser<char, SyntaxNode> MapDeclaration = Map<char, Lexeme, Lexeme, Lexeme, ExpressionSyntax, Lexeme, SyntaxNode>(
        (word, map, kind, entries, end) => new MapDeclarationSyntax(map.Text, kind.Text, entries, kind.Span, TextSpan.Union(word.Span, end.Span)),
        Try(Keyword("let").Before(Lookahead(Char('@')))), MapName.Before(Symbol("=")), Name.Before(OpenParen), AnyExpression.Before(CloseParen), Semicolon);

    private static readonly Parser<char, ConfigItemSyntax> ConfigItem = Map(
        (name, value) => new ConfigItemSyntax(name.Text, value, TextSpan.Union(name.Span, value.Span)),
        Name.Before(Symbol("=")), OneOf(Literal, NameOrCall)).Before(Semicolon.Optional());

    private static readonly Parser<char, IEnumerable<ConfigItemSyntax>> Config =
        Try(Keyword("config").Then(Symbol("=")).Then(OpenBrace)).Then(ConfigItem.Many()).Before(CloseBrace);

    private static readonly Parser<char, SyntaxNode> Import = Map<char, Lexeme, Lexeme, SyntaxNode>(
        (word, path) => new ImportSyntax(path.Text, TextSpan.Union(word.Span, path.Span)),
        Try(Keyword("import").Before(Lookahead(Char('"')))), StringLiteral.Before(Semicolon));

    private static readonly Parser<char, Unit> Shebang =
        Try(String("#!")).Then(Token(c => c != '\n').SkipMany()).Optional().IgnoreResult();

    /// <summary>A whole program.</summary>
    public static readonly Parser<char, ProgramSyntax> Program = Map(
        (config, parts, end) => new ProgramSyntax(
            config.HasValue ? [.. config.Value] : [], [.. parts.OfType<ClauseSyntax>()], new TextSpan(0, end)) { Macros = [.. parts.OfType<MacroSyntax>()], MapDeclarations = [.. parts.OfType<MapDeclarationSyntax>()], Imports = [.. parts.OfType<ImportSyntax>()] },
        Shebang.Then(Trivia).Then(Config.Optional()), OneOf(Import, Macro, MapDeclaration, Clause.Cast<SyntaxNode>()).AtLeastOnce(), CurrentOffset).Before(End.Labelled("another clause or the end"));

    private static bool IsPart(char c) => !char.IsWhiteSpace(c) && !char.IsControl(c) && c is not (':' or ',' or '{' or '}' or '<' or '>' or '/' or ';' or '"' or '=' or '(' or ')');

    private static Parser<char, ExpressionSyntax> NumberNode(Lexeme text) =>
        TryInteger(text.Text, out long value, out bool unsigned)
            ? Return<ExpressionSyntax>(new IntegerSyntax(value, unsigned, text.Span))
            : Fail<ExpressionSyntax>(Parser.BadNumber);

    private static ExpressionSyntax VariableNode(Lexeme name) =>
        name.Text == "#" ? new ParameterSyntax(0, name.Span)
        : int.TryParse(name.Text, out int index) ? new ParameterSyntax(index == 0 ? ParameterSyntax.None : index, name.Span)
        : new VariableSyntax("$" + name.Text, name.Span);

    private static ExpressionSyntax PrefixNode(ExpressionSyntax operand, Lexeme op)
    {
        var span = TextSpan.Union(op.Span, operand.Span);
        return op.Text switch
        {
            "++" or "--" => new IncrementSyntax(operand, op.Text == "--", false, span),
            "-" when operand is IntegerSyntax { Value: > 0 or long.MinValue } number => new IntegerSyntax(-number.Value, false, span),
            "+" => operand,
            _ => new UnarySyntax(op.Text, operand, span),
        };
    }

    /// <summary>Shunting-yard over a flat list; all operators are left-associative.</summary>
    private static ExpressionSyntax Fold(ExpressionSyntax first, IEnumerable<(Lexeme Operator, ExpressionSyntax Right)> rest)
    {
        var values = new Stack<ExpressionSyntax>([first]);
        var operators = new Stack<Lexeme>();
        foreach (var (op, right) in rest)
        {
            while (operators.TryPeek(out var top) && OperatorTable.Precedence[top.Text] >= OperatorTable.Precedence[op.Text])
                Reduce();
            operators.Push(op);
            values.Push(right);
        }

        while (operators.Count > 0)
            Reduce();
        return values.Pop();

        void Reduce()
        {
            var op = operators.Pop();
            var right = values.Pop();
            values.Push(new BinarySyntax(values.Pop(), op.Text, right, op.Span));
        }
    }
}
