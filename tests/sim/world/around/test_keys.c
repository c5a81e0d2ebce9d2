#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model/lint.h"
#include "tests/support/worlds.h"

// Idempotency keys in a world: whose key it is, what is answered again, what a crash between an
// effect and its record comes to. The decisions themselves are those of tests/sim/policy.

#define S (sim_time) SIM_S

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

// One client that asks "pay" with a key at given times, again a second after a failure, and that
// waits for half a second each time.
struct shop {
    enum sim_call_key key;
    uint32_t attempts;
    double patience, gap;
    struct sim_idempotency_def def;
    bool has_store;
};

static struct shop usual(enum sim_recording record)
{
    struct shop s = { .key = SIM_KEY_OF_REQUEST,
                      .attempts = 4,
                      .patience = 0.5,
                      .gap = 1,
                      .def = { .rule = sim_idempotency_default() },
                      .has_store = true };
    s.def.rule.record = record;
    s.def.rule.lease = 2 * S;
    return s;
}

static uint32_t charge(struct sim_model *m)
{
    uint32_t e = sim_model_find_effect(m, "charge");
    if (e == SIM_NONE)
        e = sim_model_effect(m, &(struct sim_effect_def){ .name = "charge" });
    return do_effect(m, e);
}

static uint32_t with_keys(struct sim_model *m, const struct shop *s, uint32_t step)
{
    struct sim_sharing sharing = { .store = "db", .timeout = number(m, 0.1) };
    struct sim_policy p = { .kind = SIM_POLICY_IDEMPOTENCY };
    p.idempotency = sim_model_idempotency(m, &s->def, s->has_store ? &sharing : NULL);
    return sim_model_step(m, &(struct sim_step){ .kind = SIM_STEP_WITH,
                                                 .a = sim_model_policy(m, &p),
                                                 .b = step,
                                                 .value = SIM_NONE });
}

static void add_shop(struct sim_model *m, const struct shop *s, uint32_t work)
{
    const double at[] = { 1 };
    struct sim_call_def c = call_def("pay");
    struct sim_retry r = fixed_retry(s->attempts, s->gap);
    struct sim_store_def db = { .name = "db",
                                .connections = SIM_UNLIMITED,
                                .capacity = SIM_UNLIMITED };
    for (int i = 0; i < SIM_STORE_ACTIONS; i++)
        db.took[i] = number(m, 0.01);
    c.key = s->key;
    add_plain(m, "pay", 9, with_keys(m, s, work));
    if (s->has_store)
        sim_model_store(m, &db);
    uint32_t call = with_timeout(m, s->patience, do_call_as(m, &c));
    add_client(m, "shop", replay(m, at, 1), with_retry(m, &r, call));
}

struct totals {
    int64_t done, again, missing, ok, errors, replays, conflicts, mismatches;
};

static struct totals run_with(struct sim_model *m, const struct sim_fault *faults,
                              uint32_t n)
{
    uint32_t windows;
    world_seal(m);
    struct sim_run *run = run_faulted(m, 1, faults, n);
    assert_true(sim_run_books(run).balanced);
    sim_run_window_edges(run, &windows);
    const struct sim_meter *e = sim_run_effect_meter(run, 0);
    struct totals t = {
        .done = sim_meter_count(e, 0, windows, (enum sim_count)SIM_EFFECT_DONE),
        .again = sim_meter_count(e, 0, windows, (enum sim_count)SIM_EFFECT_DUPLICATES),
        .missing = sim_meter_count(e, 0, windows, (enum sim_count)SIM_EFFECT_MISSING),
        .ok = client_total(run, 0, SIM_ENDED + SIM_OK),
        .errors = client_total(run, 0, SIM_ENDED + SIM_ERROR),
        .replays = service_total(run, 0, SIM_REPLAYED),
        .conflicts = service_total(run, 0, SIM_CONFLICTS),
        .mismatches = service_total(run, 0, SIM_MISMATCHED),
    };
    sim_run_close(run);
    return t;
}

