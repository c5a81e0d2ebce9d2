#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/random_world.h"

// What must hold in any world: nothing is lost, time is charged once, and only what was
// changed changes. Tried on worlds made at random.

enum {
    WORLDS = 150,
    RECORDS = 1 << 20
};

static void in_each_world(void (*check)(const struct random_world *w, uint64_t number))
{
    // Behind the first come some in which something rare was found once.
    const uint64_t more[] = { 237, 1048, 1682, 2073, 2654, 5196, 5751 };
    for (uint64_t i = 0; i < WORLDS + sizeof more / sizeof *more; i++) {
        uint64_t number = i < WORLDS ? i : more[i - WORLDS];
        struct random_world w;
        random_world_open(&w, number);
        check(&w, number);
        random_world_close(&w);
    }
}

static void fail_in(uint64_t number, const char *what)
{
    fail_msg("world %llu: %s", (unsigned long long)number, what);
}

// ---- Counts ----

static int64_t ends_of(const struct sim_meter *m)
{
    int64_t sum = 0;
    for (uint32_t o = 0; o < SIM_OUTCOMES; o++)
        sum += m->counts[SIM_ENDED + o];
    return sum;
}

static void check_counts(const struct sim_meter *m, uint64_t number)
{
    for (uint32_t i = 0; i < SIM_HOT_COUNTS; i++)
        if (m->counts[i] < 0)
            fail_in(number, "a count is negative");
}

static void check_replica(const struct sim_run *run, uint32_t service,
                          const struct sim_meter *m, uint64_t number)
{
    int64_t refused = 0;
    // A policy's refusal is counted where it is, whether or not it ends the visit there.
    for (uint32_t by = 0; by < SIM_BY_RATE_LIMIT; by++)
        refused += m->kept->rare[SIM_REFUSED + by - SIM_HOT_COUNTS];
    check_counts(m, number);
    if (ends_of(m) > m->counts[SIM_ARRIVED])
        fail_in(number, "more visits ended than arrived");
    if (refused > m->counts[SIM_ENDED + SIM_REJECTED])
        fail_in(number, "more refused than rejected");
    if (m->counts[SIM_GHOSTS] > ends_of(m) ||
        m->counts[SIM_WAITED] > m->counts[SIM_ARRIVED])
        fail_in(number, "more ghosts or waits than visits");
    uint32_t workers = sim_model_workers(sim_run_model(run), service);
    if (m->areas[SIM_BUSY_AREA] > (sim_wide)workers * (sim_wide)sim_run_now(run))
        fail_in(number, "a utilisation above 1");
}

static void check_books(const struct random_world *w, uint64_t number)
{
    struct sim_run *run = random_world_run(w, 1, 0, 0);
    struct sim_books books = sim_run_books(run);
    int64_t ended = 0, arrived = 0;
    for (uint32_t o = 0; o < SIM_OUTCOMES; o++)
        ended += books.ended[o];
    if (!books.balanced || books.arrived != ended + books.inside || books.inside < 0)
        fail_in(number, "the books do not balance");
    for (uint32_t i = 0; i < sim_model_clients(w->model); i++) {
        const struct sim_meter *m = sim_run_client_meter(run, i);
        check_counts(m, number);
        if (m->counts[SIM_ARRIVED] != ends_of(m) + sim_run_client_inside(run, i))
            fail_in(number, "requests of a client are lost");
        arrived += m->counts[SIM_ARRIVED];
    }
    if (arrived != books.arrived)
        fail_in(number, "books and clients differ");
    for (uint32_t i = 0; i < sim_model_services(w->model); i++)
        for (uint32_t j = 0; j < sim_model_replicas(w->model, i); j++)
            check_replica(run, i, sim_run_replica_meter(run, i, j), number);
    for (uint32_t i = 0; i < sim_run_edges(run); i++) {
        const struct sim_meter *m = sim_run_edge_at(run, i).meter;
        check_counts(m, number);
        if (ends_of(m) > m->counts[SIM_ATTEMPTED] ||
            m->counts[SIM_ARRIVED] > m->counts[SIM_ATTEMPTED])
            fail_in(number, "attempts of a call are lost");
    }
    sim_run_close(run);
}

static void books_balance(void **state)
{
    (void)state;
    in_each_world(check_books);
}

// ---- Time ----

// What the record says of each task's slot and of each place.
struct ledger {
    sim_time *spans;   // of the slot's task, so far
    sim_time *reached; // up to when they go without a gap
    bool *is_branch;
    uint32_t slots;
    int64_t time[64][SIM_CAUSES]; // of places
    uint64_t number;
};

static void note_begin(struct ledger *l, const struct sim_trace_record *r)
{
    l->spans[r->task] = 0;
    l->reached[r->task] = r->begin;
    l->is_branch[r->task] = r->code & SIM_TRACE_BRANCH;
}

