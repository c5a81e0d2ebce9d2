#define _GNU_SOURCE // setenv, mkdtemp, strcasestr
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/ui/window/scene.h"
#include "ui/window/evidence.h"

// What an interviewer does, through the window's real loop: presets, blind, what is revealed, an
// audience, both futures, and the log of it all.

static char shop[] =
    "scenario('Summer sale', { duration = 12*s })\n"
    "local pace = knob('pace', 100, { min = 10, max = 400 })\n"
    "local shelf = service('shelf', { executor = threads(4), handler = io(4*ms) })\n"
    "client('people', { target = shelf, arrivals = constant(pace) })\n"
    "expect('nobody queues', { 'people.latency.p50', at_most = 10*ms,"
    " because = 'hands are free' })\n"
    "between(6*s, 9*s, shelf:slow(8))\n"
    "variant('rush hour', { pace = 200 })\n";

static const char *const secrets[] = { "summer", "sale",  "pace",   "rush",  "hour",
                                       "slow",   "crash", "queues", "hands", "test.lua" };

struct room {
    struct scene s;
    char folder[64], back[1024];
};

// In a folder of its own, at a moment.
static void open_room(struct room *r, double at, bool is_blind, const char *evidence)
{
    assert_non_null(getcwd(r->back, sizeof r->back));
    snprintf(r->folder, sizeof r->folder, "/tmp/convoy-interview-XXXXXX");
    assert_non_null(mkdtemp(r->folder));
    assert_int_equal(chdir(r->folder), 0);
    scene_define(&r->s, shop);
    r->s.def.at = (sim_time)(at * SIM_S);
    r->s.def.is_blind = is_blind;
    r->s.def.evidence = evidence;
    scene_show(&r->s);
}

// With the files that the test knows of, and no others.
static void close_room(struct room *r, const char *const *files)
{
    scene_close(&r->s);
    for (; files && *files; files++)
        assert_int_equal(remove(*files), 0);
    assert_int_equal(chdir(r->back), 0);
    assert_int_equal(rmdir(r->folder), 0);
}

static const char *text_of(const struct room *r, const char *what)
{
    const struct ui_command *c = scene_drawn(&r->s, what);
    return c ? ui_list_text(ui_window_drawn(r->s.window), c) : NULL;
}

static void type(struct room *r, const char *keys)
{
    for (; *keys; keys++) {
        char key[2] = { *keys, '\0' };
        push_text(key);
        scene_step(&r->s);
    }
}

static void press(struct room *r, SDL_Keycode key)
{
    push_key(key, KMOD_NONE);
    scene_step(&r->s);
}

// Within a word it is another one: a pace in Space.
static bool tells(const char *text, const char *secret)
{
    const char *p = strcasestr(text, secret);
    while (p && p > text && isalpha((unsigned char)p[-1]))
        p = strcasestr(p + 1, secret);
    return p != NULL;
}

static unsigned told(const struct room *r)
{
    const struct ui_list *l = ui_window_drawn(r->s.window);
    unsigned n = 0;
    for (size_t i = 0; i < l->count; i++)
        for (size_t k = 0; l->at[i].kind == UI_TEXT && k < sizeof secrets / sizeof *secrets;
             k++)
            n += tells(ui_list_text(l, &l->at[i]), secrets[k]);
    for (size_t k = 0; k < sizeof secrets / sizeof *secrets; k++)
        n += tells(SDL_GetWindowTitle(scene_window()), secrets[k]);
    return n;
}

static unsigned count(const struct room *r, const char *what)
{
    const struct ui_list *l = ui_window_drawn(r->s.window);
    unsigned n = 0;
    for (size_t i = 0; i < l->count; i++)
        n += l->at[i].kind == UI_BOX && strcmp(l->at[i].what, what) == 0;
    return n;
}

