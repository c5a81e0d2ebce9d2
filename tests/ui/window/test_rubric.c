#define _GNU_SOURCE // setenv, open_memstream, mkdtemp
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/films.h"
#include "tests/ui/window/scene.h"
#include "ui/window/rubric.h"

// The sheet for whoever leads: what is on it, and that it is written by the window's real loop.

static char shop[] =
    "scenario('Summer *sale*', { duration = 12*s })\n"
    "local pace = knob('pace', 100, { min = 10, max = 400 })\n"
    "local shelf = service('shelf', { executor = threads(4), handler = io(4*ms) })\n"
    "client('people', { target = shelf, arrivals = constant(pace) })\n"
    "expect('nobody queues', { 'people.latency.p50', at_most = 10*ms,"
    " because = 'hands are free' })\n"
    "between(6*s, 9*s, shelf:slow(8))\n"
    "variant('rush_hour', { pace = 200 })\n";

static char *written(const struct ui_film *film, const struct ui_evidence *e)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ui_rubric_write(out, film, e, "test.lua, opened today", "digest at 12 s: 0");
    fclose(out);
    return text;
}

static void expect_in_order(const char *text, const char *const *lines)
{
    for (const char *at = text; *lines; lines++) {
        at = strstr(at, *lines);
        if (!at)
            fail_msg("\"%s\" is not there, or not in its place:\n%s", *lines, text);
        at += strlen(*lines);
    }
}

static unsigned count(const char *text, const char *what)
{
    unsigned n = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

static void sheet_has_what_is_true_the_scores_and_what_was_done(void **state)
{
    (void)state;
    struct film_run run = { 0 };
    struct ui_evidence e;
    struct ui_check check = { .state = SIM_FAILED, .claim = "nobody queues" };
    static const char *const lines[] = {
        "# For whoever leads: Summer \\*sale\\*\n",
        "test.lua, opened today. Not for the shared screen.",
        "## What is true\n",
        "- shelf slow x8, from 6 s to 9 s\n",
        "- nobody queues: does not hold\n",
        "## How it goes\n",
        "Before anything is broken",
        "Root cause",
        "## Scores\n",
        "### 1. Scoping and goals\n",
        "- [ ] **strong no**: ",
        "- [ ] **no**: ",
        "- [ ] **yes**: ",
        "- [ ] **strong yes**: ",
        "Evidence:\n",
        "### 6. Communication\n",
        "## What was done\n",
        "    0:00:04.000      12.500  # not a title\n",
        "    0:00:05.000      12.500  key x\n",
        "    digest at 12 s: 0\n",
        NULL
    };
    film_shoot_text(&run, shop, 1u << 18);
    assert_true(ui_film_check(&run.film, &check));
    ui_evidence_init(&e);
    ui_evidence_add(&e, 4000, (sim_time)12500 * SIM_MS, "# not a title");
    ui_evidence_add(&e, 5000, (sim_time)12500 * SIM_MS, "key x");
    char *text = written(&run.film, &e);
    expect_in_order(text, lines);
    assert_int_equal(count(text, "\nEvidence:\n"), 6);
    assert_int_equal(count(text, "- [ ] "), 24);
    assert_int_equal(count(text, "\n# "), 0); // one title, and none from a name or a key
    free(text);
    ui_evidence_fini(&e);
    film_close(&run);
}

static void sheet_may_be_written_before_anything_is_known(void **state)
{
    (void)state;
    struct ui_evidence e;
    static const char *const lines[] = { "# For whoever leads: a run\n",
                                         "Nothing is known of the run yet.\n",
                                         "## Scores\n", "    digest", NULL };
    ui_evidence_init(&e);
    char *text = written(NULL, &e);
    expect_in_order(text, lines);
    free(text);
}

static char *content(const char *file)
{
    static char text[1 << 16];
    FILE *f = fopen(file, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static void window_keeps_the_sheet(void **state)
{
    (void)state;
    struct scene s;
    char folder[] = "/tmp/convoy-sheet-XXXXXX", file[64];
    static const char *const lines[] = { "# For whoever leads: Summer",
                                         "- shelf crash, from 3 s to 8 s\n",
                                         "- shelf slow x8, from 6 s to 9 s\n",
                                         "- nobody queues: ",
                                         "- F2: rush\\_hour\n",
                                         "## Scores\n",
                                         "opened: as it stands, seed 1\n",
                                         "key Enter\n",
                                         "fault: shelf crash at 3 s for 5 s\n",
                                         "    digest at 12 s: ",
                                         NULL };
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/monday.md", folder);
    scene_define(&s, shop);
    s.def.at = (sim_time)3 * SIM_S;
    s.def.is_blind = true;
    s.def.sheet = file;
    scene_show(&s);
    scene_until_done(&s);
    push_text("k");
    push_key(SDLK_RETURN, KMOD_NONE);
    scene_step(&s);
    while (ui_window_forks(s.window))
        scene_step(&s);
    scene_until_done(&s);
    assert_true(ui_window_save_evidence(s.window));
    expect_in_order(content(file), lines);
    assert_int_equal(remove(file), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_false(ui_window_save_evidence(s.window)); // where it can be put no more
    scene_close(&s);
}

int main(void)
{
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sheet_has_what_is_true_the_scores_and_what_was_done),
        cmocka_unit_test(sheet_may_be_written_before_anything_is_known),
        cmocka_unit_test(window_keeps_the_sheet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
