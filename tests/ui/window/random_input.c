#define _DEFAULT_SOURCE // mkdtemp, glob
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <SDL2/SDL.h>

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void); // whose header gcc does not have
#elif defined __GLIBC__
#    include <malloc.h>
#endif

#include "ui/window/player.h"
#include "ui/window/window.h"

// random_input SCRIPT SEED ROUNDS|MINUTESm: keys, clicks, sizes and saved scripts by chance, at a window
// as its user would open it. A round is a handful of events and one step of the loop. Ends with status
// 1 where the moment leaves the run, or where what the window still holds at the end is more than a tenth
// over what it held after a quarter of the minutes. What else may go wrong, a sanitizer says.
//
// What it holds is weighed at rest, with one run to be seen that has ended. While it is played with, what
// is held depends on how many runs are under way at once, and the most of it on how long one waits.

#define REST_MS ((uint64_t)5 * 60 * 1000) // to come to rest in: only who hangs needs it

struct scene {
    struct scn_script script;
    struct ui_window *window;
    char folder[64]; // that it works in
    uint32_t chance;
    uint64_t begun;
    long most;           // KiB held at any time
    long at_rest, later; // after a quarter of the time, and at the end
    unsigned rests;
};

static uint32_t chance(struct scene *s, uint32_t below)
{
    s->chance = s->chance * 1664525u + 1013904223u;
    return (s->chance >> 8) % below;
}

// ---- Events ----

static void push_key(struct scene *s)
{
    static const SDL_Keycode keys[] = { SDLK_LEFT,    SDLK_RIGHT, SDLK_UP,     SDLK_DOWN,
                                        SDLK_HOME,    SDLK_END,   SDLK_TAB,    SDLK_RETURN,
                                        SDLK_F1,      SDLK_F2,    SDLK_ESCAPE, SDLK_EQUALS,
                                        SDLK_MINUS,   SDLK_F5,    SDLK_PAGEUP, SDLK_SPACE,
                                        SDLK_PAGEDOWN };
    static const Uint16 mods[] = { KMOD_NONE, KMOD_NONE, KMOD_LSHIFT, KMOD_LCTRL };
    SDL_Event e = { .type = SDL_KEYDOWN };
    e.key.keysym.sym = keys[chance(s, sizeof keys / sizeof *keys)];
    e.key.keysym.mod = mods[chance(s, 4)];
    SDL_PushEvent(&e);
}

// Any character but the one that closes the window; some from beyond ASCII.
static void push_text(struct scene *s)
{
    SDL_Event e = { .type = SDL_TEXTINPUT };
    char c = (char)(' ' + chance(s, 95));
    snprintf(e.text.text, sizeof e.text.text, "%c", c == 'q' ? 'f' : c);
    if (chance(s, 50) == 0)
        snprintf(e.text.text, sizeof e.text.text, "\xc3\xa9");
    SDL_PushEvent(&e);
}

static void push_mouse(struct scene *s)
{
    static const Uint32 types[] = { SDL_MOUSEMOTION, SDL_MOUSEBUTTONDOWN,
                                    SDL_MOUSEBUTTONUP };
    SDL_Event e = { .type = types[chance(s, 3)] };
    Sint32 x = (Sint32)chance(s, 1400) - 50, y = (Sint32)chance(s, 900) - 50;
    if (e.type == SDL_MOUSEMOTION) {
        e.motion.x = x;
        e.motion.y = y;
    } else {
        e.button.button = chance(s, 8) ? SDL_BUTTON_LEFT : SDL_BUTTON_RIGHT;
        e.button.clicks = (Uint8)(1 + chance(s, 2));
        e.button.x = x;
        e.button.y = y;
    }
    SDL_PushEvent(&e);
}

static SDL_Window *only_window(void)
{
    for (Uint32 id = 1; id < 256; id++)
        if (SDL_GetWindowFromID(id))
            return SDL_GetWindowFromID(id);
    return NULL;
}

// As it was, cut off somewhere, or with a line that is wrong.
static void save_script(struct scene *s)
{
    size_t n = chance(s, 3) ? s->script.length : chance(s, (uint32_t)s->script.length);
    const char *name = chance(s, 2) ? "script.lua" : "other";
    FILE *f = fopen(name, "wb");
    if (!f)
        return;
    fwrite(s->script.text, 1, n, f);
    if (chance(s, 4) == 0)
        fputs("\nsurely wrong\n", f);
    fclose(f);
    if (strcmp(name, "other") == 0)
        rename("other", "script.lua");
}

static void push_anything(struct scene *s)
{
    switch (chance(s, 8)) {
    case 0:
    case 1:
        push_key(s);
        break;
    case 2:
    case 3:
        push_text(s);
        break;
    case 4:
        if (chance(s, 40) == 0)
            SDL_SetWindowSize(only_window(), 300 + (int)chance(s, 1500),
                              300 + (int)chance(s, 900));
        else if (chance(s, 200) == 0)
            save_script(s);
        break;
    default:
        push_mouse(s);
    }
}

// ---- Memory ----

// In KiB. Under asan what is on the heap, which it knows: among its pages are its own books, which grow with
// each new way to a piece of memory, and the shadows of what has ever been. Else pages in memory, but those that
// are free, wherever the allocator keeps them.
static long held(void)
{
#ifdef __SANITIZE_ADDRESS__
    return (long)(__sanitizer_get_current_allocated_bytes() >> 10);
#else
    long size = 0, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f)
        return 0;
    if (fscanf(f, "%ld %ld", &size, &pages) != 2)
        pages = 0;
    fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) >> 10);