static char *content(const char *file)
{
    static char text[1 << 16];
    FILE *f = fopen(file, "r");
    if (!f)
        return NULL;
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

// ---- Presets ----

static void presets_are_run_by_their_keys(void **state)
{
    (void)state;
    struct room r;
    open_room(&r, 3, false, NULL);
    scene_until_done(&r.s);
    assert_string_equal(text_of(&r, "source"), "test.lua   seed 1");
    uint64_t standing = ui_window_digest(r.s.window);
    press(&r, SDLK_F2);
    scene_until_done(&r.s);
    assert_string_equal(text_of(&r, "source"), "test.lua   rush hour   seed 1");
    uint64_t rush = ui_window_digest(r.s.window);
    assert_true(rush != standing);
    press(&r, SDLK_F3); // there is none
    assert_string_equal(text_of(&r, "source"), "test.lua   rush hour   seed 1");
    press(&r, SDLK_F1);
    scene_until_done(&r.s);
    assert_string_equal(text_of(&r, "source"), "test.lua   seed 1");
    assert_int_equal(ui_window_digest(r.s.window), standing);
    close_room(&r, NULL);
}

// The run that is given up for a preset is still computed or judged when its key comes: it knows its
// variant by itself.
static void presets_may_be_asked_for_while_a_run_is_computed(void **state)
{
    (void)state;
    struct room r;
    open_room(&r, 3, false, NULL);
    scene_until_done(&r.s);
    press(&r, SDLK_F2);
    scene_until_done(&r.s);
    uint64_t rush = ui_window_digest(r.s.window);
    for (int i = 0; i < 10; i++) {
        press(&r, i % 2 ? SDLK_F2 : SDLK_F1);
        while (!scene_drawn(&r.s, "source")) // its film tells what presets there are
            scene_step(&r.s);
    }
    scene_until_done(&r.s);
    assert_int_equal(ui_window_digest(r.s.window), rush);
    assert_string_equal(text_of(&r, "source"), "test.lua   rush hour   seed 1");
    close_room(&r, NULL);
}

// Waits for the other future that a fault begins.
static void until_forked(struct room *r)
{
    while (ui_window_forks(r->s.window))
        scene_step(&r->s);
    scene_until_done(&r->s);
}

// One key, and it is the preset again, from its start and without what was fired.
static void reset_leads_back_to_the_preset(void **state)
{
    (void)state;
    struct room r;
    open_room(&r, 3, false, NULL);
    scene_until_done(&r.s);
    press(&r, SDLK_F2);
    scene_until_done(&r.s);
    uint64_t rush = ui_window_digest(r.s.window);
    type(&r, " k");
    press(&r, SDLK_RETURN);
    until_forked(&r);
    assert_true(ui_window_digest(r.s.window) != rush);
    type(&r, "r");
    scene_until_done(&r.s);
    assert_int_equal(ui_window_digest(r.s.window), rush);
    assert_string_equal(ui_window_differs(r.s.window), "");
    assert_string_equal(text_of(&r, "source"), "test.lua   rush hour   seed 1");
    close_room(&r, NULL);
}

// ---- Blind ----

static void nothing_is_told_from_the_first_frame_to_the_last(void **state)
{
    (void)state;
    struct room r;
    static const char *const files[] = { "blind-7500ms.png", "convoy-evidence.txt", NULL };
    open_room(&r, 7.5, true, NULL);
    while (ui_window_state(r.s.window) != UI_WINDOW_DONE) {
        scene_step(&r.s);
        assert_int_equal(told(&r), 0);
    }
    scene_until_done(&r.s);
    assert_string_equal(text_of(&r, "scenario"), "Blind");
    // A crash is made ready, fired, compared with, kept as a picture and written down.
    for (const char *keys = "fkkC\txL"; *keys; keys++) {
        if (*keys == '\t')
            press(&r, SDLK_TAB);
        else
            type(&r, (char[]){ *keys, '\0' });
        assert_int_equal(told(&r), 0);
    }
    press(&r, SDLK_RETURN);
    while (ui_window_forks(r.s.window)) {
        scene_step(&r.s);
        assert_int_equal(told(&r), 0);
    }
    scene_until_done(&r.s);
    type(&r, "CPC");
    assert_int_equal(told(&r), 0);
    press(&r, SDLK_F2);
    scene_until_done(&r.s);
    assert_int_equal(told(&r), 0);
    type(&r, "R");
    scene_until_done(&r.s);
    assert_int_equal(told(&r), 0);
    // Two presets side by side, as far as they may be seen.
    press(&r, SDLK_F1);
    scene_until_done(&r.s);
    type(&r, "A");
    press(&r, SDLK_F2);
    until_forked(&r);
    assert_true(scene_player(&r.s)->is_beside);
    assert_int_equal(told(&r), 0);
    type(&r, "NN");
    assert_int_equal(count(&r, "box"), 4);
    assert_int_equal(told(&r), 0);
    press(&r, SDLK_F1); // hidden again
    until_forked(&r);
    assert_int_equal(scene_player(&r.s)->blind, UI_BLIND_CAUSES);
    assert_int_equal(told(&r), 0);
    close_room(&r, files);
}

// A picture that is saved is confirmed, by its name, until the next key; it is not in the picture itself.
static void saving_is_confirmed_while_blind(void **state)
{
    (void)state;
    static const char *const files[] = { "blind-7500ms.png", NULL };
    struct room r;
    open_room(&r, 7.5, true, NULL);
    scene_until_done(&r.s);
    type(&r, "x");
    assert_string_equal(text_of(&r, "source"), "saved blind-7500ms.png");
    type(&r, ">");
    assert_string_equal(text_of(&r, "source"), "seed 1   N shows what goes on inside");
    assert_int_equal(remove("blind-7500ms.png"), 0);
    assert_int_equal(mkdir("blind-7600ms.png", 0700), 0); // where no file can be written
    type(&r, "x");
    assert_string_equal(text_of(&r, "source"), "blind-7600ms.png cannot be written");
    assert_int_equal(rmdir("blind-7600ms.png"), 0);
    type(&r, "<x");
    close_room(&r, files);
}

// The same search in the picture that hides nothing.
static void search_finds_what_is_not_hidden(void **state)
{
    (void)state;
    struct room r;
    open_room(&r, 7.5, false, NULL);
    scene_until_done(&r.s);
    assert_true(told(&r) >= 3); // the name, the file, and the fault
    close_room(&r, NULL);
}

static void it_is_revealed_step_by_step(void **state)
{
    (void)state;
    struct room r;
    open_room(&r, 7.5, true, NULL);
    scene_until_done(&r.s);
    assert_null(scene_drawn(&r.s, "busy"));
    type(&r, "N");
    assert_non_null(scene_drawn(&r.s, "busy"));
    assert_null(scene_drawn(&r.s, "flag"));
    type(&r, "N");
    assert_non_null(scene_drawn(&r.s, "flag"));
    assert_int_equal(told(&r), 0);
    type(&r, "N");
    assert_true(told(&r) >= 3);
    assert_int_equal(scene_player(&r.s)->blind, UI_BLIND_NOT);
    type(&r, "N"); // there is nothing left
    assert_int_equal(scene_player(&r.s)->blind, UI_BLIND_NOT);
    type(&r, "BN");
    assert_int_equal(scene_player(&r.s)->blind, UI_BLIND_MOMENTS);
    type(&r, "r"); // the next one begins as the last did
    assert_int_equal(scene_player(&r.s)->blind, UI_BLIND_CAUSES);
    type(&r, "B");
    assert_int_equal(scene_player(&r.s)->blind, UI_BLIND_NOT);
    close_room(&r, NULL);
}

// ---- An audience ----

static double type_on_screen(const struct room *r, const char *what)
{
    int width, height;
    SDL_GetWindowSize(scene_window(), &width, &height);
    return scene_drawn(&r->s, what)->size * width / scene_drawn(&r->s, "ground")->w;
}

static void audience_sees_one_panel_in_large_type(void **state)
{
    (void)state;
    struct room r;
    open_room(&r, 7.5, false, NULL);
    scene_until_done(&r.s);
    double before = type_on_screen(&r, "moment");
    type(&r, "P");
    // 800 points high are 500 then, 1280 wide are 800.
    assert_true(type_on_screen(&r, "moment") > 1.59 * before);
    assert_null(scene_drawn(&r.s, "button"));
    assert_null(scene_drawn(&r.s, "source"));
    assert_null(scene_drawn(&r.s, "plot"));
    assert_non_null(scene_drawn(&r.s, "box"));
    assert_non_null(scene_drawn(&r.s, "figure"));
    press(&r, SDLK_PAGEDOWN);
    assert_null(scene_drawn(&r.s, "box"));
    press(&r, SDLK_PAGEUP);
    assert_non_null(scene_drawn(&r.s, "box"));
    press(&r, SDLK_PAGEUP);
    assert_non_null(scene_drawn(&r.s, "plot"));
    type(&r, "f"); // what is chosen is to be seen
    assert_non_null(scene_drawn(&r.s, "choice"));
    press(&r, SDLK_ESCAPE);
    assert_null(scene_drawn(&r.s, "choice"));
    press(&r, SDLK_ESCAPE);
    assert_non_null(scene_drawn(&r.s, "button"));
    assert_non_null(scene_drawn(&r.s, "box"));
    assert_int_equal(scene_player(&r.s)->panel, UI_WHOLE);
    close_room(&r, NULL);
}

// In the middle of the window, wherever the picture has that.
static void audience_sees_the_pointer_as_a_ring(void **state)
{
    (void)state;
    struct room r;
    int width, height;
    open_room(&r, 7.5, false, NULL);
    scene_until_done(&r.s);
    SDL_GetWindowSize(scene_window(), &width, &height);
    push_motion(width / 2, height / 2);
    scene_step(&r.s);
    assert_null(scene_drawn(&r.s, "pointer"));
    assert_int_equal(SDL_ShowCursor(SDL_QUERY), SDL_ENABLE);
    type(&r, "P");
    const struct ui_command *ring = scene_drawn(&r.s, "pointer");
    const struct ui_command *ground = scene_drawn(&r.s, "ground");
    assert_non_null(ring);
    assert_true(fabs(ring->x - ground->w / 2) < 1e-6);
    assert_true(fabs(ring->y - ground->h / 2) < 1e-6);
    assert_int_equal(ring->fill, 0);
    assert_int_equal(SDL_ShowCursor(SDL_QUERY), SDL_DISABLE);
    push_button(SDL_MOUSEBUTTONDOWN, width / 2, height / 2);
    push_motion(width / 4, height / 2);
    scene_step(&r.s);
    ring = scene_drawn(&r.s, "pointer");
    assert_true(fabs(ring->x - ground->w / 4) < 1e-6);
    assert_true(ring->fill != 0);
    push_button(SDL_MOUSEBUTTONUP, width / 4, height / 2);
    SDL_Event leave = { .type = SDL_WINDOWEVENT };
    leave.window.event = SDL_WINDOWEVENT_LEAVE;
    SDL_PushEvent(&leave);
    scene_step(&r.s);
    assert_null(scene_drawn(&r.s, "pointer"));
    type(&r, "P");
    assert_int_equal(SDL_ShowCursor(SDL_QUERY), SDL_ENABLE);
    close_room(&r, NULL);
}

static void audience_sees_which_key_was_pressed(void **state)
{
    (void)state;
    struct room r;
    open_room(&r, 7.5, false, NULL);
    scene_until_done(&r.s);
    type(&r, " P ");
    assert_string_equal(text_of(&r, "echo"), "Space");
    push_key(SDLK_LEFT, KMOD_LSHIFT);
    scene_step(&r.s);
    assert_string_equal(text_of(&r, "echo"), "Shift+Left");
    type(&r, "^"); // means nothing
    assert_string_equal(text_of(&r, "echo"), "Shift+Left");
    type(&r, ".");
    assert_string_equal(text_of(&r, "echo"), ".");
    while (scene_drawn(&r.s, "echo")) // it fades by itself, also when paused
        scene_step(&r.s);
    assert_false(scene_player(&r.s)->is_playing);
    type(&r, "PB");
    assert_null(scene_drawn(&r.s, "echo"));
    close_room(&r, NULL);
}

// Each press of a clicker, and each Tab, leads to a panel that is seen.
static void hidden_panels_are_passed_over(void **state)
{
    (void)state;
    static const enum ui_panel blind[] = { UI_CHARTS, UI_STRIP, UI_TOPOLOGY };
    struct room r;
    open_room(&r, 7.5, true, NULL);
    scene_until_done(&r.s);
    type(&r, "P");
    for (int i = 0; i < 3; i++) {
        press(&r, SDLK_PAGEDOWN);
        assert_int_equal(scene_player(&r.s)->panel, blind[i]);
    }
    press(&r, SDLK_PAGEUP);
    assert_int_equal(scene_player(&r.s)->panel, UI_STRIP);
    type(&r, "N"); // threads and waterfall, but no script yet
    for (int i = 0; i < 3; i++)
        press(&r, SDLK_PAGEUP);
    assert_int_equal(scene_player(&r.s)->panel, UI_LANES);
    type(&r, "PBB");
    press(&r, SDLK_TAB);
    assert_int_equal(scene_player(&r.s)->focus, UI_TOPOLOGY);
    press(&r, SDLK_TAB);
    assert_int_equal(scene_player(&r.s)->focus, UI_CHARTS);
    close_room(&r, NULL);
}

// Keys that say what is done are kept from those who look blind.
static void keys_that_tell_are_not_shown_while_blind(void **state)
{
    (void)state;
    struct room r;
    open_room(&r, 3, true, NULL);
    scene_until_done(&r.s);
    type(&r, "P");
    for (const char *keys = "ksvfu1cCA"; *keys; keys++) {
        type(&r, (char[]){ *keys, '\0' });
        assert_null(scene_drawn(&r.s, "echo"));
        assert_int_equal(told(&r), 0);
    }
    press(&r, SDLK_DOWN);
    press(&r, SDLK_RETURN);
    assert_null(scene_drawn(&r.s, "echo"));
    until_forked(&r);
    press(&r, SDLK_F2);
    assert_null(scene_drawn(&r.s, "echo"));
    until_forked(&r);
    type(&r, ".");
    assert_string_equal(text_of(&r, "echo"), ".");
    assert_int_equal(told(&r), 0);
    close_room(&r, NULL);
}

static void audience_may_have_any_window(void **state)
{
    (void)state;
    struct room r;
    open_room(&r, 7.5, false, NULL);
    scene_until_done(&r.s);
    type(&r, "P");
    static const int sizes[][2] = {
        { 1024, 768 }, { 400, 400 }, { 2560, 1600 }, { 700, 1300 }
    };
    for (int i = 0; i < 4; i++) {
        unsigned long frames = ui_window_frames(r.s.window);
        SDL_SetWindowSize(scene_window(), sizes[i][0], sizes[i][1]);
        while (ui_window_frames(r.s.window) == frames)
            scene_step(&r.s);
        const struct ui_command *ground = scene_drawn(&r.s, "ground");
        assert_true(ground->w >= UI_VIEW_PRESENT_MIN_WIDTH - 0.01);
        assert_true(ground->h >= UI_VIEW_PRESENT_MIN_HEIGHT - 0.01);
    }
    close_room(&r, NULL);
}

// ---- Both futures ----

static void both_futures_stand_side_by_side(void **state)
{
    (void)state;
    struct room r;
    open_room(&r, 3, false, NULL);
    scene_until_done(&r.s);
    type(&r, "C");
    assert_string_equal(ui_window_note(r.s.window),
                        "there is no other future: f makes a fault ready");
    assert_int_equal(count(&r, "box"), 2);
    type(&r, "k");
    press(&r, SDLK_RETURN);
    until_forked(&r);
    type(&r, "C");
    assert_int_equal(count(&r, "box"), 4);
    assert_string_equal(text_of(&r, "differs"), ui_window_differs(r.s.window));
    assert_non_null(strstr(text_of(&r, "differs"), "with shelf crash from 3 s"));
    assert_non_null(scene_drawn(&r.s, "ghost"));
    type(&r, "C");
    assert_int_equal(count(&r, "box"), 2);
    close_room(&r, NULL);
}

// ---- Evidence ----

static void what_was_done_is_on_file(void **state)
{
    (void)state;
    struct room r;
    static const char *const files[] = { "said.txt", NULL };
    open_room(&r, 7.5, true, "said.txt");
    scene_until_done(&r.s);
    press(&r, SDLK_F2);
    scene_until_done(&r.s);
    type(&r, " ");
    press(&r, SDLK_END);
    type(&r, "k");
    press(&r, SDLK_RETURN);
    until_forked(&r);
    type(&r, "N");
    char digest[32];
    snprintf(digest, sizeof digest, "%016llx",
             (unsigned long long)ui_window_digest(r.s.window));
    assert_true(ui_window_save_evidence(r.s.window));
    const char *text = content("said.txt");
    assert_non_null(text);
    static const char *const lines[] = {
        "test.lua, opened 2",
        "opened: as it stands, seed 1\n",
        "blind: and what goes on inside\n",
        "key F2\n",
        "preset: rush hour, seed 1\n",
        "key Space\n",
        "12.000  key End\n",
        "12.000  key k\n",
        "12.000  key Enter\n",
        "12.000  fault: shelf crash at 12 s for 5 s\n",
        "digest at 12 s: ",
        "12.000  key N\n",
        "blind: and when\n",
        "digest at 12 s: ",
    };
    const char *at = text;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        at = strstr(at, lines[i]);
        if (!at)
            fail_msg("\"%s\" is not there, or not in its place:\n%s", lines[i], text);
        at += strlen(lines[i]);
    }
    assert_memory_equal(at, digest, 16); // of the run that is seen
    close_room(&r, files);
}

