#include "ui/view/chart_kinds.h"

#include <math.h>

// What there is to be charted in a run.

static uint32_t services(const struct ui_film *f)
{
    return f->node_count - f->client_count;
}

double ui_gil_share(const struct ui_service_row *r)
{
    return r->causes > 0 ? r->gil / r->causes : NAN;
}

// What lies on the foot of the chart, which goes to 100 %, or rounds to nothing, is nothing to see.
#define GIL_LEAST 0.02
#define LAG_LEAST 0.0005

static bool waits_for_gil(const struct ui_service_row *r)
{
    return ui_gil_share(r) >= GIL_LEAST;
}

static bool loop_lags(const struct ui_service_row *r)
{
    return r->lag >= LAG_LEAST;
}

static bool any_row(const struct ui_film *f, bool (*has)(const struct ui_row *))
{
    for (size_t i = 0; i < f->row_count; i++)
        if (has(&f->rows[i]))
            return true;
    return false;
}

static bool fails(const struct ui_row *r)
{
    double sum = 0;
    for (uint32_t o = 0; o < SIM_OUTCOMES; o++)
        sum += r->failed[o];
    return sum > 0;
}

static bool tries_again(const struct ui_row *r)
{
    return r->tries > 1;
}

static bool any_queue(const struct ui_film *f)
{
    for (uint32_t i = 0; i < f->node_count; i++)
        if (f->nodes[i].queue_max > 0)
            return true;
    return false;
}

static bool any_of(const struct ui_film *f, uint32_t service,
                   bool (*has)(const struct ui_service_row *))
{
    for (size_t i = 0; i < f->row_count; i++)
        if (has(ui_film_service_row(f, i, service)))
            return true;
    return false;
}

// Memory is of interest where it is not about the same all the time. A process that is down has none.
#define MEMORY_GROWS 1.5

static bool memory_changes(const struct ui_draw *d, uint32_t service)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < ui_rows_seen(d); i++) {
        double x = ui_film_service_row(d->film, i, service)->memory;
        least = x > 0 ? fmin(least, x) : least;
        most = fmax(most, x);
    }
    return most > 0 && (ui_hides_future(d) || most >= MEMORY_GROWS * least);
}

// Whether a chart that only some services have has anything to show of this one.
static bool has_of(const struct ui_draw *d, enum ui_chart chart, uint32_t service)
{
    const struct ui_film *f = d->film;
    const struct ui_node *n = &f->nodes[f->client_count + service];
    bool anyhow = ui_hides_future(d) && f->row_count > 0;
    if (chart == UI_CHART_MEMORY)
        return memory_changes(d, service);
    if (chart == UI_CHART_GIL)
        return n->has_gil && (anyhow || any_of(f, service, waits_for_gil));
    return n->has_loop && (anyhow || any_of(f, service, loop_lags));
}

uint32_t ui_chart_service(const struct ui_draw *d, enum ui_chart chart)
{
    if (d->focus != SIM_NONE && has_of(d, chart, d->focus))
        return d->focus;
    for (uint32_t s = 0; s < services(d->film); s++)
        if (has_of(d, chart, s))
            return s;
    return SIM_NONE;
}

bool ui_has_chart(const struct ui_draw *d, enum ui_chart chart)
{
    const struct ui_film *f = d->film;
    bool anyhow = ui_hides_future(d) && f->row_count > 0;
    if (chart > UI_CHART_FAILED && ui_hides_inside(d))
        return false;
    switch (chart) {
    case UI_CHART_FAILED:
        return anyhow || any_row(f, fails);
    case UI_CHART_TRIES:
        return anyhow || any_row(f, tries_again);
    case UI_CHART_QUEUE:
        return d->focus != SIM_NONE && (anyhow || any_queue(f));
    case UI_CHART_BUSY:
        return d->focus != SIM_NONE &&
               f->nodes[f->client_count + d->focus].workers != SIM_UNLIMITED;
    case UI_CHART_GIL:
    case UI_CHART_LAG:
    case UI_CHART_MEMORY:
        return ui_chart_service(d, chart) != SIM_NONE;
    default:
        return f->row_count > 0;
    }
}

uint32_t ui_chart_count(const struct ui_draw *d)
{
    uint32_t n = 0;
    for (enum ui_chart c = 0; c < UI_CHART_KINDS; c++)
        n += ui_has_chart(d, c);
    return n;
}
