#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/host/wrong.h"
#include "tests/support/scripts.h"

// What is wrong in a script, whatever it is about; and steps, values and expectations. Services, policies
// and faults have files of their own.

static void unknown_keys_name_the_nearest_and_all(void **state)
{
    static const struct wrong list[] = {
        { "service(\"x\", {handler = io(1), replica = 2})",
          "no key \"replica\"; did you mean \"replicas\"", "known: " },
        { "service(\"x\", {handler = python(req.ordr * 1*ms)}) client(\"y\", {target = \"x\", "
          "arrivals = poisson(1), req = {order = 7}})",
          "req.ordr: no client sends such a field; did you mean \"order\"?",
          "known: order" },
        { "service(\"x\", {handler = python(req.size * 1*ms)})",
          "req.size: no client sends such a field", "" },
        { "client(\"x\", {target = db, arrivals = poisson(1), routes = \"a\"})",
          "did you mean \"route\"", "known: " },
        { "host(\"h\", {core = 2})", "did you mean \"cores\"",
          "known: cores slice switch_cost tick memory restart" },
        { "link(db, db, {latencies = 1})", "did you mean \"latency\"", "known: latency" },
        { "cpython(\"3.12\", {switch_intervall = 1})", "did you mean \"switch_interval\"",
          "known: gil switch_interval" },
        { "threads(1, {queues = 1})", "did you mean \"queue\"",
          "known: queue discipline max_wait drop_expired lifo_from target interval grows" },
        { "python(1*ms, {holds_gil = true})", "no key \"holds_gil\"", NULL },
        { "native(1*ms, {hold_gil = true})", "did you mean \"holds_gil\"",
          "known: holds_gil" },
        { "processes(1, {started = \"fork\"})", "did you mean \"start\"",
          "known: start startup on_crash max_tasks memory" },
        { "gunicorn {worker = 2}", "did you mean \"workers\"",
          "known: workers worker_class" },
        { "celery {concurency = 2}", "did you mean \"concurrency\"",
          "known: concurrency pool" },
        { "subinterpreters(1, {start = 1})", "did you mean \"startup\"", "known: startup" },
        { "run_in_executor(false, io(1), {byte = 1})", "did you mean \"bytes\"",
          "known: bytes reply_bytes" },
        { "at(1, processes(1):crash {worker = 1})", "did you mean \"workers\"",
          "known: workers" },
        { "io(1*ms, {x = 1})", "no key \"x\"", NULL },
        { "blocking(1*ms, {x = 1})", "no key \"x\"", NULL },
        { "call(db, {deadlin = true})", "did you mean \"deadline\"",
          "known: route cancel deadline" },
        { "gather({io(1)}, {needs = 1})", "did you mean \"need\"", "known: need" },
        { "gather(2, io(1), {needs = 1})", "did you mean \"need\"", "known: need" },
        { "try(io(1), {errors = {}})", "did you mean \"error\"",
          "known: error timeout cancelled rejected lost any finally" },
        { "reply(200, {byte = 1})", "did you mean \"bytes\"", NULL },
        { "retry {max_attempt = 2}", "did you mean \"max_attempts\"",
          "known: max_attempts base factor cap" },
        { "rate_limit(\"gcra\", {limit = 1, burts = 2})", "did you mean \"burst\"",
          "known: limit window burst per only status" },
        { "semaphore(1, {nam = \"x\"})", "did you mean \"name\"", "known: name" },
        { "lock {nam = \"x\"}", "did you mean \"name\"", "known: name" },
        { "lognormal {median = 1, p9 = 2}", "did you mean \"p99\"", "known: median p99" },
        { "pareto {shap = 1, scale = 2}", "did you mean \"shape\"", "known: shape scale" },
        { "gamma {shape = 1, scales = 2}", "did you mean \"scale\"", "known: shape scale" },
        { "weibull {shape = 1, scale = 2, x = 1}", "no key \"x\"", "known: shape scale" },
        { "zipf {n = 1, s = 2, k = 1}", "no key \"k\"", "known: n s" },
        { "curve {{0, 1}, perod = 1}", "did you mean \"period\"", "known: period" },
        { "bursty {on = 1, off = 1, rate = 1, rates = 1}", "did you mean \"rate\"",
          "known: on off rate" },
        { "burst(1, {att = 1})", "did you mean \"at\"", "known: at" },
        { "closed(1, {thinks = 1})", "did you mean \"think\"", "known: think" },
        { "at(1, db:slow(1, {onyl = \"a\"}))", "did you mean \"only\"", NULL },
        { "at(1, db:crash {x = 1})", "no key \"x\"", NULL },
        { "knob(\"q\", 1, {maximum = 1})", "no key \"maximum\"", "known: min max unit" },
        { "knob(\"q\", true, {min = 1})", "no key \"min\"", NULL },
        { "variant(\"v\", {kk = 1})", "no knob \"kk\" above this line", "known: k" },
        { "expect(\"c\", {\"u.ok\", at_least = 1, becuase = \"x\"})",
          "did you mean \"because\"", "known: " },
    };
    (void)state;
    all_are_refused(list, COUNT(list));
}

