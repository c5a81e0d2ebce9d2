#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/world/meter.h"
#include "tests/support/worlds.h"

// Messages, and transactions in which they are rows: what is done in one, what is done beside it,
// and what a crash leaves of either. The sender is "api", who reads is "mailer", of 100 ms.

#define MS (sim_time) SIM_MS

enum {
    MAILER,
    API
};

struct effects {
    uint32_t order, mail;
};

static int open_world(void **state)
{
    *state = world_open(100);
    return 0;
}

static int close_world(void **state)
{
    sim_model_close(*state);
    return 0;
}

static struct sim_service_def mailer(void)
{
    struct sim_service_def def = service_def("mailer", 10);
    def.executor.broker = (struct sim_broker_def){ .is_used = true, .acks_late = true };
    return def;
}

static struct effects add_mailer(struct sim_model *m)
{
    struct sim_service_def def = mailer();
    struct effects e = {
        sim_model_effect(m, &(struct sim_effect_def){ .name = "order" }),
        sim_model_effect(m, &(struct sim_effect_def){ .name = "mail" }),
    };
    sim_model_follow(m, e.mail, e.order);
    add_service(m, &def, do_list(m, STEPS(do_io(m, 0.1), do_effect(m, e.mail))));
    return e;
}

static int64_t total(const struct sim_run *run, uint32_t effect, enum sim_effect_count what)
{
    uint32_t windows;
    sim_run_window_edges(run, &windows);
    return sim_meter_count(sim_run_effect_meter(run, effect), 0, windows,
                           (enum sim_count)what);
}

// One request of "api", at 0.
static struct sim_run *run_one(struct sim_model *m, uint32_t handler,
                               const struct sim_fault *f)
{
    add_plain(m, "api", 4, handler);
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, f, f ? 1 : 0);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static void expect(const struct sim_run *run, const struct effects *e, const int64_t *is)
{
    assert_int_equal(total(run, e->order, SIM_EFFECT_DONE), is[0]);
    assert_int_equal(total(run, e->mail, SIM_EFFECT_DONE), is[1]);
    assert_int_equal(total(run, e->mail, SIM_EFFECT_DUPLICATES), is[2]);
    assert_int_equal(total(run, e->mail, SIM_EFFECT_LOST), is[3]);
    assert_int_equal(total(run, e->mail, SIM_EFFECT_INVENTED), is[4]);
}

#define EXPECT(run, e, ...) expect(run, &(e), (const int64_t[]){ __VA_ARGS__ })

static struct sim_fault crash(uint32_t service, sim_time at)
{
    return (struct sim_fault){ .kind = SIM_FAULT_CRASH,
                               .target = { service, SIM_NONE, SIM_NONE },
                               .begin = at,
                               .end = at + 10 * MS };
}

static void nobody_waits_for_a_message(void **state)
{
    struct sim_model *m = *state;
    struct effects e = add_mailer(m);
    struct sim_run *run = run_one(m, do_publish(m, "mailer", 0), NULL);
    assert_int_equal(only_latency(run, 0), 0);
    assert_int_equal(replica_total(run, MAILER, 0, SIM_ENDED + SIM_OK), 1);
    assert_int_equal(replica_total(run, MAILER, 0, SIM_GHOSTS), 0);
    EXPECT(run, e, 0, 1, 0, 0, 1);
    sim_run_close(run);
}

static void a_mail_that_comes_before_its_order_was_not_invented(void **state)
{
    struct sim_model *m = *state;
    struct effects e = add_mailer(m);
    uint32_t late =
        do_list(m, STEPS(do_publish(m, "mailer", 0), do_io(m, 1), do_effect(m, e.order)));
    struct sim_run *run = run_one(m, late, NULL);
    EXPECT(run, e, 1, 1, 0, 0, 0);
    sim_run_close(run);
}

static uint32_t in_outbox(struct sim_model *m, const struct effects *e, uint32_t last)
{
    return do_transaction(m, do_list(m, STEPS(do_effect(m, e->order),
                                              do_publish(m, "mailer", SIM_OUTBOX), last)));
}

static void a_row_sets_out_when_its_transaction_commits(void **state)
{
    struct sim_model *m = *state;
    struct effects e = add_mailer(m);
    struct sim_run *run = run_one(m, in_outbox(m, &e, do_io(m, 99.95)), NULL);
    EXPECT(run, e, 1, 0, 0, 1, 0); // under way, 50 ms before the end
    sim_run_close(run);
}

// What ends a transaction badly, and that nothing is left of it.
static void expect_nothing(struct sim_model *m, const struct effects *e, uint32_t handler,
                           const struct sim_fault *f)
{
    struct sim_run *run = run_one(m, handler, f);
    EXPECT(run, *e, 0, 0, 0, 0, 0);
    assert_int_equal(replica_total(run, MAILER, 0, SIM_ARRIVED), 0);
    sim_run_close(run);
}

static void a_failure_rolls_it_back(void **state)
{
    struct effects e = add_mailer(*state);
    expect_nothing(*state, &e, in_outbox(*state, &e, do_fail(*state, 500)), NULL);
}

static void a_failure_that_is_caught_outside_rolls_it_back(void **state)
{
    struct sim_model *m = *state;
    struct effects e = add_mailer(m);
    expect_nothing(m, &e, do_try_any(m, in_outbox(m, &e, do_fail(m, 500)), do_io(m, 0)),
                   NULL);
}

static void a_timeout_around_it_rolls_it_back(void **state)
{
    struct sim_model *m = *state;
    struct effects e = add_mailer(m);
    expect_nothing(m, &e, with_timeout(m, 1, in_outbox(m, &e, do_io(m, 2))), NULL);
}

