#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/window/inner.h"

#ifdef __GLIBC__
#    include <malloc.h>
#endif

#define FRAME_MS 16
// With what two runs have on record while they go on, 32 MiB each, they stay below 256 MiB.
#define FILM_BYTES ((uint64_t)160 << 20)
#define LEAST_SIZE 400 // of the window, in its own points

// In a window that is larger than this all is larger, as it is on a projector's whole screen.
#define USUAL_WIDTH  1440.0
#define USUAL_HEIGHT 810.0

void ui_window_default(struct ui_window_def *def, const struct scn_script *script)
{
    *def = (struct ui_window_def){ .width = 1280,
                                   .height = 800,
                                   .theme = &ui_theme_dark,
                                   .film_bytes = FILM_BYTES,
                                   .at = -1 };
    scn_job_default(&def->job, script);
}

// ---- Opening and closing ----

// Where there is no display SDL may fall back on a driver that shows nothing. Only who names such
// a one gets it.
static bool is_seen(void)
{
    const char *driver = SDL_GetCurrentVideoDriver();
    if (SDL_getenv("SDL_VIDEODRIVER"))
        return true;
    if (driver && strcmp(driver, "offscreen") != 0 && strcmp(driver, "dummy") != 0)
        return true;
    SDL_SetError("neither X11 nor Wayland");
    return false;
}

// To X pictures go by shared memory. Left alone SDL takes OpenGL for it, which without a graphics card
// computes on all cores, and keeps more memory with each size that the window has had. Wayland is
// only reached that way.
static void choose_way(void)
{
    if (strcmp(SDL_GetCurrentVideoDriver(), "x11") == 0)
        SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
}

static bool open_display(struct ui_window *w)
{
    if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0 || !is_seen())
        return false;
    choose_way();
    w->woken = SDL_RegisterEvents(1);
    w->window = SDL_CreateWindow("convoy", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                                 w->def.width, w->def.height,
                                 SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (!w->window)
        return false;
    SDL_SetWindowMinimumSize(w->window, LEAST_SIZE, LEAST_SIZE);
    return true;
}

