#include "labs/kit/published/formulas.h"

#include <math.h>

// B(0) = 1, B(n) = a B(n-1) / (n + a B(n-1)).
double lab_formula_erlang_b(int servers, double load)
{
    double b = 1;
    for (int n = 1; n <= servers; n++)
        b = load * b / (n + load * b);
    return b;
}

double lab_formula_erlang_c(int servers, double load)
{
    double b = lab_formula_erlang_b(servers, load), rho = load / servers;
    return b / (1 - rho * (1 - b));
}

double lab_formula_usl(double sigma, double kappa, double n)
{
    return n / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}

// T = sum over i >= 1 of lambda^((d^i - d) / (d - 1)); with d = 1 the exponent is i - 1.
double lab_formula_power_of_d(double d, double lambda)
{
    double sum = 0;
    for (int i = 1; i < 100000; i++) {
        double exponent = d == 1 ? i - 1 : (pow(d, i) - d) / (d - 1);
        double term = pow(lambda, exponent);
        sum += term;
        if (term < 1e-15 * sum)
            break;
    }
    return sum;
}

double lab_formula_fanout(double p, double n)
{
    return -expm1(n * log1p(-p));
}
