#ifndef UI_WINDOW_ENGINE_H
#define UI_WINDOW_ENGINE_H

// A run that is computed on a thread of its own while others look at its film. With a fault added
// it is another future of the same run: the same script, seed and arrivals up to there, which
// the digests of their seconds show.

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
    bool is_full; // it was ended there
    struct ui_film film;
    struct scn_error error;
    char reason[200];
    uint64_t *digests; // at the end of each second, or of what there was of it
    size_t digest_count, digest_room;
    // Of the thread alone, until it has been joined.
    const struct scn_script *script;
    uint64_t film_bytes;                     // the film may hold; then the run ends
    struct sim_fault added[UI_ENGINE_ADDED]; // of the job
    char variant[64];                        // likewise
    struct scn_job job;
    struct scn_result result;
    void (*wake)(void *ctx); // called by the thread when there is something new
    void *ctx;
};

// Starts it. The script and what the job points to are borrowed until the engine is closed, but
// for the variant's name and the faults that are added, of which the first UI_ENGINE_ADDED are copied. False when there is no thread to be had.
bool ui_engine_open(struct ui_engine *e, const struct scn_job *job, uint64_t film_bytes,
                    void (*wake)(void *ctx), void *ctx);
void ui_engine_close(struct ui_engine *e); // ends it where it is

// Whether two runs had the same digest at the end of each second up to t that both have computed.
// Both are locked by the caller.
bool ui_engine_same_past(const struct ui_engine *a, const struct ui_engine *b, sim_time t);

// While it is held nothing of the film changes.
void ui_engine_lock(struct ui_engine *e);
void ui_engine_unlock(struct ui_engine *e);

#endif
