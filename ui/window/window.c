#include "ui/window/window.h"

#include <SDL2/SDL.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/report/number.h"
#include "ui/paint/paint.h"
#include "ui/window/engine.h"
#include "ui/window/player.h"

#define FRAME_MS   16
#define FILM_BYTES ((uint64_t)256 << 20)
#define LEAST_SIZE 400 // of the window, in its own points

struct ui_window {
    struct ui_window_def def;
    SDL_Window *window;
    SDL_Surface *canvas;   // painted on, and then shown
    Uint32 woken;          // type of the engine's events
    SDL_atomic_t is_woken; // one of them is under way
    struct ui_painter *painter;
    struct ui_list list;
    struct ui_player player;
    struct ui_look look; // of the last frame
    // What is seen; the other future, or NULL; and one that is under way to be seen, or NULL.
    struct ui_engine *engine, *ghost, *next;
    char note[220], differs[220];
    Uint64 last; // time played up to, in ms
    unsigned long frames;
    bool is_dirty;
};

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

// Called by the engine's thread. One event is enough until it has been seen.
static void wake(void *ctx)
{
    struct ui_window *w = ctx;
    SDL_Event event = { .type = w->woken };
    if (SDL_AtomicCAS(&w->is_woken, 0, 1))
        SDL_PushEvent(&event);
}

static void close_engine(struct ui_engine **e)
{
    if (*e)
        ui_engine_close(*e);
    free(*e);
    *e = NULL;
}

// NULL without memory or a thread.
static struct ui_engine *start(struct ui_window *w, const struct sim_fault *added,
                               uint32_t count, uint64_t film_bytes)
{
    struct ui_engine *e = malloc(sizeof *e);
    struct scn_job job = w->def.job;
    job.added = added;
    job.added_count = count;
    if (e && ui_engine_open(e, &job, film_bytes, wake, w))
        return e;
    free(e);
    return NULL;
}

static bool start_afresh(struct ui_window *w)
{
    close_engine(&w->next);
    close_engine(&w->ghost);
    close_engine(&w->engine);
    w->engine = start(w, NULL, 0, w->def.film_bytes);
    return w->engine != NULL;
}

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

static bool open_display(struct ui_window *w)
{
    if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0 || !is_seen())
        return false;
    w->woken = SDL_RegisterEvents(1);
    w->window = SDL_CreateWindow("convoy", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                                 w->def.width, w->def.height,
                                 SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (!w->window)
        return false;
    SDL_SetWindowMinimumSize(w->window, LEAST_SIZE, LEAST_SIZE);
    return true;
}

struct ui_window *ui_window_open(const struct ui_window_def *def, char *message,
                                 size_t size)
{
    struct ui_window *w = calloc(1, sizeof *w);
    if (!w) {
        snprintf(message, size, "this machine has no memory for a window");
        return NULL;
    }
    w->def = *def;
    ui_list_init(&w->list);
    ui_player_init(&w->player);
    if (!open_display(w)) {
        snprintf(message, size, "there is no display to open a window on: %s",
                 SDL_GetError());
        ui_window_close(w);
        return NULL;
    }
    w->painter = ui_painter_open();
    if (!w->painter || !start_afresh(w)) {
        snprintf(message, size, "this machine has no memory or no thread for a run");
        ui_window_close(w);
        return NULL;
    }
    w->is_dirty = true;
    w->last = SDL_GetTicks64();
    return w;
}

