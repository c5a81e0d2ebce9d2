#include "labs/kit/published/row.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- The file ----

#define MOST_BYTES  (1u << 20)
#define LAB_HEADING "case,parameters,metric,expected,tolerance,source"

static char *read_all(const char *file, const char **wrong)
{
    FILE *f = fopen(file, "rb");
    *wrong = "cannot be read";
    if (!f)
        return NULL;
    char *text = malloc(MOST_BYTES + 1);
    size_t n = text ? fread(text, 1, MOST_BYTES + 1, f) : 0;
    bool whole = text && feof(f) && n <= MOST_BYTES;
    if (n > MOST_BYTES)
        *wrong = "is larger than 1 MiB";
    fclose(f);
    if (whole && memchr(text, '\0', n)) {
        *wrong = "is no text";
        whole = false;
    }
    if (!whole) {
        free(text);
        return NULL;
    }
    text[n] = '\0';
    return text;
}

// Where the reading of a file has come to.
struct reader {
    const char *p;
    int line;
    const char *wrong; // NULL: all well up to here
};

// One field; returns whether it ends the record.
static bool field(struct reader *r, char *to, size_t size)
{
    size_t n = 0;
    bool quoted = *r->p == '"';
    r->p += quoted;
    while (*r->p) {
        if (quoted && r->p[0] == '"' && r->p[1] == '"')
            r->p++;
        else if (quoted && *r->p == '"')
            break;
        else if (!quoted && strchr(",\n\r", *r->p))
            break;
        r->line += *r->p == '\n';
        if (n + 1 >= size) {
            r->wrong = "a field is too long";
            return true;
        }
        to[n++] = *r->p++;
    }
    to[n] = '\0';
    if (quoted && *r->p != '"') {
        r->wrong = "a quote does not end";
        return true;
    }
    r->p += quoted;
    if (*r->p && !strchr(",\n\r", *r->p))
        r->wrong = "text behind a closing quote";
    return *r->p != ',';
}

// Six fields and the end of their line.
static void record(struct reader *in, struct lab_row *r)
{
    struct {
        char *to;
        size_t size;
    } fields[] = {
        { r->family, sizeof r->family },       { r->params, sizeof r->params },
        { r->metric, sizeof r->metric },       { r->expected, sizeof r->expected },
        { r->tolerance, sizeof r->tolerance }, { r->source, sizeof r->source },
    };
    const size_t n = sizeof fields / sizeof *fields;
    r->line = in->line;
    for (size_t i = 0; i < n && !in->wrong; i++) {
        bool last = field(in, fields[i].to, fields[i].size);
        if (!in->wrong && last != (i == n - 1))
            in->wrong = last ? "fewer than six fields" : "more than six fields";
        in->p += !last;
    }
    in->p += *in->p == '\r';
    in->line += *in->p == '\n';
    in->p += *in->p == '\n';
}

static bool is_blank(struct reader *in)
{
    const char *p = in->p + (*in->p == '\r');
    if (*p != '\n')
        return false;
    in->p = p + 1;
    in->line++;
    return true;
}

// "same server; ..." stands for the row above it: that of its own family, or of one whose name
// begins alike ("brooker-collapse-spike", "brooker-collapse-equilibrium").
static bool is_relative(const char *a, const char *b)
{
    const char *x = strrchr(a, '-'), *y = strrchr(b, '-');
    size_t n = x ? (size_t)(x - a) : strlen(a), m = y ? (size_t)(y - b) : strlen(b);
    return strcmp(a, b) == 0 || (n == m && strncmp(a, b, n) == 0);
}

static void resolve(struct lab_rows *rows)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        struct lab_row *r = &rows->at[i];
        const char *before = "";
        bool same = strncmp(r->params, "same", 4) == 0 || strstr(r->params, "; same");
        if (same && i > 0 && is_relative(rows->at[i - 1].family, r->family))
            before = rows->at[i - 1].context;
        snprintf(r->context, sizeof r->context, "%.1000s%s%.1000s", before,
                 *before ? "; " : "", r->params);
    }
}

static struct lab_row *add_row(struct lab_rows *rows, uint32_t *room)
{
    if (rows->count == *room) {
        uint32_t more = *room ? 2 * *room : 16;
        struct lab_row *at = realloc(rows->at, more * sizeof *at);
        if (!at)
            return NULL;
        rows->at = at;
        *room = more;
    }
    return &rows->at[rows->count++];
}

