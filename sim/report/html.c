#include "sim/report/html.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/explain.h"
#include "sim/report/html_write.h"
#include "sim/report/number.h"
#include "sim/report/text.h"
#include "sim/report/verdict.h"

// Columns of what the page shows as the terminal does.
#define COLUMNS 108

static const char style[] =
    "<style>\n"
    ":root { color-scheme: light; }\n"
    "body { font: 16px/1.55 system-ui, \"Inter\", \"Segoe UI\", sans-serif; color: #1c2430;\n"
    "  background: #fff; max-width: 66rem; margin: 2.5rem auto; padding: 0 1.5rem; }\n"
    "h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; }\n"
    "h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }\n"
    ".faint, figcaption, footer { color: #556070; font-size: .9rem; }\n"
    ".story { font-size: 1.08rem; max-width: 46rem; }\n"
    "table { border-collapse: collapse; width: 100%; font-size: .95rem; }\n"
    "td, th { padding: .45rem .8rem .45rem 0; text-align: left; vertical-align: top;\n"
    "  border-bottom: 1px solid #dde2e8; }\n"
    ".n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }\n"
    ".passed b { color: #0b6b35; } .FAILED b { color: #a8160c; } .undecided b { color: "
    "#7a5600; }\n"
    "figure { margin: 1rem 0; break-inside: avoid; }\n"
    "img { width: 100%; height: auto; border: 1px solid #dde2e8; border-radius: 4px; }\n"
    "pre { font: 13px/1.45 ui-monospace, \"JetBrains Mono\", \"DejaVu Sans Mono\", monospace;\n"
    "  background: #f6f8fa; padding: .9rem 1rem; overflow-x: auto; border-radius: 4px; }\n"
    "ol.script { font: 13px/1.45 ui-monospace, \"DejaVu Sans Mono\", monospace;\n"
    "  background: #f6f8fa; border-radius: 4px; padding: .9rem 1rem .9rem 3.6rem; }\n"
    "ol.script li { white-space: pre-wrap; padding-left: .6rem; }\n"
    "ol.script li::marker { color: #76808d; }\n"
    "@media print { body { margin: 0; max-width: none; font-size: 10.5pt; }\n"
    "  pre, ol.script { font-size: 7.5pt; white-space: pre-wrap; } h2 { break-after: avoid; }\n"
    "  tr { break-inside: avoid; } }\n"
    "</style>\n";

static void heading(const struct sim_sink *s, const char *text)
{
    sim_sink_text(s, "<h2>");
    sim_html_text(s, text);
    sim_sink_text(s, "</h2>\n");
}

// ---- Who it is ----

