#include "sim/report/explain_parts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sim_say(struct sim_paragraph *p, const char *format, ...)
{
    char sentence[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    size_t gap = p->used > 0;
    if (n <= 0 || (size_t)n >= sizeof sentence || p->used + gap + (size_t)n >= p->room)
        return;
    if (gap)
        p->out[p->used] = ' ';
    memcpy(p->out + p->used + gap, sentence, (size_t)n + 1);
    p->used += gap + (size_t)n;
}

struct sim_figure sim_figure_duration(double x)
{
    struct sim_figure f;
    sim_number_duration(f.text, x);
    return f;
}

struct sim_figure sim_figure_count(double x)
{
    struct sim_figure f;
    sim_number_count(f.text, x);
    return f;
}

struct sim_figure sim_figure_plain(double x)
{
    struct sim_figure f;
    sim_number_plain(f.text, x);
    return f;
}

struct sim_figure sim_figure_share(double x)
{
    struct sim_figure f;
    sim_number_share(f.text, x);
    return f;
}

struct sim_figure sim_figure_about(double x)
{
    return sim_figure_share(round(100 * x) / 100);
}

const char *sim_service_name(const struct sim_paragraph *p, uint32_t service)
{
    return sim_model_service_name(sim_run_model(p->report->run), service);
}
