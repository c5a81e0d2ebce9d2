#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/report/number.h"
#include "ui/file/whole_file.h"
#include "ui/window/inner.h"
#include "ui/window/rubric.h"

// Who watches what is done at the window, and writes it down: keys, faults, what is revealed, and
// digests, by which a run can be found again.

#define FILES 1000

static void note(struct ui_window *w, const char *what)
{
    ui_evidence_add(&w->evidence, SDL_GetTicks64() - w->opened, w->player.at, what);
}

// ---- Keys ----

void ui_witness_key(struct ui_window *w, int key, bool shift)
{
    char text[64] = "key ";
    ui_key_name(text + 4, sizeof text - 4, key, shift);
    note(w, text);
}

void ui_witness_click(struct ui_window *w)
{
    note(w, "click");
}

// ---- What came of them ----

// The last second of the run that was whole at a moment, and its digest.
static void say_digest(struct ui_window *w, sim_time at, char *out, size_t size)
{
    if (!w->engine) { // there was no memory for it
        snprintf(out, size, "no run");
        return;
    }
    ui_engine_lock(w->engine);
    size_t n = (size_t)(at / SIM_S);
    n = n < w->engine->digest_count ? n : w->engine->digest_count;
    uint64_t digest = n ? w->engine->digests[n - 1] : 0;
    ui_engine_unlock(w->engine);
    snprintf(out, size, "digest at %zu s: %016" PRIx64, n, digest);
}

static void note_digest(struct ui_window *w)
{
    char text[80];
    say_digest(w, w->player.at, text, sizeof text);
    note(w, text);
}

static void save_again(struct ui_window *w)
{
    ui_witness_save(w);
}

void ui_witness_run(struct ui_window *w, const char *what, const char *variant)
{
    char text[300];
    snprintf(text, sizeof text, "%s: %s, seed %" PRIu64, what,
             variant && variant[0] ? variant : "as it stands", w->def.job.seed);
    note(w, text);
    save_again(w);
}

void ui_witness_change(struct ui_window *w, const char *what, const struct sim_fault *f)
{
    char text[300], last[SIM_NUMBER_ROOM] = "";
    if (f->end != SIM_NEVER)
        sim_number_duration(last, (double)(f->end - f->begin) / SIM_S);
    snprintf(text, sizeof text, "%s: %s at %.9g s%s%s", what, f->label,
             (double)f->begin / SIM_S, last[0] ? " for " : "", last);
    note(w, text);
    note_digest(w);
    save_again(w);
}

void ui_witness_blind(struct ui_window *w, enum ui_blind before)
{
    static const char *const says[UI_BLINDS] = {
        [UI_BLIND_NOT] = "nothing is hidden",
        [UI_BLIND_NAMES] = "blind: what was done is hidden",
        [UI_BLIND_MOMENTS] = "blind: and when",
        [UI_BLIND_CAUSES] = "blind: and what goes on inside",
    };
    if (w->player.blind == before)
        return;
    note(w, says[w->player.blind]);
    save_again(w);
}

void ui_witness_text(struct ui_window *w, const char *what)
{
    note(w, what);
    save_again(w);
}

// ---- The file ----

// The first of some names that nothing has yet.
static bool find_name(struct ui_window *w)
{
    for (int i = 1; i < FILES; i++) {
        char number[16] = "";
        if (i > 1)
            snprintf(number, sizeof number, "-%d", i);
        snprintf(w->evidence_file, sizeof w->evidence_file, "convoy-evidence%s.txt",
                 number);
        if (access(w->evidence_file, F_OK) != 0)
            return true;
    }
    w->evidence_file[0] = '\0';
    return false;
}

static bool write_rubric(struct ui_window *w, const char *first, const char *last)
{
    struct ui_whole_file file;
    if (!ui_whole_file_open(&file, w->def.sheet))
        return false;
    if (w->engine)
        ui_engine_lock(w->engine);
    const struct ui_film *film = w->engine && w->engine->has_film ? &w->engine->film : NULL;
    ui_rubric_write(file.f, film, &w->evidence, first, last);
    if (w->engine)
        ui_engine_unlock(w->engine);
    return ui_whole_file_close(&file, !ferror(file.f));
}

bool ui_witness_save(struct ui_window *w)
{
    char first[1400], last[80], when[32] = "";
    struct tm utc;
    bool is_saved = true;
    if (gmtime_r(&w->opened_at, &utc))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &utc);
    snprintf(first, sizeof first, "%s, opened %s", w->def.job.script->file, when);
    say_digest(w, SIM_NEVER, last, sizeof last);
    if (w->evidence_file[0])
        is_saved = ui_evidence_write(&w->evidence, w->evidence_file, first, last);
    if (w->def.sheet)
        is_saved &= write_rubric(w, first, last);
    return is_saved;
}

void ui_witness_save_now(struct ui_window *w)
{
    bool is_saved = (w->evidence_file[0] || find_name(w)) && ui_witness_save(w);
    snprintf(w->note, sizeof w->note, "%.160s %s", w->evidence_file,
             is_saved ? "saved" : "cannot be written");
}
