#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/films.h"

// Which service threads and charts look into when nobody chose: the one that a scenario is about.

static void expect_subject(const struct film_run *r, const char *wanted)
{
    const struct ui_film *f = &r->film;
    uint32_t s = ui_film_focus(f);
    assert_true(s != SIM_NONE);
    assert_string_equal(f->nodes[f->client_count + s].name, wanted);
}

static void shipped_scenarios_look_into_what_they_are_about(void **state)
{
    (void)state;
    static const struct {
        const char *scenario, *subject;
    } about[] = {
        { "blocked-loop", "api" },      // whose event loop does what it should not
        { "control-plane", "plane" },   // the same, with two threads and a GIL
        { "fastapi-vs-django", "api" }, // and not the database that is slow for a while
        { "vanished-dependency", "shop" },
        { "cascade", "search" }, // slow; web and catalog only wait for it
        { "retry-storm", "db" },
        { "circuit-breaker", "db" }, // nothing is lost: the busiest
    };
    for (size_t i = 0; i < sizeof about / sizeof *about; i++) {
        struct film_run r = { 0 };
        film_shoot(&r, about[i].scenario, NULL, 0, 1u << 16);
        expect_subject(&r, about[i].subject);
        film_close(&r);
    }
}

// front's line is long since back is slow, and back has no line at all.
static void line_behind_others_is_theirs_unless_nobody_else_lost_anything(void **state)
{
    (void)state;
    struct film_run r = { 0 };
    film_shoot_text(
        &r,
        "scenario('Held up', { duration = 4*s })\n"
        "local back = service('back', { executor = threads(1), handler = io(9*ms) })\n"
        "local front = service('front', { executor = threads(4),"
        " handler = call(back) })\n"
        "client('users', { target = front, arrivals = constant(150) })\n",
        1u << 16);
    expect_subject(&r, "back");
    film_close(&r);
    film_shoot_text(
        &r,
        "scenario('Alone', { duration = 4*s })\n"
        "local back = service('back', { executor = threads(64), handler = io(99*ms) })\n"
        "local front = service('front', { executor = threads(4),"
        " handler = call(back) })\n"
        "client('users', { target = front, arrivals = constant(150) })\n",
        1u << 16);
    expect_subject(&r, "front");
    film_close(&r);
}

// A script without a service is refused, but a service that nobody calls is none that lost time.
static void without_load_it_is_the_first(void **state)
{
    (void)state;
    struct film_run r = { 0 };
    film_shoot_text(
        &r,
        "scenario('Idle', { duration = 1*s })\n"
        "local a = service('a', { executor = threads(1), handler = io(1*ms) })\n"
        "service('b', { executor = threads(1), handler = io(1*ms) })\n"
        "client('users', { target = a, arrivals = constant(0.1) })\n",
        1u << 12);
    expect_subject(&r, "a");
    film_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_scenarios_look_into_what_they_are_about),
        cmocka_unit_test(line_behind_others_is_theirs_unless_nobody_else_lost_anything),
        cmocka_unit_test(without_load_it_is_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
