#include <math.h>
#include <stdio.h>

#include "ui/cli/verify.h"

// The report of convoy verify as one page that needs nothing else: a table of all checks, those
// that differ first in colour, so that it can be sent to somebody.

static void put_text(FILE *f, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", f);
            break;
        case '>':
            fputs("&gt;", f);
            break;
        case '&':
            fputs("&amp;", f);
            break;
        case '"':
            fputs("&quot;", f);
            break;
        default:
            fputc(*text, f);
        }
}

static void put_number(FILE *f, double x, double scale, const char *unit)
{
    if (isfinite(x))
        fprintf(f, "<td class=n>%.4g%s</td>", x * scale, unit);
    else
        fputs("<td class=n>-</td>", f);
}

static void put_check(FILE *f, const struct lab_check *c)
{
    bool is_share = c->kind == LAB_STATISTIC;
    fprintf(f, "<tr class=%s><td>%s</td><td>%s</td><td>", lab_verdict_name(c->verdict),
            lab_verdict_name(c->verdict), lab_check_kind_name(c->kind));
    put_text(f, c->name);
    fputs("</td>", f);
    put_number(f, c->real, 1, "");
    put_number(f, c->model, 1, "");
    put_number(f, c->error, is_share ? 100 : 1, is_share ? " %" : "");
    put_number(f, is_share ? c->interval : NAN, 100, " %");
    put_number(f, is_share ? c->limit : NAN, 100, " %");
    fputs("<td>", f);
    put_text(f, c->detail);
    fputs("</td></tr>\n", f);
}

static void put_page(FILE *f, const struct lab_report *r)
{
    fputs(
        "<!DOCTYPE html>\n<html lang=en><meta charset=utf-8>"
        "<meta name=viewport content=\"width=device-width\">\n"
        "<title>convoy verify</title>\n<style>\n"
        "body { font: 15px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 90em; }\n"
        "table { border-collapse: collapse; } td, th { padding: .2em .6em; text-align: left;\n"
        "border-bottom: 1px solid #ccc; vertical-align: top; }\n"
        ".n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }\n"
        ".agree td:first-child { color: #06702c; } .differ { background: #fbe3e0; }\n"
        ".differ td:first-child { color: #a5150b; font-weight: bold; }\n"
        ".undecided td:first-child, .absent td:first-child { color: #7a5b00; }\n"
        "</style>\n<h1>The models against real implementations</h1>\n<p>",
        f);
    for (uint32_t v = 0; v < LAB_VERDICTS; v++)
        fprintf(f, "%s%s %u", v ? ", " : "", lab_verdict_name((enum lab_verdict)v),
                r->verdicts[v]);
    if (r->interpreter[0]) {
        fputs("; ", f);
        put_text(f, r->interpreter);
    }
    fputs(
        "</p>\n<p>A decision is a scripted schedule: both sides must do the same at the same "
        "instants, and the figures say how many steps each took and how many differ. A "
        "statistic is repeated until its 95 % interval is tight; the error is relative to "
        "the model.</p>\n<table>\n<tr><th>verdict<th>kind<th>check<th class=n>real"
        "<th class=n>model<th class=n>error<th class=n>&plusmn;<th class=n>limit<th></tr>\n",
        f);
    for (uint32_t i = 0; i < r->count; i++)
        put_check(f, &r->checks[i]);
    fputs("</table>\n</html>\n", f);
}

// Whole or not at all.
bool ui_verify_html(const char *file, const struct lab_report *r)
{
    char name[1200];
    int n = snprintf(name, sizeof name, "%s.part", file);
    FILE *f = n > 0 && (size_t)n < sizeof name ? fopen(name, "wb") : NULL;
    if (!f)
        return false;
    put_page(f, r);
    bool ok = fflush(f) == 0 && !ferror(f);
    ok = fclose(f) == 0 && ok;
    if (ok && rename(name, file) == 0)
        return true;
    remove(name);
    return false;
}