// Each run has a thread of its own, and what a thread has freed glibc keeps for it: up to 64 MiB, once a large
// piece was among that.
static void keep_little(void)
{
#ifdef __GLIBC__
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

static void begin_evidence(struct ui_window *w)
{
    if (w->def.evidence)
        snprintf(w->evidence_file, sizeof w->evidence_file, "%s", w->def.evidence);
    ui_witness_run(w, "opened", w->def.job.variant);
    ui_witness_blind(w, UI_BLIND_NOT);
}

bool ui_window_save_evidence(struct ui_window *w)
{
    return ui_witness_save(w);
}

struct ui_window *ui_window_open(const struct ui_window_def *def, char *message,
                                 size_t size)
{
    struct ui_window *w = calloc(1, sizeof *w);
    if (!w) {
        snprintf(message, size, "this machine has no memory for a window");
        return NULL;
    }
    keep_little();
    w->def = *def;
    ui_list_init(&w->list);
    ui_player_init(&w->player);
    ui_evidence_init(&w->evidence);
    w->player.blind = def->is_blind ? UI_BLIND_CAUSES : UI_BLIND_NOT;
    if (!open_display(w)) {
        snprintf(message, size, "there is no display to open a window on: %s",
                 SDL_GetError());
        ui_window_close(w);
        return NULL;
    }
    w->painter = ui_painter_open();
    if (!w->painter || !ui_futures_start(w)) {
        snprintf(message, size, "this machine has no memory or no thread for a run");
        ui_window_close(w);
        return NULL;
    }
    ui_rerun_open(w);
    w->is_dirty = true;
    w->last = w->opened = SDL_GetTicks64();
    w->opened_at = time(NULL);
    begin_evidence(w);
    return w;
}

void ui_window_close(struct ui_window *w)
{
    ui_futures_close(w);
    ui_rerun_close(w);
    ui_painter_close(w->painter);
    SDL_ShowCursor(SDL_ENABLE);
    SDL_FreeSurface(w->canvas);
    if (w->window)
        SDL_DestroyWindow(w->window);
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
    ui_list_fini(&w->list);
    ui_evidence_fini(&w->evidence);
    free(w);
}

// ---- Drawing ----

// A canvas as large as the window, in a format that is painted in whatever the screen's is.
static bool fit_canvas(struct ui_window *w, SDL_Surface *screen)
{
    if (w->canvas && w->canvas->w == screen->w && w->canvas->h == screen->h)
        return true;
    SDL_FreeSurface(w->canvas);
    w->canvas =
        SDL_CreateRGBSurfaceWithFormat(0, screen->w, screen->h, 32, SDL_PIXELFORMAT_RGB888);
    return w->canvas != NULL;
}

// For an audience all is larger, but for sheets of many words and for two futures.
static bool is_enlarged(const struct ui_window *w)
{
    const struct ui_player *p = &w->player;
    return p->is_presenting && !p->shows_keys && !p->arm.is_open &&
           !(p->is_beside && w->ghost && p->blind < UI_BLIND_MOMENTS);
}

// Below the smallest size of a picture everything becomes smaller, so that nothing overlaps.
static double scale_of(const struct ui_window *w, const SDL_Surface *screen)
{
    double least_width = UI_VIEW_MIN_WIDTH, least_height = UI_VIEW_MIN_HEIGHT;
    int width, height;
    SDL_GetWindowSize(w->window, &width, &height);
    double scale = width > 0 ? (double)screen->w / width : 1;
    scale *= w->player.zoom * fmax(1, fmin(width / USUAL_WIDTH, height / USUAL_HEIGHT));
    if (is_enlarged(w)) {
        scale *= UI_VIEW_PRESENT_LARGER;
        least_width = UI_VIEW_PRESENT_MIN_WIDTH;
        least_height = UI_VIEW_PRESENT_MIN_HEIGHT;
    }
    if (screen->w / scale < least_width)
        scale = screen->w / least_width;
    if (screen->h / scale < least_height)
        scale = screen->h / least_height;
    return scale;
}

// What has to be said of the run when there is nothing else to say.
static void note_end(struct ui_window *w)
{
    bool has_failed = w->engine->state == UI_ENGINE_FAILED && !w->engine->error.text[0];
    if (!w->note[0] && has_failed)
        snprintf(w->note, sizeof w->note, "it ended early: %.190s", w->engine->reason);
}

static void show_both(struct ui_window *w)
{
    w->differs[0] = '\0';
    if (w->ghost)
        ui_say_difference(w->differs, sizeof w->differs, w->engine, w->ghost);
    w->look.ghost =
        w->ghost && w->ghost->has_film ? ui_past_film(w->ghost, w->player.at) : NULL;
    w->look.differs = w->differs[0] ? w->differs : NULL;
}

void ui_window_take_look(struct ui_window *w)
{
    ui_player_look(&w->player, &w->look);
    note_end(w);
    w->look.note = w->note;
    w->look.saved = w->saved;
    show_both(w);
    w->look.wrong = ui_rerun_wrong(w);
}

static void show_pointer(struct ui_window *w)
{
    double x = w->audience.x, y = w->audience.y;
    ui_input_to_picture(w, &x, &y);
    ui_audience_look(&w->audience, x, y, &w->look);
}

static void list_frame(struct ui_window *w)
{
    ui_list_clear(&w->list);
    ui_futures_lock(w);
    if (w->engine->has_film) {
        ui_window_take_look(w);
        show_pointer(w);
        ui_view_draw(&w->list, ui_futures_film(w), &w->look);
    } else {
        ui_add_rect(&w->list, "ground", 0,
                    (struct ui_rect){ 0, 0, w->look.width, w->look.height },
                    w->def.theme->ground);
    }
    ui_futures_unlock(w);
}

static void draw(struct ui_window *w)
{
    SDL_Surface *screen = SDL_GetWindowSurface(w->window);
    w->is_dirty = false;
    if (!screen || !fit_canvas(w, screen))
        return;
    double scale = scale_of(w, screen);
    SDL_ShowCursor(w->player.is_presenting ? SDL_DISABLE : SDL_ENABLE); // a ring for it
    ui_look_default(&w->look);
    w->look.theme = w->def.theme;
    w->look.width = screen->w / scale;
    w->look.height = screen->h / scale;
    list_frame(w);
    ui_painter_draw(w->painter, &w->list, w->canvas->pixels, screen->w, screen->h,
                    w->canvas->pitch, scale);
    SDL_BlitSurface(w->canvas, NULL, screen, NULL);
    SDL_UpdateWindowSurface(w->window);
    w->frames++;
}

// ---- Granting ----

static bool run_next_seed(struct ui_window *w)
{
    w->def.job.seed++;
    ui_witness_run(w, "next seed", w->def.job.variant);
    w->player.at = 0;
    return ui_futures_start(w);
}

static bool run_preset(struct ui_window *w)
{
    char variant[sizeof w->variant];
    ui_engine_lock(w->engine);
    snprintf(variant, sizeof variant, "%s", w->engine->film.presets[w->player.preset]);
    ui_engine_unlock(w->engine);
    ui_witness_run(w, "preset", variant);
    if (w->player.keeps) {
        ui_futures_preset(w, variant);
        return true;
    }
    snprintf(w->variant, sizeof w->variant, "%s", variant);
    w->def.job.variant = w->variant;
    return ui_futures_start(w);
}

static bool reset(struct ui_window *w)
{
    ui_witness_run(w, "reset", w->def.job.variant);
    return ui_futures_reset(w);
}

// False: to be closed.
static bool grant(struct ui_window *w, enum ui_wish wish)
{
    if (wish != UI_WISH_NOTHING) {
        w->is_dirty = true;
        w->note[0] = w->saved[0] = '\0';
    }
    switch (wish) {
    case UI_WISH_EXPORT:
        ui_save_moment(w);
        return true;
    case UI_WISH_FIRE:
        ui_futures_fire(w);
        return true;
    case UI_WISH_UNDO:
        ui_futures_undo(w);
        return true;
    case UI_WISH_OTHER:
        ui_futures_other(w);
        return true;
    case UI_WISH_KEEP:
        ui_futures_keep(w);
        return true;
    case UI_WISH_NEXT_SEED:
        return run_next_seed(w);
    case UI_WISH_RESET:
        return reset(w);
    case UI_WISH_PRESET:
        return run_preset(w);
    case UI_WISH_EVIDENCE:
        ui_witness_save_now(w);
        return true;
    case UI_WISH_BESIDE:
        ui_futures_beside(w);
        return true;
    default:
        return wish != UI_WISH_QUIT;
    }
}

// ---- Events ----

// What asks for another frame without being a wish of anybody.
static bool is_news(struct ui_window *w, const SDL_Event *event)
{
    if (event->type == w->woken) {
        SDL_AtomicSet(&w->is_woken, 0);
        return true;
    }
    return event->type == SDL_WINDOWEVENT &&
           (event->window.event == SDL_WINDOWEVENT_EXPOSED ||
            event->window.event == SDL_WINDOWEVENT_SIZE_CHANGED);
}

static bool handle(struct ui_window *w, const SDL_Event *event)
{
    if (is_news(w, event)) {
        w->is_dirty = true;
        return true;
    }
    w->is_dirty |= ui_input_point(w, event);
    enum ui_blind blind = w->player.blind;
    ui_past_lock(w->engine);
    enum ui_wish wish = ui_input_wish(w, event);
    ui_past_unlock(w->engine);
    ui_witness_blind(w, blind);
    return grant(w, wish);
}

static void play(struct ui_window *w)
{
    Uint64 now = SDL_GetTicks64();
    double seconds = (double)(now - w->last) / 1000;
    w->is_dirty |= ui_audience_advance(&w->audience, seconds);
    ui_engine_lock(w->engine);
    if (w->engine->has_film && w->def.at >= 0) {
        // The moment that was asked for may not have been computed yet.
        w->player.is_playing = false;
        w->player.at = w->def.at < w->engine->film.now ? w->def.at : w->engine->film.now;
        if (w->player.at == w->def.at || w->engine->state >= UI_ENGINE_DONE)
            w->def.at = -1;
        w->is_dirty = true;
    }
    if (w->engine->has_film)
        w->is_dirty |= ui_player_advance(&w->player, &w->engine->film, seconds);
    ui_engine_unlock(w->engine);
    w->last = now;
}

// While it plays the next frame is due soon; else nothing is until something happens, or a script may
// have been saved.
static int patience(const struct ui_window *w, int wait_ms)
{
    int next = w->is_dirty ? 0 : FRAME_MS;
    bool hurries = w->is_dirty || w->player.is_playing || w->audience.echo[0];
    bool watches = w->rerun.watch.fd >= 0;
    if (watches && (wait_ms < 0 || wait_ms > UI_RERUN_LOOK_MS))
        wait_ms = UI_RERUN_LOOK_MS;
    return hurries && (wait_ms < 0 || next < wait_ms) ? next : wait_ms;
}

bool ui_window_step(struct ui_window *w, int wait_ms)
{
    SDL_Event event;
    int wait = patience(w, wait_ms);
    bool any = wait < 0 ? SDL_WaitEvent(&event) : SDL_WaitEventTimeout(&event, wait);
    for (; any; any = SDL_PollEvent(&event))
        if (!handle(w, &event))
            return false;
    ui_futures_show_next(w);
    ui_rerun_look(w);
    play(w);
    ui_futures_see(w);
    if (w->is_dirty)
        draw(w);
    return true;
}

void ui_window_run(struct ui_window *w)
{
    // What has failed later than at its beginning is still to be seen, with what is wrong beside it.
    while (ui_window_step(w, -1) &&
           (ui_window_state(w) != UI_WINDOW_FAILED || w->engine->has_film))
        ;
}

// ---- Asking ----

enum ui_window_state ui_window_state(struct ui_window *w)
{
    if (!w->engine)
        return UI_WINDOW_FAILED;
    ui_engine_lock(w->engine);
    enum ui_engine_state state = w->engine->state;
    ui_engine_unlock(w->engine);
    switch (state) {
    case UI_ENGINE_BEGINS:
        return UI_WINDOW_BEGINS;
    case UI_ENGINE_RUNS:
        return UI_WINDOW_COMPUTES;
    case UI_ENGINE_DONE:
        return UI_WINDOW_DONE;
    default:
        return UI_WINDOW_FAILED;
    }
}

const struct scn_error *ui_window_error(const struct ui_window *w)
{
    return w->engine && w->engine->error.text[0] ? &w->engine->error : NULL;
}

const char *ui_window_reason(const struct ui_window *w)
{
    if (!w->engine)
        return "this machine has no memory or no thread for it";
    // While it computes, its thread may be writing this.
    ui_engine_lock(w->engine);
    bool is_over =
        w->engine->state == UI_ENGINE_DONE || w->engine->state == UI_ENGINE_FAILED;
    ui_engine_unlock(w->engine);
    return is_over ? w->engine->reason : "";
}

const struct ui_player *ui_window_player(const struct ui_window *w)
{
    return &w->player;
}

const struct ui_list *ui_window_drawn(const struct ui_window *w)
{
    return &w->list;
}

const char *ui_window_differs(const struct ui_window *w)
{
    return w->differs;
}

bool ui_window_forks(const struct ui_window *w)
{
    return w->next != NULL;
}

uint64_t ui_window_digest(struct ui_window *w)
{
    ui_engine_lock(w->engine);
    size_t n = w->engine->digest_count;
    uint64_t digest = n ? w->engine->digests[n - 1] : 0;
    ui_engine_unlock(w->engine);
    return digest;
}

const char *ui_window_note(const struct ui_window *w)
{
    return w->note;
}

unsigned long ui_window_frames(const struct ui_window *w)
{
    return w->frames;
}