void ui_window_close(struct ui_window *w)
{
    close_engine(&w->next);
    close_engine(&w->ghost);
    close_engine(&w->engine);
    ui_painter_close(w->painter);
    SDL_FreeSurface(w->canvas);
    if (w->window)
        SDL_DestroyWindow(w->window);
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
    ui_list_fini(&w->list);
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

// Below the smallest size of a picture everything becomes smaller, so that nothing overlaps.
static double scale_of(const struct ui_window *w, const SDL_Surface *screen)
{
    int width, height;
    SDL_GetWindowSize(w->window, &width, &height);
    double scale = width > 0 ? (double)screen->w / width : 1;
    scale *= w->player.zoom;
    if (screen->w / scale < UI_VIEW_MIN_WIDTH)
        scale = screen->w / UI_VIEW_MIN_WIDTH;
    if (screen->h / scale < UI_VIEW_MIN_HEIGHT)
        scale = screen->h / UI_VIEW_MIN_HEIGHT;
    return scale;
}

// What has to be said of the run when there is nothing else to say.
static void note_end(struct ui_window *w)
{
    if (w->note[0] || !w->engine->is_full)
        return;
    snprintf(w->note, sizeof w->note, "shown up to %.6g s: there is no room for more of it",
             (double)w->engine->film.now / SIM_S);
}

static void lock_both(struct ui_window *w)
{
    // Always in one order, whichever of the two futures is in front.
    bool ghost_first = w->ghost && (uintptr_t)w->ghost < (uintptr_t)w->engine;
    if (ghost_first)
        ui_engine_lock(w->ghost);
    ui_engine_lock(w->engine);
    if (w->ghost && !ghost_first)
        ui_engine_lock(w->ghost);
}

static void unlock_both(struct ui_window *w)
{
    if (w->ghost)
        ui_engine_unlock(w->ghost);
    ui_engine_unlock(w->engine);
}

// The one line that says what sets the two apart. Both are locked.
static void say_difference(struct ui_window *w)
{
    w->differs[0] = '\0';
    if (!w->ghost)
        return;
    bool is_with = w->engine->job.added_count > w->ghost->job.added_count;
    const struct ui_engine *more = is_with ? w->engine : w->ghost;
    const struct sim_fault *f = &more->added[more->job.added_count - 1];
    char last[SIM_NUMBER_ROOM] = "", from[SIM_NUMBER_ROOM];
    sim_number_duration(from, (double)f->begin / SIM_S);
    if (f->end != SIM_NEVER)
        sim_number_duration(last, (double)(f->end - f->begin) / SIM_S);
    snprintf(w->differs, sizeof w->differs, "%s %s from %s%s%s; dashed: %s",
             is_with ? "with" : "without", f->label, from, last[0] ? " for " : "", last,
             is_with ? "without" : "with");
    if (!ui_engine_same_past(w->engine, w->ghost, f->begin))
        snprintf(w->differs, sizeof w->differs,
                 "the two differ before %s: this is a fault of convoy", from);
}

static void show_both(struct ui_window *w)
{
    say_difference(w);
    w->look.ghost = w->ghost && w->ghost->has_film ? &w->ghost->film : NULL;
    w->look.differs = w->differs[0] ? w->differs : NULL;
}

static void list_frame(struct ui_window *w)
{
    ui_list_clear(&w->list);
    lock_both(w);
    if (w->engine->has_film) {
        ui_player_look(&w->player, &w->look);
        note_end(w);
        w->look.note = w->note;
        show_both(w);
        ui_view_draw(&w->list, &w->engine->film, &w->look);
    } else {
        ui_add_rect(&w->list, "ground", 0,
                    (struct ui_rect){ 0, 0, w->look.width, w->look.height },
                    w->def.theme->ground);
    }
    unlock_both(w);
}

static void draw(struct ui_window *w)
{
    SDL_Surface *screen = SDL_GetWindowSurface(w->window);
    w->is_dirty = false;
    if (!screen || !fit_canvas(w, screen))
        return;
    double scale = scale_of(w, screen);
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

// ---- Wishes ----

static bool put(void *ctx, const void *bytes, size_t n)
{
    return fwrite(bytes, 1, n, ctx) == n;
}

// Written whole under another name first.
static bool write_png(struct ui_window *w, const struct ui_list *list, const char *file)
{
    char part[220];
    snprintf(part, sizeof part, "%s.part-%ld", file, (long)getpid());
    FILE *f = fopen(part, "wb");
    if (!f)
        return false;
    struct ui_sheet sheet = { w->look.width, w->look.height, 2, UI_PNG, put, f };
    bool ok = ui_painter_write(w->painter, list, &sheet);
    ok = fflush(f) == 0 && !ferror(f) && ok;
    ok = fclose(f) == 0 && ok;
    if (ok && rename(part, file) == 0)
        return true;
    remove(part);
    return false;
}

// The moment as it would be rendered: without buttons and notes.
static void export(struct ui_window *w)
{
    char name[128], file[180];
    struct ui_list list;
    struct ui_look look = w->look;
    if (!w->engine->has_film)
        return;
    look.has_transport = look.shows_keys = false;
    look.focus = UI_WHOLE;
    look.arm = NULL;
    look.note = "";
    ui_list_init(&list);
    lock_both(w);
    ui_view_draw(&list, &w->engine->film, &look);
    snprintf(name, sizeof name, "%s", w->engine->film.scenario);
    unlock_both(w);
    for (char *c = name; *c; c++)
        if (!SDL_isalnum((unsigned char)*c))
            *c = '-';
    snprintf(file, sizeof file, "%s-%" PRId64 "ms.png", name, look.at / SIM_MS);
    if (!list.failed && write_png(w, &list, file))
        snprintf(w->note, sizeof w->note, "saved %s", file);
    else
        snprintf(w->note, sizeof w->note, "%s cannot be written", file);
    ui_list_fini(&list);
}

// ---- What if ----

// Both futures together may hold what one may.
static void fork_run(struct ui_window *w, const struct sim_fault *added, uint32_t count)
{
    close_engine(&w->next);
    ui_engine_lock(w->engine);
    uint64_t held = w->engine->has_film ? ui_film_bytes(&w->engine->film) : 0;
    ui_engine_unlock(w->engine);
    uint64_t left = held < w->def.film_bytes ? w->def.film_bytes - held : 0;
    w->next = start(w, added, count, left);
    if (!w->next)
        snprintf(w->note, sizeof w->note, "this machine has no memory for another future");
}

// With what is made ready, from this moment on.
static void fire(struct ui_window *w)
{
    struct sim_fault added[UI_ENGINE_ADDED];
    uint32_t n = w->engine->job.added_count;
    if (n == UI_ENGINE_ADDED) {
        snprintf(w->note, sizeof w->note, "%u faults are as many as can be added", n);
        return;
    }
    memcpy(added, w->engine->added, n * sizeof *added);
    ui_engine_lock(w->engine);
    added[n] = ui_arm_fault(&w->player.arm, &w->engine->film, w->player.at);
    ui_engine_unlock(w->engine);
    fork_run(w, added, n + 1);
}

// The run without the last fault is there when it is the other one; else it is made again.
static void undo(struct ui_window *w)
{
    uint32_t n = w->engine->job.added_count;
    if (n == 0) {
        snprintf(w->note, sizeof w->note, "nothing has been changed");
    } else if (w->ghost && w->ghost->job.added_count < n) {
        close_engine(&w->engine);
        w->engine = w->ghost;
        w->ghost = NULL;
    } else {
        fork_run(w, w->engine->added, n - 1);
    }
}

static void show_other(struct ui_window *w)
{
    struct ui_engine *e = w->engine;
    if (!w->ghost) {
        snprintf(w->note, sizeof w->note,
                 "there is no other future: f makes a fault ready");
        return;
    }
    w->engine = w->ghost;
    w->ghost = e;
}

// One that is under way is shown as soon as it has come to the moment that is seen, in place of the
// one that it was forked from.
static void show_next(struct ui_window *w)
{
    struct ui_engine *e = w->next;
    if (!e)
        return;
    ui_engine_lock(e);
    bool is_ready =
        e->has_film && (e->film.now > w->player.at || e->state >= UI_ENGINE_DONE);
    bool has_failed = e->state == UI_ENGINE_FAILED;
    ui_engine_unlock(e);
    if (has_failed && !is_ready) {
        snprintf(w->note, sizeof w->note, "that cannot be: %.200s",
                 e->error.text[0] ? e->error.text : e->reason);
        w->is_dirty = true;
        close_engine(&w->next);
    }
    if (!is_ready)
        return;
    bool is_undone = e->job.added_count < w->engine->job.added_count;
    close_engine(&w->ghost);
    if (is_undone)
        close_engine(&w->engine);
    w->ghost = w->engine;
    w->engine = e;
    w->next = NULL;
    w->is_dirty = true;
}

// ---- Granting ----

static bool run_next_seed(struct ui_window *w)
{
    w->def.job.seed++;
    w->player.at = 0;
    return start_afresh(w);
}

static bool reset(struct ui_window *w)
{
    bool is_changed = w->ghost || w->next || w->engine->job.added_count > 0;
    return !is_changed || start_afresh(w);
}

// False: to be closed.
static bool grant(struct ui_window *w, enum ui_wish wish)
{
    if (wish != UI_WISH_NOTHING) {
        w->is_dirty = true;
        w->note[0] = '\0';
    }
    switch (wish) {
    case UI_WISH_EXPORT:
        export(w);
        return true;
    case UI_WISH_FIRE:
        fire(w);
        return true;
    case UI_WISH_UNDO:
        undo(w);
        return true;
    case UI_WISH_OTHER:
        show_other(w);
        return true;
    case UI_WISH_NEXT_SEED:
        return run_next_seed(w);
    case UI_WISH_RESET:
        return reset(w);
    default:
        return wish != UI_WISH_QUIT;
    }
}

// ---- Events ----

static int special_key(SDL_Keycode key)
{
    switch (key) {
    case SDLK_LEFT:
        return UI_KEY_LEFT;
    case SDLK_RIGHT:
        return UI_KEY_RIGHT;
    case SDLK_UP:
        return UI_KEY_UP;
    case SDLK_DOWN:
        return UI_KEY_DOWN;
    case SDLK_HOME:
        return UI_KEY_HOME;
    case SDLK_END:
        return UI_KEY_END;
    case SDLK_TAB:
        return UI_KEY_TAB;
    case SDLK_RETURN:
    case SDLK_KP_ENTER:
        return UI_KEY_ENTER;
    case SDLK_ESCAPE:
        return UI_KEY_ESCAPE;
    default:
        return 0;
    }
}

// Keys that stand for what is typed come as text, as the keyboard's layout has it; these are the
// others, and what Ctrl makes of some.
static enum ui_wish on_key(struct ui_window *w, const SDL_Keysym *key)
{
    bool shift = key->mod & KMOD_SHIFT;
    int code = special_key(key->sym);
    if (key->mod & KMOD_CTRL)
        code = key->sym == SDLK_PLUS || key->sym == SDLK_EQUALS || key->sym == SDLK_KP_PLUS
                   ? UI_KEY_LARGER
               : key->sym == SDLK_MINUS || key->sym == SDLK_KP_MINUS ? UI_KEY_SMALLER
               : key->sym == SDLK_q                                  ? UI_KEY_QUIT
                                                                     : code;
    return code ? ui_player_key(&w->player, &w->engine->film, code, shift)
                : UI_WISH_NOTHING;
}

static enum ui_wish on_text(struct ui_window *w, const char *text)
{
    bool plain = text[0] > 0 && text[1] == '\0' && !(SDL_GetModState() & KMOD_CTRL);
    return plain ? ui_player_key(&w->player, &w->engine->film, text[0], false)
                 : UI_WISH_NOTHING;
}

// From the window's own points to those of the picture.
static void to_picture(const struct ui_window *w, double *x, double *y)
{
    int width, height;
    SDL_GetWindowSize(w->window, &width, &height);
    *x *= w->look.width / (width > 0 ? width : 1);
    *y *= w->look.height / (height > 0 ? height : 1);
}

static enum ui_wish on_mouse(struct ui_window *w, const SDL_Event *event)
{
    double x = event->button.x, y = event->button.y;
    if (event->type == SDL_MOUSEMOTION) {
        x = event->motion.x;
        y = event->motion.y;
    }
    to_picture(w, &x, &y);
    if (event->type == SDL_MOUSEMOTION)
        return ui_player_drag(&w->player, &w->engine->film, &w->list, x);
    if (event->button.button != SDL_BUTTON_LEFT)
        return UI_WISH_NOTHING;
    if (event->type == SDL_MOUSEBUTTONDOWN)
        return ui_player_press(&w->player, &w->engine->film, &w->list, x, y,
                               event->button.clicks);
    ui_player_release(&w->player);
    return UI_WISH_NOTHING;
}

static enum ui_wish wish_of(struct ui_window *w, const SDL_Event *event)
{
    switch (event->type) {
    case SDL_QUIT:
        return UI_WISH_QUIT;
    case SDL_KEYDOWN:
        return on_key(w, &event->key.keysym);
    case SDL_TEXTINPUT:
        return on_text(w, event->text.text);
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
    case SDL_MOUSEMOTION:
        return on_mouse(w, event);
    default:
        return UI_WISH_NOTHING;
    }
}

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
    ui_engine_lock(w->engine);
    enum ui_wish wish = wish_of(w, event);
    ui_engine_unlock(w->engine);
    return grant(w, wish);
}

static void play(struct ui_window *w)
{
    Uint64 now = SDL_GetTicks64();
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
        w->is_dirty |=
            ui_player_advance(&w->player, &w->engine->film, (double)(now - w->last) / 1000);
    ui_engine_unlock(w->engine);
    w->last = now;
}

// While it plays the next frame is due soon; else nothing is until something happens.
static int patience(const struct ui_window *w, int wait_ms)
{
    int next = w->is_dirty ? 0 : FRAME_MS;
    bool hurries = w->is_dirty || w->player.is_playing;
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
    show_next(w);
    play(w);
    if (w->is_dirty)
        draw(w);
    return true;
}

void ui_window_run(struct ui_window *w)
{
    while (ui_window_step(w, -1) && ui_window_state(w) != UI_WINDOW_FAILED)
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
