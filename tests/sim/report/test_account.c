#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sim/report/account.h"
#include "sim/report/metric.h"
#include "sim/report/text.h"
#include "tests/sim/report/memory_sink.h"
#include "tests/support/worlds.h"

// Accounts: how each tenant's requests ended, and what the keys of a quota have used and cost.

static struct sim_run *whole(struct sim_model *m)
{
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static void add_tenant(struct sim_model *m, const char *name, double tenant,
                       struct sim_arrivals_def arrivals, uint32_t step)
{
    struct sim_client_def c = { .arrivals = arrivals, .step = step, .fields = 1 };
    uint32_t field = sim_model_field(m, "tenant");
    snprintf(c.name, sizeof c.name, "%s", name);
    c.first_field =
        sim_model_field_set(m, (struct sim_field_set){ field, number(m, tenant) });
    sim_model_client(m, &c);
}

static uint32_t add_quota(struct sim_model *m, double limit, double price, double overage)
{
    struct sim_limiter_def q = { .kind = SIM_LIMIT_FIXED_WINDOW,
                                 .limit = number(m, limit),
                                 .window = 4 * (sim_time)SIM_S,
                                 .burst = SIM_NONE,
                                 .status = 429,
                                 .is_quota = true,
                                 .lets_over = overage > 0,
                                 .price = price,
                                 .overage = overage,
                                 .name = "plan" };
    q.per[q.per_count++] = sim_model_field(m, "tenant");
    return sim_model_limiter(m, &q);
}

static double measured(const struct sim_run *run, const char *path)
{
    struct sim_metric k;
    struct sim_metric_error e;
    if (!sim_metric_parse(sim_run_model(run), path, &k, &e))
        fail_msg("%s: %s: %s", path, e.text, e.word);
    return sim_metric_measure(run, &k, 0, sim_run_now(run));
}

static void is(const struct sim_run *run, const char *path, double wanted)
{
    double x = measured(run, path);
    if (!(fabs(x - wanted) < 1e-9))
        fail_msg("%s is %.12g, not %.12g", path, x, wanted);
}

static void each_tenant_has_what_its_requests_came_to(void **state)
{
    (void)state;
    struct sim_model *m = world_open(10);
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.010));
    add_plain(m, "bad", SIM_UNLIMITED, do_fail(m, 500));
    add_tenant(m, "a", 1, burst(5, 0), do_call(m, "api"));
    add_tenant(m, "b", 1, burst(3, 0), do_call(m, "bad"));
    add_tenant(m, "c", 2, burst(1, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    is(run, "tenants.count", 2);
    is(run, "tenants[1].offered", 8);
    is(run, "tenants[1].ok", 5);
    is(run, "tenants[1].failed", 3);
    is(run, "tenants[2].goodput", 1);
    is(run, "tenants.ok", 6);
    is(run, "tenants.ok_per_s", 0.6);
    is(run, "tenants.fairness", 36.0 / (2 * 26));
    sim_run_close(run);
    sim_model_close(m);
}

// Five requests of the plain kind that has no task of its own, and of others.
static void a_request_that_gives_up_has_failed(void **state)
{
    (void)state;
    struct sim_model *m = world_open(10);
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 1.0));
    add_tenant(m, "a", 1, burst(2, 0), with_timeout(m, 0.5, do_call(m, "api")));
    add_tenant(m, "b", 2, burst(3, 0), with_timeout(m, 2, do_call(m, "api")));
    struct sim_run *run = whole(m);
    is(run, "tenants[1].failed", 2);
    is(run, "tenants[1].ok", 0);
    is(run, "tenants[2].ok", 3);
    is(run, "tenants.fairness", 0.5);
    sim_run_close(run);
    sim_model_close(m);
}

