#include "sim/world/inner.h"

// What bytes cost on their way to a worker process and back, beyond what every call costs
// (Lib/multiprocessing/connection.py).
//
// Four buffers hold a message: the pickle, each piece that the reader gets, what it collects
// them in, and the object. The C library takes a large one from the kernel, and once one was given
// back keeps what is no larger, up to 32 MiB, for the next; but what lies free beyond twice that
// goes back to the kernel (mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD). A reader's buffers
// are more than that, so they come new from the kernel for each message, which zeroes each page
// when it is first written; a pickle is written to what its process has kept.
//
// The kernel's pipe holds 64 KiB (pipe(7)). The writer of more sleeps whenever it is full;
// the reader empties it, which wakes the writer, and puts what it has got to its buffer
// meanwhile: of the two, the longer counts for each pipe that is filled again.
//
// What does not fit the processor's last cache is copied at the speed of memory. A message is
// there four times: the object and the three buffers.

#define PIPE   65536
#define LARGE  131072   // M_MMAP_THRESHOLD as a process begins
#define KEPT   33554432 // the most that it grows to, DEFAULT_MMAP_THRESHOLD_MAX
#define COPIES 4

static sim_time moving(double bytes, double rate)
{
    return rate > 0 ? sim_seconds(bytes / rate) : 0;
}

static sim_time longer(sim_time x, sim_time y)
{
    return x > y ? x : y;
}

// The first writing of so much of a buffer that is as large as the message.
static sim_time fresh(const struct sim_runtime *r, double message, double bytes)
{
    return message >= LARGE ? moving(bytes, r->fresh_bytes) : 0;
}

static sim_time copying(const struct sim_runtime *r, double bytes, double rate)
{
    bool is_cached = r->cache_size <= 0 || bytes * COPIES <= r->cache_size;
    return longer(moving(bytes, rate), is_cached ? 0 : moving(bytes, r->memory_bytes));
}

sim_time sim_carry_pickle(const struct sim_runtime *r, double bytes)
{
    return copying(r, bytes, r->pickle_bytes) + (bytes > KEPT ? fresh(r, bytes, bytes) : 0);
}

sim_time sim_carry_unpickle(const struct sim_runtime *r, double bytes)
{
    return copying(r, bytes, r->unpickle_bytes) + fresh(r, bytes, bytes);
}

sim_time sim_carry_copy(const struct sim_runtime *r, double bytes)
{
    return copying(r, bytes, r->unpickle_bytes);
}

sim_time sim_carry_pipe(const struct sim_runtime *r, double bytes)
{
    sim_time d = copying(r, bytes, r->pipe_bytes);
    double refills = bytes > PIPE ? bytes / PIPE - 1 : 0;
    sim_time each = longer(r->wake, fresh(r, bytes, 2 * PIPE)); // the piece, and its place
    return d + sim_seconds(refills * (double)each / SIM_S);
}