#endif
}

static void give_back(void)
{
#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__
    malloc_trim(0);
#endif
}

static void press(struct scene *s, SDL_Keycode key)
{
    SDL_Event e = { .type = SDL_KEYDOWN };
    e.key.keysym.sym = key;
    SDL_PushEvent(&e);
    ui_window_step(s->window, 5);
}

static bool is_over(struct scene *s)
{
    enum ui_window_state state = ui_window_state(s->window);
    return !ui_window_forks(s->window) &&
           (state == UI_WINDOW_DONE || state == UI_WINDOW_FAILED);
}

// The script as it was, which is run in place of all that is there; it is new to the window each time.
static void save_whole(struct scene *s)
{
    FILE *f = fopen("other", "wb");
    if (!f)
        return;
    fwrite(s->script.text, 1, s->script.length, f);
    fprintf(f, "\n-- %u\n", ++s->rests);
    fclose(f);
    rename("other", "script.lua");
}

static bool is_run_again(struct scene *s)
{
    return strncmp(ui_window_note(s->window), "run again", 9) == 0;
}

// One run, of the first preset and on a window of one size, that is seen to its end. KiB held then; below 0
// when that does not come.
static long weigh_at_rest(struct scene *s)
{
    uint64_t end = SDL_GetTicks64() + REST_MS;
    for (int i = 0; i < 4; i++)
        press(s, SDLK_ESCAPE);
    SDL_SetWindowSize(only_window(), 1280, 800);
    press(s, SDLK_F1); // takes away what the window says of an earlier time
    save_whole(s);
    while (!is_run_again(s) && SDL_GetTicks64() < end)
        ui_window_step(s->window, 5);
    bool is_whole = is_run_again(s);
    press(s, SDLK_F1);
    while (!is_over(s) && SDL_GetTicks64() < end)
        ui_window_step(s->window, 5);
    for (int i = 0; i < 40; i++) // what is over gives back its memory, on its own thread
        ui_window_step(s->window, 5);
    give_back();
    return is_whole && is_over(s) ? held() : -1;
}

// ---- Rounds ----

static void tidy(const char *pattern)
{
    glob_t files;
    if (glob(pattern, 0, NULL, &files) != 0)
        return;
    for (size_t i = 0; i < files.gl_pathc; i++)
        remove(files.gl_pathv[i]);
    globfree(&files);
}

static bool play(struct scene *s, uint64_t rounds, uint64_t ms)
{
    uint64_t n = 0;
    for (; ms ? SDL_GetTicks64() - s->begun < ms : n < rounds; n++) {
        for (uint32_t k = chance(s, 8); k > 0; k--)
            push_anything(s);
        if (!ui_window_step(s->window, 5)) {
            printf("round %" PRIu64 ": closed\n", n);
            return false;
        }
        sim_time at = ui_window_player(s->window)->at;
        if (at < 0 || at > (sim_time)3600 * SIM_S) {
            printf("round %" PRIu64 ": at %" PRId64 " ns\n", n, at);
            return false;
        }
        if (n % 64 != 0)
            continue;
        if (held() > s->most)
            s->most = held();
        if (ms && s->at_rest == 0 && SDL_GetTicks64() - s->begun >= ms / 4)
            s->at_rest = weigh_at_rest(s);
        tidy("*.png"); // pictures that were saved are not kept
    }
    s->later = ms ? weigh_at_rest(s) : 0;
    printf("%" PRIu64 " rounds, %lu frames, %" PRIu64
           " s; KiB held: %ld at most, %ld at rest, then %ld\n",
           n, ui_window_frames(s->window), (SDL_GetTicks64() - s->begun) / 1000, s->most,
           s->at_rest, s->later);
    return s->at_rest >= 0 && s->later >= 0 && s->later <= s->at_rest + s->at_rest / 10;
}

static bool open_window(struct scene *s, const char *file)
{
    char message[1200] = "there is no folder to work in";
    struct ui_window_def def;
    snprintf(s->folder, sizeof s->folder, "/tmp/convoy-random-XXXXXX");
    bool ok = scn_script_load(&s->script, file, NULL, message, sizeof message) &&
              mkdtemp(s->folder) && chdir(s->folder) == 0;
    if (ok) {
        snprintf(s->script.file, sizeof s->script.file, "script.lua");
        snprintf(s->script.folder, sizeof s->script.folder, ".");
        ui_window_default(&def, &s->script);
        s->window = ui_window_open(&def, message, sizeof message);
    }
    if (!ok || !s->window)
        printf("%s\n", message);
    return ok && s->window;
}

int main(int argc, char **argv)
{
    static struct scene s;
    if (argc != 4 || !open_window(&s, argv[1]))
        return 2;
    size_t end = strlen(argv[3]);
    uint64_t much = strtoull(argv[3], NULL, 10);
    bool minutes = end > 0 && argv[3][end - 1] == 'm';
    s.chance = (uint32_t)strtoul(argv[2], NULL, 10);
    s.begun = SDL_GetTicks64();
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("seed %" PRIu32 "\n", s.chance);
    bool ok = play(&s, minutes ? 0 : much, minutes ? much * 60 * 1000 : 0);
    ui_window_close(s.window);
    scn_script_free(&s.script);
    tidy("*");
    if (chdir("/") != 0 || rmdir(s.folder) != 0) {
        printf("%s is not empty\n", s.folder);
        return 1;
    }
    return !ok;
}