static void all_alike_is_fair_and_nothing_is_not_a_number(void **state)
{
    (void)state;
    struct sim_model *m = world_open(10);
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.010));
    add_tenant(m, "a", 1, burst(4, 0), do_call(m, "api"));
    add_tenant(m, "b", 2, burst(4, 0), do_call(m, "api"));
    add_tenant(m, "c", 3, burst(4, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    is(run, "tenants.fairness", 1);
    sim_run_close(run);
    sim_model_close(m);
    m = world_open(10);
    add_plain(m, "bad", SIM_UNLIMITED, do_fail(m, 500));
    add_tenant(m, "a", 1, burst(4, 0), do_call(m, "bad"));
    run = whole(m);
    assert_true(isnan(measured(run, "tenants.fairness")));
    sim_run_close(run);
    sim_model_close(m);
}

static void what_began_and_ended_before_the_warm_up_is_not_measured(void **state)
{
    (void)state;
    struct sim_model *m = world_open(10);
    struct sim_model_def def = *sim_model_about(m);
    def.warmup = 5 * (sim_time)SIM_S;
    sim_model_describe(m, &def);
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.010));
    add_tenant(m, "a", 1, burst(4, 0), do_call(m, "api"));
    add_tenant(m, "b", 1, burst(3, 6 * (sim_time)SIM_S), do_call(m, "api"));
    struct sim_run *run = whole(m);
    is(run, "tenants.offered", 3);
    is(run, "tenants.ok", 3);
    is(run, "tenants.ok_per_s", 0.6);
    sim_run_close(run);
    sim_model_close(m);
}

static void a_hard_quota_says_what_is_left_and_refuses_the_rest(void **state)
{
    (void)state;
    struct sim_model *m = world_open(10);
    add_plain(m, "api", SIM_UNLIMITED,
              with_limiter(m, add_quota(m, 3, 0.5, 0), do_io(m, 0.010)));
    add_tenant(m, "a", 1, burst(5, 0), do_call(m, "api"));
    add_tenant(m, "b", 2, burst(2, 9 * (sim_time)SIM_S), do_call(m, "api"));
    struct sim_run *run = whole(m);
    is(run, "plan[1].used", 3);
    is(run, "plan[1].refused", 2);
    is(run, "plan[1].over", 0);
    is(run, "plan[1].bill", 1.5);
    is(run, "plan[1].left", 3); // another window has begun
    is(run, "plan[2].left", 1);
    is(run, "plan.bill", 2.5);
    is(run, "plan.count", 2);
    is(run, "a.ok", 3);
    sim_run_close(run);
    sim_model_close(m);
}

static void a_soft_quota_lets_over_and_bills_it(void **state)
{
    (void)state;
    struct sim_model *m = world_open(10);
    add_plain(m, "api", SIM_UNLIMITED,
              with_limiter(m, add_quota(m, 3, 0.5, 2), do_io(m, 0.010)));
    add_tenant(m, "a", 1, burst(5, 0), do_call(m, "api"));
    struct sim_run *run = whole(m);
    is(run, "plan.used", 5);
    is(run, "plan.over", 2);
    is(run, "plan.refused", 0);
    is(run, "plan.bill", 3 * 0.5 + 2 * 2);
    is(run, "a.ok", 5);
    is(run, "api.rejected.rate_limit", 0);
    sim_run_close(run);
    sim_model_close(m);
}