static struct totals totals(struct sim_model *m)
{
    return run_with(m, NULL, 0);
}

// A second of work, the effect in its middle.
static uint32_t second(struct sim_model *m)
{
    return do_list(m, STEPS(do_io(m, 0.5), charge(m), do_io(m, 0.5)));
}

static void the_second_attempt_is_told_what_the_first_has_done(void **state)
{
    struct sim_model *m = *state;
    struct shop s = usual(SIM_RECORD_WITH);
    add_shop(m, &s, second(m));
    struct totals t = totals(m); // given up at 1.5 s, done at 2.03 s, asked again at 2.5 s
    assert_int_equal(t.done, 1);
    assert_int_equal(t.again, 0);
    assert_int_equal(t.ok, 1);
    assert_int_equal(t.replays, 1);
    assert_int_equal(t.conflicts, 0);
}

static void who_comes_too_early_is_told_so(void **state)
{
    struct sim_model *m = *state;
    struct shop s = usual(SIM_RECORD_WITH);
    s.gap = 0.2;
    add_shop(m, &s, second(m));
    struct totals t = totals(m); // again at 1.7, 1.9 and, in time, 2.1 s
    assert_int_equal(t.conflicts, 2);
    assert_int_equal(t.replays, 1);
    assert_int_equal(t.ok, 1);
    assert_int_equal(t.done, 1);
}

static void or_waits_for_it(void **state)
{
    struct sim_model *m = *state;
    struct shop s = usual(SIM_RECORD_WITH);
    s.gap = 0.2;
    s.def.wait = (sim_time)(0.05 * SIM_S);
    add_shop(m, &s, second(m));
    struct totals t = totals(m); // again at 1.7 s, and answered before 2.2 s
    assert_int_equal(t.conflicts, 0);
    assert_int_equal(t.replays, 1);
    assert_int_equal(t.ok, 1);
    assert_int_equal(t.again, 0);
}

static void a_message_that_is_delivered_again_keeps_its_key(void **state)
{
    struct sim_model *m = *state;
    struct shop s = usual(SIM_RECORD_WITH);
    const double at[] = { 1 };
    struct sim_call_def c = call_def("pay");
    struct sim_service_def def = service_def("pay", 4);
    def.executor.broker =
        (struct sim_broker_def){ .is_used = true, .prefetch = 1, .acks_late = true };
    def.executor.broker.visibility = (sim_time)(0.4 * SIM_S);
    s.has_store = false;
    s.def.wait = (sim_time)(0.05 * SIM_S);
    c.key = s.key;
    struct sim_route_def r = { .step = with_keys(m, &s, second(m)) };
    def.first_route = sim_model_route(m, &r);
    def.routes = 1;
    sim_model_service(m, &def);
    add_client(m, "shop", replay(m, at, 1), do_call_as(m, &c));
    struct totals t = totals(m); // delivered again at 1.4 and 1.8 s, done at 1.5
    assert_int_equal(t.done, 1);
    assert_int_equal(t.again, 0);
    assert_int_equal(t.ok, 1);
}

static void without_a_key_it_is_done_again(void **state)
{
    struct sim_model *m = *state;
    struct shop s = usual(SIM_RECORD_WITH);
    s.key = SIM_NO_KEY;
    add_shop(m, &s, second(m));
    struct totals t = totals(m);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.again, 3);
}

static void so_it_is_with_a_key_for_each_attempt(void **state)
{
    struct sim_model *m = *state;
    struct shop s = usual(SIM_RECORD_WITH);
    s.key = SIM_KEY_OF_ATTEMPT;
    add_shop(m, &s, second(m));
    assert_int_equal(totals(m).again, 3);
}

static void where_a_key_is_required_there_is_no_work_without(void **state)
{
    struct sim_model *m = *state;
    struct shop s = usual(SIM_RECORD_WITH);
    s.key = SIM_NO_KEY;
    s.def.is_required = true;
    add_shop(m, &s, second(m));
    struct totals t = totals(m);
    assert_int_equal(t.done, 0);
    assert_int_equal(t.errors, 1);
}