static void a_crash_in_it_rolls_it_back(void **state)
{
    struct effects e = add_mailer(*state);
    struct sim_fault f = crash(API, 500 * MS);
    expect_nothing(*state, &e, in_outbox(*state, &e, do_io(*state, 1)), &f);
}

static void a_reply_in_it_commits(void **state)
{
    struct sim_model *m = *state;
    struct effects e = add_mailer(m);
    struct sim_run *run = run_one(m, in_outbox(m, &e, do_reply(m, 201)), NULL);
    EXPECT(run, e, 1, 1, 0, 0, 0);
    sim_run_close(run);
}

static void a_crash_after_it_takes_nothing_back(void **state)
{
    struct sim_model *m = *state;
    struct effects e = add_mailer(m);
    struct sim_fault f = crash(API, 500 * MS);
    uint32_t handler = do_list(m, STEPS(in_outbox(m, &e, do_io(m, 0.4)), do_io(m, 1)));
    struct sim_run *run = run_one(m, handler, &f);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_OK), 0);
    EXPECT(run, e, 1, 1, 0, 0, 0);
    sim_run_close(run);
}

// Dual writes: whichever comes first is there without the other.
static void a_crash_between_commit_and_message_loses_it(void **state)
{
    struct sim_model *m = *state;
    struct effects e = add_mailer(m);
    struct sim_fault f = crash(API, 500 * MS);
    uint32_t order = do_transaction(m, do_effect(m, e.order));
    uint32_t handler = do_list(m, STEPS(order, do_io(m, 1), do_publish(m, "mailer", 0)));
    struct sim_run *run = run_one(m, handler, &f);
    EXPECT(run, e, 1, 0, 0, 1, 0);
    sim_run_close(run);
}

static void without_outbox_a_message_does_not_wait_for_the_commit(void **state)
{
    struct sim_model *m = *state;
    struct effects e = add_mailer(m);
    uint32_t steps = do_list(
        m, STEPS(do_effect(m, e.order), do_publish(m, "mailer", 0), do_fail(m, 500)));
    struct sim_run *run = run_one(m, do_transaction(m, steps), NULL);
    EXPECT(run, e, 0, 1, 0, 0, 1);
    sim_run_close(run);
}

static void a_transaction_in_another_is_a_part_of_it(void **state)
{
    for (int fails = 0; fails < 2; fails++) {
        struct sim_model *m = world_open(10);
        struct effects e = add_mailer(m);
        uint32_t last = fails ? do_fail(m, 500) : do_io(m, 0.1);
        uint32_t both = do_list(m, STEPS(in_outbox(m, &e, do_io(m, 0)), do_io(m, 1), last));
        struct sim_run *run = run_one(m, do_transaction(m, both), NULL);
        if (fails)
            EXPECT(run, e, 0, 0, 0, 0, 0);
        else
            EXPECT(run, e, 1, 1, 0, 0, 0);
        sim_run_close(run);
        sim_model_close(m);
    }
    (void)state;
}

static void branches_are_in_the_transaction_around_them(void **state)
{
    struct sim_model *m = *state;
    struct effects e = add_mailer(m);
    uint32_t branch =
        do_list(m, STEPS(do_effect(m, e.order), do_publish(m, "mailer", SIM_OUTBOX)));
    uint32_t both = do_gather(m, 0, STEPS(branch, do_io(m, 0.5)));
    expect_nothing(m, &e, do_transaction(m, do_list(m, STEPS(both, do_fail(m, 500)))),
                   NULL);
}

// Delivered again, as whoever read it has died: twice, unless the reader knows it by its key.
static void a_message_is_delivered_again_where_its_reader_dies(void **state)
{
    struct sim_model *m = *state;
    struct effects e = { sim_model_effect(m, &(struct sim_effect_def){ .name = "order" }),
                         sim_model_effect(m, &(struct sim_effect_def){ .name = "mail" }) };
    struct sim_service_def def = mailer();
    struct sim_fault f = crash(MAILER, 50 * MS);
    sim_model_follow(m, e.mail, e.order);
    add_service(m, &def, do_list(m, STEPS(do_effect(m, e.mail), do_io(m, 0.1))));
    struct sim_run *run = run_one(m, in_outbox(m, &e, do_io(m, 0)), &f);
    EXPECT(run, e, 1, 1, 1, 0, 0);
    assert_int_equal(replica_total(run, MAILER, 0, SIM_REDELIVERED), 1);
    sim_run_close(run);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(nobody_waits_for_a_message),
        IN_A_WORLD(a_mail_that_comes_before_its_order_was_not_invented),
        IN_A_WORLD(a_row_sets_out_when_its_transaction_commits),
        IN_A_WORLD(a_failure_rolls_it_back),
        IN_A_WORLD(a_failure_that_is_caught_outside_rolls_it_back),
        IN_A_WORLD(a_timeout_around_it_rolls_it_back),
        IN_A_WORLD(a_crash_in_it_rolls_it_back),
        IN_A_WORLD(a_reply_in_it_commits),
        IN_A_WORLD(a_crash_after_it_takes_nothing_back),
        IN_A_WORLD(a_crash_between_commit_and_message_loses_it),
        IN_A_WORLD(without_outbox_a_message_does_not_wait_for_the_commit),
        cmocka_unit_test(a_transaction_in_another_is_a_part_of_it),
        IN_A_WORLD(branches_are_in_the_transaction_around_them),
        IN_A_WORLD(a_message_is_delivered_again_where_its_reader_dies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
