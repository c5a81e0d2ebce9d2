#include "ui/view/film.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/view/film_inner.h"

void *ui_film_grown(void *at, size_t wanted, size_t *room, size_t size)
{
    if (wanted <= *room)
        return at;
    size_t more = *room ? *room * 2 : 16;
    while (more < wanted)
        more *= 2;
    void *p = realloc(at, more * size);
    if (p)
        *room = more;
    return p;
}

// ---- What there is ----

static void describe_node(struct ui_node *n, const struct sim_model *m, uint32_t i)
{
    uint32_t clients = sim_model_clients(m);
    *n = (struct ui_node){ .is_client = i < clients, .replicas = 1 };
    if (n->is_client) {
        snprintf(n->name, sizeof n->name, "%s", sim_model_client_name(m, i));
        return;
    }
    const struct sim_service_def *s = sim_model_service_at(m, i - clients);
    snprintf(n->name, sizeof n->name, "%s", s->name);
    n->replicas = s->replicas;
    n->workers = s->executor.workers;
    n->capacity = s->executor.capacity;
    n->has_loop = s->executor.kind == SIM_ASYNCIO;
    n->has_gil = s->has_runtime && s->runtime.has_gil;
}

static void number_places(struct ui_film *f)
{
    uint32_t place = 0;
    for (uint32_t k = 0; k < f->node_count; k++) {
        // Services come first among places, clients among nodes.
        uint32_t node = (k + f->client_count) % f->node_count;
        f->nodes[node].first_place = place;
        for (uint32_t r = 0; r < f->nodes[node].replicas; r++)
            f->node_of[place++] = node;
    }
}

static bool make_room(struct ui_film *f, uint32_t fault_count)
{
    f->nodes = calloc(f->node_count + 1, sizeof *f->nodes);
    f->node_of = calloc(f->place_count + 1, sizeof *f->node_of);
    f->steps = calloc(f->place_count + 1, sizeof *f->steps);
    f->lane_of = calloc(f->place_count + 1, sizeof *f->lane_of);
    f->lanes_of = calloc(f->place_count + 1, sizeof *f->lanes_of);
    f->edge_of = calloc((size_t)f->node_count * f->node_count + 1, sizeof *f->edge_of);
    f->knobs = calloc(f->knob_count + 1u, sizeof *f->knobs);
    f->is_turn = calloc(fault_count + 1u, sizeof *f->is_turn);
    f->is_momentary = calloc(fault_count + 1u, sizeof *f->is_momentary);
    f->fault_labels = calloc(fault_count + 1u, sizeof *f->fault_labels);
    return f->nodes && f->node_of && f->steps && f->lane_of && f->lanes_of && f->edge_of &&
           f->knobs && f->is_turn && f->is_momentary && f->fault_labels;
}

static bool keep_script(struct ui_film *f, const char *text)
{
    size_t n = text ? strlen(text) + 1 : 0;
    f->script = n ? malloc(n) : NULL;
    if (f->script)
        memcpy(f->script, text, n);
    return f->script || !text;
}