static void what_is_not_there_yet_says_so(void **state)
{
    static const struct wrong list[] = {
        { "gateway(\"g\", {to = db})", "not there yet", NULL },
        { "local x = webhook", "not there yet", NULL },
        { "service(\"x\", {handler = io(1), autoscale = {}})",
          "\"autoscale\" is a key of the language that is not there yet", NULL },
        { "service(\"x\", {handler = io(1), cold = 1})", "not there yet", NULL },
        { "client(\"x\", {target = db, arrivals = poisson(1), count = 2})", "not there yet",
          NULL },
        { "client(\"x\", {target = db, arrivals = poisson(1), result = \"webhook\"})",
          "not there yet", NULL },
        { "client(\"x\", {target = db, arrivals = poisson(1), route = choose {{1, 2}}})",
          "not there yet", NULL },
        { "client(\"x\", {target = db, arrivals = poisson(1), cancel = 1*s})",
          "not there yet", NULL },
        { "link(db, db, {loss = 0.1})", "not there yet", NULL },
        { "call(db, {req = {}})", "not there yet", NULL },
        { "call(db, {cancel = 1*s})", "not there yet", NULL },
        { "call(db, {protocol = \"grpc\"})", "not there yet", NULL },
        { "reply(200, {chunks = 1})", "not there yet", NULL },
        { "store(\"x\", {commit = 1*ms})", "not there yet", NULL },
        { "expect(\"c\", {\"u.ok\", at_least = 1, where = {}})", "not there yet", NULL },
        { "expect(\"c\", {\"u.ok\", at_least = 1, hidden = true})", "not there yet", NULL },
        { "call(db[1])", "not there yet", NULL },
    };
    (void)state;
    all_are_refused(list, COUNT(list));
}

