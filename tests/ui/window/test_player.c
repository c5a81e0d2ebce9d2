#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/films.h"
#include "tests/ui/view/looks.h"
#include "ui/window/player.h"

// Keys, clicks and the passing of time, on a run whose events are known: a request at each whole
// 10 ms, answered 4 ms later.

static const char steady[] =
    "scenario('Steady', { duration = 20*s })\n"
    "local db = service('db', { executor = threads(4), handler = io(4*ms) })\n"
    "local api = service('api', { executor = threads(8), handler = call(db) })\n"
    "client('users', { target = api, arrivals = constant(100) })\n";

#define MS (sim_time) SIM_MS

struct scene {
    struct film_run run;
    struct ui_list list;
    struct ui_player player;
    struct ui_look look;
};

static int open_scene(void **state)
{
    static struct scene s;
    memset(&s, 0, sizeof s);
    film_shoot_text(&s.run, steady, 1u << 18);
    ui_list_init(&s.list);
    ui_player_init(&s.player);
    *state = &s;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *s = *state;
    ui_list_fini(&s->list);
    film_close(&s->run);
    return 0;
}

static enum ui_wish key(struct scene *s, int code)
{
    return ui_player_key(&s->player, &s->run.film, code, false);
}

static enum ui_wish shift(struct scene *s, int code)
{
    return ui_player_key(&s->player, &s->run.film, code, true);
}

static bool pass(struct scene *s, double seconds)
{
    return ui_player_advance(&s->player, &s->run.film, seconds);
}

static void draw(struct scene *s)
{
    ui_look_default(&s->look);
    ui_player_look(&s->player, &s->look);
    ui_list_clear(&s->list);
    ui_view_draw(&s->list, &s->run.film, &s->look);
}

static const struct ui_command *find(const struct scene *s, enum ui_panel panel,
                                     const char *what, uint32_t of)
{
    for (size_t i = 0; i < s->list.count; i++)
        if (s->list.at[i].panel == panel && strcmp(s->list.at[i].what, what) == 0 &&
            s->list.at[i].of == of)
            return &s->list.at[i];
    fail_msg("no %s %u", what, of);
    return NULL;
}

// In the middle of what was drawn.
static enum ui_wish click(struct scene *s, enum ui_panel panel, const char *what,
                          uint32_t of, int clicks)
{
    const struct ui_command *c = find(s, panel, what, of);
    enum ui_wish wish = ui_player_press(&s->player, &s->run.film, &s->list, c->x + c->w / 2,
                                        c->y + c->h / 2, clicks);
    ui_player_release(&s->player);
    return wish;
}

// ---- Time ----

static void time_passes_while_it_plays(void **state)
{
    struct scene *s = *state;
    assert_true(s->player.is_playing);
    assert_true(pass(s, 1.5));
    assert_int_equal(s->player.at, 1500 * MS);
    assert_int_equal(key(s, ' '), UI_WISH_DRAW);
    assert_false(pass(s, 1.5));
    assert_int_equal(s->player.at, 1500 * MS);
    key(s, ' ');
    assert_true(pass(s, 0.25));
    assert_int_equal(s->player.at, 1750 * MS);
}

static void speed_doubles_and_halves(void **state)
{
    struct scene *s = *state;
    key(s, '+');
    key(s, '=');
    pass(s, 1);
    assert_int_equal(s->player.at, 4000 * MS);
    for (int i = 0; i < 8; i++)
        key(s, '-');
    assert_int_equal(s->player.speed, UI_SLOWEST);
    assert_int_equal(key(s, '-'), UI_WISH_NOTHING);
    pass(s, 1);
    assert_int_equal(s->player.at, 4000 * MS + 1000 * MS / 64);
    // Parts of a nanosecond add up.
    sim_time before = s->player.at;
    for (int i = 0; i < 64000; i++)
        pass(s, 1e-9);
    assert_in_range(s->player.at - before, 999, 1001);
    for (int i = 0; i < 12; i++)
        key(s, '+');
    assert_int_equal(key(s, '+'), UI_WISH_NOTHING);
}

