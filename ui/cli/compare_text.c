// The variants of a scenario as a table for people.
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/report/number.h"
#include "ui/cli/compare.h"

// As many variants at a time as the width holds; where that is none, a row's name stands on
// a line of its own, as a very long one does.
#define MOST_NAME   40
#define VALUE_WIDTH 13

static void print_value(const struct ui_compare_row *r, double x, char mark)
{
    char text[SIM_NUMBER_ROOM];
    if (isnan(x))
        snprintf(text, sizeof text, "-");
    else if (r->is_time)
        sim_number_duration(text, x);
    else if (r->is_share)
        snprintf(text, sizeof text, "%.1f %%", x * 100);
    else if (r->is_memory)
        snprintf(text, sizeof text, "%.4g MB", x / 1e6);
    else
        sim_number_plain(text, x);
    printf(" %*s%c", VALUE_WIDTH, text, mark);
}

// How much of a name goes on one line: up to the last blank that fits, or what fits.
static int fitting(const char *name)
{
    if (strlen(name) <= VALUE_WIDTH)
        return (int)strlen(name);
    for (int i = VALUE_WIDTH; i > 0; i--)
        if (name[i] == ' ')
            return i;
    return VALUE_WIDTH;
}

// What stands of a name on this line of the head, and how long it is.
static const char *line_of(const char *name, uint32_t line, int *length)
{
    for (;; line--) {
        *length = fitting(name);
        if (line == 0)
            return name;
        name += *length;
        name += *name == ' ';
    }
}

static void print_name(const char *name, uint32_t line)
{
    int length;
    const char *part = line_of(name, line, &length);
    printf(" %*.*s ", VALUE_WIDTH, length, part);
}

static uint32_t lines_of(const char *name)
{
    uint32_t lines = 1;
    int length;
    while (line_of(name, lines, &length), length > 0)
        lines++;
    return lines;
}

static void print_head(const struct ui_compare *t, uint32_t first, uint32_t last,
                       int name_width)
{
    uint32_t lines = lines_of(t->names[0]);
    for (uint32_t v = first; v < last; v++)
        if (lines_of(t->names[v]) > lines)
            lines = lines_of(t->names[v]);
    for (uint32_t line = 0; line < lines; line++) {
        printf("%*s", name_width, "");
        print_name(t->names[0], line);
        for (uint32_t v = first; v < last; v++)
            print_name(t->names[v], line);
        putchar('\n');
    }
}

static char mark_of(const struct ui_compare *t, uint32_t row, uint32_t variant)
{
    static const char marks[] = {
        [UI_COMPARE_ALIKE] = ' ', [UI_COMPARE_DIFFERS] = '*', [UI_COMPARE_OPEN] = '?'
    };
    return marks[ui_compare_of(t, row, variant)];
}

// A service that has no GIL, no memory of its own or no queue in any variant needs no row of
// zeros that says so.
static bool is_empty(const struct ui_compare *t, uint32_t row, uint32_t variants)
{
    if (t->row[row].is_told)
        return false;
    for (uint32_t v = 0; v < variants; v++)
        if (*ui_compare_at(t, row, v) > 0)
            return false;
    return true;
}

static int name_width_of(const struct ui_compare *t, uint32_t variants)
{
    size_t width = 0;
    for (uint32_t k = 0; k < t->rows; k++) {
        size_t n = is_empty(t, k, variants) ? 0 : strlen(t->row[k].path);
        width = n > width ? n : width;
    }
    return width < MOST_NAME ? (int)width : MOST_NAME;
}

static void print_columns(const struct ui_compare *t, uint32_t first, uint32_t last,
                          uint32_t variants, int name_width)
{
    print_head(t, first, last, name_width);
    for (uint32_t k = 0; k < t->rows; k++) {
        const char *path = t->row[k].path;
        if (is_empty(t, k, variants))
            continue;
        if (strlen(path) > (size_t)name_width)
            printf("%s\n%*s", path, name_width, "");
        else
            printf("%-*s", name_width, path);
        print_value(&t->row[k], *ui_compare_at(t, k, 0), ' ');
        for (uint32_t v = first; v < last; v++)
            print_value(&t->row[k], *ui_compare_at(t, k, v), mark_of(t, k, v));
        putchar('\n');
    }
}

static bool any_is_open(const struct ui_compare *t, uint32_t variants)
{
    for (uint32_t k = 0; k < t->rows; k++)
        for (uint32_t v = 1; v < variants && !is_empty(t, k, variants); v++)
            if (ui_compare_of(t, k, v) == UI_COMPARE_OPEN)
                return true;
    return false;
}

static void print_marks(const struct ui_compare *t, uint32_t variants, bool narrow)
{
    printf("seed %llu; * differs from the default by%smore than the noise of %d seeds\n",
           (unsigned long long)t->o->seed, narrow ? "\n" : " ", UI_COMPARE_SEEDS);
    if (any_is_open(t, variants))
        printf("? is open: fewer than two of the seeds%shave a figure on both sides\n",
               narrow ? "\n" : " ");
}

void ui_compare_text(const struct ui_compare *t, uint32_t variants)
{
    const uint32_t column = VALUE_WIDTH + 2;
    uint32_t width = ui_terminal_of(STDOUT_FILENO).width;
    uint32_t name = (uint32_t)name_width_of(t, variants);
    bool narrow = width < name + 2 * column;
    name = narrow ? 0 : name;
    uint32_t at_once = narrow ? 1 : (width - name - column) / column;
    for (uint32_t v = 1; v < variants || v == 1; v += at_once) {
        uint32_t last = v + at_once < variants ? v + at_once : variants;
        print_columns(t, v, last, variants, (int)name);
        putchar('\n');
    }
    print_marks(t, variants, narrow);
}