static void a_wrong_type_says_what_was_expected(void **state)
{
    static const struct wrong list[] = {
        { "python(\"2ms\")", "python: expected a number", "got a text" },
        { "python(6*3600*s)", "python is 21600", "from 0 to 7200" },
        { "python()", "python: expected a number", "got nothing" },
        { "native({})", "native: expected a number", NULL },
        { "io(nil)", "io: expected a number", NULL },
        { "native(1, {holds_gil = 1})", "holds_gil: expected true or false", NULL },
        { "call(4)", "call: expected a service", NULL },
        { "call(db, {4})", "expected a policy", NULL },
        { "call(db, {route = 4})", "route: expected a text", NULL },
        { "call(db, {deadline = \"x\"})", "deadline: expected a number", NULL },
        { "gather(3, 4)", "expected a step", NULL },
        { "gather(2.5, io(1))", "whole number", NULL },
        { "gather(3, io(1*ms), {need = 4})", "need is 4 of 3 branches", "3 at most" },
        { "gather(0, io(1*ms), {need = 1})", "need is 1 of 0 branches", NULL },
        { "gather({io(1*ms), false}, {need = 2})", "need is 2 of 1 branch,", "1 at most" },
        { "gather(req.n, io(1))", "a whole number fixed in advance", NULL },
        { "gather(uniform(1, 3), io(1), {need = 1})", "fixed in advance", NULL },
        { "times(req.n, io(1))", "times: expected a number that is fixed in advance",
          NULL },
        { "threads(uniform(1, 4))", "of the request or of the time, cannot be used", NULL },
        { "effect \"row\" effect(\"read\", {follows = \"rw\"})",
          "no effect \"rw\" above this line; did you mean \"row\"?", "known: row" },
        { "effect(\"read\", {follows = \"reed\"})", "no effect \"reed\" above this line",
          NULL },
        { "times(\"x\", io(1))", "times: expected a number", NULL },
        { "times(2.5, io(1))", "whole number", NULL },
        { "try(3, {any = {}})", "expected a step", NULL },
        { "try(io(1))", "catches nothing", NULL },
        { "try(io(1), {any = 3})", "expected a step", NULL },
        { "fail(\"x\")", "fail: expected a number", NULL },
        { "fail(99)", "100 to 599", NULL },
        { "reply(200.5)", "whole number", NULL },
        { "choose {}", "needs ways", NULL },
        { "choose {{0.7, io(1)}, {0.7, io(1)}}", "add up to 1.4", NULL },
        { "choose {{0.5, io(1)}, {0.5, 1}}", "some ways are steps and some are numbers",
          NULL },
        { "choose {{0.5}}", "expected {weight, steps}", NULL },
        { "choose {0.5, io(1)}", "expected {weight, steps}", NULL },
        { "choose(3, {})", "expected a field of the request", NULL },
        { "choose(req.x)", "needs ways", NULL },
        { "choose(req.x, {})", "needs ways", NULL },
        { "choose(req.x, {[true] = 1})", "keys are words or numbers", NULL },
        { "await(io(1))", "acts only in a function(req)", NULL },
        { "draw(exponential(1))", "acts only in a function(req)", NULL },
        { "now()", "acts only in a function(req)", NULL },
        { "expect(\"c\", {\"tenants.fairness\", from = 1*s, at_least = 0})",
          "is of the whole run", NULL },
        { "expect(\"c\", {\"tenants.fair\", at_least = 0})",
          "there is no metric of that name", NULL },
        { "local x = breaker {} x:open()",
          "nothing called \"open\" can happen to a breaker", "known: force_open disable" },
        { "local x = breaker {} x:force_open(1)", "force_open takes no argument", NULL },
        { "local x = timeout(1) x:disable()", "nothing can happen to this policy", NULL },
        { "fail(500, {retry_after = -1})", "fail: retry_after", NULL },
        { "fail(500, {retry_after = \"later\"})", "fail: retry_after", NULL },
        { "fail(500, {after = 1})", "there is no key \"after\"", "known: retry_after" },
        { "call(db, {idempotency_key = \"each\"})", "there is no idempotency_key \"each\"",
          "known: request handler attempt" },
        { "call(db, {idempotency_key = 3})", "idempotency_key: expected a field", NULL },
        { "effect()", "effect: ", NULL },
        { "effect(\"a.b\")", "effect", NULL },
        { "effect(\"charge\", {key = 1})", "there is no key \"key\"", "known: per" },
        { "effect(\"charge\", {per = 3})", "per: expected a field of the request", NULL },
        { "{effect \"charge\", effect(\"charge\", {per = req.tenant})}",
          "counted by other fields", NULL },
        { "alloc(\"x\")", "alloc: ", NULL },
        { "leak(-1)", "leak is -1", NULL },
        { "exponential(\"x\")", "expected a number", NULL },
        { "uniform(1)", "expected a number", NULL },
        { "lognormal {median = 1}", "needs both \"median\" and \"p99\"", NULL },
        { "lognormal(1)", "expected a table of options", NULL },
        { "curve {}", "needs points", NULL },
        { "curve {{0, 1}, 3}", "expected {time, value}", NULL },
        { "curve {{2, 1}, {1, 1}}", "lies before", NULL },
        { "poisson(exponential(1))", "a rate is a number or a curve", NULL },
        { "poisson()", "poisson: expected a number", NULL },
        { "bursty {on = 1, off = 1}", "needs on, off and rate", NULL },
        { "replay(3)", "expected the name of a file", NULL },
        { "replay \"none.csv\"", "no such file", NULL },
        { "replay \"../x.csv\"", "without \"..\"", NULL },
        { "replay \"/etc/passwd\"", "expected the name of a .csv file", NULL },
        { "include \"none.lua\"", "no such file", NULL },
        { "include \"../x.lua\"", "without \"..\"", NULL },
        { "knob(\"q\")", "its default is a number, true, false", NULL },
        { "knob(\"q\", 5, {min = 6})", "outside of min to max", NULL },
        { "knob(\"q\", \"a\", {\"b\"})", "not among its choices", NULL },
        { "knob(\"q\", \"a\", {\"a\", 1})", "choices are", NULL },
        { "knob(\"q\", true, {\"a\"})", "choices", NULL },
        { "knob(\"q\", \"a\", {\"a\", \"a\"})", "twice", NULL },
        { "variant(\"v\", {1})", "expected settings of knobs", NULL },
        { "variant(\"v\", {k = \"x\"})", "cannot be x", NULL },
        { "variant(\"v\", {k = {}})", "knob \"k\" cannot be a table", NULL },
        { "variant(\"default\", {})", "the run without a variant", NULL },
        { "expect({\"u.ok\", at_least = 1})", "in quotes", NULL },
        { "expect(\"c\")", "expected one metric", NULL },
        { "expect(\"c\", {\"u.ok\"})", "says nothing", NULL },
        { "expect(\"c\", {\"u.ok\", at_least = 2, at_most = 1})", "nothing can hold",
          NULL },
        { "expect(\"c\", {\"u.ok\", about = 2})", "belong together", NULL },
        { "expect(\"c\", {\"u.ok\", about = 2, tolerance = 1, at_most = 3})",
          "already is a range", NULL },
        { "expect(\"c\", {\"u.okk\", at_least = 1})", "\"okk\"", "did you mean \"ok\"" },
        { "expect(\"c\", {\"uu.ok\", at_least = 1})", "\"uu\"", "known: u db" },
        { "expect(\"c\", {\"u.ok\", at_least = 1, variant = \"v\"})", "no variant \"v\"",
          NULL },
        { "expect(\"c\", {\"u.ok\", at_least = 1, to = 3*s})", "outside of the 2 s", NULL },
        { "expect(\"c\", {\"u.ok\", at_least = 1, from = 1, to = 1})",
          "\"to\" must lie after \"from\"", NULL },
        { "expect(\"c\", {measure = 3, at_least = 1})", "measure: expected function(run)",
          NULL },
        { "scenario(\"u\")", "one scenario(...)", NULL },
        { "local x = req.a < 3", "cannot be compared", NULL },
        { "local x = io(1) + 1", "arithmetic", NULL },
        { "db.x = 3", "", NULL },
        { "req.x = 3", "", NULL },
        { "local x = srvice", "did you mean \"service\"", NULL },
        { "pyton(1*ms)", "did you mean \"python\"", NULL },
        { "error(\"own words\")", "own words", NULL },
        { "local x = nil + 1", "arithmetic", NULL },
        { "x = = 1", "unexpected symbol", NULL },
    };
    (void)state;
    all_are_refused(list, COUNT(list));
}