static void play_stops_at_the_end_and_begins_again(void **state)
{
    struct scene *s = *state;
    assert_true(pass(s, 100));
    assert_int_equal(s->player.at, 20000 * MS);
    assert_false(s->player.is_playing);
    assert_false(pass(s, 1));
    key(s, ' ');
    assert_true(s->player.is_playing);
    assert_int_equal(s->player.at, 0);
}

// Nothing is shown that has not been computed, and play waits for it.
static void play_waits_for_what_is_computed(void **state)
{
    struct scene *s = *state;
    s->run.film.now = 3000 * MS;
    pass(s, 5);
    assert_int_equal(s->player.at, 3000 * MS);
    assert_true(s->player.is_playing);
    assert_false(pass(s, 5));
    key(s, UI_KEY_END);
    assert_int_equal(s->player.at, 3000 * MS);
    s->run.film.now = 20000 * MS;
    assert_true(pass(s, 0.5));
    assert_int_equal(s->player.at, 3500 * MS);
}

static void arrows_scrub_and_stay_within_the_run(void **state)
{
    struct scene *s = *state;
    key(s, UI_KEY_RIGHT);
    shift(s, UI_KEY_RIGHT);
    assert_int_equal(s->player.at, 11000 * MS);
    key(s, UI_KEY_LEFT);
    assert_int_equal(s->player.at, 10000 * MS);
    shift(s, UI_KEY_LEFT);
    shift(s, UI_KEY_LEFT);
    assert_int_equal(s->player.at, 0);
    key(s, UI_KEY_END);
    assert_int_equal(s->player.at, 20000 * MS);
    key(s, UI_KEY_RIGHT);
    assert_int_equal(s->player.at, 20000 * MS);
    key(s, UI_KEY_HOME);
    key(s, '>');
    assert_int_equal(s->player.at, 100 * MS);
    assert_false(s->player.is_playing);
    key(s, '<');
    assert_int_equal(s->player.at, 0);
}

static void steps_go_from_event_to_event(void **state)
{
    struct scene *s = *state;
    s->player.at = 1001 * MS;
    key(s, '.');
    assert_int_equal(s->player.at, 1004 * MS);
    assert_false(s->player.is_playing);
    key(s, '.');
    assert_int_equal(s->player.at, 1010 * MS);
    key(s, ',');
    key(s, ',');
    assert_int_equal(s->player.at, 1000 * MS);
}

// ---- What is seen ----

static void digits_select_services(void **state)
{
    struct scene *s = *state;
    assert_int_equal(key(s, '2'), UI_WISH_DRAW);
    assert_int_equal(s->player.selected, 1);
    assert_int_equal(key(s, '3'), UI_WISH_NOTHING);
    assert_int_equal(s->player.selected, 1);
    draw(s);
    const char *beside = ui_list_text(&s->list, find(s, UI_LANES, "beside", 0));
    assert_int_equal(strncmp(beside, "api: ", 5), 0);
}

static void panels_are_gone_through_opened_and_left(void **state)
{
    struct scene *s = *state;
    key(s, UI_KEY_TAB);
    assert_int_equal(s->player.focus, UI_TOPOLOGY);
    draw(s);
    assert_non_null(find(s, UI_TOPOLOGY, "focus", 0));
    key(s, UI_KEY_TAB);
    assert_int_equal(s->player.focus, UI_LANES);
    shift(s, UI_KEY_TAB);
    assert_int_equal(s->player.focus, UI_TOPOLOGY);
    key(s, UI_KEY_ENTER);
    assert_int_equal(s->player.panel, UI_TOPOLOGY);
    key(s, UI_KEY_TAB); // the next one takes its place
    assert_int_equal(s->player.panel, UI_LANES);
    key(s, UI_KEY_ESCAPE);
    assert_int_equal(s->player.panel, UI_WHOLE);
    key(s, UI_KEY_ESCAPE);
    assert_int_equal(s->player.focus, UI_WHOLE);
    assert_int_equal(key(s, UI_KEY_ESCAPE), UI_WISH_NOTHING);
    for (int i = 0; i < 5; i++)
        key(s, UI_KEY_TAB);
    assert_int_equal(s->player.focus, UI_WHOLE);
}