// The outer call is tried again, and each handler calls the bank.
static struct totals through_a_handler(struct sim_model *m, enum sim_call_key key)
{
    struct shop s = usual(SIM_RECORD_WITH);
    struct sim_call_def c = call_def("bank");
    c.key = key;
    s.key = SIM_NO_KEY;
    add_shop(m, &s, do_list(m, STEPS(do_io(m, 0.5), do_call_as(m, &c), do_io(m, 0.3))));
    add_plain(m, "bank", 9, with_keys(m, &s, charge(m)));
    return totals(m);
}

static void a_key_lasts_through_the_handlers_in_between(void **state)
{
    struct totals t = through_a_handler(*state, SIM_KEY_OF_REQUEST);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.again, 0);
}

static void unless_each_of_them_makes_its_own(void **state)
{
    struct totals t = through_a_handler(*state, SIM_KEY_OF_HANDLER);
    assert_int_equal(t.again, 3);
}

static void add_buyer(struct sim_model *m, const char *name, double amount, double at)
{
    uint32_t order = sim_model_field(m, "order"), paid = sim_model_field(m, "amount");
    struct sim_call_def call = call_def("pay");
    call.key = SIM_KEY_OF_FIELDS;
    call.key_per[call.key_per_count++] = order;
    struct sim_client_def c = { .step = do_call_as(m, &call), .fields = 2 };
    c.arrivals = replay(m, &at, 1);
    snprintf(c.name, sizeof c.name, "%s", name);
    c.first_field = sim_model_field_set(m, (struct sim_field_set){ order, number(m, 7) });
    sim_model_field_set(m, (struct sim_field_set){ paid, number(m, amount) });
    sim_model_client(m, &c);
}

static void the_same_key_for_something_else_is_a_mistake(void **state)
{
    struct sim_model *m = *state;
    struct shop s = usual(SIM_RECORD_WITH);
    struct sim_value amount = { .kind = SIM_VALUE_FIELD,
                                .a = sim_model_field(m, "amount") };
    s.has_store = false;
    s.def.rule.checks_fingerprint = true;
    s.def.fingerprint = sim_model_value(m, &amount);
    add_plain(m, "pay", 9, with_keys(m, &s, second(m)));
    add_buyer(m, "one", 10, 1);
    add_buyer(m, "two", 11, 1.5);
    add_buyer(m, "three", 10, 1.6);
    add_buyer(m, "four", 10, 3);
    struct totals t = totals(m);
    assert_int_equal(t.mismatches, 1);
    assert_int_equal(t.conflicts, 1);
    assert_int_equal(t.replays, 1);
    assert_int_equal(t.done, 1);
}

// ---- Answers ----

static void a_reply_is_given_again(void **state)
{
    struct sim_model *m = *state;
    struct shop s = usual(SIM_RECORD_WITH);
    uint32_t replies = do_list(m, STEPS(do_io(m, 0.9), charge(m), do_reply(m, 202)));
    add_shop(m, &s, with_timeout(m, 5, replies));
    struct totals t = totals(m);
    assert_int_equal(t.replays, 1);
    assert_int_equal(t.ok, 1);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.again, 0);
}

// Of work that fails nothing is left where the effect is in one with the record.
static struct totals failing(struct sim_model *m, bool replays_errors)
{
    struct shop s = usual(SIM_RECORD_WITH);
    s.patience = 5;
    s.def.rule.replays_errors = replays_errors;
    add_shop(m, &s, do_list(m, STEPS(charge(m), do_fail(m, 500))));
    return totals(m);
}

static void an_error_is_given_again(void **state)
{
    struct totals t = failing(*state, true);
    assert_int_equal(t.replays, 3);
    assert_int_equal(t.errors, 1);
    assert_int_equal(t.done, 0);
}

static void or_the_work_is_done_again(void **state)
{
    struct totals t = failing(*state, false);
    assert_int_equal(t.replays, 0);
    assert_int_equal(t.errors, 1);
}

