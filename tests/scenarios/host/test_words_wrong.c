#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scripts.h"

// What is wrong in a script is refused where it stands: each error names its file and line,
// shows the line, and says what is wrong in words that the case names.

#define COUNT(list) (sizeof(list) / sizeof *(list))

struct wrong {
    const char *piece;          // stands in line 2
    const char *says, *advises; // parts of the text and of what follows it
};

static bool is_refused(const char *text, const struct wrong *w)
{
    struct scn_error e;
    char shown[4096];
    if (script_builds(text, &e)) {
        print_error("built: %s\n", w->piece);
        return false;
    }
    script_error_text(&e, shown, sizeof shown);
    bool ok = strcmp(e.file, "test.lua") == 0 && e.line == 2 &&
              strncmp(e.excerpt, w->piece, 20) == 0 && strstr(shown, w->says) &&
              (!w->advises || strstr(shown, w->advises));
    if (!ok)
        print_error("%s\nexpected: %s | %s\n%s\n", w->piece, w->says,
                    w->advises ? w->advises : "", shown);
    return ok;
}

static bool piece_is_refused(const struct wrong *w)
{
    char text[2048];
    snprintf(text, sizeof text,
             "scenario(\"t\", {duration = 2*s}) local db = service(\"db\", {handler = "
             "{a = io(1*ms), b = io(1*ms)}}) local k = knob(\"k\", 1)\n%s\n"
             "client(\"u\", {target = db, arrivals = constant(10)})\n",
             w->piece);
    return is_refused(text, w);
}

static void all_are_refused(const struct wrong *list, size_t n)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++)
        wrong += !piece_is_refused(&list[i]);
    assert_int_equal(wrong, 0);
}

static void unknown_keys_name_the_nearest_and_all(void **state)
{
    static const struct wrong list[] = {
        {"service(\"x\", {handler = io(1), replica = 2})",
         "no key \"replica\"; did you mean \"replicas\"",                                                            "known: "            },
        { "client(\"x\", {target = db, arrivals = poisson(1), routes = \"a\"})",
         "did you mean \"route\"",                                                                                   "known: "            },
        { "host(\"h\", {core = 2})",                                             "did you mean \"cores\"",
         "known: cores slice switch_cost tick memory restart"                                                                             },
        { "link(db, db, {latencies = 1})",                                       "did you mean \"latency\"",         "known: latency"     },
        { "cpython(\"3.12\", {switch_intervall = 1})",                           "did you mean \"switch_interval\"",
         "known: gil switch_interval"                                                                                                     },
        { "threads(1, {queues = 1})",                                            "did you mean \"queue\"",
         "known: queue discipline max_wait drop_expired lifo_from target interval grows"                                                                            },
        { "python(1*ms, {holds_gil = true})",                                    "no key \"holds_gil\"",             NULL                 },
        { "native(1*ms, {hold_gil = true})",                                     "did you mean \"holds_gil\"",
         "known: holds_gil"                                                                                                               },
        { "processes(1, {started = \"fork\"})",                                  "did you mean \"start\"",
         "known: start startup on_crash max_tasks memory"                                                                                 },
        { "gunicorn {worker = 2}",                                               "did you mean \"workers\"",
         "known: workers worker_class"                                                                                                    },
        { "celery {concurency = 2}",                                             "did you mean \"concurrency\"",
         "known: concurrency pool"                                                                                                        },
        { "subinterpreters(1, {start = 1})",                                     "did you mean \"startup\"",         "known: startup"     },
        { "run_in_executor(false, io(1), {byte = 1})",                           "did you mean \"bytes\"",
         "known: bytes reply_bytes"                                                                                                       },
        { "at(1, processes(1):crash {worker = 1})",                              "did you mean \"workers\"",
         "known: workers"                                                                                                                 },
        { "io(1*ms, {x = 1})",                                                   "no key \"x\"",                     NULL                 },
        { "blocking(1*ms, {x = 1})",                                             "no key \"x\"",                     NULL                 },
        { "call(db, {deadlin = true})",                                          "did you mean \"deadline\"",
         "known: route cancel deadline"                                                                                                   },
        { "gather({io(1)}, {needs = 1})",                                        "did you mean \"need\"",            "known: need"        },
        { "gather(2, io(1), {needs = 1})",                                       "did you mean \"need\"",            "known: need"        },
        { "try(io(1), {errors = {}})",                                           "did you mean \"error\"",
         "known: error timeout cancelled rejected lost any finally"                                                                       },
        { "reply(200, {byte = 1})",                                              "did you mean \"bytes\"",           NULL                 },
        { "retry {max_attempt = 2}",                                             "did you mean \"max_attempts\"",
         "known: max_attempts base factor cap"                                                                                            },
        { "rate_limit(\"gcra\", {limit = 1, burts = 2})",                         "did you mean \"burst\"",
         "known: limit window burst per only status"                                                                                      },
        { "semaphore(1, {nam = \"x\"})",                                         "did you mean \"name\"",            "known: name"        },
        { "lock {nam = \"x\"}",                                                  "did you mean \"name\"",            "known: name"        },
        { "lognormal {median = 1, p9 = 2}",                                      "did you mean \"p99\"",             "known: median p99"  },
        { "pareto {shap = 1, scale = 2}",                                        "did you mean \"shape\"",           "known: shape scale" },
        { "gamma {shape = 1, scales = 2}",                                       "did you mean \"scale\"",           "known: shape scale" },
        { "weibull {shape = 1, scale = 2, x = 1}",                               "no key \"x\"",                     "known: shape scale" },
        { "zipf {n = 1, s = 2, k = 1}",                                          "no key \"k\"",                     "known: n s"         },
        { "curve {{0, 1}, perod = 1}",                                           "did you mean \"period\"",          "known: period"      },
        { "bursty {on = 1, off = 1, rate = 1, rates = 1}",                       "did you mean \"rate\"",
         "known: on off rate"                                                                                                             },
        { "burst(1, {att = 1})",                                                 "did you mean \"at\"",              "known: at"          },
        { "closed(1, {thinks = 1})",                                             "did you mean \"think\"",           "known: think"       },
        { "at(1, db:slow(1, {onyl = \"a\"}))",                                   "did you mean \"only\"",            NULL                 },
        { "at(1, db:crash {x = 1})",                                             "no key \"x\"",                     NULL                 },
        { "knob(\"q\", 1, {maximum = 1})",                                       "no key \"maximum\"",               "known: min max unit"},
        { "knob(\"q\", true, {min = 1})",                                        "no key \"min\"",                   NULL                 },
        { "variant(\"v\", {kk = 1})",                                            "no knob \"kk\" above this line",   "known: k"           },
        { "expect(\"c\", {\"u.ok\", at_least = 1, becuase = \"x\"})",
         "did you mean \"because\"",                                                                                 "known: "            },
    };
    (void)state;
    all_are_refused(list, COUNT(list));
}