// In "Home  f  sek" the keys are f, s, e and k: a name of a key begins with a capital.
static bool has_key(const char *text, char key)
{
    for (const char *word = text; *word; word += strspn(word, " ")) {
        size_t n = strcspn(word, " ");
        bool is_name = n > 1 && (strchr("CEFHRTSPL", word[0]) || n == 2);
        if (!is_name && memchr(word, key, n))
            return true;
        word += n;
    }
    return false;
}

static bool has_hint(const struct scene *s)
{
    for (size_t i = 0; i < s->list.count; i++)
        if (strcmp(s->list.at[i].what, "hint") == 0)
            return true;
    return false;
}

// Whoever opens a window for the first time knows of no key.
static void hint_says_how_to_find_all_keys(void **state)
{
    struct scene *s = *state;
    draw(s);
    assert_true(has_hint(s));
    key(s, '?');
    draw(s);
    assert_false(has_hint(s)); // they are there
    key(s, UI_KEY_ESCAPE);
    key(s, 'P');
    draw(s);
    assert_false(has_hint(s));
    key(s, 'P');
    draw(s);
    s->look.has_transport = false; // a picture
    ui_list_clear(&s->list);
    ui_view_draw(&s->list, &s->run.film, &s->look);
    assert_false(has_hint(s));
}

// Of a picture that is drawn anew from the look as it stands.
static bool hints_at(struct scene *s, const char *what)
{
    ui_list_clear(&s->list);
    ui_view_draw(&s->list, &s->run.film, &s->look);
    for (size_t i = 0; i < s->list.count; i++)
        if (strcmp(s->list.at[i].what, "hint") == 0 &&
            strstr(ui_list_text(&s->list, &s->list.at[i]), what))
            return true;
    return false;
}

static void hint_says_what_to_press_next(void **state)
{
    struct scene *s = *state;
    draw(s);
    assert_true(hints_at(s, "Space pauses   f breaks something   ? shows"));
    key(s, ' ');
    draw(s);
    assert_true(hints_at(s, "Space plays   f breaks something   ? shows"));
    s->look.width = UI_VIEW_MIN_WIDTH;
    assert_false(hints_at(s, "Space"));
    key(s, 'f');
    draw(s);
    assert_false(hints_at(s, "f breaks"));
    assert_true(hints_at(s, "? shows all keys"));
    key(s, UI_KEY_ESCAPE);
    s->player.at = s->run.film.duration;
    draw(s);
    assert_true(hints_at(s, "Space plays it again"));
    s->look.ghost = &s->run.film;
    assert_true(hints_at(s, "c shows the other   C both   u takes it back"));
    s->look.keeps = true;
    assert_false(hints_at(s, "u takes it back"));
}

// Whether a key stands in the column of keys.
static bool is_on_sheet(const struct scene *s, char key)
{
    for (size_t i = 0; i < s->list.count; i++)
        if (s->list.at[i].kind == UI_TEXT && strcmp(s->list.at[i].what, "key") == 0 &&
            has_key(ui_list_text(&s->list, &s->list.at[i]), key))
            return true;
    return false;
}

static void each_key_that_does_something_is_on_the_sheet(void **state)
{
    struct scene *s = *state;
    key(s, '?');
    draw(s);
    for (char c = '!'; c < 127; c++) {
        struct ui_player p = s->player;
        bool does = ui_player_key(&p, &s->run.film, c, false) != UI_WISH_NOTHING;
        bool is_digit = c >= '1' && c <= '9', is_plus = c == '='; // the same without Shift
        if (does && !is_digit && !is_plus && !is_on_sheet(s, c))
            fail_msg("'%c' is not on the sheet", c);
    }
}

static bool has_row(const struct scene *s, const char *key)
{
    for (size_t i = 0; i < s->list.count; i++)
        if (strcmp(s->list.at[i].what, "key") == 0 &&
            strcmp(ui_list_text(&s->list, &s->list.at[i]), key) == 0)
            return true;
    return false;
}

