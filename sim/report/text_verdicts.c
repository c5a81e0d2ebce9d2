#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/number.h"
#include "sim/report/text_parts.h"
#include "sim/report/verdict.h"

#define INDENT 11u // columns before a claim: its mark in words

static void write_span(char *out, size_t room, const struct sim_verdict *v)
{
    char from[SIM_NUMBER_ROOM], to[SIM_NUMBER_ROOM];
    out[0] = '\0';
    if (v->to <= v->from)
        return;
    sim_number_duration(from, (double)v->from / SIM_S);
    sim_number_duration(to, (double)v->to / SIM_S);
    snprintf(out, room, " from %s to %s", from, to);
}

static void write_measured(struct sim_page *p, const struct sim_verdict *v)
{
    char figure[SIM_NUMBER_ROOM], wanted[SIM_VERDICT_ROOM], span[128], text[700];
    if (isnan(v->measured) && !v->has_min && !v->has_max)
        return;
    sim_verdict_measured(v, figure);
    sim_verdict_wanted(v, wanted);
    write_span(span, sizeof span, v);
    snprintf(text, sizeof text, "%s%s: %s%s%s%s%s%s", v->path ? v->path : "measured", span,
             figure, v->relative_to ? " times that of \"" : "",
             v->relative_to ? v->relative_to : "", v->relative_to ? "\"" : "",
             wanted[0] ? ", wanted " : "", wanted);
    sim_page_wrap(p, INDENT, p->width, text);
    sim_page_line(p);
}

static void write_seeds(struct sim_page *p, const struct sim_verdict *v)
{
    char wanted[SIM_NUMBER_ROOM];
    if (v->seeds <= 1)
        return;
    sim_number_share(wanted, v->share_wanted);
    sim_page_to(p, INDENT);
    sim_page_printf(p, "held on %" PRIu32 " of %" PRIu32 " seeds, wanted %s", v->seeds_held,
                    v->seeds, v->share_wanted > 0 ? wanted : "all");
    sim_page_line(p);
}

static void write_more(struct sim_page *p, const struct sim_verdict *v)
{
    if (v->note && v->note[0]) {
        sim_page_wrap(p, INDENT, p->width, v->note);
        sim_page_line(p);
    }
    if (v->state == SIM_PASSED || !v->because || !v->because[0])
        return;
    sim_page_to(p, INDENT);
    sim_page_text(p, "because");
    sim_page_wrap(p, INDENT + 8, p->width, v->because);
    sim_page_line(p);
}

static void write_mark(struct sim_page *p, enum sim_verdict_state state)
{
    static const char *const words[] = { "passed", "FAILED", "undecided", "" };
    static const enum sim_style styles[] = { SIM_STYLE_GOOD, SIM_STYLE_BAD, SIM_STYLE_WARN,
                                             SIM_STYLE_PLAIN };
    sim_page_style(p, styles[state]);
    sim_page_text(p, words[state]);
    sim_page_style(p, SIM_STYLE_PLAIN);
}

static void write_verdict(struct sim_page *p, const struct sim_report *r,
                          const struct sim_verdict *v)
{
    write_mark(p, v->state);
    sim_page_wrap(p, INDENT, p->width, v->text);
    if (v->state == SIM_FAILED && v->line > 0) {
        char place[320];
        snprintf(place, sizeof place, "(%s%sline %d)", r->file ? r->file : "",
                 r->file ? ", " : "", v->line);
        sim_page_wrap(p, p->column + 1, p->width, place);
    }
    sim_page_line(p);
    sim_page_style(p, SIM_STYLE_FAINT);
    write_measured(p, v);
    write_seeds(p, v);
    write_more(p, v);
}

static const char *variant_of(const struct sim_verdict *v)
{
    return v->variant && v->variant[0] ? v->variant : "default";
}

static bool is_told(const struct sim_report *r, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (r->verdicts[k].state == SIM_NOT_JUDGED &&
            strcmp(variant_of(&r->verdicts[k]), variant_of(&r->verdicts[i])) == 0)
            return true;
    return false;
}

static void write_left_out(struct sim_page *p, const struct sim_report *r)
{
    char text[1024];
    uint32_t n = sim_report_verdicts(r, SIM_NOT_JUDGED);
    if (n == 0)
        return;
    int used = snprintf(text, sizeof text, "%" PRIu32 " not judged, of other variants:", n);
    for (uint32_t i = 0; i < r->verdict_count && used < (int)sizeof text; i++)
        if (r->verdicts[i].state == SIM_NOT_JUDGED && !is_told(r, i))
            used += snprintf(text + used, sizeof text - (size_t)used, " \"%s\"",
                             variant_of(&r->verdicts[i]));
    sim_page_style(p, SIM_STYLE_FAINT);
    sim_page_wrap(p, 0, p->width, text);
    sim_page_line(p);
}

void sim_text_verdicts(struct sim_page *p, const struct sim_report *r)
{
    if (r->verdict_count == 0)
        return;
    sim_page_style(p, SIM_STYLE_HEAD);
    sim_page_text(p, "Expectations");
    sim_page_line(p);
    for (uint32_t i = 0; i < r->verdict_count; i++)
        if (r->verdicts[i].state != SIM_NOT_JUDGED)
            write_verdict(p, r, &r->verdicts[i]);
    write_left_out(p, r);
    sim_page_line(p);
}
