// Functions whose arguments the tests ask for by name.
#include <cstdint>
#include <cstdio>
#include <string>

enum Colour { RED = 3, GREEN = 7 };

struct Point {
    int32_t x;
    uint16_t y;
    unsigned low : 3, high : 5;
    double fraction;
    char name[12];
    Point *next;
};

struct Pair { long first; long second; };
struct Mixed { double fraction; long whole; };
struct Large { long words[5]; };

struct Text {
    std::string text;
};

extern "C" {
__attribute__((noinline)) int plain(int a, unsigned char b, const char *text, Point *point, Colour colour, bool flag) {
    asm volatile("");
    return a + b + text[0] + point->x + colour + flag;
}

__attribute__((noinline)) long fractions(double before, long a, float between, long b) {
    asm volatile("");
    return (long)before + a + (long)between + b;
}

__attribute__((noinline)) long fractional(long a, double before, long b, double behind) {
    asm volatile("");
    return a + b;
}

__attribute__((noinline)) long values(Pair pair, long a, Mixed mixed, Large large, long b) {
    asm volatile("");
    return pair.first + a + mixed.whole + large.words[0] + b;
}

__attribute__((noinline)) Large returns(long a, long b) {
    asm volatile("");
    return {{a, b, 3, 4, 5}};
}
}

class Shop {
public:
    int stock = 40;
    __attribute__((noinline)) int sell(int count, const Text &what, Text copy);
};

int Shop::sell(int count, const Text &what, Text copy) {
    asm volatile("");
    return stock - count + what.text.size() + copy.text.size();
}

int main() {
    Point second = {-2, 9, 1, 2, 0.5, "second", nullptr}, first = {-1, 8, 5, 17, 1.5, "first", &second};
    Shop shop;
    Text text = {"abc"};
    long sum = 0;
    for (int i = 0; i < 5; i++)
        sum += plain(-7, 200, "a text", &first, GREEN, true) + fractions(1.0, -11, 2.0f, 12) + fractional(-13, 1.0, 14, 2.0) + values({1, 2}, -21, {1.0, 22}, {{23}}, 24) + returns(-31, 32).words[2] + shop.sell(6, text, text);
    return sum == 0;
}
