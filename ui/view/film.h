#ifndef UI_VIEW_FILM_H
#define UI_VIEW_FILM_H

// All that is needed to draw a run at any moment of it: what there is, and how each thing
// changed. It is taken from the run's record and meters piece by piece while the run goes on, and
// then knows nothing of the run any more: pictures are drawn while the run computes.
//
// What changes lies in tracks in order of time, so a moment is found by halving, and ten minutes of
// a thousand requests a second take some hundred MiB. Before `keep_from` only the last state
// is kept, so a film of one moment stays small however long the run. Totals count from the start
// of the run in any case.
//
// A film that becomes too long is folded: what it had of early moments is thrown away, but for the
// time series, the flags and what replicas were, which are of the whole run. What is missing
// is put back by a film of that stretch alone, which another run of the same makes.
//
// Nodes are numbered as the model's callers are: clients first, then services. Places are those of
// the record: replicas in the order of their services, then clients.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/fault/fault.h"
#include "sim/world/world.h"
#include "ui/view/list.h"
#include "ui/view/requests.h"
#include "ui/view/track.h"

struct ui_edge {
    uint32_t from, to; // nodes
    struct ui_track calls, ends;
};

struct ui_lane {
    uint32_t place, number; // of the worker, from 0
    struct ui_track segments;
    struct ui_track vain; // moments at which it was woken for the GIL in vain
    bool is_taken;
};

struct ui_node {
    char name[64];
    bool is_client, has_gil;
    bool has_loop; // its workers are tasks of an event loop
    uint32_t replicas, first_place;
    uint32_t workers;     // of a replica; SIM_UNLIMITED
    uint32_t capacity;    // of a replica's line; SIM_UNLIMITED
    uint32_t queue_max;   // longest line of all its replicas together so far
    uint32_t layer, rank; // column and place in it, for the topology
    double spans, span_s; // how many segments of its lanes, and seconds of them
    double runs, run_s;   // those in which it ran
    uint32_t causes;      // of its segments, a bit each
    bool has_vain;        // one of its threads was woken in vain
};

// A row of the time series: a second as a rule.
struct ui_row {
    sim_time begin, end;
    double offered, ok, failed[SIM_OUTCOMES]; // requests of all clients, per second
    double p50, p99;                          // seconds; not a number without good answers
    double tries; // most of a call, of the means of all edges; not a number without calls
    uint32_t last_window;
};

struct ui_service_row {
    double queue;       // longest line
    double busy;        // share of its workers; not a number without a limit
    double gil, causes; // seconds waited for the GIL, and of all causes
    double own;         // share of its workers that do not wait for the answer of another
    double lost;        // seconds waited for what the service itself has too little of
    double lag;         // p99 of its event loops', seconds; not a number without any
    double memory;      // most bytes of a replica; 0 where nothing is counted
};

struct ui_flag {
    sim_time begin, end; // end SIM_NEVER: not over yet
    uint32_t fault;
};

// What a replica is from then on.
struct ui_replica {
    sim_time at;
    uint32_t place;
    enum sim_replica_state state;
};

struct ui_check {
    sim_time from, to;
    int state; // enum sim_verdict_state
    char claim[160];
};

// What a script lets be turned.
struct ui_knob {
    char name[64], unit[24];
    double standing;       // where it stands as the run begins
    double min, max;       // may be infinite
    char choices[16][48];  // of words, by number; a switch has two
    uint32_t choice_count; // 0: it is a number
};

// States that a key leads to: the scenario as it stands, and behind it its variants.
#define UI_PRESETS 8u

struct ui_film_def {
    const char *scenario, *file, *variant; // variant NULL: the default
    const char *about;                     // the scenario in a line; NULL or "": nothing
    const char *script;                    // its text, or NULL
    uint64_t seed;
    const struct sim_fault *faults;
    uint32_t fault_count;
    const struct ui_knob *knobs;
    uint32_t knob_count;
    const char *presets[UI_PRESETS]; // names of the script's variants
    uint32_t preset_count;
    sim_time keep_from;
};

struct ui_life;

