#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scripts.h"

// A preset of a whole service is the same run as the service that its help spells out.

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const char *with_service(char *text, size_t size, const char *options)
{
    snprintf(text, size,
             "scenario(\"t\", {duration = 3*s})\n"
             "local db = service(\"db\", {executor = threads(9), handler = "
             "io(exponential(4*ms))})\n"
             "service(\"api\", %s)\n"
             "client(\"u\", {target = \"api\", arrivals = poisson(80), timeout(1*s)})\n",
             options);
    return text;
}

static void a_preset_is_what_its_help_says(void **state)
{
    static const struct {
        const char *preset, *service;
    } pairs[] = {
        { "fastapi {database = db, queries = 2, workers = 2, cores = 2, handler = python(1*ms)}",
          "(function() local pool = semaphore(10) return {cores = 2, runtime = cpython \"3.11\", "
          "executor = uvicorn {workers = 2}, handler = {python(0.78*ms), {python(0.1*ms), with(pool, "
          "call(db)), python(0.1*ms), with(pool, call(db)), python(1*ms)}, python(0.2*ms)}} end)()" },
        { "fastapi {database = db, driver = \"blocking\", query = 0, runtime = cpython \"3.13\"}",
          "{runtime = cpython \"3.13\", executor = uvicorn {}, handler = {python(0.78*ms), "
          "{blocking(call(db))}, python(0.2*ms)}}" },
        { "fastapi {database = db, driver = \"threads\", validation = 1*ms, response = 0}",
          "(function() local pool = semaphore(15) return {runtime = cpython \"3.11\", executor = "
          "uvicorn {}, handler = {python(1.58*ms), run_in_executor(threads(40), {python(0.1*ms), "
          "with(pool, call(db))})}} end)()" },
        { "fastapi {server = 0, framework = 1*ms, handler = io(2*ms), timeout(50*ms)}",
          "{timeout(50*ms), runtime = cpython \"3.11\", executor = uvicorn {}, handler = "
          "{python(1.2*ms), io(2*ms), python(0.2*ms)}}" },
        { "django {database = db, queries = 2, workers = 3, cores = 2, backlog = 5}",
          "{cores = 2, runtime = cpython \"3.11\", executor = gunicorn {workers = 3, backlog = 5}, "
          "handler = {python(0.31*ms), {python(0.28*ms), call(db), python(0.28*ms), call(db)}}}" },
        { "django {server = 1*ms, framework = 0, threads = 4, handler = function(req) "
          "await(io(3*ms)) end}",
          "{runtime = cpython \"3.11\", executor = gunicorn {threads = 4}, handler = {python(1*ms), "
          "function(req) await(io(3*ms)) end}}" },
    };
    char preset[2048], service[2048];
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        with_service(preset, sizeof preset, pairs[i].preset);
        with_service(service, sizeof service, pairs[i].service);
        if (script_digest(preset, 1) == script_digest(service, 1))
            continue;
        print_error("differ:\n  %s\n  %s\n", pairs[i].preset, pairs[i].service);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static double memory_of(const char *options)
{
    char text[2048];
    struct scn_result r;
    script_run(with_service(text, sizeof text, options), NULL, 1, &r);
    double bytes = script_measure(&r, "api.memory_max");
    scn_result_close(&r);
    return bytes;
}

// Beside that of interpreters, which the runtime says. Each process of uvicorn is a replica, of which
// the largest counts; one of gunicorn is the arbiter and its workers.
static void a_preset_has_the_memory_of_its_framework(void **state)
{
    const char *const runtime = "runtime = cpython(\"3.11\", {process_memory = 20*MB, "
                                "fork_memory = 2*MB, task_memory = 0, thread_memory = 0})";
    static const struct {
        const char *options;
        double least, most; // the shared pages that workers of gunicorn touch are a guess
    } cases[] = {
        { "fastapi {handler = io(0), workers = 2, %s}", 34.7e6, 34.7e6 },
        { "fastapi {handler = io(0), memory = 100*MB, %s}", 120e6, 120e6 },
        { "{executor = uvicorn {memory = 5*MB}, handler = io(0), %s}", 25e6, 25e6 },
        { "django {handler = io(0), workers = 2, %s}", 75.2e6, 111.2e6 },
        { "django {handler = io(0), memory = 0, %s}", 22e6, 40e6 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char options[512];
        snprintf(options, sizeof options, cases[i].options, runtime);
        double bytes = memory_of(options);
        if (bytes < cases[i].least - 1 || bytes > cases[i].most + 1)
            fail_msg("%s: %.0f bytes", options, bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preset_has_the_memory_of_its_framework),
        cmocka_unit_test(a_preset_is_what_its_help_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
