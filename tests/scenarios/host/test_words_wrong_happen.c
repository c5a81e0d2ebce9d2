#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scenarios/host/wrong.h"

// What happens while a run goes on, written wrongly.

static void a_wrong_fault_says_what_was_expected(void **state)
{
    static const struct wrong list[] = {
        { "at(1*s, cache(\"c\"):flush(3))", "flush takes no argument", NULL },
        { "between(1*s, 2*s, cache(\"c\"):flush())", "does not come back", NULL },
        { "at(1*s, cache(\"c\"):flus())", "can happen to a cache",
          "did you mean \"flush\"" },
        { "at(1, 3)", "expected something that happens", NULL },
        { "at(1)", "expected something that happens", NULL },
        { "at(db:slow(1))", "at: expected a number", NULL },
        { "between(1, db:slow(8))", "between: expected a number", NULL },
        { "between(2, 1, db:slow(8))", "the end must lie after the beginning", NULL },
        { "at(1, db.slow(4))", "a colon belongs: write db:slow(4)", NULL },
        { "at(1, db[1].slow(4))", "a colon belongs: write db:slow(4)", NULL },
        { "at(1, db.restart())", "a colon belongs: write db:restart()", NULL },
        { "at(1, db.partition {})", "a colon belongs: write db:partition(...)", NULL },
        { "at(1, db:slow())", "slow: expected a number", NULL },
        { "at(1, db:latency(1, {side = \"replies\"}))", "did you mean \"reply\"", NULL },
        { "at(1, db:drop(0.5, {only = \"GET /a\"}))", "no key \"only\"", "known: side" },
        { "at(1, db:partition {sides = \"reply\"})", "no key \"sides\"",
          "did you mean \"side\"" },
        { "at(1, db:partition(0.5))", "partition", NULL },
        { "at(1, db:partition({side = \"reply\"}, 1))", "options only", NULL },
        { "at(1, db[1]:partition())", "of a whole service", NULL },
        { "at(1, db[1]:refuse())", "of a whole service", NULL },
        { "when(1, db:slow(8))", "expected a metric and its range in braces", NULL },
        { "when({\"u.ok\", at_least = 1}, 3)", "expected something that happens", NULL },
        { "when({at_least = 1}, db:slow(8))", "expected one metric in quotes", NULL },
        { "when({\"u.ok\"}, db:slow(8))", "says nothing", NULL },
        { "when({\"u.ok\", at_lest = 1}, db:slow(8))", "did you mean \"at_least\"", NULL },
        { "when({\"u.oks\", at_least = 1}, db:slow(8))", "did you mean \"ok\"", NULL },
        { "when({\"x.ok\", at_least = 1}, db:slow(8))", "\"x\"", NULL },
        { "when({\"u.ok\", at_least = 2, at_most = 1}, db:slow(8))", "nothing can hold",
          NULL },
        { "when({\"u.ok\", at_least = 1, over = 1500*ms}, db:slow(8))", "whole seconds",
          NULL },
        { "when({\"u.ok\", at_least = 1, over = 0}, db:slow(8))", "whole seconds", NULL },
        { "when({\"u.ok\", at_least = 1, lasts = 1}, db:restart())", "over at once", NULL },
        { "when({\"tenants.fairness\", at_most = 1}, db:slow(8))", "of the whole run",
          NULL },
        { "at(1, db:scale())", "scale: expected a number", NULL },
        { "at(1, db:scale(0))", "scale", NULL },
        { "at(1, db:scale(1.5))", "a whole number of replicas", NULL },
        { "at(1, db:scale(2, {}))", "how many replicas", NULL },
        { "at(1, db[1]:scale(2))", "of a whole service", NULL },
        { "at(1, db:deploy {surge = 1})", "no key \"surge\"", "known: max_surge" },
        { "at(1, db:deploy {max_surge = \"much\"})", "a share such as \"25%\"", NULL },
        { "at(1, db:deploy {max_surge = 1.5})", "a whole number", NULL },
        { "at(1, db:deploy {max_surge = true})", "a whole number", NULL },
        { "at(1, db:deploy {max_surge = 0, max_unavailable = 0})", "are both 0", NULL },
        { "at(1, db:deploy(1))", "expected a table of options", NULL },
        { "at(1, db[1]:deploy())", "of a whole service", NULL },
        { "between(1, 2, db:deploy())", "ends by itself", NULL },
        { "when({\"u.ok\", at_least = 1, lasts = 1}, db:deploy())", "over by itself",
          NULL },
        { "at(1, db:oom(1))", "oom: expected a table of options", NULL },
        { "between(1, 2, db:oom())", "is over at once", NULL },
        { "at(1, db:leak())", "leak: expected a number", NULL },
        { "at(1, db:leak(-5))", "leak", NULL },
        { "at(1, db:leak(5, {only = \"a\"}))", "leak takes bytes per second", NULL },
        { "every(1, db:leak(5*MB))", "a leak lasts", NULL },
        { "at(1, db:leaks(5))", "did you mean \"leak\"", NULL },
        { "at(1, db:refuse(1))", "refuse takes no argument", NULL },
        { "at(1, db:refuse {side = \"reply\"})", "refuse takes no argument", NULL },
        { "at(1, db:slo(1))", "did you mean \"slow\"", "known: slow fail crash" },
        { "at(1, link(\"u\", db):slow(1))", "can happen to a link", "known: latency drop" },
        { "at(1, db[2]:crash())", "has replicas 1 to 1, not 2", NULL },
        { "at(1, db[0]:crash())", "has replicas 1 to 1, not 0", NULL },
        { "at(1, db:bandwidth())", "bandwidth: expected a number", NULL },
        { "at(1, db:bandwidth(0))", "bandwidth", NULL },
        { "at(1, db:bandwidth(1*MB, {only = \"c\"}))", "no key \"only\"", "known: side" },
        { "at(1, db[1]:bandwidth(1*MB))", "of a whole service", NULL },
        { "link(db, db, {bandwidth = 0})", "bandwidth", NULL },
        { "call(db, {bytes = -1})", "bytes", NULL },
        { "reply(200, {byte = 1})", "did you mean \"bytes\"", NULL },
        { "at(1, set {})", "which knob", NULL },
        { "at(1, set())", "which knob", NULL },
        { "knob(\"rate\", 1) at(1, set {rat = 2})", "did you mean \"rate\"", NULL },
        { "knob(\"kk\", 1, {max = 2}) at(1, set {kk = 3})", "cannot be 3", NULL },
        { "local kk = knob(\"kk\", 1) service(\"y\", {replicas = kk, handler = io(1)}) "
          "at(1, set {kk = 2})",
          "it changes the services", NULL },
        { "service(\"y\", {handler = function() end}) local kk = knob(\"kk\", 1) "
          "at(1, set {kk = 2})",
          "a handler that is a function", NULL },
        { "at(1, db:failover())", "failover is of a store", NULL },
        { "at(1, store(\"r\"):failover())", "nothing is there to take its place", NULL },
        { "at(1, store(\"r\", {failover = 5*s}):failover(3))", "takes no argument", NULL },
        { "between(1, 2, store(\"r\", {failover = 5*s}):failover())", "ends by itself",
          NULL },
        { "when({\"u.ok\", at_least = 1, lasts = 1}, store(\"r\", {failover = 5*s}):failover())",
          "over by itself", NULL },
        { "store(\"r\", {lag = 5*s})", "give failover too", NULL },
        { "at(1, db:poison())", "poison: expected a number", NULL },
        { "at(1, db:poison(0))", "poison", NULL },
        { "at(1, db:poison(1.5))", "a whole number of requests", NULL },
        { "at(1, db:poison(1, {only = \"c\"}))", "no route \"c\"", NULL },
        { "at(1, db:poison(1, {hang = true}))", "no key \"hang\"", "known: only" },
        { "at(1, db[1]:poison(1))", "of a whole service", NULL },
        { "at(1, db:steal())", "steal: expected a number", NULL },
        { "at(1, db:steal(1))", "steal", "0.99" },
        { "at(1, db:steal(0.5, {}))", "a share of the cores' time", NULL },
        { "at(1, host(\"box\"):steel(0.5))", "can happen to a host",
          "did you mean \"steal\"" },
        { "at(1, db:slow(2, {only = \"c\"}))", "no route \"c\"", NULL },
        { "at(1, link(\"u\", \"nn\"):drop(1))", "no service \"nn\"", NULL },
    };
    (void)state;
    all_are_refused(list, COUNT(list));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_fault_says_what_was_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