// ---- Crashes: at 1.7 s, between the effect and the end of the work ----

static struct totals crashed(struct sim_model *m, const struct shop *s)
{
    struct sim_fault crash = { .kind = SIM_FAULT_RESTART,
                               .target = { 0, SIM_NONE, SIM_NONE },
                               .begin = (sim_time)(1.7 * SIM_S),
                               .end = (sim_time)(1.7 * SIM_S) };
    add_shop(m, s, second(m));
    return run_with(m, &crash, 1);
}

static struct shop patient(enum sim_recording record)
{
    struct shop s = usual(record);
    s.patience = 5;
    return s;
}

static void in_one_with_its_record_it_happens_once(void **state)
{
    struct shop s = patient(SIM_RECORD_WITH);
    struct totals t = crashed(*state, &s); // the key is held until 3 s
    assert_int_equal(t.conflicts, 1);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.again, 0);
    assert_int_equal(t.missing, 0);
    assert_int_equal(t.ok, 1);
}

static void recorded_after_it_it_happens_twice(void **state)
{
    struct shop s = patient(SIM_RECORD_AFTER);
    struct totals t = crashed(*state, &s);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.again, 1);
}

// The effect comes at 1.51 s; so early a crash finds it still to come.
static void recorded_before_it_it_never_happens(void **state)
{
    struct sim_model *m = *state;
    struct shop s = patient(SIM_RECORD_BEFORE);
    struct sim_fault crash = { .kind = SIM_FAULT_RESTART,
                               .target = { 0, SIM_NONE, SIM_NONE },
                               .begin = (sim_time)(1.3 * SIM_S),
                               .end = (sim_time)(1.3 * SIM_S) };
    add_shop(m, &s, second(m));
    struct totals t = run_with(m, &crash, 1);
    assert_int_equal(t.ok, 1);
    assert_int_equal(t.done, 0);
    assert_int_equal(t.missing, 1);
}

// It is not missing any more once it has happened.
static void what_is_promised_may_still_come(void **state)
{
    struct sim_model *m = *state;
    struct shop s = usual(SIM_RECORD_BEFORE);
    s.patience = 0.1;
    s.gap = 0.1;
    add_shop(m, &s, second(m));
    struct totals t = totals(m);
    assert_int_equal(t.ok, 1);
    assert_int_equal(t.replays, 1);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.missing, 0);
}

static void recorded_late_all_who_ask_meanwhile_do_it(void **state)
{
    struct sim_model *m = *state;
    struct shop s = usual(SIM_RECORD_LATE);
    s.gap = 0.1;
    add_shop(m, &s, second(m));
    struct totals t = totals(m); // again at 1.6 s, at work then, and at 2.2 s answered
    assert_int_equal(t.done, 1);
    assert_int_equal(t.again, 1);
    assert_int_equal(t.replays, 1);
}

static void keys_in_memory_die_with_it(void **state)
{
    struct shop s = patient(SIM_RECORD_AFTER);
    s.has_store = false;
    struct totals t = crashed(*state, &s);
    assert_int_equal(t.conflicts, 0);
    assert_int_equal(t.again, 1);
}

// Longer at work than its lease: another has taken the key over, and has it.
static void who_has_lost_the_key_has_no_effect(void **state)
{
    struct sim_model *m = *state;
    struct shop s = usual(SIM_RECORD_WITH);
    s.def.rule.lease = (sim_time)(0.3 * SIM_S);
    add_shop(m, &s, do_list(m, STEPS(do_io(m, 2), charge(m), do_io(m, 0.5))));
    struct totals t = totals(m);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.again, 0);
}

// ---- The store ----