// In a store the replicas' calls are on one bill; what passes while it fails is on none.
static void a_quota_in_a_store_bills_what_it_has_counted(void **state)
{
    (void)state;
    for (int by_script = 0; by_script < 2; by_script++) {
        struct sim_model *m = world_open(10);
        uint32_t d = number(m, 0.001);
        struct sim_store_def store = { .name = "redis",
                                       .took = { d, d, d },
                                       .connections = SIM_UNLIMITED,
                                       .capacity = SIM_UNLIMITED };
        struct sim_sharing sharing = { .store = "redis",
                                       .is_atomic = by_script,
                                       .fails_open = true,
                                       .timeout = number(m, 0.1) };
        sim_model_store(m, &store);
        struct sim_service_def api = service_def("api", SIM_UNLIMITED);
        api.replicas = 2;
        struct sim_limiter_def q =
            *sim_model_limiter_at(m, add_quota(m, 3, 0.5, by_script ? 2 : 0));
        uint32_t limiter = sim_model_shared_limiter(m, &q, &sharing);
        snprintf(q.name, sizeof q.name, "other");
        add_service(m, &api, with_limiter(m, limiter, do_io(m, 0.010)));
        add_tenant(m, "a", 1, steady(m, 1), do_call(m, "api"));
        world_seal(m);
        // Of ten calls, those at 8, 9 and so on meet no store.
        struct sim_fault f = { .kind = SIM_FAULT_CRASH,
                               .begin = 7500 * (sim_time)SIM_MS,
                               .end = SIM_NEVER };
        f.target.replica = f.target.route = SIM_NONE;
        struct sim_run *run = run_faulted(m, 1, &f, 1);
        double used = 0, refused = 0, over = 0;
        for (uint32_t i = 0; i < sim_run_accounts(run); i++) {
            struct sim_account_view a = sim_run_account(run, i);
            if (a.book != SIM_BOOK_QUOTAS + limiter)
                continue;
            used += (double)a.counts[SIM_ACCOUNT_USED];
            over += (double)a.counts[SIM_ACCOUNT_OVER];
            refused += (double)a.counts[SIM_ACCOUNT_REFUSED];
        }
        // Windows of 4 s with calls at each second: four each, of which one is beyond.
        assert_true(used + refused == 8);
        assert_true(over == (by_script ? 2 : 0));
        assert_true(refused == (by_script ? 0 : 2));
        sim_run_close(run);
        sim_model_close(m);
    }
}

static void what_no_tenant_and_no_quota_has_is_said(void **state)
{
    (void)state;
    struct sim_model *m = world_open(10);
    struct sim_metric k;
    struct sim_metric_error e;
    add_plain(m, "api", SIM_UNLIMITED, do_io(m, 0.010));
    add_quota(m, 1, 0, 0);
    add_tenant(m, "a", 1, burst(4, 0), do_call(m, "api"));
    world_seal(m);
    assert_false(sim_metric_parse(m, "tenants.okay", &k, &e));
    assert_string_equal(e.word, "okay");
    assert_false(sim_metric_parse(m, "tenants[nobody].ok", &k, &e));
    assert_string_equal(e.word, "nobody");
    assert_false(sim_metric_parse(m, "tenants[1].fairness", &k, &e));
    assert_false(sim_metric_parse(m, "plan.fairness", &k, &e));
    assert_false(sim_metric_parse(m, "plans.used", &k, &e));
    assert_true(sim_metric_parse(m, "plan.used_per_s", &k, &e));
    sim_model_close(m);
}

static void a_quota_that_nobody_asked_is_left_out(void **state)
{
    (void)state;
    for (int asked = 0; asked < 2; asked++) {
        struct memory_sink kept;
        struct sim_sink sink = memory_sink(&kept);
        struct sim_text_options options = sim_text_default();
        struct sim_model *m = world_open(10);
        uint32_t quota = add_quota(m, 3, 0.5, 0);
        add_plain(m, "api", SIM_UNLIMITED,
                  asked ? with_limiter(m, quota, do_io(m, 0.010)) : do_io(m, 0.010));
        add_tenant(m, "a", 1, burst(4, 0), do_call(m, "api"));
        struct sim_run *run = whole(m);
        struct sim_report report = { .run = run, .scenario = "Quota", .seed = 1 };
        sim_report_text_tables(&report, &options, &sink);
        assert_true((strstr(kept.text, "Quota") != NULL) == (asked == 1));
        free(kept.text);
        sim_run_close(run);
        sim_model_close(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_tenant_has_what_its_requests_came_to),
        cmocka_unit_test(a_request_that_gives_up_has_failed),
        cmocka_unit_test(all_alike_is_fair_and_nothing_is_not_a_number),
        cmocka_unit_test(what_began_and_ended_before_the_warm_up_is_not_measured),
        cmocka_unit_test(a_hard_quota_says_what_is_left_and_refuses_the_rest),
        cmocka_unit_test(a_soft_quota_lets_over_and_bills_it),
        cmocka_unit_test(a_quota_in_a_store_bills_what_it_has_counted),
        cmocka_unit_test(a_quota_that_nobody_asked_is_left_out),
        cmocka_unit_test(what_no_tenant_and_no_quota_has_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
