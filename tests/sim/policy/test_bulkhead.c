#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/policy/bulkhead.h"

// Bulkheads and pools of connections: who gets a place, who waits, and what becomes of connections.

#define S  (sim_time) SIM_S
#define MS (sim_time) SIM_MS

enum {
    ROOM = 40
};

static struct {
    struct sim_bulkhead b;
    struct sim_bulkhead_state s;
    struct sim_line_node nodes[ROOM];
    sim_time since[ROOM];
    struct sim_bulkhead_room room;
} k;

static void begin(struct sim_bulkhead b)
{
    memset(&k, 0, sizeof k);
    k.b = b;
    k.room = (struct sim_bulkhead_room){ k.since, k.nodes };
}

static struct sim_bulkhead places(uint32_t most, sim_time wait)
{
    struct sim_bulkhead b = sim_bulkhead_of(SIM_BULKHEAD_PLAIN);
    b.most = most;
    b.wait = wait;
    return b;
}

static struct sim_bulkhead pool(uint32_t kept, uint32_t overflow, sim_time idle)
{
    struct sim_bulkhead b = sim_connections_of(SIM_CONNECTIONS_PLAIN);
    b.kept = kept;
    b.most = kept + overflow;
    b.idle = idle;
    return b;
}

static enum sim_bulkhead_answer enter(uint32_t who, sim_time now)
{
    enum sim_bulkhead_answer would = sim_bulkhead_asks(&k.b, &k.s, &k.room, now);
    enum sim_bulkhead_answer is = sim_bulkhead_enter(&k.b, &k.s, &k.room, who, now);
    assert_int_equal(would, is);
    return is;
}

static uint32_t leave(sim_time now)
{
    return sim_bulkhead_leave(&k.b, &k.s, &k.room, now);
}

static void a_full_bulkhead_refuses_at_once(void **state)
{
    (void)state;
    begin(places(2, 0));
    assert_int_equal(enter(1, 0), SIM_BULKHEAD_PASSES);
    assert_int_equal(enter(2, 0), SIM_BULKHEAD_PASSES);
    assert_int_equal(enter(3, 0), SIM_BULKHEAD_REFUSES);
    assert_int_equal(leave(1), 0);
    assert_int_equal(enter(3, 1), SIM_BULKHEAD_PASSES);
    assert_int_equal(enter(4, 1), SIM_BULKHEAD_REFUSES);
}

static void a_place_goes_to_the_longest_waiter(void **state)
{
    (void)state;
    begin(places(1, 10 * MS));
    enter(1, 0);
    assert_int_equal(enter(2, 1), SIM_BULKHEAD_WAITS);
    assert_int_equal(enter(3, 2), SIM_BULKHEAD_WAITS);
    assert_int_equal(enter(4, 3), SIM_BULKHEAD_WAITS);
    sim_bulkhead_give_up(&k.s, &k.room, 3);
    assert_int_equal(leave(5), 2);
    assert_int_equal(k.s.used, 1);
    assert_int_equal(leave(6), 4);
    assert_int_equal(leave(7), 0);
    assert_int_equal(k.s.used, 0);
}

static void a_wait_is_over_after_its_last_instant(void **state)
{
    (void)state;
    begin(places(1, 10));
    enter(1, 0);
    enter(2, 5);
    assert_int_equal(sim_bulkhead_overdue(&k.b, &k.s, &k.room, 15), 0);
    assert_int_equal(sim_bulkhead_overdue(&k.b, &k.s, &k.room, 16), 2);
    assert_int_equal(leave(15), 2); // at the instant itself the place is its own
}

static void a_line_holds_as_many_as_it_may(void **state)
{
    (void)state;
    struct sim_bulkhead b = places(1, SIM_NEVER);
    b.queue = 2;
    begin(b);
    enter(1, 0);
    assert_int_equal(enter(2, 0), SIM_BULKHEAD_WAITS);
    assert_int_equal(enter(3, 0), SIM_BULKHEAD_WAITS);
    assert_int_equal(enter(4, 0), SIM_BULKHEAD_REFUSES);
    leave(1);
    assert_int_equal(enter(4, 1), SIM_BULKHEAD_WAITS);
    assert_int_equal(sim_bulkhead_overdue(&k.b, &k.s, &k.room, SIM_NEVER), 0);
}

// The first of 5 are opened as they are needed, the next 10 beyond them, and the 16th waits; what
// comes back is kept up to 5.
static void sqlalchemys_pool_keeps_five_and_opens_ten_more(void **state)
{
    (void)state;
    begin(sim_connections_of(SIM_CONNECTIONS_SQLALCHEMY));
    for (uint32_t who = 1; who <= 15; who++)
        assert_int_equal(enter(who, 0), SIM_BULKHEAD_OPENS);
    assert_int_equal(enter(16, 0), SIM_BULKHEAD_WAITS);
    assert_int_equal(sim_bulkhead_overdue(&k.b, &k.s, &k.room, 30 * S), 0);
    assert_int_equal(sim_bulkhead_overdue(&k.b, &k.s, &k.room, 30 * S + 1), 16);
    assert_int_equal(leave(1), 16);
    for (uint32_t i = 0; i < 15; i++)
        assert_int_equal(leave(2), 0);
    assert_int_equal(k.s.idle, 5);
    for (uint32_t who = 1; who <= 5; who++)
        assert_int_equal(enter(who, 3), SIM_BULKHEAD_PASSES);
    assert_int_equal(enter(6, 3), SIM_BULKHEAD_OPENS);
}