static void what_is_not_there_yet_says_so(void **state)
{
    static const struct wrong list[] = {
        {"gateway(\"g\", {to = db})",                                                     "not there yet", NULL},
        { "local x = hedge",                                                               "not there yet", NULL},
        { "service(\"x\", {handler = io(1), autoscale = {}})",
         "\"autoscale\" is a key of the language that is not there yet",                                   NULL},
        { "service(\"x\", {handler = io(1), grace = 1})",                                 "not there yet", NULL},
        { "client(\"x\", {target = db, arrivals = poisson(1), count = 2})",               "not there yet",
         NULL                                                                                                  },
        { "client(\"x\", {target = db, arrivals = poisson(1), result = \"webhook\"})",
         "not there yet",                                                                                  NULL},
        { "client(\"x\", {target = db, arrivals = poisson(1), route = choose {{1, 2}}})",
         "not there yet",                                                                                  NULL},
        { "client(\"x\", {target = db, arrivals = poisson(1), cancel = 1*s})",
         "not there yet",                                                                                  NULL},
        { "link(db, db, {loss = 0.1})",                                                   "not there yet", NULL},
        { "call(db, {bytes = 1})",                                                        "not there yet", NULL},
        { "call(db, {req = {}})",                                                         "not there yet", NULL},
        { "call(db, {cancel = 1*s})",                                                     "not there yet", NULL},
        { "call(db, {protocol = \"grpc\"})",                                              "not there yet", NULL},
        { "reply(200, {bytes = 1})",                                                      "not there yet", NULL},
        { "store(\"x\", {commit = 1*ms})",                                                "not there yet", NULL},
        { "store(\"x\", {lag = 1*ms})",                                                   "not there yet", NULL},
        { "at(1, db:oom())",                                                              "not there yet", NULL},
        { "at(1, db:scale(2))",                                                           "not there yet", NULL},
        { "at(1, link(\"u\", db):partition())",                                           "not there yet", NULL},
        { "at(1, db:latency(1, {side = \"reply\"}))",                                     "not there yet", NULL},
        { "expect(\"c\", {\"u.ok\", at_least = 1, where = {}})",                          "not there yet", NULL},
        { "expect(\"c\", {\"u.ok\", at_least = 1, hidden = true})",                       "not there yet", NULL},
        { "call(db[1])",                                                                  "not there yet", NULL},
    };
    (void)state;
    all_are_refused(list, COUNT(list));
}