static void absurd_numbers_are_refused_where_they_enter(void **state)
{
    // Each %s is filled with each of these in turn.
    static const char *const numbers[] = { "0/0", "-1", "-math.huge", "1e300" };
    static const char *const pieces[] = {
        "service(\"x\", {handler = io(1), replicas = %s})",
        "service(\"x\", {handler = io(1), cores = %s})",
        "service(\"x\", {handler = io(1), balance = {\"p2c\", choices = %s}})",
        "service(\"x\", {handler = io(1), balance = {\"p2c\", bias = %s}})",
        "service(\"x\", {handler = io(1), liveness = {period_seconds = %s}})",
        "service(\"x\", {handler = io(1), liveness = {timeout_seconds = %s}})",
        "service(\"x\", {handler = io(1), readiness = {failure_threshold = %s}})",
        "service(\"x\", {handler = io(1), readiness = {initial_delay_seconds = %s}})",
        "service(\"x\", {handler = io(1), grace = %s})",
        "service(\"x\", {handler = io(1), balance = {\"p2c\", refresh = %s}})",
        "service(\"x\", {handler = io(1), balance = {\"p2c\", slow_start = %s}})",
        "service(\"x\", {handler = io(1), balance = {\"p2c\", panic = %s}})",
        "service(\"x\", {handler = io(1), balance = {\"p2c\", weights = {%s}}})",
        "service(\"x\", {handler = io(1), balance = {\"peak_ewma\", decay = %s}})",
        "service(\"x\", {handler = io(1), balance = {\"ring_hash\", key = req.a, bound = %s}})",
        "service(\"x\", {handler = io(1), balance = {\"p2c\", outlier = {max_ejection_percent = %s}}})",
        "client(\"x\", {target = db, arrivals = poisson(1), deadline = %s})",
        "host(\"h\", {cores = %s})",
        "host(\"h\", {slice = %s})",
        "host(\"h\", {switch_cost = %s})",
        "link(\"u\", db, {latency = %s})",
        "cpython(\"3.12\", {switch_interval = %s})",
        "cpython(\"3.12\", {wake = %s})",
        "cpython(\"3.12\", {requester_wins = %s})",
        "cpython(\"3.12\", {bytecode_factor = %s})",
        "cpython(\"3.12\", {native_factor = %s})",
        "cpython(\"3.12\", {sleep_slack = %s})",
        "cpython(\"3.12\", {lock_handoff = %s})",
        "threads(%s)",
        "threads(1, {queue = %s})",
        "threads(1, {max_wait = %s})",
        "python(%s)",
        "native(%s)",
        "io(%s)",
        "sleep(%s)",
        "blocking(%s)",
        "call(db, {deadline = %s})",
        "gather(%s, io(1))",
        "gather({io(1)}, {need = %s})",
        "times(%s, io(1))",
        "fail(%s)",
        "reply(%s)",
        "choose {{%s, io(1)}}",
        "timeout(%s)",
        "retry {max_attempts = %s}",
        "retry {base = %s}",
        "retry {factor = %s}",
        "retry {cap = %s}",
        "retry {spread = %s}",
        "semaphore(%s)",
        "exponential(%s)",
        "normal(1, %s)",
        "lognormal {median = %s, p99 = 2}",
        "lognormal {median = 1, p99 = %s}",
        "pareto {shape = %s, scale = 1}",
        "pareto {shape = 1, scale = %s}",
        "gamma {shape = %s, scale = 1}",
        "gamma {shape = 1, scale = %s}",
        "weibull {shape = %s, scale = 1}",
        "weibull {shape = 1, scale = %s}",
        "zipf {n = %s, s = 1}",
        "zipf {n = 5, s = %s}",
        "curve {{%s, 1}}",
        "curve {{0, 1}, period = %s}",
        "poisson(%s)",
        "constant(%s)",
        "renewal(%s)",
        "bursty {on = %s, off = 1, rate = 1}",
        "bursty {on = 1, off = %s, rate = 1}",
        "bursty {on = 1, off = 1, rate = %s}",
        "burst(%s)",
        "burst(1, {at = %s})",
        "closed(%s)",
        "closed(1, {think = %s})",
        "at(%s, db:crash())",
        "between(%s, 2, db:crash())",
        "every(%s, db:crash())",
        "at(1, db:slow(%s))",
        "at(1, db:fail(%s))",
        "at(1, db:drop(%s))",
        "at(1, db:latency(%s))",
        "expect(\"c\", {\"u.ok\", at_least = 1, from = %s})",
        "expect(\"c\", {\"u.ok\", at_least = 1, to = %s})",
        "expect(\"c\", {\"u.ok\", at_least = 1, share = %s})",
        "expect(\"c\", {\"u.ok\", about = 1, tolerance = %s})",
        "poisson(curve {{0, %s}})",
    };
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(pieces); i++)
        for (size_t k = 0; k < COUNT(numbers); k++) {
            char piece[256];
            const char *at = strstr(pieces[i], "%s");
            snprintf(piece, sizeof piece, "%.*s%s%s", (int)(at - pieces[i]), pieces[i],
                     numbers[k], at + 2);
            wrong += !piece_is_refused(&(struct wrong){ piece, "", NULL });
        }
    assert_int_equal(wrong, 0);
}

