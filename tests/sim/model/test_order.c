#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model/frame.h"
#include "sim/model/lint.h"
#include "tests/support/worlds.h"

// The order in which policies stand around a call: what is remarked on, and how it is written.

struct heard {
    char text[2048];
};

static void hear(void *ctx, int line, const char *text)
{
    struct heard *h = ctx;
    size_t n = strlen(h->text);
    snprintf(h->text + n, sizeof h->text - n, "%d: %s\n", line, text);
}

static uint32_t retried(struct sim_model *m, uint32_t step)
{
    struct sim_retry r = fixed_retry(3, 0.1);
    return with_retry(m, &r, step);
}

static uint32_t broken(struct sim_model *m, uint32_t step)
{
    struct sim_breaker_def def = { .rule = sim_breaker_of(SIM_BREAKER_R4J),
                                   .scheme = SIM_BREAKER_R4J };
    return with_breaker(m, sim_model_breaker(m, &def), step);
}

static uint32_t crowded(struct sim_model *m, uint32_t step)
{
    struct sim_concurrency_def def = { .rule = sim_concurrency_of(SIM_CONCURRENCY_AIMD) };
    return with_concurrency(m, sim_model_concurrency(m, &def), step);
}

static uint32_t limited(struct sim_model *m, uint32_t step)
{
    struct sim_limiter_def def = { .kind = SIM_LIMIT_GCRA,
                                   .limit = number(m, 9),
                                   .window = 9 };
    return with_limiter(m, sim_model_limiter(m, &def), step);
}

static uint32_t gated(struct sim_model *m, uint32_t step)
{
    return with_semaphore(m, sim_model_semaphore(m, "gate", 3), step);
}

static uint32_t pooled(struct sim_model *m, bool pools, uint32_t step)
{
    struct sim_bulkhead_def def = { .connect = SIM_NONE };
    def.rule = pools ? sim_connections_of(SIM_CONNECTIONS_SQLALCHEMY)
                     : sim_bulkhead_of(SIM_BULKHEAD_R4J);
    return with_bulkhead(m, &def, step);
}

static uint32_t keyed(struct sim_model *m, uint32_t step)
{
    struct sim_idempotency_def def = { .rule = sim_idempotency_default() };
    struct sim_policy p = { .kind = SIM_POLICY_IDEMPOTENCY };
    p.idempotency = sim_model_idempotency(m, &def, NULL);
    return sim_model_step(m, &(struct sim_step){ .kind = SIM_STEP_WITH,
                                                 .a = sim_model_policy(m, &p),
                                                 .b = step,
                                                 .value = SIM_NONE });
}

// Wraps a call by letters, outermost first: Retry, Breaker, Limit, Timeout, Semaphore, bulkHead,
// Connections, Fallback, idempotency by Keys.
static struct sim_model *model_of(const char *order, const char *route)
{
    struct sim_model *m = world_open(1);
    struct sim_call_def def = call_def("api");
    snprintf(def.route, sizeof def.route, "%s", route);
    struct sim_service_def api = service_def("api", 1);
    struct sim_route_def r = { .step = do_io(m, 0.001) };
    snprintf(r.name, sizeof r.name, "%s", route);
    api.first_route = sim_model_route(m, &r);
    api.routes = 1;
    sim_model_service(m, &api);
    uint32_t step = do_call_as(m, &def);
    for (size_t i = strlen(order); i-- > 0;)
        step = order[i] == 'R'   ? retried(m, step)
               : order[i] == 'B' ? broken(m, step)
               : order[i] == 'L' ? limited(m, step)
               : order[i] == 'T' ? with_timeout(m, 0.5, step)
               : order[i] == 'N' ? crowded(m, step)
               : order[i] == 'H' ? pooled(m, false, step)
               : order[i] == 'C' ? pooled(m, true, step)
               : order[i] == 'F' ? with_fallback(m, step, do_io(m, 0.001))
               : order[i] == 'K' ? keyed(m, step)
                                 : gated(m, step);
    add_client(m, "users", burst(1, 0), step);
    world_seal(m);
    return m;
}

static void expect_remark(const char *order, const char *route, const char *wanted)
{
    struct heard h = { "" };
    struct sim_model *m = model_of(order, route);
    sim_model_lint(m, hear, &h);
    sim_model_close(m);
    if (wanted ? !strstr(h.text, wanted) : h.text[0] != '\0')
        fail_msg("%s: wanted %s, remarks:\n%s", order, wanted ? wanted : "none", h.text);
}

