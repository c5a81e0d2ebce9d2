#include "sim/report/limits.h"

#include <math.h>

#include "sim/report/number.h"

double sim_limits_mean(const struct sim_run *run, struct sim_limit_place place,
                       struct sim_windows w)
{
    struct sim_summary s = { 0 };
    if (place.is_client)
        sim_summary_client(&s, run, w, place.number);
    else
        sim_summary_service(&s, run, w, place.number);
    double level = sim_summary_level(&s, SIM_LIMIT_AREA);
    sim_summary_fini(&s);
    return level > 0 ? level : 0;
}

void sim_limits_json(struct sim_json *j, const struct sim_report *r,
                     struct sim_limit_place place)
{
    struct sim_windows row = { 0 }, all = sim_windows_measured(r);
    double mean = sim_limits_mean(r->run, place, all);
    sim_json_number(j, "concurrency_limit", mean);
    sim_json_open_array(j, "limit_series");
    while (mean > 0 && sim_windows_next_row(r->run, &row))
        sim_json_number(j, NULL, sim_limits_mean(r->run, place, row));
    sim_json_close_array(j);
}

// ---- Text ----

#define COLUMNS 24u

struct course {
    double at[COLUMNS], least, most;
    uint32_t columns;
};

static void add(struct course *c, double x)
{
    if (!(x > 0))
        return;
    c->least = c->columns == 0 || x < c->least ? x : c->least;
    c->most = x > c->most ? x : c->most;
    c->at[c->columns++] = x;
}

// Equal parts of the time measured, each at least a window.
static void measure(struct course *c, const struct sim_report *r,
                    struct sim_limit_place place)
{
    struct sim_windows all = sim_windows_measured(r);
    uint32_t n = all.b - all.a < COLUMNS ? all.b - all.a : COLUMNS;
    for (uint32_t i = 0; i < n; i++) {
        struct sim_windows part = { all.a + (all.b - all.a) * i / n,
                                    all.a + (all.b - all.a) * (i + 1) / n };
        add(c, sim_limits_mean(r->run, place, part));
    }
}

static void draw(struct sim_page *p, const struct course *c)
{
    static const char *const eighths[] = { "\u2581", "\u2582", "\u2583", "\u2584",
                                           "\u2585", "\u2586", "\u2587", "\u2588" };
    static const char ascii[] = "__..--##";
    for (uint32_t i = 0; i < c->columns; i++) {
        int full = (int)lround(7 * c->at[i] / c->most);
        sim_page_glyph(p, eighths[full], ascii[full]);
    }
}

void sim_limits_text(struct sim_page *p, const struct sim_report *r,
                     struct sim_limit_place place)
{
    char least[SIM_NUMBER_ROOM], most[SIM_NUMBER_ROOM], mean[SIM_NUMBER_ROOM];
    struct course c = { .columns = 0 };
    measure(&c, r, place);
    if (c.columns == 0)
        return;
    sim_number_plain(least, c.least);
    sim_number_plain(most, c.most);
    sim_number_plain(mean, sim_limits_mean(r->run, place, sim_windows_measured(r)));
    sim_page_text(p, "  ");
    draw(p, &c);
    sim_page_style(p, SIM_STYLE_FAINT);
    if (c.least < c.most)
        sim_page_printf(p, " concurrency limit: %s to %s, %s on average", least, most,
                        mean);
    else
        sim_page_printf(p, " concurrency limit: %s", mean);
    sim_page_line(p);
    sim_page_style(p, SIM_STYLE_PLAIN);
}