static void nothing_behind_the_last_argument_is_ignored(void **state)
{
    static const char *const pieces[] = {
        "scenario(\"t\", {}, 1)",
        "service(\"x\", {handler = io(1)}, 1)",
        "client(\"x\", {target = db, arrivals = poisson(1)}, 1)",
        "host(\"h\", {}, 1)",
        "link(\"u\", db, {}, 1)",
        "cpython(\"3.12\", {}, 1)",
        "threads(1, {}, 1)",
        "python(1, {}, 1)",
        "native(1, {}, 1)",
        "io(1, {}, 1)",
        "blocking(1, {}, 1)",
        "call(db, {}, 1)",
        "gather({io(1)}, {}, 1)",
        "gather(1, io(1), {}, 1)",
        "times(1, io(1), 1)",
        "with(timeout(1), io(1), 1)",
        "try(io(1), {any = {}}, 1)",
        "fail(500, {}, 1)",
        "reply(200, {}, 1)",
        "choose({{1, io(1)}}, 1)",
        "choose(req.x, {a = 1}, 1)",
        "timeout(1, 1)",
        "retry({}, 1)",
        "semaphore(1, {}, 1)",
        "lock({}, 1)",
        "exponential(1, 1)",
        "uniform(1, 2, 3)",
        "normal(1, 1, 1)",
        "lognormal({median = 1, p99 = 2}, 1)",
        "pareto({shape = 1, scale = 1}, 1)",
        "zipf({n = 1, s = 1}, 1)",
        "curve({{0, 1}}, 1)",
        "poisson(1, {})",
        "constant(1, {})",
        "renewal(1, {})",
        "bursty({on = 1, off = 1, rate = 1}, 1)",
        "burst(1, {}, 1)",
        "closed(1, {}, 1)",
        "at(1, db:crash(), 1)",
        "between(1, 2, db:crash(), 1)",
        "every(1, db:crash(), 1)",
        "at(1, db:slow(1, {}, 1))",
        "at(1, db:crash({}, 1))",
        "at(1, db:drop(1, {}, 1))",
        "knob(\"q\", 1, {}, 1)",
        "variant(\"v\", {}, 1)",
        "expect(\"c\", {\"u.ok\", at_least = 1}, 1)",
    };
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(pieces); i++)
        wrong += !piece_is_refused(&(struct wrong){ pieces[i], "", NULL });
    assert_int_equal(wrong, 0);
}

