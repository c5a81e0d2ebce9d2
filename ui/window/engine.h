#ifndef UI_WINDOW_ENGINE_H
#define UI_WINDOW_ENGINE_H

// A run that is computed on a thread of its own while others look at its film. With a fault added
// it is another future of the same run: the same script, seed and arrivals up to there, which
// the digests of their seconds show.
//
// A film that becomes longer than it may be is folded from its start, and half of what it may hold is left to
// another run of the same, which fetches moments that are not there any more: it begins at the
// start, stays a little ahead of what is seen, and is looked after by ui/window/past.

#include <pthread.h>
#include <stdbool.h>

#include "scenarios/runner/runner.h"
#include "ui/view/film.h"

#define UI_ENGINE_ADDED 32u // faults at most

enum ui_engine_state {
    UI_ENGINE_BEGINS, // nothing to be seen yet
    UI_ENGINE_RUNS,
    UI_ENGINE_DONE,   // all of it is on film, and judged
    UI_ENGINE_FAILED, // error says why; what there was is on film
};

struct ui_engine {
    pthread_t thread;
    pthread_mutex_t lock; // of all below
    enum ui_engine_state state;
    bool has_film, stop;
    struct ui_film film;
    uint64_t film_bytes; // that the film may hold; then it is folded
    bool is_folded;
    // Of one that fetches: the moment that is seen, and where it waits until that is another one.
    bool fetches;
    sim_time seen, goal;
    pthread_cond_t has_goal;
    struct scn_error error;
    char reason[200];
    uint64_t *digests; // at the end of each second, or of what there was of it
    size_t digest_count, digest_room;
    // Of who opened it.
    struct ui_engine *past; // that fetches for this one; NULL: none
    struct ui_film joined;  // what both show, while it is looked at
    bool is_joined;
    // Of the thread alone, until it has been joined.
    const struct scn_script *script;
    struct sim_fault added[UI_ENGINE_ADDED]; // of the job
    char variant[64];                        // likewise
    struct scn_job job;
    struct scn_result result; // until it has ended
    void (*wake)(void *ctx);  // called by the thread when there is something new
    void *ctx;
};

// Starts it. The script and what the job points to are borrowed until the engine is closed, but
// for the variant's name and the faults that are added, of which the first UI_ENGINE_ADDED are copied. False when there is no thread to be had.
bool ui_engine_open(struct ui_engine *e, const struct scn_job *job, uint64_t film_bytes,
                    void (*wake)(void *ctx), void *ctx);
// The same run again, of which moments from `seen` on are kept. What the other borrows is to stay.
bool ui_engine_open_past(struct ui_engine *e, struct ui_engine *of, sim_time seen);
void ui_engine_close(struct ui_engine *e); // ends it where it is

// What its film may hold from now on, with that of who fetches for it. Locked by the caller.
void ui_engine_limit(struct ui_engine *e, uint64_t film_bytes);
// One that fetches goes on to `goal`, or as far as its film has room. Locked by the caller.
void ui_engine_fetch(struct ui_engine *e, sim_time seen, sim_time goal);

// Whether two runs had the same digest at the end of each second up to t that both have computed.
// Both are locked by the caller.
bool ui_engine_same_past(const struct ui_engine *a, const struct ui_engine *b, sim_time t);

// While it is held nothing of the film changes.
void ui_engine_lock(struct ui_engine *e);
void ui_engine_unlock(struct ui_engine *e);

#endif
