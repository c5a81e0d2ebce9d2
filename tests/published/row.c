#include "tests/published/row.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- The file ----

static char *read_all(const char *file)
{
    FILE *f = fopen(file, "rb");
    if (!f)
        return NULL;
    size_t room = 1 << 20, n;
    char *text = malloc(room + 1);
    n = text ? fread(text, 1, room, f) : 0;
    bool whole = text && feof(f);
    fclose(f);
    if (!whole) {
        free(text);
        return NULL;
    }
    text[n] = '\0';
    return text;
}

// One field from p on; returns what stands behind it, NULL when a quote does not end or the
// field is too long. *last says that it ends the record.
static const char *field(const char *p, char *to, size_t size, bool *last, int *line)
{
    size_t n = 0;
    bool quoted = *p == '"';
    p += quoted;
    while (*p) {
        if (quoted && p[0] == '"' && p[1] == '"')
            p++;
        else if (quoted && *p == '"')
            break;
        else if (!quoted && (*p == ',' || *p == '\n' || *p == '\r'))
            break;
        *line += *p == '\n';
        if (n + 1 >= size)
            return NULL;
        to[n++] = *p++;
    }
    to[n] = '\0';
    if (quoted && *p++ != '"')
        return NULL;
    *last = *p != ',';
    if (*p == '\r')
        p++;
    *line += *p == '\n';
    return *p ? p + 1 : p;
}

static const char *record(const char *p, struct row *r, int *line)
{
    struct {
        char *to;
        size_t size;
    } fields[] = {
        {r->family,     sizeof r->family   },
        { r->params,    sizeof r->params   },
        { r->metric,    sizeof r->metric   },
        { r->expected,  sizeof r->expected },
        { r->tolerance, sizeof r->tolerance},
        { r->source,    sizeof r->source   },
    };
    const size_t n = sizeof fields / sizeof *fields;
    r->line = *line;
    for (size_t i = 0; i < n; i++) {
        bool last;
        p = field(p, fields[i].to, fields[i].size, &last, line);
        if (!p || last != (i == n - 1))
            return NULL;
    }
    return p;
}

// "same server; ..." stands for the row above it: that of its own family, or of one whose name
// begins alike ("brooker-collapse-spike", "brooker-collapse-equilibrium").
static bool is_relative(const char *a, const char *b)
{
    const char *x = strrchr(a, '-'), *y = strrchr(b, '-');
    size_t n = x ? (size_t)(x - a) : strlen(a), m = y ? (size_t)(y - b) : strlen(b);
    return strcmp(a, b) == 0 || (n == m && strncmp(a, b, n) == 0);
}

static void resolve(struct rows *rows)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        struct row *r = &rows->at[i];
        const char *before = "";
        bool same = strncmp(r->params, "same", 4) == 0 || strstr(r->params, "; same");
        if (same && i > 0 && is_relative(rows->at[i - 1].family, r->family))
            before = rows->at[i - 1].context;
        snprintf(r->context, sizeof r->context, "%.1000s%s%.1000s", before,
                 *before ? "; " : "", r->params);
    }
}

bool rows_read(struct rows *rows, const char *file, char *message, size_t size)
{
    static struct row one;
    char *text = read_all(file);
    uint32_t room = 0;
    int line = 1;
    bool good = text != NULL;
    *rows = (struct rows){ 0 };
    for (const char *p = text; good && *p;) {
        p = record(p, &one, &line);
        if (!p || (rows->count == 0 && room == 0 && strcmp(one.family, "case") != 0))
            break;
        if (one.line == 1) {
            room = 16;
            rows->at = malloc(room * sizeof *rows->at);
        } else if (rows->count == room) {
            room *= 2;
            rows->at = realloc(rows->at, room * sizeof *rows->at);
        }
        if (!rows->at)
            abort();
        if (one.line > 1)
            rows->at[rows->count++] = one;
        good = true;
        if (!*p) {
            free(text);
            resolve(rows);
            return true;
        }
    }
    snprintf(message, size, "%s:%d: %s", file, line,
             text ? "not a record of six fields" : "cannot be read");
    free(text);
    return false;
}

void rows_free(struct rows *rows)
{
    free(rows->at);
    *rows = (struct rows){ 0 };
}

// ---- Texts ----