static void a_wrong_type_says_what_was_expected(void **state)
{
    static const struct wrong list[] = {
        {"service(1, {handler = io(1)})",                                                      "expected a name in quotes, got a number",
         NULL                                                                                                                                                      },
        { "service(\"x\", io(1))",                                                             "expected a table of options, got a step",  NULL                    },
        { "service(\"x\", {})",                                                                "needs a handler",                          NULL                    },
        { "service \"x\"",                                                                     "needs a handler",                          NULL                    },
        { "service(\"x\", {handler = 3})",                                                     "expected a step",                          NULL                    },
        { "service(\"x\", {handler = {3}})",                                                   "expected a step",                          NULL                    },
        { "service(\"x\", {handler = {timeout(1)}})",                                          "got a policy",                             NULL                    },
        { "service(\"x\", {io(1), handler = io(1)})",                                          "expected a policy",                        NULL                    },
        { "service(\"x\", {handler = io(1), runtime = \"3.12\"})",                             "expected a runtime",
         NULL                                                                                                                                                      },
        { "service(\"x\", {handler = io(1), executor = 4})",                                   "expected an executor",                     NULL                    },
        { "service(\"x\", {handler = io(1), host = 4})",                                       "expected a host",                          NULL                    },
        { "service(\"x\", {handler = io(1), balance = 4})",                                    "balance",                                  NULL                    },
        { "service(\"x\", {handler = io(1), balance = \"p3c\"})",                              "did you mean \"p2c\"",
         NULL                                                                                                                                                      },
        { "service(\"x\", {handler = io(1), balance = {\"random\", choices = 2}})",
         "belongs to \"p2c\", \"peak_ewma\"",                                                                                                             NULL                    },
        { "service(\"x\", {handler = io(1), balance = {\"random\", refresh = 1}})", "\"refresh\" belongs to", NULL },
        { "service(\"x\", {handler = io(1), balance = {\"random\", bias = 1}})", "\"bias\" belongs to", NULL },
        { "service(\"x\", {handler = io(1), balance = {\"p2c\", decay = 1}})", "belongs to \"peak_ewma\"", NULL },
        { "service(\"x\", {handler = io(1), balance = {\"p2c\", bound = 2}})", "belongs to \"ring_hash\"", NULL },
        { "service(\"x\", {handler = io(1), balance = {\"p2c\", key = req.a}})", "belongs to \"ring_hash\"", NULL },
        { "service(\"x\", {handler = io(1), balance = {\"peak_ewma\", weights = {1}}})", "\"weights\" belongs to", NULL },
        { "service(\"x\", {handler = io(1), balance = {\"peak_ewma\", slow_start = 1}})", "\"slow_start\" belongs to", NULL },
        { "service(\"x\", {handler = io(1), balance = \"ring_hash\"})", "needs a key", NULL },
        { "service(\"x\", {handler = io(1), balance = {\"ring_hash\", key = 3}})", "such as req.user", NULL },
        { "service(\"x\", {handler = io(1), replicas = 2, balance = {\"p2c\", weights = {1}}})", "one number a replica", NULL },
        { "service(\"x\", {handler = io(1), replicas = 2, balance = {\"p2c\", weights = {1, 0}}})", "between 0.001 and 1000", NULL },
        { "service(\"x\", {handler = io(1), balance = {\"p2c\", weights = 3}})", "expected a list", NULL },
        { "service(\"x\", {handler = io(1), balance = {\"p2c\", outlier = 5}})", "expected true or a table", NULL },
        { "service(\"x\", {handler = io(1), balance = {\"p2c\", outlier = {consecutive = 5}}})", "consecutive_5xx", NULL },
        { "service(\"x\", {handler = io(1), balance = {\"p2c\", outlier = {interval = 0}}})", "a millisecond at least", NULL },
        { "service(\"x\", {handler = io(1), balance = {\"peak_ewma\", decay = 0}})", "a microsecond at least", NULL },
        { "service(\"x\", {handler = io(1), balance = {\"p2c\", slow_start = 1, start = 2}})", "slow_start", NULL },
        { "service(\"x\", {handler = io(1), cores = 2, host = host \"h\"})",
         "one of \"cores\" and \"host\"",                                                                                                  NULL                    },
        { "service(\"x\", {handler = {a = io(1), io(1)}})",                                    "routes",                                   NULL                    },
        { "client(\"x\", {target = 4, arrivals = poisson(1)})",
         "expected a service or its name",                                                                                                 NULL                    },
        { "client(\"x\", {arrivals = poisson(1)})",                                            "needs a target",                           NULL                    },
        { "client(\"x\", {target = db})",                                                      "needs arrivals",                           NULL                    },
        { "client(\"x\", {target = db, arrivals = 300})",                                      "expected an arrival process",
         NULL                                                                                                                                                      },
        { "client(\"x\", {target = db, arrivals = poisson(1), req = 3})",
         "expected a table of fields",                                                                                                     NULL                    },
        { "client(\"x\", {target = db, arrivals = poisson(1), req = {a = req.b, b = req.a}})",
         "circle",                                                                                                                         NULL                    },
        { "client(\"x\", {target = \"dbb\", arrivals = poisson(1)})",                          "\"dbb\"",
         "did you mean \"db\""                                                                                                                                     },
        { "client(\"x\", {target = db, arrivals = poisson(1), route = \"c\"})",                "\"c\"",
         "a b"                                                                                                                                                     },
        { "client(\"x\", {target = db, arrivals = poisson(1), cancel = \"yes\"})",
         "cancel: expected true or false",                                                                                                 NULL                    },
        { "link(1, db)",                                                                       "expected a service or its name",           NULL                    },
        { "link(db, db, {latency = \"1ms\"})",                                                 "latency: expected",                        NULL                    },
        { "cpython(\"3.12\", {gil = 1})",                                                      "expected true or false",                   NULL                    },
        { "cpython(\"3.12\", {json_encode = 1e6})",                                            "there is no key \"json_encode\"",
         NULL                                                                                                                                                      },
        { "cpython(\"3.12\", {switch_interval = 1*ns})",                                       "1 us at least",                            NULL                    },
        { "cpython(3.12)",                                                                     "in quotes",                                NULL                    },
        { "cpython \"3.9\"",                                                                   "no cpython \"3.9\"",                       "known: 3.11"           },
        { "threads(\"4\")",                                                                    "expected a number, got a text",            NULL                    },
        { "threads(2.5)",                                                                      "whole number",                             NULL                    },
        { "threads(2, {discipline = \"fifoo\"})",                                              "did you mean \"fifo\"",
         "known: fifo lifo priority"                                                                                                                               },
        { "threads(2, {discipline = \"codell\"})",                                            "did you mean \"codel\"",                   NULL                    },
        { "threads(2, {target = 1*ms})",                                                       "belong to discipline = \"codel\"",         NULL                    },
        { "threads(2, {lifo_from = 4})",                                                       "belongs to discipline = \"adaptive_lifo\"", NULL                   },
        { "threads(2, {discipline = \"adaptive_lifo\", lifo_from = 1})",                       "from 2",                                   NULL                    },
        { "threads(2, {discipline = \"codel\", interval = 1*ms})",                             "the interval longer than the target",      NULL                    },
        { "threads(2, {discipline = \"codel\", target = 0})",                                  "longer than 0",                            NULL                    },
        { "threads(2, {discipline = \"codel\", max_wait = \"controlled\"})",                   "use one of them",                          NULL                    },
        { "threads(2, {max_wait = \"control\"})",                                              "expected a duration or \"controlled\"",    NULL                    },
        { "asyncio {max_wait = \"controlled\"}",                                               "nobody waits in line without a limit",     NULL                    },
        { "threads(2, {grows = 1})",                                                           "expected true or false",                   NULL                    },
        { "threads(2, {drop_expired = 1})",                                                    "expected true or false",                   NULL                    },
        { "python(\"2ms\")",                                                                   "python: expected a number",                "got a text"            },
        { "python(6*3600*s)",                                                                  "python is 21600",                          "from 0 to 7200"        },
        { "python()",                                                                          "python: expected a number",                "got nothing"           },
        { "native({})",                                                                        "native: expected a number",                NULL                    },
        { "io(nil)",                                                                           "io: expected a number",                    NULL                    },
        { "native(1, {holds_gil = 1})",                                                        "holds_gil: expected true or false",        NULL                    },
        { "call(4)",                                                                           "call: expected a service",                 NULL                    },
        { "call(db, {4})",                                                                     "expected a policy",                        NULL                    },
        { "call(db, {route = 4})",                                                             "route: expected a text",                   NULL                    },
        { "call(db, {deadline = \"x\"})",                                                      "deadline: expected a number",              NULL                    },
        { "gather(3, 4)",                                                                      "expected a step",                          NULL                    },
        { "gather(2.5, io(1))",                                                                "whole number",                             NULL                    },
        { "times(\"x\", io(1))",                                                               "times: expected a number",                 NULL                    },
        { "times(2.5, io(1))",                                                                 "whole number",                             NULL                    },
        { "with(3, io(1))",                                                                    "expected a policy",                        NULL                    },
        { "with(timeout(1), 3)",                                                               "expected a step",                          NULL                    },
        { "with(timeout(1))",                                                                  "expected a step",                          NULL                    },
        { "try(3, {any = {}})",                                                                "expected a step",                          NULL                    },
        { "try(io(1))",                                                                        "catches nothing",                          NULL                    },
        { "try(io(1), {any = 3})",                                                             "expected a step",                          NULL                    },
        { "fail(\"x\")",                                                                       "fail: expected a number",                  NULL                    },
        { "fail(99)",                                                                          "100 to 599",                               NULL                    },
        { "reply(200.5)",                                                                      "whole number",                             NULL                    },
        { "choose {}",                                                                         "needs ways",                               NULL                    },
        { "choose {{0.7, io(1)}, {0.7, io(1)}}",                                               "add up to 1.4",                            NULL                    },
        { "choose {{0.5, io(1)}, {0.5, 1}}",                                                   "some ways are steps and some are numbers",
         NULL                                                                                                                                                      },
        { "choose {{0.5}}",                                                                    "expected {weight, steps}",                 NULL                    },
        { "choose {0.5, io(1)}",                                                               "expected {weight, steps}",                 NULL                    },
        { "choose(3, {})",                                                                     "expected a field of the request",          NULL                    },
        { "choose(req.x)",                                                                     "needs ways",                               NULL                    },
        { "choose(req.x, {})",                                                                 "needs ways",                               NULL                    },
        { "choose(req.x, {[true] = 1})",                                                       "keys are words or numbers",                NULL                    },
        { "await(io(1))",                                                                      "acts only in a function(req)",             NULL                    },
        { "draw(exponential(1))",                                                              "acts only in a function(req)",             NULL                    },
        { "now()",                                                                             "acts only in a function(req)",             NULL                    },
        { "timeout(\"1s\")",                                                                   "timeout: expected a number",               NULL                    },
        { "rate_limit {limit = 1}",                                                            "expected an algorithm in quotes",          NULL                    },
        { "rate_limit(\"tokenbucket\", {limit = 1})",                                          "did you mean \"token_bucket\"",            NULL                    },
        { "rate_limit(\"gcra\")",                                                              "needs a limit",                            NULL                    },
        { "rate_limit(\"gcra\", {limit = \"x\"})",                                             "rate_limit: limit: expected a number",     NULL                    },
        { "rate_limit(\"gcra\", {limit = -1})",                                                "limit is -1",                              NULL                    },
        { "rate_limit(\"gcra\", {limit = exponential(3)})",                                    "nothing that is drawn",                    NULL                    },
        { "rate_limit(\"gcra\", {limit = curve {{0, 1}, {1, 2}}})",                            "nothing that is drawn",                    NULL                    },
        { "rate_limit(\"gcra\", {limit = 1, window = 0})",                                     "longer than 0",                            NULL                    },
        { "rate_limit(\"gcra\", {limit = 1, per = \"tenant\"})",                               "a field of the request, such as req.tenant", NULL                  },
        { "rate_limit(\"gcra\", {limit = 1, per = req.a + 1})",                                "a field of the request, such as req.tenant", NULL                  },
        { "rate_limit(\"gcra\", {limit = 1, per = {req.a, req.b, req.c, req.d, req.e}})",      "more than 4 fields",                       NULL                    },
        { "rate_limit(\"sliding_log\", {limit = 1, burst = 1})",                               "belongs to buckets, the queue and gcra",   NULL                    },
        { "rate_limit(\"token_bucket\", {limit = 1, burst = 0})",                              "a burst of 0",                             NULL                    },
        { "rate_limit(\"gcra\", {limit = 1, status = 200})",                                   "status is 200",                            NULL                    },
        { "rate_limit(\"gcra\", {limit = 1, store = 1})",                                      "rate_limit: store: expected a store",      NULL             },
        { "rate_limit(\"gcra\", {limit = 1, store = service(\"s9\", {handler = io(1)})})",      "rate_limit: store: expected a store",      NULL             },
        { "rate_limit(\"gcra\", {limit = 1, atomic = true})",                                  "belong to a limit in a store",             NULL             },
        { "rate_limit(\"gcra\", {limit = 1, on_store_failure = \"closed\"})",                  "belong to a limit in a store",             NULL             },
        { "rate_limit(\"gcra\", {limit = 1, store = store(\"s1\"), on_store_failure = \"opne\"})", "did you mean \"open\"",              NULL             },
        { "rate_limit(\"gcra\", {limit = 1, store = store(\"s2\"), atomic = 1})",              "expected true or false",                   NULL             },
        { "rate_limit(\"gcra\", {limit = 1, store = store(\"s3\"), store_timeout = 0})",       "store_timeout is 0",                       NULL             },
        { "rate_limit(\"gcra\", {limit = 1, store = store(\"s4\"), store_time = 1})",          "did you mean \"store_timeout\"",         NULL             },
        { "quota {}",                                                                          "quota: needs a limit",                     NULL             },
        { "quota {limit = 1, burst = 2}",                                                      "there is no key \"burst\"",                     NULL             },
        { "quota {limit = 1, price = -1}",                                                     "price is -1",                              NULL             },
        { "quota {limit = exponential(1)}",                                                    "nothing that is drawn",                    NULL             },
        { "quota {limit = 1, per = 1}",                                                        "a field of the request, such as req.tenant", NULL           },
        { "quota {limit = 1, window = 0}",                                                     "longer than 0",                            NULL             },
        { "quota {limit = 1, name = \"a.b\"}",                                                 "quota: name",                              NULL             },
        { "quota(1)",                                                                          "quota",                                    NULL             },
        { "expect(\"c\", {\"tenants.fairness\", from = 1*s, at_least = 0})",                     "is of the whole run",                      NULL             },
        { "expect(\"c\", {\"tenants.fair\", at_least = 0})",                                   "there is no metric of that name",                NULL             },
        { "service(\"s9\", {rate_limit(\"gcra\", {limit = 1, store = \"nn\"}), handler = io(1)})", "there is no store \"nn\"",            NULL             },
        { "service(\"s10\", {rate_limit(\"gcra\", {limit = 1, store = \"db\"}), handler = io(1)})", "which this is not: \"db\"",          NULL             },
        { "store(\"s5\", {reed = 1*ms})",                                                      "did you mean \"read\"",                  NULL             },
        { "store(\"s6\", {read = -1})",                                                        "store \"s6\": read is -1",                               NULL             },
        { "store(\"s7\", {connections = 0})",                                                  "connections is 0",                         NULL             },
        { "store(\"s8\", {queue = 3})",                                                        "nobody waits in line",                     NULL             },
        { "store()",                                                                           "store",                                    NULL             },
        { "with(rate_limit(\"gcra\", {limit = 1, only = \"a\"}), io(1))",                      "belongs to the list of a service",         NULL                    },
        { "service(\"x1\", {rate_limit(\"gcra\", {limit = 1, only = \"a\"}), handler = io(1)})", "there is no such route",                   NULL                    },
        { "service(\"x2\", {rate_limit(\"gcra\", {limit = 1, only = \"GET /b\"}), handler = {[\"GET /a\"] = io(1)}})", "did you mean \"GET /a\"", NULL           },
        { "retry(3)",                                                                          "retry takes a table",                      NULL                    },
        { "retry \"grcp\"",                                                                    "did you mean \"grpc\"",                    "known: tenacity grpc"  },
        { "retry(\"grpc\", 3)",                                                               "expected a table",                         NULL                    },
        { "retry {budget = 1}",                                                                "expected a budget or its name in quotes",  NULL                    },
        { "retry {budget = \"finagel\"}",                                                      "did you mean \"finagle\"",                 NULL                    },
        { "retry {share = 0.1}",                                                               "\"share\" belongs to jitter",              NULL                    },
        { "retry {jitter = \"proportional\"}",                                                 "needs a share",                            NULL                    },
        { "retry {share = 2, jitter = \"proportional\"}",                                      "share is 2",                               NULL                    },
        { "retry {growth = \"linear\", factor = 3}",                                           "\"factor\" belongs to growth",             NULL                    },
        { "retry {growth = \"quadratic\"}",                                                    "known: exponential linear constant",       NULL                    },
        { "retry {min = \"x\"}",                                                               "min",                                      NULL                    },
        { "cache()",                                                                           "cache",                                    NULL                    },
        { "cache(\"db\")",                                                                   "\"db\"",                                 NULL                    },
        { "cache(\"c\", {entires = 3})",                                                       "cache \"c\": there is no key \"entires\"", "did you mean \"entries\""},
        { "cache(\"c\", {entries = 0})",                                                     "entries is 0",                             NULL                    },
        { "cache(\"c\", {latency = -1})",                                                    "cache \"c\": latency is -1",             NULL                    },
        { "cached(cache(\"c\"))",                                                            "cached takes a cache and the steps",       NULL                    },
        { "cached(db, io(1*ms))",                                                              "expected a cache, such as cache(",         NULL                    },
        { "cached(\"c\", io(1*ms))",                                                         "there is no cache \"c\" above this line", NULL                   },
        { "cache(\"hot\") cached(\"hit\", io(1*ms))",                                      "did you mean \"hot\"",                   NULL                    },
        { "cached(cache(\"c\"), io(1*ms), {keys = 1})",                                      "did you mean \"key\"",                   "known: key ttl single_flight"},
        { "cached(cache(\"c\"), io(1*ms), {ttl = -1})",                                      "cached: ttl is -1",                        NULL                    },
        { "cached(cache(\"c\"), io(1*ms), {single_flight = 1})",                             "expected true or false",                   NULL                    },
        { "cached(cache(\"c\"), 3)",                                                         "expected a step",                          NULL                    },
        { "at(1*s, cache(\"c\"):flush(3))",                                                  "flush takes no argument",                  NULL                    },
        { "between(1*s, 2*s, cache(\"c\"):flush())",                                         "does not come back",                       NULL                    },
        { "at(1*s, cache(\"c\"):flus())",                                                    "can happen to a cache",                    "did you mean \"flush\""},
        { "cache(\"c\") expect(\"e\", {\"c.hitratio\", at_least = 0})",                  "there is no metric of that name",          "did you mean \"hit_ratio\""},
        { "breaker(3)",                                                                        "breaker takes a name in quotes",           NULL                    },
        { "breaker \"resilience\"",                                                            "did you mean \"resilience4j\"",            "known: resilience4j hystrix polly pybreaker"},
        { "breaker {failure_rate = 0}",                                                        "failure_rate is 0",                        NULL                    },
        { "breaker {failure_rate = 50}",                                                       "failure_rate is 50",                       NULL                    },
        { "breaker {window = 10, time_window = 10*s}",                                         "give one",                                 NULL                    },
        { "breaker {time_window = 1500*ms}",                                                   "whole seconds",                            NULL                    },
        { "breaker {failures = 3}",                                                            "there is no key \"failures\"",             "known: failure_rate window"},
        { "breaker(\"polly\", {window = 10})",                                                 "there is no key \"window\"",               NULL                    },
        { "breaker(\"pybreaker\", {failure_rate = 0.5})",                                      "there is no key \"failure_rate\"",         "known: failures open"  },
        { "breaker(\"hystrix\", {time_window = 0})",                                           "longer than 0",                            NULL                    },
        { "breaker {on = {\"timeouts\"}}",                                                     "did you mean \"timeout\"",                 NULL                    },
        { "breaker {status = 200}",                                                            "status is 200",                            NULL                    },
        { "local x = breaker {} x:open()",                                                     "nothing called \"open\" can happen to a breaker", "known: force_open disable"},
        { "local x = breaker {} x:force_open(1)",                                              "force_open takes no argument",             NULL                    },
        { "local x = timeout(1) x:disable()",                                                  "nothing can happen to this policy",        NULL                    },
        { "fail(500, {retry_after = -1})",                                                     "fail: retry_after",                        NULL                    },
        { "fail(500, {retry_after = \"later\"})",                                              "fail: retry_after",                        NULL                    },
        { "fail(500, {after = 1})",                                                            "there is no key \"after\"",                "known: retry_after"    },
        { "retry {push_back = \"no\"}",                                                        "push_back",                                "known: obey ignore"    },
        { "bulkhead {}",                                                                       "bulkhead takes how many may be inside",    NULL                    },
        { "bulkhead(0)",                                                                       "bulkhead is 0",                            NULL                    },
        { "bulkhead(1.5)",                                                                     "expected a whole number",                  NULL                    },
        { "bulkhead \"resilience\"",                                                           "did you mean \"resilience4j\"",            "known: resilience4j polly hystrix envoy"},
        { "bulkhead(3, {limit = 2})",                                                          "there is no key \"limit\"",                "known: queue wait status name"},
        { "bulkhead(3, {max_wait = 2})",                                                       "there is no key \"max_wait\"",             "known: queue wait status name"},
        { "bulkhead(3, {queue = 2, wait = 0})",                                                "a queue in which nobody may wait",         NULL                    },
        { "bulkhead(3, {status = 200})",                                                       "status is 200",                            NULL                    },
        { "bulkhead(3, {name = \"db\"})",                                                      "\"db\"",                                   NULL                    },
        { "connections {size = 3}",                                                            "connections takes how many are kept",      NULL                    },
        { "connections \"hikari\"",                                                            "did you mean \"hikaricp\"",                "known: sqlalchemy hikaricp httpx"},
        { "connections(0)",                                                                    "connections is 0",                         NULL                    },
        { "connections(20000)",                                                                "connections is 20000",                     NULL                    },
        { "connections(5, {max_overflow = 3})",                                                "there is no key \"max_overflow\"",         "known: overflow acquire_timeout idle lifo connect status name"},
        { "connections(\"sqlalchemy\", {overflow = 3})",                                       "there is no key \"overflow\"",             "known: pool_size max_overflow timeout use_lifo"},
        { "connections(\"httpx\", {max_connections = 5, max_keepalive_connections = 6})",      "is more than max_connections",             NULL                    },
        { "connections(5, {overflow = -1})",                                                   "overflow is -1",                           NULL                    },
        { "budget(3)",                                                                         "budget takes a name in quotes",            NULL                    },
        { "budget \"finagel\"",                                                                "did you mean \"finagle\"",                 "known: tokens grpc"    },
        { "budget {size = -1}",                                                                "size is -1",                               NULL                    },
        { "budget(\"finagle\", {size = 1})",                                                   "there is no key \"size\"",                 "known: ttl min_retries_per_sec"},
        { "budget(\"finagle\", {ttl = 1*ms})",                                                 "1 to 60 seconds",                          NULL                    },
        { "budget(\"grpc\", {max_tokens = 1001})",                                             "max_tokens is 1001",                       NULL                    },
        { "budget(\"grpc\", {token_ratio = 0})",                                               "token_ratio is 0",                         NULL                    },
        { "budget(\"envoy\", {budget_percent = 101})",                                         "budget_percent is 101",                    NULL                    },
        { "budget(\"envoy\", {budget_percent = 10, max_retries = 3})",                         "replaces max_retries",                     NULL                    },
        { "budget(\"failure_rate\", {share = 1.5})",                                           "share is 1.5",                             NULL                    },
        { "retry {max_attempts = 2.5}",                                                        "whole number",                             NULL                    },
        { "retry {jitter = \"ful\"}",                                                          "did you mean \"full\"",                    "known: none full equal"},
        { "retry {on = \"timeout\"}",                                                          "expected",                                 NULL                    },
        { "retry {on = {\"timeouts\"}}",                                                       "\"timeouts\"; did you mean \"timeout\"",
         "known: error timeout rejected lost"                                                                                                                      },
        { "retry {spread = 1, jitter = \"full\"}",
         "\"spread\" belongs to jitter = \"additive\"",                                                                                    NULL                    },
        { "semaphore(\"x\")",                                                                  "semaphore: expected a number",             NULL                    },
        { "effect()",                                                                          "effect: ",                                 NULL                    },
        { "effect(\"a.b\")",                                                                   "effect",                                   NULL                    },
        { "effect(\"charge\", {key = 1})",                                                     "there is no key \"key\"",                  "known: per"            },
        { "effect(\"charge\", {per = 3})",                                                     "per: expected a field of the request",     NULL                    },
        { "{effect \"charge\", effect(\"charge\", {per = req.tenant})}",                        "counted by other fields",                  NULL                    },
        { "alloc(\"x\")",                                                                      "alloc: ",                                  NULL                    },
        { "leak(-1)",                                                                          "leak is -1",                               NULL                    },
        { "host(\"h\", {memory = 0})",                                                         "memory is 0",                              NULL                    },
        { "run_in_executor(gunicorn {}, io(1))",                                               "is a service's executor",                  NULL                    },
        { "gunicorn {worker_class = \"gevent\"}",                                              "worker_class cannot be",                   NULL                    },
        { "celery {reject_on_worker_lost = true}",                                             "needs acks_late = true",                   NULL                    },
        { "celery {acks_late = true, reject_on_worker_lost = true, pool = \"threads\", "
          "concurrency = 2}",
         "a thread does not die",                                                                                                                                  NULL                    },
        { "celery {visibility_timeout = 0}",                                                   "delivers everything again",                NULL                    },
        { "celery {prefetch_multiplier = -1}",                                                 "prefetch_multiplier is -1",                NULL                    },
        { "service(\"x\", {replicas = 2, balance = \"p2c\", handler = io(1), executor = "
          "celery {}})",
         "take from one broker",                                                                                                                                   NULL                    },
        { "celery {pool = \"solo\", concurrency = 2}",                                         "one task at a time",                       NULL                    },
        { "celery {pool = \"threads\", task_time_limit = 1}",                                  "belongs to \"prefork\"",
         NULL                                                                                                                                                      },
        { "cpython(\"3.12\", {gc_every = 1})",                                                 "needs gc_live",                            NULL                    },
        { "fastapi {}",                                                                        "fastapi: needs a database",                NULL                    },
        { "fastapi {handler = io(1), driver = \"sync\"}",                                      "driver cannot be",                         "known: async"          },
        { "fastapi {database = \"db\", driver = \"blocking\", pool = 3}",                      "one connection at work",                   NULL                    },
        { "django {handler = io(1), queries = 0}",                                             "queries is 0",                             NULL                    },
        { "django {handler = io(1), workers = 0}",                                             "gunicorn: workers is 0",                   NULL                    },
        { "uvicorn {backlog = 0}",                                                             "backlog is 0",                             NULL                    },
        { "service(\"y\", {replicas = 2, balance = \"random\", executor = uvicorn {workers = 2}, handler = io(1)})",
         "round robin only",                                                                                               NULL                    },
        { "uvicorn {limit_concurrency = 1}",                                                   "refuses every request",                    NULL                    },
        { "processes(0)",                                                                      "processes is 0",                           NULL                    },
        { "processes(1.5)",                                                                    "whole number",                             NULL                    },
        { "processes(2, {start = \"threads\"})",                                               "start cannot be",                          "known: fork"           },
        { "processes(2, {start = \"fork\", max_tasks = 3})",                                   "max_tasks_per_child",                      NULL                    },
        { "run_in_executor(threads(2, {queue = 1}), io(1))",
         "has no end and no order but its own",                                                                                            NULL                    },
        { "run_in_executor(threads(math.huge), io(1))",                                        "has a most of threads",                    NULL                    },
        { "run_in_executor(io(1), io(1))",                                                     "expected a pool, such as threads(4)",      NULL                    },
        { "semaphore(1.5)",                                                                    "whole number",                             NULL                    },
        { "semaphore(1, {name = 3})",                                                          "name: expected a",                         NULL                    },
        { "exponential(\"x\")",                                                                "expected a number",                        NULL                    },
        { "uniform(1)",                                                                        "expected a number",                        NULL                    },
        { "lognormal {median = 1}",                                                            "needs both \"median\" and \"p99\"",        NULL                    },
        { "lognormal(1)",                                                                      "expected a table of options",              NULL                    },
        { "curve {}",                                                                          "needs points",                             NULL                    },
        { "curve {{0, 1}, 3}",                                                                 "expected {time, value}",                   NULL                    },
        { "curve {{2, 1}, {1, 1}}",                                                            "lies before",                              NULL                    },
        { "poisson(exponential(1))",                                                           "a rate is a number or a curve",            NULL                    },
        { "poisson()",                                                                         "poisson: expected a number",               NULL                    },
        { "bursty {on = 1, off = 1}",                                                          "needs on, off and rate",                   NULL                    },
        { "replay(3)",                                                                         "expected the name of a file",              NULL                    },
        { "replay \"none.csv\"",                                                               "no such file",                             NULL                    },
        { "replay \"../x.csv\"",                                                               "without \"..\"",                           NULL                    },
        { "replay \"/etc/passwd\"",                                                            "expected the name of a .csv file",         NULL                    },
        { "include \"none.lua\"",                                                              "no such file",                             NULL                    },
        { "include \"../x.lua\"",                                                              "without \"..\"",                           NULL                    },
        { "at(1, 3)",                                                                          "expected something that happens",          NULL                    },
        { "at(1)",                                                                             "expected something that happens",          NULL                    },
        { "at(db:slow(1))",                                                                    "at: expected a number",                    NULL                    },
        { "between(1, db:slow(8))",                                                            "between: expected a number",               NULL                    },
        { "between(2, 1, db:slow(8))",                                                         "the end must lie after the beginning",     NULL                    },
        { "at(1, db:slow())",                                                                  "slow: expected a number",                  NULL                    },
        { "at(1, db:slo(1))",                                                                  "did you mean \"slow\"",                    "known: slow fail crash"},
        { "at(1, link(\"u\", db):slow(1))",                                                    "can happen to a link",                     "known: latency drop"   },
        { "at(1, db[2]:crash())",                                                              "has replicas 1 to 1, not 2",               NULL                    },
        { "at(1, db[0]:crash())",                                                              "has replicas 1 to 1, not 0",               NULL                    },
        { "at(1, db:slow(2, {only = \"c\"}))",                                                 "no route \"c\"",                           NULL                    },
        { "at(1, link(\"u\", \"nn\"):drop(1))",                                                "no service \"nn\"",                        NULL                    },
        { "knob(\"q\")",                                                                       "its default is a number, true, false",     NULL                    },
        { "knob(\"q\", 5, {min = 6})",                                                         "outside of min to max",                    NULL                    },
        { "knob(\"q\", \"a\", {\"b\"})",                                                       "not among its choices",                    NULL                    },
        { "knob(\"q\", \"a\", {\"a\", 1})",                                                    "choices are",                              NULL                    },
        { "knob(\"q\", true, {\"a\"})",                                                        "choices",                                  NULL                    },
        { "knob(\"q\", \"a\", {\"a\", \"a\"})",                                                "twice",                                    NULL                    },
        { "variant(\"v\", {1})",                                                               "expected settings of knobs",               NULL                    },
        { "variant(\"v\", {k = \"x\"})",                                                       "cannot be x",                              NULL                    },
        { "variant(\"v\", {k = {}})",                                                          "knob \"k\" cannot be a table",             NULL                    },
        { "variant(\"default\", {})",                                                          "the run without a variant",                NULL                    },
        { "expect({\"u.ok\", at_least = 1})",                                                  "in quotes",                                NULL                    },
        { "expect(\"c\")",                                                                     "expected one metric",                      NULL                    },
        { "expect(\"c\", {\"u.ok\"})",                                                         "says nothing",                             NULL                    },
        { "expect(\"c\", {\"u.ok\", at_least = 2, at_most = 1})",                              "nothing can hold",
         NULL                                                                                                                                                      },
        { "expect(\"c\", {\"u.ok\", about = 2})",                                              "belong together",                          NULL                    },
        { "expect(\"c\", {\"u.ok\", about = 2, tolerance = 1, at_most = 3})",
         "already is a range",                                                                                                             NULL                    },
        { "expect(\"c\", {\"u.okk\", at_least = 1})",                                          "\"okk\"",                                  "did you mean \"ok\""   },
        { "expect(\"c\", {\"uu.ok\", at_least = 1})",                                          "\"uu\"",                                   "known: u db"           },
        { "expect(\"c\", {\"u.ok\", at_least = 1, variant = \"v\"})",                          "no variant \"v\"",
         NULL                                                                                                                                                      },
        { "expect(\"c\", {\"u.ok\", at_least = 1, to = 3*s})",                                 "outside of the 2 s",                       NULL                    },
        { "expect(\"c\", {\"u.ok\", at_least = 1, from = 1, to = 1})",
         "\"to\" must lie after \"from\"",                                                                                                 NULL                    },
        { "expect(\"c\", {measure = 3, at_least = 1})",                                        "measure: expected function(run)",
         NULL                                                                                                                                                      },
        { "scenario(\"u\")",                                                                   "one scenario(...)",                        NULL                    },
        { "local x = req.a < 3",                                                               "cannot be compared",                       NULL                    },
        { "local x = io(1) + 1",                                                               "arithmetic",                               NULL                    },
        { "db.x = 3",                                                                          "",                                         NULL                    },
        { "req.x = 3",                                                                         "",                                         NULL                    },
        { "local x = srvice",                                                                  "did you mean \"service\"",                 NULL                    },
        { "pyton(1*ms)",                                                                       "did you mean \"python\"",                  NULL                    },
        { "error(\"own words\")",                                                              "own words",                                NULL                    },
        { "local x = nil + 1",                                                                 "arithmetic",                               NULL                    },
        { "x = = 1",                                                                           "unexpected symbol",                        NULL                    },
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
        {"service(\"x\", {handler = {io(1), nil, io(1)}})",                        "is nil",                        NULL},
        { "service(\"x\", {nil, timeout(1), handler = io(1)})",                    "is nil",                        NULL},
        { "client(\"x\", {target = db, arrivals = poisson(1), [3] = timeout(1)})", "hole",
         NULL                                                                                                           },
        { "call(db, {[2] = timeout(1)})",                                          "hole",                          NULL},
        { "gather {[2] = io(1)}",                                                  "hole",                          NULL},
        { "service(\"x\", {handler = {[0] = io(1)}})",                             "hole",                          NULL},
        { "with({[2] = timeout(1)}, io(1))",                                       "hole",                          NULL},
        { "curve {{0, 1}, [4] = {1, 1}}",                                          "hole",                          NULL},
        { "choose {[2] = {1, io(1)}}",                                             "hole",                          NULL},
        { "retry {on = {[2] = \"timeout\"}}",                                      "hole",                          NULL},
        { "knob(\"q\", \"a\", {\"a\", [3] = \"b\"})",                              "hole",                          NULL},
        { "retry {3}",                                                             "takes options with names only", NULL},
        { "threads(3, {4})",                                                       "takes options with names only", NULL},
        { "knob(\"q\", 1, {2, 3})",                                                "takes options with names only", NULL},
        { "expect(\"c\", {\"u.ok\", \"u.ok\", at_least = 1})",                     "expected one metric",
         NULL                                                                                                           },
    };
    (void)state;
    all_are_refused(list, COUNT(list));
}