static void each_fault_has_a_row_where_there_is_room(void **state)
{
    struct scene *s = *state;
    key(s, '?');
    draw(s);
    for (const char *k = "sektzodlpnjmgayhb"; *k; k++)
        assert_true(has_row(s, (char[]){ *k, '\0' }));
    assert_false(has_row(s, "sektzodlp"));
    s->look.width = UI_VIEW_MIN_WIDTH;
    s->look.height = UI_VIEW_MIN_HEIGHT;
    ui_list_clear(&s->list);
    ui_view_draw(&s->list, &s->run.film, &s->look);
    assert_true(has_row(s, "sektzodlp") || has_row(s, "s"));
    key(s, UI_KEY_ESCAPE);
}

static void sheet_of_keys_is_fit_to_be_seen(void **state)
{
    struct scene *s = *state;
    key(s, '?');
    draw(s);
    assert_non_null(find(s, UI_WHOLE, "key", 0));
    struct looks looks = looks_of(&s->list, &s->look);
    assert_string_equal(looks.first, "");
    s->look.width = UI_VIEW_MIN_WIDTH;
    s->look.height = UI_VIEW_MIN_HEIGHT;
    ui_list_clear(&s->list);
    ui_view_draw(&s->list, &s->run.film, &s->look);
    looks = looks_of(&s->list, &s->look);
    assert_string_equal(looks.first, "");
    key(s, UI_KEY_ESCAPE);
    assert_false(s->player.shows_keys);
}

// With the buttons of a window nothing overlaps either, and each is large enough to be hit.
static void buttons_are_fit_to_be_seen_and_hit(void **state)
{
    struct scene *s = *state;
    static const double widths[] = { 800, 1024, 1280 };
    s->player.at = 12345 * MS;
    for (int i = 0; i < 3; i++) {
        ui_look_default(&s->look);
        ui_player_look(&s->player, &s->look);
        s->look.width = widths[i];
        s->look.note = "saved Steady-12345ms.png";
        ui_list_clear(&s->list);
        ui_view_draw(&s->list, &s->run.film, &s->look);
        struct looks looks = looks_of(&s->list, &s->look);
        assert_string_equal(looks.first, "");
        for (uint32_t b = 0; b < UI_BUTTONS; b++) {
            const struct ui_command *c = find(s, UI_HEADER, "button", b);
            assert_true(c->w >= 24 && c->h >= 24 && c->x >= 0 && c->x + c->w <= widths[i]);
        }
    }
}

// ---- The mouse ----

static void buttons_do_what_their_keys_do(void **state)
{
    struct scene *s = *state;
    draw(s);
    click(s, UI_HEADER, "button", UI_BUTTON_PLAY, 1);
    assert_false(s->player.is_playing);
    click(s, UI_HEADER, "button", UI_BUTTON_FASTER, 1);
    assert_int_equal(s->player.speed, 1);
    click(s, UI_HEADER, "button", UI_BUTTON_SLOWER, 1);
    assert_int_equal(s->player.speed, 0);
    click(s, UI_HEADER, "button", UI_BUTTON_END, 1);
    assert_int_equal(s->player.at, 20000 * MS);
    click(s, UI_HEADER, "button", UI_BUTTON_START, 1);
    assert_int_equal(s->player.at, 0);
    s->player.at = 1001 * MS;
    click(s, UI_HEADER, "button", UI_BUTTON_ON, 1);
    assert_int_equal(s->player.at, 1004 * MS);
    click(s, UI_HEADER, "button", UI_BUTTON_BACK, 1);
    assert_int_equal(s->player.at, 1000 * MS);
}

static void strip_is_dragged_to_scrub(void **state)
{
    struct scene *s = *state;
    draw(s);
    const struct ui_film *f = &s->run.film;
    const struct ui_command plot = *find(s, UI_STRIP, "plot", 0);
    double y = plot.y + plot.h / 2;
    ui_player_press(&s->player, f, &s->list, plot.x + plot.w / 2, y, 1);
    assert_int_equal(s->player.at, 10000 * MS);
    assert_int_equal(ui_player_drag(&s->player, f, &s->list, plot.x + plot.w / 4),
                     UI_WISH_DRAW);
    assert_int_equal(s->player.at, 5000 * MS);
    ui_player_drag(&s->player, f, &s->list, plot.x - 100);
    assert_int_equal(s->player.at, 0);
    ui_player_drag(&s->player, f, &s->list, plot.x + 10 * plot.w);
    assert_int_equal(s->player.at, 20000 * MS);
    ui_player_release(&s->player);
    assert_int_equal(ui_player_drag(&s->player, f, &s->list, plot.x), UI_WISH_NOTHING);
}

