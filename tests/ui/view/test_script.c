#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/films.h"
#include "tests/ui/view/looks.h"
#include "ui/view/view.h"

// The script with the lines that a request spent its time on.

// 10 ms at line 6, 40 at line 7 waiting for lines 2 and 3, and 5 at line 8.
static const char known[] =
    "scenario('Known', { duration = 4*s })\n"
    "local db = service('db', { executor = threads(1), handler = { io(25*ms),\n"
    "  io(15*ms) } })\n"
    "local api = service('api', { executor = threads(4),\n"
    "  handler = {\n"
    "    io(10*ms),\n"
    "    call(db),\n"
    "    io(5*ms) } })\n"
    "client('users', { target = api, arrivals = constant(10) })\n";

static struct film_run run;
static struct ui_list list;
static struct ui_look look;

static void shoot(const char *text, bool has_script)
{
    memset(&run, 0, sizeof run);
    run.has_script = has_script;
    film_shoot_text(&run, text, 1u << 18);
    ui_list_init(&list);
    ui_look_default(&look);
    look.panel = UI_SCRIPT;
    look.at = (sim_time)1950 * SIM_MS;
    ui_view_draw(&list, &run.film, &look);
    assert_false(list.failed);
}

static void drop(void)
{
    ui_list_fini(&list);
    film_close(&run);
}

static const char *text(const char *what, uint32_t of)
{
    for (size_t i = 0; i < list.count; i++)
        if (list.at[i].kind == UI_TEXT && strcmp(list.at[i].what, what) == 0 &&
            list.at[i].of == of)
            return ui_list_text(&list, &list.at[i]);
    return "";
}

static bool is_worst(uint32_t line)
{
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.at[i].what, "worst") == 0 && list.at[i].of == line)
            return true;
    return false;
}

static void lines_say_what_the_request_spent_on_them(void **state)
{
    (void)state;
    shoot(known, true);
    assert_string_equal(text("code", 6), "    io(10*ms),");
    assert_string_equal(text("spent", 6), "in I/O 10 ms");
    assert_string_equal(text("spent", 7), "waits for an answer 40 ms");
    assert_string_equal(text("spent", 8), "in I/O 5 ms");
    assert_string_equal(text("spent", 2), "in I/O 25 ms");
    assert_string_equal(text("spent", 3), "in I/O 15 ms");
    assert_string_equal(text("spent", 1), "");
    assert_string_equal(text("spent", 5), "");
    assert_true(is_worst(7));
    assert_false(is_worst(2) || is_worst(6));
    drop();
}

static void film_without_a_script_says_so(void **state)
{
    (void)state;
    shoot(known, false);
    assert_string_equal(text("beside", 0), "it is not at hand");
    assert_string_equal(text("code", 1), "");
    drop();
}

static void long_script_shows_the_line_and_looks_well(void **state)
{
    (void)state;
    char text_of[9000] = "";
    for (int i = 0; i < 150; i++)
        strcat(text_of, "-- a line that says nothing at all, over and over\n");
    strcat(text_of, known);
    for (int i = 0; i < 10; i++)
        strcat(text_of, "-- and more\n");
    shoot(text_of, true);
    assert_true(is_worst(157));
    for (int i = 0; i < 4; i++) {
        look.width = i % 2 ? 800 : 1920;
        look.height = i % 2 ? 560 : 1080;
        look.theme = i / 2 ? &ui_theme_light : &ui_theme_dark;
        ui_list_clear(&list);
        ui_view_draw(&list, &run.film, &look);
        struct looks s = looks_of(&list, &look);
        if (s.first[0])
            print_error("%s\n", s.first);
        assert_int_equal(s.cut + s.outside + s.overlapping + s.covered + s.faint, 0);
    }
    drop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_say_what_the_request_spent_on_them),
        cmocka_unit_test(film_without_a_script_says_so),
        cmocka_unit_test(long_script_shows_the_line_and_looks_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
