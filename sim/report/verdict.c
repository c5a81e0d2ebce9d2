#include "sim/report/verdict.h"

#include <math.h>
#include <stdio.h>

#include "sim/report/number.h"

static void write_figure(char *out, const struct sim_verdict *v, double x)
{
    switch (sim_verdict_unit(v)) {
    case SIM_UNIT_SECONDS:
        sim_number_duration(out, x);
        break;
    case SIM_UNIT_SHARE:
        sim_number_share(out, x);
        break;
    default:
        sim_number_plain(out, x);
    }
}

void sim_verdict_measured(const struct sim_verdict *v, char *out)
{
    if (isnan(v->measured))
        snprintf(out, SIM_NUMBER_ROOM, "%s",
                 v->state == SIM_UNDECIDED ? "not measured" : "no samples");
    else
        write_figure(out, v, v->measured);
}

void sim_verdict_wanted(const struct sim_verdict *v, char *out)
{
    char min[SIM_NUMBER_ROOM], max[SIM_NUMBER_ROOM];
    write_figure(min, v, v->min);
    write_figure(max, v, v->max);
    if (v->has_min && v->has_max && v->min == v->max)
        snprintf(out, SIM_VERDICT_ROOM, "%s", min);
    else if (v->has_min && v->has_max)
        snprintf(out, SIM_VERDICT_ROOM, "%s to %s", min, max);
    else if (v->has_min)
        snprintf(out, SIM_VERDICT_ROOM, "at least %s", min);
    else if (v->has_max)
        snprintf(out, SIM_VERDICT_ROOM, "at most %s", max);
    else
        out[0] = '\0';
}