static void a_hole_in_a_list_is_refused(void **state)
{
    static const struct wrong list[] = {
        { "service(\"x\", {handler = {io(1), nil, io(1)}})", "is nil", NULL },
        { "service(\"x\", {nil, timeout(1), handler = io(1)})", "is nil", NULL },
        { "client(\"x\", {target = db, arrivals = poisson(1), [3] = timeout(1)})", "hole",
          NULL },
        { "call(db, {[2] = timeout(1)})", "hole", NULL },
        { "gather {[2] = io(1)}", "hole", NULL },
        { "service(\"x\", {handler = {[0] = io(1)}})", "hole", NULL },
        { "with({[2] = timeout(1)}, io(1))", "hole", NULL },
        { "curve {{0, 1}, [4] = {1, 1}}", "hole", NULL },
        { "choose {[2] = {1, io(1)}}", "hole", NULL },
        { "retry {on = {[2] = \"timeout\"}}", "hole", NULL },
        { "knob(\"q\", \"a\", {\"a\", [3] = \"b\"})", "hole", NULL },
        { "retry {3}", "takes options with names only", NULL },
        { "threads(3, {4})", "takes options with names only", NULL },
        { "knob(\"q\", 1, {2, 3})", "takes options with names only", NULL },
        { "expect(\"c\", {\"u.ok\", \"u.ok\", at_least = 1})", "expected one metric",
          NULL },
    };
    (void)state;
    all_are_refused(list, COUNT(list));
}