// A visit is recorded from when it is sent; its own time begins when it arrives.
static void note_span(struct ledger *l, const struct sim_trace_record *r)
{
    if (r->end <= r->begin)
        fail_in(l->number, "a span without length");
    if (l->spans[r->task] > 0 && r->begin != l->reached[r->task])
        fail_in(l->number, "a gap or an overlap between two spans of a task");
    l->spans[r->task] += r->end - r->begin;
    l->reached[r->task] = r->end;
    if (!l->is_branch[r->task])
        l->time[r->place][r->code] += r->end - r->begin;
}

static void note_end(struct ledger *l, const struct sim_trace_record *r)
{
    if (l->spans[r->task] != r->end - r->begin)
        fail_in(l->number, "the causes of a task do not add up to its time");
}

static void read_record(struct ledger *l, const struct sim_trace_record *r)
{
    if (r->kind == SIM_TRACE_FAULT || r->kind == SIM_TRACE_REPLICA)
        return;
    if (r->task >= l->slots)
        fail_in(l->number, "a task beyond all slots");
    if (r->kind == SIM_TRACE_BEGIN)
        note_begin(l, r);
    else if (r->kind == SIM_TRACE_SPAN)
        note_span(l, r);
    else if (r->kind == SIM_TRACE_END)
        note_end(l, r);
}

static const struct sim_meter *meter_of(const struct sim_run *run, uint32_t place)
{
    const struct sim_model *m = sim_run_model(run);
    for (uint32_t i = 0; i < sim_model_services(m); i++) {
        if (place < sim_model_replicas(m, i))
            return sim_run_replica_meter(run, i, place);
        place -= sim_model_replicas(m, i);
    }
    return sim_run_client_meter(run, place);
}

static void check_time(const struct random_world *w, uint64_t number)
{
    if (w->has_probes)
        return;
    struct sim_run *run = random_world_run(w, 1, RECORDS, 0);
    const struct sim_trace *trace = sim_run_trace(run);
    struct ledger l = { .slots = 1 << 16, .number = number };
    l.spans = calloc(l.slots, sizeof *l.spans);
    l.reached = calloc(l.slots, sizeof *l.reached);
    l.is_branch = calloc(l.slots, sizeof *l.is_branch);
    assert_true(trace->count <= RECORDS);
    for (uint64_t i = 0; i < trace->count; i++)
        read_record(&l, sim_trace_at(trace, i));
    for (uint32_t place = 0; place < sim_run_places(run); place++)
        for (uint32_t cause = 0; cause < SIM_CAUSES; cause++)
            if (meter_of(run, place)->counts[SIM_TIME + cause] != l.time[place][cause])
                fail_in(number, "meters and record differ in the time of a cause");
    free(l.spans);
    free(l.reached);
    free(l.is_branch);
    sim_run_close(run);
}

static void causes_add_up_to_each_latency(void **state)
{
    (void)state;
    in_each_world(check_time);
}

