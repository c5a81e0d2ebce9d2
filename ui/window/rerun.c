#include "ui/window/rerun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/window/inner.h"
#include "ui/window/picking.h"

static void give_up(const struct ui_window *w, const struct scn_script **script)
{
    struct scn_script *own = (struct scn_script *)*script;
    if (own && own != w->rerun.first) {
        scn_script_free(own);
        free(own);
    }
    *script = NULL;
}

static void drop_fresh(struct ui_window *w)
{
    ui_futures_end(&w->rerun.fresh);
    give_up(w, &w->rerun.fresh_script);
}

static void drop_good(struct ui_window *w)
{
    ui_futures_end(&w->rerun.good);
    give_up(w, &w->rerun.good_script);
}

void ui_rerun_open(struct ui_window *w)
{
    w->rerun.first = w->def.job.script;
    ui_watch_open(&w->rerun.watch, w->def.job.script);
}

void ui_rerun_close(struct ui_window *w)
{
    if (!w->rerun.first)
        return; // it was never opened
    drop_fresh(w);
    drop_good(w);
    give_up(w, &w->def.job.script);
    ui_watch_close(&w->rerun.watch);
    free(w->rerun.text);
}

// ---- Saved ----

static bool remember(struct ui_rerun *r, const struct scn_script *script)
{
    char *text = malloc(script->length + 1);
    if (!text)
        return false;
    memcpy(text, script->text, script->length + 1);
    free(r->text);
    r->text = text;
    return true;
}

static void run_again(struct ui_window *w)
{
    struct ui_rerun *r = &w->rerun;
    const struct scn_script *seen = w->def.job.script;
    struct scn_script *script = malloc(sizeof *script);
    char message[1200] = "this machine has no memory for the script";
    drop_fresh(w);
    r->error.text[0] = '\0';
    if (script &&
        scn_script_load(script, seen->file, seen->library, message, sizeof message)) {
        r->fresh_script = script;
        w->def.job.script = script; // of the engine that is begun
        r->fresh = remember(r, script)
                       ? ui_futures_engine(w, &w->def.job, w->def.film_bytes)
                       : NULL;
        w->def.job.script = seen;
        if (r->fresh)
            return;
        drop_fresh(w);
        snprintf(message, sizeof message, "this machine has no memory for another run");
    } else {
        free(script);
    }
    scn_error_set(&r->error, SCN_ERROR_HOST, NULL, 0, message, strlen(message));
    w->is_dirty = true;
}

// ---- Under way ----

// What was selected may not be there any more.
static void fit_player(struct ui_window *w)
{
    struct ui_player *p = &w->player;
    bool falls = p->has_waterfall;
    ui_engine_lock(w->engine);
    ui_player_fit(p, &w->engine->film);
    ui_engine_unlock(w->engine);
    p->arm.is_open = false;
    ui_player_unpick(p);
    p->has_waterfall = falls;
}

// The run of what was saved is seen from now on. The one before stays until that has proved good.
static void adopt(struct ui_window *w)
{
    struct ui_rerun *r = &w->rerun;
    struct ui_engine *seen = ui_futures_replace(w, r->fresh);
    if (!r->good) {
        r->good = seen;
        r->good_script = w->def.job.script;
    } else {
        ui_futures_end(&seen);
        give_up(w, &w->def.job.script);
    }
    w->def.job.script = r->fresh_script;
    r->fresh = NULL;
    r->fresh_script = NULL;
    fit_player(w);
    snprintf(w->note, sizeof w->note, "run again as %.150s was saved", r->watch.name);
    ui_witness_run(w, "script saved", w->def.job.variant);
    w->is_dirty = true;
}

static void keep_error(struct ui_rerun *r, const struct ui_engine *e)
{
    if (e->error.text[0])
        r->error = e->error;
    else
        scn_error_set(&r->error, SCN_ERROR_HOST, NULL, 0, e->reason, strlen(e->reason));
}

static void look_at_fresh(struct ui_window *w)
{
    struct ui_engine *e = w->rerun.fresh;
    ui_engine_lock(e);
    bool has_failed = e->state == UI_ENGINE_FAILED;
    bool is_there =
        e->has_film && (e->film.now > w->player.at || e->state == UI_ENGINE_DONE);
    if (has_failed)
        keep_error(&w->rerun, e);
    ui_engine_unlock(e);
    if (has_failed) {
        drop_fresh(w);
        w->is_dirty = true;
    } else if (is_there) {
        adopt(w);
    }
}

// What is seen has ended: well, and the run before it has had its time; or not, and that is seen again.
static void look_at_trial(struct ui_window *w)
{
    struct ui_rerun *r = &w->rerun;
    ui_engine_lock(w->engine);
    enum ui_engine_state state = w->engine->state;
    if (state == UI_ENGINE_FAILED)
        keep_error(r, w->engine);
    ui_engine_unlock(w->engine);
    if (state == UI_ENGINE_DONE)
        drop_good(w);
    if (state != UI_ENGINE_FAILED)
        return;
    struct ui_engine *failed = ui_futures_replace(w, r->good);
    ui_futures_end(&failed);
    give_up(w, &w->def.job.script);
    w->def.job.script = r->good_script;
    r->good = NULL;
    r->good_script = NULL;
    fit_player(w);
    w->note[0] = '\0';
    w->is_dirty = true;
}

void ui_rerun_look(struct ui_window *w)
{
    struct ui_rerun *r = &w->rerun;
    if (ui_watch_saved(&r->watch, r->text ? r->text : w->def.job.script->text))
        run_again(w);
    if (r->fresh)
        look_at_fresh(w);
    if (r->good)
        look_at_trial(w);
}

// ---- What is wrong ----

const struct ui_wrong *ui_rerun_wrong(struct ui_window *w)
{
    struct ui_rerun *r = &w->rerun;
    bool is_saved = r->error.text[0];
    bool is_over = w->engine->state >= UI_ENGINE_DONE;
    const struct scn_error *e = is_saved ? &r->error : &w->engine->error;
    if (!is_saved && (!is_over || !e->text[0]))
        return NULL;
    const char *slash = strrchr(e->file, '/');
    snprintf(r->place, sizeof r->place, "%s", slash ? slash + 1 : e->file);
    if (e->line > 0)
        snprintf(r->place + strlen(r->place), 20, ":%d", e->line);
    r->wrong = (struct ui_wrong){ r->place, e->text, e->excerpt, e->advice, is_saved };
    return &r->wrong;
}