static void write_head(const struct sim_html *h, const struct sim_sink *s)
{
    const char *name = h->of->scenario ? h->of->scenario : "";
    sim_sink_text(s,
                  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    sim_html_text(s, name);
    sim_sink_text(s, "</title>\n");
    sim_sink_text(s, style);
    sim_sink_text(s, "</head>\n<body>\n<h1>");
    sim_html_text(s, name);
    sim_sink_text(s, "</h1>\n");
    if (h->of->about) {
        sim_sink_text(s, "<p>");
        sim_html_text(s, h->of->about);
        sim_sink_text(s, "</p>\n");
    }
}

static void write_extent(const struct sim_report *r, const struct sim_sink *s)
{
    char length[SIM_NUMBER_ROOM], warmup[SIM_NUMBER_ROOM];
    sim_number_duration(length, (double)sim_run_now(r->run) / SIM_S);
    sim_number_duration(warmup, (double)sim_report_from(r) / SIM_S);
    sim_sink_text(s, "<p class=\"faint\">");
    if (r->variant && r->variant[0]) {
        sim_sink_text(s, "Variant \xe2\x80\x9c");
        sim_html_text(s, r->variant);
        sim_sink_text(s, "\xe2\x80\x9d, ");
    }
    sim_sink_printf(s, "%s simulated", length);
    if (sim_report_from(r) > 0)
        sim_sink_printf(s, ", the first %s left out of the figures", warmup);
    sim_sink_printf(s, ", seed %" PRIu64 ".</p>\n", r->seed);
}

static void write_stop(const struct sim_report *r, const struct sim_sink *s)
{
    if (!r->interrupted && (r->state == SIM_FINISHED || r->state == SIM_GOING))
        return;
    sim_sink_text(s, "<p><b>Stopped before its end: ");
    sim_html_text(s, r->interrupted ? "interrupted" : sim_run_reason(r->run));
    sim_sink_text(s, "</b></p>\n");
}

static void write_story(const struct sim_report *r, const struct sim_sink *s)
{
    char text[SIM_EXPLAIN_ROOM];
    sim_explain(r, text, sizeof text);
    heading(s, "What happened");
    sim_sink_text(s, "<p class=\"story\">");
    sim_html_text(s, text);
    sim_sink_text(s, "</p>\n");
}

// ---- Expectations ----

// Named as the terminal names them.
static const char *const words[] = { "passed", "FAILED", "undecided", "" };

static void write_claim(const struct sim_verdict *v, const struct sim_sink *s)
{
    sim_sink_text(s, "<td>");
    sim_html_text(s, v->text);
    sim_sink_text(s, "<br><span class=\"faint\">");
    sim_html_text(s, v->path ? v->path : "measured");
    if (v->to > v->from) {
        char from[SIM_NUMBER_ROOM], to[SIM_NUMBER_ROOM];
        sim_number_duration(from, (double)v->from / SIM_S);
        sim_number_duration(to, (double)v->to / SIM_S);
        sim_sink_printf(s, " from %s to %s", from, to);
    }
    if (v->relative_to) {
        sim_sink_text(s, ", relative to \xe2\x80\x9c");
        sim_html_text(s, v->relative_to);
        sim_sink_text(s, "\xe2\x80\x9d");
    }
    if (v->because && v->because[0]) {
        sim_sink_text(s, "; because ");
        sim_html_text(s, v->because);
    }
    sim_sink_text(s, "</span></td>");
}

static void write_verdict(const struct sim_verdict *v, const struct sim_sink *s)
{
    char figure[SIM_NUMBER_ROOM], wanted[SIM_VERDICT_ROOM];
    sim_verdict_measured(v, figure);
    sim_verdict_wanted(v, wanted);
    sim_sink_printf(s, "<tr class=\"%s\"><td><b>%s</b></td>", words[v->state],
                    words[v->state]);
    write_claim(v, s);
    sim_html_figure(s, isnan(v->measured) && !v->has_min && !v->has_max ? "" : figure);
    sim_html_figure(s, wanted);
    if (v->line > 0)
        sim_sink_printf(s, "<td class=\"n faint\">line %d</td></tr>\n", v->line);
    else
        sim_sink_text(s, "<td></td></tr>\n");
}

static void write_verdicts(const struct sim_report *r, const struct sim_sink *s)
{
    uint32_t others = sim_report_verdicts(r, SIM_NOT_JUDGED);
    if (r->verdict_count == 0)
        return;
    heading(s, "Expectations");
    sim_sink_text(s,
                  "<table>\n<tr><th>verdict</th><th>claim</th><th class=\"n\">measured</th>"
                  "<th class=\"n\">wanted</th><th class=\"n\">script</th></tr>\n");
    for (uint32_t i = 0; i < r->verdict_count; i++)
        if (r->verdicts[i].state != SIM_NOT_JUDGED)
            write_verdict(&r->verdicts[i], s);
    sim_sink_text(s, "</table>\n");
    if (others > 0)
        sim_sink_printf(s,
                        "<p class=\"faint\">%" PRIu32 " more belong to other variants."
                        "</p>\n",
                        others);
}

// ---- Pictures ----

static void write_picture(const struct sim_html_picture *p, const struct sim_sink *s)
{
    sim_sink_text(s, "<figure><img alt=\"");
    sim_html_text(s, p->caption);
    sim_sink_printf(s, "\" src=\"data:%s;base64,", p->type);
    sim_html_base64(s, p->bytes, p->size);
    sim_sink_text(s, "\"><figcaption>");
    sim_html_text(s, p->caption);
    sim_sink_text(s, "</figcaption></figure>\n");
}

// ---- What the terminal shows as well ----

static void put_escaped(void *ctx, const char *bytes, size_t n)
{
    const struct sim_sink *s = ctx;
    for (size_t begin = 0; begin < n;) {
        char piece[256];
        size_t length = n - begin < sizeof piece - 1 ? n - begin : sizeof piece - 1;
        // No character is cut in two.
        while (begin + length < n && length > 1 && (bytes[begin + length] & 0xC0) == 0x80)
            length--;
        memcpy(piece, bytes + begin, length);
        piece[length] = '\0';
        sim_html_text(s, piece);
        begin += length;
    }
}

static void write_figures(const struct sim_html *h, const struct sim_sink *s)
{
    struct sim_text_options options = { .width = COLUMNS, .utf8 = true };
    struct sim_sink escaped = { put_escaped, (void *)s };
    heading(s, "Figures");
    sim_sink_text(s, "<pre>");
    sim_report_text_tables(h->of, &options, &escaped);
    sim_sink_text(s, "</pre>\n");
    if (!h->profile)
        return;
    heading(s, "Profile");
    sim_sink_text(s, "<pre>");
    sim_profile_text(h->profile, &options, &escaped);
    sim_sink_text(s, "</pre>\n");
}

// ---- To have it again ----

static void write_line(const struct sim_sink *s, const char *line, size_t n)
{
    sim_sink_text(s, "<li>");
    put_escaped((void *)s, line, n);
    sim_sink_text(s, "</li>\n");
}

static void write_script(const struct sim_html *h, const struct sim_sink *s)
{
    heading(s, h->of->file ? h->of->file : "Script");
    sim_sink_text(s, "<ol class=\"script\">\n");
    for (const char *line = h->script; *line;) {
        size_t n = strcspn(line, "\n");
        write_line(s, line, n > 0 && line[n - 1] == '\r' ? n - 1 : n);
        line += n + (line[n] != '\0');
    }
    sim_sink_text(s, "</ol>\n");
}

static void write_foot(const struct sim_html *h, const struct sim_sink *s)
{
    char requests[SIM_NUMBER_ROOM], events[SIM_NUMBER_ROOM];
    sim_number_count(requests, (double)sim_run_books(h->of->run).arrived);
    sim_number_count(events, (double)sim_run_events(h->of->run));
    sim_sink_text(s, "<footer><p>The same again: <code>");
    sim_html_text(s, h->command);
    sim_sink_printf(s, "</code></p>\n<p>%s requests, %s events, digest %016" PRIx64,
                    requests, events, sim_run_digest(h->of->run));
    sim_sink_text(s, ", by convoy ");
    sim_html_text(s, h->of->version ? h->of->version : "");
    sim_sink_text(s, ".</p></footer>\n</body>\n</html>\n");
}

void sim_report_html(const struct sim_html *h, const struct sim_sink *sink)
{
    write_head(h, sink);
    write_extent(h->of, sink);
    write_stop(h->of, sink);
    write_story(h->of, sink);
    write_verdicts(h->of, sink);
    for (uint32_t i = 0; i < h->picture_count; i++)
        write_picture(&h->pictures[i], sink);
    write_figures(h, sink);
    write_script(h, sink);
    write_foot(h, sink);
}
