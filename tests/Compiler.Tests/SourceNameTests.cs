using Ctrace.Compiler.Catalog.Probes;

namespace Ctrace.Compiler.Tests;

/// <summary>What a user may leave out of a C++ or Rust function's name.</summary>
public class SourceNameTests
{
    [Theory]
    [InlineData("shop::place", "shop::place(int)")]
    [InlineData("shop::place(int)", "shop::place(int)")]
    [InlineData("shop::place(int,char const*)", "shop::place(int, char const*)")]
    [InlineData("shop::place( int )", "shop::place(int)")]
    [InlineData("shop::Order::price", "shop::Order::price(int, char const*) const")]
    [InlineData("shop::Order::price(int, char const*) const", "shop::Order::price(int, char const*) const")]
    [InlineData("shop::twice", "long shop::twice<long>(long)")]
    [InlineData("shop::twice<long>", "long shop::twice<long>(long)")]
    [InlineData("shop::twice<long>(long)", "long shop::twice<long>(long)")]
    [InlineData("long shop::twice<long>", "long shop::twice<long>(long)")]
    [InlineData("long shop::twice<long>(long)", "long shop::twice<long>(long)")]
    [InlineData("shop::*", "shop::place(int)")]
    [InlineData("*::pl?ce", "shop::place(int)")]
    [InlineData("a::b", "a::b(int) [clone .isra.0]")]
    [InlineData("a::b(int)", "a::b(int) [clone .constprop.0]")]
    [InlineData("a::operator()", "a::operator()(int) const")]
    [InlineData("a::operator+", "a::operator+(a const&)")]
    [InlineData("operator<<", "std::ostream& operator<< <char>(std::ostream&, char)")]
    [InlineData("operator new", "operator new(unsigned long)")]
    [InlineData("a::operator unsigned int", "a::operator unsigned int() const")]
    [InlineData("(anonymous namespace)::f", "(anonymous namespace)::f(int (*)(char))")]
    [InlineData("main::{lambda(int)#1}::operator()", "main::{lambda(int)#1}::operator()(int) const")]
    [InlineData("mycrate::work", "mycrate::work")]
    [InlineData("mycrate::work", "mycrate::work::<i32>")]
    [InlineData("<mycrate::Foo as mycrate::Bar>::baz", "<mycrate::Foo as mycrate::Bar>::baz")]
    public void What_is_left_out_matches_all(string pattern, string name) => Assert.True(SourceNames.Matches(pattern, name));

    [Theory]
    [InlineData("shop::place(int)", "shop::place(int, int)")]
    [InlineData("place", "shop::place(int)")]
    [InlineData("shop::plac", "shop::place(int)")]
    [InlineData("shop::place(long)", "shop::place(int)")]
    [InlineData("a::b", "a::b(int) [clone .cold]")]
    [InlineData("a::b", "a::b(int) [clone .part.0]")]
    [InlineData("shop", "shop::place(int)")]
    public void Other_functions_do_not(string pattern, string name) => Assert.False(SourceNames.Matches(pattern, name));

    [Theory]
    [InlineData("shop::place", "_ZN4shop5placeEi", true)]
    [InlineData("shop::place(int)", "_ZN4shop5placeEi", true)]
    [InlineData("shop::twice<long>", "_ZN4shop5twiceIlEET_S1_", true)]
    [InlineData("shop::place", "_ZN4shop5twiceIlEET_S1_", false)]
    [InlineData("shop::*", "_ZN4shop5placeEi", true)]
    [InlineData("a::operator+", "_ZN1aplERKS_", true)]
    [InlineData("long shop::twice", "_ZN4shop5twiceIlEET_S1_", true)]
    [InlineData("(anonymous namespace)::f", "_ZN12_GLOBAL__N_11fEPFicE", true)]
    public void Most_symbols_need_not_be_taken_apart(string pattern, string symbol, bool may) => Assert.Equal(may, SourceNames.MayMatch(pattern, symbol));
}
