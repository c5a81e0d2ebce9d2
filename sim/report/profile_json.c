#include <math.h>

#include "sim/report/json_write.h"
#include "sim/report/profile_write.h"

static void write_samples(struct sim_json *j, const struct sim_advice *a)
{
    sim_json_open(j, "samples");
    for (uint32_t i = 0; i < SIM_SAMPLES; i++)
        sim_json_number(j, sim_sample_name((enum sim_sample)i),
                        a->workload == SIM_IDLE ? NAN : a->samples[i]);
    sim_json_close(j);
}

static void write_line(struct sim_json *j, const struct sim_profile_line *l)
{
    sim_json_open(j, NULL);
    sim_json_text(j, "step", l->word);
    sim_json_text(j, "of", l->of);
    sim_json_text(j, "route", l->route);
    sim_json_number(j, "line", l->line > 0 ? (double)l->line : NAN);
    sim_json_number(j, "parent", l->parent == SIM_NONE ? NAN : (double)l->parent);
    sim_json_whole(j, "ncalls", (uint64_t)l->calls);
    sim_json_number(j, "tottime", (double)l->total_ns / SIM_S);
    sim_json_number(j, "cumtime", (double)l->cumulated_ns / SIM_S);
    sim_json_open(j, "time");
    for (uint32_t c = 0; c < SIM_CAUSES; c++)
        if (l->cause_ns[c] > 0)
            sim_json_number(j, sim_cause_name((enum sim_cause)c),
                            (double)l->cause_ns[c] / SIM_S);
    sim_json_close(j);
    sim_json_close(j);
}

static void write_lines(struct sim_json *j, const struct sim_profile_report *r,
                        uint32_t service)
{
    sim_json_open_array(j, "calls");
    for (uint32_t i = 0; i < sim_profile_lines(r->profile, service); i++) {
        struct sim_profile_line l = sim_profile_line_at(r->profile, service, i);
        write_line(j, &l);
    }
    sim_json_close_array(j);
}

static void write_needs(struct sim_json *j, const struct sim_advice *a)
{
    sim_json_open(j, "visit");
    sim_json_number(j, "python", a->python);
    sim_json_number(j, "native", a->native);
    sim_json_number(j, "native_holding_gil", a->holding);
    sim_json_number(j, "waiting", a->waiting);
    sim_json_number(j, "outside", a->outside);
    sim_json_close(j);
    sim_json_number(j, "visits", a->visits);
    sim_json_number(j, "arrivals_per_s", a->arrivals_per_s);
    sim_json_number(j, "cores", a->cores);
    sim_json_number(j, "cores_busy", a->cores_busy);
    sim_json_number(j, "gil_busy", a->gil_busy);
}

static void write_advice(struct sim_json *j, const struct sim_advice *a)
{
    char text[SIM_ADVICE_ROOM];
    bool has_advice = a->workload != SIM_IDLE;
    sim_json_text(j, "workload", sim_workload_name(a->workload));
    sim_advice_evidence(a, text, sizeof text);
    sim_json_text(j, "evidence", text);
    sim_json_text(j, "executor", has_advice ? sim_choice_name(a->choice) : NULL);
    sim_json_number(j, "workers", has_advice && a->workers > 0 ? (double)a->workers : NAN);
    sim_json_bool(j, "is_enough", has_advice && a->is_enough);
    sim_advice_reason(a, text, sizeof text);
    sim_json_text(j, "reason", text);
    sim_json_open_array(j, "ceilings");
    for (uint32_t i = 0; i < SIM_CHOICES && has_advice; i++) {
        sim_json_open(j, NULL);
        sim_json_text(j, "executor", sim_choice_name((enum sim_choice)i));
        sim_json_number(j, "per_s", a->ceilings[i].per_s);
        sim_json_text(j, "by", a->ceilings[i].by);
        sim_json_close(j);
    }
    sim_json_close_array(j);
}

static void write_service(struct sim_json *j, const struct sim_profile_report *r,
                          uint32_t service)
{
    const struct sim_run *run = r->of->run;
    struct sim_advice a;
    sim_advise(&a, run, r->profile, sim_windows_between(run, r->from, r->to), service);
    sim_json_open(j, sim_model_service_name(sim_run_model(run), service));
    write_samples(j, &a);
    write_needs(j, &a);
    write_advice(j, &a);
    write_lines(j, r, service);
    sim_json_close(j);
}

void sim_profile_json(const struct sim_profile_report *r, const struct sim_sink *sink)
{
    struct sim_json json, *j = &json;
    sim_json_init(j, sink);
    sim_json_open(j, NULL);
    sim_json_text(j, "scenario", r->of->scenario);
    sim_json_text(j, "file", r->of->file);
    sim_json_text(j, "variant", sim_report_variant(r->of));
    sim_json_whole(j, "seed", r->of->seed);
    sim_json_text(j, "state", sim_report_state(r->of));
    sim_json_number(j, "from", (double)r->from / SIM_S);
    sim_json_number(j, "to", (double)r->to / SIM_S);
    sim_json_whole(j, "records_lost", sim_profile_lost(r->profile));
    sim_json_open(j, "services");
    for (uint32_t i = 0; i < sim_model_services(sim_run_model(r->of->run)); i++)
        write_service(j, r, i);
    sim_json_close(j);
    sim_json_close(j);
}