bool ui_film_init(struct ui_film *f, const struct sim_run *run,
                  const struct ui_film_def *def)
{
    const struct sim_model *m = sim_run_model(run);
    *f = (struct ui_film){
        .seed = def->seed,
        .keep_from = def->keep_from,
        .shown_to = SIM_NEVER,
        .duration = sim_model_about(m)->duration,
        .warmup = sim_model_about(m)->warmup,
        .client_count = sim_model_clients(m),
        .node_count = sim_model_clients(m) + sim_model_services(m),
        .place_count = sim_run_places(run),
        .fault_count = def->fault_count,
        .knob_count = def->knob_count,
    };
    snprintf(f->scenario, sizeof f->scenario, "%s", def->scenario);
    snprintf(f->about, sizeof f->about, "%s", def->about ? def->about : "");
    snprintf(f->file, sizeof f->file, "%s", def->file ? def->file : "");
    snprintf(f->variant, sizeof f->variant, "%s", def->variant ? def->variant : "");
    bool has_script = keep_script(f, def->script);
    if (!make_room(f, def->fault_count) || !has_script) {
        ui_film_fini(f);
        return false;
    }
    for (uint32_t i = 0; i < f->node_count; i++)
        describe_node(&f->nodes[i], m, i);
    number_places(f);
    if (def->knob_count > 0) // there may be none at all
        memcpy(f->knobs, def->knobs, def->knob_count * sizeof *f->knobs);
    f->preset_count = 1;
    for (uint32_t i = 0; i < def->preset_count && f->preset_count < UI_PRESETS; i++)
        snprintf(f->presets[f->preset_count++], sizeof *f->presets, "%s", def->presets[i]);
    for (uint32_t i = 0; i < def->fault_count; i++) {
        snprintf(f->fault_labels[i], sizeof f->fault_labels[i], "%s", def->faults[i].label);
        f->is_turn[i] = def->faults[i].kind == SIM_FAULT_TURN;
        f->is_momentary[i] = sim_fault_is_momentary(def->faults[i].kind);
    }
    ui_film_place_nodes(f);
    return true;
}

void ui_film_fini(struct ui_film *f)
{
    for (uint32_t i = 0; f->steps && i < f->place_count; i++)
        ui_track_fini(&f->steps[i]);
    for (uint32_t i = 0; f->lane_of && i < f->place_count; i++)
        free(f->lane_of[i]);
    for (uint32_t i = 0; i < f->edge_count; i++) {
        ui_track_fini(&f->edges[i].calls);
        ui_track_fini(&f->edges[i].ends);
    }
    for (uint32_t i = 0; i < f->lane_count; i++) {
        ui_track_fini(&f->lanes[i]->segments);
        ui_track_fini(&f->lanes[i]->vain);
        free(f->lanes[i]);
    }
    ui_requests_fini(&f->requests);
    free(f->nodes);
    free(f->steps);
    free(f->node_of);
    free(f->edges);
    free(f->edge_of);
    free(f->lanes);
    free(f->lane_of);
    free(f->lanes_of);
    free(f->rows);
    free(f->service_rows);
    free(f->replicas);
    free(f->flags);
    free(f->fault_labels);
    free(f->is_turn);
    free(f->is_momentary);
    free(f->checks);
    free(f->knobs);
    free(f->lives);
    free(f->script);
    free(f->line_of);
    *f = (struct ui_film){ 0 };
}

void ui_film_take(struct ui_film *f, const struct sim_run *run)
{
    uint32_t edges = f->edge_count;
    ui_film_take_records(f, run);
    ui_film_take_rows(f, run);
    if (f->edge_count != edges)
        ui_film_place_nodes(f);
    f->now = sim_run_now(run);
}

bool ui_film_check(struct ui_film *f, const struct ui_check *check)
{
    void *p = realloc(f->checks, (f->check_count + 1) * sizeof *check);
    if (!p)
        return false;
    f->checks = p;
    f->checks[f->check_count++] = *check;
    return true;
}

uint64_t ui_film_bytes(const struct ui_film *f)
{
    uint64_t sum = ui_requests_bytes(&f->requests);
    for (uint32_t i = 0; i < f->place_count; i++)
        sum += f->steps[i].bytes;
    for (uint32_t i = 0; i < f->edge_count; i++)
        sum += f->edges[i].calls.bytes + f->edges[i].ends.bytes;
    for (uint32_t i = 0; i < f->lane_count; i++)
        sum += sizeof *f->lanes[i] + f->lanes[i]->segments.bytes + f->lanes[i]->vain.bytes;
    return sum;
}

// ---- Asking ----

struct ui_step ui_film_place_at(const struct ui_film *f, uint32_t place, sim_time t)
{
    union ui_entry entry;
    return ui_track_before(&f->steps[place], t, &entry) ? entry.step
                                                        : (struct ui_step){ 0 };
}