static void click_on_a_service_selects_it(void **state)
{
    struct scene *s = *state;
    draw(s);
    click(s, UI_TOPOLOGY, "box", s->run.film.client_count + 1, 1);
    assert_int_equal(s->player.selected, 1);
    assert_int_equal(click(s, UI_TOPOLOGY, "box", 0, 1), UI_WISH_NOTHING); // a client
    assert_int_equal(s->player.selected, 1);
}

static void double_click_fills_the_window_and_back(void **state)
{
    struct scene *s = *state;
    draw(s);
    click(s, UI_CHARTS, "panel", 0, 1);
    assert_int_equal(s->player.panel, UI_WHOLE);
    click(s, UI_CHARTS, "panel", 0, 2);
    assert_int_equal(s->player.panel, UI_CHARTS);
    draw(s);
    click(s, UI_CHARTS, "panel", 0, 2);
    assert_int_equal(s->player.panel, UI_WHOLE);
    draw(s); // on the ground between panels there is nothing
    assert_int_equal(ui_player_press(&s->player, &s->run.film, &s->list, 2, 400, 2),
                     UI_WISH_NOTHING);
}

// ---- Wishes ----

static void wishes_are_told(void **state)
{
    struct scene *s = *state;
    assert_int_equal(key(s, 'x'), UI_WISH_EXPORT);
    assert_int_equal(key(s, 'q'), UI_WISH_QUIT);
    assert_int_equal(key(s, 'i'), UI_WISH_NOTHING);
    key(s, '2');
    key(s, UI_KEY_RIGHT);
    key(s, ' ');
    key(s, '+');
    assert_int_equal(key(s, 'r'), UI_WISH_RESET);
    assert_int_equal(s->player.at, 0);
    assert_int_equal(s->player.selected, SIM_NONE);
    assert_int_equal(s->player.speed, 0);
    assert_true(s->player.is_playing);
    assert_int_equal(key(s, 'R'), UI_WISH_NEXT_SEED);
}

#define SCENE_TEST(f) cmocka_unit_test_setup_teardown(f, open_scene, close_scene)

// ---- Faults ----

static struct sim_fault armed(struct scene *s)
{
    return ui_arm_fault(&s->player.arm, &s->run.film, s->player.at);
}

static void fault_is_chosen_by_keys(void **state)
{
    struct scene *s = *state;
    s->player.at = 5000 * MS;
    assert_int_equal(key(s, UI_KEY_ENTER), UI_WISH_DRAW); // nothing is ready yet
    key(s, '2');
    assert_int_equal(key(s, 's'), UI_WISH_DRAW);
    assert_true(s->player.arm.is_open);
    struct sim_fault f = armed(s);
    assert_string_equal(f.label, "api slow x8");
    assert_int_equal(f.begin, 5000 * MS);
    assert_int_equal(f.end, 10000 * MS);
    key(s, '1');
    key(s, UI_KEY_DOWN);
    key(s, UI_KEY_DOWN);
    key(s, UI_KEY_RIGHT);
    key(s, UI_KEY_DOWN);
    key(s, UI_KEY_LEFT);
    f = armed(s);
    assert_string_equal(f.label, "db slow x16");
    assert_int_equal(f.end, 6000 * MS);
    assert_int_equal(key(s, UI_KEY_ENTER), UI_WISH_FIRE);
    assert_false(s->player.arm.is_open);
}

// A key goes to what is ready only while it is, and playing does not stop for it.
static void time_goes_on_while_a_fault_is_ready(void **state)
{
    struct scene *s = *state;
    key(s, 'k');
    assert_true(pass(s, 2));
    assert_int_equal(armed(s).begin, 2000 * MS);
    assert_int_equal(armed(s).kind, SIM_FAULT_CRASH);
    assert_int_equal(armed(s).end, 7000 * MS);
    key(s, UI_KEY_ESCAPE);
    assert_false(s->player.arm.is_open);
    assert_int_equal(key(s, UI_KEY_ENTER), UI_WISH_DRAW);
    key(s, UI_KEY_RIGHT);
    assert_int_equal(s->player.at, 3000 * MS);
}

