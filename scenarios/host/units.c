#include "scenarios/host/units.h"

#include <stddef.h>

const struct scn_unit scn_units[] = {
    { "ns", 1e-9 },   { "us", 1e-6 },   { "ms", 1e-3 },   { "s", 1 },
    { "minute", 60 }, { "hour", 3600 }, { "day", 86400 }, { "KB", 1e3 },
    { "MB", 1e6 },    { "GB", 1e9 },    { NULL, 0 },
};