static void httpx_keeps_twenty_of_a_hundred_for_five_seconds(void **state)
{
    (void)state;
    begin(sim_connections_of(SIM_CONNECTIONS_HTTPX));
    assert_int_equal(k.b.most, 100);
    assert_int_equal(k.b.kept, 20);
    assert_int_equal(k.b.wait, 5 * S);
    enter(1, 0);
    leave(0);
    assert_int_equal(enter(1, 5 * S), SIM_BULKHEAD_PASSES); // idle for 5 s, and not longer
    leave(5 * S);
    assert_int_equal(enter(1, 10 * S + 1), SIM_BULKHEAD_OPENS);
}

static void hikaricp_keeps_ten_and_no_more(void **state)
{
    (void)state;
    struct sim_bulkhead b = sim_connections_of(SIM_CONNECTIONS_HIKARICP);
    assert_int_equal(b.most, 10);
    assert_int_equal(b.kept, 10);
    assert_int_equal(b.wait, 30 * S);
}

static void the_defaults_of_bulkheads_are_those_of_the_libraries(void **state)
{
    (void)state;
    assert_int_equal(sim_bulkhead_of(SIM_BULKHEAD_R4J).most, 25);
    assert_int_equal(sim_bulkhead_of(SIM_BULKHEAD_R4J).wait, 0);
    assert_int_equal(sim_bulkhead_of(SIM_BULKHEAD_POLLY).most, 1000);
    assert_int_equal(sim_bulkhead_of(SIM_BULKHEAD_POLLY).queue, 0);
    assert_int_equal(sim_bulkhead_of(SIM_BULKHEAD_HYSTRIX).most, 10);
    assert_int_equal(sim_bulkhead_of(SIM_BULKHEAD_HYSTRIX).wait, 0);
    assert_int_equal(sim_bulkhead_of(SIM_BULKHEAD_ENVOY).most, 1024);
    assert_int_equal(sim_bulkhead_of(SIM_BULKHEAD_ENVOY).queue, 1024);
}

// Two are kept; the first that came back is 10 old when the second is 5.
static void the_oldest_connection_goes_out_first_unless_told_otherwise(void **state)
{
    (void)state;
    for (int lifo = 0; lifo < 2; lifo++) {
        struct sim_bulkhead b = pool(2, 0, 12);
        b.lifo = lifo;
        begin(b);
        enter(1, 0);
        enter(2, 0);
        leave(0);
        leave(5);
        assert_int_equal(enter(1, 10), SIM_BULKHEAD_PASSES);
        // What is left came back at 0, or at 5.
        assert_int_equal(enter(2, 13), lifo ? SIM_BULKHEAD_OPENS : SIM_BULKHEAD_PASSES);
    }
}

static void a_broken_connection_leaves_its_place_to_who_opens_another(void **state)
{
    (void)state;
    begin(pool(1, 0, SIM_NEVER));
    enter(1, 0);
    enter(2, 0);
    assert_int_equal(sim_bulkhead_leave_broken(&k.s, &k.room), 2);
    assert_int_equal(k.s.used, 1);
    assert_int_equal(sim_bulkhead_leave_broken(&k.s, &k.room), 0);
    assert_int_equal(k.s.idle, 0); // nothing came back
    assert_int_equal(enter(3, 1), SIM_BULKHEAD_OPENS);
}

static void a_pool_that_keeps_none_opens_each(void **state)
{
    (void)state;
    begin(pool(0, 2, SIM_NEVER));
    assert_int_equal(enter(1, 0), SIM_BULKHEAD_OPENS);
    assert_int_equal(leave(1), 0);
    assert_int_equal(enter(1, 1), SIM_BULKHEAD_OPENS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_bulkhead_refuses_at_once),
        cmocka_unit_test(a_place_goes_to_the_longest_waiter),
        cmocka_unit_test(a_wait_is_over_after_its_last_instant),
        cmocka_unit_test(a_line_holds_as_many_as_it_may),
        cmocka_unit_test(sqlalchemys_pool_keeps_five_and_opens_ten_more),
        cmocka_unit_test(httpx_keeps_twenty_of_a_hundred_for_five_seconds),
        cmocka_unit_test(hikaricp_keeps_ten_and_no_more),
        cmocka_unit_test(the_defaults_of_bulkheads_are_those_of_the_libraries),
        cmocka_unit_test(the_oldest_connection_goes_out_first_unless_told_otherwise),
        cmocka_unit_test(a_broken_connection_leaves_its_place_to_who_opens_another),
        cmocka_unit_test(a_pool_that_keeps_none_opens_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