static void rows_that_a_fault_does_not_have_are_left_out(void **state)
{
    struct scene *s = *state;
    key(s, 't'); // it is up again at once: neither a size nor a time
    key(s, UI_KEY_DOWN);
    assert_int_equal(s->player.arm.row, UI_ARM_WHERE);
    key(s, UI_KEY_DOWN);
    assert_int_equal(s->player.arm.row, UI_ARM_WHAT);
    key(s, UI_KEY_UP);
    assert_int_equal(s->player.arm.row, UI_ARM_WHERE);
    assert_int_equal(armed(s).end, SIM_NEVER);
}

static void fault_is_chosen_by_clicks(void **state)
{
    struct scene *s = *state;
    key(s, 'f');
    draw(s);
    click(s, UI_WHOLE, "choice", UI_ARM_WHAT * UI_ARM_ROW + 7, 1);
    draw(s);
    click(s, UI_WHOLE, "choice", UI_ARM_WHERE * UI_ARM_ROW + 1, 1);
    click(s, UI_WHOLE, "choice", UI_ARM_SIZE * UI_ARM_ROW + 3, 1);
    click(s, UI_WHOLE, "choice", UI_ARM_FOR * UI_ARM_ROW + 6, 1);
    struct sim_fault f = armed(s);
    assert_string_equal(f.label, "api latency 200 ms");
    assert_true(f.amount == 0.2);
    assert_int_equal(f.end, SIM_NEVER);
    draw(s);
    assert_int_equal(click(s, UI_WHOLE, "fire", 0, 1), UI_WISH_FIRE);
}

// Two clicks upon one picture: the second is on a row that the first has taken away, which has no choice
// to go on from.
static void click_on_a_row_that_has_gone_is_none(void **state)
{
    struct scene *s = *state;
    key(s, 's');
    draw(s);
    click(s, UI_WHOLE, "choice", UI_ARM_WHAT * UI_ARM_ROW + 2, 1); // a crash has no size
    assert_int_equal(click(s, UI_WHOLE, "choice", UI_ARM_SIZE * UI_ARM_ROW + 3, 1),
                     UI_WISH_NOTHING);
    key(s, UI_KEY_RIGHT);
    assert_int_equal(s->player.arm.row, UI_ARM_WHAT);
    assert_int_equal(armed(s).kind, SIM_FAULT_RESTART); // the next one
}

// Nothing of the sheet is cut off, runs into another thing, or is too small to be hit.
static void sheet_of_a_fault_looks_well(void **state)
{
    static const double sizes[][2] = { { 800, 560 }, { 1024, 768 }, { 1280, 800 } };
    struct scene *s = *state;
    for (const char *what = "sekd"; *what; what++) {
        key(s, *what);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            ui_look_default(&s->look);
            ui_player_look(&s->player, &s->look);
            s->look.width = sizes[i][0];
            s->look.height = sizes[i][1];
            s->look.at = 9000 * MS;
            ui_list_clear(&s->list);
            ui_view_draw(&s->list, &s->run.film, &s->look);
            struct looks looks = looks_of(&s->list, &s->look);
            assert_string_equal(looks.first, "");
            const struct ui_command *fire = find(s, UI_WHOLE, "fire", 0);
            assert_true(fire->h >= 24 && fire->y + fire->h < s->look.height);
        }
    }
}

// ---- A request's waterfall ----

static const struct ui_command *nth_dot(const struct scene *s, uint32_t nth)
{
    for (size_t i = 0; i < s->list.count; i++)
        if (s->list.at[i].kind == UI_DOT && s->list.at[i].first != SIM_NONE && nth-- == 0)
            return &s->list.at[i];
    return NULL;
}