struct ui_film {
    char scenario[128], about[400], file[256], variant[64];
    char *script; // NULL: not at hand
    uint64_t seed;
    sim_time keep_from, duration, warmup;
    sim_time now;        // known up to here
    sim_time shown_from; // earlier moments are folded
    sim_time shown_to;   // and later ones; SIM_NEVER: none
    sim_time again;      // a run that fetches what is folded has come to here
    uint64_t lost;       // records that came too fast to be taken
    struct ui_node *nodes;
    uint32_t node_count, client_count;
    struct ui_track *steps; // of places
    uint32_t *node_of;      // of places
    uint32_t place_count;
    struct ui_edge *edges; // in the order in which they were first used
    uint32_t edge_count;
    size_t edge_room;
    uint32_t *edge_of;      // [from * node_count + to], plus 1
    struct ui_lane **lanes; // in the order in which they were first used
    uint32_t lane_count;
    size_t lane_room;
    uint32_t **lane_of; // of places, by worker; plus 1
    uint32_t *lanes_of; // how many each place has
    struct ui_row *rows;
    size_t row_count, row_room;
    struct ui_service_row *service_rows; // [row * services + service]
    size_t service_row_room;
    struct ui_replica *replicas; // changes, in order of time; all are up at first
    size_t replica_count, replica_room;
    struct ui_flag *flags;
    size_t flag_count, flag_room;
    char (*fault_labels)[96];
    bool *is_turn;      // of faults: a knob is turned, and nothing is wrong
    bool *is_momentary; // of faults: over as soon as it happens
    uint32_t fault_count;
    struct ui_check *checks;
    uint32_t check_count;
    struct ui_knob *knobs;
    uint32_t knob_count;
    char presets[UI_PRESETS][64]; // the first, as it stands, has no name
    uint32_t preset_count;
    struct ui_requests requests;
    uint32_t hop_peak;       // most hops of one second
    uint32_t hops[UI_MARKS]; // of all edges, by mark
    // While records are taken.
    uint32_t *line_of; // of operations, in the script; SIM_NONE: not looked up yet
    size_t line_room;
    struct ui_life *lives;
    size_t life_room;
    uint64_t taken;
    sim_time hop_second;
    uint32_t hops_in_second;
    bool failed; // no memory: what is here is whole, but ends early
};

// Of a run that is traced, before its first event. False without memory.
bool ui_film_init(struct ui_film *f, const struct sim_run *run,
                  const struct ui_film_def *def);
void ui_film_fini(struct ui_film *f);

// Takes what the run has recorded since the last time. Call it before the record's ring has
// gone round, and once more when the run is finished.
void ui_film_take(struct ui_film *f, const struct sim_run *run);

// Adds an expectation to the strip. False without memory.
bool ui_film_check(struct ui_film *f, const struct ui_check *check);

// What its tracks hold, in bytes.
uint64_t ui_film_bytes(const struct ui_film *f);

// ---- Folding ----

// A picture shows what happened so long before its moment, and not more.
#define UI_LOOKS_BACK ((sim_time)31 * SIM_S)

// Throws away what only pictures of earlier moments need. Moments later than what is known so far
// may be given: nothing before them is kept then.
void ui_film_fold(struct ui_film *f, sim_time from);
// The same, for just so many moments that the rest takes no more than so many bytes; none from `most`
// on.
void ui_film_fold_to(struct ui_film *f, uint64_t bytes, sim_time most);
// Whether the moment can be drawn, or only what is told of the whole run.
bool ui_film_shows(const struct ui_film *f, sim_time t);

// A film of the whole run that shows a stretch of it: all that is told of the whole is that of `whole`,
// all else that of `stretch`, and both are borrowed until it is freed by ui_film_part. False
// without memory, or where the two are not of the same run.
bool ui_film_join(struct ui_film *f, const struct ui_film *whole,
                  const struct ui_film *stretch);
void ui_film_part(struct ui_film *f);

// ---- Asking ----

// State of a place at t; all zero before its first change.
struct ui_step ui_film_place_at(const struct ui_film *f, uint32_t place, sim_time t);
// Of all replicas of a node together.
struct ui_step ui_film_node_at(const struct ui_film *f, uint32_t node, sim_time t);

// What a replica, or all replicas of a node, are at t: how many of each state.
enum sim_replica_state ui_film_replica_at(const struct ui_film *f, uint32_t place,
                                          sim_time t);
void ui_film_replicas_at(const struct ui_film *f, uint32_t node, sim_time t,
                         uint32_t count[SIM_REPLICA_STATES]);

// What had gone over an edge by t, in one direction.
struct ui_hop ui_film_hops_at(const struct ui_track *hops, sim_time t);

// Lane of a place's worker; NULL when it has not worked yet.
const struct ui_lane *ui_film_lane(const struct ui_film *f, uint32_t place,
                                   uint32_t worker);

// The row that ends last at or before t; SIZE_MAX without one.
size_t ui_film_row_before(const struct ui_film *f, sim_time t);
const struct ui_service_row *ui_film_service_row(const struct ui_film *f, size_t row,
                                                 uint32_t service);

// The nearest moment before t, or behind it, at which anything is on record: a call, an answer, a
// change of a line, a thread that does something else. SIM_NEVER when there is none, or the moment is folded.
sim_time ui_film_event_beside(const struct ui_film *f, sim_time t, bool before);

// The service that a picture looks into when nobody chose: over the whole run the one where visits
// lost most time by waiting for what it has too little of itself, from a hundredth of their time on;
// where that is nowhere so, the busiest, not counting workers that wait for the answers of others.
// SIM_NONE without services.
uint32_t ui_film_focus(const struct ui_film *f);
uint32_t ui_film_focus_of(const struct ui_film *f, size_t rows); // over the first of them

#endif