struct ui_step ui_film_node_at(const struct ui_film *f, uint32_t node, sim_time t)
{
    const struct ui_node *n = &f->nodes[node];
    struct ui_step sum = { .at = t };
    for (uint32_t r = 0; r < n->replicas; r++) {
        struct ui_step s = ui_film_place_at(f, n->first_place + r, t);
        sum.queue += s.queue;
        sum.busy += s.busy;
        sum.inside += s.inside;
        sum.begun += s.begun;
        sum.ended += s.ended;
        sum.bad += s.bad;
    }
    return sum;
}

enum sim_replica_state ui_film_replica_at(const struct ui_film *f, uint32_t place,
                                          sim_time t)
{
    size_t a = 0, b = f->replica_count; // what is before a has happened by t
    while (a < b) {
        size_t mid = a + (b - a) / 2;
        if (f->replicas[mid].at <= t)
            a = mid + 1;
        else
            b = mid;
    }
    while (a-- > 0)
        if (f->replicas[a].place == place)
            return f->replicas[a].state;
    return SIM_REPLICA_UP;
}

void ui_film_replicas_at(const struct ui_film *f, uint32_t node, sim_time t,
                         uint32_t count[SIM_REPLICA_STATES])
{
    const struct ui_node *n = &f->nodes[node];
    for (int i = 0; i < SIM_REPLICA_STATES; i++)
        count[i] = 0;
    for (uint32_t r = 0; !n->is_client && r < n->replicas; r++)
        count[ui_film_replica_at(f, n->first_place + r, t)]++;
}

struct ui_hop ui_film_hops_at(const struct ui_track *hops, sim_time t)
{
    union ui_entry entry;
    return ui_track_before(hops, t, &entry) ? entry.hop : (struct ui_hop){ 0 };
}

const struct ui_lane *ui_film_lane(const struct ui_film *f, uint32_t place, uint32_t worker)
{
    if (worker >= f->lanes_of[place])
        return NULL;
    return f->lanes[f->lane_of[place][worker] - 1];
}

size_t ui_film_row_before(const struct ui_film *f, sim_time t)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < f->row_count && f->rows[i].end <= t; i++)
        found = i;
    return found;
}

const struct ui_service_row *ui_film_service_row(const struct ui_film *f, size_t row,
                                                 uint32_t service)
{
    return &f->service_rows[row * (f->node_count - f->client_count) + service];
}

// Less than this of all their time is no loss that visits would complain of.
#define A_LOSS 0.01

// What visits lost there by the fault of the service, in seconds; 0 where it is no loss.
static double lost(const struct ui_film *f, uint32_t service, size_t rows)
{
    double sum = 0, all = 0;
    for (size_t i = 0; i < rows; i++) {
        sum += ui_film_service_row(f, i, service)->lost;
        all += ui_film_service_row(f, i, service)->causes;
    }
    return sum >= A_LOSS * all ? sum : 0;
}

static double own_work(const struct ui_film *f, uint32_t service, size_t rows)
{
    double sum = 0;
    for (size_t i = 0; i < rows; i++)
        sum += ui_film_service_row(f, i, service)->own;
    return sum;
}

// The first that has most of it; SIM_NONE where none has any.
static uint32_t most_of(const struct ui_film *f, size_t rows,
                        double (*of)(const struct ui_film *, uint32_t, size_t))
{
    uint32_t best = SIM_NONE, services = f->node_count - f->client_count;
    double most = 0;
    for (uint32_t s = 0; s < services; s++) {
        double x = of(f, s, rows);
        if (x > most) {
            most = x;
            best = s;
        }
    }
    return best;
}

uint32_t ui_film_focus(const struct ui_film *f)
{
    return ui_film_focus_of(f, f->row_count);
}

uint32_t ui_film_focus_of(const struct ui_film *f, size_t rows)
{
    uint32_t best = most_of(f, rows, lost);
    if (best == SIM_NONE)
        best = most_of(f, rows, own_work);
    return best != SIM_NONE || f->node_count == f->client_count ? best : 0;
}