// Asked for by a key it takes a name that nothing has.
static void nothing_is_overwritten_by_a_key(void **state)
{
    (void)state;
    struct room r;
    static const char *const files[] = { "convoy-evidence.txt", "convoy-evidence-2.txt",
                                         NULL };
    open_room(&r, 7.5, false, NULL);
    scene_until_done(&r.s);
    FILE *f = fopen("convoy-evidence.txt", "w");
    fputs("another day", f);
    fclose(f);
    type(&r, "L");
    assert_string_equal(ui_window_note(r.s.window), "convoy-evidence-2.txt saved");
    assert_string_equal(content("convoy-evidence.txt"), "another day");
    assert_non_null(strstr(content("convoy-evidence-2.txt"), "key L"));
    close_room(&r, files);
}

static void file_is_written_whole_or_not_at_all(void **state)
{
    (void)state;
    struct room r;
    static const char *const files[] = { "said", NULL };
    open_room(&r, 7.5, false, "said");
    scene_until_done(&r.s);
    assert_true(ui_window_save_evidence(r.s.window));
    assert_int_equal(remove("said"), 0);
    assert_int_equal(mkdir("said", 0700), 0); // where no file can be put
    type(&r, "L");
    assert_string_equal(ui_window_note(r.s.window), "said cannot be written");
    assert_false(ui_window_save_evidence(r.s.window));
    close_room(&r, files); // and nothing else was left there
}

