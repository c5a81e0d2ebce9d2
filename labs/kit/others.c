#include "labs/kit/others.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

// Columns of /proc/stat: user nice system idle iowait irq softirq steal (proc(5)); what is in
// guest columns is in the first two as well.
double lab_busy_s(int core)
{
    char line[256], name[16];
    unsigned long long x[8] = { 0 };
    double sum = -1;
    snprintf(name, sizeof name, core < 0 ? "cpu " : "cpu%d ", core);
    FILE *f = fopen("/proc/stat", "r");
    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, name, strlen(name)) != 0)
            continue;
        if (sscanf(line, "%*s %llu %llu %llu %llu %llu %llu %llu %llu", &x[0], &x[1], &x[2],
                   &x[3], &x[4], &x[5], &x[6], &x[7]) == 8)
            sum = (double)(x[0] + x[1] + x[2] + x[5] + x[6] + x[7]) /
                  (double)sysconf(_SC_CLK_TCK);
        break;
    }
    if (f)
        fclose(f);
    return sum;
}

double lab_others(double before_s, double after_s, double own_s, double wall_s)
{
    if (before_s < 0 || after_s < 0 || wall_s <= 0)
        return -1;
    double cores = (after_s - before_s - own_s) / wall_s;
    return cores < 0 ? 0 : cores;
}
