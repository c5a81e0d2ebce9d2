#include "ui/cli/profiled.h"

#define TRACE_RECORDS (1u << 20) // read each 10 ms of simulated time

static sim_time span_from(const struct ui_profiled *p, const struct sim_model *m)
{
    return p->from_s >= 0 ? (sim_time)(p->from_s * SIM_S) : sim_model_about(m)->warmup;
}

static sim_time span_to(const struct ui_profiled *p, const struct sim_model *m)
{
    sim_time duration = sim_model_about(m)->duration;
    sim_time to = p->to_s >= 0 ? (sim_time)(p->to_s * SIM_S) : duration;
    return to < duration ? to : duration;
}

static void read_slice(void *ctx, const struct sim_run *run)
{
    struct ui_profiled *p = ctx;
    const struct sim_model *m = sim_run_model(run);
    if (!p->profile) {
        p->from = span_from(p, m);
        p->to = span_to(p, m);
        p->profile = sim_profile_open(run, p->from, p->to);
    }
    if (p->profile)
        sim_profile_read(p->profile);
}

void ui_profiled_watch(struct ui_profiled *p, struct scn_job *job)
{
    job->trace_records = TRACE_RECORDS;
    job->trace_steps = true;
    job->on_slice = read_slice;
    job->on_slice_ctx = p;
    for (uint32_t i = 0; i < 2; i++)
        if ((i ? p->to_s : p->from_s) >= 0)
            job->edges[job->edge_count++] = (sim_time)((i ? p->to_s : p->from_s) * SIM_S);
}

void ui_profiled_close(struct ui_profiled *p)
{
    sim_profile_close(p->profile);
}

struct sim_profile_report ui_profiled_report(const struct ui_profiled *p,
                                             const struct sim_report *of)
{
    sim_time now = sim_run_now(of->run);
    return (struct sim_profile_report){
        .of = of, .profile = p->profile, .from = p->from, .to = p->to < now ? p->to : now
    };
}