static int scan_here(const char *p, const char *pattern, double numbers[6])
{
    int n = 0;
    while (*pattern) {
        if (strncmp(pattern, "%lf", 3) == 0) {
            char *end;
            numbers[n++] = strtod(p, &end);
            if (end == p || n > 6)
                return 0;
            p = end;
            pattern += 3;
        } else if (*p++ != *pattern++) {
            return 0;
        }
    }
    return n;
}

int text_scan(const char *text, const char *pattern, double numbers[6])
{
    for (const char *p = text; *p; p++) {
        // In the middle of a number or a word nothing begins.
        if (p > text && isalnum((unsigned char)p[-1]) && isalnum((unsigned char)*p))
            continue;
        int n = scan_here(p, pattern, numbers);
        if (n > 0)
            return n;
    }
    return 0;
}

static void add_piece(struct pieces *p, const char *begin, const char *end)
{
    while (begin < end && isspace((unsigned char)*begin))
        begin++;
    while (end > begin && isspace((unsigned char)end[-1]))
        end--;
    if (p->count < PIECES)
        snprintf(p->at[p->count++], sizeof p->at[0], "%.*s", (int)(end - begin), begin);
}

void text_cut(const char *text, struct pieces *p)
{
    const char *begin = text;
    p->count = 0;
    for (const char *c = text; *c; c++) {
        bool slash = c > text && c[-1] == ' ' && c[0] == '/' && c[1] == ' ';
        if (*c != ';' && !slash)
            continue;
        add_piece(p, begin, c);
        begin = c + 1;
    }
    add_piece(p, begin, begin + strlen(begin));
}

bool text_number(const char *text, double *x, double *half_digit)
{
    char *end;
    *x = strtod(text, &end);
    if (end == text || !isfinite(*x))
        return false;
    int decimals = 0;
    const char *point = memchr(text, '.', (size_t)(end - text));
    if (point)
        decimals = (int)strspn(point + 1, "0123456789");
    *half_digit = 0.5 * pow(10, -decimals);
    return true;
}

// ---- Tolerances ----

static double number_before(const char *begin, const char *end)
{
    const char *p = end;
    while (p > begin && (isdigit((unsigned char)p[-1]) || p[-1] == '.'))
        p--;
    return p == end ? NAN : strtod(p, NULL);
}

bool tolerance_read(const char *text, struct tolerance *t)
{
    // What is said of a formula stands in front.
    const char *p = strstr(text, "simulation");
    if (!p && strncmp(text, "formula", 7) == 0)
        return false;
    p = p ? p : text;
    *t = (struct tolerance){ 0, 0 };
    const char *percent = strchr(p, '%');
    if (percent)
        t->relative = number_before(p, percent) / 100;
    const char *absolute = strstr(p, " absolute");
    const char *per_s = strstr(p, "/s absolute");
    const char * or = strstr(p, " or ");
    if (per_s)
        t->absolute = number_before(p, per_s);
    else if (absolute)
        t->absolute = number_before(p, absolute);
    else if (or &&isdigit((unsigned char) or [4]))
        t->absolute = strtod(or +4, NULL);
    if (isnan(t->relative) || isnan(t->absolute))
        return false;
    return t->relative > 0 || t->absolute > 0;
}

bool tolerance_read_for(const char *text, double rho, double scv, struct tolerance *t)
{
    double x[6];
    if (!tolerance_read(text, t))
        return false;
    if (text_scan(text, "%lf% for scv>=%lf or rho=%lf", x) == 3 &&
        (scv >= x[1] || rho >= x[2]))
        t->relative = x[0] / 100;
    if (text_scan(text, "%lf% (rho<=%lf)", x) != 2)
        return true;
    const char *p = strstr(text, "(rho<=");
    for (double least = x[1]; rho > least;) {
        // "..., 8% (0.9), 15% (0.95)": each for loads up to its own.
        p = strstr(p + 1, ", ");
        if (!p || text_scan(p, "%lf% (%lf)", x) != 2)
            return false;
        t->relative = x[0] / 100;
        least = x[1];
    }
    return true;
}

double tolerance_width(struct tolerance t, double expected)
{
    double relative = t.relative * fabs(expected);
    return relative > t.absolute ? relative : t.absolute;
}
