#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/drawn.h"
#include "tests/support/films.h"
#include "tests/ui/view/secrets.h"
#include "ui/view/view.h"

// What is kept from those who look, at each step of what is revealed: in shipped scenarios that have
// faults, knobs and variants, with everything on the screen that there can be.

static const char *const shipped[] = { "retry-storm", "cascade", "metastable",
                                       "blocked-loop", "circuit-breaker" };
#define SHIPPED (sizeof shipped / sizeof *shipped)

static const char note[] = "the reaper of idle connections has gone";
static const char differs[] = "with db crash from 12 s; dashed: without";
static const char *const said[] = {
    note, differs, "db crash", "the dam", "dam_breaks", NULL
};
static const struct ui_wrong wrong = { "storm.lua:12", "the dam has no lock",
                                       "dam_breaks(8)", "say dam_breaks(7)", false };

static const struct sim_fault crash = { .kind = SIM_FAULT_CRASH,
                                        .target = { 0, SIM_NONE, SIM_NONE },
                                        .begin = 12 * (sim_time)SIM_S,
                                        .end = SIM_NEVER,
                                        .label = "db crash" };

// Runs a scenario as its last variant has it, or as it stands.
static void shoot(struct film_run *r, const char *name, bool is_variant, bool is_crashed)
{
    struct film_run first = { 0 };
    static char variant[64];
    uint32_t n;
    film_shoot(&first, name, NULL, 1, 1u << 20);
    const struct scn_variant *v = scn_scenario_variants(first.result.scenario, &n);
    assert_true(n > 0);
    snprintf(variant, sizeof variant, "%s", v[n - 1].name);
    film_close(&first);
    *r = (struct film_run){ .added = &crash, .added_count = is_crashed };
    film_shoot(r, name, is_variant ? variant : NULL, 40, 1u << 20);
}

static unsigned told(const struct film_run *r, const struct ui_look *look, char *first)
{
    struct ui_list list;
    ui_list_init(&list);
    ui_view_draw(&list, &r->film, look);
    assert_false(list.failed);
    unsigned n = secrets_in(&list, r, said, first);
    ui_list_fini(&list);
    return n;
}

// Each panel, the sheet of keys, and a fault or a turn that is made ready; with both futures.
static unsigned told_anywhere(const struct film_run *r, struct ui_look look)
{
    char first[256];
    unsigned n = 0;
    struct ui_arm arm;
    ui_arm_default(&arm);
    arm.is_open = true;
    for (uint32_t what = 0; what < ui_arm_choices(&arm, &r->film, UI_ARM_WHAT); what++) {
        look.arm = &arm;
        arm.chosen[UI_ARM_WHAT] = what;
        n += told(r, &look, first);
        if (first[0] && look.blind != UI_BLIND_NOT)
            print_error("%s\n", first);
    }
    for (look.panel = UI_WHOLE; look.panel < UI_PANELS; look.panel++) {
        for (int i = 0; i < 8; i++) {
            look.arm = NULL;
            look.shows_keys = i & 1;
            look.presents = i & 2;
            look.is_beside = i & 4;
            n += told(r, &look, first);
            if (first[0] && look.blind != UI_BLIND_NOT)
                print_error("%s\n", first);
        }
    }
    return n;
}

static struct ui_look look_at(const struct film_run *other, double at, enum ui_blind blind)
{
    struct ui_look look;
    ui_look_default(&look);
    look.at = (sim_time)(at * SIM_S);
    look.blind = blind;
    look.note = note;
    look.differs = differs;
    look.wrong = &wrong;
    look.ghost = &other->film;
    look.has_transport = true;
    look.echo = "Space";
    look.has_pointer = true;
    return look;
}

static void nothing_secret_is_told_while_blind(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * SHIPPED; i++) {
        struct film_run run = { 0 }, other = { 0 };
        shoot(&run, shipped[i / 2], i % 2, true);
        shoot(&other, shipped[i / 2], i % 2, false);
        for (enum ui_blind b = UI_BLIND_NAMES; b < UI_BLINDS; b++) {
            assert_int_equal(told_anywhere(&run, look_at(&other, 0, b)), 0);
            assert_int_equal(told_anywhere(&run, look_at(&other, 13.5, b)), 0);
            assert_int_equal(told_anywhere(&run, look_at(&other, 40, b)), 0);
        }
        film_close(&run);
        film_close(&other);
    }
}