// With arrivals that stop and time to drain nothing is inside at the end, and totals can be
// compared without any record.
static void causes_add_up_without_a_record(void **state)
{
    (void)state;
    struct sim_model *m = world_open(100);
    add_plain(
        m, "db", 3,
        do_list(m,
                STEPS(do_work(m, SIM_STEP_IO, drawn(m, sim_dist_exponential(0.004))),
                      do_work(m, SIM_STEP_NATIVE, drawn(m, sim_dist_exponential(0.001))))));
    struct sim_service_def api = service_def("api", 8);
    api.has_runtime = true;
    api.runtime = usual_gil();
    uint32_t two = do_fanout(m, 2, 0, do_call(m, "db"));
    add_service(m, &api, do_list(m, STEPS(do_python(m, 0.002), two, do_python(m, 0.001))));
    struct sim_arrivals_def a = { .kind = SIM_ARRIVE_POISSON };
    uint32_t first = sim_model_point(m, (struct sim_point){ 0, 250 });
    sim_model_point(m, (struct sim_point){ 20, 250 });
    sim_model_point(m, (struct sim_point){ 20, 0 });
    sim_model_point(m, (struct sim_point){ 100, 0 });
    a.rate = sim_model_value(
        m, &(struct sim_value){ .kind = SIM_VALUE_CURVE, .first = first, .count = 4 });
    add_client(m, "users", a, do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_int_equal(sim_run_books(run).inside, 0);
    assert_true(sim_run_books(run).arrived > 4000);
    for (uint32_t place = 0; place < 3; place++) {
        struct sim_hist *h =
            place < 2 ? service_latencies(run, place) : client_latencies(run, 0);
        const struct sim_meter *meter = meter_of(run, place);
        int64_t sum = 0;
        for (uint32_t cause = 0; cause < SIM_CAUSES; cause++)
            sum += meter->counts[SIM_TIME + cause];
        assert_true(h->head.sum == (sim_wide)sum);
        assert_int_equal(sim_hist_count(h), meter->counts[SIM_ENDED + SIM_OK]);
        free(h);
    }
    sim_run_close(run);
    sim_model_close(m);
}

// ---- What a run depends on, and what not ----

static uint64_t digest_of(const struct random_world *w, uint64_t seed, uint32_t records,
                          uint32_t splits)
{
    struct sim_run *run = random_world_run(w, seed, records, splits);
    uint64_t digest = sim_run_digest(run);
    sim_run_close(run);
    return digest;
}

static void check_again(const struct random_world *w, uint64_t number)
{
    if (digest_of(w, 1, 0, 0) != digest_of(w, 1, 0, 0))
        fail_in(number, "two runs of one seed differ");
}

static void same_seed_is_the_same_run(void **state)
{
    (void)state;
    in_each_world(check_again);
}

static void check_splits(const struct random_world *w, uint64_t number)
{
    if (digest_of(w, 1, 0, 0) != digest_of(w, 1, 0, 300))
        fail_in(number, "a run that pauses on its way differs");
}

static void stopping_on_the_way_changes_nothing(void **state)
{
    (void)state;
    in_each_world(check_splits);
}

static void events_of_the_moment_are_left(void **state)
{
    (void)state;
    struct sim_model *m = world_open(1);
    add_plain(m, "api", 1, do_io(m, 0.010));
    add_client(m, "users", steady(m, 100), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_open(m, 1, 0);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(sim_run_until(run, 0), SIM_GOING);
        assert_int_equal(sim_run_events(run), 0);
    }
    sim_run_until(run, 10 * SIM_MS);
    uint64_t events = sim_run_events(run);
    sim_run_until(run, 10 * SIM_MS);
    sim_run_until(run, 5 * SIM_MS);
    assert_int_equal(sim_run_events(run), events);
    assert_int_equal(sim_run_now(run), 10 * SIM_MS);
    sim_run_until(run, 10 * SIM_MS + 1);
    assert_true(sim_run_events(run) > events);
    sim_run_close(run);
    sim_model_close(m);
}

// Every count of every meter, too: with the record on, plain requests go another way.
static void check_tracing(const struct random_world *w, uint64_t number)
{
    struct sim_run *off = random_world_run(w, 1, 0, 0);
    struct sim_run *on = random_world_run(w, 1, 1024, 0);
    if (sim_run_digest(off) != sim_run_digest(on))
        fail_in(number, "a run that is traced differs");
    for (uint32_t place = 0; place < sim_run_places(off); place++)
        assert_memory_equal(meter_of(off, place)->counts, meter_of(on, place)->counts,
                            sizeof meter_of(off, place)->counts);
    assert_int_equal(sim_run_edges(off), sim_run_edges(on));
    for (uint32_t i = 0; i < sim_run_edges(off); i++)
        assert_memory_equal(sim_run_edge_at(off, i).meter->counts,
                            sim_run_edge_at(on, i).meter->counts,
                            sizeof meter_of(off, 0)->counts);
    sim_run_close(off);
    sim_run_close(on);
}

static void tracing_changes_nothing(void **state)
{
    (void)state;
    in_each_world(check_tracing);
}

// A burst of requests whose works are constant may be the same under two seeds.
static uint32_t same;

static void check_seeds(const struct random_world *w, uint64_t number)
{
    (void)number;
    same += digest_of(w, 1, 0, 0) == digest_of(w, 2, 0, 0);
}

static void other_seed_is_another_run(void **state)
{
    (void)state;
    same = 0;
    in_each_world(check_seeds);
    assert_true(same <= WORLDS / 50);
}

static uint64_t digest_with(double io, double timeout, double extra)
{
    struct sim_model *m = world_open(2);
    uint32_t handler = do_list(m, STEPS(do_io(m, io), do_io(m, extra)));
    add_plain(m, "api", 4, handler);
    add_client(m, "users", steady(m, 100), with_timeout(m, timeout, do_call(m, "api")));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    uint64_t digest = sim_run_digest(run);
    sim_run_close(run);
    sim_model_close(m);
    return digest;
}

static void charge_of_one_nanosecond_shows_in_the_digest(void **state)
{
    (void)state;
    uint64_t plain = digest_with(0.005, 1, 0);
    assert_true(plain != digest_with(0.005, 1, 1e-9));
    assert_true(plain != digest_with(0.005000001, 1, 0));
    assert_true(plain != digest_with(0.005, 0.004, 0));
}

static void timeout_that_never_fires_does_not_show(void **state)
{
    (void)state;
    assert_true(digest_with(0.005, 1, 0) == digest_with(0.005, 0.5, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(books_balance),
        cmocka_unit_test(causes_add_up_to_each_latency),
        cmocka_unit_test(causes_add_up_without_a_record),
        cmocka_unit_test(same_seed_is_the_same_run),
        cmocka_unit_test(stopping_on_the_way_changes_nothing),
        cmocka_unit_test(events_of_the_moment_are_left),
        cmocka_unit_test(tracing_changes_nothing),
        cmocka_unit_test(other_seed_is_another_run),
        cmocka_unit_test(charge_of_one_nanosecond_shows_in_the_digest),
        cmocka_unit_test(timeout_that_never_fires_does_not_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
