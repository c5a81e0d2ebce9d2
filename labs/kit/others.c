#define _POSIX_C_SOURCE 200809L
#include "labs/kit/others.h"

#include <dirent.h>
#include <stdbool.h>
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

// A line of /proc/PID/stat: the name in brackets may hold anything; behind it the 3rd value is the
// group, the 12th and 13th the ticks (proc(5)).
static double work_in_group(const char *pid, pid_t group)
{
    char path[64], line[512] = "";
    int its_group = 0;
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return 0;
    const char *end = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
    fclose(f);
    bool is_read =
        end && sscanf(end + 1, " %*c %*d %d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                      &its_group, &user, &system) == 3;
    return is_read && its_group == group
               ? (double)(user + system) / (double)sysconf(_SC_CLK_TCK)
               : 0;
}

double lab_group_s(pid_t group)
{
    DIR *all = opendir("/proc");
    double sum = 0;
    for (struct dirent *e; all && (e = readdir(all));)
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
            sum += work_in_group(e->d_name, group);
    if (all)
        closedir(all);
    return sum;
}

double lab_others(double before_s, double after_s, double own_s, double wall_s)
{
    if (before_s < 0 || after_s < 0 || wall_s <= 0)
        return -1;
    double cores = (after_s - before_s - own_s) / wall_s;
    return cores < 0 ? 0 : cores;
}