static void names_are_unique_and_fit_into_paths(void **state)
{
    static const struct wrong list[] = {
        { "service(\"db\", {handler = io(1)})", "service \"db\": the name is taken", NULL },
        { "client(\"db\", {target = db, arrivals = poisson(1)})", "the name is taken",
          NULL },
        { "host \"db\"", "the name is taken by the service of line 1", NULL },
        { "service(\"mail\", {handler = io(1), effect(\"mail\")})",
          "service \"mail\": the name is taken by the effect of line", NULL },
        { "host \"h\" host \"h\"", "the name is taken", NULL },
        { "host \"h\" service(\"h\", {handler = io(1)})", "the name is taken", NULL },
        { "semaphore(1, {name = \"db\"})", "the name is taken", NULL },
        { "semaphore(1, {name = \"g\"}) semaphore(2, {name = \"g\"})", "the name is taken",
          NULL },
        { "knob(\"k\", 2)", "the name is taken by line 1", NULL },
        { "variant \"v\" variant \"v\"", "the name is taken by line 2", NULL },
        { "service(\"a.b\", {handler = io(1)})", "cannot contain '.'", NULL },
        { "service(\"a>b\", {handler = io(1)})", "cannot contain '>'", NULL },
        { "service(\"a[1]\", {handler = io(1)})", "cannot contain '['", NULL },
        { "service(\"a\\27b\", {handler = io(1)})", "cannot contain", NULL },
        { "service(\"\", {handler = io(1)})", "a name has 1 to 63 characters", NULL },
        { "service((\"x\"):rep(64), {handler = io(1)})", "a name has 1 to 63 characters",
          NULL },
        { "client(\"a.b\", {target = db, arrivals = poisson(1)})", "cannot contain '.'",
          NULL },
        { "host \"a.b\"", "cannot contain '.'", NULL },
        { "semaphore(1, {name = \"a.b\"})", "cannot contain '.'", NULL },
        { "knob(\"a.b\", 1)", "cannot contain '.'", NULL },
        { "variant \"a>b\"", "cannot contain '>'", NULL },
    };
    (void)state;
    all_are_refused(list, COUNT(list));
}

static void texts_that_do_not_fit_are_not_cut(void **state)
{
    static const struct wrong list[] = {
        { "knob(\"q\", (\"x\"):rep(48), {(\"x\"):rep(48)})", "characters", NULL },
        { "expect((\"x\"):rep(160), {\"u.ok\", at_least = 1})", "characters", NULL },
        { "expect(\"c\", {\"u.ok\", at_least = 1, because = (\"x\"):rep(320)})",
          "characters", NULL },
        { "knob(\"q\", \"a\", {\"a\"}) variant(\"v\", {q = (\"x\"):rep(100)})", "cannot be",
          NULL },
        { "service(\"x\", {handler = {[(\"x\"):rep(64)] = io(1)}})", "63 letters", NULL },
    };
    struct scn_error e;
    (void)state;
    all_are_refused(list, COUNT(list));
    assert_false(script_builds("scenario((\"x\"):rep(128), {duration = 1*s})", &e));
    assert_non_null(strstr(e.text, "characters"));
    assert_int_equal(e.line, 1);
}

static void a_scenario_needs_its_parts(void **state)
{
    static const struct {
        const char *text, *says;
    } list[] = {
        { "", "no scenario(" },
        { "scenario(\"t\")", "no client" },
        { "scenario(\"t\", {duration = 0})", "longer than 0" },
        { "scenario(\"t\", {duration = 1*s, warmup = 1*s})", "shorter" },
        { "scenario(\"t\", {duration = 0/0})", "duration" },
        { "scenario(\"t\", {duration = 1e300})", "absurd" },
        { "scenario(\"t\", {seeds = 0})", "seeds" },
        { "scenario(\"t\", {seeds = 1.5})", "whole" },
        { "scenario(\"t\", {latency = -1})", "latency" },
        { "scenario(\"t\", {durations = 1})", "\"duration\"" },
        { "scenario(3)", "in quotes" },
        { "scenario(\"t\")\nclient(\"u\", {target = \"x\", arrivals = poisson(1)})",
          "\"x\"" },
    };
    struct scn_error e;
    (void)state;
    for (size_t i = 0; i < COUNT(list); i++) {
        assert_false(script_builds(list[i].text, &e));
        if (!strstr(e.text, list[i].says) || e.line < 1)
            fail_msg("%s: line %d: %s", list[i].text, e.line, e.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_keys_name_the_nearest_and_all),
        cmocka_unit_test(what_is_not_there_yet_says_so),
        cmocka_unit_test(a_wrong_type_says_what_was_expected),
        cmocka_unit_test(absurd_numbers_are_refused_where_they_enter),
        cmocka_unit_test(nothing_behind_the_last_argument_is_ignored),
        cmocka_unit_test(a_hole_in_a_list_is_refused),
        cmocka_unit_test(names_are_unique_and_fit_into_paths),
        cmocka_unit_test(texts_that_do_not_fit_are_not_cut),
        cmocka_unit_test(a_scenario_needs_its_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
