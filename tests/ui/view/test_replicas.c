#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/films.h"
#include "ui/view/view.h"

// What the topology says of replicas that are not up. Each is something else in turn:
//   1 to 2 s: the first is down; 3 to 4 s: the second stops, for it serves until its pre-stop is
//   over; from 6 s the third starts, until its probe is answered; 8 to 11 s: it is not ready.

static const char *const world =
    "scenario(\"Replicas\", {duration = 12*s})\n"
    "local api = service(\"api\", {replicas = 3, handler = {[\"GET /\"] = io(10*ms), [\"GET /health\"] = io(0)},\n"
    "  readiness = {route = \"GET /health\", period_seconds = 0.2, failure_threshold = 1},\n"
    "  startup = {route = \"GET /health\", period_seconds = 0.2, initial_delay_seconds = 0.5},\n"
    "  drain = {pre_stop = 1*s, endpoint_lag = 0}})\n"
    "client(\"users\", {target = api, route = \"GET /\", arrivals = constant(50)})\n"
    "between(1*s, 2*s, api[1]:crash())\n"
    "between(3*s, 4.5*s, api[2]:stop())\n"
    "at(6*s, api[3]:restart())\n"
    "between(8.5*s, 11*s, api[3]:fail(1))\n";

struct seen {
    uint32_t marks[SIM_REPLICA_STATES];
    char text[96];
};

static struct seen see(const struct ui_film *film, double at)
{
    static const char *const names[] = { "replica up", "replica down", "replica starting",
                                         "replica not ready", "replica stopping" };
    struct seen seen = { .text = "" };
    struct ui_list list;
    struct ui_look look;
    ui_list_init(&list);
    ui_look_default(&look);
    look.at = (sim_time)(at * SIM_S);
    ui_view_draw(&list, film, &look);
    assert_false(list.failed);
    for (size_t i = 0; i < list.count; i++) {
        const struct ui_command *c = &list.at[i];
        for (int state = 0; state < SIM_REPLICA_STATES; state++)
            seen.marks[state] += strcmp(c->what, names[state]) == 0;
        if (strcmp(c->what, "replica states") == 0)
            snprintf(seen.text, sizeof seen.text, "%s", ui_list_text(&list, c));
    }
    ui_list_fini(&list);
    return seen;
}

static void expect(const struct ui_film *film, double at, enum sim_replica_state state,
                   const char *text)
{
    struct seen seen = see(film, at);
    assert_string_equal(seen.text, text);
    assert_int_equal(seen.marks[state], 1);
    assert_int_equal(seen.marks[SIM_REPLICA_UP], 2);
}

static void expect_nothing(const struct ui_film *film, double at)
{
    struct seen seen = see(film, at);
    assert_string_equal(seen.text, "");
    assert_int_equal(seen.marks[SIM_REPLICA_UP], 0);
}

static void replicas_that_are_not_up_have_a_mark_and_a_word(void **state)
{
    struct film_run run = { 0 };
    (void)state;
    film_shoot_text(&run, world, 1u << 16);
    expect_nothing(&run.film, 0.9);
    expect(&run.film, 1.5, SIM_REPLICA_DOWN, "1 down");
    expect_nothing(&run.film, 2.9);
    expect(&run.film, 3.5, SIM_REPLICA_STOPPING, "1 stopping");
    expect(&run.film, 4.2, SIM_REPLICA_DOWN, "1 down");
    expect(&run.film, 6.4, SIM_REPLICA_STARTING, "1 starting");
    expect_nothing(&run.film, 8.4);
    expect(&run.film, 9.5, SIM_REPLICA_UNREADY, "1 not ready");
    expect_nothing(&run.film, 11.8);
    film_close(&run);
}

static void all_at_once_are_told_together(void **state)
{
    struct film_run run = { 0 };
    (void)state;
    film_shoot_text(&run,
                    "scenario(\"Down\", {duration = 4*s})\n"
                    "local api = service(\"api\", {replicas = 20, handler = io(10*ms)})\n"
                    "client(\"users\", {target = api, arrivals = constant(50)})\n"
                    "for i = 1, 3 do between(1*s, 2*s, api[i]:crash()) end\n",
                    1u << 16);
    struct seen seen = see(&run.film, 1.5);
    assert_string_equal(seen.text, "3 down");
    assert_int_equal(seen.marks[SIM_REPLICA_DOWN], 0); // too many for a mark each
    expect_nothing(&run.film, 2.5);
    film_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replicas_that_are_not_up_have_a_mark_and_a_word),
        cmocka_unit_test(all_at_once_are_told_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
