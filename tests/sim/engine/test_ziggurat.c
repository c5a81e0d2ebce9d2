#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/engine/random.h"
#include "sim/engine/ziggurat.h"
#include "tests/support/statistics.h"

static double right_end(int layer)
{
    return layer < 256 ? sim_ziggurat_layers[layer].width * 0x1p53 : 0;
}

// The tables hold what the method says, by libm and not by the generator's arithmetic.
static void layers_have_equal_areas_under_the_density(void **state)
{
    (void)state;
    double r = right_end(1);
    double area = r * exp(-r) + exp(-r);
    expect_near(right_end(0) * exp(-r), area, 1e-15);
    expect_near(sim_ziggurat_density[256], 1, 0);
    for (int i = 1; i < 256; i++) {
        expect_near(sim_ziggurat_density[i], exp(-right_end(i)), 2e-15);
        double height = sim_ziggurat_density[i + 1] - sim_ziggurat_density[i];
        expect_near(right_end(i) * height, area, 1e-14);
    }
}

static void accepted_part_of_a_layer_lies_under_the_next(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) {
        double accepted =
            (double)sim_ziggurat_layers[i].accept * sim_ziggurat_layers[i].width;
        expect_near(accepted, i == 0 ? right_end(1) : right_end(i + 1), 1e-14);
    }
}

static double exponential_below(double x)
{
    return -expm1(-x);
}

static struct sim_random stream(const char *purpose)
{
    struct sim_random r;
    sim_random_init(&r, 1, "ziggurat", purpose);
    return r;
}

static void draws_are_exponential(void **state)
{
    (void)state;
    enum {
        n = 400000
    };
    double *values = malloc(n * sizeof *values);
    struct sim_random r = stream("whole");
    for (int i = 0; i < n; i++)
        values[i] = sim_ziggurat(sim_random_next(&r));
    assert_true(kolmogorov(values, n, exponential_below) < 2.23);
    free(values);
}

// Draws from the base layer's far end are the tail: beyond its start they are exponential
// once more, and so is the tail's own tail.
static void tail_is_exponential_beyond_its_start(void **state)
{
    (void)state;
    enum {
        n = 100000
    };
    double *values = malloc(n * sizeof *values);
    struct sim_random r = stream("tail");
    uint64_t beyond = 0, twice = 0;
    for (int i = 0; i < n;) {
        uint64_t bits = sim_random_next(&r) & ~(uint64_t)255;
        if (bits >> 11 < sim_ziggurat_layers[0].accept)
            continue;
        values[i] = sim_ziggurat(bits) - right_end(1);
        assert_true(values[i] >= 0);
        twice += values[i] > right_end(1);
        beyond += values[i++] > 5;
    }
    assert_true(fabs(binomial_z(beyond, n, exp(-5))) < 3.9);
    // About 45: too few for the comparison below to miss them.
    assert_true(fabs(binomial_z(twice, n, exp(-right_end(1)))) < 3.9);
    assert_true(kolmogorov(values, n, exponential_below) < 2.23);
    free(values);
}

static void tail_is_met_as_often_as_it_should(void **state)
{
    (void)state;
    enum {
        n = 5000000
    };
    struct sim_random r = stream("share");
    uint64_t in_tail = 0, slow = 0;
    for (int i = 0; i < n; i++) {
        uint64_t bits = sim_random_next(&r);
        slow += bits >> 11 >= sim_ziggurat_layers[bits & 255].accept;
        in_tail += sim_ziggurat(bits) > right_end(1);
    }
    assert_true(fabs(binomial_z(in_tail, n, exp(-right_end(1)))) < 3.9);
    assert_true(slow > n / 50 && slow < n / 40);
}

// Every layer has its wedge tested: draws that began in layer i's wedge and stayed there
// follow the density between the layer's two ends.
static void wedges_follow_the_density(void **state)
{
    (void)state;
    struct sim_random r = stream("wedge");
    for (int i = 1; i < 256; i += 51) {
        double left = right_end(i + 1), right = right_end(i), middle = (left + right) / 2;
        uint64_t inside = 0, low = 0;
        for (int k = 0; k < 400000; k++) {
            uint64_t bits = (sim_random_next(&r) & ~(uint64_t)255) | (uint64_t)i;
            uint64_t place = bits >> 11;
            if (place < sim_ziggurat_layers[i].accept)
                continue;
            // A draw that was not accepted where it began starts again elsewhere.
            double x = (double)place * sim_ziggurat_layers[i].width;
            if (sim_ziggurat(bits) != x)
                continue;
            inside++;
            low += x < middle;
        }
        double floor = exp(-right);
        double left_half = exp(-left) - exp(-middle) - floor * (middle - left);
        double whole = exp(-left) - exp(-right) - floor * (right - left);
        assert_true(inside > 1000);
        assert_true(fabs(binomial_z(low, inside, left_half / whole)) < 3.9);
    }
}

static void slow_draws_are_a_function_of_their_bits(void **state)
{
    (void)state;
    struct sim_random r = stream("again");
    for (int i = 0; i < 10000; i++) {
        uint64_t bits = sim_random_next(&r);
        assert_true(sim_ziggurat(bits) == sim_ziggurat(bits));
        assert_true(sim_ziggurat_slow(bits) == sim_ziggurat(bits));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_have_equal_areas_under_the_density),
        cmocka_unit_test(accepted_part_of_a_layer_lies_under_the_next),
        cmocka_unit_test(draws_are_exponential),
        cmocka_unit_test(tail_is_exponential_beyond_its_start),
        cmocka_unit_test(tail_is_met_as_often_as_it_should),
        cmocka_unit_test(wedges_follow_the_density),
        cmocka_unit_test(slow_draws_are_a_function_of_their_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