static void names_are_unique_and_fit_into_paths(void **state)
{
    static const struct wrong list[] = {
        {"service(\"db\", {handler = io(1)})",                         "service \"db\": the name is taken", NULL},
        { "client(\"db\", {target = db, arrivals = poisson(1)})",      "the name is taken",
         NULL                                                                                                   },
        { "host \"db\"",                                               "the name is taken",                 NULL},
        { "host \"h\" host \"h\"",                                     "the name is taken",                 NULL},
        { "host \"h\" service(\"h\", {handler = io(1)})",              "the name is taken",                 NULL},
        { "semaphore(1, {name = \"db\"})",                             "the name is taken",                 NULL},
        { "semaphore(1, {name = \"g\"}) semaphore(2, {name = \"g\"})", "the name is taken",
         NULL                                                                                                   },
        { "knob(\"k\", 2)",                                            "the name is taken by line 1",       NULL},
        { "variant \"v\" variant \"v\"",                               "the name is taken by line 2",       NULL},
        { "service(\"a.b\", {handler = io(1)})",                       "cannot contain '.'",                NULL},
        { "service(\"a>b\", {handler = io(1)})",                       "cannot contain '>'",                NULL},
        { "service(\"a[1]\", {handler = io(1)})",                      "cannot contain '['",                NULL},
        { "service(\"a\\27b\", {handler = io(1)})",                    "cannot contain",                    NULL},
        { "service(\"\", {handler = io(1)})",                          "a name has 1 to 63 characters",     NULL},
        { "service((\"x\"):rep(64), {handler = io(1)})",               "a name has 1 to 63 characters",
         NULL                                                                                                   },
        { "client(\"a.b\", {target = db, arrivals = poisson(1)})",     "cannot contain '.'",
         NULL                                                                                                   },
        { "host \"a.b\"",                                              "cannot contain '.'",                NULL},
        { "semaphore(1, {name = \"a.b\"})",                            "cannot contain '.'",                NULL},
        { "knob(\"a.b\", 1)",                                          "cannot contain '.'",                NULL},
        { "variant \"a>b\"",                                           "cannot contain '>'",                NULL},
    };
    (void)state;
    all_are_refused(list, COUNT(list));
}

