#include "labs/shed/utilisation.h"

struct lab_utilisation_def lab_utilisation_default(void)
{
    return (struct lab_utilisation_def){ .threshold = 0.8,
                                         .ramp_ns = 120000000000,
                                         .gap_ns = 1000000000 };
}

void lab_utilisation_init(struct lab_utilisation *u, const struct lab_utilisation_def *def,
                          int64_t now_ns)
{
    *u = (struct lab_utilisation){ .def = *def, .at_ns = now_ns };
}

// DOC(shed-ramp) The first ramp that is not full rises; the last that is not empty falls. To switch
// a class off at once would switch it on again a moment later, and so on.
static void rise(struct lab_utilisation *u, int64_t by)
{
    for (int i = 0; i < LAB_UTILISATION_CLASSES - 1; i++) {
        int64_t room = u->def.ramp_ns - u->refused_ns[i];
        int64_t part = by < room ? by : room;
        u->refused_ns[i] += part;
        by -= part;
    }
}

static void fall(struct lab_utilisation *u, int64_t by)
{
    for (int i = LAB_UTILISATION_CLASSES - 2; i >= 0; i--) {
        int64_t part = by < u->refused_ns[i] ? by : u->refused_ns[i];
        u->refused_ns[i] -= part;
        by -= part;
    }
}

bool lab_utilisation_serves(struct lab_utilisation *u, int class, double busy,
                            double workers, double draw, int64_t now_ns)
{
    int64_t since = now_ns - u->at_ns;
    if (since > u->def.gap_ns)
        since = u->def.gap_ns;
    u->at_ns = now_ns;
    if (busy >= u->def.threshold * workers)
        rise(u, since);
    else
        fall(u, since);
    if (class == LAB_UTILISATION_CLASSES - 1)
        return true;
    return draw >= (double)u->refused_ns[class] / (double)u->def.ramp_ns;
}
