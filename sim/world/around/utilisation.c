#include "sim/engine/reserve.h"
#include "sim/world/inner.h"

// Shedding by utilisation. Each replica and worker process has a level of its own for each place that sheds so, and
// draws from a stream of its own: one number a request, whatever is decided.

bool sim_utilisation_open_all(struct sim_run *run, size_t stations)
{
    struct sim_utilisations *all = &run->utilisations;
    uint32_t n = run->model->sheds.count;
    all->stations = stations;
    if (n == 0)
        return true;
    all->at = sim_reserve(stations * n * sizeof *all->at);
    return all->at != NULL;
}

void sim_utilisation_close_all(struct sim_run *run)
{
    struct sim_utilisations *all = &run->utilisations;
    sim_release(all->at, all->stations * run->model->sheds.count * sizeof *all->at);
}

// A process that is replaced begins with nobody turned away; its draws go on.
static struct sim_utilisation_keep *keep_of(struct sim_run *run, uint32_t t, uint32_t shed)
{
    uint32_t station = run->tasks[t].station;
    size_t place = (size_t)station * run->model->sheds.count + shed;
    struct sim_utilisation_keep *keep = &run->utilisations.at[place];
    uint32_t life = sim_life_of(run, t);
    if (keep->life == life)
        return keep;
    if (keep->life == 0) {
        sim_run_take(run, sizeof *keep);
        sim_station_stream(run, station, "utilisation", &keep->rng);
    }
    keep->life = life;
    keep->state = (struct sim_utilisation_state){ .last = run->now };
    return keep;
}

// Where there is no end of workers, it is the cores that are busy.
bool sim_utilisation_lets(struct sim_run *run, uint32_t t, uint32_t shed,
                          enum sim_criticality class)
{
    const struct sim_shed_def *def = &run->model->sheds.at[shed];
    const struct sim_station *s = &run->stations[sim_station_of(run, t)->home];
    struct sim_utilisation_keep *keep = keep_of(run, t, shed);
    uint32_t busy = s->busy, of = s->workers;
    if (def->of_cores || of == SIM_UNLIMITED) {
        of = run->hosts[s->host].cores;
        busy = run->hosts[s->host].count < of ? run->hosts[s->host].count : of;
    }
    return sim_utilisation_passes(&def->load, &keep->state, run->now, busy, of, class,
                                  sim_random_next(&keep->rng));
}
