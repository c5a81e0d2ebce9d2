#ifndef UI_WINDOW_ENGINE_H
#define UI_WINDOW_ENGINE_H

// A run that is computed on a thread of its own while others look at its film.

#include <pthread.h>
#include <stdbool.h>

#include "scenarios/runner/runner.h"
#include "ui/view/film.h"

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
    // Of the thread alone, until it has been joined.
    const struct scn_script *script;
    uint64_t film_bytes; // the film may hold; then the run ends
    struct scn_job job;
    struct scn_result result;
    void (*wake)(void *ctx); // called by the thread when there is something new
    void *ctx;
};

// Starts it. The script and what the job points to are borrowed until the engine is closed.
// False when there is no thread to be had.
bool ui_engine_open(struct ui_engine *e, const struct scn_job *job, uint64_t film_bytes,
                    void (*wake)(void *ctx), void *ctx);
void ui_engine_close(struct ui_engine *e); // ends it where it is

// While it is held nothing of the film changes.
void ui_engine_lock(struct ui_engine *e);
void ui_engine_unlock(struct ui_engine *e);

#endif
