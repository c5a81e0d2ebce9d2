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

// What is wrong with a script, beside the run that is seen.

static const char quiet[] = "scenario('Quiet', { duration = 4*s })\n"
                            "local api = service('api', { executor = threads(8),"
                            " handler = io(5*ms) })\n"
                            "client('users', { target = api, arrivals = constant(100) })\n";

static struct film_run run;
static struct ui_list list;
static struct ui_look look;

static const struct ui_wrong plain = {
    .place = "orders.lua:12",
    .text = "there is no word \"servcie\"",
    .excerpt = "local api = servcie('api', {",
    .advice = "did you mean \"service\"?",
    .is_saved = true,
};

static int open_all(void **state)
{
    (void)state;
    film_shoot_text(&run, quiet, 1u << 18);
    ui_list_init(&list);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    ui_list_fini(&list);
    film_close(&run);
    return 0;
}

static void draw(const struct ui_wrong *wrong)
{
    look.wrong = wrong;
    ui_list_clear(&list);
    ui_view_draw(&list, &run.film, &look);
    assert_false(list.failed);
}

static const struct ui_command *find(const char *what, uint32_t of)
{
    for (size_t i = 0; i < list.count; i++)
        if (list.at[i].kind == UI_TEXT && strcmp(list.at[i].what, what) == 0 &&
            list.at[i].of == of)
            return &list.at[i];
    return NULL;
}

static const char *text(const char *what, uint32_t of)
{
    const struct ui_command *c = find(what, of);
    return c ? ui_list_text(&list, c) : "";
}

static bool has(const char *said)
{
    for (size_t i = 0; i < list.count; i++)
        if (list.at[i].kind == UI_TEXT && strstr(ui_list_text(&list, &list.at[i]), said))
            return true;
    return false;
}

static void error_stands_beside_the_last_good_run(void **state)
{
    (void)state;
    ui_look_default(&look);
    look.at = SIM_S;
    draw(&plain);
    assert_true(has("orders.lua:12   seen is the last good run"));
    assert_string_equal(text("wrong", 0), plain.text);
    assert_string_equal(text("excerpt", 0), plain.excerpt);
    assert_string_equal(text("advice", 0), plain.advice);
    assert_true(has("Topology") && has("Quiet"));
    draw(NULL);
    assert_false(has("orders.lua:12"));
}

static void error_of_the_run_itself_says_nothing_of_another(void **state)
{
    (void)state;
    struct ui_wrong wrong = plain;
    wrong.is_saved = false;
    ui_look_default(&look);
    draw(&wrong);
    assert_true(has("orders.lua:12"));
    assert_false(has("last good run"));
}

static void long_words_go_on_in_the_next_line(void **state)
{
    (void)state;
    char words[700] = "", advice[720] = "", seen[1600] = "";
    for (int i = 0; i < 40; i++)
        snprintf(words + strlen(words), sizeof words - strlen(words), "word%d ", i);
    snprintf(advice, sizeof advice, "first\n%s", words);
    struct ui_wrong wrong = { "", words, "", advice, true };
    ui_look_default(&look);
    look.width = 800;
    draw(&wrong);
    for (uint32_t i = 0; find("wrong", i); i++)
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s ", text("wrong", i));
    assert_int_equal(strncmp(seen, words, strlen(words) - 1), 0);
    assert_non_null(find("wrong", 1));
    assert_string_equal(text("advice", 0), "first");
    assert_int_equal(strncmp(text("advice", 1), "word0 word1 ", 12), 0);
}

static void expect_well(const struct ui_wrong *wrong)
{
    draw(wrong);
    struct looks s = looks_of(&list, &look);
    if (s.first[0])
        print_error("%.0fx%.0f: %s\n", look.width, look.height, s.first);
    assert_int_equal(s.cut + s.outside + s.overlapping + s.covered + s.faint, 0);
}

static void it_looks_well_at_any_size(void **state)
{
    (void)state;
    static const double sizes[][2] = { { 800, 560 }, { 1024, 768 }, { 1920, 1080 } };
    struct ui_wrong bare = { "", "cannot read orders.lua: it is no file", "", "", true };
    for (size_t i = 0; i < 3; i++) {
        for (int light = 0; light < 2; light++) {
            ui_look_default(&look);
            look.at = SIM_S;
            look.width = sizes[i][0];
            look.height = sizes[i][1];
            look.theme = light ? &ui_theme_light : &ui_theme_dark;
            for (look.panel = UI_WHOLE; look.panel < UI_PANELS; look.panel++) {
                if (look.panel == UI_HEADER)
                    continue;
                expect_well(&plain);
                expect_well(&bare);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_stands_beside_the_last_good_run),
        cmocka_unit_test(error_of_the_run_itself_says_nothing_of_another),
        cmocka_unit_test(long_words_go_on_in_the_next_line),
        cmocka_unit_test(it_looks_well_at_any_size),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