static void line_that_is_full_is_the_last(void **state)
{
    (void)state;
    struct ui_evidence e;
    char what[300];
    memset(what, 'x', sizeof what - 1);
    what[sizeof what - 1] = '\0';
    ui_evidence_init(&e);
    ui_evidence_add(&e, 3723004, (sim_time)12500 * SIM_MS, "one\nline");
    assert_string_equal(e.text, "1:02:03.004      12.500  one line\n");
    for (int i = 0; i < 20000; i++)
        ui_evidence_add(&e, 0, 0, what);
    assert_true(e.is_full && e.length < UI_EVIDENCE_BYTES);
    size_t length = e.length;
    ui_evidence_add(&e, 0, 0, "short");
    assert_int_equal(e.length, length);
    ui_evidence_fini(&e);
}

int main(void)
{
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_are_run_by_their_keys),
        cmocka_unit_test(presets_may_be_asked_for_while_a_run_is_computed),
        cmocka_unit_test(reset_leads_back_to_the_preset),
        cmocka_unit_test(nothing_is_told_from_the_first_frame_to_the_last),
        cmocka_unit_test(saving_is_confirmed_while_blind),
        cmocka_unit_test(search_finds_what_is_not_hidden),
        cmocka_unit_test(it_is_revealed_step_by_step),
        cmocka_unit_test(audience_sees_one_panel_in_large_type),
        cmocka_unit_test(audience_sees_the_pointer_as_a_ring),
        cmocka_unit_test(audience_sees_which_key_was_pressed),
        cmocka_unit_test(hidden_panels_are_passed_over),
        cmocka_unit_test(keys_that_tell_are_not_shown_while_blind),
        cmocka_unit_test(audience_may_have_any_window),
        cmocka_unit_test(both_futures_stand_side_by_side),
        cmocka_unit_test(what_was_done_is_on_file),
        cmocka_unit_test(nothing_is_overwritten_by_a_key),
        cmocka_unit_test(file_is_written_whole_or_not_at_all),
        cmocka_unit_test(line_that_is_full_is_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
