// Prints a digest of the bits of 200,000 draws from each distribution and of the functions
// below them. Any build of it, with any compiler and at any optimisation level, must print
// the same: see draw_bits.cmake.

#include <stdio.h>
#include <string.h>

#include "sim/engine/digest.h"
#include "sim/engine/dist.h"
#include "sim/engine/math.h"

enum {
    draws = 200000
};

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void print(const char *name, const struct sim_digest *digest)
{
    char hex[17];
    sim_digest_hex(sim_digest_value(digest), hex);
    printf("%s %s\n", name, hex);
}

static void print_dist(const char *name, struct sim_dist d)
{
    struct sim_digest digest;
    sim_digest_init(&digest);
    struct sim_random r;
    sim_random_init(&r, 1, "bits", name);
    d = sim_dist_scaled(d, SIM_MS);
    for (int i = 0; i < draws / 2; i++) {
        sim_digest_add(&digest, bits_of(sim_dist_draw(&d, &r)));
        sim_digest_add(&digest, (uint64_t)sim_dist_draw_time(&d, &r));
    }
    sim_digest_add(&digest, bits_of(sim_dist_mean(&d)));
    print(name, &digest);
}

static void print_function(const char *name, double (*f)(double), double low, double high)
{
    struct sim_digest digest;
    sim_digest_init(&digest);
    struct sim_random r;
    sim_random_init(&r, 1, "bits", name);
    for (int i = 0; i < draws; i++)
        sim_digest_add(&digest, bits_of(f(low + sim_random_unit(&r) * (high - low))));
    print(name, &digest);
}

int main(void)
{
    static const struct sim_dist_point corners[] = {
        { 0, 1 }, { 0.5, 2 }, { 0.75, 2 }, { 0.75, 5 }, { 1, 9 },
    };
    print_function("log", sim_log, 0, 100);
    print_function("exp", sim_exp, -700, 700);
    print_function("lgamma", sim_lgamma, 0, 100);
    print_function("normal-quantile", sim_normal_quantile, 0, 1);
    print_dist("constant", sim_dist_constant(5));
    print_dist("exponential", sim_dist_exponential(3));
    print_dist("uniform", sim_dist_uniform(1, 2));
    print_dist("normal", sim_dist_normal(10, 1));
    print_dist("lognormal", sim_dist_lognormal(6, 30));
    print_dist("lognormal-log", sim_dist_lognormal_log(1, 0.5));
    print_dist("pareto", sim_dist_pareto(1.5, 2));
    print_dist("gamma", sim_dist_gamma(3.3, 2));
    print_dist("gamma-small", sim_dist_gamma(0.5, 2));
    print_dist("erlang", sim_dist_erlang(4, 1));
    print_dist("weibull", sim_dist_weibull(0.7, 2));
    print_dist("zipf", sim_dist_zipf(50, 1.2));
    print_dist("zipf-one", sim_dist_zipf(1000000, 1));
    print_dist("empirical", sim_dist_empirical(corners, 5));
    return 0;
}
