#include <math.h>

#include "sim/report/html_write.h"
#include "ui/cli/cli.h"
#include "ui/cli/verify.h"
#include "ui/file/whole_file.h"

// The report of convoy verify as one page that needs nothing else: a table of all checks, those
// that differ first in colour, so that it can be sent to somebody.

static void put_number(const struct sim_sink *s, double x, double scale, const char *unit)
{
    if (isfinite(x))
        sim_sink_printf(s, "<td class=n>%.4g%s</td>", x * scale, unit);
    else
        sim_sink_text(s, "<td class=n>-</td>");
}

static void put_check(const struct sim_sink *s, const struct lab_check *c)
{
    bool is_share = c->kind == LAB_STATISTIC;
    sim_sink_printf(s, "<tr class=%s><td>%s</td><td>%s</td><td>",
                    lab_verdict_name(c->verdict), lab_verdict_name(c->verdict),
                    lab_check_kind_name(c->kind));
    sim_html_text(s, c->name);
    sim_sink_text(s, "</td>");
    put_number(s, c->real, 1, "");
    put_number(s, c->model, 1, "");
    put_number(s, c->error, is_share ? 100 : 1, is_share ? " %" : "");
    put_number(s, is_share ? c->interval : NAN, 100, " %");
    put_number(s, is_share ? c->limit : NAN, 100, " %");
    sim_sink_text(s, "<td>");
    sim_html_text(s, c->detail);
    sim_sink_text(s, "</td></tr>\n");
}

static void put_page(const struct sim_sink *s, const struct lab_report *r)
{
    sim_sink_text(
        s,
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
        "</style>\n<h1>The models against real implementations</h1>\n<p>");
    for (uint32_t v = 0; v < LAB_VERDICTS; v++)
        sim_sink_printf(s, "%s%s %u", v ? ", " : "", lab_verdict_name((enum lab_verdict)v),
                        r->verdicts[v]);
    if (r->interpreter[0]) {
        sim_sink_text(s, "; ");
        sim_html_text(s, r->interpreter);
    }
    sim_sink_text(
        s,
        "</p>\n<p>A decision is a scripted schedule: both sides must do the same at the same "
        "instants, and the figures say how many steps each took and how many differ. A "
        "statistic is repeated until its 95 % interval is tight; the error is relative to "
        "the model.</p>\n<table>\n<tr><th>verdict<th>kind<th>check<th class=n>real"
        "<th class=n>model<th class=n>error<th class=n>&plusmn;<th class=n>limit<th></tr>\n");
    for (uint32_t i = 0; i < r->count; i++)
        put_check(s, &r->checks[i]);
    sim_sink_text(s, "</table>\n</html>\n");
}

bool ui_verify_html(const char *file, const struct lab_report *r)
{
    struct ui_whole_file w;
    if (!ui_whole_file_open(&w, file))
        return false;
    struct sim_sink sink = ui_whole_file_sink(&w);
    put_page(&sink, r);
    return ui_whole_file_close(&w, true);
}