static void slowest_is_shown_and_put_away_by_key(void **state)
{
    struct scene *s = *state;
    s->player.at = 5 * (sim_time)SIM_S;
    assert_int_equal(key(s, 'w'), UI_WISH_DRAW);
    draw(s);
    assert_non_null(find(s, UI_WATERFALL, "life", 0));
    for (size_t i = 0; i < s->list.count; i++)
        assert_true(s->list.at[i].panel != UI_LANES);
    key(s, UI_KEY_TAB);
    key(s, UI_KEY_TAB); // the threads have no place now
    assert_int_equal(s->player.focus, UI_WATERFALL);
    key(s, UI_KEY_ESCAPE);
    assert_true(s->player.has_waterfall);
    key(s, UI_KEY_ESCAPE);
    assert_false(s->player.has_waterfall);
    key(s, 'w');
    key(s, 'w');
    assert_false(s->player.has_waterfall);
}

static void request_of_the_last_event_is_picked_by_key(void **state)
{
    struct scene *s = *state;
    s->player.at = 5 * (sim_time)SIM_S + 2 * MS; // 2 ms after a request began
    assert_int_equal(key(s, 'W'), UI_WISH_DRAW);
    assert_int_equal(s->player.pick.begin, 5 * (sim_time)SIM_S);
    key(s, 'w'); // the slowest in its place
    assert_true(s->player.has_waterfall);
    assert_int_equal(s->player.pick.number, SIM_NONE);
    s->player.at = 0;
    key(s, 'r');
    assert_false(s->player.has_waterfall);
}

static void click_on_a_dot_picks_its_request(void **state)
{
    struct scene *s = *state;
    s->player.at = 5 * (sim_time)SIM_S + 2 * MS;
    draw(s);
    uint32_t picked = 0;
    for (uint32_t i = 0; i < 40 && nth_dot(s, i); i++) {
        const struct ui_command *dot = nth_dot(s, i);
        ui_player_press(&s->player, &s->run.film, &s->list, dot->x, dot->y, 1);
        ui_player_release(&s->player);
        if (!s->player.has_waterfall)
            continue; // it flies over a box
        picked++;
        assert_int_equal(s->player.pick.number, dot->first);
        // Nothing here takes longer than 4 ms, and a dot is seen for 400.
        assert_in_range(s->player.pick.begin, s->player.at - UI_FLIGHT - 5 * MS,
                        s->player.at);
        key(s, UI_KEY_ESCAPE);
    }
    assert_true(picked > 20);
    ui_player_press(&s->player, &s->run.film, &s->list, 30, 300, 1); // where none is
    assert_false(s->player.has_waterfall);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(time_passes_while_it_plays),
        SCENE_TEST(speed_doubles_and_halves),
        SCENE_TEST(play_stops_at_the_end_and_begins_again),
        SCENE_TEST(play_waits_for_what_is_computed),
        SCENE_TEST(arrows_scrub_and_stay_within_the_run),
        SCENE_TEST(steps_go_from_event_to_event),
        SCENE_TEST(digits_select_services),
        SCENE_TEST(panels_are_gone_through_opened_and_left),
        SCENE_TEST(each_key_that_does_something_is_on_the_sheet),
        SCENE_TEST(each_fault_has_a_row_where_there_is_room),
        SCENE_TEST(hint_says_how_to_find_all_keys),
        SCENE_TEST(hint_says_what_to_press_next),
        SCENE_TEST(sheet_of_keys_is_fit_to_be_seen),
        SCENE_TEST(buttons_are_fit_to_be_seen_and_hit),
        SCENE_TEST(buttons_do_what_their_keys_do),
        SCENE_TEST(strip_is_dragged_to_scrub),
        SCENE_TEST(click_on_a_service_selects_it),
        SCENE_TEST(double_click_fills_the_window_and_back),
        SCENE_TEST(slowest_is_shown_and_put_away_by_key),
        SCENE_TEST(request_of_the_last_event_is_picked_by_key),
        SCENE_TEST(click_on_a_dot_picks_its_request),
        SCENE_TEST(wishes_are_told),
        SCENE_TEST(fault_is_chosen_by_keys),
        SCENE_TEST(time_goes_on_while_a_fault_is_ready),
        SCENE_TEST(rows_that_a_fault_does_not_have_are_left_out),
        SCENE_TEST(fault_is_chosen_by_clicks),
        SCENE_TEST(click_on_a_row_that_has_gone_is_none),
        SCENE_TEST(sheet_of_a_fault_looks_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
