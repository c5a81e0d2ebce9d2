#include <math.h>

#include "sim/world/inner.h"

static double on_line(struct sim_point p, struct sim_point q, double t)
{
    return p.y + (q.y - p.y) * ((t - p.t) / (q.t - p.t));
}

// Straight between its points, level before the first and behind the last. Of two points at
// one time the later one counts from there on.
static double on_curve(const struct sim_run *run, const struct sim_value *v)
{
    const struct sim_point *p = &run->model->points.at[v->first];
    double t = (double)run->now / SIM_S;
    if (v->x > 0)
        t -= v->x * floor(t / v->x);
    if (t < p[0].t)
        return p[0].y;
    uint32_t low = 0, high = v->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (p[middle].t <= t)
            low = middle;
        else
            high = middle;
    }
    return low + 1 < v->count ? on_line(p[low], p[low + 1], t) : p[low].y;
}

static double of_mix(struct sim_run *run, const struct sim_value *v, uint32_t task,
                     struct sim_random *rng)
{
    const struct sim_branch *b = &run->model->branches.at[v->first];
    double u = sim_random_unit(rng);
    for (uint32_t i = 0; i < v->count; i++) {
        if (u < b[i].weight)
            return sim_value_now(run, b[i].to, task, rng);
        u -= b[i].weight;
    }
    return 0;
}

static double of_switch(struct sim_run *run, const struct sim_value *v, uint32_t task,
                        struct sim_random *rng)
{
    const struct sim_branch *b = &run->model->branches.at[v->first];
    double field = sim_run_field(run, task, v->a);
    uint32_t other = SIM_NONE;
    for (uint32_t i = 0; i < v->count; i++) {
        if (b[i].key == field)
            return sim_value_now(run, b[i].to, task, rng);
        if (isnan(b[i].key))
            other = b[i].to;
    }
    return other == SIM_NONE ? 0 : sim_value_now(run, other, task, rng);
}

double sim_value_now(struct sim_run *run, uint32_t value, uint32_t task,
                     struct sim_random *rng)
{
    const struct sim_value *v = &run->model->values.at[value];
    switch (v->kind) {
    case SIM_VALUE_CONST:
        return v->x;
    case SIM_VALUE_DIST:
        return sim_dist_draw(&v->dist, rng);
    case SIM_VALUE_CURVE:
        return on_curve(run, v);
    case SIM_VALUE_FIELD:
        return sim_run_field(run, task, v->a);
    case SIM_VALUE_MIX:
        return of_mix(run, v, task, rng);
    case SIM_VALUE_SWITCH:
        return of_switch(run, v, task, rng);
    default:
        break;
    }
    double a = sim_value_now(run, v->a, task, rng);
    double b = sim_value_now(run, v->b, task, rng);
    switch (v->kind) {
    case SIM_VALUE_ADD:
        return a + b;
    case SIM_VALUE_SUB:
        return a - b;
    case SIM_VALUE_MUL:
        return a * b;
    default:
        return a / b;
    }
}

// What is not a duration (not a number, negative, beyond a century) is the nearest one: a
// draw's tail must not end a run.
sim_time sim_seconds(double seconds)
{
    double ns = seconds * SIM_S;
    if (!(ns > 0))
        return 0;
    return ns < 3e18 ? (sim_time)(ns + 0.5) : (sim_time)3000000000000000000;
}

sim_time sim_value_time(struct sim_run *run, uint32_t value, uint32_t task,
                        struct sim_random *rng)
{
    return sim_seconds(sim_value_now(run, value, task, rng));
}

double sim_value_peak(const struct sim_run *run, uint32_t value)
{
    const struct sim_value *v = &run->model->values.at[value];
    if (v->kind != SIM_VALUE_CURVE)
        return v->x;
    double peak = 0;
    for (uint32_t i = 0; i < v->count; i++)
        if (run->model->points.at[v->first + i].y > peak)
            peak = run->model->points.at[v->first + i].y;
    return peak;
}

// ---- Fields of requests, shared by all tasks of one ----

uint32_t sim_fields_new(struct sim_run *run)
{
    uint32_t i = run->fields_free;
    if (i != SIM_NONE) {
        run->fields_free = run->fields[i].users;
    } else {
        i = run->fields_used++;
        sim_run_take(run, sizeof(struct sim_fields));
        if (run->fields_used + SIM_SPARE > SIM_FIELDS_CAP)
            sim_run_stop(run, "more requests with fields at once than a run can hold");
    }
    run->fields[i] = (struct sim_fields){ .users = 1 };
    return i;
}

void sim_fields_share(struct sim_run *run, uint32_t from, uint32_t to)
{
    uint32_t i = run->fields_of[from];
    run->fields_of[to] = i;
    if (i)
        run->fields[i - 1].users++;
}

void sim_fields_drop(struct sim_run *run, uint32_t task)
{
    uint32_t i = run->fields_of[task];
    run->fields_of[task] = 0;
    if (i == 0 || --run->fields[i - 1].users > 0)
        return;
    run->fields[i - 1].users = run->fields_free;
    run->fields_free = i - 1;
}

double sim_run_field(struct sim_run *run, uint32_t task, uint32_t field)
{
    uint32_t i = run->uses_fields ? run->fields_of[task] : 0;
    return i ? run->fields[i - 1].at[field] : 0;
}

double sim_run_draw(struct sim_run *run, uint32_t task, uint32_t value)
{
    return sim_value_now(run, value, task,
                         &run->work_rng[sim_station_of(run, task)->entity]);
}