// Which preset is compared with which.
static void presets_that_are_compared_are_not_named_while_blind(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHIPPED; i++) {
        struct film_run run = { 0 }, other = { 0 };
        shoot(&run, shipped[i], true, true);
        shoot(&other, shipped[i], false, false);
        struct ui_look look = look_at(&other, 13.5, UI_BLIND_NOT);
        look.keeps = true;
        assert_true(told_anywhere(&run, look) > 10);
        for (look.blind = UI_BLIND_NAMES; look.blind < UI_BLINDS; look.blind++)
            assert_int_equal(told_anywhere(&run, look), 0);
        look.ghost = NULL;
        look.blind = UI_BLIND_NAMES;
        assert_int_equal(told_anywhere(&run, look), 0);
        film_close(&run);
        film_close(&other);
    }
}

// The same search in the picture that hides nothing: it finds what there is to be found.
static void search_finds_what_is_not_hidden(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHIPPED; i++) {
        struct film_run run = { 0 }, other = { 0 };
        shoot(&run, shipped[i], true, true);
        shoot(&other, shipped[i], true, false);
        assert_true(told_anywhere(&run, look_at(&other, 13.5, UI_BLIND_NOT)) > 10);
        film_close(&run);
        film_close(&other);
    }
}

// And each kind of secret, planted in a picture that is blind.
static void planted_leak_is_found(void **state)
{
    (void)state;
    struct film_run run = { 0 }, other = { 0 };
    shoot(&run, "retry-storm", true, true);
    shoot(&other, "retry-storm", true, false);
    struct ui_look look = look_at(&other, 13.5, UI_BLIND_CAUSES);
    const char *const leaks[] = { "db: slow x8",
                                  "db crash at 12 s",
                                  "Retry Storm",
                                  "retry-storm-2000ms.png",
                                  "F2 no retries",
                                  "attempts = 4",
                                  "attempts",
                                  "before the stall all is well",
                                  "why: every call that times out leaves work in the"
                                  " database, and sends more",
                                  note };
    for (size_t i = 0; i < sizeof leaks / sizeof *leaks; i++) {
        struct ui_list list;
        char first[256];
        ui_list_init(&list);
        ui_view_draw(&list, &run.film, &look);
        assert_int_equal(secrets_in(&list, &run, said, first), 0);
        struct ui_style style = { UI_SANS, 12, look.theme->text, UI_LEFT, false };
        ui_add_text(&list, "leak", 0, (struct ui_rect){ 0, 0, 1000, 20 }, style, leaks[i]);
        if (secrets_in(&list, &run, said, first) != 1)
            fail_msg("\"%s\" is not found", leaks[i]);
        ui_list_fini(&list);
    }
    film_close(&run);
    film_close(&other);
}

// ---- What the run will bring, and where ----

static unsigned count(const struct ui_list *l, enum ui_panel panel, const char *what)
{
    unsigned n = 0;
    for (size_t i = 0; i < l->count; i++)
        n += (panel == UI_WHOLE || l->at[i].panel == panel) &&
             strcmp(l->at[i].what, what) == 0;
    return n;
}

// Up to the fault that one of two runs has, both are the same picture to the last command: nothing
// in it, no scale and no place, knows of the time to come.
static void time_to_come_is_not_in_the_picture(void **state)
{
    (void)state;
    struct film_run run = { 0 }, other = { 0 };
    shoot(&run, "retry-storm", false, true);
    shoot(&other, "retry-storm", false, false);
    for (enum ui_blind b = UI_BLIND_MOMENTS; b < UI_BLINDS; b++) {
        struct ui_look look = look_at(&other, 11.9, b);
        for (int presents = 0; presents < 2; presents++) {
            look.presents = presents;
            for (look.panel = UI_TOPOLOGY; look.panel < UI_PANELS; look.panel++) {
                char *x = drawn_text(&run.film, &look), *y = drawn_text(&other.film, &look);
                assert_string_equal(x, y);
                free(x);
                free(y);
            }
        }
    }
    film_close(&run);
    film_close(&other);
}