static void texts_that_do_not_fit_are_not_cut(void **state)
{
    static const struct wrong list[] = {
        {"knob(\"q\", (\"x\"):rep(48), {(\"x\"):rep(48)})",                      "characters", NULL},
        { "expect((\"x\"):rep(160), {\"u.ok\", at_least = 1})",                  "characters", NULL},
        { "expect(\"c\", {\"u.ok\", at_least = 1, because = (\"x\"):rep(320)})",
         "characters",                                                                         NULL},
        { "knob(\"q\", \"a\", {\"a\"}) variant(\"v\", {q = (\"x\"):rep(100)})",  "cannot be",
         NULL                                                                                      },
        { "service(\"x\", {handler = {[(\"x\"):rep(64)] = io(1)}})",             "63 letters", NULL},
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
        {"",                                                                         "no scenario(" },
        { "scenario(\"t\")",                                                         "no client"    },
        { "scenario(\"t\", {duration = 0})",                                         "longer than 0"},
        { "scenario(\"t\", {duration = 1*s, warmup = 1*s})",                         "shorter"      },
        { "scenario(\"t\", {duration = 0/0})",                                       "duration"     },
        { "scenario(\"t\", {duration = 1e300})",                                     "absurd"       },
        { "scenario(\"t\", {seeds = 0})",                                            "seeds"        },
        { "scenario(\"t\", {seeds = 1.5})",                                          "whole"        },
        { "scenario(\"t\", {latency = -1})",                                         "latency"      },
        { "scenario(\"t\", {durations = 1})",                                        "\"duration\"" },
        { "scenario(3)",                                                             "in quotes"    },
        { "scenario(\"t\")\nclient(\"u\", {target = \"x\", arrivals = poisson(1)})",
         "\"x\""                                                                                    },
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