static void the_usual_order_is_left_alone(void **state)
{
    (void)state;
    expect_remark("RBLTS", "", NULL);
    expect_remark("RB", "", NULL);
    expect_remark("RTS", "", NULL);
    expect_remark("BT", "", NULL);
    expect_remark("RBNT", "", NULL);
    expect_remark("RBLTH", "", NULL);
    expect_remark("TC", "", NULL);
    expect_remark("CT", "", NULL);  // one for each call
    expect_remark("TRT", "", NULL); // for all attempts, and for each
    expect_remark("FT", "", NULL);
    expect_remark("TFT", "", NULL);
}

static void another_order_is_remarked_on(void **state)
{
    (void)state;
    expect_remark("BRT", "", "breaker stands before retry");
    expect_remark("LBT", "", "rate_limit stands before breaker");
    expect_remark("SRT", "", "semaphore stands before retry");
    expect_remark("HRT", "",
                  "bulkhead stands before retry; the usual order is retry, breaker, "
                  "rate_limit, timeout, bulkhead");
    expect_remark("HT", "", "bulkhead stands before timeout");
    expect_remark("CBT", "", "connections stands before breaker");
    expect_remark("TB", "", "before the breaker, which so never hears");
    expect_remark("TN", "", "before the concurrency limit, which so never hears");
    expect_remark("NBT", "", "concurrency_limit stands before breaker");
    expect_remark("TR", "", "for each attempt put it behind");
    expect_remark("ST", "", "waiting for that has no limit");
    expect_remark("TF", "", "before the fallback, which so does not answer");
    expect_remark("TRF", "", "before the fallback, which so does not answer");
    expect_remark("KT", "", "around a client's call does nothing");
}

static void a_timeout_on_both_sides_of_a_breaker_is_heard_of(void **state)
{
    (void)state;
    expect_remark("TBT", "", NULL);
}

static void what_is_not_idempotent_is_not_to_be_tried_again(void **state)
{
    (void)state;
    expect_remark("RT", "POST /pay", "done again");
    expect_remark("RT", "PATCH /a", "done again");
    expect_remark("RT", "GET /a", NULL);
    expect_remark("RT", "POSTAGE", NULL);
    expect_remark("T", "POST /pay", NULL);
}

static void the_order_is_written_outermost_first(void **state)
{
    (void)state;
    struct sim_model *m = model_of("RBLTS", "");
    char text[200] = "";
    for (uint32_t i = 0; i < sim_frames(m); i++)
        if (sim_frame_at(m, i).kind == SIM_STEP_CALL)
            sim_frame_around(m, i, text, sizeof text);
    assert_string_equal(
        text,
        "retry 3 > breaker resilience4j > rate_limit gcra > timeout 0.5 s > semaphore gate");
    sim_model_close(m);
}

static void how_many_may_be_inside_is_written_too(void **state)
{
    (void)state;
    struct sim_model *m = model_of("THC", "");
    char text[200] = "";
    for (uint32_t i = 0; i < sim_frames(m); i++)
        if (sim_frame_at(m, i).kind == SIM_STEP_CALL)
            sim_frame_around(m, i, text, sizeof text);
    assert_string_equal(text, "timeout 0.5 s > bulkhead 25 > connections 15");
    sim_model_close(m);
}

static void an_order_that_has_no_room_is_cut_at_a_whole_policy(void **state)
{
    (void)state;
    struct sim_model *m = model_of("RT", "");
    char text[16] = "";
    for (uint32_t i = 0; i < sim_frames(m); i++)
        if (sim_frame_at(m, i).kind == SIM_STEP_CALL)
            sim_frame_around(m, i, text, sizeof text);
    assert_string_equal(text, "timeout 0.5 s");
    sim_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_order_is_left_alone),
        cmocka_unit_test(another_order_is_remarked_on),
        cmocka_unit_test(a_timeout_on_both_sides_of_a_breaker_is_heard_of),
        cmocka_unit_test(what_is_not_idempotent_is_not_to_be_tried_again),
        cmocka_unit_test(the_order_is_written_outermost_first),
        cmocka_unit_test(how_many_may_be_inside_is_written_too),
        cmocka_unit_test(an_order_that_has_no_room_is_cut_at_a_whole_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