static void each_step_reveals_what_it_says(void **state)
{
    (void)state;
    struct film_run run = { 0 };
    struct ui_list list;
    shoot(&run, "retry-storm", false, true);
    struct ui_look look = look_at(&run, 30, UI_BLIND_CAUSES);
    ui_list_init(&list);
    for (int b = UI_BLIND_CAUSES; b >= UI_BLIND_NOT; b--) {
        look.blind = (enum ui_blind)b;
        ui_list_clear(&list);
        ui_view_draw(&list, &run.film, &look);
        assert_int_equal(count(&list, UI_LANES, "panel") > 0, b < UI_BLIND_CAUSES);
        assert_int_equal(count(&list, UI_CHARTS, "busy") > 0, b < UI_BLIND_CAUSES);
        assert_int_equal(count(&list, UI_WHOLE, "fault") > 0, b < UI_BLIND_MOMENTS);
        assert_int_equal(count(&list, UI_WHOLE, "ghost") > 0, b < UI_BLIND_MOMENTS);
        assert_int_equal(count(&list, UI_WHOLE, "flag") > 0, b < UI_BLIND_MOMENTS);
        assert_int_equal(count(&list, UI_STRIP, "check") > 0, b < UI_BLIND_NAMES);
        assert_true(count(&list, UI_CHARTS, "goodput") > 0);
        assert_true(count(&list, UI_TOPOLOGY, "rate") > 0);
    }
    ui_list_fini(&list);
    film_close(&run);
}

// What tells of the inside of a system: of clients nothing is left out but tries.
static unsigned count_inside(const struct ui_list *l, const struct ui_film *f)
{
    static const char *const of_nodes[] = { "row label",  "row number",    "queue cell",
                                            "busy slot",  "empty",         "full",
                                            "failing",    "badge",         "replica down",
                                            "replica up", "replica states" };
    unsigned n = count(l, UI_TOPOLOGY, "tries again");
    for (size_t i = 0; i < l->count; i++) {
        const struct ui_command *c = &l->at[i];
        bool is_dot = c->kind == UI_DOT && c->of < f->edge_count;
        bool is_rate = strcmp(c->what, "rate") == 0;
        n += c->kind == UI_DOT && c->mark == UI_MARK_AGAIN;
        n += (is_dot || is_rate) && f->edges[c->of].from >= f->client_count;
        for (size_t k = 0; k < sizeof of_nodes / sizeof *of_nodes; k++)
            n += strcmp(c->what, of_nodes[k]) == 0 && c->panel == UI_TOPOLOGY &&
                 c->of >= f->client_count;
    }
    return n;
}

// No line, no worker, no colour of a service, and nothing that goes between services.
static void boxes_and_roads_tell_nothing_of_the_inside(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHIPPED; i++) {
        struct film_run run = { 0 };
        struct ui_list list;
        shoot(&run, shipped[i], false, true);
        struct ui_look look = look_at(&run, 30, UI_BLIND_CAUSES);
        ui_list_init(&list);
        for (int beside = 0; beside < 2; beside++) {
            look.is_beside = beside;
            look.presents = !beside;
            ui_list_clear(&list);
            ui_view_draw(&list, &run.film, &look);
            assert_int_equal(count_inside(&list, &run.film), 0);
            assert_true(count(&list, UI_TOPOLOGY, "name") > 1);
        }
        look.presents = false;
        look.blind = UI_BLIND_MOMENTS;
        ui_list_clear(&list);
        ui_view_draw(&list, &run.film, &look);
        assert_true(count_inside(&list, &run.film) > 10);
        ui_list_fini(&list);
        film_close(&run);
    }
}

// A road is as wide as its rate is high, so one whose rate is hidden is as wide whatever goes over it.
static void roads_are_no_wider_for_tries(void **state)
{
    (void)state;
    struct film_run run = { 0 };
    struct ui_list list;
    shoot(&run, "retry-storm", false, false);
    struct ui_look look = look_at(&run, 0, UI_BLIND_CAUSES);
    double width[2][8] = { 0 };
    ui_list_init(&list);
    for (int late = 0; late < 2; late++) {
        look.at = (late ? 30 : 15) * (sim_time)SIM_S; // before the stall, and in it
        ui_list_clear(&list);
        ui_view_draw(&list, &run.film, &look);
        for (size_t i = 0; i < list.count; i++)
            if (strcmp(list.at[i].what, "road") == 0 && list.at[i].of < 8)
                width[late][list.at[i].of] = list.at[i].width;
    }
    assert_int_equal(run.film.edge_count, 2);
    for (uint32_t e = 0; e < 2; e++)
        if (run.film.edges[e].from >= run.film.client_count)
            assert_true(width[0][e] == width[1][e]);
    ui_list_fini(&list);
    film_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_secret_is_told_while_blind),
        cmocka_unit_test(presets_that_are_compared_are_not_named_while_blind),
        cmocka_unit_test(search_finds_what_is_not_hidden),
        cmocka_unit_test(planted_leak_is_found),
        cmocka_unit_test(time_to_come_is_not_in_the_picture),
        cmocka_unit_test(each_step_reveals_what_it_says),
        cmocka_unit_test(boxes_and_roads_tell_nothing_of_the_inside),
        cmocka_unit_test(roads_are_no_wider_for_tries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