static struct totals without_store(struct sim_model *m, bool opens)
{
    struct shop s = patient(SIM_RECORD_WITH);
    struct sim_fault crash = { .kind = SIM_FAULT_CRASH,
                               .target = { 1, SIM_NONE, SIM_NONE },
                               .begin = 0,
                               .end = 90 * S };
    struct sim_sharing sharing = { .store = "db",
                                   .timeout = number(m, 0.1),
                                   .fails_open = opens };
    struct sim_policy p = { .kind = SIM_POLICY_IDEMPOTENCY };
    const double at[] = { 1 };
    struct sim_call_def c = call_def("pay");
    struct sim_store_def db = { .name = "db",
                                .connections = SIM_UNLIMITED,
                                .capacity = SIM_UNLIMITED };
    for (int i = 0; i < SIM_STORE_ACTIONS; i++)
        db.took[i] = number(m, 0.01);
    c.key = s.key;
    p.idempotency = sim_model_idempotency(m, &s.def, &sharing);
    add_plain(m, "pay", 9,
              sim_model_step(m, &(struct sim_step){ .kind = SIM_STEP_WITH,
                                                    .a = sim_model_policy(m, &p),
                                                    .b = second(m),
                                                    .value = SIM_NONE }));
    sim_model_store(m, &db);
    add_client(m, "shop", replay(m, at, 1), do_call_as(m, &c));
    return run_with(m, &crash, 1);
}

static void while_its_store_fails_nothing_is_done(void **state)
{
    struct totals t = without_store(*state, false);
    assert_int_equal(t.done, 0);
    assert_int_equal(t.ok, 0);
}

static void or_everything_without_a_key(void **state)
{
    struct totals t = without_store(*state, true);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.ok, 1);
}

// ---- Where the work is done ----

static void an_event_loop_and_its_branches_keep_them_too(void **state)
{
    struct sim_model *m = *state;
    struct shop s = usual(SIM_RECORD_WITH);
    struct sim_service_def app = loop_def("pay");
    struct sim_call_def c = call_def("pay");
    struct sim_retry r = fixed_retry(4, 1);
    const double at[] = { 1 };
    s.has_store = false;
    c.key = s.key;
    uint32_t both = do_gather(
        m, 0, STEPS(do_list(m, STEPS(do_sleep(m, 0.7), charge(m))), do_io(m, 0.9)));
    add_service(m, &app, with_keys(m, &s, both));
    add_client(m, "shop", replay(m, at, 1),
               with_retry(m, &r, with_timeout(m, 0.5, do_call_as(m, &c))));
    struct totals t = totals(m);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.again, 0);
    assert_int_equal(t.replays, 1);
}

// ---- What is remarked on ----

static void hear(void *ctx, int line, const char *text)
{
    char *heard = ctx;
    (void)line;
    strncat(heard, text, 2000 - strlen(heard));
}

static void a_lasting_key_is_enough_for_the_linter(void **state)
{
    static const enum sim_call_key keys[] = { SIM_NO_KEY, SIM_KEY_OF_ATTEMPT,
                                              SIM_KEY_OF_REQUEST, SIM_KEY_OF_HANDLER,
                                              SIM_KEY_OF_FIELDS };
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct sim_model *m = world_open(1);
        struct shop s = usual(SIM_RECORD_WITH);
        char heard[2048] = "";
        s.key = keys[i];
        add_shop(m, &s, second(m));
        world_seal(m);
        sim_model_lint(m, hear, heard);
        assert_int_equal(strstr(heard, "\"charge\"") != NULL, i < 2);
        sim_model_close(m);
    }
}

// ---- Whatever sends it once more ----

static uint32_t keeping(struct sim_model *m, uint32_t step)
{
    struct shop s = usual(SIM_RECORD_WITH);
    s.has_store = false;
    return with_keys(m, &s, step);
}

static void add_seller(struct sim_model *m, const char *whom, enum sim_call_key key)
{
    struct sim_call_def c = call_def(whom);
    c.key = key;
    add_client(m, "shop", burst(1, S), do_call_as(m, &c));
}

