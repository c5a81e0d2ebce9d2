#include "sim/report/number.h"
#include "sim/report/summary.h"
#include "sim/report/text.h"
#include "sim/report/text_parts.h"

// What must happen once, and how often it did.

#define NAME         22u
#define WIDTH        11u
#define NARROW_NAME  15u
#define NARROW_WIDTH 9u

static const char *const heads[SIM_EFFECT_COUNTS] = {
    [SIM_EFFECT_DONE] = "done",         [SIM_EFFECT_DUPLICATES] = "again",
    [SIM_EFFECT_MISSING] = "missing",   [SIM_EFFECT_LOST] = "lost",
    [SIM_EFFECT_INVENTED] = "invented",
};

static uint32_t name_columns(const struct sim_page *p)
{
    return p->width < SIM_TEXT_WHOLE ? NARROW_NAME : NAME;
}

static uint32_t figure_end(const struct sim_page *p, uint32_t figure)
{
    uint32_t width = p->width < SIM_TEXT_WHOLE ? NARROW_WIDTH : WIDTH;
    return name_columns(p) + (figure + 1) * width;
}

// Whether one follows another is told where some do.
static uint32_t columns(const struct sim_model *m)
{
    for (uint32_t i = 0; i < sim_model_effects(m); i++)
        if (sim_model_effect_at(m, i)->follows > 0)
            return SIM_EFFECT_COUNTS;
    return SIM_EFFECT_LOST;
}

static void write_effect(struct sim_page *p, const struct sim_report *r, uint32_t effect)
{
    char text[SIM_NUMBER_ROOM];
    struct sim_windows w = sim_windows_measured(r);
    const struct sim_meter *m = sim_run_effect_meter(r->run, effect);
    sim_page_script(p, sim_model_effect_at(sim_run_model(r->run), effect)->name,
                    name_columns(p) - 1);
    for (uint32_t i = 0, n_of = columns(sim_run_model(r->run)); i < n_of; i++) {
        double n = (double)sim_meter_count(m, w.a, w.b, (enum sim_count)i);
        sim_page_style(p, i > 0 && n > 0 ? SIM_STYLE_BAD : SIM_STYLE_PLAIN);
        sim_number_count(text, n);
        sim_page_right(p, figure_end(p, i), text);
    }
    sim_page_line(p);
}

void sim_text_effects(struct sim_page *p, const struct sim_report *r)
{
    uint32_t n = sim_model_effects(sim_run_model(r->run));
    if (n == 0)
        return;
    sim_page_style(p, SIM_STYLE_HEAD);
    sim_page_text(p, "Effects");
    for (uint32_t i = 0, n_of = columns(sim_run_model(r->run)); i < n_of; i++)
        sim_page_right(p, figure_end(p, i), heads[i]);
    sim_page_line(p);
    for (uint32_t i = 0; i < n; i++)
        write_effect(p, r, i);
    sim_page_line(p);
}
