#include "sim/report/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A number as its digits: 0.d1 d2 d3 ... times ten to the point, without trailing zeros.
struct digits {
    char d[20];
    int count;
    int point; // digits before the decimal point; may be negative
    bool negative;
};

// The C library writes the digits, and whatever the locale puts between them is left out.
static struct digits take_digits(double x, int significant)
{
    char text[48];
    struct digits n = { .negative = signbit(x) && x != 0 };
    snprintf(text, sizeof text, "%.*e", significant - 1, fabs(x));
    const char *e = strrchr(text, 'e');
    for (const char *p = text; p < e; p++)
        if (*p >= '0' && *p <= '9')
            n.d[n.count++] = *p;
    n.point = (int)strtol(e + 1, NULL, 10) + 1;
    while (n.count > 1 && n.d[n.count - 1] == '0')
        n.count--;
    if (n.d[0] == '0')
        n.point = 1;
    return n;
}

static struct digits shortest(double x)
{
    char text[48];
    int significant = 15;
    for (; significant < 17; significant++) {
        snprintf(text, sizeof text, "%.*e", significant - 1, x);
        if (strtod(text, NULL) == x)
            break;
    }
    return take_digits(x, significant);
}

static char digit_at(const struct digits *n, int i)
{
    return i >= 0 && i < n->count ? n->d[i] : '0';
}

// With so many places behind the point, and a comma between thousands where asked.
static void write_fixed(char *out, const struct digits *n, int places, bool commas)
{
    char *p = out;
    int whole = n->point > 1 ? n->point : 1;
    if (n->negative)
        *p++ = '-';
    for (int i = 0; i < whole; i++) {
        if (commas && i > 0 && (whole - i) % 3 == 0)
            *p++ = ',';
        *p++ = digit_at(n, n->point - whole + i);
    }
    if (places > 0)
        *p++ = '.';
    for (int i = 0; i < places; i++)
        *p++ = digit_at(n, n->point + i);
    *p = '\0';
}

static void write_scientific(char *out, const struct digits *n)
{
    char *p = out;
    if (n->negative)
        *p++ = '-';
    *p++ = n->d[0];
    if (n->count > 1)
        *p++ = '.';
    for (int i = 1; i < n->count; i++)
        *p++ = n->d[i];
    int power = n->point - 1;
    *p++ = 'e';
    *p++ = power < 0 ? '-' : '+';
    power = abs(power);
    if (power >= 100)
        *p++ = (char)('0' + power / 100);
    *p++ = (char)('0' + power / 10 % 10);
    *p++ = (char)('0' + power % 10);
    *p = '\0';
}

void sim_number_exact(char *out, double x)
{
    if (!isfinite(x)) {
        strcpy(out, "null");
        return;
    }
    struct digits n = shortest(x);
    if (n.point < -3 || n.point > 17) {
        write_scientific(out, &n);
        return;
    }
    write_fixed(out, &n, n.count > n.point ? n.count - n.point : 0, false);
}

static void plain(char *out, double x, bool commas)
{
    struct digits n = take_digits(x, 3);
    if (fabs(x) >= 1e15 || (x != 0 && fabs(x) < 1e-6)) {
        write_scientific(out, &n);
        return;
    }
    if (n.point > 3)
        n = take_digits(round(x), n.point < 16 ? n.point : 16);
    write_fixed(out, &n, n.count > n.point ? n.count - n.point : 0, commas);
}

void sim_number_plain(char *out, double x)
{
    if (isfinite(x))
        plain(out, x, true);
    else
        strcpy(out, isnan(x) ? "-" : x > 0 ? "infinite" : "-infinite");
}

void sim_number_count(char *out, double x)
{
    sim_number_plain(out, isfinite(x) ? round(x) : x);
}

static void with_unit(char *out, double x, const char *unit)
{
    plain(out, x, true);
    strcat(out, unit);
}

static void long_duration(char *out, double seconds)
{
    double whole = round(seconds);
    double minutes = floor(whole / 60), rest = whole - 60 * minutes;
    if (minutes < 120)
        snprintf(out, SIM_NUMBER_ROOM, rest > 0 ? "%.0f min %.0f s" : "%.0f min", minutes,
                 rest);
    else
        with_unit(out, seconds / 3600, " h");
}

void sim_number_duration(char *out, double seconds)
{
    double size = fabs(seconds);
    if (!isfinite(seconds))
        sim_number_plain(out, seconds);
    else if (size >= 999.5)
        long_duration(out, seconds);
    else if (size >= 0.9995 || size == 0)
        with_unit(out, seconds, " s");
    else if (size >= 0.9995e-3)
        with_unit(out, seconds * 1e3, " ms");
    else if (size >= 0.9995e-6)
        with_unit(out, seconds * 1e6, " us");
    else
        with_unit(out, seconds * 1e9, " ns");
}

void sim_number_share(char *out, double x)
{
    double percent = 100 * x;
    if (!isfinite(x))
        sim_number_plain(out, x);
    else if (x > 0 && percent < 0.01)
        strcpy(out, "<0.01 %");
    else if (percent > 99.99 && x < 1)
        strcpy(out, ">99.99 %");
    else if (percent > 99 && x < 1) {
        struct digits n = take_digits(floor(percent * 100) / 100, 4);
        write_fixed(out, &n, n.count > n.point ? n.count - n.point : 0, false);
        strcat(out, " %");
    } else {
        double unit = percent >= 10 ? 1 : percent >= 1 ? 10 : 100;
        with_unit(out, round(percent * unit) / unit, " %");
    }
}