// What the two attempts of a hedge send has been made by their handler.
static void attempts_that_race_have_the_key_of_their_handler(void **state)
{
    struct sim_model *m = *state;
    struct sim_call_def bank = call_def("bank");
    struct sim_hedge_def h = { .rule = sim_hedge_of(SIM_HEDGE_PLAIN),
                               .on = sim_retry_default().on,
                               .budget = SIM_NO_BUDGET };
    bank.key = SIM_KEY_OF_HANDLER;
    h.rule.max_attempts = 2;
    h.rule.after = (sim_time)(0.2 * SIM_S);
    add_plain(m, "bank", 9, keeping(m, second(m)));
    add_plain(m, "pay", 9, with_hedge(m, &h, do_call_as(m, &bank)));
    add_seller(m, "pay", SIM_NO_KEY);
    struct totals t = totals(m);
    assert_int_equal(t.conflicts, 1);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.again, 0);
    assert_int_equal(t.ok, 1);
}

// A second of work, which the broker delivers again each 0.4 s.
static void a_message_delivered_twice_brings_its_key_each_time(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def worker = service_def("worker", 9);
    worker.executor.broker = (struct sim_broker_def){
        .is_used = true, .acks_late = true, .visibility = (sim_time)(0.4 * SIM_S)
    };
    add_service(m, &worker, keeping(m, second(m)));
    add_seller(m, "worker", SIM_KEY_OF_REQUEST);
    struct totals t = totals(m);
    assert_int_equal(t.conflicts, 2);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.again, 0);
    assert_int_equal(t.ok, 1);
}

// It has the slot of some request before it, but not its key.
static void a_probe_has_no_key(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def pay = service_def("pay", 9);
    struct sim_call_def c = call_def("pay");
    c.key = SIM_KEY_OF_REQUEST;
    for (int kind = 0; kind < SIM_PROBES; kind++) {
        pay.probes[kind].rule = sim_probe_default();
        pay.probes[kind].rule.period = S;
        pay.probes[kind].rule.timeout = S;
    }
    add_service(m, &pay, keeping(m, do_list(m, STEPS(charge(m), do_io(m, 0.5)))));
    add_client(m, "shop", poisson(m, 9), do_call_as(m, &c));
    struct totals t = totals(m);
    assert_true(t.ok > 700);
    assert_int_equal(t.replays, 0);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(the_second_attempt_is_told_what_the_first_has_done),
        IN_A_WORLD(who_comes_too_early_is_told_so),
        IN_A_WORLD(or_waits_for_it),
        IN_A_WORLD(a_message_that_is_delivered_again_keeps_its_key),
        IN_A_WORLD(without_a_key_it_is_done_again),
        IN_A_WORLD(so_it_is_with_a_key_for_each_attempt),
        IN_A_WORLD(where_a_key_is_required_there_is_no_work_without),
        IN_A_WORLD(a_key_lasts_through_the_handlers_in_between),
        IN_A_WORLD(unless_each_of_them_makes_its_own),
        IN_A_WORLD(the_same_key_for_something_else_is_a_mistake),
        IN_A_WORLD(a_reply_is_given_again),
        IN_A_WORLD(an_error_is_given_again),
        IN_A_WORLD(or_the_work_is_done_again),
        IN_A_WORLD(in_one_with_its_record_it_happens_once),
        IN_A_WORLD(recorded_after_it_it_happens_twice),
        IN_A_WORLD(recorded_before_it_it_never_happens),
        IN_A_WORLD(what_is_promised_may_still_come),
        IN_A_WORLD(recorded_late_all_who_ask_meanwhile_do_it),
        IN_A_WORLD(keys_in_memory_die_with_it),
        IN_A_WORLD(who_has_lost_the_key_has_no_effect),
        IN_A_WORLD(while_its_store_fails_nothing_is_done),
        IN_A_WORLD(or_everything_without_a_key),
        IN_A_WORLD(an_event_loop_and_its_branches_keep_them_too),
        IN_A_WORLD(attempts_that_race_have_the_key_of_their_handler),
        IN_A_WORLD(a_message_delivered_twice_brings_its_key_each_time),
        IN_A_WORLD(a_probe_has_no_key),
        cmocka_unit_test(a_lasting_key_is_enough_for_the_linter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