static void read_rows(struct lab_rows *rows, struct reader *in)
{
    uint32_t room = 0;
    size_t heading = strlen(LAB_HEADING);
    if (strncmp(in->p, LAB_HEADING, heading) != 0 || !strchr("\r\n", in->p[heading])) {
        in->wrong = "the heading is not " LAB_HEADING;
        return;
    }
    in->p += heading;
    while (*in->p && !in->wrong) {
        if (is_blank(in))
            continue;
        struct lab_row *r = add_row(rows, &room);
        if (r)
            record(in, r);
        else
            in->wrong = "no memory";
    }
    if (!in->wrong && rows->count == 0)
        in->wrong = "there is no row";
}

bool lab_rows_read(struct lab_rows *rows, const char *file, char *message, size_t size)
{
    struct reader in = { .line = 1 };
    char *text = read_all(file, &in.wrong);
    *rows = (struct lab_rows){ 0 };
    if (!text) {
        snprintf(message, size, "%s: %s", file, in.wrong);
        return false;
    }
    in.p = text;
    in.wrong = NULL;
    read_rows(rows, &in);
    free(text);
    // Of a record that goes on over several lines, the first.
    int line = rows->count > 0 ? rows->at[rows->count - 1].line : 1;
    if (in.wrong) {
        snprintf(message, size, "%s:%d: %s", file, line, in.wrong);
        lab_rows_free(rows);
        return false;
    }
    resolve(rows);
    return true;
}

void lab_rows_free(struct lab_rows *rows)
{
    free(rows->at);
    *rows = (struct lab_rows){ 0 };
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

int lab_text_scan(const char *text, const char *pattern, double numbers[6])
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

static void add_piece(struct lab_pieces *p, const char *begin, const char *end)
{
    while (begin < end && isspace((unsigned char)*begin))
        begin++;
    while (end > begin && isspace((unsigned char)end[-1]))
        end--;
    if (p->count < LAB_PIECES)
        snprintf(p->at[p->count++], sizeof p->at[0], "%.*s", (int)(end - begin), begin);
}

void lab_text_cut(const char *text, struct lab_pieces *p)
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

bool lab_text_number(const char *text, double *x, double *half_digit)
{
    char *end;
    text += strncmp(text, "about ", 6) == 0 ? 6 : 0;
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

bool lab_tolerance_read(const char *text, struct lab_tolerance *t)
{
    // What is said of a formula stands in front.
    const char *p = strstr(text, "simulation");
    if (!p && strncmp(text, "formula", 7) == 0)
        return false;
    p = p ? p : text;
    *t = (struct lab_tolerance){ 0, 0 };
    const char *percent = strchr(p, '%');
    if (percent)
        t->relative = number_before(p, percent) / 100;
    const char *absolute = strstr(p, " absolute");
    const char *per_s = strstr(p, "/s absolute");
    const char * or = strstr(p, " or ");
    // "2% absolute" means hundredths of a share, and of what is no share hundredths of itself.
    if (percent && absolute == percent + 1)
        t->absolute = t->relative;
    else if (per_s)
        t->absolute = number_before(p, per_s);
    else if (absolute)
        t->absolute = number_before(p, absolute);
    else if (or &&isdigit((unsigned char) or [4]))
        t->absolute = strtod(or +4, NULL);
    if (isnan(t->relative) || isnan(t->absolute))
        return false;
    return t->relative > 0 || t->absolute > 0;
}

bool lab_tolerance_read_for(const char *text, double rho, double scv,
                            struct lab_tolerance *t)
{
    double x[6];
    if (!lab_tolerance_read(text, t))
        return false;
    if (lab_text_scan(text, "%lf% for scv>=%lf or rho=%lf", x) == 3 &&
        (scv >= x[1] || rho >= x[2]))
        t->relative = x[0] / 100;
    if (lab_text_scan(text, "%lf% (rho<=%lf)", x) != 2)
        return true;
    const char *p = strstr(text, "(rho<=");
    for (double least = x[1]; rho > least;) {
        // "..., 8% (0.9), 15% (0.95)": each for loads up to its own.
        p = strstr(p + 1, ", ");
        if (!p || lab_text_scan(p, "%lf% (%lf)", x) != 2)
            return false;
        t->relative = x[0] / 100;
        least = x[1];
    }
    return true;
}

double lab_tolerance_width(struct lab_tolerance t, double expected)
{
    double relative = t.relative * fabs(expected);
    return relative > t.absolute ? relative : t.absolute;
}
